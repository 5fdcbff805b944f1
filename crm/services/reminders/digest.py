"""What the daily digest says to one person, without words: the mail and its preview are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission, Role
from crm.domain.calendar import Overrides, china_instant, day_bounds, next_working_day
from crm.domain.pipeline import Light
from crm.domain.reminders import Level, escalation_day
from crm.models import FollowUp, Lead, Person
from crm.services import access
from crm.services.access import Actor
from crm.services.reminders.conditions import overrides, thresholds
from crm.services.reminders.items import Duty, OpenReminder, open_for


@dataclass(frozen=True, slots=True)
class Coming:
    """A follow-up of the next working day: a first look, nothing to do yet."""

    due_at: datetime
    enterprise: str
    subject: str
    lead_id: int
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Escalation:
    """What happens to the overdue items that have not been escalated, if they stay as they are."""

    count: int
    red_on: date
    chief_on: date
    leader_on: date
    chief_after: int
    leader_after: int
    chief_name: str | None


@dataclass(frozen=True, slots=True)
class Digest:
    """One person's day: `overdue` and `due` are theirs to do, `escalated` has come up to them, `coming` is next."""

    day: date
    overdue: tuple[OpenReminder, ...]
    due: tuple[OpenReminder, ...]
    escalated: tuple[OpenReminder, ...]
    coming: tuple[Coming, ...]
    coming_day: date
    escalation: Escalation | None
    owes_answers: bool
    is_demo: bool

    @property
    def to_do(self) -> int:
        return len(self.overdue) + len(self.due)

    @property
    def is_empty(self) -> bool:
        return not (self.overdue or self.due or self.escalated)


def digest_for(session: Session, actor: Actor, day: date) -> Digest:
    """What there is to say to the actor about `day`, by what is open and what they may see now."""
    at = china_instant(day + timedelta(days=1)) - timedelta(seconds=1)
    days = overrides(session)
    items = open_for(session, actor, at, days)
    acting = [item for item in items if item.duty is not Duty.ESCALATED]
    overdue = tuple(item for item in acting if item.light is Light.RED)
    due = tuple(sorted((item for item in acting if item.light is Light.YELLOW), key=_by_time))
    coming_day = next_working_day(day, days)
    coming = tuple(_coming(session, actor, coming_day))
    return Digest(
        day=day,
        overdue=overdue,
        due=due,
        escalated=tuple(item for item in items if item.duty is Duty.ESCALATED),
        coming=coming,
        coming_day=coming_day,
        escalation=_escalation(session, actor, overdue, days),
        owes_answers=bool(acting) and all(item.duty is Duty.OWED for item in acting),
        is_demo=any(item.is_demo for item in items) or any(item.is_demo for item in coming),
    )


def _by_time(item: OpenReminder) -> tuple[float, int]:
    return (item.due_at.timestamp() if item.due_at else float("inf"), item.id)


def _coming(session: Session, actor: Actor, day: date) -> list[Coming]:
    if not actor.may(Permission.LEADS_EDIT):
        return []
    start, end = day_bounds(day)
    query = (
        select(FollowUp)
        .join(Lead, Lead.id == FollowUp.lead_id)
        .where(
            FollowUp.owner_id == actor.id,
            FollowUp.done_at.is_(None),
            FollowUp.due_at >= start,
            FollowUp.due_at < end,
            access.lead_scope(actor),
        )
        .options(joinedload(FollowUp.lead).joinedload(Lead.enterprise))
        .order_by(FollowUp.due_at, FollowUp.id)
        .limit(10)
    )
    return [
        Coming(item.due_at, item.lead.enterprise.name, item.subject, item.lead_id, item.is_demo)
        for item in session.scalars(query)
    ]


def _escalation(
    session: Session, actor: Actor, overdue: tuple[OpenReminder, ...], days: Overrides
) -> Escalation | None:
    """The next step up for the earliest red item that is still with its owner."""
    waiting = [item for item in overdue if item.level is Level.OWNER]
    if not waiting or actor.role is not Role.OFFICER:
        return None
    rules = thresholds(session)
    red_on = min(item.red_on for item in waiting)
    chief = session.scalar(
        select(Person.name)
        .where(Person.role == Role.CHIEF, Person.is_active, Person.section_id == actor.section_id)
        .order_by(Person.id)
        .limit(1)
    )
    return Escalation(
        count=sum(item.red_on == red_on for item in waiting),
        red_on=red_on,
        chief_on=escalation_day(Level.CHIEF, red_on, rules, days),
        leader_on=escalation_day(Level.LEADER, red_on, rules, days),
        chief_after=rules.chief_after,
        leader_after=rules.leader_after,
        chief_name=chief,
    )
