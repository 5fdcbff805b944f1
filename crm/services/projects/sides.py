"""Side states (DOMAIN §4): on hold, lost before the contract, terminated after it, transferred; and back again.

A loss names its reason and the one unmet requirement with its value: that feeds the lost-demand ledger (DOMAIN §8.1).
Nothing is deleted: the trail keeps what a revived project once was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.errors import Invalid, Stale
from crm.domain.labels import N_, label
from crm.domain.pipeline import LossReason, RequestState, SideState, Stage, UnmetRequirement, requirements_of
from crm.domain.sentences import Sentence
from crm.domain.text import clean_text
from crm.infra.clock import now, today
from crm.models import Lead, Project, StageRequest
from crm.services import access, audit, segment_changes, timeline
from crm.services.access import Actor

REASON_LENGTH = 500
VALUE_LENGTH = 120
#: A project on hold is looked at again within a year, or it is lost.
LONGEST_HOLD_DAYS = 366
#: It walks no more, and counts as gone.
ENDED = (SideState.LOST, SideState.TERMINATED, SideState.TRANSFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Where to and why: on hold with the day of the next look; lost or terminated with what was not met."""

    to: SideState
    reason: str
    review_on: date | None = None
    loss_reason: LossReason | None = None
    requirement: UnmetRequirement | None = None
    value: str = ""
    version: int | None = None


def put_aside(session: Session, actor: Actor, project_id: int, command: Aside) -> Project:
    """Take a project out of the walk. Stale; Invalid(`to`, `reason`, `review_on`, `loss_reason`, `requirement`,
    `value`). A request that waits for the chief is withdrawn with it."""
    project = _editable(session, actor, project_id, command.version)
    reason = clean_text(command.reason, REASON_LENGTH, "reason", multiline=True)
    value = clean_text(command.value, VALUE_LENGTH, "value")
    _judge(project, command, reason, value)
    before = _state(project)
    project.side_state, project.side_reason = command.to, reason
    project.review_on = command.review_on if command.to is SideState.ON_HOLD else None
    if command.to in ENDED:
        project.lost_on = today()
        project.loss_reason = command.loss_reason
        project.unmet_requirement, project.unmet_value = command.requirement, value or None
    waiting = select(StageRequest).where(
        StageRequest.project_id == project.id, StageRequest.state == RequestState.ASKED
    )
    for request in session.scalars(waiting):
        request.state, request.decided_at, request.decision = RequestState.WITHDRAWN, now(), reason
    session.flush()
    params: dict[str, object] = {"side": command.to.value, "note": reason}
    if command.loss_reason is not None:
        params["reason"] = command.loss_reason.value
    if command.requirement is not None:
        params |= {"requirement": command.requirement.value, "value": value}
    timeline.note(session, actor, "project.side", _lead(session, project), project_id=project.id, **params)
    audit.record(session, actor.id, "project.side", ("project", project.id), before, _state(project))
    segment_changes.after_aside(session, project)
    return project


def revive(session: Session, actor: Actor, project_id: int, reason: str, version: int | None = None) -> Project:
    """Let a project walk again from the stage where it stood (盘活); the reason is required."""
    project = _editable(session, actor, project_id, version)
    if project.side_state is SideState.ACTIVE:
        raise Invalid("reason", N_("项目本来就在推进。"))
    why = clean_text(reason, REASON_LENGTH, "reason", multiline=True)
    if not why:
        raise Invalid("reason", N_("请写明为什么恢复推进。"))
    before = _state(project)
    project.side_state = SideState.ACTIVE
    project.side_reason = project.review_on = project.lost_on = None
    project.loss_reason = project.unmet_requirement = project.unmet_value = None
    project.last_activity_at = now()
    session.flush()
    timeline.note(session, actor, "project.revived", _lead(session, project), project_id=project.id, note=why)
    audit.record(session, actor.id, "project.revived", ("project", project.id), before, {"reason": why})
    segment_changes.after_aside(session, project)
    return project


def _judge(project: Project, command: Aside, reason: str, value: str) -> None:
    if project.side_state is command.to:
        raise Invalid("to", N_("项目已经是这个状态。"))
    if command.to is SideState.ACTIVE or project.side_state in ENDED:
        raise Invalid("to", N_("项目现在是「%(state)s」，先恢复推进。"), state=Sentence(label(project.side_state)))
    is_signed = project.stage.order >= Stage.SIGNED.order
    if command.to is SideState.LOST and is_signed:
        raise Invalid("to", N_("签约以后退出的，记为清退。"))
    if command.to is SideState.TERMINATED and not is_signed:
        raise Invalid("to", N_("还没有签约，退出记为流失。"))
    if not reason:
        raise Invalid("reason", N_("请写明原因。"))
    if command.to is SideState.ON_HOLD:
        _judge_review(command.review_on)
    if command.to in (SideState.LOST, SideState.TERMINATED):
        _judge_loss(command, value)


def _judge_review(review_on: date | None) -> None:
    if review_on is None:
        raise Invalid("review_on", N_("请定一个复看日期，到期会提醒。"))
    if not 0 < (review_on - today()).days <= LONGEST_HOLD_DAYS:
        raise Invalid("review_on", N_("复看日期要在明天以后、一年以内。"))


def _judge_loss(command: Aside, value: str) -> None:
    if command.loss_reason is None:
        raise Invalid("loss_reason", N_("请选主要原因。"))
    fitting = requirements_of(command.loss_reason)
    if command.requirement is None:
        if fitting:
            raise Invalid("requirement", N_("请选唯一没有满足的那一项。"))
        return
    if fitting and command.requirement not in fitting:
        raise Invalid("requirement", N_("这一项和主要原因对不上。"))
    if not value:
        raise Invalid("value", N_("请写明要求的数值，例如「楼面荷载 1.5 吨/㎡」。"))


def _state(project: Project) -> dict[str, object]:
    """What the trail keeps of a side state."""
    return {
        "side": project.side_state.value,
        "reason": project.side_reason,
        "review_on": project.review_on.isoformat() if project.review_on else None,
        "lost_on": project.lost_on.isoformat() if project.lost_on else None,
        "loss_reason": project.loss_reason.value if project.loss_reason else None,
        "requirement": project.unmet_requirement.value if project.unmet_requirement else None,
        "value": project.unmet_value,
    }


def _editable(session: Session, actor: Actor, project_id: int, version: int | None) -> Project:
    access.require(actor, Permission.PROJECTS_EDIT)
    project = access.project(session, actor, project_id, edit=True)
    if version is not None and project.version != version:
        raise Stale(N_("这个项目刚被别人改过，请对照最新内容再提交。"))
    return project


def _lead(session: Session, project: Project) -> Lead | None:
    return session.get(Lead, project.lead_id) if project.lead_id is not None else None
