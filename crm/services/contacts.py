"""Contacts: personal information, masked by default; showing one is a logged click, limited per hour (DOMAIN §2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.contacts import clean_email, clean_person, clean_phone, mask_email, mask_name, mask_phone
from crm.domain.errors import NotFound, Throttled
from crm.domain.labels import N_
from crm.domain.text import clean_text
from crm.infra.clock import now
from crm.models import Contact, ContactReveal, Lead, Person
from crm.services import access, audit, settings, timeline
from crm.services.access import Actor

#: How many contacts a person may look at in an hour; more looks like copying the address book. The setting
#: `contacts.reveals_per_hour` overrides it.
REVEALS_PER_HOUR = 20
REVEALS_KEY = "contacts.reveals_per_hour"
#: Smallest and largest limit that an administrator may set.
REVEALS_BOUNDS = (1, 200)
TITLE_LENGTH = 80
#: Stands for the name while only a number is known.
UNNAMED = "未留姓名"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """The person whom a lead talks to; nobody is known when name, phone and mail are empty."""

    name: str = ""
    title: str = ""
    phone: str = ""
    email: str = ""
    is_decision_maker: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.name or self.phone or self.email)


@dataclass(frozen=True, slots=True)
class ShownContact:
    """A contact as a page shows it: masked, or (`is_revealed`) in full for this one answer."""

    id: int
    name: str
    title: str | None
    phone: str
    email: str
    is_decision_maker: bool
    is_revealed: bool = False


def masked(contact: Contact) -> ShownContact:
    """张**, 138****0000: what everybody sees who may see the record at all."""
    return ShownContact(
        id=contact.id,
        name=contact.name if contact.name == UNNAMED else mask_name(contact.name),
        title=contact.title,
        phone=mask_phone(contact.phone or ""),
        email=mask_email(contact.email or ""),
        is_decision_maker=contact.is_decision_maker,
    )


def of_lead(session: Session, lead: Lead) -> list[Contact]:
    """The lead's own contact first, then others that the same section knows at the enterprise.

    The caller has loaded the lead through `access.lead`. What another section knows is never among them.
    """
    known = Contact.section_id == lead.section_id if lead.section_id is not None else Contact.section_id.is_(None)
    query = select(Contact).where(
        Contact.enterprise_id == lead.enterprise_id,
        Contact.merged_into_id.is_(None),
        or_(Contact.id == lead.contact_id, known),
    )
    found = session.scalars(query.order_by(Contact.is_decision_maker.desc(), Contact.id))
    return sorted(found, key=lambda contact: contact.id != lead.contact_id)


def reveal(session: Session, actor: Actor, lead: Lead, contact_id: int) -> ShownContact:
    """Show one contact of a lead in full, write down who looked, and count it against the hourly limit.

    NotFound for a contact that does not belong to the lead's page; Throttled beyond the limit.
    """
    access.require(actor, Permission.CONTACTS_REVEAL)
    contact = next((each for each in of_lead(session, lead) if each.id == contact_id), None)
    if contact is None:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    _count(session, actor)
    session.add(ContactReveal(person_id=actor.id, contact_id=contact.id, at=now()))
    audit.record(
        session,
        actor.id,
        "contact.revealed",
        ("contact", contact.id),
        after={"lead": lead.number, "name": mask_name(contact.name)},
    )
    timeline.note(session, actor, "contact.revealed", lead, contact_id=contact.id)
    return ShownContact(
        id=contact.id,
        name=contact.name,
        title=contact.title,
        phone=contact.phone or "",
        email=contact.email or "",
        is_decision_maker=contact.is_decision_maker,
        is_revealed=True,
    )


def reveals_per_hour(session: Session) -> int:
    """The limit in force."""
    return int(str(settings.get(session, REVEALS_KEY, REVEALS_PER_HOUR)))


def _count(session: Session, actor: Actor) -> None:
    """Raise Throttled if the hour's allowance is used up; the person's row is locked, so that two clicks count as two."""
    session.get(Person, actor.id, with_for_update=True)
    since = now() - timedelta(hours=1)
    recent = select(func.count(), func.min(ContactReveal.at)).where(
        ContactReveal.person_id == actor.id, ContactReveal.at > since
    )
    count, first = session.execute(recent).one()
    most = reveals_per_hour(session)
    if count >= most:
        wait = int((first - since).total_seconds()) + 1
        raise Throttled(
            N_("每小时最多查看 %(count)d 次联系方式，请 %(minutes)d 分钟后再试。"),
            retry_after=wait,
            count=most,
            minutes=-(-wait // 60),
        )


def clean(facts: ContactFacts) -> ContactFacts:
    """The facts cleaned; Invalid names the form's field (contact_name, contact_title, phone, email)."""
    return ContactFacts(
        name=clean_person(facts.name),
        title=clean_text(facts.title, TITLE_LENGTH, "contact_title"),
        phone=clean_phone(facts.phone),
        email=clean_email(facts.email),
        is_decision_maker=facts.is_decision_maker,
    )


def add(session: Session, enterprise_id: int, section_id: int | None, facts: ContactFacts, *, is_demo: bool) -> Contact:
    """A person at an enterprise; `facts` are clean and not empty. Without a name the phone stands for one."""
    contact = Contact(
        enterprise_id=enterprise_id,
        section_id=section_id,
        name=facts.name or UNNAMED,
        title=facts.title or None,
        phone=facts.phone or None,
        email=facts.email or None,
        is_decision_maker=facts.is_decision_maker,
        is_demo=is_demo,
    )
    session.add(contact)
    session.flush()
    return contact


def change(contact: Contact, facts: ContactFacts) -> bool:
    """Take over clean facts; whether anything changed."""
    before = (contact.name, contact.title, contact.phone, contact.email, contact.is_decision_maker)
    contact.name = facts.name or UNNAMED
    contact.title = facts.title or None
    contact.phone = facts.phone or None
    contact.email = facts.email or None
    contact.is_decision_maker = facts.is_decision_maker
    return before != (contact.name, contact.title, contact.phone, contact.email, contact.is_decision_maker)
