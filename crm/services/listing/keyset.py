"""Keyset paging in both directions with the unknown last: one statement a page, whatever the page's number.

A list is walked in two arms: rows whose sort value is known, then (in either direction) those where it is unknown,
newest first. Each arm is a range of one index; NULLS LAST would not be on SQLite. Ties are broken by the id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Date, Integer, Select, asc, case, desc, literal, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.models.base import Instant

#: Outside this no database holds an integer.
LARGEST = 2**63 - 1
_WORN_OUT = N_("这个分页链接已失效，请从头看。")


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: a column, what must be joined to reach it, and the direction of the first click."""

    column: ColumnElement | InstrumentedAttribute
    join: Callable[[Select], Select] | None = None
    descending: bool = False

    @property
    def always_known(self) -> bool:
        """Whether every row has a value, so that there is no second arm to walk."""
        return self.join is None and getattr(self.column, "nullable", True) is False


def ranked(column: InstrumentedAttribute, members: type[StrEnum]) -> ColumnElement[int]:
    """The place of an enumeration's word among its members: stages in their order, not by the alphabet."""
    return case({member: place for place, member in enumerate(members)}, value=column, else_=None)


@dataclass(frozen=True, slots=True)
class Position:
    """A row's place in an order: its sort value (None is unknown) and its id."""

    value: object
    id: int


@dataclass(frozen=True, slots=True)
class Seek:
    """Which rows a page begins behind (or, backwards, ends before), in which order."""

    sort: Sort
    descending: bool
    position: Position | None = None
    backwards: bool = False


def seek(
    session: Session, key: InstrumentedAttribute, conditions: Sequence[ColumnElement[bool]], wanted: Seek, limit: int
) -> list[Position]:
    """Up to `limit` places behind the position, in the order of the list (backwards: those before it)."""
    falling = wanted.descending != wanted.backwards
    arms = [
        _arm(key, conditions, wanted, known=known, place=place, falling=falling, limit=limit)
        for place, known in enumerate(_arms(wanted))
    ]
    turn = desc if falling else asc
    if len(arms) == 1:
        # One arm needs no place of its own: the plain statement is what an index answers best.
        rows = session.execute(arms[0])
    else:
        both = union_all(*(select(arm.subquery()) for arm in arms)).subquery()
        order = (both.c.place, turn(both.c.value), turn(both.c.tie))
        rows = session.execute(select(both).order_by(*order).limit(limit))
    found = [Position(row.value, row.id) for row in rows]
    return found[::-1] if wanted.backwards else found


def _arms(wanted: Seek) -> list[bool]:
    """The arms still to be walked: True for known values, False for unknown ones."""
    at = wanted.position
    if wanted.sort.always_known:
        return [True]
    if wanted.backwards:
        return [True] if at is None or at.value is not None else [False, True]
    return [False] if at is not None and at.value is None else [True, False]


def _arm(
    key: InstrumentedAttribute,
    conditions: Sequence[ColumnElement[bool]],
    wanted: Seek,
    *,
    known: bool,
    place: int,
    falling: bool,
    limit: int,
) -> Select:
    column, at = wanted.sort.column, wanted.position
    # Unknown ones stand newest first in either direction of the list.
    id_falling = falling if known else not wanted.backwards
    tie = key if id_falling == falling else -key
    query = select(key.label("id"), column.label("value"), literal(place).label("place"), tie.label("tie"))
    if wanted.sort.join is not None:
        query = wanted.sort.join(query)
    query = query.where(*conditions)
    if known:
        order = (desc(column), desc(key)) if falling else (asc(column), asc(key))
        if not wanted.sort.always_known:
            query = query.where(column.is_not(None))
    else:
        order = (desc(key) if id_falling else asc(key),)
        query = query.where(column.is_(None))
    if at is not None and known == (at.value is not None):
        query = query.where(_behind(column, key, at, falling=falling if known else id_falling))
    return query.order_by(*order).limit(limit)


def _behind(
    column: ColumnElement | InstrumentedAttribute, key: InstrumentedAttribute, at: Position, *, falling: bool
) -> ColumnElement[bool]:
    if at.value is None:
        return key < at.id if falling else key > at.id
    here, there = tuple_(column, key), tuple_(literal(at.value, column.type), literal(at.id, key.type))
    return here < there if falling else here > there


# ── The place as a word of an address ────────────────────────────────────────────────────────────────────────────────


def encode(at: Position) -> str:
    """A place as text: `=value~id`, or `-~id` where the value is unknown."""
    if at.value is None:
        return f"-~{at.id}"
    value = at.value.isoformat() if isinstance(at.value, date) else at.value
    return f"={value}~{at.id}"


def decode(text: str, column: ColumnElement | InstrumentedAttribute) -> Position:
    """The place that `encode` wrote for an order by `column`; Invalid for anything else."""
    word, _tilde, number = text.rpartition("~")
    try:
        value = None if word == "-" else _value(word, column)
        place = Position(value, int(number))
    except (ValueError, OverflowError):
        raise Invalid("after", _WORN_OUT) from None
    if not 0 <= place.id <= LARGEST or (isinstance(value, int) and abs(value) > LARGEST):
        raise Invalid("after", _WORN_OUT)
    return place


def _value(word: str, column: ColumnElement | InstrumentedAttribute) -> object:
    if not word.startswith("="):
        raise ValueError(word)
    text = word[1:]
    if isinstance(column.type, Instant):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment
    if isinstance(column.type, Date):
        return date.fromisoformat(text)
    if isinstance(column.type, Integer):
        return int(text)
    members = getattr(column.type, "members", None)
    return members(text) if members is not None else text
