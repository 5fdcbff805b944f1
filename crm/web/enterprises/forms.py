"""The form of an enterprise's facts. It only cleans; the rules of size and tier stand in the domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Optional

from crm.domain import quantities
from crm.domain.enterprises.words import Title
from crm.domain.labels import label
from crm.domain.policies import Tier
from crm.domain.quantities import Reading
from crm.services.enterprises import EnterpriseFacts, facts_of
from crm.web.editing import MergingForm
from crm.web.fields import CheckboxesField, ChoiceField, DayField, QuantityField


def _any(read: Callable[[str, str], Reading]) -> Callable[[str, str, str], Reading]:
    return lambda text, field, _tenure: read(text, field)


class SegmentForm(FlaskForm):
    """A proposed segment that a person takes."""

    version = HiddenField()
    segment_id = HiddenField()


class EnterpriseForm(MergingForm):
    name = StringField(_l("企业名称"), validators=[DataRequired(message=_l("请填写企业名称。"))])
    uscc = StringField(_l("统一社会信用代码"))
    gbt_code = StringField(_l("行业代码（GB/T 4754）"))
    segment_id = ChoiceField(_l("产业环节"), coerce=str)
    employees = QuantityField(_l("从业人员"), _any(quantities.read_people))
    revenue = QuantityField(_l("年营业收入"), _any(quantities.read_money))
    assets = QuantityField(_l("资产总额"), _any(quantities.read_money))
    founded_on = DayField(_l("成立日期"), validators=[Optional()])
    above_scale = ChoiceField(_l("规上入统"))
    is_listed = ChoiceField(_l("上市"))
    titles = CheckboxesField(_l("称号"))
    tier_override = ChoiceField(_l("层级"))
    tier_reason = StringField(_l("改判理由"))

    @classmethod
    def of(cls, firm) -> EnterpriseForm:
        """The form filled with what is stored."""
        facts = facts_of(firm)
        return cls(
            formdata=None,
            data={
                "version": firm.version,
                "name": facts.name,
                "uscc": facts.uscc or "",
                "gbt_code": facts.gbt_code or "",
                "segment_id": str(facts.segment_id or ""),
                "employees": "" if facts.employees is None else str(facts.employees),
                "revenue": _money(facts.revenue_fen),
                "assets": _money(facts.assets_fen),
                "founded_on": facts.founded_on,
                "above_scale": _word(facts.above_scale_registered),
                "is_listed": _word(facts.is_listed),
                "titles": sorted(title.value for title in facts.titles),
                "tier_override": facts.tier_override.value if facts.tier_override else "",
                "tier_reason": facts.tier_override_reason,
            },
        )

    def offer(self, segments: Mapping[str, Mapping[str, str]]) -> EnterpriseForm:
        """Fill the choices; a form without them accepts nothing."""
        truth = {"": gettext("未知"), "yes": gettext("是"), "no": gettext("否")}
        self.segment_id.choices = {"": gettext("未定"), **segments}
        self.above_scale.choices = self.is_listed.choices = truth
        self.titles.choices = {title.value: gettext(label(title)) for title in Title}
        self.tier_override.choices = {"": gettext("按规则"), **{tier.value: gettext(label(tier)) for tier in Tier}}
        return self

    def to_facts(self) -> EnterpriseFacts:
        return EnterpriseFacts(
            name=self.name.data or "",
            uscc=self.uscc.data or None,
            gbt_code=self.gbt_code.data or None,
            segment_id=int(self.segment_id.data) if self.segment_id.data else None,
            employees=self.employees.number,
            revenue_fen=self.revenue.number,
            assets_fen=self.assets.number,
            founded_on=self.founded_on.data,
            above_scale_registered=_truth(self.above_scale.data),
            titles=frozenset(Title(word) for word in self.titles.data or ()),
            is_listed=_truth(self.is_listed.data),
            tier_override=Tier(self.tier_override.data) if self.tier_override.data else None,
            tier_override_reason=self.tier_reason.data or "",
        )

    def read_version(self) -> int:
        """The version that the form was opened with; 0, which no record has, for anything else."""
        text = self.version.data or ""
        return int(text) if text.isdigit() and len(text) < 10 else 0


def _money(fen: int | None) -> str:
    """Fen as the field reads them back: 万元."""
    return "" if fen is None else f"{(Decimal(fen) / quantities.FEN_PER_WAN).normalize():f}"


def _word(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _truth(word: str | None) -> bool | None:
    return {"yes": True, "no": False}.get(word or "")
