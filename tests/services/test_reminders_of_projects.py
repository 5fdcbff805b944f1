"""The clocks of projects, commitments and issues, with records, on both databases (DOMAIN §6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.commitments import CommitmentSide, CommitmentState
from crm.domain.issues import IssueState
from crm.domain.pipeline import Light, SideState, Stage
from crm.domain.reminders import Rule
from crm.infra.clock import now, today
from crm.infra.db import Database
from crm.models import Activity, Commitment, Evidence, Issue, MonthlyRecord, Notice, Project, Reminder
from crm.services import lights, reminders
from crm.services.access import actor_for
from crm.services.reminders import MoreTime
from tests.cast import Cast
from tests.reminding import FRIDAY, MONDAY, at, items, lead, plan, project
from tests.statements import counted

Make = Callable[..., int]


@pytest.fixture
def make(database: Database, cast: Cast) -> Make:
    """A project of a quiet lead; returns its id."""
    numbers = iter(range(1, 100))

    def made(**values: object) -> int:
        with database.writing() as session:
            return project(session, lead(session, cast, next(numbers)), **values).id

    return made


def _on(database: Database, cast: Cast, day: date) -> dict[Rule, Light]:
    """Rules that the owner sees on that day, planned and read at ten o'clock."""
    plan(database, at(day))
    return {item.rule: item.light for item in items(database, cast.officer, at(day))}


def _first_days(database: Database, cast: Cast, rule: Rule, start: date, days: int) -> dict[Light, date]:
    """On which day the rule first shows each light."""
    seen: dict[Light, date] = {}
    for offset in range(days):
        found = _on(database, cast, start + timedelta(days=offset)).get(rule)
        if found is not None:
            seen.setdefault(found, start + timedelta(days=offset))
    return seen


def test_a_review_without_a_verdict_is_yellow_after_ten_working_days_and_red_after_twenty(
    database: Database, cast: Cast, make: Make
) -> None:
    made = make(stage=Stage.REVIEW, stage_since=at(date(2026, 10, 26)))
    assert Rule.REVIEW_WAITING not in _on(database, cast, date(2026, 11, 6))
    assert _on(database, cast, date(2026, 11, 9))[Rule.REVIEW_WAITING] is Light.YELLOW
    assert _on(database, cast, date(2026, 11, 20))[Rule.REVIEW_WAITING] is Light.YELLOW
    assert _on(database, cast, date(2026, 11, 23))[Rule.REVIEW_WAITING] is Light.RED
    with database.writing() as session:
        session.add(Evidence(project_id=made, kind="verdict", note="会议纪要第 3 号（示例）"))
    assert Rule.REVIEW_WAITING not in _on(database, cast, date(2026, 11, 23))


def test_a_withdrawn_verdict_is_none(database: Database, cast: Cast, make: Make) -> None:
    made = make(stage=Stage.REVIEW, stage_since=at(date(2026, 10, 26)))
    with database.writing() as session:
        session.add(Evidence(project_id=made, kind="verdict", note="作废（示例）", withdrawn_at=now()))
    assert _on(database, cast, MONDAY)[Rule.REVIEW_WAITING] is Light.RED


def test_an_incomplete_signing_turns_yellow_and_never_red(database: Database, cast: Cast, make: Make) -> None:
    make(stage=Stage.SIGNED, signed_on=date(2026, 11, 2))
    seen = _first_days(database, cast, Rule.SIGNED_INCOMPLETE, date(2026, 11, 5), 10)
    assert seen == {Light.YELLOW: date(2026, 11, 9)}
    assert _on(database, cast, date(2027, 6, 1))[Rule.SIGNED_INCOMPLETE] is Light.YELLOW
    with database.reading() as session:
        kept = session.scalars(select(Reminder).where(Reminder.rule == "signed_incomplete")).one()
        assert (kept.red_on, kept.level) == (None, 0)


def test_a_complete_signing_waits_for_the_registration_only(database: Database, cast: Cast, make: Make) -> None:
    far = date(2027, 12, 1)
    agreed = {"agreed_register_on": far, "agreed_start_on": far, "agreed_operating_on": far}
    made = make(stage=Stage.SIGNED, signed_on=date(2026, 11, 2), **agreed)
    with database.writing() as session:
        session.add(Evidence(project_id=made, kind="contract", note="合同（示例）"))
    seen = _first_days(database, cast, Rule.NOT_REGISTERED, date(2026, 11, 29), 5)
    assert seen == {Light.RED: date(2026, 12, 2)}
    assert Rule.SIGNED_INCOMPLETE not in _on(database, cast, date(2026, 12, 3))


