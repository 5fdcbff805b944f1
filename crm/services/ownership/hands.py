"""What happens whenever a lead changes hands: project, open promises and its contact go along, and a row says so."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.exc import StaleDataError

from crm.domain.errors import NotFound, Stale
from crm.domain.labels import N_
from crm.domain.leads import LeadState
from crm.domain.ownership import TransferKind, TransferState
from crm.domain.text import clean_text
from crm.infra.clock import now, today
from crm.models import Contact, FollowUp, Lead, Project, Transfer
from crm.services import access
from crm.services.access import Actor
from crm.services.ownership.rules import in_force

NOTE_LENGTH = 1000
OVERTAKEN = N_("这条线索刚被别人改过，请对照最新内容再提交。")


def locked(session: Session, actor: Actor, lead_id: int, version: int | None = None, *, edit: bool = True) -> Lead:
    """The lead, read anew under its lock: whoever else changes hands waits. Stale if it is newer than `version`."""
    session.get(Lead, lead_id, with_for_update=True, populate_existing=True)
    lead = access.lead(session, actor, lead_id, edit=edit)
    if version is not None and lead.version != version:
        raise Stale(OVERTAKEN)
    return lead


def words(text: str | None, field: str, *, limit: int = NOTE_LENGTH) -> str:
    """Cleaned free text of several lines."""
    return clean_text(text, limit, field, multiline=True)


def give(session: Session, lead: Lead, owner_id: int | None, section_id: int | None) -> None:
    """Let a lead have another owner and section, or none. Its project follows in step.

    Open promises go to the new owner; without one they wait where they are. Protection starts with the first owner.
    """
    had = lead.section_id
    lead.owner_id, lead.section_id = owner_id, section_id
    if owner_id is not None:
        lead.pooled_at = None
        if lead.state is LeadState.NEW:
            lead.state = LeadState.SCREENING
        if lead.protected_until is None:
            lead.protected_until = today() + timedelta(days=in_force(session).protection_days)
        for step in session.scalars(select(FollowUp).where(FollowUp.lead_id == lead.id, FollowUp.done_at.is_(None))):
            step.owner_id = owner_id
    project = session.scalar(select(Project).where(Project.lead_id == lead.id))
    if project is not None:
        project.owner_id, project.section_id = owner_id, section_id
    if section_id != had:
        _move_contact(session, lead, had)
    try:
        session.flush()
    except StaleDataError as error:
        raise Stale(OVERTAKEN) from error
    session.expire(lead, ["owner", "section"])


def _move_contact(session: Session, lead: Lead, had: int | None) -> None:
    """The lead's contact belongs to the section that has the lead now, unless its former section still needs it."""
    if lead.contact_id is None:
        return
    other = exists().where(
        Lead.contact_id == lead.contact_id,
        Lead.id != lead.id,
        Lead.merged_into_id.is_(None),
        Lead.section_id == had if had is not None else Lead.section_id.is_(None),
    )
    if had is not None and session.scalar(select(other)):
        return
    own = Contact.section_id == had if had is not None else Contact.section_id.is_(None)
    session.execute(
        update(Contact)
        .where(Contact.id == lead.contact_id, own)
        .values(section_id=lead.section_id, version=Contact.version + 1)
        .execution_options(synchronize_session="fetch")
    )


def record(
    session: Session,
    actor: Actor,
    lead: Lead,
    kind: TransferKind,
    *,
    before: tuple[int | None, int | None],
    note: str = "",
) -> Transfer:
    """The row of a change of hands that is done; `before` is (owner, section)."""
    row = Transfer(
        lead_id=lead.id,
        kind=kind,
        state=TransferState.DONE,
        from_owner_id=before[0],
        from_section_id=before[1],
        to_owner_id=lead.owner_id,
        to_section_id=lead.section_id,
        note=note or None,
        credit={},
        person_id=actor.id,
        at=now(),
        is_demo=lead.is_demo,
    )
    session.add(row)
    session.flush()
    return row


def records(session: Session, lead_id: int) -> list[Transfer]:
    """How a lead changed hands, newest first; the caller has loaded the lead with permission."""
    query = (
        select(Transfer)
        .where(Transfer.lead_id == lead_id)
        .options(
            joinedload(Transfer.from_owner),
            joinedload(Transfer.to_owner),
            joinedload(Transfer.from_section),
            joinedload(Transfer.to_section),
            joinedload(Transfer.person),
        )
    )
    return list(session.scalars(query.order_by(Transfer.id.desc())))


def transfer(session: Session, transfer_id: int) -> Transfer:
    """One row under its lock; NotFound if there is none."""
    row = session.get(Transfer, transfer_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    return row
