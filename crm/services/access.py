"""Who the actor is, and the only ways to load a record: each with the person's scope (DOMAIN §2).

A record outside the scope raises NotFound, exactly like one that does not exist. Lists, counts and searches start
from the same `*_scope` conditions, so that no list can show what a page would refuse.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission, Role, allowed
from crm.domain.errors import NotAllowed, NotFound
from crm.domain.labels import N_
from crm.models import (
    Contact,
    Enterprise,
    FollowUp,
    GapTarget,
    Introduction,
    Lead,
    Park,
    ParkManager,
    Person,
    Placement,
    Project,
    Segment,
)

_GONE = N_("没有这条记录，或您无权查看。")


@dataclass(frozen=True, slots=True)
class Actor:
    """The person on whose behalf a use case runs. Built once per request or job."""

    id: int
    name: str
    role: Role
    section_id: int | None = None
    section_name: str | None = None
    #: Parks kept by a park manager; empty for everybody else.
    park_ids: frozenset[int] = field(default_factory=frozenset)
    locale: str = "zh"
    is_demo: bool = False

    def may(self, permission: Permission) -> bool:
        return allowed(self.role, permission)


def actor_for(session: Session, person_id: int) -> Actor:
    """The actor of an active account; raises NotFound for a closed one."""
    person = session.get(Person, person_id, options=[joinedload(Person.section)])
    if person is None or not person.is_active:
        raise NotFound(_GONE)
    return actor_of(session, person)


def actor_of(session: Session, person: Person) -> Actor:
    """The actor of a loaded person; one statement more for park managers only."""
    parks: frozenset[int] = frozenset()
    if person.role is Role.PARK_MANAGER:
        parks = frozenset(session.scalars(select(ParkManager.park_id).where(ParkManager.person_id == person.id)))
    return Actor(
        id=person.id,
        name=person.name,
        role=person.role,
        section_id=person.section_id,
        section_name=person.section.name if person.section else None,
        park_ids=parks,
        locale=person.locale,
        is_demo=person.is_demo,
    )


def require(actor: Actor, permission: Permission) -> None:
    """Raise NotAllowed unless the actor's role has the permission."""
    if not actor.may(permission):
        raise NotAllowed(N_("您的角色不能做这件事。"))


def lead_scope(actor: Actor) -> ColumnElement[bool]:
    """Condition on `Lead`: officers and chiefs see their section's, leaders all; park managers never a lead itself.

    A lead of no section yet (an enquiry of the public site) is seen by every officer and chief: somebody must take it.
    """
    if not actor.may(Permission.LEADS_VIEW):
        return false()
    # What was merged into another record is shown by that record alone.
    alive = Lead.merged_into_id.is_(None)
    if actor.role is Role.LEADER:
        return alive
    return and_(
        alive,
        or_(
            Lead.section_id.is_(None),
            Lead.section_id == actor.section_id,
            Lead.owner_id == actor.id,
            Lead.registered_by_id == actor.id,
        ),
    )


def sees_lead(person: Actor | Person, lead: Lead) -> bool:
    """`lead_scope` asked of one loaded lead, for telling people apart; a test holds the two together."""
    if not allowed(person.role, Permission.LEADS_VIEW) or lead.merged_into_id is not None:
        return False
    return (
        person.role is Role.LEADER
        or lead.section_id in (None, person.section_id)
        or person.id in (lead.owner_id, lead.registered_by_id)
    )


def project_scope(actor: Actor) -> ColumnElement[bool]:
    """Condition on `Project`, by the same rule as leads; chain teams read all projects of their chains."""
    if not actor.may(Permission.PROJECTS_VIEW):
        return false()
    if actor.role in (Role.LEADER, Role.CHAIN_TEAM):
        return true()
    return or_(Project.section_id == actor.section_id, Project.owner_id == actor.id)


def introduction_scope(actor: Actor) -> ColumnElement[bool]:
    """Condition on `Introduction` joined with its `Lead`: a park's own, or those of leads one may see."""
    if actor.role is Role.PARK_MANAGER:
        return Introduction.park_id.in_(actor.park_ids)
    if not actor.may(Permission.INTRODUCTIONS_VIEW):
        return false()
    return Introduction.lead_id.in_(select(Lead.id).where(lead_scope(actor)))


def may_edit_lead(actor: Actor, lead: Lead) -> bool:
    """Owner, whoever logged it while nobody owns it, and the section's chief may change a lead they can see."""
    if not actor.may(Permission.LEADS_EDIT):
        return False
    if lead.pooled_at is not None:
        # Everybody's to read, nobody's to change: whoever wants it claims it first.
        return False
    if actor.role is Role.CHIEF:
        return lead.section_id is None or lead.section_id == actor.section_id
    return lead.owner_id == actor.id or (lead.owner_id is None and lead.section_id in (None, actor.section_id))


def may_edit_project(actor: Actor, project: Project) -> bool:
    """The owner, the section while nobody owns it, and the section's chief may change a project they can see."""
    if not actor.may(Permission.PROJECTS_EDIT):
        return False
    if actor.role is Role.CHIEF:
        return project.section_id is None or project.section_id == actor.section_id
    return project.owner_id == actor.id or (project.owner_id is None and project.section_id == actor.section_id)