def test_an_agreed_start_is_announced_then_yellow_red_and_looked_at_for_giving_up(
    database: Database, cast: Cast, make: Make
) -> None:
    make(stage=Stage.LANDED, agreed_start_on=date(2026, 12, 1))
    for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 20)):
        assert Rule.START_OVERDUE not in _on(database, cast, day)
    with database.reading() as session:
        told = session.scalars(select(Notice).where(Notice.kind == "reminder.start_near")).all()
        assert [(row.person_id, row.params["days"]) for row in told] == [(cast.officer, 30)]
    assert _on(database, cast, date(2026, 12, 1))[Rule.START_OVERDUE] is Light.YELLOW
    assert _on(database, cast, date(2027, 2, 28))[Rule.START_OVERDUE] is Light.YELLOW
    late = _on(database, cast, date(2027, 3, 1))
    assert late[Rule.START_OVERDUE] is Light.RED
    assert Rule.EXIT_REVIEW not in late
    assert _on(database, cast, date(2027, 5, 30))[Rule.EXIT_REVIEW] is Light.RED


def test_a_started_project_has_no_start_to_wait_for(database: Database, cast: Cast, make: Make) -> None:
    make(stage=Stage.STARTED, agreed_start_on=date(2026, 1, 1))
    assert not {Rule.START_OVERDUE, Rule.EXIT_REVIEW} & set(_on(database, cast, MONDAY))


@pytest.mark.parametrize(("behind", "expected"), [(9, None), (10, Light.YELLOW), (29, Light.YELLOW), (30, Light.RED)])
def test_points_behind_plan_decide_the_light(
    database: Database, cast: Cast, make: Make, behind: int, expected: Light | None
) -> None:
    made = make(stage=Stage.BUILDING, stage_since=at(date(2026, 10, 1)))
    with database.writing() as session:
        session.add_all(
            [
                # An older month must not count any more.
                MonthlyRecord(project_id=made, month=date(2026, 9, 1), done_percent=0, planned_percent=90),
                MonthlyRecord(
                    project_id=made,
                    month=date(2026, 10, 1),
                    done_percent=40,
                    planned_percent=40 + behind,
                    created_at=at(date(2026, 11, 3)),
                ),
            ]
        )
    plan(database, at(MONDAY))
    found = [item for item in items(database, cast.officer, at(MONDAY)) if item.rule is Rule.BUILDING_BEHIND]
    assert [item.light for item in found] == ([] if expected is None else [expected])
    if found:
        assert f"落后计划 {behind} 个百分点" in str(found[0].what)


def test_an_unknown_plan_is_not_behind(database: Database, cast: Cast, make: Make) -> None:
    made = make(stage=Stage.BUILDING, stage_since=at(FRIDAY))
    with database.writing() as session:
        session.add(MonthlyRecord(project_id=made, month=date(2026, 11, 1), done_percent=0))
    assert not _on(database, cast, MONDAY)


def test_a_month_without_a_record_is_missed_after_35_days(database: Database, cast: Cast, make: Make) -> None:
    made = make(stage=Stage.BUILDING, stage_since=at(date(2026, 10, 5)))
    with database.writing() as session:
        session.add(MonthlyRecord(project_id=made, month=date(2026, 10, 1), done_percent=10, planned_percent=10))
    seen = _first_days(database, cast, Rule.MONTH_UNRECORDED, date(2026, 12, 3), 5)
    assert seen == {Light.YELLOW: date(2026, 12, 5)}


def test_a_project_on_hold_comes_back_on_its_day_and_nothing_else_runs(
    database: Database, cast: Cast, make: Make
) -> None:
    make(stage=Stage.REVIEW, stage_since=at(date(2026, 1, 5)), side_state=SideState.ON_HOLD, review_on=MONDAY)
    assert _on(database, cast, FRIDAY) == {}
    assert _on(database, cast, MONDAY) == {Rule.HOLD_REVIEW: Light.YELLOW}
    assert _on(database, cast, MONDAY + timedelta(days=7)) == {Rule.HOLD_REVIEW: Light.RED}


def test_archiving_is_proposed_after_half_a_year_and_nothing_is_archived(
    database: Database, cast: Cast, make: Make
) -> None:
    made = make(stage=Stage.NEGOTIATING, last_activity_at=at(MONDAY - timedelta(days=180)))
    found = _on(database, cast, MONDAY)
    assert found == {Rule.PROJECT_SILENT: Light.RED, Rule.ARCHIVE_PROPOSED: Light.YELLOW}
    with database.reading() as session:
        assert session.get(Project, made).side_state is SideState.ACTIVE


def test_a_repeated_signing_is_watched_nowhere(database: Database, cast: Cast, make: Make) -> None:
    first = make(stage=Stage.LANDED)
    make(stage=Stage.SIGNED, signed_on=date(2026, 1, 5), repeats_id=first)
    assert not _on(database, cast, MONDAY)


def _commitment(session: Session, project_id: int, **values: object) -> Commitment:
    made = Commitment(project_id=project_id, side=CommitmentSide.OURS, content="年底前通电", **values)
    session.add(made)
    session.flush()
    return made


