"""The public pool (公海): leads that nobody works on, for every section to see and claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from crm.domain.access import Permission, Role
from crm.domain.enterprises.names import normalised
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.leads import LeadSource, LeadState
from crm.domain.ownership import TransferKind, TransferState
from crm.domain.search import SearchKind
from crm.domain.text import clean_text
from crm.infra.clock import now, today
from crm.models import Chain, Lead, Project, Segment, Transfer
from crm.services import access, audit, search, timeline
from crm.services.access import Actor
from crm.services.ownership.hands import give, locked, record, words
from crm.services.ownership.rules import in_force

PAGE = 50
OPEN = tuple(state for state in LeadState if state.is_open)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFilter:
    """What the pool is narrowed to; the defaults narrow nothing."""

    chain: str = ""
    source: LeadSource | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class PoolRow:
    """One lead of the pool: how it came here, and for how long it has been silent."""

    lead: Lead
    release: Transfer | None
    silent_days: int
    pooled_days: int


@dataclass(frozen=True, slots=True)
class PoolPage:
    """One page; `cursor` leads to the next, None on the last."""

    rows: list[PoolRow]
    cursor: str | None
    total: int


def release(session: Session, actor: Actor, lead_id: int, reason: str, version: int | None = None) -> Lead:
    """Let a lead go, with a reason: from now on every section sees it and may claim it.

    By its owner or the section's chief. A lead with a project stays in hands: that is a transfer.
    """
    access.require(actor, Permission.LEADS_EDIT)
    lead = locked(session, actor, lead_id, edit=False)
    if lead.pooled_at is not None:
        # The same form sent twice.
        return lead
    lead = locked(session, actor, lead_id, version)
    why = words(reason, "reason")
    if not why:
        raise Invalid("reason", N_("请写明为什么放入公海。"))
    if not lead.state.is_open:
        raise Invalid("", N_("这条线索已经有结论（无效或重复），不用放入公海。"))
    if session.scalar(select(Project.id).where(Project.lead_id == lead.id)) is not None:
        raise Invalid("", N_("已转入储备库的线索不能放入公海，请转交或移交他科。"))
    asked = select(Transfer.id).where(Transfer.lead_id == lead.id, Transfer.state == TransferState.ASKED).limit(1)
    if session.scalar(asked) is not None:
        raise Invalid("", N_("正等对方科室答复移交，请先撤回移交。"))
    before = (lead.owner_id, lead.section_id)
    # Told while the section still has it: its week counts the release.
    timeline.note(session, actor, "lead.released", lead, reason=why)
    lead.pooled_at = now()
    lead.protected_until = lead.protection_extended_on = lead.protection_proof = None
    give(session, lead, None, None)
    record(session, actor, lead, TransferKind.RELEASE, before=before, note=why)
    audit.record(
        session,
        actor.id,
        "lead.released",
        ("lead", lead.id),
        before={"owner_id": before[0], "section_id": before[1]},
        after={"reason": why},
    )
    return lead


def pool(
    session: Session, actor: Actor, wanted: PoolFilter, *, cursor: str | None = None, limit: int = PAGE
) -> PoolPage:
    """One page of the pool, the last released first: three statements whatever its length."""
    access.require(actor, Permission.LEADS_CLAIM)
    inside = and_(Lead.pooled_at.is_not(None), access.lead_scope(actor), *_conditions(session, wanted))
    query = (
        select(Lead)
        .join(Lead.enterprise)
        .where(inside)
        .options(contains_eager(Lead.enterprise), joinedload(Lead.segment).joinedload(Segment.chain))
        .order_by(Lead.pooled_at.desc(), Lead.id.desc())
        .limit(limit + 1)
    )
    total = session.scalar(select(func.count(Lead.id)).join(Lead.enterprise).where(inside)) or 0
    if cursor:
        query = query.where(_after(session, cursor))
    found = list(session.scalars(query))
    more, found = len(found) > limit, found[:limit]
    releases = _releases(session, [lead.id for lead in found])
    rows = [
        PoolRow(lead, releases.get(lead.id), (now() - lead.last_activity_at).days, (now() - lead.pooled_at).days)
        for lead in found
        if lead.pooled_at is not None
    ]
    return PoolPage(rows, str(found[-1].id) if more else None, total)


def _conditions(session: Session, wanted: PoolFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.chain:
        segments = select(Segment.id).join(Segment.chain).where(Chain.key == wanted.chain)
        conditions.append(Lead.segment_id.in_(segments))
    if wanted.source is not None:
        conditions.append(Lead.source == wanted.source)
    text = clean_text(wanted.q, 80, "q")
    if text and normalised(text):
        conditions.append(search.matching(session, SearchKind.LEAD, Lead.id, text))
    return conditions


def _after(session: Session, cursor: str) -> ColumnElement[bool]:
    last = session.get(Lead, int(cursor)) if cursor.isdecimal() and len(cursor) < 10 else None
    if last is None or last.pooled_at is None:
        raise Invalid("after", N_("这个分页链接已失效，请从头看。"))
    return or_(Lead.pooled_at < last.pooled_at, and_(Lead.pooled_at == last.pooled_at, Lead.id < last.id))


def _releases(session: Session, lead_ids: list[int]) -> dict[int, Transfer]:
    """The last release of each lead."""
    query = (
        select(Transfer)
        .where(Transfer.lead_id.in_(lead_ids), Transfer.kind == TransferKind.RELEASE)
        .options(joinedload(Transfer.from_section), joinedload(Transfer.from_owner))
        .order_by(Transfer.id)
    )
    return {row.lead_id: row for row in session.scalars(query)}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A lead that the pool is proposed for, and for how many days nothing has happened."""

    lead: Lead
    silent_days: int


def proposals(session: Session, actor: Actor, limit: int = PAGE) -> list[Proposal]:
    """Leads of the person (a chief: of the section) that the pool is proposed for: unprotected and long silent.

    Only a proposal: nothing leaves its owner by itself (DOMAIN §6).
    """
    days = in_force(session).pool_silent_days
    whose = Lead.section_id == actor.section_id if actor.role is Role.CHIEF else Lead.owner_id == actor.id
    query = (
        select(Lead)
        .outerjoin(Project, Project.lead_id == Lead.id)
        .where(
            access.lead_scope(actor),
            whose,
            Lead.owner_id.is_not(None),
            Lead.state.in_(OPEN),
            Lead.protected_until < today(),
            Lead.last_activity_at < now() - timedelta(days=days),
            Project.id.is_(None),
        )
        .options(joinedload(Lead.enterprise), joinedload(Lead.owner))
        .order_by(Lead.last_activity_at, Lead.id)
        .limit(limit)
    )
    return [Proposal(lead, (now() - lead.last_activity_at).days) for lead in session.scalars(query)]
