"""Keeping the index: sessions note which records they flushed, and write their entries once, before they commit.

Hung up on every session by `crm.services`, so that no use case can forget it. Bulk statements pass by the unit of
work: who uses them calls `search.index`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session, UOWTransaction

from crm.domain.search import SearchKind
from crm.models import (
    Base,
    Chain,
    Contact,
    Enterprise,
    EnterpriseAlias,
    Lead,
    Park,
    ParkAlias,
    Policy,
    Project,
    Segment,
)
from crm.services.search.entries import index

#: Key in `Session.info`: {kind: {id: is new}} whose entries are to be written.
_TOUCHED = "search_touched"

#: Class → the columns that its records are found by, and the records that an object of it touches.
_Touch = Callable[[object], tuple[SearchKind, int | None]]
_WATCHED: dict[type[Base], tuple[tuple[str, ...], _Touch]] = {
    Lead: (("number", "enterprise_id", "contact_id", "merged_into_id"), lambda row: (SearchKind.LEAD, row.id)),
    Project: (("number", "name", "enterprise_id"), lambda row: (SearchKind.PROJECT, row.id)),
    Enterprise: (
        ("name", "uscc", "pinyin", "initials", "merged_into_id"),
        lambda row: (SearchKind.ENTERPRISE, row.id),
    ),
    EnterpriseAlias: (
        ("enterprise_id", "name", "pinyin"),
        lambda row: (SearchKind.ENTERPRISE, row.enterprise_id),
    ),
    Contact: (("name", "phone", "merged_into_id"), lambda row: (SearchKind.CONTACT, row.id)),
    Park: (("name", "name_en"), lambda row: (SearchKind.PARK, row.id)),
    ParkAlias: (("name", "park_id"), lambda row: (SearchKind.PARK, row.park_id)),
    Chain: (("name", "name_en"), lambda row: (SearchKind.CHAIN, row.id)),
    Segment: (("name", "name_en", "words"), lambda row: (SearchKind.SEGMENT, row.id)),
    Policy: (("title",), lambda row: (SearchKind.POLICY, row.id)),
}


def watch() -> None:
    """Hang the listeners on all sessions; a second call does nothing."""
    if not event.contains(Session, "after_flush", _note):
        event.listen(Session, "after_flush", _note)
        event.listen(Session, "before_commit", keep)


def keep(session: Session) -> None:
    """Write the entries of what was flushed so far: before a commit, and before the session itself searches."""
    session.flush()
    touched = session.info.pop(_TOUCHED, None)
    if not touched:
        return
    for kind, ids in sorted(_with_dependents(session, touched).items()):
        index(session, kind, ids)


def _note(session: Session, _context: UOWTransaction) -> None:
    touched = session.info.get(_TOUCHED)
    for row, is_whole in _flushed(session):
        watched = _WATCHED.get(type(row))
        if watched is None:
            continue
        columns, touch = watched
        if is_whole or _has_changed(row, columns):
            if touched is None:
                touched = session.info.setdefault(_TOUCHED, defaultdict(dict))
            kind, subject_id = touch(row)
            if subject_id is not None:
                is_new = row in session.new and type(row) is not EnterpriseAlias
                touched[kind][subject_id] = touched[kind].get(subject_id, is_new)


def _flushed(session: Session) -> Iterator[tuple[object, bool]]:
    """What the flush wrote, and whether it is new or gone as a whole."""
    yield from ((row, True) for row in session.new)
    yield from ((row, True) for row in session.deleted)
    yield from ((row, False) for row in session.dirty)


def _has_changed(row: object, columns: tuple[str, ...]) -> bool:
    attributes = inspect(row).attrs
    return any(attributes[column].history.has_changes() for column in columns)


def _with_dependents(session: Session, touched: dict[SearchKind, dict[int, bool]]) -> dict[SearchKind, set[int]]:
    """Leads and projects are found by the names of their firm, leads by their contact too.

    What hangs on a new firm or contact is new as well, and touched by itself.
    """
    found = defaultdict(set, {kind: set(ids) for kind, ids in touched.items()})
    if firms := _older(touched, SearchKind.ENTERPRISE):
        found[SearchKind.LEAD].update(session.scalars(select(Lead.id).where(Lead.enterprise_id.in_(firms))))
        found[SearchKind.PROJECT].update(session.scalars(select(Project.id).where(Project.enterprise_id.in_(firms))))
    if people := _older(touched, SearchKind.CONTACT):
        found[SearchKind.LEAD].update(session.scalars(select(Lead.id).where(Lead.contact_id.in_(people))))
    return found


def _older(touched: dict[SearchKind, dict[int, bool]], kind: SearchKind) -> list[int]:
    return [subject_id for subject_id, is_new in touched.get(kind, {}).items() if not is_new]
