"""The forms of the commitment ledger. They only clean; the service judges."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional

from crm.domain.commitments import CommitmentSide, CommitmentState, FairCompetition
from crm.domain.labels import label
from crm.services.commitments import Promise, Settled
from crm.web.fields import ChoiceField, ChoiceRadioField, DayField


class PromiseForm(FlaskForm):
    """A commitment as it is written down or reworded."""

    request_id = HiddenField()
    version = HiddenField()
    side = ChoiceRadioField(_("谁承诺"), validators=[DataRequired(message=_("请选是谁的承诺。"))])
    content = TextAreaField(_("承诺内容"), validators=[DataRequired(message=_("请写承诺了什么。"))])
    legal_basis = StringField(_("依据"))
    due_on = DayField(_("期限"), validators=[Optional()])
    responsible = StringField(_("责任单位或责任人"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.side.choices = [(each.value, gettext(label(each))) for each in CommitmentSide]

    def to_command(self) -> Promise:
        return Promise(
            side=CommitmentSide(self.side.data),
            content=self.content.data or "",
            legal_basis=self.legal_basis.data or "",
            due_on=self.due_on.data,
            responsible=self.responsible.data or "",
            request_id=(self.request_id.data or "")[:38] or None,
        )


class ReviewForm(FlaskForm):
    """How the fair-competition review came out; `offered` are the verdicts that the person may give."""

    version = HiddenField()
    verdict = ChoiceField(_("审查结论"), validators=[DataRequired(message=_("请选结论。"))])
    note = TextAreaField(_("说明"))

    def offer(self, offered: list[FairCompetition]) -> ReviewForm:
        self.verdict.choices = [(each.value, gettext(label(each))) for each in offered]
        return self


class SettleForm(FlaskForm):
    """How a commitment ended, on which day, in words."""

    version = HiddenField()
    state = ChoiceField(_("履行情况"), validators=[DataRequired(message=_("请选履行情况。"))])
    on = DayField(_("哪一天"), validators=[Optional()])
    note = TextAreaField(_("说明"))

    def offer(self, now: CommitmentState) -> SettleForm:
        """The states that can follow: the three ends of an open one, or back to open."""
        is_open = now is CommitmentState.OPEN
        offered = [each for each in CommitmentState if (each is not CommitmentState.OPEN) == is_open]
        self.state.choices = [(each.value, gettext(label(each))) for each in offered]
        return self

    def to_command(self) -> Settled:
        return Settled(state=CommitmentState(self.state.data), on=self.on.data, note=self.note.data or "")
