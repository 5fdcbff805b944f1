"""Answers to a transfer between sections."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from crm.web.fields import ChoiceField


class AcceptForm(FlaskForm):
    """Take the lead, and say who is in charge of it."""

    owner_id = ChoiceField(_l("由谁负责"), [InputRequired(message=_l("请选一位负责人。"))])


class RefuseForm(FlaskForm):
    """Leave it where it is."""

    reason = StringField(_l("为什么不接收"), [InputRequired(message=_l("请写明为什么不接收。"))])
