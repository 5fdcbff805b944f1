"""Writing rows by key so that a second run changes nothing, and counting what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Base

R = TypeVar("R", bound=Base)


@dataclass(slots=True)
class Tally:
    """What a load did, per table: rows added, changed and removed, and what it left alone and why."""

    added: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def is_quiet(self) -> bool:
        """True if nothing was written."""
        return not (self.added or self.changed or self.removed)

    def lines(self) -> list[str]:
        """One line a table that was touched."""
        tables = sorted({*self.added, *self.changed, *self.removed})
        return [
            f"{name}: {self.added[name]} added, {self.changed[name]} changed, {self.removed[name]} removed"
            for name in tables
        ]


def by_key(session: Session, model: type[R]) -> dict[str, R]:
    """The rows of a table that have a key, by key."""
    rows = session.scalars(select(model).where(model.key.is_not(None)))  # type: ignore[attr-defined]
    return {row.key: row for row in rows}  # type: ignore[attr-defined]


def write(
    session: Session,
    tally: Tally,
    model: type[R],
    row: R | None,
    values: Mapping[str, object],
    **fixed: object,
) -> R:
    """The row with `values`: created with `fixed` besides, or changed where it differs."""
    table = model.__tablename__
    if row is None:
        row = model(**fixed, **values)
        session.add(row)
        tally.added[table] += 1
    elif assign(row, values):
        tally.changed[table] += 1
    return row


def assign(row: Base, values: Mapping[str, object]) -> bool:
    """Set what differs; True if anything did. Equal values are not touched, so that the version stays."""
    changed = False
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed = True
    return changed


def remove(session: Session, tally: Tally, rows: Iterable[Base]) -> None:
    for row in rows:
        session.delete(row)
        tally.removed[row.__tablename__] += 1
