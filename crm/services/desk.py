"""The desk: what waits for this person today, by role. Every number opens the records behind it (DOMAIN §8.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission
from crm.domain.calendar import iso_week, previous_week, week_bounds
from crm.domain.introductions import IntroductionState
from crm.domain.leads import LeadState
from crm.domain.pipeline import Batch, SideState
from crm.domain.reminders import Rule
from crm.infra.clock import instant_at, now, today
from crm.models import (
    Activity,
    AuditEntry,
    FollowUp,
    Introduction,
    Lead,
    Match,
    Person,
    Project,
    StageRequest,
)
from crm.services import access, gates
from crm.services.access import Actor
from crm.services.projects import Lane, lanes
from crm.services.reminders import Digest, OpenReminder, digest_for

SHOWN = 6
NEXT_DAYS = 7
PROTECTION_DAYS = 14
FRESH_DAYS = 7
_OPEN = [state for state in LeadState if state.is_open]

#: Small cards beside each other: more would push the next row off the screen.
FEW = 4

#: Kinds of activity counted in "my numbers".
COUNTED = ("lead.created", "follow_up.done", "introduction.sent", "introduction.viewing", "lead.screened")


@dataclass(frozen=True, slots=True)
class WeekNumbers:
    """How often something happened this week so far, and in the whole of last week."""

    kind: str
    this_week: int
    last_week: int


@dataclass(frozen=True, slots=True)
class Protection:
    lead: Lead
    days_left: int


@dataclass(frozen=True, slots=True)
class WorkDesk:
    """Desk of officers and chiefs; `unowned`, `unscreened`, `load` and `requests` are filled for a chief."""

    digest: Digest
    coming: tuple[FollowUp, ...]
    protections: tuple[Protection, ...]
    answers: tuple[Introduction, ...]
    fresh: tuple[tuple[Match, Lead], ...]
    numbers: tuple[WeekNumbers, ...]
    open_leads: int
    open_projects: int
    unowned: tuple[Lead, ...] = ()
    unscreened: tuple[Lead, ...] = ()
    load: tuple[tuple[str, int], ...] = ()
    #: Steps of projects that wait for the chief's word.
    requests: tuple[StageRequest, ...] = ()


def work_desk(session: Session, actor: Actor, *, whole_section: bool) -> WorkDesk:
    """The desk of an officer, or of a chief with what concerns the whole section."""
    day = today()
    leads, projects = _carried(session, actor, whole_section)
    return WorkDesk(
        digest=digest_for(session, actor, day),
        coming=tuple(_coming(session, actor, day)),
        protections=tuple(_protections(session, actor, day, whole_section)),
        answers=tuple(_answers(session, actor)),
        fresh=tuple(_fresh(session, actor)),
        numbers=_numbers(
            session,
            day,
            Activity.section_id == actor.section_id if whole_section else Activity.actor_id == actor.id,
        ),
        open_leads=leads,
        open_projects=projects,
        unowned=tuple(_unowned(session, actor)) if whole_section else (),
        unscreened=tuple(_unscreened(session, actor)) if whole_section else (),
        load=tuple(_load(session, actor)) if whole_section else (),
        requests=tuple(gates.waiting(session, actor)) if whole_section else (),
    )


def _carried(session: Session, actor: Actor, whole_section: bool) -> tuple[int, int]:
    """How many open leads and walking projects there are."""
    leads = select(func.count(Lead.id)).where(*_mine(actor, whole_section))
    projects = select(func.count(Project.id)).where(
        Project.side_state == SideState.ACTIVE,
        Project.section_id == actor.section_id if whole_section else Project.owner_id == actor.id,
    )
    found = session.execute(select(leads.scalar_subquery(), projects.scalar_subquery())).one()
    return found[0], found[1]


def _mine(actor: Actor, whole_section: bool) -> list[object]:
    whose = Lead.section_id == actor.section_id if whole_section else Lead.owner_id == actor.id
    return [whose, Lead.state.in_(_OPEN)]


def _coming(session: Session, actor: Actor, day: date) -> Sequence[FollowUp]:
    """Own follow-ups from tomorrow on, for a week."""
    start, end = instant_at(day + timedelta(days=1)), instant_at(day + timedelta(days=1 + NEXT_DAYS))
    query = (
        select(FollowUp)
        .where(FollowUp.owner_id == actor.id, FollowUp.done_at.is_(None), FollowUp.due_at >= start)
        .where(FollowUp.due_at < end)
        .options(joinedload(FollowUp.lead).joinedload(Lead.enterprise))
        .order_by(FollowUp.due_at)
        .limit(20)
    )
    return session.scalars(query).all()


def _protections(session: Session, actor: Actor, day: date, whole_section: bool) -> list[Protection]:
    query = (
        select(Lead)
        .where(*_mine(actor, whole_section))
        .where(Lead.protected_until >= day, Lead.protected_until <= day + timedelta(days=PROTECTION_DAYS))
        .options(joinedload(Lead.enterprise))
        .order_by(Lead.protected_until)
        .limit(SHOWN)
    )
    return [Protection(lead, (lead.protected_until - day).days) for lead in session.scalars(query)]


def _answers(session: Session, actor: Actor) -> Sequence[Introduction]:
    """What parks answered in the last week to introductions that the person sent or whose lead they own."""
    query = (
        select(Introduction)
        .join(Introduction.lead)
        .where((Introduction.sent_by_id == actor.id) | (Lead.owner_id == actor.id))
        .where(
            Introduction.state.in_([IntroductionState.VIEWING, IntroductionState.ACCEPTED, IntroductionState.DECLINED]),
            Introduction.updated_at >= now() - timedelta(days=FRESH_DAYS),
        )
        .options(joinedload(Introduction.lead).joinedload(Lead.enterprise), joinedload(Introduction.park))
        .order_by(Introduction.updated_at.desc(), Introduction.id.desc())
        .limit(FEW)
    )
    return session.scalars(query).all()


def _fresh(session: Session, actor: Actor) -> list[tuple[Match, Lead]]:
    """Parks that appeared in the lists of own leads within a week and are not introduced yet, best first."""
    introduced = select(Introduction.id).where(
        Introduction.lead_id == Match.lead_id, Introduction.park_id == Match.park_id
    )
    query = (
        select(Match, Lead)
        .join(Lead, Lead.id == Match.lead_id)
        .where(Lead.owner_id == actor.id, Lead.state.in_(_OPEN), Match.rank <= 3, ~introduced.exists())
        .where(Match.first_seen_at >= now() - timedelta(days=FRESH_DAYS))
        .options(joinedload(Match.park), joinedload(Lead.enterprise))
        .order_by(Match.low.desc(), Match.id)
        .limit(FEW)
    )
    return [(match, lead) for match, lead in session.execute(query).unique()]


def _numbers(session: Session, day: date, whose: ColumnElement[bool]) -> tuple[WeekNumbers, ...]:
    """What happened in this ISO week so far and in the last one, in one statement."""
    week = iso_week(day)
    monday, end = week_bounds(week)
    before, _ = week_bounds(previous_week(week))
    recent = case((Activity.at >= monday, 1), else_=0)
    query = (
        select(Activity.kind, recent, func.count(Activity.id))
        .where(whose, Activity.at >= before, Activity.at < end, Activity.kind.in_(COUNTED))
        .group_by(Activity.kind, recent)
    )
    found = {(kind, is_recent): number for kind, is_recent, number in session.execute(query)}
    return tuple(WeekNumbers(kind, found.get((kind, 1), 0), found.get((kind, 0), 0)) for kind in COUNTED)


def _unowned(session: Session, actor: Actor) -> Sequence[Lead]:
    query = (
        select(Lead)
        .where(access.lead_scope(actor), Lead.owner_id.is_(None), Lead.pooled_at.is_(None), Lead.state.in_(_OPEN))
        .options(joinedload(Lead.enterprise))
        .order_by(Lead.received_at)
        .limit(SHOWN)
    )
    return session.scalars(query).all()


def _unscreened(session: Session, actor: Actor) -> Sequence[Lead]:
    query = (
        select(Lead)
        .where(Lead.section_id == actor.section_id, Lead.state.in_([LeadState.NEW, LeadState.SCREENING]))
        .options(joinedload(Lead.enterprise), joinedload(Lead.owner))
        .order_by(Lead.received_at)
        .limit(SHOWN)
    )
    return session.scalars(query).all()


def _load(session: Session, actor: Actor) -> list[tuple[str, int]]:
    """Open leads of each officer of the section, most first."""
    query = (
        select(Person.name, func.count(Lead.id))
        .join(Lead, Lead.owner_id == Person.id)
        .where(Lead.section_id == actor.section_id, Lead.state.in_(_OPEN))
        .group_by(Person.id, Person.name)
        .order_by(func.count(Lead.id).desc(), Person.name)
    )
    return [(name, count) for name, count in session.execute(query)]


@dataclass(frozen=True, slots=True)
class LeaderDesk:
    """Desk of a district leader: decisions first, then what is red, then the funnel."""

    decisions: tuple[Project, ...]
    escalated: tuple[OpenReminder, ...]
    funnel: dict[Batch, Lane]
    numbers: tuple[WeekNumbers, ...]
    week: str


def leader_desk(session: Session, actor: Actor) -> LeaderDesk:
    """One page over the whole district."""
    day = today()
    decisions = session.scalars(
        select(Project)
        .where(access.project_scope(actor), Project.decision_asked.is_not(None))
        .where(Project.side_state.in_([SideState.ACTIVE, SideState.ON_HOLD]))
        .options(joinedload(Project.enterprise), joinedload(Project.owner))
        .order_by(Project.stage_since)
        .limit(SHOWN)
    ).all()
    return LeaderDesk(
        decisions=tuple(decisions),
        escalated=digest_for(session, actor, day).escalated,
        funnel=dict(lanes(session, actor)),
        numbers=_numbers(session, day, true()),
        week=str(iso_week(day)),
    )


def last_entries(session: Session, actor: Actor, limit: int = 12) -> Sequence[AuditEntry]:
    """The newest entries of the audit trail, for the auditor's desk."""
    access.require(actor, Permission.AUDIT_VIEW)
    return session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(limit)).all()


#: Rules whose answer is given on the lead's page, and at which place of it.
ANCHORS = {
    Rule.FOLLOW_UP_DUE: "next",
    Rule.LEAD_UNSCREENED: "screen",
    Rule.LEAD_UNOWNED: "owner",
    Rule.REFERRER_UNTOLD: "referrer",
    Rule.PROTECTION_ENDING: "next",
    Rule.LEAD_SILENT: "next",
    Rule.INTRODUCTION_UNANSWERED: "match",
}
