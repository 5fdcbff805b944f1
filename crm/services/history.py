"""Reading what was done to one record, from the audit trail: who, when, before, after; and who looked at its contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain import history
from crm.domain.access import Permission
from crm.domain.contacts import mask_name, mask_numbers
from crm.domain.errors import NotFound
from crm.domain.history import Change
from crm.domain.labels import N_
from crm.models import (
    AuditEntry,
    Contact,
    ContactReveal,
    Enterprise,
    FollowUp,
    Lead,
    Park,
    Person,
    Platform,
    Project,
    Section,
    Segment,
)
from crm.services import access, contacts
from crm.services.access import Actor
from crm.services.contacts import UNNAMED

#: Entries on one page.
PAGE = 50
#: Kinds of records that have a history page.
KINDS = ("lead", "project", "enterprise")
_NAMED = {
    "person": (Person.id, Person.name),
    "section": (Section.id, Section.name),
    "segment": (Segment.id, Segment.name),
    "platform": (Platform.key, Platform.name),
    "park": (Park.id, Park.name),
    "enterprise": (Enterprise.id, Enterprise.name),
}

Record = Lead | Project | Enterprise


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: when, who (None: the system or a visitor), the dotted word of what, and the fields it changed."""

    at: datetime
    person: str | None
    action: str
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Reveal:
    """Somebody looked at a contact."""

    at: datetime
    person: str
    section: str | None
    contact: str


def subject(session: Session, actor: Actor, kind: str, subject_id: int) -> Record:
    """The record itself, within the actor's scope; NotFound for a kind without a history."""
    if kind == "lead":
        return access.lead(session, actor, subject_id)
    if kind == "project":
        return access.project(session, actor, subject_id)
    if kind == "enterprise":
        return access.enterprise(session, actor, subject_id)
    raise NotFound(N_("没有这条记录，或您无权查看。"))


def read(
    session: Session, actor: Actor, kind: str, record: Record, *, before: int | None = None
) -> tuple[list[Line], int | None]:
    """Entries of a record newest first, and the sequence before which the next page begins (None: no more).

    A lead's history holds its follow-ups. `record` comes from `subject`.
    """
    own = (AuditEntry.subject_kind == kind) & (AuditEntry.subject_id == record.id)
    if kind == "lead":
        promises = select(FollowUp.id).where(FollowUp.lead_id == record.id)
        own |= (AuditEntry.subject_kind == "follow_up") & AuditEntry.subject_id.in_(promises)
    query = select(AuditEntry).where(own).order_by(AuditEntry.sequence.desc())
    newer = query.where(AuditEntry.sequence >= before) if before is not None else None
    if before is not None:
        query = query.where(AuditEntry.sequence < before)
    found = session.scalars(query.limit(PAGE + 1)).all()
    entries = found[:PAGE]
    tenure = record.tenure.value if isinstance(record, Lead) and record.tenure else None
    for entry in session.scalars(newer) if newer is not None else ():
        tenure = history.tenure_before(entry.before, tenure)
    lines = _lines(session, actor, entries, tenure)
    return lines, entries[-1].sequence if len(found) > PAGE else None


def _lines(session: Session, actor: Actor, entries: Sequence[AuditEntry], tenure: str | None) -> list[Line]:
    names = _names(session, [side for entry in entries for side in (entry.before, entry.after)])
    doers = {entry.actor_id for entry in entries if entry.actor_id is not None}
    people = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(doers))).all()) if doers else {}
    open_text = actor.may(Permission.CONTACTS_REVEAL)
    lines = []
    for entry in entries:
        earlier = history.tenure_before(entry.before, tenure)
        changed = history.changes(entry.before, entry.after, names, (earlier, tenure))
        if not open_text:
            changed = [Change(each.field, _masked(each.before), _masked(each.after)) for each in changed]
        lines.append(Line(entry.at, people.get(entry.actor_id), entry.action, changed))
        tenure = earlier
    return lines


def _masked(value: history.Value) -> history.Value:
    """Whoever may not see contacts gets the numbers in people's own words masked too."""
    return mask_numbers(value) if isinstance(value, str) else value


def _names(session: Session, values: Sequence[Mapping[str, object] | None]) -> history.Names:
    found: dict[str, dict[object, str]] = {}
    for kind, ids in history.references(values).items():
        key, name = _NAMED[kind]
        found[kind] = dict(session.execute(select(key, name).where(key.in_(ids))).all())
    return found


def reveals(session: Session, lead: Lead, *, limit: int = 200) -> list[Reveal]:
    """Who looked at the contacts that stand on a lead's page, newest first. The caller has loaded it in scope."""
    shown = [contact.id for contact in contacts.of_lead(session, lead)]
    query = (
        select(ContactReveal.at, Person.name, Section.name, Contact.name)
        .join(Person, Person.id == ContactReveal.person_id)
        .join(Contact, Contact.id == ContactReveal.contact_id)
        .outerjoin(Section, Section.id == Person.section_id)
        .where(ContactReveal.contact_id.in_(shown))
        .order_by(ContactReveal.at.desc(), ContactReveal.id.desc())
        .limit(limit)
    )
    return [
        Reveal(at, person, section, contact if contact == UNNAMED else mask_name(contact))
        for at, person, section, contact in session.execute(query)
    ]


def last_saved(session: Session, kind: str, subject_id: int) -> tuple[str, datetime] | None:
    """Who saved a record last, and when: for the page that two editors meet on."""
    query = (
        select(Person.name, AuditEntry.at)
        .join(Person, Person.id == AuditEntry.actor_id)
        .where(AuditEntry.subject_kind == kind, AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.sequence.desc())
        .limit(1)
    )
    found = session.execute(query).first()
    return (found[0], found[1]) if found else None
