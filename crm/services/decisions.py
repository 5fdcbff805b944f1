"""What is asked of the leaders about a project, one decision at a time, and their answer: noted and told (DOMAIN §7)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission, Role
from crm.domain.errors import Invalid, NotAllowed, Stale
from crm.domain.labels import N_
from crm.domain.text import clean_text
from crm.models import Person, Project
from crm.services import access, audit, notices, timeline
from crm.services.access import Actor

LENGTH = 500


def waiting(session: Session, actor: Actor, limit: int = 20) -> Sequence[Project]:
    """Projects in the actor's scope that wait for a leader's word, the longest waiting first."""
    query = (
        select(Project)
        .where(access.project_scope(actor), Project.decision_asked.is_not(None), Project.decision_asked != "")
        .options(joinedload(Project.enterprise), joinedload(Project.owner), joinedload(Project.section))
        .order_by(Project.updated_at, Project.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def ask(session: Session, actor: Actor, project_id: int, question: str, version: int) -> Project:
    """Put one question to the leaders, or (empty) take it back. It stands on their weekly page until answered."""
    project = access.project(session, actor, project_id)
    if not access.may_edit_project(actor, project):
        raise NotAllowed(N_("这个项目由他人负责，您可以查看，不能修改。"))
    _check_version(project, version)
    text = clean_text(question, LENGTH, "question", multiline=True)
    before = project.decision_asked or ""
    if text == before:
        return project
    project.decision_asked = text or None
    session.flush()
    kind = "decision.asked" if text else "decision.cleared"
    timeline.note(session, actor, kind, project.lead, project_id=project.id, note=text or before)
    audit.record(session, actor.id, kind, ("project", project.id), {"decision": before or None}, {"decision": text})
    if text:
        leaders = session.scalars(select(Person.id).where(Person.role == Role.LEADER, Person.is_active)).all()
        _tell(session, actor, leaders, kind, project, text)
    return project


def give(session: Session, actor: Actor, project_id: int, answer: str, version: int) -> Project:
    """A leader answers: the answer stands in the timeline, owner and section chief are told, the question is closed."""
    access.require(actor, Permission.DECISIONS_GIVE)
    project = access.project(session, actor, project_id)
    _check_version(project, version)
    if not project.decision_asked:
        raise Invalid("", N_("这个项目没有待决定的事，可能刚被撤回。"))
    text = clean_text(answer, LENGTH, "answer", multiline=True)
    if not text:
        raise Invalid("answer", N_("请写决定。"))
    asked, project.decision_asked = project.decision_asked, None
    session.flush()
    timeline.note(session, actor, "decision.given", project.lead, project_id=project.id, asked=asked, note=text)
    subject = ("project", project.id)
    audit.record(session, actor.id, "decision.given", subject, {"decision": asked}, {"answer": text})
    chiefs = select(Person.id).where(
        Person.role == Role.CHIEF, Person.is_active, Person.section_id == project.section_id
    )
    _tell(session, actor, [project.owner_id, *session.scalars(chiefs)], "decision.given", project, text)
    return project


def _check_version(project: Project, version: int) -> None:
    if project.version != version:
        raise Stale(N_("这个项目刚被别人改过，您填的都在；请对照最新内容再提交。"))


def _tell(session: Session, actor: Actor, people: Sequence[int | None], kind: str, project: Project, note: str) -> None:
    key = f"{kind}:{project.id}:{project.version}"
    words = {"number": project.number, "by": actor.name, "enterprise": project.enterprise.name, "note": note}
    notices.tell(session, set(people) - {actor.id, None}, kind, key, ("project", project.id), **words)
