"""The form that sends a table."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, RadioField
from wtforms.validators import AnyOf

from crm.domain.imports import ImportKind
from crm.web import kit

_ = lazy_gettext


class UploadForm(FlaskForm):
    request_id = HiddenField()
    kind = RadioField(
        _("导入什么"),
        choices=kit.choices((kind.value, kind.value) for kind in ImportKind),
        validators=[AnyOf([kind.value for kind in ImportKind], message=_("请选导入什么。"))],
    )
    file = FileField(_("文件"), validators=[FileRequired(message=_("请选文件。"))])
