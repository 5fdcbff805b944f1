"""Who could fill a gap: firms and leads in sight that point at it, best first, with the reasons (MATCHING B)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from chains.engine.targets import Wish
from crm.domain.access import Permission
from crm.models import Enterprise, GapTarget, Lead, Placement
from crm.services import access
from crm.services.access import Actor
from crm.services.chain_facts import ChainFacts, SegmentFacts
from crm.services.targets.judging import OPEN, Judged, judge, neighbours_of, wish_of
from crm.services.targets.reading import find

#: Firms that are judged, and rows that are shown: nobody reads more.
_JUDGED, SHOWN = 120, 30


class Pointer(StrEnum):
    """Why a firm is proposed: its lead aims here, it is known to stand on this kind of segment, or its trade says so."""

    LEAD = "lead"
    SEGMENT = "segment"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One firm that could be listed. `placed` names the segments where it stands in the district already."""

    enterprise: Enterprise
    judged: Judged
    pointer: Pointer
    placed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The proposals for one gap; `more` says that there are further ones behind those shown."""

    chain: ChainFacts
    segment: SegmentFacts
    wish: Wish
    neighbours: int
    present: int
    rows: tuple[CandidateRow, ...]
    more: bool


def candidates(session: Session, actor: Actor, chain_key: str, segment_key: str) -> Candidates:
    """Firms that the actor may see, that point at the segment, do not stand on it and are not on its list."""
    access.require(actor, Permission.TARGETS_VIEW)
    chain, segment = find(session, chain_key, segment_key)
    aimed, coded = _aimed(actor, segment), _coded(segment)
    query = (
        select(Enterprise, aimed.label("aimed"))
        .where(
            access.enterprise_scope(actor),
            or_(aimed, Enterprise.segment_id == segment.id, *([coded] if coded is not None else [])),
            ~exists().where(Placement.enterprise_id == Enterprise.id, Placement.segment_id == segment.id),
            ~exists().where(GapTarget.enterprise_id == Enterprise.id, GapTarget.segment_id == segment.id),
        )
        .order_by(Enterprise.id.desc())
        .limit(_JUDGED + 1)
    )
    found = session.execute(query).all()
    judged = judge(session, actor, chain, segment, [firm for firm, _aimed in found[:_JUDGED]])
    placed = _placed(chain, {firm.id for firm, _aimed in found})
    rows = [
        CandidateRow(firm, judged[firm.id], _pointer(firm, aims, segment), placed.get(firm.id, ()))
        for firm, aims in found[:_JUDGED]
    ]
    rows.sort(key=lambda row: (-row.judged.score.total, list(Pointer).index(row.pointer), row.enterprise.id))
    neighbours, present = neighbours_of(chain, segment)
    return Candidates(chain, segment, wish_of(segment), neighbours, present, tuple(rows[:SHOWN]), len(rows) > SHOWN)


def _aimed(actor: Actor, segment: SegmentFacts) -> ColumnElement[bool]:
    return exists().where(
        Lead.enterprise_id == Enterprise.id,
        Lead.segment_id == segment.id,
        Lead.state.in_(OPEN),
        access.lead_scope(actor),
    )


def _coded(segment: SegmentFacts) -> ColumnElement[bool] | None:
    """Firms of the segment's own classes; a group or division of the standard says too little."""
    classes = [code for code in segment.codes if len(code) == 4]
    return Enterprise.gbt_code.in_(classes) if classes else None


def _pointer(firm: Enterprise, aimed: bool, segment: SegmentFacts) -> Pointer:
    if aimed:
        return Pointer.LEAD
    return Pointer.SEGMENT if firm.segment_id == segment.id else Pointer.CODE


def _placed(chain: ChainFacts, firms: set[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for segment in chain.segments:
        for firm in segment.firms:
            if firm.enterprise_id in firms:
                found[firm.enterprise_id] = (*found.get(firm.enterprise_id, ()), segment.name)
    return found
