"""Asking for more time, and whose digest is planned with what in it — on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from crm.domain.errors import Invalid, NotAllowed, NotFound
from crm.domain.leads import LeadState
from crm.domain.pipeline import Light
from crm.infra.clock import instant_at
from crm.infra.db import Database
from crm.models import (
    FollowUp,
    OutboxMail,
    Person,
    Reminder,
    Snooze,
)
from crm.services import reminders
from crm.services.access import actor_for
from crm.services.reminders import MoreTime
from tests.cast import Cast
from tests.reminding import FRIDAY, MONDAY, at, follow_up, items, lead, notices, plan, rows
from tests.statements import counted

# ── More time ────────────────────────────────────────────────────────────────────────────────────────────────────────


def ask(database: Database, person: int, reminder_id: int, day: date, until: date, reason: str = "对方出差") -> None:
    with time_machine.travel(at(day), tick=False), database.writing() as session:
        reminders.snooze(session, actor_for(session, person), reminder_id, MoreTime(until=until, reason=reason))


def test_more_time_takes_the_light_off_stops_escalation_and_is_kept(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        lead(session, cast, state=LeadState.NEW)
    plan(database, at(date(2026, 12, 1)))
    reminder = rows(database)[0][0]
    until = date(2026, 12, 8)
    ask(database, cast.officer, reminder, date(2026, 12, 1), until)
    plan(database, at(date(2026, 12, 7)))
    assert items(database, cast.officer, at(date(2026, 12, 7))) == []
    assert (cast.chief, "reminder.chief") not in notices(database)
    plan(database, at(until))
    (item,) = items(database, cast.officer, at(until))
    assert (item.light, item.snoozes_left, item.red_on) == (Light.YELLOW, 1, date(2026, 12, 9))
    with database.reading() as session:
        assert [kept.reason for kept in session.scalars(select(Snooze))] == ["对方出差"]


def test_a_third_time_is_refused_with_a_sentence(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        lead(session, cast, state=LeadState.NEW)
    day = date(2026, 12, 1)
    plan(database, at(day))
    reminder = rows(database)[0][0]
    ask(database, cast.officer, reminder, day, date(2026, 12, 3))
    ask(database, cast.officer, reminder, day, date(2026, 12, 4))
    with pytest.raises(Invalid) as refusal:
        ask(database, cast.officer, reminder, day, date(2026, 12, 5))
    assert "2" in str(refusal.value)


def test_more_time_for_a_follow_up_puts_the_follow_up_itself_off(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        promise = follow_up(session, lead(session, cast), at(MONDAY, 15, 30)).id
    plan(database, at(MONDAY))
    reminder = rows(database)[0][0]
    ask(database, cast.officer, reminder, MONDAY, date(2026, 11, 26))
    with database.reading() as session:
        moved = session.get(FollowUp, promise)
        assert (moved.due_at, moved.postponed) == (at(date(2026, 11, 26), 15, 30), 1)
    assert plan(database, at(MONDAY)).ended == 1
    plan(database, at(date(2026, 11, 26)))
    (item,) = items(database, cast.officer, at(date(2026, 11, 26)))
    assert item.snoozes_left == 1


def test_only_who_must_act_may_ask_for_more_time(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        lead(session, cast, state=LeadState.NEW)
    day = date(2026, 12, 1)
    plan(database, at(day))
    reminder = rows(database)[0][0]
    with pytest.raises(NotAllowed):
        ask(database, cast.colleague, reminder, day, date(2026, 12, 3))
    for person in (cast.outsider, cast.other_chief):
        with pytest.raises(NotFound):
            ask(database, person, reminder, day, date(2026, 12, 3))
    with pytest.raises(NotAllowed):
        ask(database, cast.leader, reminder, day, date(2026, 12, 3))
    with pytest.raises(NotFound):
        ask(database, cast.officer, 999_999, day, date(2026, 12, 3))
    ask(database, cast.chief, reminder, day, date(2026, 12, 3))


# ── Digests ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def mails(database: Database) -> list[tuple[int, str]]:
    with database.reading() as session:
        query = select(OutboxMail.recipient_id, OutboxMail.period).order_by(OutboxMail.period, OutboxMail.id)
        return [tuple(row) for row in session.execute(query)]


def test_one_digest_a_person_a_working_day_planned_at_half_past_eight(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        for number in range(3):
            follow_up(session, lead(session, cast, number), at(FRIDAY))
    plan(database, at(FRIDAY, 8, 29))
    assert mails(database) == []
    plan(database, at(FRIDAY, 8, 30))
    plan(database, at(FRIDAY, 17))
    plan(database, at(FRIDAY + timedelta(days=1), 10))
    plan(database, at(FRIDAY + timedelta(days=2), 10))
    plan(database, at(MONDAY, 11))
    assert mails(database) == [(cast.officer, "2026-11-20"), (cast.officer, "2026-11-23")]


def test_a_digest_is_not_planned_for_who_has_no_address_or_nothing_to_hear(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        follow_up(session, lead(session, cast), at(MONDAY + timedelta(days=1)))
        follow_up(session, lead(session, cast, 2, owner_id=cast.colleague), at(MONDAY))
        session.get(Person, cast.colleague).email = None
    plan(database, at(MONDAY))
    assert mails(database) == []


def test_a_digest_that_the_day_has_passed_is_worth_nothing(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        follow_up(session, lead(session, cast), at(FRIDAY))
    plan(database, at(FRIDAY))
    with database.reading() as session:
        assert session.scalar(select(OutboxMail.expires_at)) == instant_at(FRIDAY + timedelta(days=1))


def test_a_digest_says_what_is_overdue_due_and_coming_and_what_goes_up_when(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        follow_up(session, lead(session, cast, 1), at(FRIDAY), subject="逾期的")
        follow_up(session, lead(session, cast, 2), at(MONDAY, 14), subject="下午的")
        follow_up(session, lead(session, cast, 3), at(MONDAY, 10), subject="上午的")
        follow_up(session, lead(session, cast, 4), at(MONDAY + timedelta(days=1), 9), subject="明天的")
        follow_up(session, lead(session, cast, 5), at(MONDAY + timedelta(days=2), 9), subject="后天的")
    plan(database, at(MONDAY, 8, 30))
    with database.reading() as session:
        digest = reminders.digest_for(session, actor_for(session, cast.officer), MONDAY)
    assert [item.what.params["subject"] for item in digest.overdue] == ["逾期的"]
    assert [item.what.params["subject"] for item in digest.due] == ["上午的", "下午的"]
    assert [item.subject for item in digest.coming] == ["明天的"]
    assert digest.escalation is not None
    assert (digest.escalation.chief_on, digest.escalation.leader_on) == (date(2026, 11, 26), date(2026, 12, 2))
    assert digest.escalation.chief_name == "何志强"


def test_planning_three_hundred_leads_takes_a_handful_of_statements(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        for number in range(300):
            of = lead(session, cast, number, state=LeadState.NEW, received_at=at(date(2026, 10, 20)))
            follow_up(session, of, at(FRIDAY))
    with counted() as first:
        planned = plan(database, at(MONDAY))
    assert planned.begun == 600
    assert len(first) <= 30
    with counted() as again:
        assert plan(database, at(MONDAY)) == reminders.Planned()
    assert len(again) <= 19
    with counted() as reading:
        assert len(items(database, cast.officer, at(MONDAY))) == 600
    assert len(reading) <= 9
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reminder)) == 600
