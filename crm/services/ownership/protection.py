"""First-contact protection: it ends by itself, and is extended exactly once, by the chief, on proof of progress."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission, Role
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.infra.clock import today
from crm.models import Lead, Person
from crm.services import access, audit, notices, timeline
from crm.services.access import Actor
from crm.services.ownership.hands import locked, words
from crm.services.ownership.rules import in_force

PROOF_LENGTH = 1000


def ask_extension(session: Session, actor: Actor, lead_id: int, proof: str, version: int | None = None) -> Lead:
    """Ask the chief for the one extension; the proof says what was achieved. A chief's own asking grants it."""
    access.require(actor, Permission.LEADS_EDIT)
    lead = locked(session, actor, lead_id, version)
    _require_extendable(lead)
    if lead.protection_proof is not None:
        raise Invalid("", N_("已经申请过，正等科长审批。"))
    why = words(proof, "proof", limit=PROOF_LENGTH)
    if not why:
        raise Invalid("proof", N_("请写明推进到哪一步，证据在哪里（例如时间线、附件）。"))
    lead.protection_proof = why
    timeline.note(session, actor, "protection.asked", lead, note=why)
    audit.record(session, actor.id, "protection.asked", ("lead", lead.id), after={"proof": why})
    if actor.may(Permission.LEADS_ASSIGN):
        return extend(session, actor, lead.id)
    chiefs = session.scalars(
        select(Person.id).where(Person.role == Role.CHIEF, Person.is_active, Person.section_id == lead.section_id)
    )
    notices.tell(
        session,
        chiefs,
        "protection.asked",
        f"protection.asked:{lead.id}:{lead.protected_until}",
        ("lead", lead.id),
        number=lead.number,
        by=actor.name,
    )
    return lead


def extend(session: Session, actor: Actor, lead_id: int) -> Lead:
    """The chief grants what was asked. A second extension is refused."""
    access.require(actor, Permission.LEADS_ASSIGN)
    lead = locked(session, actor, lead_id)
    _require_extendable(lead)
    if lead.protected_until is None or lead.protection_proof is None:
        raise Invalid("", N_("没有待审批的延保申请。"))
    before = lead.protected_until
    lead.protected_until = in_force(session).extended(before)
    lead.protection_extended_on = today()
    session.flush()
    until = lead.protected_until.isoformat()
    timeline.note(session, actor, "protection.extended", lead, to=until)
    audit.record(
        session,
        actor.id,
        "protection.extended",
        ("lead", lead.id),
        {"protected_until": before.isoformat()},
        {"protected_until": until, "proof": lead.protection_proof},
    )
    _tell_owner(session, actor, lead, "protection.extended", to=until)
    return lead


def refuse_extension(session: Session, actor: Actor, lead_id: int, reason: str) -> Lead:
    """The chief says no, with a reason; it may be asked again with better proof while the protection lasts."""
    access.require(actor, Permission.LEADS_ASSIGN)
    lead = locked(session, actor, lead_id)
    if lead.protection_proof is None or lead.protection_extended_on is not None:
        raise Invalid("", N_("没有待审批的延保申请。"))
    why = words(reason, "reason")
    if not why:
        raise Invalid("reason", N_("请写明为什么不同意。"))
    lead.protection_proof = None
    session.flush()
    timeline.note(session, actor, "protection.refused", lead, note=why)
    audit.record(session, actor.id, "protection.refused", ("lead", lead.id), after={"reason": why})
    _tell_owner(session, actor, lead, "protection.refused", note=why)
    return lead


def _require_extendable(lead: Lead) -> None:
    if lead.protection_extended_on is not None:
        raise Invalid("", N_("首谈保护只能延长一次，这条已经延过。"))
    if lead.protected_until is None or lead.owner_id is None:
        raise Invalid("", N_("这条线索没有首谈保护。"))
    if lead.protected_until < today():
        raise Invalid("", N_("首谈保护已经到期，不能再延长。"))


def _tell_owner(session: Session, actor: Actor, lead: Lead, kind: str, **params: object) -> None:
    told = {lead.owner_id} - {actor.id, None}
    key = f"{kind}:{lead.id}:{lead.version}"
    notices.tell(session, told, kind, key, ("lead", lead.id), number=lead.number, **params)  # type: ignore[arg-type]
