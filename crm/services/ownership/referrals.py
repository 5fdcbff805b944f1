"""Referrals (以商招商): which enterprise referred a lead, who is owed an answer by when, and what was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission, Role
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.leads import LeadSource
from crm.domain.pipeline import Light
from crm.domain.reminders import Rule, lights
from crm.domain.text import clean_text
from crm.infra.clock import civil_date, today
from crm.models import Activity, Lead
from crm.services import access, audit, timeline
from crm.services.access import Actor
from crm.services.reminders.conditions import overrides, thresholds

REFERRER_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Owed:
    """An answer that a referrer is owed: the light, and the civil day on which it turns red."""

    lead: Lead
    light: Light
    due_on: date


def owed(session: Session, actor: Actor, limit: int = 100) -> list[Owed]:
    """Referred leads without an answer to the referrer, most urgent first: the person's own, a chief's section's."""
    access.require(actor, Permission.LEADS_EDIT)
    whose = Lead.section_id == actor.section_id if actor.role is Role.CHIEF else Lead.owner_id == actor.id
    query = (
        select(Lead)
        .where(
            access.lead_scope(actor),
            whose,
            Lead.source == LeadSource.REFERRAL,
            Lead.referrer.is_not(None),
            Lead.referrer_told_at.is_(None),
        )
        .options(joinedload(Lead.enterprise), joinedload(Lead.owner), joinedload(Lead.referrer_enterprise))
        .order_by(Lead.received_at, Lead.id)
        .limit(limit)
    )
    limits, days = thresholds(session), overrides(session)
    found = []
    for lead in session.scalars(query):
        clock = lights(Rule.REFERRER_UNTOLD, civil_date(lead.received_at), limits, days)
        found.append(Owed(lead, clock.at(today()), clock.red_on))
    return found


def owed_of(session: Session, lead: Lead) -> Owed | None:
    """The answer that one lead's referrer is owed; None if there is none."""
    if lead.source is not LeadSource.REFERRAL or not lead.referrer or lead.referrer_told_at is not None:
        return None
    clock = lights(Rule.REFERRER_UNTOLD, civil_date(lead.received_at), thresholds(session), overrides(session))
    return Owed(lead, clock.at(today()), clock.red_on)


def owed_count(session: Session, actor: Actor) -> int:
    """How many answers the person owes; a chief's section owes."""
    whose = Lead.section_id == actor.section_id if actor.role is Role.CHIEF else Lead.owner_id == actor.id
    query = select(func.count(Lead.id)).where(
        access.lead_scope(actor),
        whose,
        Lead.source == LeadSource.REFERRAL,
        Lead.referrer.is_not(None),
        Lead.referrer_told_at.is_(None),
    )
    return session.scalar(query) or 0


def told(session: Session, lead_id: int) -> list[Activity]:
    """What the referrer was told, newest first; the caller has loaded the lead with permission."""
    query = select(Activity).where(Activity.lead_id == lead_id, Activity.kind == "referrer.told")
    return list(session.scalars(query.options(joinedload(Activity.actor)).order_by(Activity.at.desc()).limit(20)))


def name_referrer(session: Session, actor: Actor, lead: Lead, enterprise_id: int | None, referrer: str = "") -> None:
    """Say who referred a lead: a person's name, and the enterprise where it was one that the actor may see."""
    access.require(actor, Permission.LEADS_EDIT)
    lead = access.lead(session, actor, lead.id, edit=True)
    if lead.source is not LeadSource.REFERRAL:
        raise Invalid("", N_("来源不是引荐的线索没有引荐人；请先在编辑里改来源。"))
    firm = access.enterprise(session, actor, enterprise_id) if enterprise_id is not None else None
    if firm is not None and firm.id == lead.enterprise_id:
        raise Invalid("enterprise_id", N_("引荐人不能是这家企业自己。"))
    name = (
        clean_text(referrer, REFERRER_LENGTH, "referrer")
        or lead.referrer
        or (firm.name[:REFERRER_LENGTH] if firm else "")
    )
    if not name:
        raise Invalid("referrer", N_("请写引荐人。"))
    before = {"referrer": lead.referrer, "referrer_enterprise_id": lead.referrer_enterprise_id}
    after = {"referrer": name, "referrer_enterprise_id": firm.id if firm else None}
    if before == after:
        return
    lead.referrer, lead.referrer_enterprise = name, firm
    session.flush()
    timeline.note(session, actor, "referrer.named", lead, enterprise=firm.name if firm else name)
    audit.record(session, actor.id, "referrer.named", ("lead", lead.id), before, after)
