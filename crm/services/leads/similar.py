"""Blind duplicate check: the same firm or phone is named before saving, other sections' content never (DOMAIN §4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.enterprises.names import core, normalised, similarity
from crm.domain.leads import LeadState
from crm.models import Contact, Enterprise, EnterpriseAlias, Lead
from crm.services import access
from crm.services.access import Actor

OPEN = tuple(state for state in LeadState if state.is_open)
#: Per cent from which two names are worth a look side by side.
ALIKE = 60
MAX_ALIKE = 3
_CANDIDATES = 200


class Sameness(StrEnum):
    """Why a lead is named: the first three are duplicates, the last is only worth a look."""

    USCC = "uscc"
    NAME = "name"
    PHONE = "phone"
    ALIKE = "alike"


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

    @property
    def is_duplicate(self) -> bool:
        return self.sameness is not Sameness.ALIKE

    @property
    def is_visible(self) -> bool:
        return self.lead_id is not None


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
    """Open leads of the same firm (code, name, alias) or phone, then visible ones with a similar name.

    `name`, `uscc` and `phone` are clean; an empty one is not compared.
    """
    wanted = normalised(name) if name else ""
    same = _same_enterprises(wanted, uscc, phone, enterprise_id)
    found: list[SimilarLead] = []
    if same:
        query = (
            select(Lead, access.lead_scope(actor))
            .join(Lead.enterprise)
            .where(Lead.state.in_(OPEN), Lead.id != (exclude_lead_id or 0), or_(*same))
            .options(joinedload(Lead.enterprise), joinedload(Lead.section), joinedload(Lead.owner))
            .order_by(Lead.id.desc())
            .limit(10)
        )
        found = [_shown(lead, bool(visible), wanted, uscc, enterprise_id) for lead, visible in session.execute(query)]
    if wanted:
        known = {each.lead_id for each in found if each.is_visible}
        found += _alike(session, actor, name, known, exclude_lead_id)
    return found


def _same_enterprises(wanted: str, uscc: str | None, phone: str, enterprise_id: int | None) -> list:
    conditions = []
    if enterprise_id is not None:
        conditions.append(Enterprise.id == enterprise_id)
    if uscc:
        conditions.append(Enterprise.uscc == uscc)
    if wanted:
        aliased = select(EnterpriseAlias.enterprise_id).where(EnterpriseAlias.normalised_name == wanted)
        conditions += [Enterprise.normalised_name == wanted, Enterprise.id.in_(aliased)]
    if phone:
        conditions.append(Lead.contact_id.in_(select(Contact.id).where(Contact.phone == phone)))
    return conditions


def _shown(lead: Lead, visible: bool, wanted: str, uscc: str | None, enterprise_id: int | None) -> SimilarLead:
    firm = lead.enterprise
    if uscc and firm.uscc == uscc:
        sameness = Sameness.USCC
    elif (wanted and firm.normalised_name == wanted) or firm.id == enterprise_id:
        sameness = Sameness.NAME
    else:
        # By phone, or by an alias of a firm that goes by another name.
        sameness = Sameness.PHONE if not wanted or not _aliased(lead, wanted) else Sameness.NAME
    section = lead.section.name if lead.section else None
    owner = lead.owner.name if lead.owner else None
    if not visible:
        return SimilarLead(sameness, section, owner)
    return SimilarLead(sameness, section, owner, lead.id, lead.number, firm.name)


def _aliased(lead: Lead, wanted: str) -> bool:
    return any(alias.normalised_name == wanted for alias in lead.enterprise.aliases)


def _alike(
    session: Session, actor: Actor, name: str, known: set[int | None], exclude_lead_id: int | None
) -> list[SimilarLead]:
    """Visible leads whose firm has a similar name: compared in memory among those that share two characters."""
    kernel = core(name)
    pairs = {kernel[at : at + 2] for at in range(len(kernel) - 1)} or {kernel}
    query = (
        select(Lead)
        .join(Lead.enterprise)
        .where(
            Lead.state.in_(OPEN),
            access.lead_scope(actor),
            Lead.id.not_in([*(known - {None}), exclude_lead_id or 0]),
            or_(*(Enterprise.core_name.contains(pair, autoescape=True) for pair in sorted(pairs)[:12])),
        )
        .options(joinedload(Lead.enterprise), joinedload(Lead.section), joinedload(Lead.owner))
        .order_by(Lead.id.desc())
        .limit(_CANDIDATES)
    )
    scored = [(similarity(name, lead.enterprise.name), lead) for lead in session.scalars(query)]
    best = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: (-pair[0], pair[1].id))[:MAX_ALIKE]
    return [
        SimilarLead(
            Sameness.ALIKE,
            lead.section.name if lead.section else None,
            lead.owner.name if lead.owner else None,
            lead.id,
            lead.number,
            lead.enterprise.name,
            score,
        )
        for score, lead in best
    ]
