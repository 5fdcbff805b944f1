"""Filters of a list: what may be asked in an address, how it is read, and the condition that it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.domain.errors import DomainError, Invalid
from crm.domain.labels import N_, label
from crm.domain.quantities import read_money
from crm.domain.sentences import Sentence
from crm.domain.text import clean_text
from crm.infra.clock import instant_at, today
from crm.models.base import Instant
from crm.services.access import Actor

#: The word of an address for "not narrowed", where a list narrows by itself.
EVERYTHING = "all"
QUERY_LENGTH = 80
#: More words than that in one filter are somebody's program.
MOST_WORDS = 40
#: Days away that a relative date may name.
FURTHEST = 3660
TODAY, MONDAY = "today", "monday"
_RELATIVE = re.compile(r"[+-][0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Ask:
    """On whose behalf and where a list is asked."""

    session: Session
    actor: Actor


@dataclass(frozen=True, slots=True)
class Option:
    """One word that a filter takes. `label` is a msgid, or a name from the database (`is_name`), never translated."""

    value: str
    label: str
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """What was understood: `raw` as it stands in the address, `parsed` for the condition, `said` for the chip."""

    raw: Mapping[str, tuple[str, ...]]
    parsed: object
    said: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Base of all kinds. `label` is a msgid; `quick` filters stand in the bar even when they are not in force."""

    key: str
    label: str
    condition: Callable[..., ColumnElement[bool]]
    quick: bool = False
    #: What is in force when the address does not mention the filter; "" for nothing.
    default: Callable[[Actor], str] = lambda _actor: ""
    #: Whether this reader is offered the filter at all.
    offered: Callable[[Actor], bool] = lambda _actor: True

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the address that belong to it."""
        return (self.key,)

    def read(self, ask: Ask, raw: Mapping[str, Sequence[str]]) -> Value | None:
        """The value, None for nothing asked; Invalid for what has no meaning."""
        raise NotImplementedError

    def where(self, ask: Ask, value: Value) -> ColumnElement[bool]:
        return self.condition(ask, value.parsed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Filter):
    """One or (`many`) several words of a list, which stands in the code or (`stored`) in the database."""

    options: tuple[Option, ...] = ()
    #: Further options from the database: asked only where they are shown or one of them is in force.
    stored: Callable[[Ask], list[Option]] | None = None
    many: bool = True

    def offered_options(self, ask: Ask) -> list[Option]:
        """Everything that can be chosen."""
        return [*self.options, *(self.stored(ask) if self.stored else ())]

    def read(self, ask: Ask, raw: Mapping[str, Sequence[str]]) -> Value | None:
        asked = [word for text in raw.get(self.key, ()) for word in text.split(",") if word.strip()]
        if not asked:
            asked = [self.default(ask.actor)] if self.key not in raw and self.default(ask.actor) else []
        words = list(dict.fromkeys(word.strip() for word in asked))[: MOST_WORDS if self.many else 1]
        if not words or EVERYTHING in words:
            return None
        known = {option.value: option for option in self.options}
        if self.stored and not set(words) <= set(known):
            known |= {option.value: option for option in self.stored(ask)}
        strange = [word for word in words if word not in known]
        if strange:
            raise Invalid(self.key, N_("「%(word)s」不是可选的值。"), word=strange[0][:QUERY_LENGTH])
        words = [word for word in known if word in words]
        names = {f"w{n}": _said(known[word]) for n, word in enumerate(words[:3])}
        text = "、".join(f"%({name})s" for name in names)
        said = Sentence(text, names)
        if len(words) > len(names):
            said = Sentence(_AND_MORE, {"words": said, "count": len(words)})
        return Value({self.key: tuple(words)}, tuple(words), said)


_AND_MORE = N_("%(words)s 等 %(count)s 项")


def _said(option: Option) -> Sentence | str:
    return option.label if option.is_name else Sentence(option.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range(Filter):
    """From … to …, as two names of the address: `key_from`, `key_to`. `kind` is "money" or "day"."""

    kind: str

    @property
    def names(self) -> tuple[str, ...]:
        return (f"{self.key}_from", f"{self.key}_to")

    def read(self, ask: Ask, raw: Mapping[str, Sequence[str]]) -> Value | None:
        low, high = (next((text.strip() for text in raw.get(name, ()) if text.strip()), "") for name in self.names)
        if not low and not high:
            return None
        reader = _money if self.kind == "money" else _day
        parsed = tuple(reader(text, self.key) if text else None for text in (low, high))
        if None not in parsed and parsed[0] > parsed[1]:
            raise Invalid(self.key, N_("起点比终点大。"))
        kept = {name: (text,) for name, text in zip(self.names, (low, high), strict=True) if text}
        return Value(kept, parsed, _between(low, high, self.kind))


def _money(text: str, field: str) -> int:
    return read_money(text, field).number


def _day(text: str, field: str) -> date:
    """A civil date: 2026-11-24, or one that a saved view keeps its meaning with: today, monday (of this week), -7."""
    if text in (TODAY, MONDAY):
        return today() - timedelta(days=today().weekday() if text == MONDAY else 0)
    if _RELATIVE.fullmatch(text) and abs(int(text)) <= FURTHEST:
        return today() + timedelta(days=int(text))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(field, N_("「%(text)s」不是日期，请写成 2026-11-24。"), text=text[:QUERY_LENGTH]) from None


def _between(low: str, high: str, kind: str) -> Sentence:
    if low == MONDAY and not high:
        return Sentence(N_("本周"))
    if kind == "day" and re.fullmatch(r"-[0-9]{1,4}", low) and not high:
        return Sentence(N_("近 %(days)s 天"), {"days": low[1:]})
    if low and high:
        return Sentence(N_("%(low)s 至 %(high)s"), {"low": low, "high": high})
    return Sentence(N_("%(low)s 起") if low else N_("至 %(high)s"), {"low": low, "high": high})


@dataclass(frozen=True, slots=True, kw_only=True)
class Search(Filter):
    """Free text."""

    def read(self, ask: Ask, raw: Mapping[str, Sequence[str]]) -> Value | None:
        text = clean_text(next(iter(raw.get(self.key, ())), ""), QUERY_LENGTH, self.key)
        return Value({self.key: (text,)}, text, Sentence("%(text)s", {"text": text})) if text else None


def words_of(members: type[StrEnum], *, but: Sequence[StrEnum] = ()) -> tuple[Option, ...]:
    """The members of an enumeration as options."""
    return tuple(Option(member.value, label(member)) for member in members if member not in but)


def any_of(column: InstrumentedAttribute, unknown: str = "") -> Callable[[Ask, tuple[str, ...]], ColumnElement[bool]]:
    """Condition: the column holds one of the words; the word `unknown` means that it is empty."""

    def condition(_ask: Ask, words: tuple[str, ...]) -> ColumnElement[bool]:
        known = column.in_([word for word in words if word != unknown or not unknown])
        return known if not unknown or unknown not in words else known | column.is_(None)

    return condition


def within(column: InstrumentedAttribute) -> Callable[[Ask, tuple], ColumnElement[bool]]:
    """Condition: the column lies between both ends; a civil day of an instant is the whole day in Shanghai."""
    on_clock = isinstance(column.type, Instant)

    def condition(_ask: Ask, ends: tuple) -> ColumnElement[bool]:
        low, high = ends
        found: ColumnElement[bool] = true()
        if low is not None:
            found &= column >= (instant_at(low) if on_clock else low)
        if high is not None:
            found &= column < instant_at(high + timedelta(days=1)) if on_clock else column <= high
        return found

    return condition


def read_all(
    ask: Ask, filters: Sequence[Filter], raw: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Value], list[Sentence]]:
    """Values by filter key, and a sentence for each that has no meaning; the rest still applies."""
    values: dict[str, Value] = {}
    problems: list[Sentence] = []
    for each in filters:
        if not each.offered(ask.actor):
            continue
        try:
            value = each.read(ask, raw)
        except DomainError as error:
            why = Sentence(error.sentence, error.params)
            problems.append(
                Sentence(N_("筛选「%(label)s」没有生效：%(why)s"), {"label": Sentence(each.label), "why": why})
            )
            continue
        if value is not None:
            values[each.key] = value
    return values, problems
