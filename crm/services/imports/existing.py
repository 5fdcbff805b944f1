"""What is there already, asked for a chunk of rows at a time: firms by code, name and alias, their leads and projects.

Set-based on purpose: one file has fifty thousand rows, and a question for each of them would be fifty thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from crm.domain.enterprises.names import normalised
from crm.domain.leads import LeadState
from crm.models import Contact, Enterprise, EnterpriseAlias, Lead, Project
from crm.services import access
from crm.services.access import Actor
from crm.services.imports.facts import Values

OPEN = tuple(state for state in LeadState if state.is_open)


@dataclass(frozen=True, slots=True)
class Known:
    """One open lead, or one project, with whether the importer may see it."""

    record: Lead | Project
    visible: bool


@dataclass(slots=True)
class Existing:
    """Answers for one chunk."""

    by_uscc: dict[str, Enterprise] = field(default_factory=dict)
    by_name: dict[str, list[Enterprise]] = field(default_factory=lambda: defaultdict(list))
    #: Ids of enterprises that the importer may see.
    visible: set[int] = field(default_factory=set)
    leads: dict[int, list[Known]] = field(default_factory=lambda: defaultdict(list))
    by_phone: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    projects: dict[int, list[Known]] = field(default_factory=lambda: defaultdict(list))
    by_number: dict[str, Lead | Project] = field(default_factory=dict)
    #: The section's own contacts at a firm.
    contacts: dict[int, list[Contact]] = field(default_factory=lambda: defaultdict(list))

    def firm(self, values: Values) -> Enterprise | None:
        """The stored enterprise that a row means: same code, else same name or alias without another code."""
        code = values.get("uscc")
        if code and code in self.by_uscc:
            return self.by_uscc[code]
        for found in self.by_name.get(normalised(values.get("name", "")), ()):
            # The same name with another code is another firm.
            if not code or found.uscc in (None, code):
                return found
        return None


def look_up(session: Session, actor: Actor, rows: Sequence[Values], *, leads: bool, projects: bool) -> Existing:
    """What the database knows of the firms, numbers and phones of these rows: at most nine statements."""
    found = Existing()
    _firms(session, rows, found)
    ids = {firm.id for firm in found.by_uscc.values()} | {firm.id for many in found.by_name.values() for firm in many}
    if ids:
        seen = select(Enterprise.id).where(Enterprise.id.in_(ids), access.enterprise_scope(actor))
        found.visible = set(session.scalars(seen))
    numbers = [str(row["number"]).strip().upper() for row in rows if row.get("number")]
    phones = {row["phone"] for row in rows if row.get("phone")}
    if leads or projects:
        _leads(session, actor, ids, phones if leads else (), numbers if leads else (), found)
        _contacts(session, actor, ids | {lead.enterprise_id for lead in found.by_number.values()}, found)
    if projects:
        _projects(session, actor, ids, numbers, found)
    return found


def _firms(session: Session, rows: Sequence[Values], found: Existing) -> None:
    codes = {row["uscc"] for row in rows if row.get("uscc")}
    names = {normalised(row["name"]) for row in rows if row.get("name")} - {""}
    alive = Enterprise.merged_into_id.is_(None)
    if codes:
        for firm in session.scalars(select(Enterprise).where(Enterprise.uscc.in_(codes), alive)):
            found.by_uscc[firm.uscc] = firm
    if names:
        by_name = select(Enterprise).where(Enterprise.normalised_name.in_(names), alive).order_by(Enterprise.id)
        for firm in session.scalars(by_name):
            found.by_name[firm.normalised_name].append(firm)
        _aliased(session, names, alive, found)


def _aliased(session: Session, names: Collection[str], alive: ColumnElement[bool], found: Existing) -> None:
    # Aliases first and firms afterwards: joined, PostgreSQL plans a thousand names as a walk over all firms.
    aliases = select(EnterpriseAlias.normalised_name, EnterpriseAlias.enterprise_id)
    known = session.execute(aliases.where(EnterpriseAlias.normalised_name.in_(names))).all()
    if not known:
        return
    ids = {enterprise_id for _name, enterprise_id in known}
    firms = {firm.id: firm for firm in session.scalars(select(Enterprise).where(Enterprise.id.in_(ids), alive))}
    for name, enterprise_id in sorted(known, key=lambda pair: pair[1]):
        firm = firms.get(enterprise_id)
        if firm is not None and firm not in found.by_name[name]:
            found.by_name[name].append(firm)


def _leads(
    session: Session,
    actor: Actor,
    firms: Collection[int],
    phones: Collection[str],
    numbers: Collection[str],
    found: Existing,
) -> None:
    ways = []
    if firms:
        ways.append(and_(Lead.enterprise_id.in_(firms), Lead.state.in_(OPEN)))
    if phones:
        ways.append(
            and_(Lead.contact_id.in_(select(Contact.id).where(Contact.phone.in_(phones))), Lead.state.in_(OPEN))
        )
    if numbers:
        ways.append(Lead.number.in_(numbers))
    for query in (_lead_query(actor, way) for way in ways):
        for lead, visible in session.execute(query):
            known = Known(lead, bool(visible))
            if visible and lead.number in numbers:
                found.by_number[lead.number] = lead
            if lead.state in OPEN and all(each.record is not lead for each in found.leads[lead.enterprise_id]):
                found.leads[lead.enterprise_id].append(known)
                if lead.contact is not None and lead.contact.phone:
                    found.by_phone[lead.contact.phone].append(known)


def _lead_query(actor: Actor, way):
    return (
        select(Lead, access.lead_scope(actor))
        .join(Lead.enterprise)
        .where(Lead.merged_into_id.is_(None), way)
        .options(
            contains_eager(Lead.enterprise), joinedload(Lead.contact), joinedload(Lead.owner), joinedload(Lead.section)
        )
        .order_by(Lead.id)
    )


def _contacts(session: Session, actor: Actor, firms: Iterable[int], found: Existing) -> None:
    own = Contact.section_id == actor.section_id if actor.section_id is not None else Contact.section_id.is_(None)
    query = select(Contact).where(Contact.enterprise_id.in_(firms), own, Contact.merged_into_id.is_(None))
    for contact in session.scalars(query.order_by(Contact.id)):
        found.contacts[contact.enterprise_id].append(contact)


def _projects(
    session: Session, actor: Actor, firms: Collection[int], numbers: Collection[str], found: Existing
) -> None:
    query = (
        select(Project, access.project_scope(actor))
        .join(Project.enterprise)
        .where(or_(Project.enterprise_id.in_(firms), Project.number.in_(numbers)))
        .options(
            contains_eager(Project.enterprise),
            joinedload(Project.owner),
            joinedload(Project.section),
            joinedload(Project.lead).joinedload(Lead.contact),
        )
        .order_by(Project.id)
    )
    for project, visible in session.execute(query):
        found.projects[project.enterprise_id].append(Known(project, bool(visible)))
        if visible and project.number in numbers:
            found.by_number[project.number] = project