def test_a_commitment_comes_up_a_fortnight_before_and_is_red_on_its_day(
    database: Database, cast: Cast, make: Make
) -> None:
    made = make()
    with database.writing() as session:
        promised = _commitment(session, made, due_on=date(2026, 12, 7)).id
    seen = _first_days(database, cast, Rule.COMMITMENT_DUE, date(2026, 11, 20), 20)
    assert seen == {Light.YELLOW: date(2026, 11, 23), Light.RED: date(2026, 12, 7)}
    (item,) = items(database, cast.officer, at(date(2026, 12, 7)))
    assert "年底前通电" in str(item.what)
    assert item.leads_to == ("commitment", promised)
    with database.writing() as session:
        session.get(Commitment, promised).state = CommitmentState.FULFILLED
    assert not _on(database, cast, date(2026, 12, 8))


def test_an_issue_is_its_watchers_and_ends_when_it_is_solved(database: Database, cast: Cast, make: Make) -> None:
    made = make()
    with database.writing() as session:
        issue = Issue(
            number="WT-2026-0001",
            lead_id=session.get(Project, made).lead_id,
            section_id=cast.section,
            problem="变压器不够",
            department="供电部门（示例）",
            owner_id=cast.colleague,
            due_on=MONDAY,
        )
        session.add(issue)
        session.flush()
        issue_id = issue.id
    assert not _on(database, cast, FRIDAY)
    plan(database, at(MONDAY))
    (item,) = items(database, cast.colleague, at(MONDAY))
    assert (item.rule, item.light, item.number) == (Rule.ISSUE_DUE, Light.YELLOW, "WT-2026-0001")
    with database.writing() as session:
        session.get(Issue, issue_id).state = IssueState.RESOLVED
    plan(database, at(MONDAY + timedelta(days=1)))
    assert not items(database, cast.colleague, at(MONDAY + timedelta(days=1)))


@pytest.mark.parametrize("kind", ["commitment", "behind", "incomplete"])
def test_more_time_moves_the_light_and_stands_in_the_timeline(
    database: Database, cast: Cast, make: Make, kind: str
) -> None:
    made = make(stage=Stage.SIGNED if kind == "incomplete" else Stage.BUILDING, signed_on=date(2026, 11, 2))
    with database.writing() as session:
        if kind == "commitment":
            _commitment(session, made, due_on=MONDAY)
        elif kind == "behind":
            record = MonthlyRecord(project_id=made, month=date(2026, 10, 1), done_percent=0, planned_percent=50)
            record.created_at = at(date(2026, 11, 3))
            session.add(record)
    with time_machine.travel(at(MONDAY), tick=False):
        plan(database, at(MONDAY))
        (item,) = items(database, cast.officer, at(MONDAY))
        with database.writing() as session:
            until = MONDAY + timedelta(days=3)
            more = MoreTime(until=until, reason="等供电部门排期")
            reminders.snooze(session, actor_for(session, cast.officer), item.id, more)
            assert session.scalars(select(Activity.kind)).all() == ["reminder.snoozed"]
    assert not items(database, cast.officer, at(until - timedelta(days=1)))
    plan(database, at(until))
    assert [again.light for again in items(database, cast.officer, at(until))] == [Light.YELLOW]
    plan(database, at(until + timedelta(days=4)))
    (after,) = items(database, cast.officer, at(until + timedelta(days=4)))
    assert after.light is (Light.YELLOW if kind == "incomplete" else Light.RED)


def test_a_project_shows_the_light_of_its_commitments(database: Database, cast: Cast, make: Make) -> None:
    made = make()
    with database.writing() as session:
        _commitment(session, made, due_on=today() - timedelta(days=1))
    plan(database, now())
    with database.reading() as session:
        assert lights.of_projects(session, [made]) == {made: Light.RED}


def test_planning_and_reading_cost_the_same_however_many_projects_there_are(
    database: Database, cast: Cast, make: Make
) -> None:
    def burden(count: int) -> None:
        for _ in range(count):
            made = make(stage=Stage.BUILDING, stage_since=at(date(2026, 9, 1)))
            with database.writing() as session:
                record = MonthlyRecord(project_id=made, month=date(2026, 9, 1), done_percent=0, planned_percent=50)
                session.add(record)
                _commitment(session, made, due_on=FRIDAY)

    costs = []
    for count in (2, 10):
        burden(count)
        with counted() as planning:
            plan(database, at(MONDAY))
        with counted() as again:
            plan(database, at(MONDAY))
        with counted() as reading:
            items(database, cast.officer, at(MONDAY))
        costs.append((len(planning), len(again), len(reading)))
    assert costs[1][1] <= costs[0][1]
    assert costs[1][2] <= costs[0][2] <= 11
    assert costs[1][0] <= costs[0][0] + 2
