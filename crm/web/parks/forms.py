"""What a park manager states of a unit, in the units people use; blank means unknown."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.domain.labels import label
from crm.domain.space import EnvClass, Tenure, UnitStatus
from crm.services.parks import UnitFacts
from crm.web import kit

#: 1 t/m² is 9.81 kN/m².
KN_PER_KG = Decimal("0.00981")
_MOST = NumberRange(min=0, max=100_000_000, message=_l("不能是负数，也不能这么大。"))


def _whole(text: str) -> IntegerField:
    return IntegerField(text, [Optional(), _MOST])


def _decimal(text: str) -> DecimalField:
    return DecimalField(text, [Optional(), _MOST], places=None)


class UnitForm(FlaskForm):
    version = IntegerField(validators=[InputRequired(message=_l("缺少版本号，请刷新页面。"))])
    status = SelectField(_l("状态"))
    total_m2 = _whole(_l("总面积"))
    free_m2 = _whole(_l("可供面积"))
    min_lettable_m2 = _whole(_l("最小出租面积"))
    storey_height = _decimal(_l("层高"))
    clear_height = _decimal(_l("净高"))
    floor_load = _decimal(_l("楼面荷载"))
    power_kva = _whole(_l("用电容量"))
    freight_lift = _decimal(_l("货梯"))
    env_max = SelectField(_l("环评最高到"))
    available_from = DateField(_l("可交付日期"), [Optional()])
    lease_end = DateField(_l("现租约到期"), [Optional()])
    rent = _decimal(_l("租金"))
    buy = _whole(_l("售价"))
    fact_source = StringField(_l("数值来源"), [Length(max=120, message=_l("最多 %(max)d 个字。"))])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.status.choices = kit.choices((s.value, _l(label(s))) for s in UnitStatus)
        self.env_max.choices = kit.choices([("", _l("未知")), *((e.value, _l(label(e))) for e in EnvClass)])

    @classmethod
    def of(cls, unit: object) -> UnitForm:
        """The form filled with a unit's present facts."""
        prices = {offer.tenure: offer.price for offer in unit.offers}  # type: ignore[attr-defined]
        rent, buy = prices.get(Tenure.RENT), prices.get(Tenure.BUY)
        return cls(
            formdata=None,
            version=unit.version,  # type: ignore[attr-defined]
            status=unit.status.value,  # type: ignore[attr-defined]
            total_m2=unit.total_m2,  # type: ignore[attr-defined]
            free_m2=unit.free_m2,  # type: ignore[attr-defined]
            min_lettable_m2=unit.min_lettable_m2,  # type: ignore[attr-defined]
            storey_height=_metres(unit.storey_height_cm),  # type: ignore[attr-defined]
            clear_height=_metres(unit.clear_height_cm),  # type: ignore[attr-defined]
            floor_load=_kilonewtons(unit.floor_load_kg_m2),  # type: ignore[attr-defined]
            power_kva=unit.power_kva,  # type: ignore[attr-defined]
            freight_lift=_scaled(unit.freight_lift_kg, 1000),  # type: ignore[attr-defined]
            env_max=unit.env_max.value if unit.env_max else "",  # type: ignore[attr-defined]
            available_from=unit.available_from,  # type: ignore[attr-defined]
            lease_end=unit.lease_end,  # type: ignore[attr-defined]
            rent=_scaled(rent, 100),
            buy=buy,
            fact_source=unit.fact_source,  # type: ignore[attr-defined]
        )

    def to_facts(self) -> UnitFacts:
        load = self.floor_load.data
        return UnitFacts(
            status=UnitStatus(self.status.data),
            total_m2=self.total_m2.data,
            free_m2=self.free_m2.data,
            min_lettable_m2=self.min_lettable_m2.data,
            storey_height_cm=_times(self.storey_height.data, 100),
            clear_height_cm=_times(self.clear_height.data, 100),
            floor_load_kg_m2=None if load is None else round(load / KN_PER_KG),
            power_kva=self.power_kva.data,
            freight_lift_kg=_times(self.freight_lift.data, 1000),
            env_max=EnvClass(self.env_max.data) if self.env_max.data else None,
            available_from=self.available_from.data,
            lease_end=self.lease_end.data,
            fact_source=(self.fact_source.data or "").strip() or None,
            rent_fen=_times(self.rent.data, 100),
            buy_yuan=self.buy.data,
        )


def _times(value: Decimal | None, factor: int) -> int | None:
    return None if value is None else round(value * factor)


def _scaled(value: int | None, factor: int) -> Decimal | None:
    return None if value is None else (Decimal(value) / factor).normalize()


def _metres(centimetres: int | None) -> Decimal | None:
    return _scaled(centimetres, 100)


def _kilonewtons(load_kg_m2: int | None) -> Decimal | None:
    return None if load_kg_m2 is None else (load_kg_m2 * KN_PER_KG).quantize(Decimal("0.01")).normalize()
