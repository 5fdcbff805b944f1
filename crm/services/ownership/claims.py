"""Claiming from the pool: one winner a lead, a daily cap a person, and no claiming back of what one let go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.errors import Invalid, NotAllowed, NotFound
from crm.domain.labels import N_
from crm.domain.ownership import TransferKind
from crm.infra.clock import civil_date, instant_at, now, today
from crm.models import Lead, Person, Transfer
from crm.services import access, audit, timeline
from crm.services.access import Actor
from crm.services.ownership.hands import give, locked, record
from crm.services.ownership.rules import in_force

GONE_BEFORE = N_("慢了一步：这条线索已不在公海。")


@dataclass(frozen=True, slots=True)
class ClaimState:
    """What a person may still claim today, and until when which leads are barred because they let them go."""

    per_day: int
    used: int
    barred_until: dict[int, date]

    @property
    def left(self) -> int:
        return max(0, self.per_day - self.used)


def claim_state(session: Session, actor: Actor) -> ClaimState:
    """Counted from the transfers: two statements."""
    rules = in_force(session)
    return ClaimState(rules.claims_per_day, _claimed_today(session, actor), _barred(session, actor, rules.reclaim_days))


def claim(session: Session, actor: Actor, lead_id: int) -> Lead:
    """Become the owner of a lead of the pool.

    NotFound outside the scope; Invalid with a sentence when somebody was faster, the day's claims are used up, or the
    person let this lead go not long ago. The person's row is locked first, then the lead's: of two people one wins,
    and two clicks of one person count as two.
    """
    access.require(actor, Permission.LEADS_CLAIM)
    if actor.section_id is None:
        raise NotAllowed(N_("您的账号没有科室，不能领取线索。"))
    session.get(Person, actor.id, with_for_update=True, populate_existing=True)
    lead = _pooled(session, actor, lead_id)
    if lead.pooled_at is None:
        if lead.owner_id == actor.id:
            raise Invalid("", N_("这条线索已经由您负责。"))
        raise Invalid("", GONE_BEFORE)
    state = claim_state(session, actor)
    if state.left == 0:
        raise Invalid("", N_("今天已领取 %(count)d 条，每天最多领取 %(count)d 条，请明天再来。"), count=state.per_day)
    if until := state.barred_until.get(lead.id):
        raise Invalid("", N_("这条线索是您放出的，%(day)s 起才能再领。"), day=until.isoformat())
    before = (lead.owner_id, lead.section_id)
    lead.protected_until = lead.protection_extended_on = lead.protection_proof = None
    give(session, lead, actor.id, actor.section_id)
    record(session, actor, lead, TransferKind.CLAIM, before=before)
    timeline.note(session, actor, "lead.claimed", lead, person=actor.name)
    audit.record(
        session,
        actor.id,
        "lead.claimed",
        ("lead", lead.id),
        after={"owner_id": actor.id, "section_id": lead.section_id},
    )
    return lead


def _pooled(session: Session, actor: Actor, lead_id: int) -> Lead:
    """The lead under its lock. One that was in the pool and is another section's by now was claimed by somebody."""
    try:
        return locked(session, actor, lead_id, edit=False)
    except NotFound:
        was = select(Transfer.id).where(Transfer.lead_id == lead_id, Transfer.kind == TransferKind.RELEASE).limit(1)
        if session.scalar(was) is None:
            raise
        raise Invalid("", GONE_BEFORE) from None


def _claimed_today(session: Session, actor: Actor) -> int:
    query = select(func.count(Transfer.id)).where(
        Transfer.person_id == actor.id, Transfer.kind == TransferKind.CLAIM, Transfer.at >= instant_at(today())
    )
    return session.scalar(query) or 0


def _barred(session: Session, actor: Actor, days: int) -> dict[int, date]:
    """Leads that the person let go, or that were taken off them, within the last `days`, with the day it ends."""
    if not days:
        return {}
    query = select(Transfer.lead_id, func.max(Transfer.at)).where(
        Transfer.kind == TransferKind.RELEASE,
        Transfer.at > now() - timedelta(days=days),
        or_(Transfer.person_id == actor.id, Transfer.from_owner_id == actor.id),
    )
    rows = session.execute(query.group_by(Transfer.lead_id))
    return {lead_id: civil_date(at) + timedelta(days=days) for lead_id, at in rows}
