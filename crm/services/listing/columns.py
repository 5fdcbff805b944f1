"""Columns of a list: what stands in a cell, told once for page, saved view and export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crm.domain.access import Permission


class Kind(StrEnum):
    """What a cell holds, so that a page can draw it and an export can type it. None is unknown in every kind."""

    #: str
    TEXT = "text"
    #: str; the link to the record.
    NAME = "name"
    #: A member of an enumeration, worded by `domain.labels`.
    WORD = "word"
    #: list of such members or of str.
    WORDS = "words"
    #: int
    NUMBER = "number"
    #: int, in fen.
    MONEY = "money"
    #: `Area`
    AREA = "area"
    #: date
    DAY = "day"
    #: datetime, aware
    INSTANT = "instant"
    #: int: days, highlighted from `Column.warn` on (or below it, if it is negative).
    DAYS = "days"
    #: `Tier`
    TIER = "tier"
    #: `FollowUp`: the next promise.
    STEP = "step"
    #: `Match`: the best park.
    MATCH = "match"
    #: `Stage` of the project, or None while there is none.
    STAGE = "stage"
    #: `Light`
    LIGHT = "light"
    #: bool
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Area:
    """From … to …, in m² or (`land`) in 0.01 亩."""

    low: int
    high: int
    land: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line: the record with what it is shown with, and further things by name (`Column.needs`)."""

    id: int
    record: Any
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `label` and `unit` are msgids."""

    key: str
    label: str
    kind: Kind
    #: The cell's value, already masked where it is personal.
    value: Callable[[Row], object]
    #: Key of the order that its head switches on; "" cannot be sorted by.
    sort: str = ""
    #: Stands there until somebody chooses columns.
    shown: bool = True
    #: Cannot be put away: the name that leads to the record.
    fixed: bool = False
    unit: str = ""
    #: (filter, value): says the same in every row while that filter is in force, so it stays away by itself.
    told_by: tuple[str, str] | None = None
    #: Days at which a `Kind.DAYS` cell warns: from `warn` up, or for a negative number from its amount down.
    warn: int | None = None
    #: Name of what must be loaded for it beside the record.
    needs: str = ""
    #: False for raw fields that only a file carries.
    on_page: bool = True
    #: False for what means nothing in a file.
    exported: bool = True
    #: Further permission that the reader needs.
    permission: Permission | None = None


#: What a column of a file needs: every fact of the record, where a page's row is read with a few columns only.
FACTS = "facts"


def reads(key: str, label: str, kind: Kind, path: str, **more: Any) -> Column:
    """A column that reads one attribute of the record, or one of what it points to (`enterprise.name`)."""

    def value(row: Row) -> object:
        found = row.record
        for name in path.split("."):
            found = getattr(found, name) if found is not None else None
        return found

    if not more.get("on_page", True):
        more.setdefault("needs", FACTS)
    return Column(key=key, label=label, kind=kind, value=value, **more)
