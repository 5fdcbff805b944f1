"""What a gate's form opens with: links that can be chosen, and what is known elsewhere and only needs a look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.commitments import CommitmentSide
from crm.domain.gates import Fact, FactKind
from crm.domain.pipeline import Stage
from crm.domain.space import ParkKind
from crm.infra.clock import civil_date
from crm.models import Contact, FollowUp, Lead, Park, Project
from crm.services import commitments, contacts
from crm.services.contacts import ShownContact


@dataclass(frozen=True, slots=True)
class Offers:
    """Choices of the kinds of facts that link somewhere; only what is asked for is loaded."""

    parks: list[tuple[int, str]] = field(default_factory=list)
    contacts: list[ShownContact] = field(default_factory=list)


def offers(session: Session, lead: Lead | None, asked: Iterable[Fact]) -> Offers:
    """Parks of the district by name, and the lead's contacts, masked."""
    kinds = {fact.kind for fact in asked}
    parks: list[tuple[int, str]] = []
    if FactKind.PARK in kinds:
        query = select(Park.id, Park.name).where(Park.kind != ParkKind.OUTSIDE).order_by(Park.pinyin, Park.id)
        parks = [(row.id, row.name) for row in session.execute(query)]
    people: list[ShownContact] = []
    if FactKind.CONTACT in kinds and lead is not None:
        people = [contacts.masked(each) for each in contacts.of_lead(session, lead)]
    return Offers(parks, people)


def proposed(session: Session, project: Project, lead: Lead | None, to_stage: Stage) -> dict[str, object]:
    """Stored values that other records suggest for facts of a gate; people look at them before they are kept."""
    if to_stage is Stage.NEGOTIATING and lead is not None:
        return _of_talks(session, lead)
    if to_stage is Stage.REVIEW and lead is not None and lead.env_class is not None:
        return {"env_class": lead.env_class.value}
    if to_stage is Stage.SIGNED:
        return _of_ledger(session, project)
    if to_stage is Stage.LANDED and project.enterprise.uscc:
        return {"local_uscc": project.enterprise.uscc}
    return {}


def _of_talks(session: Session, lead: Lead) -> dict[str, object]:
    found: dict[str, object] = {}
    contact = session.get(Contact, lead.contact_id) if lead.contact_id is not None else None
    if contact is not None and contact.is_decision_maker:
        found["decision_maker"] = contact.id
    if lead.content:
        found["needs"] = lead.content
    if lead.needed_on is not None:
        found["timeline"] = lead.needed_on.isoformat()
    step = session.scalar(
        select(FollowUp).where(FollowUp.lead_id == lead.id, FollowUp.done_at.is_(None)).order_by(FollowUp.due_at)
    )
    if step is not None and step.due_at is not None:
        found |= {"next_action": step.subject, "next_on": civil_date(step.due_at).isoformat()}
    return found


def _of_ledger(session: Session, project: Project) -> dict[str, object]:
    rows = commitments.of_project(session, project.id)
    found: dict[str, object] = {}
    for key, side in (("our_commitments", CommitmentSide.OURS), ("their_commitments", CommitmentSide.THEIRS)):
        said = [row.content for row in rows if row.side is side]
        if said:
            found[key] = "\n".join(said)
    return found
