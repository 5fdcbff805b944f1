"""Chain gaps in the weekly report: what closed and opened between two instants, and whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, union
from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.leads import LeadState
from crm.domain.pipeline import SideState
from crm.domain.reports import GapMove
from crm.domain.targets import TargetState
from crm.models import Chain, GapTarget, Lead, Project, Segment
from crm.services import access, segment_changes
from crm.services.access import Actor
from crm.services.segment_changes import ChangeRow

_OPEN_LEADS = [state for state in LeadState if state.is_open]
_OPEN_TARGETS = [state for state in TargetState if state.is_open]


def moves(session: Session, from_at: datetime, until_at: datetime) -> list[GapMove]:
    """Gaps that closed or opened from `from_at` up to `until_at` (exclusive), each segment once, in the order of the maps.

    A segment that changed and changed back within the week did not move.
    """
    first: dict[int, ChangeRow] = {}
    last: dict[int, ChangeRow] = {}
    for row in segment_changes.recent(session, None, from_at):  # newest first
        if row.at < until_at:
            last.setdefault(row.segment_id, row)
            first[row.segment_id] = row
    found = {key: _move(first[key], last[key]) for key in last}
    kept = {key: move for key, move in found.items() if move.is_closed or move.is_opened}
    order = (
        select(Segment.id)
        .join(Chain, Chain.id == Segment.chain_id)
        .where(Segment.id.in_(kept))
        .order_by(Chain.sort, Chain.id, Segment.sort, Segment.id)
    )
    return [kept[key] for key in session.scalars(order)] if kept else []


def of_person(
    session: Session, actor: Actor, leads: ColumnElement[bool], projects: ColumnElement[bool], found: Sequence[GapMove]
) -> list[GapMove]:
    """Those moves that concern a person: segments that their leads, projects and targets aim at, by those conditions."""
    if not found:
        return []
    mine = [GapTarget.owner_id == actor.id]
    if actor.role is Role.CHIEF and actor.section_id is not None:
        mine.append(GapTarget.section_id == actor.section_id)
    aims = union(
        select(Lead.segment_id).where(leads, Lead.state.in_(_OPEN_LEADS), Lead.segment_id.is_not(None)),
        select(Project.segment_id).where(
            access.project_scope(actor),
            projects,
            Project.side_state == SideState.ACTIVE,
            Project.segment_id.is_not(None),
        ),
        select(GapTarget.segment_id).where(or_(*mine), GapTarget.state.in_([*_OPEN_TARGETS, TargetState.PROMOTED])),
    ).subquery()
    keys = (
        select(Chain.key, Segment.key)
        .join(Segment, Segment.chain_id == Chain.id)
        .where(Segment.id.in_(select(aims.c.segment_id)))
    )
    known = {tuple(row) for row in session.execute(keys)}
    return [move for move in found if (move.chain_key, move.segment_key) in known]


def _move(first: ChangeRow, last: ChangeRow) -> GapMove:
    return GapMove(
        chain_key=last.chain_key,
        chain=last.chain_name,
        chain_en=last.chain_name_en,
        segment_key=last.segment_key,
        name=last.segment_name,
        name_en=last.segment_name_en,
        before=first.before.value,
        after=last.after.value,
        is_demo=first.is_demo or last.is_demo,
    )
