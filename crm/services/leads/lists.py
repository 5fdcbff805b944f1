"""Lists of leads: filters that live in an address, next follow-up first, keyset paging, the best park beside each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from crm.domain.enterprises.names import normalised
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.leads import LeadSource, LeadState
from crm.domain.policies import Tier
from crm.domain.text import clean_text
from crm.infra.clock import instant_at, now, today
from crm.models import Chain, Enterprise, EnterpriseAlias, FollowUp, Lead, Match, Segment
from crm.services import access
from crm.services.access import Actor

PAGE = 50
OPEN = tuple(state for state in LeadState if state.is_open)
PROTECTION_NOTICE_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    """What a list is narrowed to; the defaults narrow nothing."""

    #: "open" for all that are still alive, or one state.
    state: LeadState | str | None = "open"
    #: "mine", "section", "unowned" or "" for everybody's.
    owner: str = ""
    #: "overdue" (due before tomorrow), "unplanned", "protection" (ends within 14 days), "week" (logged in 7 days).
    due: str = ""
    chain: str = ""
    tier: Tier | str | None = None
    source: LeadSource | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class LeadRow:
    """One line: the lead, its next follow-up, its best park as last computed, and what the clocks say."""

    lead: Lead
    next_step: FollowUp | None
    best: Match | None
    silent_days: int
    protected_days: int | None


@dataclass(frozen=True, slots=True)
class LeadPage:
    """One page of a list; `cursor` leads to the next page, None on the last."""

    rows: list[LeadRow]
    cursor: str | None


def _next_due() -> Select:
    """Per lead the instant of the earliest open follow-up."""
    return (
        select(FollowUp.lead_id, func.min(FollowUp.due_at).label("due"))
        .where(FollowUp.done_at.is_(None), FollowUp.due_at.is_not(None))
        .group_by(FollowUp.lead_id)
    )


def listed(
    session: Session, actor: Actor, wanted: LeadFilter, *, cursor: str | None = None, limit: int = PAGE
) -> LeadPage:
    """One page of the leads that the actor may see, the next due first; two statements whatever the length."""
    due = _next_due().subquery()
    query = (
        select(Lead, Match, due.c.due)
        .join(Lead.enterprise)
        .outerjoin(due, due.c.lead_id == Lead.id)
        .outerjoin(Match, and_(Match.lead_id == Lead.id, Match.rank == 1))
        .where(access.lead_scope(actor), *_conditions(actor, wanted, due.c.due))
        .options(
            contains_eager(Lead.enterprise),
            joinedload(Lead.owner),
            joinedload(Lead.section),
            joinedload(Lead.segment),
            joinedload(Match.park),
        )
        .order_by(due.c.due.is_(None), due.c.due, Lead.id.desc())
        .limit(limit + 1)
    )
    if cursor:
        query = query.where(_after(cursor, due.c.due))
    found = session.execute(query).all()
    more, found = len(found) > limit, found[:limit]
    steps = _next_steps(session, [lead.id for lead, _match, _due in found])
    rows = [_row(lead, steps.get(lead.id), match) for lead, match, _due in found]
    last = found[-1] if more else None
    return LeadPage(rows, _cursor(last[2], last[0].id) if last else None)


def _row(lead: Lead, step: FollowUp | None, best: Match | None) -> LeadRow:
    silent = (now() - lead.last_activity_at).days
    left = (lead.protected_until - today()).days if lead.protected_until else None
    return LeadRow(lead, step, best, max(0, silent), left)


def _next_steps(session: Session, lead_ids: list[int]) -> dict[int, FollowUp]:
    query = (
        select(FollowUp)
        .where(FollowUp.lead_id.in_(lead_ids), FollowUp.done_at.is_(None), FollowUp.due_at.is_not(None))
        .order_by(FollowUp.due_at.desc(), FollowUp.id.desc())
    )
    return {step.lead_id: step for step in session.scalars(query)}


def _conditions(actor: Actor, wanted: LeadFilter, due: ColumnElement) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state == "open":
        conditions.append(Lead.state.in_(OPEN))
    elif isinstance(wanted.state, LeadState):
        conditions.append(Lead.state == wanted.state)
    conditions += _owned(actor, wanted.owner) + _due(wanted.due, due)
    if wanted.chain:
        segments = select(Segment.id).join(Segment.chain).where(Chain.key == wanted.chain)
        conditions.append(Lead.segment_id.in_(segments))
    if wanted.tier == "unknown":
        conditions.append(Enterprise.tier.is_(None))
    elif isinstance(wanted.tier, Tier):
        conditions.append(Enterprise.tier == wanted.tier)
    if wanted.source is not None:
        conditions.append(Lead.source == wanted.source)
    if wanted.q:
        conditions.append(_found_by(wanted.q))
    return conditions


def _owned(actor: Actor, owner: str) -> list[ColumnElement[bool]]:
    if owner == "mine":
        return [Lead.owner_id == actor.id]
    if owner == "section":
        return [Lead.section_id == actor.section_id]
    if owner == "unowned":
        return [Lead.owner_id.is_(None)]
    return []


def _due(word: str, due: ColumnElement) -> list[ColumnElement[bool]]:
    if word == "overdue":
        return [due < instant_at(today() + timedelta(days=1))]
    if word == "unplanned":
        return [due.is_(None)]
    if word == "protection":
        return [Lead.protected_until.between(today(), today() + timedelta(days=PROTECTION_NOTICE_DAYS))]
    if word == "week":
        return [Lead.received_at >= instant_at(today() - timedelta(days=7))]
    return []


def _found_by(text: str) -> ColumnElement[bool]:
    typed = clean_text(text, 200, "q")
    name, letters = normalised(typed), "".join(typed.lower().split())
    ways = [Lead.number.contains(typed.upper(), autoescape=True)]
    if name:
        aliased = select(EnterpriseAlias.enterprise_id).where(
            EnterpriseAlias.normalised_name.contains(name, autoescape=True)
        )
        ways += [Enterprise.normalised_name.contains(name, autoescape=True), Enterprise.id.in_(aliased)]
    if letters.isascii() and letters:
        for column in (Enterprise.pinyin, Enterprise.initials):
            ways.append(column.startswith(letters, autoescape=True))
            ways.append(column.contains(" " + letters, autoescape=True))
    return or_(*ways)


def _cursor(due: datetime | None, lead_id: int) -> str:
    return f"{due.isoformat() if due else '-'}~{lead_id}"


def _after(cursor: str, due: ColumnElement) -> ColumnElement[bool]:
    """Rows behind the cursor in the order (without promise last, due, id descending)."""
    text, _tilde, number = cursor.rpartition("~")
    try:
        lead_id = int(number)
        at = None if text == "-" else datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("after", N_("这个分页链接已失效，请从头看。")) from None
    if lead_id < 0 or lead_id >= 2**63 or (at is not None and at.tzinfo is None):
        raise Invalid("after", N_("这个分页链接已失效，请从头看。"))
    if at is None:
        return and_(due.is_(None), Lead.id < lead_id)
    return or_(due.is_(None), due > at, and_(due == at, Lead.id < lead_id))


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers beside the ready-made views."""

    mine: int
    overdue: int
    unplanned: int
    unowned: int
    section: int


def counts(session: Session, actor: Actor) -> Counts:
    """How many open leads stand behind each ready-made view: one statement over narrow columns."""
    due = _next_due().subquery()
    mine = Lead.owner_id == actor.id

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(condition)

    row = session.execute(
        select(
            number(mine),
            number(and_(mine, due.c.due < instant_at(today() + timedelta(days=1)))),
            number(and_(mine, due.c.due.is_(None))),
            number(Lead.owner_id.is_(None)),
            number(Lead.section_id == actor.section_id) if actor.section_id is not None else func.count(),
        )
        .select_from(Lead)
        .outerjoin(due, due.c.lead_id == Lead.id)
        .where(access.lead_scope(actor), Lead.state.in_(OPEN))
    ).one()
    return Counts(*row)
