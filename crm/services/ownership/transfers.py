"""Transfers between sections: a chief asks with a note and a split of credit, the other section's chief answers.

Until then the other section sees what the asker chose to say and the lead's head line, nothing else of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission, Role
from crm.domain.errors import Invalid, NotFound
from crm.domain.labels import N_
from crm.domain.ownership import TransferKind, TransferState, checked_credit
from crm.infra.clock import now
from crm.models import Lead, Person, Section, Segment, Transfer
from crm.services import access, audit, notices, timeline
from crm.services.access import Actor
from crm.services.ownership.hands import give, locked, transfer, words

HOLDERS = (Role.OFFICER, Role.CHIEF)
_GONE = N_("没有这条记录，或您无权查看。")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTransfer:
    """Let another section have a lead; `credit` is per cent by section id, 100 together."""

    lead_id: int
    section_id: int
    note: str
    credit: Mapping[int, int | None]
    version: int | None = None


def sections(session: Session, actor: Actor) -> list[Section]:
    """Sections that a lead could go to: those with a chief who can answer, but the own."""
    chiefs = select(Person.section_id).where(Person.role == Role.CHIEF, Person.is_active)
    query = select(Section).where(Section.id.in_(chiefs), Section.id != (actor.section_id or 0))
    return list(session.scalars(query.order_by(Section.id)))


def ask(session: Session, actor: Actor, command: AskTransfer) -> Transfer:
    """Ask the other section. One question at a time a lead; the lead stays where it is until it is answered."""
    access.require(actor, Permission.LEADS_TRANSFER)
    lead = locked(session, actor, command.lead_id, command.version)
    if lead.section_id is None or lead.section_id != actor.section_id:
        raise Invalid("", N_("只能移交本科室的线索。"))
    if not lead.state.is_open:
        raise Invalid("", N_("这条线索已经有结论（无效或重复），不用移交。"))
    section = next((each for each in sections(session, actor) if each.id == command.section_id), None)
    if section is None:
        raise Invalid("section_id", N_("请从其他科室里选。"))
    note = words(command.note, "note")
    if not note:
        raise Invalid("note", N_("请写给对方：为什么移交，谈到哪一步。"))
    credit = checked_credit(command.credit, (lead.section_id, section.id))
    if pending_of(session, lead.id) is not None:
        raise Invalid("", N_("正等对方科室答复，不能再发一次。"))
    row = Transfer(
        lead_id=lead.id,
        kind=TransferKind.TRANSFER,
        state=TransferState.ASKED,
        from_owner_id=lead.owner_id,
        from_section_id=lead.section_id,
        to_section_id=section.id,
        note=note,
        credit=credit,
        person_id=actor.id,
        at=now(),
        is_demo=lead.is_demo,
    )
    session.add(row)
    session.flush()
    timeline.note(session, actor, "transfer.asked", lead, section=section.name, note=note)
    audit.record(
        session, actor.id, "transfer.asked", ("lead", lead.id), after={"section_id": section.id, "credit": credit}
    )
    chiefs = session.scalars(
        select(Person.id).where(Person.role == Role.CHIEF, Person.is_active, Person.section_id == section.id)
    )
    _tell(session, set(chiefs), "transfer.asked", row, lead, section=actor.section_name or "", note=note)
    return row


def accept(session: Session, actor: Actor, transfer_id: int, owner_id: int | None) -> Transfer:
    """The other section's chief takes the lead and says who is in charge; its project comes along."""
    row, lead = _to_answer(session, actor, transfer_id)
    people = select(Person).where(
        Person.id == (owner_id or 0), Person.section_id == actor.section_id, Person.role.in_(HOLDERS), Person.is_active
    )
    owner = session.scalar(people)
    if owner is None:
        raise Invalid("owner_id", N_("请从本科室的人员里选一位负责人。"))
    before = {"owner_id": lead.owner_id, "section_id": lead.section_id}
    former = {lead.owner_id, row.person_id}
    give(session, lead, owner.id, actor.section_id)
    row.state, row.to_owner_id = TransferState.DONE, owner.id
    _answered(row, actor, "")
    session.flush()
    name = actor.section_name or ""
    timeline.note(session, actor, "transfer.accepted", lead, section=name, person=owner.name)
    audit.record(
        session,
        actor.id,
        "transfer.accepted",
        ("lead", lead.id),
        before,
        {"owner_id": owner.id, "section_id": lead.section_id, "credit": row.credit},
    )
    told = (former | {owner.id}) - {actor.id, None}
    _tell(session, told, "transfer.accepted", row, lead, section=name, person=owner.name)  # type: ignore[arg-type]
    return row


