"""What is the case with chains: tasks and review of plans, surveys that grow old, targets to contact (DOMAIN §6, §8.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Row, func, or_, select, union_all
from sqlalchemy.orm import Session

from crm.domain.calendar import months_later
from crm.domain.plans import PlanState, TaskState
from crm.domain.reminders import Rule
from crm.domain.targets import TargetState
from crm.infra.clock import today
from crm.models import Chain, Enterprise, GapTarget, Person, Placement, PlanTask, PlanVersion, Segment
from crm.services import chain_facts, chain_members
from crm.services.reminders.condition import Condition


def of_chains(session: Session) -> list[Condition]:
    """Every clock of chains; four statements where nothing runs, eight at most, however many chains."""
    found = [*_of_tasks(session), *_of_reviews(session), *_of_surveys(session), *_of_targets(session)]
    if all(condition.person_id is not None for condition in found):
        return found
    named, teams = chain_members.keepers(session)
    return [
        condition
        if condition.person_id is not None
        else replace(condition, keepers=named.get(condition.chain_id, teams))
        for condition in found
    ]


def old_segments(session: Session, chain_ids: Iterable[int], on: date) -> Mapping[int, int]:
    """How many segments of each chain have a survey or a placement that is old; no statement for no chains."""
    wanted = list(chain_ids)
    if not wanted:
        return {}
    oldest = chain_facts.calendar(session, on).oldest
    query = (
        select(Segment.chain_id, func.count(func.distinct(Segment.id)))
        .outerjoin(Placement, Placement.segment_id == Segment.id)
        .where(Segment.chain_id.in_(wanted), or_(Segment.surveyed_on < oldest, Placement.surveyed_on < oldest))
        .group_by(Segment.chain_id)
    )
    return dict(session.execute(query).all())


def _of_tasks(session: Session) -> list[Condition]:
    """Open tasks with a day; whoever owns one acts, else who keeps the chain."""
    rows = session.execute(
        select(PlanTask.id, PlanTask.due_on, PlanTask.owner_id, PlanTask.chain_id, PlanTask.is_demo)
        .add_columns(Person.section_id, Chain.name)
        .join(Chain, Chain.id == PlanTask.chain_id)
        .outerjoin(Person, Person.id == PlanTask.owner_id)
        .where(PlanTask.state == TaskState.OPEN, PlanTask.due_on.is_not(None))
    ).all()
    return [_condition(Rule.PLAN_TASK_DUE, "plan_task", row, row.due_on) for row in rows]


def _of_reviews(session: Session) -> list[Condition]:
    """Approved plans with a day on which they are looked at again."""
    rows = session.execute(
        select(PlanVersion.id, PlanVersion.review_on, PlanVersion.chain_id, PlanVersion.is_demo, Chain.name)
        .join(Chain, Chain.id == PlanVersion.chain_id)
        .where(PlanVersion.state == PlanState.APPROVED, PlanVersion.review_on.is_not(None))
    ).all()
    return [_condition(Rule.PLAN_REVIEW, "plan_version", row, row.review_on) for row in rows]


def _of_surveys(session: Session) -> list[Condition]:
    """One clock a chain: it starts on the day on which the oldest survey or placement grows old."""
    surveys = select(Segment.chain_id, Segment.surveyed_on.label("day")).where(Segment.surveyed_on.is_not(None))
    placements = select(Segment.chain_id, Placement.surveyed_on.label("day")).join(
        Segment, Segment.id == Placement.segment_id
    )
    claims = union_all(surveys, placements.where(Placement.surveyed_on.is_not(None))).subquery()
    rows = session.execute(
        select(Chain.id, Chain.id.label("chain_id"), Chain.name, func.min(claims.c.day).label("oldest"))
        .join(claims, claims.c.chain_id == Chain.id)
        .group_by(Chain.id, Chain.name)
    ).all()
    if not rows:
        return []
    months = chain_facts.calendar(session, today()).months
    return [_condition(Rule.SEGMENT_SURVEY, "chain", row, _grown_old(row.oldest, months)) for row in rows]


def _grown_old(day: date, months: int) -> date:
    """The first day on which a claim of that day is no longer within the months."""
    return months_later(day, months) + timedelta(days=1)


def _of_targets(session: Session) -> list[Condition]:
    """Targets that are worked on and have a day for the first contact."""
    rows = session.execute(
        select(GapTarget.id, GapTarget.due_on, GapTarget.owner_id, GapTarget.section_id, GapTarget.is_demo)
        .add_columns(Segment.chain_id, Enterprise.name)
        .join(Segment, Segment.id == GapTarget.segment_id)
        .join(Enterprise, Enterprise.id == GapTarget.enterprise_id)
        .where(GapTarget.state.in_([state for state in TargetState if state.is_open]), GapTarget.due_on.is_not(None))
    ).all()
    return [_condition(Rule.TARGET_DUE, "gap_target", row, row.due_on) for row in rows]


def _condition(rule: Rule, kind: str, row: Row, started_on: date) -> Condition:
    """One clock of a chain. Rows without an owner are in nobody's hands, those without a mark no demonstration."""
    return Condition(
        rule=rule,
        subject_kind=kind,
        subject_id=row.id,
        started_on=started_on,
        person_id=getattr(row, "owner_id", None),
        section_id=getattr(row, "section_id", None),
        lead_id=None,
        enterprise=row.name,
        chain_id=row.chain_id,
        is_demo=getattr(row, "is_demo", False),
    )
