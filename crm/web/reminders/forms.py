"""The form that asks for more time."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, TextAreaField
from wtforms.validators import InputRequired, Length

from crm.domain.reminders import REASON_LENGTH
from crm.services.reminders import MoreTime


class SnoozeForm(FlaskForm):
    """Until when, and why; the rule decides whether both will do."""

    until = DateField(_l("顺延到"), [InputRequired(message=_l("请选日期。"))])
    reason = TextAreaField(
        _l("为什么顺延"),
        [InputRequired(message=_l("请写明为什么顺延。")), Length(max=REASON_LENGTH, message=_l("最多 %(max)d 个字。"))],
    )

    def to_command(self) -> MoreTime:
        return MoreTime(until=self.until.data, reason=self.reason.data or "")
