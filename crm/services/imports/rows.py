"""Writing many rows at once: ids taken in advance, so that what belongs together can be linked before it is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.orm import Session

from crm.models import Base

_CHUNK = 500


def take_ids(session: Session, model: type[Base], number: int) -> list[int]:
    """So many new ids of a table. On SQLite the unit of work is the only writer; PostgreSQL has a sequence."""
    if number == 0:
        return []
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(model.id))) or 0  # type: ignore[attr-defined]
        return list(range(last + 1, last + 1 + number))
    query = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :number)")
    return sorted(session.scalars(query, {"name": model.__tablename__, "number": number}))


def insert_all(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Store rows that all name the same columns, past the unit of work: its events do not see them."""
    for start in range(0, len(rows), _CHUNK):
        session.execute(insert(model.__table__), list(rows[start : start + _CHUNK]))  # type: ignore[arg-type]


def update_all(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Update rows by their id; all name the same columns."""
    if not rows:
        return
    table = model.__table__
    names = [name for name in rows[0] if name != "id"]
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("row_id"))
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
    )
    session.execute(statement, [{"row_id": row["id"]} | {f"new_{name}": row[name] for name in names} for row in rows])


def update_alike(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """The same for rows of which most are given the same values: one statement for all of those."""
    alike: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        alike[repr([value for name, value in row.items() if name != "id"])].append(row)
    table = model.__table__
    for some in alike.values():
        if len(some) > 1:
            values = {name: value for name, value in some[0].items() if name != "id"}
            ids = [row["id"] for row in some]
            session.execute(update(table).where(table.c.id.in_(ids)).values(values))  # type: ignore[arg-type]
    update_all(session, model, [some[0] for some in alike.values() if len(some) == 1])


def plain(value: object) -> object:
    """A column's value as JSON, for the undo."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value


def revived(model: type[Base], name: str, value: object) -> object:
    """What `plain` was given, from its JSON."""
    if not isinstance(value, str):
        return value
    kind = model.__table__.c[name].type.python_type if name in model.__table__.c else str
    if kind is datetime:
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind is date else value


def snapshot(record: Base, names: Sequence[str]) -> dict[str, object]:
    return {name: plain(getattr(record, name)) for name in names}
