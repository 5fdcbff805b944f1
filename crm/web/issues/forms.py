"""The forms of the issue ledger and of decisions asked of leaders. They only clean; the services judge."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional

from crm.services.issue_ledger import Problem
from crm.web.fields import ChoiceField, DayField


class IssueForm(FlaskForm):
    """What is wrong, who solves it, by when, and who watches it on our side."""

    request_id = HiddenField()
    version = HiddenField()
    problem = TextAreaField(_("什么问题"), validators=[DataRequired(message=_("请写清是什么问题。"))])
    department = StringField(_("责任部门"), validators=[DataRequired(message=_("请写由哪个部门解决。"))])
    due_on = DayField(_("期限"), validators=[Optional()])
    owner_id = ChoiceField(_("我方盯办人"))

    def offer(self, watchers: list[tuple[int, str]]) -> IssueForm:
        self.owner_id.choices = [("", gettext("线索负责人")), *((str(key), name) for key, name in watchers)]
        return self

    def to_command(self) -> Problem:
        owner = self.owner_id.data or ""
        return Problem(
            problem=self.problem.data or "",
            department=self.department.data or "",
            due_on=self.due_on.data,
            owner_id=int(owner) if owner.isascii() and owner.isdigit() else None,
            request_id=(self.request_id.data or "")[:38] or None,
        )


class MoveForm(FlaskForm):
    """The next step of an issue; which one is said by the button."""

    version = HiddenField()
    state = HiddenField(validators=[DataRequired(message=_("请选下一步。"))])
    note = TextAreaField(_("说明"))


class SuperviseForm(FlaskForm):
    """What is asked with the supervision (督办)."""

    version = HiddenField()
    supervision_note = TextAreaField(_("督办要求"))


class QuestionForm(FlaskForm):
    """The one decision that is asked of the leaders; empty takes it back."""

    version = HiddenField()
    question = TextAreaField(_("请领导决定什么"))


class AnswerForm(FlaskForm):
    """A leader's answer."""

    version = HiddenField()
    answer = TextAreaField(_("决定"), validators=[DataRequired(message=_("请写决定。"))])
