"""Forms of the public site. They clean what was typed; services act."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from crm.domain.errors import Invalid
from crm.domain.policies import Tier
from crm.domain.space import Tenure
from crm.services.enquiries import Enquiry
from crm.services.public import Choices
from crm.services.public_space import SpaceQuery
from crm.web import kit

#: Nobody means more; a larger figure is a slip of the finger.
_MOST = Decimal(10_000_000)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
#: 1 kN/㎡ is 1000/9.81 kg/㎡ (DOMAIN §1).
_KG_PER_KN = Decimal(1000) / Decimal("9.81")


class FiguresField(StringField):
    """One figure, or a range of two, as people write it: 「1,200–1,600㎡」. `figures` holds what was read."""

    def __init__(self, *args: object, most: int = 1, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.most = most
        self.figures: tuple[Decimal, ...] = ()

    def pre_validate(self, form: Form) -> None:
        text = unicodedata.normalize("NFKC", self.data or "").strip()
        if not text:
            return
        # ㎡ becomes "m2" under NFKC: its 2 is no figure.
        found = [Decimal(n.replace(",", "")) for n in _NUMBER.findall(re.sub(r"(?i)m[2²]", "", text))]
        if not found or len(found) > self.most or "-" in text[:1]:
            sentence = (
                gettext("请写一个数，例如 1200。") if self.most == 1 else gettext("请写一个数或一段，例如 1200–1600。")
            )
            raise ValidationError(sentence)
        if not all(0 < figure <= _MOST for figure in found):
            raise ValidationError(gettext("数值要大于 0，且不超过一千万。"))
        self.figures = tuple(sorted(found))

    def scaled(self, factor: Decimal | int = 1) -> int | None:
        """The first figure times `factor`, rounded to a whole number; None when nothing was typed."""
        return _whole(self.figures[0] * factor) if self.figures else None


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


class ChoicesField(SelectMultipleField):
    """Check boxes instead of a list box. The empty choice of a drop-down (不限) means none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([value for value in valuelist if value])


class SpaceForm(Form):
    """The search of space. GET: the whole state lives in the address."""

    tenure = RadioField(
        lazy_gettext("取得方式"),
        choices=kit.choices(
            [
                (Tenure.RENT.value, lazy_gettext("租")),
                (Tenure.BUY.value, lazy_gettext("购")),
                (Tenure.LAND.value, lazy_gettext("用地")),
            ]
        ),
        default=Tenure.RENT.value,
    )
    area = FiguresField(lazy_gettext("面积"), most=2)
    price = FiguresField(lazy_gettext("价格不高于"))
    chain = SelectField(lazy_gettext("产业链"), default="")
    tier = SelectField(
        lazy_gettext("企业阶段"),
        default="",
        choices=kit.choices(
            [
                ("", lazy_gettext("不限")),
                (Tier.MATURE.value, lazy_gettext("成熟型")),
                (Tier.GROWTH.value, lazy_gettext("成长型")),
                (Tier.INCUBATION.value, lazy_gettext("孵化型")),
            ]
        ),
    )
    platform = ChoicesField(lazy_gettext("平台"))
    load = FiguresField(lazy_gettext("楼面荷载"))
    height = FiguresField(lazy_gettext("净高"))
    power = FiguresField(lazy_gettext("用电"))
    by = DateField(lazy_gettext("入驻不晚于"), validators=[Optional()])

    def offer(self, choices: Choices, english: bool) -> None:
        """Fill the lists with what the database holds."""
        name = 2 if english else 1
        chains = ((row[0], row[name] or row[1]) for row in choices.chains)
        self.chain.choices = kit.choices([("", gettext("不限")), *chains])
        self.platform.choices = kit.choices((row[0], row[name] or row[1]) for row in choices.platforms)

    def to_query(self) -> SpaceQuery:
        """What was stated. Fields with an error count as not stated: the page shows the error beside the results."""
        good = {name: not field.errors for name, field in self._fields.items()}
        tenure = Tenure(self.tenure.data) if good["tenure"] and self.tenure.data else Tenure.RENT
        per_area = 100 if tenure is Tenure.LAND else 1
        area = [_whole(figure * per_area) for figure in self.area.figures]
        land = tenure is Tenure.LAND
        return SpaceQuery(
            tenure=tenure,
            area_min=area[0] if area else None,
            area_max=area[-1] if area else None,
            budget=self.price.scaled(100 if tenure is Tenure.RENT else 1),
            load_kg_m2=None if land else self.load.scaled(_KG_PER_KN),
            height_cm=None if land else self.height.scaled(100),
            power_kva=self.power.scaled(),
            needed_on=self.by.data if good["by"] else None,
            tier=Tier(self.tier.data) if good["tier"] and self.tier.data else None,
            chain=self.chain.data if good["chain"] and self.chain.data else None,
            platforms=frozenset(self.platform.data or ()) if good["platform"] else frozenset(),
        )


def visible_text(_form: Form, field: Field) -> None:
    """Refuse a text of blanks only."""
    if not (field.data or "").strip():
        raise ValidationError(gettext("请填写。"))


#: The services' names of fields → those of the enquiry.
_ENQUIRY_FIELDS = {
    "name": "enterprise",
    "enterprise": "enterprise",
    "contact_name": "contact",
    "phone": "reach",
    "email": "reach",
    "content": "words",
}


class EnquiryForm(FlaskForm):
    """提出需求: becomes a lead with source 专题网站 (DOMAIN §2)."""

    request_id = HiddenField(validators=[Length(max=40)])
    enterprise = StringField(
        lazy_gettext("企业名称"),
        validators=[InputRequired(lazy_gettext("请填写企业名称。")), visible_text, Length(max=120)],
    )
    contact = StringField(
        lazy_gettext("联系人"),
        validators=[InputRequired(lazy_gettext("请填写联系人。")), visible_text, Length(max=40)],
    )
    reach = StringField(
        lazy_gettext("手机或邮箱"),
        validators=[InputRequired(lazy_gettext("请填写手机或邮箱，否则无法答复您。")), visible_text, Length(max=120)],
    )
    words = TextAreaField(
        lazy_gettext("需求"),
        validators=[InputRequired(lazy_gettext("请用一两句话写明需求。")), visible_text, Length(max=2000)],
    )
    consent = BooleanField(
        lazy_gettext("同意将以上信息用于答复本次需求"),
        validators=[InputRequired(lazy_gettext("请先同意，我们才能保存您的联系方式。"))],
    )

    def to_command(self) -> Enquiry:
        """What was typed, as the use case wants it."""
        return Enquiry(
            enterprise=self.enterprise.data or "",
            contact=self.contact.data or "",
            reach=self.reach.data or "",
            words=self.words.data or "",
            request_id=self.request_id.data or None,
        )

    def refuse(self, error: Invalid, sentence: str) -> None:
        """Put a service's objection beside the field it is about."""
        ours = _ENQUIRY_FIELDS.get(error.field)
        if ours is None:
            self.form_errors.append(sentence)
        else:
            self[ours].errors = [*self[ours].errors, sentence]
