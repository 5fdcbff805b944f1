"""The small forms of a project's page. They only clean."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from crm.domain import quantities
from crm.domain.labels import label
from crm.domain.pipeline import LossReason, SideState, Stage, UnmetRequirement
from crm.services.projects import Aside, Increase, Month
from crm.web.fields import ChoiceField, ChoiceRadioField, DayField, QuantityField
from crm.web.projects.values import count

_ = lazy_gettext


def _money(text: str, name: str, _tenure: str) -> quantities.Reading:
    return quantities.read_money(text, name)


def _version(field: HiddenField) -> int:
    """The version that was shown; nonsense is older than any."""
    text = str(field.data or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


class BackForm(FlaskForm):
    """A step backwards."""

    version = HiddenField()
    reason = TextAreaField(_("退回原因"))


class AsideForm(FlaskForm):
    """Taking a project out of the walk."""

    version = HiddenField()
    to = ChoiceRadioField(_("改为"))
    loss_reason = ChoiceField(_("主要原因"))
    requirement = ChoiceField(_("唯一没有满足的一项"))
    value = StringField(_("要求的数值"))
    review_on = DayField(_("复看日期"), validators=[Optional()])
    reason = TextAreaField(_("说明"))

    def offer(self, stage: Stage) -> AsideForm:
        """Side states that fit the stage: lost before the contract, terminated after it."""
        gone = SideState.TERMINATED if stage.order >= Stage.SIGNED.order else SideState.LOST
        states = (SideState.ON_HOLD, gone, SideState.TRANSFERRED)
        self.to.choices = {each.value: gettext(label(each)) for each in states}
        self.loss_reason.choices = {"": gettext("请选")} | {each.value: gettext(label(each)) for each in LossReason}
        self.requirement.choices = {"": gettext("没有这样的一项")} | {
            each.value: gettext(label(each)) for each in UnmetRequirement
        }
        return self

    def to_command(self) -> Aside:
        gone = self.to.data in (SideState.LOST.value, SideState.TERMINATED.value)
        return Aside(
            to=SideState(self.to.data) if self.to.data else SideState.ACTIVE,
            reason=self.reason.data or "",
            review_on=self.review_on.data,
            loss_reason=LossReason(self.loss_reason.data) if gone and self.loss_reason.data else None,
            requirement=UnmetRequirement(self.requirement.data) if gone and self.requirement.data else None,
            value=(self.value.data or "") if gone else "",
            version=_version(self.version),
        )


class ReviveForm(FlaskForm):
    version = HiddenField()
    reason = TextAreaField(_("恢复推进的原因"))

    @property
    def shown_version(self) -> int:
        return _version(self.version)


class CapitalForm(FlaskForm):
    """增资."""

    request_id = HiddenField()
    amount = QuantityField(_("增资金额"), _money)
    agreed_on = DayField(_("协议日期"), validators=[Optional()])
    note = TextAreaField(_("用途"))

    def to_command(self) -> Increase:
        return Increase(
            amount_fen=self.amount.number,
            agreed_on=self.agreed_on.data,
            note=self.note.data or "",
            request_id=(self.request_id.data or "")[:40] or None,
        )


class MonthForm(FlaskForm):
    """A month of building."""

    month = StringField(_("月份"))
    done_percent = QuantityField(_("累计完成"), count)
    planned_percent = QuantityField(_("按计划应完成"), count)
    funds = QuantityField(_("累计到位资金"), _money)
    note = TextAreaField(_("说明"))

    def to_command(self) -> Month:
        return Month(
            month=_first_day(self.month.data),
            done_percent=self.done_percent.number,
            planned_percent=self.planned_percent.number,
            funds_fen=self.funds.number,
            note=self.note.data or "",
        )


class DecisionForm(FlaskForm):
    """The chief's word on a request."""

    version = HiddenField()
    verdict = HiddenField()
    decision = TextAreaField(_("意见"))

    @property
    def shown_version(self) -> int:
        return _version(self.version)


def _first_day(text: str | None) -> date | None:
    """「2026-11」 as its first day; None for what is no month."""
    try:
        return date.fromisoformat(f"{(text or '').strip()[:7]}-01")
    except ValueError:
        return None
