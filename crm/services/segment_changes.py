"""When the status of a segment changes, it is written down: gaps that closed and opened (DOMAIN §7, weekly report).

Pages reckon the present status; `Segment.status` is the one that was last recorded. Whoever changes what statuses rest on
calls `record`; the planner calls it every tick, for surveys that grow old and whatever else came about silently.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from chains.engine.model import SegmentStatus
from crm.domain.labels import N_
from crm.domain.pipeline import SideState, Stage
from crm.infra.clock import now, today
from crm.models import Chain, Project, Segment, SegmentChange
from crm.services import chain_facts
from crm.services.chain_facts.reading import SIGNED, calendar, chain_ids_of, read_rows, reckon

CAUSE_LENGTH = 300
#: What the planner finds: to be translated where it is shown.
NOTICED = N_("每日核对时发现")
#: What a project brings about.
BEGUN, LEFT = N_("瞄准它的项目已签约"), N_("瞄准它的项目不再推进，或已投产")
_CHUNK = 400
_GAP = frozenset({SegmentStatus.MISSING, SegmentStatus.FILLING})
_HELD = frozenset({SegmentStatus.WEAK, SegmentStatus.STRONG})


@dataclass(frozen=True, slots=True)
class _Found:
    """A segment whose status is not the recorded one."""

    segment_id: int
    before: SegmentStatus | None
    after: SegmentStatus
    is_demo: bool


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of a segment's status, with the names to show."""

    chain_key: str
    chain_name: str
    chain_name_en: str | None
    segment_id: int
    segment_key: str
    segment_name: str
    segment_name_en: str | None
    at: datetime
    before: SegmentStatus
    after: SegmentStatus
    cause: str
    is_demo: bool

    @property
    def is_closed(self) -> bool:
        """A gap came nearer to being none: somebody signed for it, or stands there now."""
        moved_on = self.before is SegmentStatus.MISSING and self.after is SegmentStatus.FILLING
        return moved_on or (self.before in _GAP and self.after in _HELD)

    @property
    def is_opened(self) -> bool:
        """A gap that was none, or was being filled."""
        return self.after is SegmentStatus.MISSING


def record(session: Session, cause: str, chain_id: int | None = None, *, is_demo: bool = False) -> int:
    """Write down every status of the chain (None: of all) that is not the recorded one; how many there were.

    `cause` says in words what brought it about. A status recorded for the first time is written down too, without a
    `before`. Two who record at once write each change once. Versions of segments stay: nobody edited them.
    """
    session.flush()
    return _write(session, _of_all(session) if chain_id is None else _of_one(session, chain_id), cause, is_demo)


def after_move(session: Session, project: Project, before: Stage) -> None:
    """A project went from `before` to its stage: does it begin or end to fill its segment?"""
    if (before in SIGNED) != (project.stage in SIGNED):
        _of_project(session, project)


def after_aside(session: Session, project: Project) -> None:
    """A project was put aside or walks again: a signed one fills its segment no longer, or again."""
    if project.stage in SIGNED:
        _of_project(session, project)


def _of_project(session: Session, project: Project) -> None:
    if project.segment_id is not None:
        # Everybody reads the map, not everybody this project: neither its number nor its name is said.
        fills = project.stage in SIGNED and project.side_state is SideState.ACTIVE
        cause = BEGUN if fills else LEFT
        for chain_id in chain_ids_of(session, [project.segment_id]):
            record(session, cause, chain_id, is_demo=project.is_demo)


def recent(session: Session, chain_id: int | None, since: datetime) -> list[ChangeRow]:
    """Changes since an instant, newest first; the first status ever recorded is no change."""
    columns = (
        Chain.key,
        Chain.name,
        Chain.name_en,
        Segment.id,
        Segment.key,
        Segment.name,
        Segment.name_en,
        SegmentChange.at,
        SegmentChange.before,
        SegmentChange.after,
        SegmentChange.cause,
        SegmentChange.is_demo,
    )
    query = (
        select(*columns)
        .join(Segment, Segment.id == SegmentChange.segment_id)
        .join(Chain, Chain.id == Segment.chain_id)
        .where(SegmentChange.at >= since, SegmentChange.before.is_not(None))
        .order_by(SegmentChange.at.desc(), SegmentChange.id.desc())
    )
    if chain_id is not None:
        query = query.where(Segment.chain_id == chain_id)
    return [ChangeRow(*row) for row in session.execute(query)]


def _of_all(session: Session) -> Iterable[_Found]:
    for chain in chain_facts.all_facts(session):
        for segment in chain.segments:
            if segment.state.status is not segment.recorded:
                is_demo = any(firm.is_demo for firm in segment.firms)
                yield _Found(segment.id, segment.recorded, segment.state.status, is_demo)


def _of_one(session: Session, chain_id: int) -> Iterable[_Found]:
    """Without ranks and space, which a use case has no need to wait for."""
    days = calendar(session, today())
    for rows in read_rows(session, chain_id):
        states = reckon(rows, days).states
        for segment in rows.segments:
            status = states[segment.key].status
            if status is not segment.status:
                is_demo = any(row.is_demo for row in rows.placements.get(segment.id, ()))
                yield _Found(segment.id, segment.status, status, is_demo)


def _write(session: Session, found: Iterable[_Found], cause: str, is_demo: bool) -> int:
    moment, words = now(), cause[:CAUSE_LENGTH]
    groups: dict[tuple[SegmentStatus | None, SegmentStatus], list[_Found]] = defaultdict(list)
    for each in found:
        groups[each.before, each.after].append(each)
    written: list[dict[str, object]] = []
    for (before, after), changed in groups.items():
        demo = {each.segment_id: each.is_demo or is_demo for each in changed}
        for segment_id in _changed(session, list(demo), before, after):
            written.append(
                {
                    "segment_id": segment_id,
                    "at": moment,
                    "before": before,
                    "after": after,
                    "cause": words,
                    "is_demo": demo[segment_id],
                }
            )
    if written:
        session.execute(insert(SegmentChange), written)
    return len(written)


def _changed(session: Session, ids: list[int], before: SegmentStatus | None, after: SegmentStatus) -> list[int]:
    """Set the recorded status where it still is `before`; the segments that it was set on."""
    same = Segment.status.is_(None) if before is None else Segment.status == before
    done: list[int] = []
    for start in range(0, len(ids), _CHUNK):
        statement = update(Segment).where(Segment.id.in_(ids[start : start + _CHUNK]), same)
        done += session.scalars(statement.values(status=after).returning(Segment.id)).all()
    return sorted(done)
