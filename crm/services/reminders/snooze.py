"""Asking for more time: with a reason, twice at most, kept for ever (DOMAIN §6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission, Role
from crm.domain.calendar import CHINA, Overrides
from crm.domain.errors import Invalid, NotAllowed, NotFound
from crm.domain.labels import N_
from crm.domain.reminders import (
    NEVER,
    REASON_LENGTH,
    Level,
    Lights,
    Rule,
    Thresholds,
    check_snooze,
    level_on,
    lights,
    snoozes_left,
)
from crm.domain.text import clean_text
from crm.infra.clock import now, today
from crm.models import FollowUp, Introduction, Reminder, Snooze
from crm.services import access, audit, follow_ups, timeline
from crm.services.access import Actor
from crm.services.reminders import subjects
from crm.services.reminders.conditions import overrides, thresholds
from crm.services.reminders.subjects import OF_CHAINS, Subject, history_of, holder

_GONE = N_("没有这条提醒，或您无权查看。")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreTime:
    """Until when, and why."""

    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Snoozable:
    """A reminder that the person may ask more time for, as the form shows it."""

    id: int
    rule: Rule
    enterprise: str
    lead_id: int | None
    introduction_id: int | None
    snoozes_left: int
    longest_days: int


def snoozable(session: Session, actor: Actor, reminder_id: int) -> Snoozable:
    """What the form shows. NotFound outside the actor's scope, NotAllowed for what others must act on."""
    reminder, subject = _load(session, actor, reminder_id)
    rules = thresholds(session)
    return Snoozable(
        id=reminder.id,
        rule=Rule(reminder.rule),
        enterprise=holder(subject).name,
        lead_id=reminder.lead_id if actor.role is not Role.PARK_MANAGER else None,
        introduction_id=reminder.subject_id if isinstance(subject, Introduction) else None,
        snoozes_left=snoozes_left(_used(reminder, subject), rules),
        longest_days=rules.snooze_days,
    )


def snooze(session: Session, actor: Actor, reminder_id: int, more: MoreTime) -> None:
    """Give a reminder more time. A follow-up is put off itself, so that both are counted as one.

    Raises Invalid for a missing reason, a day that is past or too far away, and a third time.
    """
    reminder, subject = _load(session, actor, reminder_id, lock=True)
    if reminder.ended_at is not None:
        raise Invalid("", N_("这件事已经办结，不用延后。"))
    rules, days = thresholds(session), overrides(session)
    reason = clean_text(more.reason, REASON_LENGTH, "reason", multiline=True)
    check_snooze(_used(reminder, subject), more.until, reason, today(), rules)
    if isinstance(subject, FollowUp):
        follow_ups.postpone(session, actor, subject, _same_time(subject.due_at, more.until), reason)
        return
    when = _lights_then(reminder, subject, more.until, rules, days)
    reminder.snoozes += 1
    reminder.snoozed_until = more.until
    reminder.yellow_on, reminder.red_on = when.yellow_on, when.red_on if when.red_on != NEVER else None
    reminder.level = level_on(today(), when.red_on, rules, days).number
    session.add(
        Snooze(
            reminder_id=reminder.id,
            person_id=actor.id,
            reason=reason,
            until=more.until,
            at=now(),
            is_demo=reminder.is_demo,
        )
    )
    _write_down(session, actor, reminder, subject, reason, more.until)


def _lights_then(reminder: Reminder, subject: Subject, until: date, rules: Thresholds, days: Overrides) -> Lights:
    """The lights with more time. Where a rule counts points, the light that was on comes back that day."""
    rule = Rule(reminder.rule)
    if rule is Rule.BUILDING_BEHIND:
        clock = rules.building_behind
        points = clock.red if reminder.red_on is not None else clock.yellow
        return lights(rule, reminder.started_on, rules, days, None, until, points)
    return lights(rule, reminder.started_on, rules, days, holder(subject).grade, until)


def _write_down(session: Session, actor: Actor, reminder: Reminder, subject: Subject, reason: str, until: date) -> None:
    lead, project_id = history_of(subject)
    if lead is not None:
        timeline.note(
            session,
            actor,
            "reminder.snoozed",
            lead,
            project_id=project_id,
            rule=reminder.rule,
            to=until.isoformat(),
            note=reason,
        )
    audit.record(
        session,
        actor.id,
        "reminder.snoozed",
        ("reminder", reminder.id),
        after={"rule": reminder.rule, "until": until.isoformat(), "reason": reason, "count": reminder.snoozes},
    )


def _same_time(due_at: datetime, day: date) -> datetime:
    """The same time of the day on another day, in Asia/Shanghai."""
    clock = due_at.astimezone(CHINA).time()
    return datetime.combine(day, clock, CHINA)


def _used(reminder: Reminder, subject: Subject) -> int:
    return subject.postponed if isinstance(subject, FollowUp) else reminder.snoozes


def _load(session: Session, actor: Actor, reminder_id: int, *, lock: bool = False):
    """The reminder and its record, through the record's scope; only who must act may ask for time."""
    access.require(actor, Permission.REMINDERS_SNOOZE)
    query = select(Reminder).where(Reminder.id == reminder_id)
    reminder = session.scalar(query.with_for_update() if lock else query)
    if reminder is None:
        raise NotFound(_GONE)
    subject = subjects.load(session, actor, [reminder]).get((reminder.subject_kind, reminder.subject_id))
    if subject is None:
        raise NotFound(_GONE)
    if not _must_act(actor, reminder):
        raise NotAllowed(N_("这件事由他人负责，只有负责人和科长能延后。"))
    return reminder, subject


def _must_act(actor: Actor, reminder: Reminder) -> bool:
    if reminder.person_id is None and reminder.subject_kind in OF_CHAINS:
        # Whoever keeps the chain: the record was loaded in that scope.
        return actor.role is Role.CHAIN_TEAM
    if actor.role is Role.PARK_MANAGER and reminder.person_id != actor.id:
        return reminder.rule == Rule.INTRODUCTION_UNANSWERED.value and reminder.level < Level.LEADER.number
    return actor.role is Role.CHIEF or reminder.person_id == actor.id
