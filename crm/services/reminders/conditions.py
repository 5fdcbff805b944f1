"""What is the case now: every record that a rule watches, read in a handful of statements (DOMAIN §6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.domain.calendar import Overrides
from crm.domain.introductions import IntroductionState
from crm.domain.leads import Grade, LeadSource, LeadState
from crm.domain.reminders import SETTING, Rule, Thresholds
from crm.infra.clock import civil_date
from crm.models import CalendarDay, Enterprise, FollowUp, Introduction, Lead, Project
from crm.services import settings
from crm.services.reminders.chain_conditions import of_chains
from crm.services.reminders.condition import Condition
from crm.services.reminders.project_conditions import of_commitments, of_issues, of_projects

_OPEN = [state for state in LeadState if state.is_open]


def thresholds(session: Session) -> Thresholds:
    """The thresholds in force; the defaults of DOMAIN §6 until somebody sets others."""
    return Thresholds.from_json(settings.get(session, SETTING, None))


def overrides(session: Session) -> Overrides:
    """The administrators' table of working and free days."""
    return dict(session.execute(select(CalendarDay.day, CalendarDay.is_working)).all())


def conditions(session: Session) -> list[Condition]:
    """Every condition that holds now, whether its light is on yet or not: a dozen statements, however many records."""
    return [
        *_of_leads(session),
        *_of_follow_ups(session),
        *_of_introductions(session),
        *of_projects(session),
        *of_commitments(session),
        *of_issues(session),
        *of_chains(session),
    ]


def _of_leads(session: Session) -> list[Condition]:
    owed = (Lead.source == LeadSource.REFERRAL) | (Lead.referrer.is_not(None) & (Lead.referrer != ""))
    rows = session.execute(
        select(
            Lead.id,
            Lead.state,
            Lead.owner_id,
            Lead.section_id,
            Lead.received_at,
            Lead.last_activity_at,
            Lead.grade,
            Lead.protected_until,
            Lead.pooled_at,
            (owed & Lead.referrer_told_at.is_(None)).label("owes_referrer"),
            Lead.is_demo,
            Enterprise.name.label("enterprise"),
            Project.id.label("project_id"),
        )
        .join(Enterprise, Enterprise.id == Lead.enterprise_id)
        .outerjoin(Project, Project.lead_id == Lead.id)
        .where(Lead.merged_into_id.is_(None), or_(Lead.state.in_(_OPEN), owed & Lead.referrer_told_at.is_(None)))
    ).all()
    return [condition for row in rows for condition in of_lead_facts(row)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFacts:
    """What the rules ask of a lead. A row of the statement above has the same names; `lights` makes one itself."""

    id: int
    state: LeadState
    owner_id: int | None
    section_id: int | None
    received_at: datetime
    last_activity_at: datetime
    grade: Grade | None
    protected_until: date | None
    pooled_at: datetime | None
    owes_referrer: bool
    is_demo: bool
    enterprise: str
    project_id: int | None


def of_lead_facts(row: LeadFacts) -> list[Condition]:
    """The conditions of one lead itself, without its promises and introductions."""

    def holds(rule: Rule, started_on: date) -> Condition:
        return Condition(
            rule=rule,
            subject_kind="lead",
            subject_id=row.id,
            started_on=started_on,
            person_id=row.owner_id,
            section_id=row.section_id,
            lead_id=row.id,
            enterprise=row.enterprise,
            grade=row.grade,
            is_demo=row.is_demo,
        )

    found = []
    received = civil_date(row.received_at)
    if row.owes_referrer and row.pooled_at is None:
        found.append(holds(Rule.REFERRER_UNTOLD, received))
    if not row.state.is_open:
        return found
    if row.pooled_at is not None:
        # The pool is where nobody is late: its own page asks for claims.
        return found
    if row.owner_id is None:
        found.append(holds(Rule.LEAD_UNOWNED, received))
    if not row.state.is_screened:
        found.append(holds(Rule.LEAD_UNSCREENED, received))
    # Once it is a project, the project's own clocks count.
    if row.project_id is None:
        found.append(holds(Rule.LEAD_SILENT, civil_date(row.last_activity_at)))
        found.append(holds(Rule.ARCHIVE_PROPOSED, civil_date(row.last_activity_at)))
        if row.protected_until is not None:
            found.append(holds(Rule.PROTECTION_ENDING, row.protected_until))
    return found


def _of_follow_ups(session: Session) -> list[Condition]:
    """Open promises, also those on leads that are closed: a promise is kept or called off by a person. Those on leads
    of the pool wait for whoever claims them."""
    rows = session.execute(
        select(FollowUp.id, FollowUp.due_at, FollowUp.owner_id, FollowUp.lead_id, Lead.section_id)
        .add_columns(Lead.is_demo, Enterprise.name.label("enterprise"))
        .join(Lead, Lead.id == FollowUp.lead_id)
        .join(Enterprise, Enterprise.id == Lead.enterprise_id)
        .where(FollowUp.done_at.is_(None), FollowUp.due_at.is_not(None), Lead.pooled_at.is_(None))
    ).all()
    return [
        Condition(
            rule=Rule.FOLLOW_UP_DUE,
            subject_kind="follow_up",
            subject_id=row.id,
            started_on=civil_date(row.due_at),
            person_id=row.owner_id,
            section_id=row.section_id,
            lead_id=row.lead_id,
            enterprise=row.enterprise,
            is_demo=row.is_demo,
        )
        for row in rows
    ]


def _of_introductions(session: Session) -> list[Condition]:
    """Answers that parks owe; once a viewing is agreed, the clock starts on its day."""
    waiting = [state for state in IntroductionState if state.is_open]
    rows = session.execute(
        select(Introduction.id, Introduction.sent_at, Introduction.viewing_at, Introduction.state)
        .add_columns(Introduction.sent_by_id, Introduction.park_id, Introduction.lead_id)
        .add_columns(Lead.owner_id, Lead.section_id, Lead.is_demo, Enterprise.name.label("enterprise"))
        .join(Lead, Lead.id == Introduction.lead_id)
        .join(Enterprise, Enterprise.id == Lead.enterprise_id)
        .where(Introduction.state.in_(waiting))
    ).all()
    return [
        Condition(
            rule=Rule.INTRODUCTION_UNANSWERED,
            subject_kind="introduction",
            subject_id=row.id,
            started_on=civil_date(
                row.viewing_at if row.state is IntroductionState.VIEWING and row.viewing_at else row.sent_at
            ),
            person_id=row.owner_id or row.sent_by_id,
            section_id=row.section_id,
            lead_id=row.lead_id,
            enterprise=row.enterprise,
            park_id=row.park_id,
            is_demo=row.is_demo,
        )
        for row in rows
    ]
