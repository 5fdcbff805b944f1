"""Leads, promises and introductions around one week of November 2026, for tests of reminders and digests."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.introductions import IntroductionState
from crm.domain.leads import FollowUpKind, LeadSource, LeadState
from crm.domain.pipeline import Stage
from crm.infra.clock import instant_at
from crm.infra.db import Database
from crm.models import Enterprise, FollowUp, Introduction, Lead, Notice, Project, Reminder
from crm.services import reminders
from crm.services.access import actor_for
from tests.cast import Cast

DOMAIN = "example.org"
MONDAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 20)


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """An instant on the clock of Shanghai."""
    return instant_at(day) + timedelta(hours=hour, minutes=minute)


def lead(session: Session, cast: Cast, number: int = 1, **changes: object) -> Lead:
    """A lead with every clock quiet: owned, screened, just touched."""
    firm = Enterprise(name=f"示例{number}公司（示例）", normalised_name=f"示例{number}", core_name=f"示例{number}")
    session.add(firm)
    session.flush()
    values: dict[str, object] = {
        "number": f"XS-2026-{number:04d}",
        "enterprise_id": firm.id,
        "state": LeadState.VALID,
        "source": LeadSource.PHONE,
        "owner_id": cast.officer,
        "section_id": cast.section,
        "received_at": at(FRIDAY, 9),
        "last_activity_at": at(FRIDAY, 9),
    }
    made = Lead(**(values | changes))
    session.add(made)
    session.flush()
    return made


def follow_up(session: Session, of: Lead, due: datetime, **changes: object) -> FollowUp:
    values: dict[str, object] = {
        "lead_id": of.id,
        "kind": FollowUpKind.CALL,
        "subject": "问清竞争地",
        "due_at": due,
        "owner_id": of.owner_id,
    }
    made = FollowUp(**(values | changes))
    session.add(made)
    session.flush()
    return made


def introduction(session: Session, cast: Cast, of: Lead, **changes: object) -> Introduction:
    values: dict[str, object] = {
        "lead_id": of.id,
        "park_id": cast.park,
        "state": IntroductionState.INTRODUCED,
        "sent_by_id": cast.officer,
        "sent_at": at(date(2026, 11, 18)),
    }
    made = Introduction(**(values | changes))
    session.add(made)
    session.flush()
    return made


def plan(database: Database, moment: datetime) -> reminders.Planned:
    with database.writing() as session, time_machine.travel(moment, tick=False):
        return reminders.plan(session, DOMAIN, moment)


def rows(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as session:
        return [
            tuple(row)
            for row in session.execute(
                select(
                    Reminder.id,
                    Reminder.rule,
                    Reminder.subject_id,
                    Reminder.yellow_on,
                    Reminder.red_on,
                    Reminder.level,
                    Reminder.ended_at,
                ).order_by(Reminder.id)
            )
        ]


def notices(database: Database) -> Counter[tuple[int, str]]:
    with database.reading() as session:
        return Counter(tuple(row) for row in session.execute(select(Notice.person_id, Notice.kind)))


def items(database: Database, person: int, moment: datetime) -> list[reminders.OpenReminder]:
    with database.reading() as session:
        return reminders.open_for(session, actor_for(session, person), moment)


def project(session: Session, of: Lead, **changes: object) -> Project:
    """The project of a lead, walking on, in the lead's hands, just touched."""
    values: dict[str, object] = {
        "number": of.number.replace("XS", "CB"),
        "lead_id": of.id,
        "enterprise_id": of.enterprise_id,
        "name": of.number,
        "stage": Stage.RESERVE,
        "stage_since": at(FRIDAY, 9),
        "owner_id": of.owner_id,
        "section_id": of.section_id,
        "last_activity_at": at(FRIDAY, 9),
    }
    made = Project(**(values | changes))
    session.add(made)
    session.flush()
    return made
