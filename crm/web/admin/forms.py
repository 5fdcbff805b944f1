"""Forms of the rules that administrators change."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from crm.services.rules import REASON_LENGTH
from crm.web import kit

_REASON = [InputRequired(message=_l("请写明为什么改。")), Length(max=REASON_LENGTH, message=_l("最多 %(max)d 个字。"))]


class ReasonForm(FlaskForm):
    """Every change needs a reason; the values themselves are validated by their rule."""

    reason = StringField(_l("为什么改"), _REASON)


class WeightsForm(ReasonForm):
    version = StringField(_l("新版本名"), [InputRequired(message=_l("请给新版本起一个名字。")), Length(max=40)])


class DayForm(FlaskForm):
    day = DateField(_l("日期"), [InputRequired(message=_l("请填日期。"))])
    is_working = SelectField(_l("改为"), choices=kit.choices([("1", _l("上班")), ("0", _l("放假"))]))
    reason = StringField(_l("依据"), _REASON)


class OfficeForm(ReasonForm):
    """Protection, pool, claims, contacts and surveys; nonsense is refused by the rule, beside its field."""

    protection_days = StringField(_l("首谈保护"))
    protection_extension_days = StringField(_l("延保一次"))
    claims_per_day = StringField(_l("每人每天从公海领取"))
    reclaim_days = StringField(_l("放出后不能领回"))
    pool_silent_days = StringField(_l("保护到期又静默，建议入池"))
    reveals_per_hour = StringField(_l("每人每小时显示联系方式"))
    survey_months = StringField(_l("环节调研多久算过期"))

    def values(self) -> dict[str, object]:
        """What was typed as whole numbers; what is none is left for the rule to refuse."""
        typed = {field.name: (field.data or "").strip() for field in self if field.type == "StringField"}
        del typed["reason"]
        return {
            name: int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else text
            for name, text in typed.items()
        }
