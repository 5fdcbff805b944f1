"""A target becomes a lead with source 靶向招商, linked to the gap; or it is tied to a lead that is there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.errors import Invalid, NotFound
from crm.domain.labels import N_
from crm.domain.leads import LeadSource
from crm.domain.targets import TargetState
from crm.models import GapTarget, Lead
from crm.services import access, audit
from crm.services.access import Actor
from crm.services.contacts import ContactFacts
from crm.services.enterprises import EnterpriseFacts
from crm.services.follow_ups import NextStep
from crm.services.leads import LogLead, log_lead
from crm.services.targets.judging import OPEN
from crm.services.targets.keeping import to_change
from crm.services.targets.reading import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What is known when a target turns into a lead. The reason is asked for only if somebody else has the firm."""

    content: str
    contact: ContactFacts = field(default_factory=ContactFacts)
    next_step: NextStep | None = None
    duplicate_reason: str = ""
    request_id: str | None = None


def promote(session: Session, actor: Actor, target_id: int, version: int, promotion: Promotion) -> Lead:
    """Log a lead of the target's firm, aimed at the gap. The same form again gives the same lead.

    Raises what `log_lead` raises: Duplicate when a lead of the firm is there already, which `link` may take over.
    """
    access.require(actor, Permission.LEADS_CREATE)
    seen = load(session, actor, target_id)
    if promotion.request_id and seen.lead is not None and seen.lead.request_id == promotion.request_id:
        return seen.lead
    target = _open(session, actor, target_id, version)
    command = LogLead(
        enterprise=EnterpriseFacts(id=target.enterprise_id, name=target.enterprise.name),
        source=LeadSource.TARGETED,
        contact=promotion.contact,
        content=promotion.content,
        segment_id=target.segment_id,
        next_step=promotion.next_step,
        duplicate_reason=promotion.duplicate_reason,
        request_id=promotion.request_id,
        is_demo=target.is_demo,
    )
    lead = log_lead(session, actor, command)
    _tie(session, actor, target, lead)
    return lead


def open_leads(session: Session, actor: Actor, target: GapTarget) -> Sequence[Lead]:
    """Open leads of the target's firm that the actor may see: one of them may be what the target became."""
    query = select(Lead).where(
        Lead.enterprise_id == target.enterprise_id, Lead.state.in_(OPEN), access.lead_scope(actor)
    )
    return session.scalars(query.order_by(Lead.id.desc())).all()


def link(session: Session, actor: Actor, target_id: int, version: int, lead_id: int) -> Lead:
    """Tie a target to an open lead of its firm. A lead that aims nowhere now aims at the gap."""
    target = _open(session, actor, target_id, version)
    lead = next((each for each in open_leads(session, actor, target) if each.id == lead_id), None)
    if lead is None:
        raise NotFound(N_("这家企业没有您能看到的这条线索。"))
    if lead.segment_id is None and access.may_edit_lead(actor, lead):
        lead.segment_id = target.segment_id
    _tie(session, actor, target, lead)
    return lead


def _open(session: Session, actor: Actor, target_id: int, version: int) -> GapTarget:
    target = to_change(session, actor, target_id, version)
    if not target.state.is_open:
        raise Invalid("", N_("这个目标已经转为线索或放弃，不再修改。"))
    return target


def _tie(session: Session, actor: Actor, target: GapTarget, lead: Lead) -> None:
    before, target.state, target.lead = target.state, TargetState.PROMOTED, lead
    session.flush()
    after = {"target_state": target.state.value, "number": lead.number}
    audit.record(session, actor.id, "target.promoted", ("gap_target", target.id), {"target_state": before.value}, after)
