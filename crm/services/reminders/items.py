"""What waits for a person: open reminders within their scope, for desks and digests.

The right to see is asked here and now: a reminder whose record the person may no longer see is not among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.calendar import Overrides, days_overdue
from crm.domain.labels import N_, label
from crm.domain.pipeline import Light
from crm.domain.reminder_words import basis, to_do
from crm.domain.reminders import (
    NEVER,
    Level,
    Lights,
    Rule,
    Thresholds,
    clock_of,
    snoozes_left,
)
from crm.domain.sentences import Sentence
from crm.infra.clock import civil_date, now
from crm.models import FollowUp, Introduction, MonthlyRecord, Reminder
from crm.services.access import Actor
from crm.services.reminders import subjects
from crm.services.reminders.chain_conditions import old_segments
from crm.services.reminders.conditions import overrides, thresholds
from crm.services.reminders.subjects import OF_CHAINS, OWN_PAGES, Subject, holder


class Duty(StrEnum):
    """Why the person sees it: they must act, their park owes the answer, or it was escalated to them."""

    MINE = "mine"
    OWED = "owed"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReminder:
    """A reminder that is on, as one person sees it."""

    id: int
    rule: Rule
    duty: Duty
    subject_kind: str
    subject_id: int
    lead_id: int | None
    number: str
    enterprise: str
    what: Sentence
    detail: Sentence | None
    light: Light
    started_on: date
    yellow_on: date
    red_on: date
    #: Working days since the light turned red, that day included.
    red_days: int
    level: Level
    #: When a follow-up is due, or a viewing agreed.
    due_at: datetime | None
    owner_name: str | None
    snoozes: int
    snoozes_left: int
    snoozed_until: date | None
    is_demo: bool

    @property
    def leads_to(self) -> tuple[str, int]:
        """Kind and id of the record whose page is opened to act on it."""
        own = self.subject_kind in OWN_PAGES
        if own or self.lead_id is None or (self.subject_kind == "introduction" and self.duty is Duty.OWED):
            return self.subject_kind, self.subject_id
        return "lead", self.lead_id


@dataclass(frozen=True, slots=True)
class _Known:
    rules: Thresholds
    overrides: Overrides
    today: date


def open_for(
    session: Session, actor: Actor, at: datetime | None = None, days: Overrides | None = None
) -> list[OpenReminder]:
    """Reminders whose light is on for this person, the most urgent first; at most ten statements, however many there are.
    Who has read the calendar's `days` already hands them on.

    Officers see what they must do; chiefs also what was escalated to them and what nobody in their section owns;
    leaders what was escalated to them; park managers also the answers that their parks owe; chain teams also what
    nobody has in hand on the chains they keep.
    """
    today = civil_date(at or now())
    rows = session.scalars(
        select(Reminder).where(Reminder.ended_at.is_(None), Reminder.yellow_on <= today, _concerns(actor))
    ).all()
    if not rows:
        return []
    known = _Known(thresholds(session), overrides(session) if days is None else days, today)
    found = subjects.load(session, actor, rows)
    points = _points(session, rows, today)
    items = [
        _item(actor, row, found[row.subject_kind, row.subject_id], known, points.get((row.rule, row.subject_id)))
        for row in rows
        if (row.subject_kind, row.subject_id) in found
    ]
    return sorted(items, key=_urgency)


def _points(session: Session, rows: Sequence[Reminder], today: date) -> dict[tuple[str, int], int]:
    """The numbers that some rules say: points behind plan, segments to survey; by rule and record."""
    behind, survey = Rule.BUILDING_BEHIND.value, Rule.SEGMENT_SURVEY.value
    found = {(behind, key): n for key, n in _behind(session, _of(rows, behind)).items()}
    return found | {(survey, key): n for key, n in old_segments(session, _of(rows, survey), today).items()}


def _of(rows: Sequence[Reminder], rule: str) -> list[int]:
    return [row.subject_id for row in rows if row.rule == rule]


def _behind(session: Session, project_ids: Sequence[int]) -> dict[int, int]:
    """Points behind plan by project, as the newest monthly record says; no statement where nobody is behind."""
    if not project_ids:
        return {}
    query = (
        select(MonthlyRecord.project_id, MonthlyRecord.planned_percent - MonthlyRecord.done_percent)
        .where(MonthlyRecord.project_id.in_(project_ids), MonthlyRecord.planned_percent.is_not(None))
        .order_by(MonthlyRecord.month)
    )
    return dict(session.execute(query).all())


def _urgency(item: OpenReminder) -> tuple[object, ...]:
    by_time = item.due_at.timestamp() if item.due_at else float("inf")
    return (item.light is not Light.RED, item.red_on, by_time, item.id)


def _concerns(actor: Actor) -> ColumnElement[bool]:
    """Which reminders may concern the actor; scope is asked of their records."""
    mine = Reminder.person_id == actor.id
    if actor.role is Role.CHIEF:
        return or_(mine, Reminder.person_id.is_(None), Reminder.level >= Level.CHIEF.number)
    if actor.role is Role.LEADER:
        return or_(mine, Reminder.level >= Level.LEADER.number)
    if actor.role is Role.PARK_MANAGER:
        return or_(mine, Reminder.rule == Rule.INTRODUCTION_UNANSWERED.value)
    if actor.role is Role.CHAIN_TEAM:
        return or_(mine, and_(Reminder.person_id.is_(None), Reminder.subject_kind.in_(OF_CHAINS)))
    return mine


def _item(actor: Actor, row: Reminder, subject: Subject, known: _Known, points: int | None) -> OpenReminder:
    rule = Rule(row.rule)
    behind = holder(subject)
    red_on, yellow_on = row.red_on or NEVER, row.yellow_on or known.today
    clock = clock_of(rule, known.rules, behind.grade)
    used = subject.postponed if isinstance(subject, FollowUp) else row.snoozes
    return OpenReminder(
        id=row.id,
        rule=rule,
        duty=_duty(actor, row),
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        lead_id=row.lead_id,
        number=behind.number,
        enterprise=behind.name,
        what=_what(actor, rule, subject, row, points),
        detail=basis(rule, row.started_on, known.today, clock, known.overrides),
        light=Lights(yellow_on, red_on).at(known.today),
        started_on=row.started_on,
        yellow_on=yellow_on,
        red_on=red_on,
        red_days=_red_days(red_on, known),
        level=list(Level)[row.level],
        due_at=_due_at(subject),
        owner_name=behind.owner.name if behind.owner else None,
        snoozes=used,
        snoozes_left=snoozes_left(used, known.rules),
        snoozed_until=row.snoozed_until,
        is_demo=behind.is_demo,
    )


def _red_days(red_on: date, known: _Known) -> int:
    return 0 if known.today < red_on else days_overdue(red_on, known.today, known.overrides) + 1


def _duty(actor: Actor, row: Reminder) -> Duty:
    if actor.role is Role.PARK_MANAGER and row.subject_kind == "introduction":
        return Duty.OWED
    if row.person_id is None and row.subject_kind in OF_CHAINS:
        return Duty.ESCALATED if actor.role is Role.LEADER else Duty.MINE
    if row.person_id == actor.id or (row.person_id is None and actor.role is Role.CHIEF):
        return Duty.MINE
    return Duty.ESCALATED


def _what(actor: Actor, rule: Rule, subject: Subject, row: Reminder, points: int | None) -> Sentence:
    if isinstance(subject, FollowUp):
        if subject.subject.startswith(label(subject.kind)):
            return to_do(rule, follow_up=Sentence("%(subject)s", {"subject": subject.subject}))
        words = {"kind": Sentence(label(subject.kind)), "subject": subject.subject}
        return to_do(rule, follow_up=Sentence(N_("%(kind)s：%(subject)s"), words))
    if isinstance(subject, Introduction):
        if actor.role is Role.PARK_MANAGER:
            return Sentence(N_("答复推介：愿接待或不合适"))
        return to_do(rule, park=subject.park.name)
    return to_do(rule, until=row.started_on, subject=subjects.words(subject), points=points)


def _due_at(subject: Subject) -> datetime | None:
    if isinstance(subject, FollowUp):
        return subject.due_at
    return subject.viewing_at if isinstance(subject, Introduction) else None
