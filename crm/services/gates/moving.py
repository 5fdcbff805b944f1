"""Moving a project: forwards through one gate, with the chief's word where the gate asks for it; backwards with a reason.

`move` is the one way to another stage, whether a form, the board or a bulk action asks. It either takes the step, or
asks the chief for it, or raises `GateClosed`, which carries what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission, Role
from crm.domain.errors import Invalid, Stale
from crm.domain.gates import Definitions, GateCheck
from crm.domain.labels import N_, label
from crm.domain.pipeline import RequestState, SideState, Stage
from crm.domain.sentences import Sentence
from crm.domain.text import clean_text
from crm.infra.clock import now
from crm.infra.storage import FileStore
from crm.models import Lead, Person, Project, StageChange, StageRequest
from crm.services import access, audit, notices, segment_changes, timeline
from crm.services.access import Actor
from crm.services.gates import facts, proof, resigning
from crm.services.gates.asking import check_with
from crm.services.gates.definitions import in_force
from crm.services.gates.passing import after_entering
from crm.services.gates.proof import Proof
from crm.services.gates.resigning import Resigning

REASON_LENGTH = 500
OVERTAKEN = N_("这个项目刚被别人改过，请对照最新内容再提交。")


class GateClosed(Invalid):
    """The step cannot be taken; `check` says what is missing. The sentence says how much."""

    def __init__(self, found: GateCheck) -> None:
        if found.barred is not None:
            super().__init__("to_stage", found.barred.msgid, **found.barred.params)
        else:
            stage = Sentence(label(found.to_stage))
            super().__init__("to_stage", N_("进入%(stage)s还缺 %(count)d 项。"), stage=stage, count=found.lacking)
        self.check = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where to, what is known for it, why (backwards: required), and the version of the project that was shown."""

    to_stage: Stage
    facts: Mapping[str, object] = field(default_factory=dict)
    evidence: Sequence[Proof] = ()
    reason: str = ""
    version: int | None = None
    #: What a second contract of one enterprise is; asked for by `MustAnswer`.
    resigning: Resigning | None = None


def move(
    session: Session, actor: Actor, project_id: int, command: Move, store: FileStore | None = None
) -> Project | StageRequest:
    """Take the step, or ask the chief to let it be taken.

    NotFound, NotAllowed, Stale; GateClosed with what is missing; Invalid by field. `store` is needed for files.
    """
    project = _editable(session, actor, project_id, command.version)
    if project.side_state is not SideState.ACTIVE:
        raise Invalid(
            "to_stage", N_("项目现在是「%(state)s」，先恢复推进。"), state=Sentence(label(project.side_state))
        )
    reason = clean_text(command.reason, REASON_LENGTH, "reason", multiline=True)
    if command.to_stage is project.stage:
        raise Invalid("to_stage", N_("项目已经在这个阶段。"))
    if command.to_stage.order < project.stage.order:
        return _back(session, actor, project, command.to_stage, reason)
    definitions = in_force(session)
    _take_down(session, actor, project, definitions, command, store)
    found = check_with(definitions, project, command.to_stage, proof.kinds_of(session, [project.id])[project.id])
    if not found.is_open:
        raise GateClosed(found)
    waiting = request_of(session, project.id)
    if waiting is not None:
        raise Invalid("to_stage", N_("已经在等科长审批；要改去向，先撤回申请。"))
    if command.to_stage is Stage.SIGNED:
        resigning.insist(session, actor, project)
    if found.needs_approval and not actor.may(Permission.PROJECTS_APPROVE):
        return _ask(session, actor, project, definitions, command.to_stage, reason)
    approver = actor.id if found.needs_approval else None
    return enter(session, actor, project, definitions, command.to_stage, reason, approved_by_id=approver)


def give(
    session: Session,
    actor: Actor,
    project_id: int,
    command: Move,
    store: FileStore | None = None,
) -> GateCheck:
    """Write down facts and evidence for a step without taking it; returns what the step still lacks."""
    project = _editable(session, actor, project_id, command.version)
    definitions = in_force(session)
    _take_down(session, actor, project, definitions, command, store)
    session.flush()
    return check_with(definitions, project, command.to_stage, proof.kinds_of(session, [project.id])[project.id])


def request_of(session: Session, project_id: int) -> StageRequest | None:
    """The request of a project that waits for the chief; the caller has loaded the project."""
    query = select(StageRequest).where(StageRequest.project_id == project_id, StageRequest.state == RequestState.ASKED)
    return session.scalar(query)


