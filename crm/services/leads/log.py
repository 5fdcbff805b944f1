"""Logging a lead: enterprise and contact found or made, number, owner, protection, first promise, matches."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission, Role
from crm.domain.errors import Duplicate, Invalid
from crm.domain.labels import N_
from crm.domain.leads import LeadState
from crm.infra.clock import civil_date, now
from crm.models import Contact, Enterprise, Lead, Person
from crm.services import access, audit, contacts, enterprises, follow_ups, matching, notices, timeline
from crm.services.access import Actor
from crm.services.contacts import ContactFacts
from crm.services.leads.checks import checked
from crm.services.leads.commands import LogLead
from crm.services.leads.similar import duplicates
from crm.services.numbers import lock_series, take_number
from crm.services.ownership.rules import in_force

SERIES = "XS"


def log_lead(session: Session, actor: Actor | None, command: LogLead) -> Lead:
    """Log a lead and match it. `actor` is None for an enquiry of the public site, which belongs to no section yet.

    Raises Invalid with the field's name, NotFound for an enterprise that the actor may not see, and Duplicate while
    `similar` names a duplicate and no reason is given. The same `request_id` again returns the first lead.
    """
    if actor is not None:
        access.require(actor, Permission.LEADS_CREATE)
    moment = now()
    received = command.received_at or moment
    # From here on one writer at a time: what the next looks for, it finds.
    counter = lock_series(session, SERIES, civil_date(received).year)
    if earlier := _by_request(session, actor, command.request_id):
        return earlier
    command = checked(session, command)
    if actor is not None:
        _refuse_duplicate(session, actor, command)
    enterprise = enterprises.find_or_create(session, actor, command.enterprise, is_demo=command.is_demo)
    section_id = actor.section_id if actor else None
    contact = keep_contact(session, enterprise, section_id, command.contact, is_demo=command.is_demo)
    lead = Lead(
        number=take_number(counter),
        request_id=command.request_id,
        state=LeadState.NEW,
        owner_id=actor.id if actor and actor.role in (Role.OFFICER, Role.CHIEF) else None,
        section_id=section_id,
        registered_by_id=actor.id if actor else None,
        received_at=received,
        last_activity_at=received,
        protected_until=_protected_until(session, actor, received),
        pasted=command.pasted or None,
        is_demo=command.is_demo,
    )
    lead.enterprise, lead.contact = enterprise, contact
    take_over(lead, command)
    session.add(lead)
    session.flush()
    _write_down(session, actor, lead, command)
    if actor is not None and command.next_step is not None:
        follow_ups.add(session, actor, lead, command.next_step)
    matching.rematch(session, lead)
    return lead


def take_over(lead: Lead, command: LogLead) -> None:
    """Copy what a checked command says of the lead itself."""
    needs = command.needs
    lead.source = command.source
    lead.referrer = command.referrer or None
    lead.content = command.content
    lead.segment_id = command.segment_id
    lead.gbt_code = command.gbt_code
    lead.investment_fen = command.investment_fen
    lead.grade = command.grade
    lead.tenure = needs.tenure
    lead.area_min, lead.area_target, lead.area_max = needs.area_min, needs.area_target, needs.area_max
    lead.budget = needs.budget
    lead.floor_load_kg_m2 = needs.floor_load_kg_m2
    lead.clear_height_cm = needs.clear_height_cm
    lead.power_kva = needs.power_kva
    lead.env_class = needs.env_class
    lead.platforms = list(needs.platforms)
    lead.needed_on = needs.needed_on
    lead.grace_days = needs.grace_days
    lead.typed = dict(command.typed)


def keep_contact(
    session: Session, enterprise: Enterprise, section_id: int | None, facts: ContactFacts, *, is_demo: bool
) -> Contact | None:
    """The contact whom clean facts describe: one that the section knows already by phone or name, or a new one."""
    if facts.is_empty:
        return None
    if not facts.name and not facts.phone:
        raise Invalid("contact_name", N_("请填写联系人姓名或电话。"))
    own = Contact.section_id == section_id if section_id is not None else Contact.section_id.is_(None)
    same = Contact.phone == facts.phone if facts.phone else Contact.name == facts.name
    known = select(Contact).where(Contact.enterprise_id == enterprise.id, Contact.merged_into_id.is_(None), own, same)
    contact = session.scalar(known.order_by(Contact.id).limit(1))
    if contact is None:
        return contacts.add(session, enterprise.id, section_id, facts, is_demo=is_demo)
    contacts.change(contact, facts)
    return contact


def _by_request(session: Session, actor: Actor | None, request_id: str | None) -> Lead | None:
    if not request_id:
        return None
    found = session.scalar(select(Lead).where(Lead.request_id == request_id))
    if found is not None and found.registered_by_id != (actor.id if actor else None):
        raise Duplicate(N_("这张表单已经由别人提交过，请重新打开页面。"))
    return found


def _refuse_duplicate(session: Session, actor: Actor, command: LogLead) -> None:
    # Chosen by an id that the actor may not see: NotFound comes before anything is said about duplicates.
    known = enterprises.find(session, actor, command.enterprise)
    if command.duplicate_reason:
        return
    found = duplicates(
        session,
        actor,
        name=command.enterprise.name,
        uscc=command.enterprise.uscc,
        phone=command.contact.phone,
        enterprise_id=known.id if known else None,
    )
    if found:
        raise Duplicate(N_("已有相同的线索：请看下面的提示，确需另外登记的，勾选并写明原因。"))


def _protected_until(session: Session, actor: Actor | None, received):
    """First-contact protection starts with an owner; an enquiry that nobody has taken protects nobody."""
    if actor is None:
        return None
    return civil_date(received) + timedelta(days=in_force(session).protection_days)


def _write_down(session: Session, actor: Actor | None, lead: Lead, command: LogLead) -> None:
    kind = "lead.created" if actor else "lead.enquired"
    extra = {"note": command.duplicate_reason} if command.duplicate_reason else {}
    timeline.note(session, actor, kind, lead, at=command.received_at, source=lead.source.value, **extra)
    audit.record(
        session,
        actor.id if actor else None,
        kind,
        ("lead", lead.id),
        after={"number": lead.number, "enterprise_id": lead.enterprise_id, "source": lead.source.value} | extra,
    )
    if actor is None:
        chiefs = session.scalars(select(Person.id).where(Person.role == Role.CHIEF, Person.is_active))
        notices.tell(session, chiefs, kind, f"{kind}:{lead.id}", ("lead", lead.id), number=lead.number)
