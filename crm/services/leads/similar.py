"""Blind duplicate check: the same firm or phone is named before saving, other sections' content never (DOMAIN §4).

Everything is found through an index: code, name and alias by equality, likeness among the few records that share
pairs of characters, three in a row, or a whole reading in pinyin with the name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, literal, or_, select, union_all
from sqlalchemy.orm import Session, joinedload

from crm.domain.duplicates import Likeness, Sameness, Spelling, likeness
from crm.domain.enterprises.names import normalised
from crm.domain.leads import LeadState
from crm.domain.search import SearchKind
from crm.models import Contact, Enterprise, EnterpriseAlias, Lead
from crm.services import access
from crm.services.access import Actor
from crm.services.search.candidates import candidates

__all__ = ["Sameness", "SimilarLead", "duplicates", "similar"]

OPEN = tuple(state for state in LeadState if state.is_open)
MAX_SAME = 10
MAX_ALIKE = 3
#: At most so many records that share one piece of the name, and so many of the likeliest firms, are looked at.
_EACH = 80
_LIKELIEST = 60
#: Longest kernel that is cut into pieces; a name says who it is in its first dozen characters.
_KERNEL = 14


@dataclass(frozen=True, slots=True)
class SimilarLead:
    """One lead that may be the same. Of a lead that the actor may not see only section and owner are told."""

    sameness: Sameness
    section: str | None
    owner: str | None
    #: The following are None unless the actor may see the lead.
    lead_id: int | None = None
    number: str | None = None
    enterprise: str | None = None
    per_cent: int | None = None
    enterprise_id: int | None = None
    #: Somebody else works on it, so that what was typed can go to them.
    may_receive: bool = False

    @property
    def is_duplicate(self) -> bool:
        return self.sameness.is_duplicate

    @property
    def is_visible(self) -> bool:
        return self.lead_id is not None


@dataclass(frozen=True, slots=True)
class Same:
    """A lead of the same firm or phone, for use cases; what may be shown of it is `SimilarLead`."""

    lead: Lead
    sameness: Sameness
    is_visible: bool


def similar(
    session: Session,
    actor: Actor,
    *,
    name: str = "",
    uscc: str | None = None,
    phone: str = "",
    enterprise_id: int | None = None,
    exclude_lead_id: int | None = None,
) -> list[SimilarLead]:
    """Open leads of the same firm (code, name, alias) or phone, then visible ones whose name looks or sounds alike.

    `name`, `uscc` and `phone` are clean; an empty one is not compared.
    """
    same = duplicates(
        session,
        actor,
        name=name,
        uscc=uscc,
        phone=phone,
        enterprise_id=enterprise_id,
        exclude_lead_id=exclude_lead_id,
    )
    found = [_shown(actor, each) for each in same]
    if name and normalised(name):
        known = {each.lead.id for each in same} | {exclude_lead_id or 0}
        found += _alike(session, actor, name, known)
    return found


# ── The same ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def duplicates(
    session: Session,
    actor: Actor,
    *,
    name: str = "",
    uscc: str | None = None,
    phone: str = "",
    enterprise_id: int | None = None,
    exclude_lead_id: int | None = None,
) -> list[Same]:
    """Open leads of the same firm or phone, the newest first, whether the actor may see them or not."""
    firms = _same_firms(session, normalised(name) if name else "", uscc, enterprise_id)
    people = set(session.scalars(select(Contact.id).where(Contact.phone == phone))) if phone else set()
    if not firms and not people:
        return []
    query = (
        select(Lead, access.lead_scope(actor))
        .where(
            Lead.state.in_(OPEN),
            Lead.merged_into_id.is_(None),
            Lead.id != (exclude_lead_id or 0),
            or_(Lead.enterprise_id.in_(firms), Lead.contact_id.in_(people)),
        )
        .options(joinedload(Lead.enterprise), joinedload(Lead.section), joinedload(Lead.owner))
        .order_by(Lead.id.desc())
        .limit(MAX_SAME)
    )
    return [
        Same(lead, firms.get(lead.enterprise_id, Sameness.PHONE), bool(visible))
        for lead, visible in session.execute(query)
    ]


def _same_firms(session: Session, wanted: str, uscc: str | None, enterprise_id: int | None) -> dict[int, Sameness]:
    """Enterprises that are the one meant, with the strongest reason: one statement over equalities."""
    ways: list[Select] = []
    if enterprise_id is not None:
        ways.append(select(literal(enterprise_id), literal(Sameness.NAME.value)))
    if wanted:
        alive = Enterprise.merged_into_id.is_(None)
        by_name = select(Enterprise.id, literal(Sameness.NAME.value))
        ways.append(by_name.where(Enterprise.normalised_name == wanted, alive))
        by_alias = select(EnterpriseAlias.enterprise_id, literal(Sameness.NAME.value))
        ways.append(by_alias.where(EnterpriseAlias.normalised_name == wanted))
    if uscc:
        ways.append(select(Enterprise.id, literal(Sameness.USCC.value)).where(Enterprise.uscc == uscc))
    if not ways:
        return {}
    rows = session.execute(ways[0] if len(ways) == 1 else union_all(*ways)).all()
    # The code is the stronger reason: it comes last and wins.
    return {firm: Sameness(why) for firm, why in sorted(rows, key=lambda row: row[1] == Sameness.USCC.value)}


def _shown(actor: Actor, same: Same) -> SimilarLead:
    lead = same.lead
    section = lead.section.name if lead.section else None
    owner = lead.owner.name if lead.owner else None
    if not same.is_visible:
        return SimilarLead(same.sameness, section, owner, may_receive=True)
    firm = lead.enterprise
    return SimilarLead(
        same.sameness,
        section,
        owner,
        lead.id,
        lead.number,
        firm.name,
        enterprise_id=firm.id,
        may_receive=lead.owner_id != actor.id and lead.pooled_at is None,
    )


# ── Alike ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _alike(session: Session, actor: Actor, name: str, known: set[int]) -> list[SimilarLead]:
    """Visible leads whose firm's name looks or sounds like this one, the likeliest first."""
    likely = _likely_firms(session, Spelling.of(name))
    if not likely:
        return []
    rows = session.execute(
        select(Lead.id, Lead.enterprise_id).where(Lead.enterprise_id.in_(likely), Lead.state.in_(OPEN))
    )
    firm_of = {lead_id: firm for lead_id, firm in rows if lead_id not in known}
    # A statement of its own: asked for firms and scope together, SQLite would walk the whole scope.
    seen = session.scalars(select(Lead.id).where(Lead.id.in_(firm_of), access.lead_scope(actor)))
    best = sorted(seen, key=lambda lead_id: (-likely[firm_of[lead_id]].per_cent, lead_id))[:MAX_ALIKE]
    query = (
        select(Lead)
        .where(Lead.id.in_(best))
        .options(joinedload(Lead.enterprise), joinedload(Lead.section), joinedload(Lead.owner))
    )
    return [
        SimilarLead(
            likely[lead.enterprise_id].sameness,
            lead.section.name if lead.section else None,
            lead.owner.name if lead.owner else None,
            lead.id,
            lead.number,
            lead.enterprise.name,
            likely[lead.enterprise_id].per_cent,
            lead.enterprise_id,
        )
        for lead in sorted(session.scalars(query), key=lambda lead: best.index(lead.id))
    ]