def refuse(session: Session, actor: Actor, transfer_id: int, reason: str) -> Transfer:
    """The other section's chief says no, with a reason; the lead stays where it is."""
    row, lead = _to_answer(session, actor, transfer_id)
    why = words(reason, "reason")
    if not why:
        raise Invalid("reason", N_("请写明为什么不接收。"))
    row.state = TransferState.REFUSED
    _answered(row, actor, why)
    session.flush()
    name = actor.section_name or ""
    timeline.note(session, actor, "transfer.refused", lead, section=name, note=why)
    audit.record(session, actor.id, "transfer.refused", ("lead", lead.id), after={"reason": why})
    told = {row.person_id, lead.owner_id} - {actor.id, None}
    _tell(session, told, "transfer.refused", row, lead, section=name, note=why)  # type: ignore[arg-type]
    return row


def withdraw(session: Session, actor: Actor, transfer_id: int) -> Transfer:
    """The asking section thinks better of it."""
    access.require(actor, Permission.LEADS_TRANSFER)
    row = transfer(session, transfer_id)
    if row.from_section_id != actor.section_id:
        raise NotFound(_GONE)
    _require_open(row)
    lead = locked(session, actor, row.lead_id)
    row.state = TransferState.WITHDRAWN
    _answered(row, actor, "")
    session.flush()
    timeline.note(session, actor, "transfer.withdrawn", lead)
    audit.record(session, actor.id, "transfer.withdrawn", ("lead", lead.id))
    chiefs = session.scalars(
        select(Person.id).where(Person.role == Role.CHIEF, Person.is_active, Person.section_id == row.to_section_id)
    )
    _tell(session, set(chiefs), "transfer.withdrawn", row, lead, section=actor.section_name or "")
    return row


def _to_answer(session: Session, actor: Actor, transfer_id: int) -> tuple[Transfer, Lead]:
    """A question to the actor's own section, with the lead that the actor may not see otherwise."""
    access.require(actor, Permission.LEADS_TRANSFER)
    row = transfer(session, transfer_id)
    if row.to_section_id is None or row.to_section_id != actor.section_id:
        raise NotFound(_GONE)
    _require_open(row)
    lead = session.get(Lead, row.lead_id, with_for_update=True, populate_existing=True)
    if lead is None or lead.section_id != row.from_section_id or lead.merged_into_id is not None:
        raise Invalid("", N_("这条线索已经不在对方科室，不能再接收。"))
    return row, lead


def _require_open(row: Transfer) -> None:
    if row.kind is not TransferKind.TRANSFER or row.state is not TransferState.ASKED:
        raise Invalid("", N_("这次移交已经有答复。"))


def _answered(row: Transfer, actor: Actor, answer: str) -> None:
    row.answered_by_id, row.answered_at, row.answer = actor.id, now(), answer or None


def _tell(session: Session, told: set[int], kind: str, row: Transfer, lead: Lead, **params: object) -> None:
    notices.tell(session, told, kind, f"{kind}:{row.id}", ("transfer", row.id), number=lead.number, **params)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def pending_of(session: Session, lead_id: int) -> Transfer | None:
    """The question that waits for an answer, if there is one; the caller has loaded the lead with permission."""
    query = select(Transfer).where(Transfer.lead_id == lead_id, Transfer.state == TransferState.ASKED)
    return session.scalar(query.options(joinedload(Transfer.to_section)).limit(1))


def inbox(session: Session, actor: Actor, limit: int = 50) -> list[Transfer]:
    """Transfers to and from the own section, open ones first, then the newest."""
    access.require(actor, Permission.LEADS_TRANSFER)
    mine = or_(Transfer.to_section_id == actor.section_id, Transfer.from_section_id == actor.section_id)
    query = (
        select(Transfer)
        .where(Transfer.kind == TransferKind.TRANSFER, mine)
        .options(
            joinedload(Transfer.lead).joinedload(Lead.enterprise),
            joinedload(Transfer.lead).joinedload(Lead.segment).joinedload(Segment.chain),
            joinedload(Transfer.from_section),
            joinedload(Transfer.to_section),
            joinedload(Transfer.person),
            joinedload(Transfer.to_owner),
        )
        .order_by((Transfer.state != TransferState.ASKED), Transfer.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def waiting_count(session: Session, actor: Actor) -> int:
    """How many questions wait for the own section's answer."""
    query = select(func.count(Transfer.id)).where(
        Transfer.to_section_id == actor.section_id, Transfer.state == TransferState.ASKED
    )
    return session.scalar(query) or 0


def section_names(session: Session) -> dict[int, str]:
    """All sections by id, to word a split of credit."""
    return dict(session.execute(select(Section.id, Section.name)).all())