def enter(
    session: Session,
    actor: Actor,
    project: Project,
    definitions: Definitions,
    to_stage: Stage,
    reason: str = "",
    *,
    approved_by_id: int | None = None,
) -> Project:
    """The step itself: for use cases that have asked every question about it."""
    before, moment = project.stage, now()
    project.stage, project.stage_since, project.last_activity_at = to_stage, moment, moment
    facts.seal(project, definitions)
    _write_step(session, actor, project, before, reason, definitions.version, approved_by_id)
    if to_stage is Stage.SIGNED:
        resigning.apply(session, actor, project)
    after_entering(session, actor, project, definitions)
    session.flush()
    segment_changes.after_move(session, project, before)
    return project


def _back(session: Session, actor: Actor, project: Project, to_stage: Stage, reason: str) -> Project:
    """A step backwards: what was signed, started or produced counts no longer, and everything stays written down."""
    if not reason:
        raise Invalid("reason", N_("退回要写明原因。"))
    waiting = request_of(session, project.id)
    if waiting is not None:
        waiting.state, waiting.decided_at, waiting.decision = RequestState.WITHDRAWN, now(), reason
    definitions = in_force(session)
    before = project.stage
    facts.unseal(project, definitions, to_stage)
    project.stage, project.stage_since, project.last_activity_at = to_stage, now(), now()
    _write_step(session, actor, project, before, reason, definitions.version, None)
    session.flush()
    segment_changes.after_move(session, project, before)
    return project


def _write_step(
    session: Session,
    actor: Actor,
    project: Project,
    before: Stage,
    reason: str,
    gate_version: int,
    approved_by_id: int | None,
) -> None:
    moment = project.stage_since
    session.add(
        StageChange(
            project_id=project.id,
            from_stage=before,
            to_stage=project.stage,
            at=moment,
            actor_id=actor.id,
            reason=reason or None,
            gate_version=gate_version,
            approved_by_id=approved_by_id,
            is_demo=project.is_demo,
        )
    )
    is_back = project.stage.order < before.order
    timeline.note(
        session,
        actor,
        "project.returned" if is_back else "project.stage",
        lead_of(session, project),
        at=moment,
        project_id=project.id,
        stage=project.stage.value,
        **({"note": reason} if reason else {}),
    )
    audit.record(
        session,
        actor.id,
        "project.moved",
        ("project", project.id),
        before={"stage": before.value},
        after={"stage": project.stage.value, "reason": reason, "gates": gate_version, "approved_by": approved_by_id},
    )


def _ask(
    session: Session, actor: Actor, project: Project, definitions: Definitions, to_stage: Stage, note: str
) -> StageRequest:
    row = StageRequest(
        project_id=project.id,
        from_stage=project.stage,
        to_stage=to_stage,
        gate_version=definitions.version,
        state=RequestState.ASKED,
        note=note or None,
        asked_by_id=actor.id,
        asked_at=now(),
        is_demo=project.is_demo,
    )
    session.add(row)
    session.flush()
    lead = lead_of(session, project)
    timeline.note(session, actor, "stage.asked", lead, project_id=project.id, stage=to_stage.value, note=note)
    chiefs = select(Person.id).where(
        Person.role == Role.CHIEF, Person.section_id == project.section_id, Person.is_active
    )
    notices.tell(
        session,
        session.scalars(chiefs),
        "stage.asked",
        f"stage.asked:{row.id}",
        ("project", project.id),
        number=project.number,
        by=actor.name,
        stage=to_stage.value,
    )
    after = {"from": project.stage.value, "to": to_stage.value, "gates": definitions.version}
    audit.record(session, actor.id, "stage.asked", ("project", project.id), after=after)
    return row


def _editable(session: Session, actor: Actor, project_id: int, version: int | None) -> Project:
    access.require(actor, Permission.PROJECTS_EDIT)
    project = access.project(session, actor, project_id, edit=True)
    if version is not None and project.version != version:
        raise Stale(OVERTAKEN)
    return project


def _take_down(
    session: Session,
    actor: Actor,
    project: Project,
    definitions: Definitions,
    command: Move,
    store: FileStore | None,
) -> None:
    changed = facts.take(session, project, definitions, command.facts)
    if changed:
        before = {key: pair[0] for key, pair in changed.items()}
        after = {key: pair[1] for key, pair in changed.items()}
        audit.record(session, actor.id, "project.facts", ("project", project.id), before, after)
        timeline.note(
            session,
            actor,
            "project.facts",
            lead_of(session, project),
            project_id=project.id,
            count=len(changed),
            facts=sorted(changed),
        )
    if command.resigning is not None:
        resigning.take(session, project, command.resigning)
    for each in command.evidence:
        proof.hand_in(session, actor, project, definitions, each, store)


def lead_of(session: Session, project: Project) -> Lead | None:
    """The lead that a project grew from: its timeline is the project's."""
    return session.get(Lead, project.lead_id) if project.lead_id is not None else None
