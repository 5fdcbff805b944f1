"""What waits for a person: open reminders within their scope, for desks and digests.

The right to see is asked here and now: a reminder whose record the person may no longer see is not among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Role
from crm.domain.calendar import Overrides, days_overdue
from crm.domain.labels import N_, label
from crm.domain.pipeline import Light
from crm.domain.reminders import (
    Level,
    Lights,
    Rule,
    Thresholds,
    basis,
    clock_of,
    snoozes_left,
    to_do,
)
from crm.domain.sentences import Sentence
from crm.infra.clock import civil_date, now
from crm.models import FollowUp, Introduction, Lead, Project, Reminder
from crm.services import access
from crm.services.access import Actor
from crm.services.reminders.conditions import overrides, thresholds


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


@dataclass(frozen=True, slots=True)
class _Known:
    rules: Thresholds
    overrides: Overrides
    today: date


def open_for(session: Session, actor: Actor, at: datetime | None = None) -> list[OpenReminder]:
    """Reminders whose light is on for this person, the most urgent first; seven statements, however many there are.

    Officers see what they must do; chiefs also what was escalated to them and what nobody in their section owns;
    leaders what was escalated to them; park managers the answers that their parks owe.
    """
    today = civil_date(at or now())
    rows = session.scalars(
        select(Reminder).where(Reminder.ended_at.is_(None), Reminder.yellow_on <= today, _concerns(actor))
    ).all()
    if not rows:
        return []
    known = _Known(thresholds(session), overrides(session), today)
    subjects = _subjects(session, actor, rows)
    items = [
        _item(actor, row, subjects[row.subject_kind, row.subject_id], known)
        for row in rows
        if (row.subject_kind, row.subject_id) in subjects
    ]
    return sorted(items, key=_urgency)


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
        return Reminder.rule == Rule.INTRODUCTION_UNANSWERED.value
    return mine


# ── Records behind reminders, each loaded within the actor's scope ───────────────────────────────────────────────────

_Subject = Lead | FollowUp | Introduction | Project


def _subjects(session: Session, actor: Actor, rows: Sequence[Reminder]) -> dict[tuple[str, int], _Subject]:
    wanted: dict[str, list[int]] = {}
    for row in rows:
        wanted.setdefault(row.subject_kind, []).append(row.subject_id)
    of_lead = joinedload(Lead.enterprise), joinedload(Lead.owner)
    queries = {
        "lead": select(Lead).where(access.lead_scope(actor)).options(*of_lead),
        "follow_up": select(FollowUp)
        .join(Lead, Lead.id == FollowUp.lead_id)
        .where(access.lead_scope(actor))
        .options(joinedload(FollowUp.lead).options(*of_lead), joinedload(FollowUp.owner)),
        "introduction": select(Introduction)
        .where(access.introduction_scope(actor))
        .options(joinedload(Introduction.lead).options(*of_lead), joinedload(Introduction.park)),
        "project": select(Project)
        .where(access.project_scope(actor))
        .options(joinedload(Project.enterprise), joinedload(Project.owner)),
    }
    models = {"lead": Lead, "follow_up": FollowUp, "introduction": Introduction, "project": Project}
    found: dict[tuple[str, int], _Subject] = {}
    for kind, ids in wanted.items():
        for record in session.scalars(queries[kind].where(models[kind].id.in_(ids))):
            found[kind, record.id] = record
    return found


def _item(actor: Actor, row: Reminder, subject: _Subject, known: _Known) -> OpenReminder:
    rule = Rule(row.rule)
    carrier = subject.lead if isinstance(subject, FollowUp | Introduction) else subject
    red_on, yellow_on = row.red_on or known.today, row.yellow_on or known.today
    clock = clock_of(rule, known.rules, carrier.grade)
    snoozed = isinstance(subject, FollowUp)
    used = subject.postponed if isinstance(subject, FollowUp) else row.snoozes
    owner = subject.owner if snoozed else carrier.owner
    return OpenReminder(
        id=row.id,
        rule=rule,
        duty=_duty(actor, row),
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        lead_id=row.lead_id,
        number=carrier.number,
        enterprise=carrier.enterprise.name,
        what=_what(actor, rule, subject, row),
        detail=basis(rule, row.started_on, known.today, clock, known.overrides),
        light=Lights(yellow_on, red_on).at(known.today),
        started_on=row.started_on,
        yellow_on=yellow_on,
        red_on=red_on,
        red_days=_red_days(red_on, known),
        level=list(Level)[row.level],
        due_at=_due_at(subject),
        owner_name=owner.name if owner else None,
        snoozes=used,
        snoozes_left=snoozes_left(used, known.rules),
        snoozed_until=row.snoozed_until,
        is_demo=carrier.is_demo,
    )


def _red_days(red_on: date, known: _Known) -> int:
    return 0 if known.today < red_on else days_overdue(red_on, known.today, known.overrides) + 1


def _duty(actor: Actor, row: Reminder) -> Duty:
    if actor.role is Role.PARK_MANAGER:
        return Duty.OWED
    if row.person_id == actor.id or (row.person_id is None and actor.role is Role.CHIEF):
        return Duty.MINE
    return Duty.ESCALATED


def _what(actor: Actor, rule: Rule, subject: _Subject, row: Reminder) -> Sentence:
    if isinstance(subject, FollowUp):
        if subject.subject.startswith(label(subject.kind)):
            return to_do(rule, follow_up=Sentence("%(subject)s", {"subject": subject.subject}))
        words = {"kind": Sentence(label(subject.kind)), "subject": subject.subject}
        return to_do(rule, follow_up=Sentence(N_("%(kind)s：%(subject)s"), words))
    if isinstance(subject, Introduction):
        if actor.role is Role.PARK_MANAGER:
            return Sentence(N_("答复推介：愿接待或不合适"))
        return to_do(rule, park=subject.park.name)
    return to_do(rule, until=row.started_on)


def _due_at(subject: _Subject) -> datetime | None:
    if isinstance(subject, FollowUp):
        return subject.due_at
    return subject.viewing_at if isinstance(subject, Introduction) else None
