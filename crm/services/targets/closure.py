"""What target lists have closed, in numbers: how far targets came, and how long a gap stayed open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.engine.model import SegmentStatus
from crm.domain.pipeline import Batch, SideState
from crm.domain.targets import TargetState
from crm.infra.clock import now
from crm.models import GapTarget, Project, Segment, SegmentChange
from crm.services.access import Actor
from crm.services.targets.reading import scope

_DONE = (SegmentStatus.STRONG, SegmentStatus.WEAK)
_ALIVE = (SideState.ACTIVE, SideState.ON_HOLD)


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far the targets of a gap came; each number is part of the one before. `dropped` stand aside."""

    listed: int
    promoted: int
    projects: int
    signed: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Closure:
    """Gaps that were opened and closed within a time; `median_days` from opened to closed, None where none is known."""

    opened: int
    closed: int
    median_days: int | None


def funnel(session: Session, actor: Actor, segment_id: int) -> Funnel:
    """The targets of one gap that the actor sees, by how far they came."""
    query = (
        select(GapTarget.state, Project.stage, Project.side_state)
        .outerjoin(Project, Project.lead_id == GapTarget.lead_id)
        .where(GapTarget.segment_id == segment_id, scope(actor))
    )
    rows = session.execute(query).all()
    projects = [row for row in rows if row.stage is not None and row.side_state in _ALIVE]
    return Funnel(
        listed=len(rows),
        promoted=sum(1 for row in rows if row.state is TargetState.PROMOTED),
        projects=len(projects),
        signed=sum(1 for row in projects if row.stage.batch is not Batch.RESERVE),
        dropped=sum(1 for row in rows if row.state is TargetState.DROPPED),
    )


def closure(session: Session, chain_id: int | None = None, days: int = 365) -> Closure:
    """Gaps opened and closed in the last `days`, of one chain or of all.

    A gap closes when a missing segment, or one that was being filled, has firms of its own; it was open since it was
    last recorded as missing. Statuses seen for the first time open and close nothing.
    """
    query = select(SegmentChange).order_by(SegmentChange.segment_id, SegmentChange.at, SegmentChange.id)
    if chain_id is not None:
        query = query.join(Segment, Segment.id == SegmentChange.segment_id).where(Segment.chain_id == chain_id)
    return measured(session.scalars(query), now() - timedelta(days=days))


def measured(changes: Iterable[SegmentChange], since: datetime) -> Closure:
    """The measure over changes in the order of segment and time."""
    opened, lasted = 0, []
    closed = 0
    open_since: dict[int, datetime] = {}
    for change in changes:
        if change.after is SegmentStatus.MISSING:
            open_since[change.segment_id] = change.at
            if change.before is not None and change.at >= since:
                opened += 1
        elif change.after in _DONE and change.before in (SegmentStatus.MISSING, SegmentStatus.FILLING):
            start = open_since.pop(change.segment_id, None)
            if change.at >= since:
                closed += 1
                if start is not None:
                    lasted.append((change.at - start).days)
    return Closure(opened, closed, _median(lasted))


def _median(days: Sequence[int]) -> int | None:
    if not days:
        return None
    ordered = sorted(days)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2
