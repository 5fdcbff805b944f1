"""What is the case now with projects, commitments and issues: one statement each (DOMAIN §6)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from crm.domain.commitments import CommitmentState
from crm.domain.issues import IssueState
from crm.domain.pipeline import SideState, Stage
from crm.domain.reminders import Rule
from crm.infra.clock import civil_date
from crm.models import Commitment, Enterprise, Evidence, Issue, Lead, MonthlyRecord, Project
from crm.services.reminders.condition import Condition

#: Keys of the gate definitions: the papers that these clocks wait for.
VERDICT, CONTRACT = "verdict", "contract"


def of_projects(session: Session) -> list[Condition]:
    """Every clock of every project that walks on or is on hold; one that repeats another is watched nowhere."""
    latest = select(MonthlyRecord.project_id, func.max(MonthlyRecord.month).label("month"))
    newest = latest.group_by(MonthlyRecord.project_id).subquery()
    rows = session.execute(
        select(Project.id, Project.owner_id, Project.section_id, Project.lead_id, Project.grade, Project.stage)
        .add_columns(Project.side_state, Project.stage_since, Project.last_activity_at, Project.is_demo)
        .add_columns(Project.signed_on, Project.review_on, Enterprise.name.label("enterprise"))
        .add_columns(Project.agreed_register_on, Project.agreed_start_on, Project.agreed_operating_on)
        .add_columns(MonthlyRecord.month, MonthlyRecord.done_percent, MonthlyRecord.planned_percent)
        .add_columns(MonthlyRecord.created_at.label("recorded_at"))
        .add_columns(_has(VERDICT).label("has_verdict"), _has(CONTRACT).label("has_contract"))
        .join(Enterprise, Enterprise.id == Project.enterprise_id)
        .outerjoin(newest, newest.c.project_id == Project.id)
        .outerjoin(MonthlyRecord, (MonthlyRecord.project_id == Project.id) & (MonthlyRecord.month == newest.c.month))
        .where(Project.side_state.in_([SideState.ACTIVE, SideState.ON_HOLD]), Project.repeats_id.is_(None))
    ).all()
    return [
        Condition(
            rule=rule,
            subject_kind="project",
            subject_id=row.id,
            started_on=started_on,
            person_id=row.owner_id,
            section_id=row.section_id,
            lead_id=row.lead_id,
            enterprise=row.enterprise,
            grade=row.grade,
            points=points,
            is_demo=row.is_demo,
        )
        for row in rows
        for rule, started_on, points in _clocks(row)
    ]


def _has(kind: str):
    """Whether a paper of that kind stands with the project and was not taken back."""
    return exists().where(Evidence.project_id == Project.id, Evidence.kind == kind, Evidence.withdrawn_at.is_(None))


def _clocks(row) -> Iterator[tuple[Rule, date, int | None]]:
    """The clocks that run for one project: rule, start, points where the rule counts them."""
    if row.side_state is SideState.ON_HOLD:
        if row.review_on is not None:
            yield Rule.HOLD_REVIEW, row.review_on, None
        return
    since, touched = civil_date(row.stage_since), civil_date(row.last_activity_at)
    if row.stage is Stage.NEGOTIATING:
        yield Rule.PROJECT_SILENT, touched, None
        yield Rule.ARCHIVE_PROPOSED, touched, None
    elif row.stage is Stage.REVIEW and not row.has_verdict:
        yield Rule.REVIEW_WAITING, since, None
    if row.stage is Stage.SIGNED:
        signed = row.signed_on or since
        agreed = row.agreed_register_on and row.agreed_start_on and row.agreed_operating_on
        if not (row.has_contract and agreed):
            yield Rule.SIGNED_INCOMPLETE, signed, None
        yield Rule.NOT_REGISTERED, signed, None
    if row.stage in (Stage.SIGNED, Stage.LANDED) and row.agreed_start_on is not None:
        yield Rule.START_OVERDUE, row.agreed_start_on, None
        yield Rule.EXIT_REVIEW, row.agreed_start_on, None
    if row.stage is Stage.BUILDING:
        yield Rule.MONTH_UNRECORDED, max(since, _month_end(row.month)) if row.month else since, None
        if row.month is not None and row.planned_percent is not None:
            yield Rule.BUILDING_BEHIND, civil_date(row.recorded_at), row.planned_percent - row.done_percent


def _month_end(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def of_commitments(session: Session) -> list[Condition]:
    """Open commitments with a day, of projects that walk on or are on hold; the project's owner sees to both sides'."""
    rows = session.execute(
        select(Commitment.id, Commitment.due_on, Project.owner_id, Project.section_id, Project.lead_id)
        .add_columns(Project.is_demo, Enterprise.name.label("enterprise"))
        .join(Project, Project.id == Commitment.project_id)
        .join(Enterprise, Enterprise.id == Project.enterprise_id)
        .where(
            Commitment.state == CommitmentState.OPEN,
            Commitment.due_on.is_not(None),
            Project.side_state.in_([SideState.ACTIVE, SideState.ON_HOLD]),
        )
    ).all()
    return [_due(Rule.COMMITMENT_DUE, "commitment", row) for row in rows]


def of_issues(session: Session) -> list[Condition]:
    """Issues with a day that are not solved; who watches them acts."""
    rows = session.execute(
        select(Issue.id, Issue.due_on, Issue.owner_id, Issue.section_id, Issue.lead_id)
        .add_columns(Issue.is_demo, Enterprise.name.label("enterprise"))
        .join(Lead, Lead.id == Issue.lead_id)
        .join(Enterprise, Enterprise.id == Lead.enterprise_id)
        .where(Issue.state.in_([state for state in IssueState if state.is_open]), Issue.due_on.is_not(None))
    ).all()
    return [_due(Rule.ISSUE_DUE, "issue", row) for row in rows]


def _due(rule: Rule, kind: str, row) -> Condition:
    return Condition(
        rule=rule,
        subject_kind=kind,
        subject_id=row.id,
        started_on=row.due_on,
        person_id=row.owner_id,
        section_id=row.section_id,
        lead_id=row.lead_id,
        enterprise=row.enterprise,
        is_demo=row.is_demo,
    )
