"""Which records might be the same as one: what the merge's first page offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.duplicates import Likeness, Spelling, likeness
from crm.domain.search import SearchKind
from crm.models import Contact, Enterprise, Lead
from crm.services import access
from crm.services.access import Actor
from crm.services.merging.kinds import MergeKind, load
from crm.services.search.candidates import candidates

MOST = 12


@dataclass(frozen=True, slots=True)
class Offered:
    """A record that might be the same, and how alike its name is (enterprises)."""

    record: Any
    likeness: Likeness | None = None


def offered(session: Session, actor: Actor, kind: MergeKind, record_id: int) -> tuple[Any, list[Offered]]:
    """The record itself, and others that the actor may see: alike firms, or leads and people of the same firm."""
    record = load(session, actor, kind, record_id)
    if kind is MergeKind.ENTERPRISE:
        return record, _firms(session, actor, record)
    if kind is MergeKind.LEAD:
        query = (
            select(Lead)
            .where(Lead.enterprise_id == record.enterprise_id, Lead.id != record.id, access.lead_scope(actor))
            .options(joinedload(Lead.enterprise), joinedload(Lead.owner))
        )
        return record, [Offered(lead) for lead in session.scalars(query.order_by(Lead.id.desc()).limit(MOST))]
    own = or_(Contact.section_id == actor.section_id, Contact.section_id.is_(None))
    people = select(Contact).where(
        Contact.enterprise_id == record.enterprise_id, Contact.id != record.id, Contact.merged_into_id.is_(None), own
    )
    return record, [Offered(contact) for contact in session.scalars(people.order_by(Contact.id.desc()).limit(MOST))]


def _firms(session: Session, actor: Actor, firm: Enterprise) -> list[Offered]:
    wanted = _spelling(firm)
    kernel = wanted.core[:14]
    pieces = [kernel[at : at + 2] for at in range(len(kernel) - 1)] or [kernel]
    ids = candidates(session, SearchKind.ENTERPRISE, [*pieces, *wanted.sounds[:4]], each=80)
    query = select(Enterprise).where(Enterprise.id.in_(ids - {firm.id}), access.enterprise_scope(actor))
    found = [Offered(other, alike) for other in session.scalars(query) if (alike := likeness(wanted, _spelling(other)))]
    return sorted(found, key=lambda each: -each.likeness.per_cent if each.likeness else 0)[:MOST]


def _spelling(firm: Enterprise) -> Spelling:
    return Spelling(firm.normalised_name, firm.core_name, tuple(firm.pinyin.split()))
