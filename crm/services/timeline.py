"""Writing and reading the activity log: timelines show it, weekly reports are its difference between two instants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from crm.infra.clock import now
from crm.models import Activity, Comment, Lead, Person, Project
from crm.services.access import Actor

#: Events on one page of a timeline.
PAGE = 40

#: Kinds that count as contact, visit, document or stage change (DOMAIN §6); a mere edit does not.
SUBSTANTIVE = frozenset(
    {
        "lead.created",
        "lead.enquired",
        "lead.screened",
        "follow_up.done",
        "referrer.told",
        "introduction.sent",
        "introduction.viewing",
        "introduction.accepted",
        "introduction.declined",
        "project.stage",
        "project.returned",
        "file.added",
    }
)


class Show(StrEnum):
    """What a timeline is narrowed to."""

    SUBSTANTIVE = "substantive"
    ALL = "all"
    COMMENTS = "comments"
    FILES = "files"


_KINDS: Mapping[Show, tuple[str, ...]] = {
    Show.COMMENTS: ("comment.written",),
    Show.FILES: ("file.added", "file.removed"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a timeline: its comments by id, names of who is mentioned, the event before which the next begins."""

    events: Sequence[Activity]
    comments: Mapping[int, Comment] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    #: How many comments stand on the lead, whatever is shown.
    comment_count: int = 0
    more: int | None = None


def note(
    session: Session,
    actor: Actor | None,
    kind: str,
    lead: Lead | None = None,
    *,
    at: datetime | None = None,
    project_id: int | None = None,
    park_id: int | None = None,
    introduction_id: int | None = None,
    **params: object,
) -> Activity:
    """Add one event and move the lead's silence clock if the kind is substantive."""
    moment = at or now()
    substantive = kind in SUBSTANTIVE
    event = Activity(
        at=moment,
        actor_id=actor.id if actor else None,
        kind=kind,
        lead_id=lead.id if lead else None,
        project_id=project_id,
        park_id=park_id,
        introduction_id=introduction_id,
        section_id=lead.section_id if lead else (actor.section_id if actor else None),
        params=params,
        is_substantive=substantive,
        is_demo=bool(lead and lead.is_demo) or bool(actor and actor.is_demo),
    )
    session.add(event)
    if lead is not None and substantive and lead.last_activity_at < moment:
        lead.last_activity_at = moment
    return event


def of_lead(session: Session, lead_id: int, show: Show = Show.ALL, *, before: int | None = None) -> Page:
    """Events of one lead, newest first. The caller has loaded the lead through `access.lead`."""
    return _page(session, Activity.lead_id == lead_id, lead_id, show, before)


def of_project(session: Session, project: Project, show: Show = Show.ALL, *, before: int | None = None) -> Page:
    """Events of a project and of the lead it grew from. The caller has loaded it through `access.project`."""
    own = Activity.project_id == project.id
    if project.lead_id is not None:
        own = or_(own, Activity.lead_id == project.lead_id)
    return _page(session, own, project.lead_id, show, before)


def _page(session: Session, own: ColumnElement[bool], lead_id: int | None, show: Show, before: int | None) -> Page:
    count = select(func.count(Comment.id)).where(Comment.lead_id == lead_id, Comment.removed_at.is_(None))
    # Comments and their number come along with the events: neither costs a statement.
    query = (
        select(Activity, Comment, count.scalar_subquery())
        .outerjoin(Comment, Comment.id == Activity.params["comment_id"].as_integer())
        .where(own)
    )
    if show is Show.SUBSTANTIVE:
        query = query.where(Activity.is_substantive)
    elif show in _KINDS:
        query = query.where(Activity.kind.in_(_KINDS[show]))
    if before is not None:
        last = aliased(Activity)
        at = select(last.at).where(last.id == before).scalar_subquery()
        query = query.where(or_(Activity.at < at, and_(Activity.at == at, Activity.id < before)))
    query = query.options(joinedload(Activity.actor)).order_by(Activity.at.desc(), Activity.id.desc())
    found = session.execute(query.limit(PAGE + 1)).all()
    events = [event for event, _comment, _count in found[:PAGE]]
    comments = {comment.id: comment for _event, comment, _count in found[:PAGE] if comment is not None}
    return Page(
        events=events,
        comments=comments,
        names=_names(session, {person_id for comment in comments.values() for person_id in comment.mentions}),
        comment_count=found[0][2] if found else session.scalar(count) or 0,
        more=events[-1].id if len(found) > PAGE else None,
    )


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    """Names of people by id; those whom the page has loaded already cost no statement."""
    loaded = {row.id: row.name for row in session.identity_map.values() if isinstance(row, Person) and row.id in ids}
    missing = ids - set(loaded)
    if missing:
        loaded |= dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(missing))).all())
    return loaded


def of_introduction(session: Session, introduction_id: int, *, limit: int = 50) -> list[Activity]:
    """Events of one introduction, newest first. The caller has loaded it through `access.introduction`."""
    query = (
        select(Activity)
        .where(Activity.introduction_id == introduction_id)
        .options(joinedload(Activity.actor))
        .order_by(Activity.at.desc(), Activity.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))
