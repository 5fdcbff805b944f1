"""Values of gate facts on screen: how each kind is typed into a form, and how it reads on a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from flask_babel import gettext
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import Optional

from crm.domain import quantities as q
from crm.domain.errors import Invalid
from crm.domain.gates import Fact, FactKind
from crm.domain.labels import N_
from crm.domain.quantities import Reading
from crm.domain.sentences import Sentence
from crm.web import formats
from crm.web.fields import ChoiceField, DayField, QuantityField
from crm.web.stages import say

_NUMBER = re.compile(r"[0-9]{1,9}")
#: Kinds whose choice is the id of a record.
LINKS = (FactKind.SEGMENT, FactKind.PARK, FactKind.CONTACT)


def field_of(fact: Fact, offered: Mapping[FactKind, dict[str, object]], *, land: bool) -> Field:
    """The unbound form field that takes this fact; `offered` are choices by kind of link."""
    name = say(fact.words)
    if fact.kind is FactKind.TEXT:
        return TextAreaField(name)
    if fact.kind is FactKind.USCC:
        return StringField(name)
    if fact.kind is FactKind.DATE:
        return DayField(name, validators=[Optional()])
    if fact.kind is FactKind.CHOICE:
        return ChoiceField(name, choices={"": gettext("请选")} | {key: say(words) for key, words in fact.choices})
    if fact.kind in LINKS:
        return ChoiceField(name, choices={"": gettext("请选")} | offered.get(fact.kind, {}))
    return QuantityField(name, _reader(fact, land=land))


def typed(fact: Fact, value: object, *, land: bool) -> object:
    """A stored value as its field takes it back, so that reading it again gives the same."""
    if value is None:
        return None
    if fact.kind is FactKind.DATE:
        return date.fromisoformat(str(value))
    if fact.kind is FactKind.MONEY:
        return _plain(Decimal(int(value)) / q.FEN_PER_WAN)  # type: ignore[call-overload]
    if fact.kind is FactKind.RENT or (fact.kind is FactKind.AREA and land):
        return _plain(Decimal(int(value)) / 100)  # type: ignore[call-overload]
    return str(value)


def given(fact: Fact, field: Field) -> object:
    """What a valid field says, as a stored value; None for nothing."""
    if isinstance(field, QuantityField):
        return field.number
    if fact.kind in LINKS:
        text = str(field.data or "")
        return int(text) if text.isdigit() else None
    return field.data or None


def unit_of(fact: Fact, *, land: bool) -> str:
    """The unit that stands in the box."""
    if fact.unit is not None:
        return say(fact.unit)
    if fact.kind is FactKind.AREA:
        return gettext("亩") if land else "㎡"
    return {FactKind.MONEY: gettext("万元"), FactKind.RENT: gettext("元/㎡/月"), FactKind.PERCENT: "%"}.get(
        fact.kind, ""
    )


def shown(fact: Fact, value: object, names: Mapping[tuple[FactKind, object], str], *, land: bool) -> str | None:
    """A stored value as a page says it; None for unknown. `names` are those of linked records."""
    if value is None:
        return None
    if fact.kind is FactKind.MONEY:
        per = f" / {say(fact.unit).rsplit('/', 1)[-1]}" if fact.unit is not None and "/" in say(fact.unit) else ""
        return q.say_money(int(value)).say(gettext) + per  # type: ignore[call-overload]
    if fact.kind is FactKind.RENT:
        return q.say_rent(int(value)).say(gettext)  # type: ignore[call-overload]
    if fact.kind is FactKind.AREA:
        return q.say_area(int(value), land=land).say(gettext)  # type: ignore[call-overload]
    if fact.kind is FactKind.CHOICE:
        return next((say(words) for key, words in fact.choices if key == value), str(value))
    if fact.kind is FactKind.DATE:
        return formats.day(date.fromisoformat(str(value)))
    if fact.kind in LINKS:
        return names.get((fact.kind, value), gettext("（看不到这条记录）"))
    if fact.kind in (FactKind.INT, FactKind.PERCENT):
        return f"{formats.grouped(value)} {unit_of(fact, land=land)}".strip()
    return str(value)


def _reader(fact: Fact, *, land: bool) -> Callable[[str, str, str], Reading]:
    if fact.kind is FactKind.MONEY:
        return lambda text, name, _tenure: q.read_money(_without(text, fact), name)
    if fact.kind is FactKind.RENT:
        return lambda text, name, _tenure: q.read_rent(text, name)
    if fact.kind is FactKind.AREA:
        return lambda text, name, _tenure: q.read_area(text, name, land=land)
    return lambda text, name, tenure: count(_without(text, fact), name, tenure)


def _without(text: str, fact: Fact) -> str:
    """The text without the unit that the box shows anyway."""
    units = [fact.unit.zh, fact.unit.en, *fact.unit.zh.split("/")[1:]] if fact.unit is not None else []
    for unit in units:
        text = text.strip().removesuffix(unit).removesuffix("/").strip()
    return text


def count(text: str, name: str, _tenure: str = "") -> Reading:
    """A whole number, with or without a per cent sign."""
    plain = (
        text.strip()
        .rstrip("%％")
        .translate(str.maketrans("０１２３４５６７８９，", "0123456789,"))
        .replace(",", "")
        .strip()
    )
    if not _NUMBER.fullmatch(plain):
        raise Invalid(name, N_("这里要填一个不小于零的整数。"))
    return Reading(int(plain), Sentence("%(number)s", {"number": int(plain)}), False)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
