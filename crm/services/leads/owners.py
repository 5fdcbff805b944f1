"""Who is in charge of a lead within a section: taken by an officer, assigned by a chief, handed over by its owner."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission, Role
from crm.domain.errors import Invalid, NotAllowed
from crm.domain.labels import N_
from crm.domain.ownership import TransferKind
from crm.models import Lead, Person
from crm.services import access, audit, notices, timeline
from crm.services.access import Actor
from crm.services.ownership import claim
from crm.services.ownership.hands import give, locked, record, words

HOLDERS = (Role.OFFICER, Role.CHIEF)


def take(session: Session, actor: Actor, lead: Lead) -> None:
    """Become the owner of a lead that has none. Invalid if somebody was faster."""
    access.require(actor, Permission.LEADS_EDIT)
    if lead.owner_id == actor.id:
        return
    if lead.pooled_at is not None:
        # The pool has rules of its own: a cap, and no claiming back.
        claim(session, actor, lead.id)
        return
    if lead.owner_id is not None:
        raise Invalid("", N_("这条线索已经有人负责。"))
    if actor.section_id is None:
        raise NotAllowed(N_("您的账号没有科室，不能领取线索。"))
    if lead.section_id not in (None, actor.section_id):
        raise NotAllowed(N_("这条线索属于其他科室。"))
    _change(session, actor, lead, actor, "lead.taken")


def candidates(session: Session, actor: Actor) -> list[Person]:
    """Whom a chief may hand a lead to: active officers and chiefs of the own section."""
    query = select(Person).where(Person.section_id == actor.section_id, Person.role.in_(HOLDERS), Person.is_active)
    return list(session.scalars(query.order_by(Person.role.desc(), Person.id)))


def among(people: Iterable[Person], actor: Actor) -> list[Person]:
    """`candidates` out of active people who are loaded already."""
    found = [person for person in people if person.section_id == actor.section_id and person.role in HOLDERS]
    return sorted(found, key=lambda person: (person.role is Role.OFFICER, person.id))


def assign(session: Session, actor: Actor, lead: Lead, person_id: int, note: str = "") -> None:
    """A chief gives a lead of the own section, or of none, to somebody of the own section."""
    access.require(actor, Permission.LEADS_ASSIGN)
    access.lead(session, actor, lead.id, edit=True)
    person = _candidate(session, actor, person_id)
    if lead.owner_id == person.id:
        return
    _change(session, actor, lead, person, "lead.assigned", TransferKind.ASSIGN, words(note, "note"))


def hand_over(
    session: Session, actor: Actor, lead: Lead, person_id: int, note: str, version: int | None = None
) -> None:
    """The owner, or the chief, passes a lead on to a colleague with a note for the successor.

    Open promises go along, and the successor is told. Stale if somebody changed the lead since the form was opened.
    """
    access.require(actor, Permission.LEADS_EDIT)
    lead = locked(session, actor, lead.id, version)
    if lead.owner_id is None:
        raise Invalid("", N_("这条线索没有负责人：请领取或由科长分派。"))
    person = _candidate(session, actor, person_id)
    if person.id == lead.owner_id:
        raise Invalid("person_id", N_("这条线索已经由%(name)s负责。"), name=person.name)
    note = words(note, "note")
    if not note:
        raise Invalid("note", N_("请给接手的人写一句：谈到哪一步，下一步做什么。"))
    _change(session, actor, lead, person, "lead.handed_over", TransferKind.HAND_OVER, note)


def _candidate(session: Session, actor: Actor, person_id: int) -> Person:
    person = next((each for each in candidates(session, actor) if each.id == person_id), None)
    if person is None:
        raise Invalid("person_id", N_("请从本科室的人员里选。"))
    return person


def _change(
    session: Session,
    actor: Actor,
    lead: Lead,
    person: Person | Actor,
    kind: str,
    how: TransferKind = TransferKind.ASSIGN,
    note: str = "",
) -> None:
    before = (lead.owner_id, lead.section_id)
    give(session, lead, person.id, actor.section_id)
    record(session, actor, lead, how, before=before, note=note)
    extra = {"note": note} if note else {}
    timeline.note(session, actor, kind, lead, person=person.name, **extra)
    audit.record(
        session,
        actor.id,
        kind,
        ("lead", lead.id),
        {"owner_id": before[0], "section_id": before[1]},
        {"owner_id": lead.owner_id, "section_id": lead.section_id},
    )
    # Whoever takes a lead knows it: nobody is told of what they did themselves.
    notices.tell(
        session,
        {person.id} - {actor.id},
        kind,
        f"{kind}:{lead.id}:{lead.version}:{person.id}",
        ("lead", lead.id),
        number=lead.number,
        by=actor.name,
        **extra,
    )
