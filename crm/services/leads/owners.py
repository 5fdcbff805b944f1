"""Who is in charge of a lead: an officer takes one that nobody has, a chief hands one to somebody of the section."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.domain.access import Permission, Role
from crm.domain.errors import Invalid, NotAllowed
from crm.domain.labels import N_
from crm.domain.leads import LeadState
from crm.infra.clock import today
from crm.models import Contact, FollowUp, Lead, Person
from crm.services import access, audit, notices, settings, timeline
from crm.services.access import Actor
from crm.services.leads.log import PROTECTION_DAYS

HOLDERS = (Role.OFFICER, Role.CHIEF)


def take(session: Session, actor: Actor, lead: Lead) -> None:
    """Become the owner of a lead that has none. Invalid if somebody was faster."""
    access.require(actor, Permission.LEADS_EDIT)
    if lead.owner_id == actor.id:
        return
    if lead.owner_id is not None:
        raise Invalid("", N_("这条线索已经有人负责。"))
    if actor.section_id is None:
        raise NotAllowed(N_("您的账号没有科室，不能领取线索。"))
    if lead.section_id not in (None, actor.section_id):
        raise NotAllowed(N_("这条线索属于其他科室。"))
    _hand_over(session, actor, lead, actor.id, "lead.taken", actor.name)


def candidates(session: Session, actor: Actor) -> list[Person]:
    """Whom a chief may hand a lead to: active officers and chiefs of the own section."""
    query = select(Person).where(Person.section_id == actor.section_id, Person.role.in_(HOLDERS), Person.is_active)
    return list(session.scalars(query.order_by(Person.role.desc(), Person.id)))


def assign(session: Session, actor: Actor, lead: Lead, person_id: int) -> None:
    """A chief gives a lead of the own section, or of none, to somebody of the own section."""
    access.require(actor, Permission.LEADS_ASSIGN)
    access.lead(session, actor, lead.id, edit=True)
    person = next((each for each in candidates(session, actor) if each.id == person_id), None)
    if person is None:
        raise Invalid("person_id", N_("请从本科室的人员里选。"))
    if lead.owner_id == person.id:
        return
    _hand_over(session, actor, lead, person.id, "lead.assigned", person.name)
    notices.tell(
        session,
        {person.id} - {actor.id},
        "lead.assigned",
        f"lead.assigned:{lead.id}:{lead.version}:{person.id}",
        ("lead", lead.id),
        number=lead.number,
        by=actor.name,
    )


def _hand_over(session: Session, actor: Actor, lead: Lead, owner_id: int, kind: str, name: str) -> None:
    before = {"owner_id": lead.owner_id, "section_id": lead.section_id}
    had_section = lead.section_id is not None
    lead.owner_id = owner_id
    lead.section_id = actor.section_id
    if lead.state is LeadState.NEW:
        lead.state = LeadState.SCREENING
    if lead.protected_until is None:
        days = settings.get(session, "leads.protection_days", PROTECTION_DAYS)
        lead.protected_until = today() + timedelta(days=int(days))
    if not had_section and lead.contact_id is not None:
        # The contact of an enquiry now belongs to the section that took it.
        session.execute(
            update(Contact)
            .where(Contact.id == lead.contact_id, Contact.section_id.is_(None))
            .values(section_id=actor.section_id, version=Contact.version + 1)
            .execution_options(synchronize_session="fetch")
        )
    # Open promises go with the lead.
    for follow_up in session.scalars(select(FollowUp).where(FollowUp.lead_id == lead.id, FollowUp.done_at.is_(None))):
        follow_up.owner_id = owner_id
    session.flush()
    session.expire(lead, ["owner", "section"])
    timeline.note(session, actor, kind, lead, person=name)
    audit.record(
        session, actor.id, kind, ("lead", lead.id), before, {"owner_id": owner_id, "section_id": lead.section_id}
    )
