"""Forms of introductions. They clean what was typed; deciding is the services' business."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateTimeLocalField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from crm.domain.labels import label
from crm.domain.pipeline import LossReason, UnmetRequirement
from crm.infra.clock import SHANGHAI
from crm.services.introductions import MESSAGE_LENGTH, NOTE_LENGTH, VALUE_LENGTH, Decline, Introduce
from crm.web import kit

#: Why a park says no; the other reasons of DOMAIN §4 are the investor's or the office's.
DECLINE_REASONS = (
    LossReason.SPACE,
    LossReason.COST,
    LossReason.LAND,
    LossReason.POLICY,
    LossReason.ECOSYSTEM,
    LossReason.REJECTED_BY_US,
)


def _too_long(limit: int) -> Length:
    return Length(max=limit, message=_l("最多 %(max)d 个字。"))


class IntroduceForm(FlaskForm):
    """Send a lead to a park."""

    request_id = HiddenField()
    message = TextAreaField(_l("给园区的话"), [_too_long(MESSAGE_LENGTH)])
    release_contact = BooleanField(_l("同时放行联系人（园区可见姓名和电话，会留痕）"))

    def to_command(self, lead_id: int, offer_id: int) -> Introduce:
        return Introduce(
            lead_id=lead_id,
            offer_id=offer_id,
            message=self.message.data or "",
            release_contact=self.release_contact.data,
            request_id=(self.request_id.data or "")[:40] or None,
        )


class VersionedForm(FlaskForm):
    """Carries the version that the person saw."""

    version = IntegerField(validators=[InputRequired(message=_l("缺少版本号，请刷新页面。"))])


class AcceptForm(VersionedForm):
    """The park takes the enterprise on, with or without a viewing."""

    note = TextAreaField(_l("给专员的话"), [_too_long(NOTE_LENGTH)])


class ViewingForm(VersionedForm):
    """Fix a viewing; the time is Shanghai wall-clock time."""

    viewing_at = DateTimeLocalField(_l("看场地时间"), [InputRequired(message=_l("请填看场地的日期和时间。"))])
    note = TextAreaField(_l("给专员的话"), [_too_long(NOTE_LENGTH)])

    def instant(self) -> datetime:
        return self.viewing_at.data.replace(tzinfo=SHANGHAI)


class DeclineForm(VersionedForm):
    """A no with its coded reason and the one unmet requirement."""

    reason = SelectField(_l("原因"), [InputRequired(message=_l("请选原因。"))])
    unmet_requirement = SelectField(_l("不符的一项"), [Optional()])
    unmet_value = StringField(_l("实际数值"), [_too_long(VALUE_LENGTH)])
    note = TextAreaField(_l("给专员的话"), [_too_long(NOTE_LENGTH)])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = kit.choices([("", _l("请选择")), *((r.value, _l(label(r))) for r in DECLINE_REASONS)])
        unmet = ((u.value, _l(label(u))) for u in UnmetRequirement)
        self.unmet_requirement.choices = kit.choices([("", _l("不适用")), *unmet])

    def to_command(self) -> Decline:
        unmet = self.unmet_requirement.data
        return Decline(
            reason=LossReason(self.reason.data),
            note=self.note.data or "",
            unmet_requirement=UnmetRequirement(unmet) if unmet else None,
            unmet_value=self.unmet_value.data or "",
        )


class WithdrawForm(VersionedForm):
    """The officer takes it back."""

    reason = TextAreaField(_l("为什么撤回"), [InputRequired(message=_l("请写明为什么撤回。")), _too_long(NOTE_LENGTH)])
