"""Form fields that read what people write: quantities with units, choices with a sentence of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, DateTimeLocalField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from crm.domain.errors import Invalid
from crm.domain.quantities import Reading
from crm.infra.clock import SHANGHAI, instant_at
from crm.web import kit

#: Years in which a date of a lead can lie; others are slips of the pen that some databases cannot even store.
FIRST_YEAR, LAST_YEAR = 1800, 2100
_BAD_CHOICE = lazy_gettext("请从列表里选。")
_BAD_DATE = lazy_gettext("没有这一天，请按 2026-11-25 的样子填写。")


class QuantityField(StringField):
    """A figure with its unit in people's own words; `number` is what was understood, `reading` says it back."""

    def __init__(self, label: object, read: Callable[[str, str, str], Reading], **kwargs: object) -> None:
        super().__init__(label, **kwargs)
        self.read = read
        self.number: int | None = None
        self.reading = ""
        #: The tenure decides the unit of areas and budgets; the form sets it before validation.
        self.tenure = ""

    def understand(self) -> None:
        """Read what was typed; Invalid becomes an error beside the field."""
        self.number, self.reading = None, ""
        typed = (self.data or "").strip()
        if not typed:
            return
        try:
            found = self.read(typed, self.name, self.tenure)
        except Invalid as error:
            raise StopValidation(kit.sentence(error)) from error
        self.number = found.number
        self.reading = found.words.say(gettext) if found.differs else ""

    def pre_validate(self, form: object) -> None:
        self.understand()


class ChoiceField(SelectField):
    """A select whose objection to a foreign value is a sentence."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # The shared macros draw fields by the name of their kind.
        self.type = "SelectField"

    def pre_validate(self, form: object) -> None:
        if not self.raw_data or not self.raw_data[0]:
            # Nothing chosen, or a form that does not have the field; a required one says so by its validator.
            self.data = ""
            return
        try:
            super().pre_validate(form)
        except ValueError as error:
            raise StopValidation(str(_BAD_CHOICE)) from error

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = valuelist[0]


class ChoiceRadioField(RadioField):
    """Radio buttons of which none need be chosen."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.type = "RadioField"

    def pre_validate(self, form: object) -> None:
        if self.data and self.data not in {value for value, *_rest in self.iter_choices()}:
            raise StopValidation(str(_BAD_CHOICE))


class CheckboxesField(SelectMultipleField):
    """Several choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: object) -> None:
        try:
            super().pre_validate(form)
        except ValueError as error:
            raise StopValidation(str(_BAD_CHOICE)) from error


class DayField(DateField):
    """A civil date; what cannot be one stays as typed, with a sentence."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            self.data = date.fromisoformat(valuelist[0].strip())
        except ValueError:
            self.data = None
            raise ValueError(str(_BAD_DATE)) from None
        if not FIRST_YEAR <= self.data.year <= LAST_YEAR:
            self.data = None
            raise ValueError(gettext("年份应在 %(first)s 到 %(last)s 之间。", first=FIRST_YEAR, last=LAST_YEAR))


class MomentField(DateTimeLocalField):
    """Wall-clock date and time in Asia/Shanghai; `instant` is the UTC instant."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            typed = datetime.fromisoformat(valuelist[0].strip())
        except ValueError:
            typed = None
        if typed is None or typed.tzinfo is not None or not FIRST_YEAR <= typed.year <= LAST_YEAR:
            self.data = None
            raise ValueError(gettext("没有这个时间，请按 2026-11-25 14:30 的样子填写。"))
        self.data = typed

    @property
    def instant(self) -> datetime | None:
        return None if self.data is None else instant_at(self.data.date(), self.data.time())


def on_the_clock(instant: datetime) -> datetime:
    """An instant as a naive wall-clock time of Asia/Shanghai, for a `MomentField`."""
    return instant.astimezone(SHANGHAI).replace(tzinfo=None, second=0, microsecond=0)
