"""One enterprise as its page shows it, and changing its facts: what the reader may see of it and nothing more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.exc import StaleDataError

from crm.domain.access import Permission
from crm.domain.errors import Stale
from crm.domain.labels import N_
from crm.models import Chain, Contact, Enterprise, EnterpriseAlias, Lead, Placement, Project, RecordTag, Segment
from crm.services import access, audit, contacts, enterprises
from crm.services.access import Actor
from crm.services.contacts import ShownContact
from crm.services.enterprises import Assessment, EnterpriseFacts

#: As many records as a page can show; the lists have the rest.
MOST_SHOWN = 20
_OVERTAKEN = N_("您编辑期间，别人保存了这家企业。您填的内容都还在，请对照后再保存。")


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact, masked, with the lead on whose page it can be looked at (None: on none that the reader sees)."""

    contact: ShownContact
    lead_id: int | None
    lead_number: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A place on a chain, with the source that says so."""

    chain: str
    chain_key: str
    segment: str
    is_leader: bool
    source: str


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
    tags: list[str]


def shown(session: Session, actor: Actor, enterprise_id: int) -> EnterpriseRecord:
    """The page of an enterprise; leads, projects and contacts only within the reader's scopes. NotFound otherwise."""
    firm = access.enterprise(session, actor, enterprise_id)
    leads = _leads(session, actor, firm.id)
    query = select(RecordTag.tag).where(RecordTag.subject_kind == "enterprise", RecordTag.subject_id == firm.id)
    aliases = select(EnterpriseAlias.name).where(EnterpriseAlias.enterprise_id == firm.id).order_by(EnterpriseAlias.id)
    return EnterpriseRecord(
        enterprise=firm,
        assessed=None if firm.is_institution else enterprises.assessment_of(firm),
        aliases=list(session.scalars(aliases)),
        contacts=_contacts(session, actor, firm.id, leads),
        leads=leads,
        projects=_projects(session, actor, firm.id),
        standings=_standings(session, firm.id),
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


def _standings(session: Session, enterprise_id: int) -> list[Standing]:
    query = (
        select(Chain.name, Chain.key, Segment.name, Placement.is_leader, Placement.section, Placement.source)
        .select_from(Placement)
        .join(Segment, Segment.id == Placement.segment_id)
        .join(Chain, Chain.id == Segment.chain_id)
        .where(Placement.enterprise_id == enterprise_id)
        .order_by(Chain.sort, Chain.id, Segment.sort, Segment.id)
    )
    return [
        Standing(chain, key, segment, leader, section or source or "")
        for chain, key, segment, leader, section, source in session.execute(query)
    ]


def segment_choices(session: Session) -> dict[str, dict[str, str]]:
    """Chains with their segments (id as text → name), for the form."""
    query = select(Chain.name, Segment.id, Segment.name).join(Segment.chain)
    grouped: dict[str, dict[str, str]] = defaultdict(dict)
    for chain, key, name in session.execute(query.order_by(Chain.sort, Chain.id, Segment.sort, Segment.id)):
        grouped[chain][str(key)] = name
    return dict(grouped)


def change(session: Session, actor: Actor, enterprise_id: int, facts: EnterpriseFacts, version: int) -> Enterprise:
    """Replace the facts of an enterprise by those of a form and assess it anew.

    Invalid names the field; Stale if somebody saved it since the form was opened.
    """
    access.require(actor, Permission.ENTERPRISES_EDIT)
    firm = access.enterprise(session, actor, enterprise_id)
    if firm.version != version:
        raise Stale(_OVERTAKEN)
    before = enterprises.facts_of(firm)
    changed = enterprises.replace(session, firm, enterprises.clean(replace(facts, id=firm.id)))
    try:
        session.flush()
    except StaleDataError as error:
        raise Stale(_OVERTAKEN) from error
    if changed:
        after = enterprises.facts_of(firm)
        audit.record(
            session,
            actor.id,
            "enterprise.edited",
            ("enterprise", firm.id),
            before=plain(before, changed),
            after=plain(after, changed) | {"fields": changed},
        )
    return firm


def plain(facts: EnterpriseFacts, words: Iterable[str]) -> dict[str, object]:
    """Facts as plain JSON by the words of `domain.events.FIELDS`: what the trail keeps before and after an edit."""
    columns = {"segment": "segment_id", "revenue": "revenue_fen", "assets": "assets_fen", "tier": "tier_override"}
    found: dict[str, object] = {}
    for word in words:
        value = getattr(facts, columns.get(word, word))
        if isinstance(value, frozenset):
            value = sorted(str(each) for each in value)
        found[word] = value if value is None or isinstance(value, (int, str, list)) else str(value)
    return found
