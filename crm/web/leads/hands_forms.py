"""Forms of the page on which a lead changes hands."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired

from crm.web.fields import ChoiceField

_MUST = _("请填写这一项。")


class HandOverForm(FlaskForm):
    """To a colleague of the section, with a word for the successor."""

    version = HiddenField()
    person_id = ChoiceField(_("交给谁"), validators=[DataRequired(message=_("请选人。"))])
    note = TextAreaField(_("给接手的人"), validators=[DataRequired(message=_("请给接手的人写一句。"))])


class ReleaseForm(FlaskForm):
    """Into the public pool."""

    version = HiddenField()
    reason = TextAreaField(_("为什么放入公海"), validators=[DataRequired(message=_("请写明为什么放入公海。"))])


class ShareField(IntegerField):
    """Whole per cents; what is no number says so."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value.strip().rstrip("%％") for value in valuelist])
        except ValueError:
            raise ValueError(gettext("请写 0 到 100 的整数。")) from None


class TransferForm(FlaskForm):
    """To another section, with the split of credit."""

    version = HiddenField()
    section_id = ChoiceField(_("移交给"), validators=[DataRequired(message=_("请选科室。"))])
    note = TextAreaField(_("给对方科长"), validators=[DataRequired(message=_("请写明为什么移交，谈到哪一步。"))])
    ours = ShareField(_("本科室记"), validators=[InputRequired(message=_MUST)])
    theirs = ShareField(_("对方科室记"), validators=[InputRequired(message=_MUST)])
    #: Where an objection to the split as a whole is shown.
    credit = StringField()


class ExtendForm(FlaskForm):
    """The one extension of the protection."""

    version = HiddenField()
    proof = TextAreaField(_("推进的证据"), validators=[DataRequired(message=_("请写明推进到哪一步，证据在哪里。"))])


class RefuseForm(FlaskForm):
    """The chief says no to an extension."""

    reason = StringField(_("为什么不同意"), validators=[DataRequired(message=_("请写明为什么不同意。"))])


class ReferrerForm(FlaskForm):
    """Who referred the lead; the enterprise is chosen from the list."""

    enterprise_id = HiddenField()
    name = StringField(_("引荐企业"))
    referrer = StringField(_("引荐人"))


class TellForm(FlaskForm):
    """One telling of the referrer."""

    note = TextAreaField(_("反馈了什么"), validators=[DataRequired(message=_("请写一句反馈了什么。"))])
