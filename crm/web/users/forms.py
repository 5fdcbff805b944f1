"""Forms of account management."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional

from crm.domain.access import Role
from crm.domain.labels import label
from crm.services.people import Choices, PersonFacts
from crm.web import kit


class PersonForm(FlaskForm):
    """Everything of an account but its login."""

    version = IntegerField(validators=[Optional()])
    name = StringField(_l("姓名"), [InputRequired(message=_l("请填姓名。")), Length(max=80)])
    email = StringField(_l("邮箱"), [Optional(), Length(max=254)])
    role = SelectField(_l("角色"))
    section_id = SelectField(_l("科室"), coerce=int)
    park_ids = SelectMultipleField(_l("负责的园区"), coerce=int)

    def offer(self, choices: Choices) -> None:
        """Fill the choices."""
        self.role.choices = kit.choices((role.value, _l(label(role))) for role in Role)
        self.section_id.choices = kit.choices([(0, _l("无")), *((s.id, s.name) for s in choices.sections)])
        self.park_ids.choices = kit.choices((park.id, park.name) for park in choices.parks)

    def to_facts(self) -> PersonFacts:
        return PersonFacts(
            name=self.name.data or "",
            email=self.email.data or "",
            role=Role(self.role.data),
            section_id=self.section_id.data or None,
            park_ids=frozenset(self.park_ids.data or ()),
        )


class NewPersonForm(PersonForm):
    login = StringField(_l("登录名"), [InputRequired(message=_l("请填登录名。")), Length(max=64)])
