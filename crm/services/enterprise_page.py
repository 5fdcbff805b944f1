"""One enterprise as its page shows it: what the reader may see of it and nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.models import Contact, Enterprise, EnterpriseAlias, GapTarget, Lead, Project, Purchase, RecordTag
from crm.services import access, contacts, enterprise_chains, enterprises, purchases, targets
from crm.services.access import Actor
from crm.services.contacts import ShownContact
from crm.services.enterprise_chains import Standing
from crm.services.enterprises import Assessment
from crm.services.segments import SegmentIdea

#: As many records as a page can show; the lists have the rest.
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact, masked, with the lead on whose page it can be looked at (None: on none that the reader sees)."""

    contact: ShownContact
    lead_id: int | None
    lead_number: str | None


@dataclass(frozen=True, slots=True)
class EnterpriseRecord:
    """Everything on the page of one enterprise."""

    enterprise: Enterprise
    #: None for an institution, which has neither size nor tier.
    assessed: Assessment | None
    aliases: list[str]
    contacts: list[KnownContact]
    leads: list[Lead]
    projects: list[Project]
    standings: list[Standing]
    #: Where else it may belong, with the words that say so.
    ideas: list[SegmentIdea]
    #: What it buys outside the district, and the gaps that it is wanted for; both empty for roles that see none.
    purchases: list[Purchase]
    targets: Sequence[GapTarget]
    tags: list[str]


def shown(session: Session, actor: Actor, enterprise_id: int) -> EnterpriseRecord:
    """The page of an enterprise; leads, projects and contacts only within the reader's scopes. NotFound otherwise."""
    firm = access.enterprise(session, actor, enterprise_id)
    leads = _leads(session, actor, firm.id)
    query = select(RecordTag.tag).where(RecordTag.subject_kind == "enterprise", RecordTag.subject_id == firm.id)
    standings = enterprise_chains.standings(session, firm.id)
    aliases = select(EnterpriseAlias.name).where(EnterpriseAlias.enterprise_id == firm.id).order_by(EnterpriseAlias.id)
    return EnterpriseRecord(
        enterprise=firm,
        assessed=None if firm.is_institution else enterprises.assessment_of(firm),
        aliases=list(session.scalars(aliases)),
        contacts=_contacts(session, actor, firm.id, leads),
        leads=leads,
        projects=_projects(session, actor, firm.id),
        standings=standings,
        ideas=enterprise_chains.ideas(session, firm, standings),
        purchases=purchases.of_enterprise(session, actor, firm.id),
        targets=targets.of_enterprise(session, actor, firm.id),
        tags=list(session.scalars(query.order_by(RecordTag.tag))),
    )


def _leads(session: Session, actor: Actor, enterprise_id: int) -> list[Lead]:
    query = (
        select(Lead)
        .where(Lead.enterprise_id == enterprise_id, access.lead_scope(actor))
        .options(joinedload(Lead.owner), joinedload(Lead.section))
        .order_by(Lead.received_at.desc(), Lead.id.desc())
        .limit(MOST_SHOWN)
    )
    return list(session.scalars(query))


def _projects(session: Session, actor: Actor, enterprise_id: int) -> list[Project]:
    query = (
        select(Project)
        .where(Project.enterprise_id == enterprise_id, access.project_scope(actor))
        .options(joinedload(Project.owner))
        .order_by(Project.id.desc())
        .limit(MOST_SHOWN)
    )
    return list(session.scalars(query))


def _contacts(session: Session, actor: Actor, enterprise_id: int, leads: list[Lead]) -> list[KnownContact]:
    query = (
        select(Contact)
        .where(Contact.enterprise_id == enterprise_id, access.contact_scope(actor))
        .order_by(Contact.is_decision_maker.desc(), Contact.id)
        .limit(MOST_SHOWN)
    )
    # A lead shows its own contact, and the others that its section knows at the enterprise.
    own = {lead.contact_id: lead for lead in reversed(leads)}
    by_section: dict[int | None, Lead] = {lead.section_id: lead for lead in reversed(leads)}
    found = []
    for contact in session.scalars(query):
        lead = own.get(contact.id) or by_section.get(contact.section_id)
        found.append(KnownContact(contacts.masked(contact), lead.id if lead else None, lead.number if lead else None))
    return found
