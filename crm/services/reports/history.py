"""The history of projects, read from the log: which step was taken when, and where each stood at an instant.

Steps are the stage changes and the log's own `project.stage` events; whichever is earlier counts, so a step that is
written down twice is taken once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.pipeline import Batch, SideState, Stage
from crm.infra.clock import civil_date
from crm.models import Activity, Project, StageChange

_GONE = (SideState.LOST, SideState.TERMINATED, SideState.TRANSFERRED)


@dataclass(frozen=True, slots=True)
class Walk:
    """One project with its steps in order of time."""

    project: Project
    steps: Sequence[tuple[datetime, Stage]]

    def stage_at(self, moment: datetime) -> Stage | None:
        """Where it stood just before `moment`; None if it was not there yet."""
        stage = None
        for at, to in self.steps:
            if at < moment:
                stage = to
        return stage

    def entered(self, batch: Batch) -> datetime | None:
        """When it first reached the batch: a project counts once (DOMAIN §4)."""
        return next((at for at, stage in self.steps if stage.batch is batch), None)

    def walks_on(self, moment: datetime) -> bool:
        """Whether it still counted in the pipeline just before `moment`."""
        lost_on = self.project.lost_on
        if self.project.side_state in _GONE:
            return lost_on is not None and lost_on >= civil_date(moment)
        return self.project.side_state is SideState.ACTIVE

    def lost_between(self, first: date, following: date) -> bool:
        lost_on = self.project.lost_on
        return self.project.side_state in _GONE and lost_on is not None and first <= lost_on < following

    @property
    def amount_fen(self) -> int | None:
        """The signed amount once there is one, the planned investment before."""
        signed = self.project.signed_fen
        return signed if signed is not None else self.project.investment_fen


def walks(session: Session, until: datetime) -> list[Walk]:
    """All projects that began before `until`, with their steps up to then: three statements.

    A project whose signing repeats another's counts nowhere (DOMAIN §4), so it does not walk here.
    """
    steps: dict[int, list[tuple[datetime, Stage]]] = {}
    changes = select(StageChange.project_id, StageChange.at, StageChange.to_stage).where(StageChange.at < until)
    for project_id, at, stage in session.execute(changes.order_by(StageChange.at, StageChange.id)):
        steps.setdefault(project_id, []).append((at, stage))
    events = select(Activity.project_id, Activity.at, Activity.params).where(
        Activity.kind.in_(["project.stage", "project.returned"]), Activity.project_id.is_not(None), Activity.at < until
    )
    for project_id, at, params in session.execute(events.order_by(Activity.at, Activity.id)):
        stage = _stage(params)
        if stage is not None:
            steps.setdefault(project_id, []).append((at, stage))
    found = []
    for project in session.scalars(select(Project).where(Project.repeats_id.is_(None)).order_by(Project.id)):
        mine = steps.get(project.id) or ([(project.stage_since, project.stage)] if project.stage_since < until else [])
        if mine:
            found.append(Walk(project, sorted(mine, key=lambda step: (step[0], step[1].order))))
    return found


def _stage(params: Mapping[str, object]) -> Stage | None:
    try:
        return Stage(str(params.get("stage")))
    except ValueError:
        return None
