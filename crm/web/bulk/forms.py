"""Forms of bulk actions: what each asks besides the marked rows. They only clean."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from crm.domain.labels import label
from crm.domain.leads import FollowUpKind
from crm.services import bulk
from crm.web.fields import ChoiceField, MomentField


class ActionForm(FlaskForm):
    """The hidden part: one id per opened form."""

    request_id = HiddenField()

    def params(self) -> dict[str, object]:
        """What the service wants, by the names of the fields."""
        return {name: field.data for name, field in self._fields.items() if name not in ("csrf_token", "request_id")}


class ScheduleForm(ActionForm):
    kind = ChoiceField(_l("方式"))
    due_at = MomentField(_l("时间"), validators=[Optional()])
    subject = StringField(_l("要做什么"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = {kind.value: gettext(label(kind)) for kind in FollowUpKind}

    def params(self) -> dict[str, object]:
        return super().params() | {"due_at": self.due_at.instant}


class AssignForm(ActionForm):
    person_id = ChoiceField(_l("转交给"))


class TagForm(ActionForm):
    tag = StringField(_l("标签"), render_kw={"maxlength": bulk.TAG_LENGTH, "autocomplete": "off"})


class NoteForm(ActionForm):
    note = TextAreaField(_l("备注"), render_kw={"rows": 4, "maxlength": bulk.NOTE_LENGTH})


FORMS: dict[str, type[ActionForm]] = {
    "schedule": ScheduleForm,
    "assign": AssignForm,
    "tag": TagForm,
    "untag": TagForm,
    "note": NoteForm,
}