def lead(session: Session, actor: Actor, lead_id: int, *, edit: bool = False) -> Lead:
    """Load one lead. NotFound outside the scope; with `edit`, NotAllowed where it can be read but not changed."""
    found = session.scalar(
        select(Lead)
        .where(Lead.id == lead_id, lead_scope(actor))
        .options(
            joinedload(Lead.enterprise),
            joinedload(Lead.contact),
            joinedload(Lead.owner),
            joinedload(Lead.section),
            joinedload(Lead.segment).joinedload(Segment.chain),
            joinedload(Lead.project),
        )
    )
    if found is None:
        raise NotFound(_GONE)
    if edit and not may_edit_lead(actor, found):
        if found.pooled_at is not None:
            raise NotAllowed(N_("这条线索在公海，请先领取。"))
        raise NotAllowed(N_("这条线索由他人负责，您可以查看，不能修改。"))
    return found


def follow_up(session: Session, actor: Actor, follow_up_id: int, *, edit: bool = False) -> FollowUp:
    """Load one follow-up through its lead's scope."""
    found = session.get(FollowUp, follow_up_id)
    if found is None:
        raise NotFound(_GONE)
    found_lead = lead(session, actor, found.lead_id)
    if edit and found.owner_id != actor.id and not may_edit_lead(actor, found_lead):
        raise NotAllowed(N_("这条跟进由他人负责，您可以查看，不能修改。"))
    return found


def introduction(session: Session, actor: Actor, introduction_id: int) -> Introduction:
    """Load one introduction: the sender's side through the lead, the park's side through the park."""
    found = session.scalar(
        select(Introduction)
        .where(Introduction.id == introduction_id, introduction_scope(actor))
        .options(joinedload(Introduction.lead).joinedload(Lead.enterprise), joinedload(Introduction.park))
    )
    if found is None:
        raise NotFound(_GONE)
    return found


def park_scope(actor: Actor) -> ColumnElement[bool]:
    """Condition on `Park`: a manager's own parks; everybody else with the permission sees all."""
    if not actor.may(Permission.PARKS_VIEW):
        return false()
    if actor.role is Role.PARK_MANAGER:
        return Park.id.in_(actor.park_ids)
    return true()


def park(session: Session, actor: Actor, park_id: int, *, edit: bool = False) -> Park:
    """Load one park. With `edit`, NotAllowed for everybody but its managers."""
    found = session.scalar(select(Park).where(Park.id == park_id, park_scope(actor)).options(joinedload(Park.platform)))
    if found is None:
        raise NotFound(_GONE)
    if edit and not (actor.may(Permission.PARKS_EDIT) and found.id in actor.park_ids):
        raise NotAllowed(N_("只有这个园区的管理员可以改它的房源。"))
    return found


def project(session: Session, actor: Actor, project_id: int, *, edit: bool = False) -> Project:
    """Load one project. NotFound outside the scope; with `edit`, NotAllowed where it can be read but not changed."""
    found = session.scalar(
        select(Project)
        .where(Project.id == project_id, project_scope(actor))
        .options(
            joinedload(Project.enterprise),
            joinedload(Project.segment),
            joinedload(Project.park),
            joinedload(Project.owner),
            joinedload(Project.section),
        )
    )
    if found is None:
        raise NotFound(_GONE)
    if edit and not may_edit_project(actor, found):
        raise NotAllowed(N_("这个项目由他人负责，您可以查看，不能修改。"))
    return found


def project_or_none(session: Session, actor: Actor, project_id: int | None) -> Project | None:
    """A project that another record points to, if there is one that the actor may see."""
    if project_id is None:
        return None
    return session.scalar(select(Project).where(Project.id == project_id, project_scope(actor)))


def enterprise(session: Session, actor: Actor, enterprise_id: int) -> Enterprise:
    """Load one enterprise: named by the source, placed on a chain, or behind a lead or project one may see."""
    found = session.scalar(select(Enterprise).where(Enterprise.id == enterprise_id, enterprise_scope(actor)))
    if found is None:
        raise NotFound(_GONE)
    return found


def enterprise_scope(actor: Actor) -> ColumnElement[bool]:
    """Condition on `Enterprise`: public ones (seeded from the source), those placed on a chain, which every map shows,
    those that one goes after, and those behind records one may see.
    """
    if not actor.may(Permission.ENTERPRISES_VIEW):
        return false()
    alive = Enterprise.merged_into_id.is_(None)
    if actor.role is Role.LEADER:
        return alive
    return and_(
        alive,
        or_(
            Enterprise.key.is_not(None),
            # None would mean "of no section", which is every enterprise.
            Enterprise.section_id == actor.section_id if actor.section_id is not None else false(),
            # Asked row by row: gathering a whole section's enterprises first would cost each search 50 ms.
            exists().where(Placement.enterprise_id == Enterprise.id),
            exists().where(GapTarget.enterprise_id == Enterprise.id, own_target(actor)),
            exists().where(Lead.enterprise_id == Enterprise.id, lead_scope(actor)),
            exists().where(Project.enterprise_id == Enterprise.id, project_scope(actor)),
        ),
    )


def own_target(actor: Actor) -> ColumnElement[bool]:
    """Condition on `GapTarget`: listed by the own section or by oneself, or one's own to contact."""
    own = [GapTarget.owner_id == actor.id, GapTarget.added_by_id == actor.id]
    if actor.section_id is not None:
        own.append(GapTarget.section_id == actor.section_id)
    return or_(*own)


def contact_scope(actor: Actor) -> ColumnElement[bool]:
    """Condition on `Contact`: those that the own section entered, and those of leads of no section yet; leaders all."""
    if not actor.may(Permission.CONTACTS_VIEW):
        return false()
    alive = Contact.merged_into_id.is_(None)
    if actor.role is Role.LEADER:
        return alive
    untaken = and_(Contact.section_id.is_(None), Contact.id.in_(select(Lead.contact_id).where(lead_scope(actor))))
    return and_(alive, or_(Contact.section_id == actor.section_id, untaken))
