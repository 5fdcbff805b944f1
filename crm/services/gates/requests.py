"""The chief's word: requests for steps that need it, decided with a reason or taken back by who asked."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission
from crm.domain.errors import Invalid, NotAllowed, NotFound, Stale
from crm.domain.labels import N_
from crm.domain.pipeline import RequestState, Stage
from crm.domain.text import clean_text
from crm.infra.clock import now
from crm.models import Project, StageRequest
from crm.services import access, audit, notices, timeline
from crm.services.access import Actor
from crm.services.gates import proof, resigning
from crm.services.gates.asking import check_with
from crm.services.gates.definitions import in_force
from crm.services.gates.moving import REASON_LENGTH, GateClosed, enter, lead_of

_SETTLED = N_("这个申请已经有结果了，请看最新的项目页。")


def waiting(session: Session, actor: Actor, limit: int = 20) -> list[StageRequest]:
    """Requests that wait for this chief, the oldest first; none for whoever decides nothing."""
    if not actor.may(Permission.PROJECTS_APPROVE):
        return []
    query = (
        select(StageRequest)
        .join(StageRequest.project)
        .where(StageRequest.state == RequestState.ASKED, access.project_scope(actor))
        .options(joinedload(StageRequest.project).joinedload(Project.enterprise), joinedload(StageRequest.asked_by))
        .order_by(StageRequest.asked_at, StageRequest.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def requests_of(session: Session, project_id: int) -> list[StageRequest]:
    """All requests of a project, newest first; the caller has loaded it through `access.project`."""
    query = select(StageRequest).where(StageRequest.project_id == project_id).order_by(StageRequest.id.desc())
    return list(session.scalars(query.options(joinedload(StageRequest.asked_by), joinedload(StageRequest.decided_by))))


def approve(session: Session, actor: Actor, request_id: int, note: str, version: int) -> Project:
    """Let the step be taken. What it asks for is looked at once more: GateClosed if something is missing by now."""
    row, project = _to_decide(session, actor, request_id, version)
    definitions = in_force(session)
    found = check_with(definitions, project, row.to_stage, proof.kinds_of(session, [project.id])[project.id])
    if not found.is_open:
        raise GateClosed(found)
    if row.to_stage is Stage.SIGNED:
        resigning.insist(session, actor, project)
    words = clean_text(note, REASON_LENGTH, "decision", multiline=True)
    _decide(row, actor, RequestState.APPROVED, words)
    enter(session, actor, project, definitions, row.to_stage, words, approved_by_id=actor.id)
    _tell(session, actor, row, project, "stage.approved", words)
    return project


def refuse(session: Session, actor: Actor, request_id: int, note: str, version: int) -> Project:
    """Say no, with the reason; the project stays where it stands, and what was filled in stays with it."""
    row, project = _to_decide(session, actor, request_id, version)
    words = clean_text(note, REASON_LENGTH, "decision", multiline=True)
    if not words:
        raise Invalid("decision", N_("请写明为什么不同意，对方才知道补什么。"))
    _decide(row, actor, RequestState.REFUSED, words)
    _note(session, actor, row, project, "stage.refused", words)
    _tell(session, actor, row, project, "stage.refused", words)
    return project


def withdraw(session: Session, actor: Actor, request_id: int) -> Project:
    """Take a request back: by whoever may change the project."""
    row = _load(session, actor, request_id)
    project = access.project(session, actor, row.project_id, edit=True)
    if row.state is RequestState.WITHDRAWN:
        return project
    if row.state is not RequestState.ASKED:
        raise Stale(_SETTLED)
    _decide(row, actor, RequestState.WITHDRAWN, "")
    _note(session, actor, row, project, "stage.withdrawn", "")
    return project


def _load(session: Session, actor: Actor, request_id: int) -> StageRequest:
    row = session.scalar(
        select(StageRequest)
        .join(StageRequest.project)
        .where(StageRequest.id == request_id, access.project_scope(actor))
    )
    if row is None:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    return row


def _to_decide(session: Session, actor: Actor, request_id: int, version: int) -> tuple[StageRequest, Project]:
    access.require(actor, Permission.PROJECTS_APPROVE)
    row = _load(session, actor, request_id)
    project = access.project(session, actor, row.project_id)
    if not access.may_edit_project(actor, project):
        raise NotAllowed(N_("这个项目属于其他科室，由他们的科长审批。"))
    if row.state is not RequestState.ASKED or row.version != version or row.from_stage is not project.stage:
        raise Stale(_SETTLED)
    return row, project


def _decide(row: StageRequest, actor: Actor, state: RequestState, words: str) -> None:
    row.state, row.decided_by_id, row.decided_at, row.decision = state, actor.id, now(), words or None


def _note(session: Session, actor: Actor, row: StageRequest, project: Project, kind: str, words: str) -> None:
    lead = lead_of(session, project)
    timeline.note(session, actor, kind, lead, project_id=project.id, stage=row.to_stage.value, note=words)
    after = {"to": row.to_stage.value, "reason": words}
    audit.record(session, actor.id, kind, ("project", project.id), after=after)


def _tell(session: Session, actor: Actor, row: StageRequest, project: Project, kind: str, words: str) -> None:
    people = {row.asked_by_id, project.owner_id} - {None, actor.id}
    notices.tell(
        session,
        people,
        kind,
        f"{kind}:{row.id}",
        ("project", project.id),
        number=project.number,
        by=actor.name,
        stage=row.to_stage.value,
        note=words,
    )
