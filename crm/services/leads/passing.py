"""转给对方，不另登记: what was typed of a firm that somebody else has goes to them instead of into a second lead."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission, Role
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.text import clean_text
from crm.models import Contact, Lead, Person
from crm.services import access, audit, contacts, notices, timeline
from crm.services.access import Actor
from crm.services.contacts import ContactFacts
from crm.services.leads.similar import duplicates

WORDS_LENGTH = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class PassOn:
    """What stands in the form; name, code and phone are clean and say which lead is meant."""

    name: str = ""
    uscc: str | None = None
    phone: str = ""
    contact: ContactFacts = field(default_factory=ContactFacts)
    words: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """Who has it now; all that the one who passed it on is told."""

    section: str | None
    owner: str | None


def pass_on(session: Session, actor: Actor, command: PassOn) -> Passed:
    """Give the words and the contact to the newest lead of this firm or phone that is somebody else's.

    No lead is made and no protection starts. The receiver reads the words in the timeline and finds the contact among
    the enterprise's; the one who passes on sees nothing of the lead. Invalid when nobody else has it.
    """
    access.require(actor, Permission.LEADS_CREATE)
    words = clean_text(command.words, WORDS_LENGTH, "content", multiline=True)
    found = duplicates(session, actor, name=command.name, uscc=command.uscc, phone=command.phone)
    lead = next((each.lead for each in found if each.lead.owner_id != actor.id and each.lead.pooled_at is None), None)
    if lead is None:
        raise Invalid("", N_("没有别人登记的相同线索，请直接登记。"))
    facts = contacts.clean(command.contact)
    _keep_contact(session, lead, facts)
    event = timeline.note(
        session,
        actor,
        "lead.passed_on",
        lead,
        section=actor.section_name or "",
        person=actor.name,
        note=words,
    )
    audit.record(session, actor.id, "lead.passed_on", ("lead", lead.id), after={"note": words})
    told = {lead.owner_id} if lead.owner_id else _chiefs(session, lead)
    notices.tell(
        session,
        told - {actor.id},
        "lead.passed_on",
        f"lead.passed_on:{lead.id}:{event.id}",
        ("lead", lead.id),
        number=lead.number,
        section=actor.section_name or "",
        by=actor.name,
    )
    return Passed(lead.section.name if lead.section else None, lead.owner.name if lead.owner else None)


def _keep_contact(session: Session, lead: Lead, facts: ContactFacts) -> None:
    """A person whom the receiving section does not know yet is added to theirs; one they know stays as they wrote it."""
    if not facts.name and not facts.phone:
        return
    own = Contact.section_id == lead.section_id if lead.section_id is not None else Contact.section_id.is_(None)
    same = Contact.phone == facts.phone if facts.phone else Contact.name == facts.name
    known = select(Contact.id).where(Contact.enterprise_id == lead.enterprise_id, own, same).limit(1)
    if session.scalar(known) is None:
        contacts.add(session, lead.enterprise_id, lead.section_id, facts, is_demo=lead.is_demo)


def _chiefs(session: Session, lead: Lead) -> set[int]:
    """Who is told of a lead that nobody is in charge of: its section's chief, or all."""
    query = select(Person.id).where(Person.role == Role.CHIEF, Person.is_active)
    if lead.section_id is not None:
        query = query.where(Person.section_id == lead.section_id)
    return set(session.scalars(query))
