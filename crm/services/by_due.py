"""Ledgers in the order of their due days: keyset paging with those without a day last, and counts in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a ledger; `after` leads to the next one, "" on the last."""

    rows: Sequence[Any]
    after: str


def page(
    session: Session, query: Select, due_on: InstrumentedAttribute, key: InstrumentedAttribute, after: str
) -> Page:
    """The rows after the cursor `after` ("" is the first page); a cursor that nobody handed out starts anew."""
    place = _place(due_on, key, after)
    if place is not None:
        query = query.where(place)
    rows = session.scalars(query.order_by(due_on.is_(None), due_on, key).limit(PAGE + 1)).all()
    if len(rows) <= PAGE:
        return Page(rows, "")
    last = rows[PAGE - 1]
    return Page(rows[:PAGE], f"{last.due_on.isoformat() if last.due_on else ''}:{last.id}")


def count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows meet all the conditions, as one of several columns."""
    return func.coalesce(func.sum(case((and_(*conditions), 1), else_=0)), 0)


def _place(due_on: InstrumentedAttribute, key: InstrumentedAttribute, after: str) -> ColumnElement[bool] | None:
    day, _colon, number = after.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    if not day:
        return and_(due_on.is_(None), key > int(number))
    try:
        last = date.fromisoformat(day)
    except ValueError:
        return None
    return or_(due_on > last, due_on.is_(None), and_(due_on == last, key > int(number)))