def _likely_firms(session: Session, wanted: Spelling) -> dict[int, Likeness]:
    """Firms that look or sound alike, compared in memory among those that share a piece of the name."""
    ids = candidates(session, SearchKind.ENTERPRISE, _pieces(wanted), each=_EACH)
    if not ids:
        return {}
    rows = session.execute(
        select(Enterprise.id, Enterprise.normalised_name, Enterprise.core_name, Enterprise.pinyin).where(
            Enterprise.id.in_(ids), Enterprise.merged_into_id.is_(None)
        )
    )
    found = [
        (firm, alike)
        for firm, whole, kernel, sounds in rows
        if (alike := likeness(wanted, Spelling(whole, kernel, tuple(sounds.split()))))
    ]
    found.sort(key=lambda pair: -pair[1].per_cent)
    return dict(found[:_LIKELIEST])


def _pieces(wanted: Spelling) -> Sequence[str]:
    """Threes, pairs and whole readings of the distinctive part of a name."""
    kernel = wanted.core[:_KERNEL]
    threes = [kernel[at : at + 3] for at in range(len(kernel) - 2)]
    pairs = [kernel[at : at + 2] for at in range(len(kernel) - 1)] or [kernel]
    # The beginning of a reading finds the whole: suilin finds suiling.
    sounds = [sound.removesuffix("g") for sound in wanted.sounds[:4]]
    return [*threes, *pairs, *sounds]
