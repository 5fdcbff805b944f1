"""Projects of the reserve library: by batch, the row that a lead becomes, and its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission
from crm.domain.errors import Duplicate, Invalid
from crm.domain.labels import N_
from crm.domain.leads import LeadState
from crm.domain.pipeline import Batch, SideState, Stage, Track
from crm.domain.space import Tenure
from crm.infra.clock import now, today
from crm.models import Project, StageChange
from crm.services import access, audit, numbers, timeline
from crm.services.access import Actor


@dataclass(frozen=True, slots=True)
class Lane:
    """One batch with its projects; amounts in fen, of those that state one."""

    batch: Batch
    projects: tuple[Project, ...]
    amount_fen: int
    without_amount: int


def lanes(session: Session, actor: Actor, *, side_state: SideState | None = None) -> Mapping[Batch, Lane]:
    """Projects that the person may see, rolled up into the four batches; walking ones unless asked otherwise.

    One whose signing repeats another's counts nowhere.
    """
    query = (
        select(Project)
        .where(
            access.project_scope(actor),
            Project.side_state == (side_state or SideState.ACTIVE),
            Project.repeats_id.is_(None),
        )
        .options(joinedload(Project.enterprise), joinedload(Project.owner), joinedload(Project.segment))
        .order_by(Project.stage_since)
    )
    found = session.scalars(query).all()
    result = {}
    for batch in Batch:
        mine = tuple(p for p in found if p.stage.batch is batch)
        amounts = [amount_of(p) for p in mine]
        result[batch] = Lane(batch, mine, sum(a for a in amounts if a), sum(1 for a in amounts if a is None))
    return result


def amount_of(project: Project) -> int | None:
    """The signed amount once there is one, the planned investment before."""
    return project.signed_fen if project.signed_fen is not None else project.investment_fen


def promote(session: Session, actor: Actor, lead_id: int, *, gate_version: int | None = None) -> Project:
    """Make a project of a lead that was screened valid. Duplicate if it is one already.

    The gate in front of it is `services.gates.admit`, which people pass; this makes the row, and imports, whose
    projects were admitted elsewhere, come here.
    """
    access.require(actor, Permission.PROJECTS_EDIT)
    lead = access.lead(session, actor, lead_id, edit=True)
    if lead.state is not LeadState.VALID:
        raise Invalid("", N_("先筛查为「有效」，再转入储备库。"))
    # The series is locked first, so that two clicks find each other's project.
    series = numbers.lock_series(session, "CB", today().year)
    existing = session.scalar(select(Project).where(Project.lead_id == lead.id))
    if existing is not None:
        raise Duplicate(N_("这条线索已经在储备库里。"), existing_id=existing.id)
    moment = now()
    project = Project(
        number=numbers.take_number(series),
        lead_id=lead.id,
        enterprise_id=lead.enterprise_id,
        name=lead.enterprise.name,
        stage=Stage.RESERVE,
        stage_since=moment,
        track=Track.LAND if lead.tenure is Tenure.LAND else Track.CARRIER,
        grade=lead.grade,
        segment_id=lead.segment_id,
        owner_id=lead.owner_id,
        section_id=lead.section_id,
        investment_fen=lead.investment_fen,
        last_activity_at=moment,
        is_demo=lead.is_demo,
    )
    session.add(project)
    session.flush()
    session.add(
        StageChange(
            project_id=project.id,
            to_stage=Stage.RESERVE,
            at=moment,
            actor_id=actor.id,
            gate_version=gate_version,
            is_demo=project.is_demo,
        )
    )
    timeline.note(session, actor, "project.stage", lead, project_id=project.id, stage=Stage.RESERVE.value)
    audit.record(session, actor.id, "project.created", ("project", project.id), after={"number": project.number})
    return project


def of_lead(session: Session, lead_id: int) -> Project | None:
    """The project that a lead became, if it did; the caller has loaded the lead with permission."""
    return session.scalar(select(Project).where(Project.lead_id == lead_id))


def stage_changes(session: Session, project_id: int) -> list[StageChange]:
    """The steps of one project, oldest first; the caller has loaded it through `access.project`."""
    query = select(StageChange).where(StageChange.project_id == project_id).order_by(StageChange.at, StageChange.id)
    return list(session.scalars(query))
