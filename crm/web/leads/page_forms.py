"""The small forms of a lead's page: what was done, what comes next, a verdict, a hand-over."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, MultipleFileField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional, StopValidation

from crm.domain.leads import FollowUpKind, Grade, LeadState
from crm.services.follow_ups import NextStep
from crm.web.fields import ChoiceField, ChoiceRadioField, MomentField
from crm.web.leads.forms import next_step_of, words

_ = lazy_gettext
_MUST = _("请填写。")


class _Stepping(FlaskForm):
    """Shared by the forms that may plan a next follow-up."""

    request_id = HiddenField()
    next_kind = ChoiceField(_("方式"))
    next_subject = StringField(_("下一步做什么"))
    next_due = MomentField(_("时间"), validators=[Optional()])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.next_kind.choices = words(FollowUpKind)

    def next_step(self) -> NextStep | None:
        return next_step_of(self, (self.request_id.data or "")[:38] or None)


class DoneForm(_Stepping):
    """完成并排下次, or 只完成 with the button of that name."""

    version = HiddenField()
    outcome = TextAreaField(
        _("这次结果"), validators=[DataRequired(message=_("请写一句这次的结果：谈了什么，对方怎么说。"))]
    )
    files = MultipleFileField(_("附件"))
    next_due = MomentField(_("时间"))

    def __init__(self, *args: object, only: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.only = only

    def validate_next_due(self, field: MomentField) -> None:
        """The main button promises a next step; the other one leaves it out."""
        if not self.only and field.data is None and not field.errors:
            raise StopValidation(gettext("请选下次的时间；暂时不排就按「只完成」。"))

    def next_step(self) -> NextStep | None:
        return None if self.only else super().next_step()


class HappenedForm(_Stepping):
    """A contact that took place without having been planned."""

    kind = ChoiceField(_("方式"), validators=[DataRequired(message=_MUST)])
    subject = StringField(_("为了什么"), validators=[DataRequired(message=_MUST)])
    happened_at = MomentField(_("什么时候"), validators=[Optional()])
    outcome = TextAreaField(_("结果"), validators=[DataRequired(message=_MUST)])
    files = MultipleFileField(_("附件"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = words(FollowUpKind)


class PlanForm(_Stepping):
    """A next follow-up where there is none."""

    next_due = MomentField(_("时间"), validators=[DataRequired(message=_("请选下次的时间。"))])


class PostponeForm(FlaskForm):
    version = HiddenField()
    new_due = MomentField(_("顺延到"), validators=[DataRequired(message=_("请选顺延到什么时候。"))])
    reason = TextAreaField(_("为什么顺延"), validators=[DataRequired(message=_("请写明为什么顺延。"))])


class ScreenForm(FlaskForm):
    version = HiddenField()
    verdict = ChoiceRadioField(_("结论"), validators=[DataRequired(message=_("请选结论。"))])
    note = TextAreaField(_("理由"), validators=[DataRequired(message=_("请写明理由：为什么跟，或为什么不跟。"))])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.verdict.choices = words((LeadState.VALID, LeadState.INVALID, LeadState.DUPLICATE))


class AssignForm(FlaskForm):
    person_id = ChoiceField(_("交给谁"), validators=[DataRequired(message=_("请选人。"))])


class ToldForm(FlaskForm):
    note = TextAreaField(_("反馈了什么"), validators=[DataRequired(message=_MUST)])


class GradeForm(FlaskForm):
    grade = ChoiceField(_("类别"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.grade.choices = words(Grade, gettext("未定"))
