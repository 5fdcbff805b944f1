"""Answers to what was typed, kind by kind: exact names and numbers first, then beginning ones, then the newest.

One statement a kind, each starting from the index and narrowed by the same scopes as lists and pages: what a person
may not open is neither shown nor counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from crm.domain.access import Permission
from crm.domain.contacts import mask_name, mask_phone
from crm.domain.search import Query, SearchKind, asked, heads
from crm.models import Chain, Contact, Enterprise, Lead, Park, Person, Platform, Policy, Project, SearchEntry, Segment
from crm.services import access
from crm.services.access import Actor
from crm.services.contacts import UNNAMED
from crm.services.search.conditions import found, newest_first
from crm.services.search.entries import TABLES
from crm.services.search.keep import keep

#: Answers of one kind beside others.
LIMIT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One answer as a list shows it; `page_id` is what its address is made of (of a contact: its newest lead)."""

    kind: SearchKind
    page_id: int | str
    title: str
    number: str = ""
    owner: str | None = None
    state: StrEnum | None = None
    note: str = ""
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Answers of one kind; `more` says that there are others."""

    kind: SearchKind
    hits: tuple[Hit, ...]
    more: bool


def find(
    session: Session, actor: Actor, text: str, kinds: Collection[SearchKind] = tuple(SearchKind), limit: int = LIMIT
) -> list[Group]:
    """What the person may see of what was typed, at most `limit` of each kind; kinds without an answer are left out."""
    keep(session)
    groups = []
    for kind, (permission, answer) in _ANSWERS.items():
        query = asked(kind, text, people=actor.may(Permission.CONTACTS_REVEAL))
        if kind not in kinds or not actor.may(permission) or not query:
            continue
        hits = list(dict.fromkeys(answer(session, actor, _Asked(kind, text, query, limit + 1))))
        if hits:
            groups.append(Group(kind, tuple(hits[:limit]), len(hits) > limit))
    return groups


def best(session: Session, kind: SearchKind, scope: ColumnElement[bool], text: str, limit: int) -> list[int]:
    """Ids of the records in scope that what was typed finds best, for what is offered while somebody types."""
    keep(session)
    query = asked(kind, text, people=False)
    if not query:
        return []
    ranked = _Asked(kind, text, query, limit).ranked(session, TABLES[kind], scope)
    return list(session.scalars(select(ranked.c.id).order_by(ranked.c.rank, ranked.c.entry.desc()).limit(limit)))


@dataclass(frozen=True, slots=True)
class _Asked:
    kind: SearchKind
    text: str
    query: Query
    limit: int

    def ranked(self, session: Session, table: type, scope: ColumnElement[bool]) -> Subquery:
        """Ids with their rank (0 exact, 1 beginning, 2 any) of the rows in scope, a few of each rank."""
        exact, beginning = heads(self.kind, self.text)
        parts = [
            found(session, query, SearchEntry.subject_id.label("id"), SearchEntry.id.label("entry"))
            .add_columns(literal(rank).label("rank"))
            .join(table, table.id == SearchEntry.subject_id)
            .where(scope)
            .order_by(newest_first(session))
            .limit(self.limit)
            .subquery()
            for rank, query in enumerate((exact, beginning, self.query))
            if query
        ]
        every = union_all(*(select(part) for part in parts)).subquery()
        best = func.min(every.c.rank).label("rank")
        return select(every.c.id, every.c.entry, best).group_by(every.c.id, every.c.entry).subquery()

    def first(self, query: Select, ranked: Subquery) -> Select:
        return query.order_by(ranked.c.rank, ranked.c.entry.desc()).limit(self.limit)


def _leads(session: Session, actor: Actor, wanted: _Asked) -> list[Hit]:
    ranked = wanted.ranked(session, Lead, access.lead_scope(actor))
    query = (
        select(Lead.id, Lead.number, Lead.state, Lead.is_demo, Enterprise.name, Person.name.label("owner"))
        .join(ranked, ranked.c.id == Lead.id)
        .join(Enterprise, Enterprise.id == Lead.enterprise_id)
        .outerjoin(Person, Person.id == Lead.owner_id)
    )
    return [
        Hit(
            kind=wanted.kind,
            page_id=row.id,
            title=row.name,
            number=row.number,
            owner=row.owner,
            state=row.state,
            is_demo=row.is_demo,
        )
        for row in session.execute(wanted.first(query, ranked))
    ]


def _projects(session: Session, actor: Actor, wanted: _Asked) -> list[Hit]:
    ranked = wanted.ranked(session, Project, access.project_scope(actor))
    query = (
        select(Project.id, Project.number, Project.stage, Project.is_demo, Project.name, Person.name.label("owner"))
        .join(ranked, ranked.c.id == Project.id)
        .outerjoin(Person, Person.id == Project.owner_id)
    )
    return [
        Hit(
            kind=wanted.kind,
            page_id=row.id,
            title=row.name,
            number=row.number,
            owner=row.owner,
            state=row.stage,
            is_demo=row.is_demo,
        )
        for row in session.execute(wanted.first(query, ranked))
    ]


def _enterprises(session: Session, actor: Actor, wanted: _Asked) -> list[Hit]:
    ranked = wanted.ranked(session, Enterprise, access.enterprise_scope(actor))
    query = (
        select(
            Enterprise.id, Enterprise.name, Enterprise.uscc, Enterprise.is_demo, Segment.name.label("segment")
        )  # segment: what it does, in one word
        .join(ranked, ranked.c.id == Enterprise.id)
        .outerjoin(Segment, Segment.id == Enterprise.segment_id)
    )
    return [
        Hit(
            kind=wanted.kind,
            page_id=row.id,
            title=row.name,
            number=row.uscc or "",
            note=row.segment or "",
            is_demo=row.is_demo,
        )
        for row in session.execute(wanted.first(query, ranked))
    ]


def _contacts(session: Session, actor: Actor, wanted: _Asked) -> list[Hit]:
    """Masked, and only people whom the page of a visible lead shows; the answer leads to the newest such page."""
    theirs = aliased(Lead)
    known = select(theirs.id).where(
        theirs.enterprise_id == Contact.enterprise_id,
        or_(theirs.contact_id == Contact.id, theirs.section_id == Contact.section_id),
        theirs.id.in_(select(Lead.id).where(Lead.id == theirs.id, access.lead_scope(actor))),
    )
    ranked = wanted.ranked(session, Contact, and_(access.contact_scope(actor), known.exists()))
    page = known.order_by(theirs.id.desc()).limit(1).scalar_subquery()
    query = (
        select(
            page.label("page"),
            Contact.name,
            Contact.phone,
            Contact.title,
            Contact.is_demo,
            Enterprise.name.label("firm"),
        )
        .join(ranked, ranked.c.id == Contact.id)
        .join(Enterprise, Enterprise.id == Contact.enterprise_id)
    )
    return [
        Hit(
            kind=wanted.kind,
            page_id=row.page,
            title=" ".join(filter(None, (row.name if row.name == UNNAMED else mask_name(row.name), row.title))),
            number=mask_phone(row.phone or ""),
            note=row.firm,
            is_demo=row.is_demo,
        )
        for row in session.execute(wanted.first(query, ranked))
    ]


def _parks(session: Session, actor: Actor, wanted: _Asked) -> list[Hit]:
    ranked = wanted.ranked(session, Park, access.park_scope(actor))
    query = (
        select(Park.id, Park.name, Park.is_demo, Platform.name.label("platform"))
        .join(ranked, ranked.c.id == Park.id)
        .outerjoin(Platform, Platform.id == Park.platform_id)
    )
    return [
        Hit(kind=wanted.kind, page_id=row.id, title=row.name, note=row.platform or "", is_demo=row.is_demo)
        for row in session.execute(wanted.first(query, ranked))
    ]


def _chains(session: Session, _actor: Actor, wanted: _Asked) -> list[Hit]:
    ranked = wanted.ranked(session, Chain, Chain.has_map)
    query = select(Chain.key, Chain.name, Chain.group).join(ranked, ranked.c.id == Chain.id)
    return [
        Hit(kind=wanted.kind, page_id=row.key, title=row.name, note=row.group or "")
        for row in session.execute(wanted.first(query, ranked))
    ]


def _segments(session: Session, _actor: Actor, wanted: _Asked) -> list[Hit]:
    mapped = Segment.chain_id.in_(select(Chain.id).where(Chain.has_map))
    ranked = wanted.ranked(session, Segment, mapped)
    child = aliased(Segment)
    # A group has no page of its own: its chain's stands for it.
    is_group = exists().where(child.parent_id == Segment.id)
    query = (
        select(
            Segment.name, Segment.key, Chain.key.label("chain_key"), Chain.name.label("chain"), is_group.label("group")
        )
        .join(ranked, ranked.c.id == Segment.id)
        .join(Chain, Chain.id == Segment.chain_id)
    )
    return [
        Hit(
            kind=wanted.kind,
            page_id=row.chain_key if row.group else f"{row.chain_key}/{row.key}",
            title=row.name,
            note=row.chain,
        )
        for row in session.execute(wanted.first(query, ranked))
    ]


def _policies(session: Session, _actor: Actor, wanted: _Asked) -> list[Hit]:
    ranked = wanted.ranked(session, Policy, Policy.id.is_not(None))
    query = select(Policy.key, Policy.title, Policy.category, Policy.section).join(ranked, ranked.c.id == Policy.id)
    return [
        Hit(kind=wanted.kind, page_id=row.key, title=row.title, number=row.section, note=row.category)
        for row in session.execute(wanted.first(query, ranked))
    ]


_Answer = Callable[[Session, Actor, _Asked], list[Hit]]

#: In the order in which they are shown.
_ANSWERS: dict[SearchKind, tuple[Permission, _Answer]] = {
    SearchKind.LEAD: (Permission.LEADS_VIEW, _leads),
    SearchKind.PROJECT: (Permission.PROJECTS_VIEW, _projects),
    SearchKind.ENTERPRISE: (Permission.ENTERPRISES_VIEW, _enterprises),
    SearchKind.CONTACT: (Permission.CONTACTS_REVEAL, _contacts),
    SearchKind.PARK: (Permission.PARKS_VIEW, _parks),
    SearchKind.CHAIN: (Permission.CHAINS_VIEW, _chains),
    SearchKind.SEGMENT: (Permission.CHAINS_VIEW, _segments),
    SearchKind.POLICY: (Permission.POLICIES_VIEW, _policies),
}
