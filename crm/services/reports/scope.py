"""What of a data set one reader may see, asked at the moment of reading (RELIABILITY §1, §4).

A record outside the reader's scope falls out of every list. A record that is gone altogether stays in a frozen week,
by the name that it had, and loses its link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.reports import LeaderPart, OfficerPart, ParkPart
from crm.models import Introduction, Lead, Park, Project
from crm.services import access
from crm.services.access import Actor

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of record: ids that exist, and those of them that the reader may see."""

    field: str
    existing: frozenset[int]
    visible: frozenset[int]

    def fits(self, row: object) -> bool:
        record = getattr(row, self.field, None)
        return record is None or record in self.visible or record not in self.existing

    def cut(self, row: Row) -> Row:
        record = getattr(row, self.field, None)
        return row if record is None or record in self.existing else replace(row, **{self.field: None})  # type: ignore[type-var]


def _kind(session: Session, field: str, model: type, rows: Iterable[object], scope: ColumnElement[bool]) -> _Kind:
    ids = {getattr(row, field, None) for row in rows} - {None}
    if not ids:
        return _Kind(field, frozenset(), frozenset())
    existing = frozenset(session.scalars(select(model.id).where(model.id.in_(ids))))  # type: ignore[attr-defined]
    visible = frozenset(session.scalars(select(model.id).where(model.id.in_(ids), scope)))  # type: ignore[attr-defined]
    return _Kind(field, existing, visible)


def _sieve(session: Session, actor: Actor, rows: list[object]) -> Callable[[tuple[Row, ...]], tuple[Row, ...]]:
    kinds = [
        _kind(session, "lead_id", Lead, rows, access.lead_scope(actor)),
        _kind(session, "project_id", Project, rows, access.project_scope(actor)),
        _kind(session, "introduction_id", Introduction, rows, access.introduction_scope(actor)),
    ]

    def sift(wanted: tuple[Row, ...]) -> tuple[Row, ...]:
        kept = []
        for row in wanted:
            if all(kind.fits(row) for kind in kinds):
                for kind in kinds:
                    row = kind.cut(row)
                kept.append(row)
        return tuple(kept)

    return sift


def for_leader(session: Session, actor: Actor, part: LeaderPart) -> LeaderPart:
    """Figures are the district's; named records are those that the reader may open."""
    rows = [*part.reds, *(project for flow in part.flows for project in flow.projects)]
    sift = _sieve(session, actor, rows)
    if actor.role is Role.LEADER:
        return replace(
            part, reds=sift(part.reds), flows=tuple(replace(f, projects=sift(f.projects)) for f in part.flows)
        )
    reds = tuple(red for red in sift(part.reds) if red.lead_id is not None or red.project_id is not None)
    return replace(part, reds=reds)


def for_officer(session: Session, actor: Actor, part: OfficerPart) -> OfficerPart:
    """The lists without what has passed to somebody whom the reader may not see into."""
    lists = ("overdue", "coming", "silent", "lacking", "fresh")
    sift = _sieve(session, actor, [row for name in lists for row in getattr(part, name)])
    return replace(part, **{name: sift(getattr(part, name)) for name in lists})


def for_park(session: Session, actor: Actor, part: ParkPart) -> ParkPart:
    """Nothing at all of a park that the reader no longer keeps."""
    kept = {park_id: name for park_id, name in part.parks.items() if park_id in _visible_parks(session, actor, part)}
    if len(kept) != len(part.parks):
        # Masked rows and areas do not say of which park they are: with one park gone they are no longer this reader's.
        part = replace(part, parks=kept, fresh=(), misses=(), areas=())
    rows = [*part.owed, *part.introduced]
    sift = _sieve(session, actor, rows)
    return replace(
        part,
        owed=sift(part.owed),
        introduced=sift(part.introduced),
        stale=tuple(row for row in part.stale if row.park_id in kept),
        leases=tuple(row for row in part.leases if row.park_id in kept),
    )


def _visible_parks(session: Session, actor: Actor, part: ParkPart) -> frozenset[int]:
    return frozenset(session.scalars(select(Park.id).where(Park.id.in_(part.parks), access.park_scope(actor))))
