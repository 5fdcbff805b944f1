"""The forms of target lists. They only clean; the services judge."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional

from crm.domain.labels import label
from crm.domain.leads import FollowUpKind
from crm.services.contacts import ContactFacts
from crm.services.follow_ups import NextStep
from crm.services.targets import Change, Listing, Promotion
from crm.web.fields import ChoiceField, DayField, MomentField


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


class ListForm(FlaskForm):
    """Which firms to list: the marked candidates (`firm`), or one by name; who goes after them until when."""

    name = StringField(_("另加一家企业"))
    owner_id = ChoiceField(_("谁去接触"))
    due_on = DayField(_("首次接触期限"), validators=[Optional()])

    def offer(self, people: list[tuple[int, str]], own: int | None) -> ListForm:
        self.owner_id.choices = [("", gettext("稍后指定")), *((str(key), name) for key, name in people)]
        if self.owner_id.data is None and own is not None:
            self.owner_id.data = str(own)
        return self

    def to_command(self, firms: list[str]) -> Listing:
        return Listing(
            enterprise_ids=[each for each in map(_id, firms) if each is not None],
            name=self.name.data or "",
            owner_id=_id(self.owner_id.data),
            due_on=self.due_on.data,
        )


class ChangeForm(FlaskForm):
    """How a target goes on."""

    version = HiddenField()
    owner_id = ChoiceField(_("谁去接触"))
    due_on = DayField(_("首次接触期限"), validators=[Optional()])
    contacted = BooleanField(_("已经接触上"))
    note = TextAreaField(_("进展"))

    def offer(self, people: list[tuple[int, str]]) -> ChangeForm:
        self.owner_id.choices = [("", gettext("未指定")), *((str(key), name) for key, name in people)]
        return self

    def to_command(self) -> Change:
        return Change(
            owner_id=_id(self.owner_id.data),
            due_on=self.due_on.data,
            note=self.note.data or "",
            contacted=bool(self.contacted.data),
        )


class DropForm(FlaskForm):
    """Why a target is given up."""

    version = HiddenField()
    reason = StringField(_("为什么放弃"), validators=[DataRequired(message=_("请写明为什么放弃这个目标。"))])


class PromoteForm(FlaskForm):
    """What is known when a target turns into a lead."""

    request_id = HiddenField()
    version = HiddenField()
    content = TextAreaField(_("线索内容"), validators=[DataRequired(message=_("请写一句投资意向或接触情况。"))])
    contact_name = StringField(_("联系人"))
    contact_title = StringField(_("职务"))
    contact_phone = StringField(_("电话"))
    next_kind = ChoiceField(_("下一步方式"))
    next_subject = StringField(_("下一步做什么"))
    next_due = MomentField(_("下次跟进"), validators=[Optional()])
    duplicate_reason = StringField(_("仍要另外登记的原因"))

    def offer(self) -> PromoteForm:
        self.next_kind.choices = [(kind.value, gettext(label(kind))) for kind in FollowUpKind]
        return self

    def to_command(self) -> Promotion:
        return Promotion(
            content=self.content.data or "",
            contact=ContactFacts(
                name=self.contact_name.data or "",
                title=self.contact_title.data or "",
                phone=self.contact_phone.data or "",
            ),
            next_step=self._next_step(),
            duplicate_reason=self.duplicate_reason.data or "",
            request_id=(self.request_id.data or "")[:38] or None,
        )

    def _next_step(self) -> NextStep | None:
        due = self.next_due.instant
        if due is None:
            return None
        kind = FollowUpKind(self.next_kind.data or FollowUpKind.CALL)
        return NextStep(kind=kind, subject=self.next_subject.data or gettext(label(kind)), due_at=due)
