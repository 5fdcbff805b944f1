"""Comments between colleagues on a lead or its project: they move no clock, and @ tells exactly who may read them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission
from crm.domain.errors import Duplicate, Invalid, NotAllowed, NotFound
from crm.domain.labels import N_
from crm.domain.mentions import mentions
from crm.domain.text import clean_text
from crm.infra.clock import now
from crm.models import Comment, Lead, Person
from crm.services import access, audit, notices, timeline
from crm.services.access import Actor

BODY_LENGTH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What somebody writes; `project_id` where it is written on the project's page."""

    body: str
    request_id: str | None = None
    project_id: int | None = None


def write(session: Session, actor: Actor, lead: Lead, remark: Remark) -> Comment:
    """Write a comment on a lead that the actor sees, and tell who is named in it; the same form again is one comment.

    Invalid (body) for an empty one, and for an @ of somebody who may not see the lead.
    """
    access.require(actor, Permission.COMMENTS_WRITE)
    if earlier := _by_request(session, actor, remark.request_id):
        return earlier
    body = clean_text(remark.body, BODY_LENGTH, "body", multiline=True)
    if not body:
        raise Invalid("body", N_("评论是空的，请写一句。"))
    if remark.project_id is not None and access.project(session, actor, remark.project_id).lead_id != lead.id:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    named = _named(session, lead, body)
    comment = Comment(
        request_id=remark.request_id,
        lead_id=lead.id,
        project_id=remark.project_id,
        author_id=actor.id,
        body=body,
        mentions=sorted(person.id for person in named),
        is_demo=lead.is_demo,
    )
    try:
        with session.begin_nested():
            session.add(comment)
    except IntegrityError:
        earlier = _by_request(session, actor, remark.request_id)
        if earlier is None:
            raise
        return earlier
    timeline.note(session, actor, "comment.written", lead, project_id=remark.project_id, comment_id=comment.id)
    audit.record(session, actor.id, "comment.written", ("lead", lead.id), after={"comment": comment.id})
    _tell(session, actor, lead, comment)
    return comment


def remove(session: Session, actor: Actor, comment_id: int) -> Comment:
    """Take back an own comment: the timeline keeps its place and says so, the words are no longer shown."""
    comment = load(session, actor, comment_id)
    if comment.author_id != actor.id:
        raise NotAllowed(N_("只能删自己写的评论。"))
    comment.removed_at = now()
    audit.record(session, actor.id, "comment.removed", ("lead", comment.lead_id), before={"comment": comment.id})
    return comment


def load(session: Session, actor: Actor, comment_id: int) -> Comment:
    """A comment through the scope of its lead; NotFound outside it, and for one that was taken back."""
    comment = session.get(Comment, comment_id)
    if comment is None or comment.removed_at is not None:
        raise NotFound(N_("没有这条评论，或您无权查看。"))
    access.lead(session, actor, comment.lead_id)
    return comment


def _named(session: Session, lead: Lead, body: str) -> list[Person]:
    """The people behind the @ of a text. A name that two share means those of them who see the lead."""
    if "@" not in body and "＠" not in body:
        return []
    query = select(Person).where(Person.is_active).options(joinedload(Person.section))
    by_name: dict[str, list[Person]] = {}
    for person in session.scalars(query):
        by_name.setdefault(person.name, []).append(person)
    found: dict[int, Person] = {}
    for mention in mentions(body, by_name):
        seeing = [person for person in by_name[mention.name] if access.sees_lead(person, lead)]
        if not seeing:
            sentence = N_("%(name)s看不到这条线索，不能 @：评论会泄露内容。请删去，或先转交。")
            raise Invalid("body", sentence, name=mention.name)
        found |= {person.id: person for person in seeing}
    return list(found.values())


def _tell(session: Session, actor: Actor, lead: Lead, comment: Comment) -> None:
    """Whoever is named gets a notice; so does the lead's owner, once, for what others write."""
    words = {"number": lead.number, "by": actor.name}
    named = set(comment.mentions) - {actor.id}
    notices.tell(session, named, "comment.mention", f"comment:{comment.id}", ("lead", lead.id), **words)
    if lead.owner_id is not None:
        owner = {lead.owner_id} - {actor.id} - named
        notices.tell(session, owner, "comment.written", f"comment:{comment.id}", ("lead", lead.id), **words)


def _by_request(session: Session, actor: Actor, request_id: str | None) -> Comment | None:
    if not request_id:
        return None
    found = session.scalar(select(Comment).where(Comment.request_id == request_id))
    if found is not None and found.author_id != actor.id:
        raise Duplicate(N_("这张表单已经由别人提交过，请重新打开页面。"))
    return found
