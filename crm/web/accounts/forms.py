"""Forms of signing in and of one's own account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import Email, EqualTo, InputRequired, Length, Optional

from crm.domain.accounts import MOST_LENGTH
from crm.web import kit

_LONG = Length(max=MOST_LENGTH, message=_l("最多 %(max)d 个字符。"))


class SignInForm(FlaskForm):
    login = StringField(_l("登录名"), [InputRequired(message=_l("请填登录名。")), _LONG])
    password = PasswordField(_l("密码"), [InputRequired(message=_l("请填密码。")), _LONG])


class NewPasswordForm(FlaskForm):
    """Set a password for the first time, or after a reset."""

    new = PasswordField(_l("新密码"), [InputRequired(message=_l("请填新密码。")), _LONG])
    again = PasswordField(_l("再填一次"), [EqualTo("new", message=_l("两次填的密码不一样。"))])


class PasswordForm(NewPasswordForm):
    old = PasswordField(_l("现在的密码"), [InputRequired(message=_l("请填现在的密码。")), _LONG])


class PreferencesForm(FlaskForm):
    locale = SelectField(_l("语言"), choices=kit.choices([("zh", "中文"), ("en", "English")]))
    email = StringField(
        _l("邮箱"), [Optional(), Email(message=_l("邮箱的样子不对，应如 name@example.com。")), Length(max=254)]
    )
