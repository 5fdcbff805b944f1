"""Reminders with records: planning, healing, telling, escalating, more time, digests — on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.domain.introductions import IntroductionState
from crm.domain.leads import Grade, LeadSource, LeadState
from crm.domain.pipeline import Light, SideState, Stage
from crm.domain.reminders import Level, Rule
from crm.infra.db import Database
from crm.models import (
    CalendarDay,
    FollowUp,
    Introduction,
    Person,
    Project,
    SettingVersion,
)
from crm.services import reminders
from crm.services.reminders import Duty
from tests.cast import Cast
from tests.reminding import FRIDAY, MONDAY, at, follow_up, introduction, items, lead, notices, plan, rows


def test_a_follow_up_due_on_friday_is_yellow_that_day_and_red_on_monday(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        follow_up(session, lead(session, cast), at(FRIDAY, 15))
    assert plan(database, at(FRIDAY - timedelta(days=1))).begun == 0
    assert plan(database, at(FRIDAY, 8)).told == 0
    assert plan(database, at(FRIDAY, 9)).told == 1
    (friday,) = items(database, cast.officer, at(FRIDAY, 9))
    (sunday,) = items(database, cast.officer, at(FRIDAY + timedelta(days=2), 23))
    (monday,) = items(database, cast.officer, at(MONDAY, 0, 1))
    assert [item.light for item in (friday, sunday, monday)] == [Light.YELLOW, Light.YELLOW, Light.RED]
    assert monday.red_days == 1
    plan(database, at(MONDAY, 9))
    assert notices(database) == {(cast.officer, "reminder.yellow"): 1, (cast.officer, "reminder.red"): 1}


def test_planning_twice_changes_nothing(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        for number in range(5):
            unowned = lead(session, cast, number, state=LeadState.NEW, owner_id=None)
            follow_up(session, unowned, at(FRIDAY), owner_id=cast.officer)
    first = plan(database, at(MONDAY))
    before, told = rows(database), notices(database)
    assert first.begun
    assert first.told
    assert plan(database, at(MONDAY)) == reminders.Planned()
    assert rows(database) == before
    assert notices(database) == told


def test_missed_days_heal_themselves(database: Database, cast: Cast) -> None:
    """A planner that slept for a fortnight leaves the same rows as one that ticked every day."""
    with database.writing() as session:
        follow_up(session, lead(session, cast), at(FRIDAY))
    late = at(date(2026, 12, 7))
    plan(database, late)
    woken = rows(database)
    assert [(row[1], row[3], row[4], row[5]) for row in woken] == [("follow_up_due", FRIDAY, MONDAY, 3)]
    # Only the state of now is told: red to the owner, and both steps up.
    assert notices(database) == {
        (cast.officer, "reminder.red"): 1,
        (cast.chief, "reminder.chief"): 1,
        (cast.leader, "reminder.leader"): 1,
    }


def test_each_step_up_is_told_on_its_day_once_to_the_right_people(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        follow_up(session, lead(session, cast), at(FRIDAY))
    seen: dict[str, date] = {}
    day = FRIDAY
    while day <= date(2026, 12, 9):
        for hour in (8, 9, 17):
            plan(database, at(day, hour))
        for (_, kind), number in notices(database).items():
            assert number == 1
            seen.setdefault(kind, day)
        day += timedelta(days=1)
    assert seen == {
        "reminder.yellow": FRIDAY,
        "reminder.red": MONDAY,
        "reminder.chief": date(2026, 11, 26),
        "reminder.leader": date(2026, 12, 2),
    }
    assert set(notices(database)) == {
        (cast.officer, "reminder.yellow"),
        (cast.officer, "reminder.red"),
        (cast.chief, "reminder.chief"),
        (cast.leader, "reminder.leader"),
    }
    assert rows(database)[0][5] == Level.RED_BOX.number


def test_a_reminder_ends_only_when_its_condition_is_gone_and_comes_back_with_it(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        promise = follow_up(session, lead(session, cast), at(FRIDAY)).id
    plan(database, at(MONDAY))
    plan(database, at(MONDAY + timedelta(days=90)))
    assert [row[6] for row in rows(database) if row[1] == "follow_up_due"] == [None]
    with database.writing() as session:
        session.get(FollowUp, promise).done_at = at(MONDAY)
    assert plan(database, at(MONDAY + timedelta(days=91))).ended == 1
    assert not [item for item in items(database, cast.officer, at(MONDAY)) if item.rule is Rule.FOLLOW_UP_DUE]
    with database.writing() as session:
        session.get(FollowUp, promise).done_at = None
    assert plan(database, at(MONDAY + timedelta(days=92))).begun == 1
    assert len([row for row in rows(database) if row[1] == "follow_up_due"]) == 1


@pytest.mark.parametrize(
    ("changes", "rule", "yellow", "red"),
    [
        ({"owner_id": None}, Rule.LEAD_UNOWNED, "2026-11-23", "2026-11-24"),
        ({"state": LeadState.NEW}, Rule.LEAD_UNSCREENED, "2026-11-25", "2026-12-01"),
        ({"state": LeadState.SCREENING}, Rule.LEAD_UNSCREENED, "2026-11-25", "2026-12-01"),
        ({"source": LeadSource.REFERRAL}, Rule.REFERRER_UNTOLD, "2026-11-27", "2026-12-01"),
        ({"referrer": "某商会"}, Rule.REFERRER_UNTOLD, "2026-11-27", "2026-12-01"),
        ({"referrer": "某商会", "state": LeadState.INVALID}, Rule.REFERRER_UNTOLD, "2026-11-27", "2026-12-01"),
        ({"protected_until": date(2026, 12, 15)}, Rule.PROTECTION_ENDING, "2026-12-01", "2026-12-15"),
        ({"grade": Grade.A}, Rule.LEAD_SILENT, "2026-12-04", "2026-12-20"),
        ({"grade": Grade.B}, Rule.LEAD_SILENT, "2026-12-20", "2027-01-19"),
        ({}, Rule.LEAD_SILENT, "2027-01-19", "2027-02-18"),
    ],
)
def test_every_rule_of_leads_turns_on_its_days(
    database: Database, cast: Cast, changes: dict[str, object], rule: Rule, yellow: str, red: str
) -> None:
    with database.writing() as session:
        lead(session, cast, **changes)
    before = date.fromisoformat(yellow) - timedelta(days=1)
    plan(database, at(before))
    assert rule.value not in [row[1] for row in rows(database)]
    plan(database, at(date.fromisoformat(yellow)))
    (found,) = [row for row in rows(database) if row[1] == rule.value]
    assert (found[3], found[4]) == (date.fromisoformat(yellow), date.fromisoformat(red))


@pytest.mark.parametrize(
    "changes",
    [
        {"state": LeadState.INVALID},
        {"state": LeadState.DUPLICATE, "owner_id": None},
        {"referrer": "某商会", "referrer_told_at": datetime(2026, 11, 20, tzinfo=UTC), "state": LeadState.INVALID},
    ],
)
def test_a_closed_lead_that_owes_nothing_is_quiet(database: Database, cast: Cast, changes: dict[str, object]) -> None:
    with database.writing() as session:
        lead(session, cast, **changes)
    assert plan(database, at(MONDAY + timedelta(days=200))) == reminders.Planned()


def test_once_a_lead_is_a_project_the_projects_clock_counts(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        of = lead(session, cast, grade=Grade.A, protected_until=date(2026, 12, 1))
        session.add(
            Project(
                number="CB-2026-0001",
                lead_id=of.id,
                enterprise_id=of.enterprise_id,
                name="示例项目（示例）",
                stage=Stage.NEGOTIATING,
                side_state=SideState.ACTIVE,
                stage_since=at(FRIDAY),
                last_activity_at=at(FRIDAY),
                grade=Grade.A,
                owner_id=cast.officer,
                section_id=cast.section,
            )
        )
    plan(database, at(date(2026, 12, 4)))
    assert [row[1] for row in rows(database)] == ["project_silent"]
    (item,) = items(database, cast.officer, at(date(2026, 12, 4)))
    assert (item.subject_kind, item.number) == ("project", "CB-2026-0001")


def test_an_unanswered_introduction_is_told_to_the_park_and_to_the_officer(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        sent = introduction(session, cast, lead(session, cast)).id
    plan(database, at(MONDAY))
    assert notices(database) == {(cast.officer, "reminder.yellow"): 1, (cast.manager, "reminder.yellow"): 1}
    (owed,) = items(database, cast.manager, at(MONDAY))
    assert (owed.duty, owed.subject_kind, owed.subject_id) == (Duty.OWED, "introduction", sent)
    assert items(database, cast.other_manager, at(MONDAY)) == []
    with database.writing() as session:
        session.get(Introduction, sent).state = IntroductionState.ACCEPTED
    assert plan(database, at(MONDAY)).ended == 1


def test_the_answer_clock_starts_again_on_the_day_of_an_agreed_viewing(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        introduction(session, cast, lead(session, cast), state=IntroductionState.VIEWING, viewing_at=at(MONDAY, 14))
    plan(database, at(MONDAY))
    assert rows(database) == []
    plan(database, at(date(2026, 11, 26)))
    assert [(row[1], row[3]) for row in rows(database)] == [("introduction_unanswered", date(2026, 11, 26))]


def test_a_lead_that_nobody_owns_is_told_to_its_chief_and_without_a_section_to_all_chiefs(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        lead(session, cast, 1, owner_id=None)
        lead(session, cast, 2, owner_id=None, section_id=None)
    plan(database, at(MONDAY))
    assert notices(database) == {(cast.chief, "reminder.yellow"): 2, (cast.other_chief, "reminder.yellow"): 1}


def test_what_a_person_who_left_should_do_is_told_to_the_chief(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        follow_up(session, lead(session, cast), at(FRIDAY))
        session.get(Person, cast.officer).is_active = False
    plan(database, at(FRIDAY))
    assert set(notices(database)) == {(cast.chief, "reminder.yellow")}


def test_thresholds_and_free_days_are_settings(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        lead(session, cast, owner_id=None)
        value = {"lead_unowned": {"yellow": 2, "red": 3}}
        session.add(SettingVersion(key="reminders.thresholds", number=1, value=value, reason="试行"))
        session.add(CalendarDay(day=MONDAY, is_working=False, reason="台风停工"))
    plan(database, at(date(2026, 11, 25)))
    assert [(row[3], row[4]) for row in rows(database)] == [(date(2026, 11, 25), date(2026, 11, 26))]


def test_nobody_sees_reminders_of_records_outside_their_scope(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        follow_up(session, lead(session, cast), at(FRIDAY))
    late = at(date(2026, 12, 7))
    plan(database, late)
    assert [item.duty for item in items(database, cast.officer, late)] == [Duty.MINE]
    assert [item.duty for item in items(database, cast.chief, late)] == [Duty.ESCALATED]
    assert [item.duty for item in items(database, cast.leader, late)] == [Duty.ESCALATED]
    for person in (cast.colleague, cast.outsider, cast.other_chief, cast.manager, cast.chain_team, cast.admin):
        assert items(database, person, late) == []
