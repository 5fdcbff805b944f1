"""示例 reserve projects and their way through the stages; two of them ask the leaders for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from crm.domain.leads import Grade
from crm.domain.pipeline import LossReason, SideState, Stage, Track, UnmetRequirement
from crm.domain.space import Tenure
from crm.infra.clock import civil_date
from crm.models import Park, Project, StageChange
from crm.services import timeline
from crm.services.seed.demo import files
from crm.services.seed.demo.dates import Dates
from crm.services.seed.demo.files import Journey
from crm.services.seed.demo.leads import WAN_FEN, Told
from crm.services.seed.demo.library import Walk, store_library
from crm.services.seed.demo.people import People
from crm.services.seed.upsert import Tally

#: Part of a planned investment that goes into fixed assets, in per cent: invented, like the investment.
FIXED_SHARE = 62
_DATES = {Stage.SIGNED: "signed_on", Stage.STARTED: "started_on", Stage.OPERATING: "operating_on"}


def store_projects(
    session: Session,
    tally: Tally,
    people: People,
    dates: Dates,
    told: Mapping[str, Told],
    parks: Mapping[str, Park],
) -> None:
    walks = [
        _store(session, tally, people, dates, told[journey.lead], journey, parks, number)
        for number, journey in enumerate(files.journeys(), start=1)
    ]
    store_library(session, tally, dates, walks)


def _store(
    session: Session,
    tally: Tally,
    people: People,
    dates: Dates,
    told: Told,
    journey: Journey,
    parks: Mapping[str, Park],
    number: int,
) -> Walk:
    lead = told.lead
    steps = _steps(dates, told, journey)
    entered = steps[0][1]
    park = parks.get(journey.park or "")
    investment = lead.investment_fen
    project = Project(
        number=f"CB-{civil_date(entered).year}-D{number:03d}",
        lead_id=lead.id,
        enterprise_id=lead.enterprise_id,
        name=lead.enterprise.name,
        stage=steps[-1][0],
        stage_since=steps[-1][1],
        track=Track.LAND if lead.tenure is Tenure.LAND else Track.CARRIER,
        grade=Grade(journey.grade),
        segment_id=lead.segment_id,
        park_id=park.id if park else None,
        owner_id=lead.owner_id,
        section_id=lead.section_id,
        investment_fen=investment,
        fixed_investment_fen=None if investment is None else investment * FIXED_SHARE // 100,
        signed_fen=None if journey.signed is None else journey.signed * WAN_FEN,
        last_activity_at=steps[-1][1],
        created_at=entered,
        decision_asked=_decision(dates, journey),
        is_demo=True,
        **{_DATES[stage]: civil_date(at) for stage, at in steps if stage in _DATES},
    )
    _lose(project, dates, journey)
    session.add(project)
    session.flush()
    tally.added["project"] += 1
    before = None
    for stage, at in steps:
        chief = people.chief_of(lead.section_id)
        change = {"project_id": project.id, "from_stage": before, "to_stage": stage, "at": at, "actor_id": chief.id}
        session.add(StageChange(**change, is_demo=True))
        tally.added["stage_change"] += 1
        timeline.note(session, chief, "project.stage", lead, at=at, project_id=project.id, stage=stage.value)
        before = stage
    project.last_activity_at = max(project.last_activity_at, lead.last_activity_at)
    return Walk(project, told, journey, steps)


def _steps(dates: Dates, told: Told, journey: Journey) -> list[tuple[Stage, datetime]]:
    """Stages with their moments, each after the one before and none before the screening."""
    steps: list[tuple[Stage, datetime]] = []
    last = told.lead.screened_at or told.received
    for stage, when in journey.steps:
        last = dates.past(when, "16:20", after=last)
        steps.append((Stage(stage), last))
    return steps


def _decision(dates: Dates, journey: Journey) -> str | None:
    if journey.decision is None:
        return None
    day = dates.day(journey.decide_in)
    return journey.decision.format(day=f" {day.year} 年 {day.month} 月 {day.day} 日")


def _lose(project: Project, dates: Dates, journey: Journey) -> None:
    """A lost project names the one requirement that was not met, with its value (DOMAIN §4)."""
    if journey.lost is None:
        return
    project.side_state = SideState.LOST
    project.lost_on = civil_date(dates.past(journey.lost["when"]))
    project.loss_reason = LossReason(journey.lost["reason"])
    project.unmet_requirement = UnmetRequirement(journey.lost["requirement"])
    project.unmet_value = journey.lost["value"]
