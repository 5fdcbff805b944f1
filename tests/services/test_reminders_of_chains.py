"""The clocks of chains: plan tasks, plan reviews, surveys that grow old, targets to contact (DOMAIN §6, §8.4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from crm.domain.errors import NotAllowed, NotFound
from crm.domain.pipeline import Light
from crm.domain.plans import PlanState, TaskState
from crm.domain.reminders import Level, Rule
from crm.domain.targets import TargetState
from crm.models import Chain, ChainMember, GapTarget, Notice, OutboxMail, Person, Reminder, Snooze
from crm.services import plans, reminders
from crm.services.access import actor_for
from crm.services.reminders import Duty, MoreTime
from tests.factories import make_enterprise
from tests.planning import make_chain, make_task, place, segment, shipped
from tests.reminding import MONDAY, at, items, plan

DUE = MONDAY


@pytest.fixture
def chain(database, cast):
    """A chain surveyed on that Monday; its id."""
    with database.writing() as session:
        return make_chain(session, surveyed_on=MONDAY).id


def seen(database, person, day):
    """What a person's desk shows on a day, after the planner ran."""
    plan(database, at(day))
    return {item.rule: item for item in items(database, person, at(day))}


def task(database, chain_id, **values):
    with database.writing() as session:
        return make_task(session, session.get(Chain, chain_id), **values).id


def first_days(database, person, rule, start, days):
    """On which day the rule first shows each light."""
    found = {}
    for offset in range(days):
        day = start + timedelta(days=offset)
        item = seen(database, person, day).get(rule)
        if item is not None:
            found.setdefault(item.light, day)
    return found


# ── Tasks of plans ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_task_is_yellow_two_weeks_before_and_red_on_its_day(database, cast, chain):
    task(database, chain, owner_id=cast.officer, due_on=DUE)
    found = first_days(database, cast.officer, Rule.PLAN_TASK_DUE, DUE - timedelta(days=16), 18)
    assert found == {Light.YELLOW: DUE - timedelta(days=14), Light.RED: DUE}


def test_a_task_says_what_it_is_and_leads_to_its_page_and_ends_when_done(database, cast, chain):
    made = task(
        database,
        chain,
        owner_id=cast.officer,
        due_on=DUE,
        text="走访三家原料企业，问清外购渠道、价格和交期，写成一页纸，交给专班和牵头部门",
    )
    item = seen(database, cast.officer, DUE)[Rule.PLAN_TASK_DUE]
    assert item.what.say().startswith("方案任务 11-23 到期：走访三家原料企业")
    assert item.what.say().endswith("…")
    assert (item.leads_to, item.enterprise, item.duty) == (("plan_task", made), "生物医药（示例链）", Duty.MINE)
    with database.writing() as session:
        row = plans.tasks.load(session, actor_for(session, cast.officer), made)
        plans.tasks.end(session, actor_for(session, cast.officer), made, TaskState.DONE, "走访了", row.version)
    assert Rule.PLAN_TASK_DUE not in seen(database, cast.officer, DUE)


def test_nobody_elses_desk_shows_it_until_it_is_escalated_within_the_owners_section(database, cast, chain):
    task(database, chain, owner_id=cast.officer, due_on=DUE)
    for person in (cast.colleague, cast.outsider, cast.chief, cast.leader, cast.manager):
        assert Rule.PLAN_TASK_DUE not in seen(database, person, DUE)
    later = DUE + timedelta(days=3)
    chief = seen(database, cast.chief, later)[Rule.PLAN_TASK_DUE]
    assert (chief.duty, chief.level, chief.owner_name) == (Duty.ESCALATED, Level.CHIEF, "陈思敏")
    assert Rule.PLAN_TASK_DUE not in seen(database, cast.other_chief, later)
    assert Rule.PLAN_TASK_DUE not in seen(database, cast.leader, later)
    leader = seen(database, cast.leader, DUE + timedelta(days=9))[Rule.PLAN_TASK_DUE]
    assert (leader.duty, leader.level) == (Duty.ESCALATED, Level.LEADER)


def test_a_task_of_a_park_manager_stands_on_their_desk_as_their_own(database, cast, chain):
    task(database, chain, owner_id=cast.manager, due_on=DUE)
    assert seen(database, cast.manager, DUE)[Rule.PLAN_TASK_DUE].duty is Duty.MINE
    assert Rule.PLAN_TASK_DUE not in seen(database, cast.other_manager, DUE)
    with database.reading() as session:
        digest = reminders.digest_for(session, actor_for(session, cast.manager), DUE)
    assert (digest.to_do, digest.owes_answers) == (1, False)


def test_a_task_of_nobody_is_its_keepers(database, cast, chain):
    task(database, chain, due_on=DUE)
    assert seen(database, cast.chain_team, DUE)[Rule.PLAN_TASK_DUE].duty is Duty.MINE
    # No section has it in hand: no chief hears of it, and leaders in the end.
    later = DUE + timedelta(days=4)
    assert Rule.PLAN_TASK_DUE not in seen(database, cast.chief, later)
    with database.reading() as session:
        kinds = session.execute(select(Notice.person_id, Notice.kind)).all()
    assert {person for person, _kind in kinds} == {cast.chain_team}
    assert Rule.PLAN_TASK_DUE in seen(database, cast.leader, DUE + timedelta(days=9))


def test_only_members_hear_of_a_chain_that_has_some(database, cast, chain):
    with database.writing() as session:
        session.get(Person, cast.colleague).role = session.get(Person, cast.chain_team).role
        session.add(ChainMember(chain_id=chain, person_id=cast.colleague))
    task(database, chain, due_on=DUE)
    assert Rule.PLAN_TASK_DUE in seen(database, cast.colleague, DUE)
    assert Rule.PLAN_TASK_DUE not in seen(database, cast.chain_team, DUE)


# ── Reviews ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_approved_plan_asks_to_be_looked_at_again(database, cast, chain):
    with database.writing() as session:
        row = shipped(session, session.get(Chain, chain))
        row.state, row.review_on = PlanState.APPROVED, DUE
        made = row.id
    found = first_days(database, cast.chain_team, Rule.PLAN_REVIEW, DUE - timedelta(days=16), 32)
    assert found == {Light.YELLOW: DUE - timedelta(days=14), Light.RED: DUE + timedelta(days=14)}
    assert seen(database, cast.chain_team, DUE)[Rule.PLAN_REVIEW].leads_to == ("plan_version", made)
    with database.writing() as session:
        session.get(type(row), made).state = PlanState.REPLACED
    assert Rule.PLAN_REVIEW not in seen(database, cast.chain_team, DUE)


# ── Surveys ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_reminder_a_chain_says_how_many_segments_are_old(database, cast, chain):
    with database.writing() as session:
        segment(session, "materials").surveyed_on = date(2025, 11, 20)
        segment(session, "reagents").surveyed_on = date(2025, 11, 21)
        firm = make_enterprise(session, "岭南第二检验有限公司（示例）")
        place(session, segment(session, "labs"), firm, surveyed_on=date(2025, 12, 24))
    with time_machine.travel(at(MONDAY), tick=False):
        assert first_days(database, cast.chain_team, Rule.SEGMENT_SURVEY, date(2026, 11, 18), 6) == {
            Light.YELLOW: date(2026, 11, 21)
        }
        item = seen(database, cast.chain_team, date(2026, 11, 22))[Rule.SEGMENT_SURVEY]
        assert (item.what.say(), item.leads_to) == ("复核 2 个环节：调研或落位已过期", ("chain", chain))
        assert seen(database, cast.chain_team, date(2026, 12, 21))[Rule.SEGMENT_SURVEY].light is Light.YELLOW
        assert seen(database, cast.chain_team, date(2026, 12, 26))[Rule.SEGMENT_SURVEY].what.params["points"] == 3
        for person in (cast.officer, cast.chief, cast.manager):
            assert Rule.SEGMENT_SURVEY not in seen(database, person, date(2026, 12, 26))
    with time_machine.travel(at(date(2026, 12, 26)), tick=False), database.reading() as session:
        found = plans.surveys(session, actor_for(session, cast.chain_team), chain)
    assert [(row.segment.key, row.survey_is_old, len(row.firms)) for row in found.stale] == [
        ("materials", True, 0),
        ("reagents", True, 0),
        ("labs", False, 1),
    ]


def test_a_segment_that_nobody_ever_surveyed_is_unknown_not_old(database, cast, chain):
    with database.writing() as session:
        for key in ("materials", "reagents", "labs"):
            segment(session, key).surveyed_on = None
    assert seen(database, cast.chain_team, MONDAY) == {}


# ── Targets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_target_is_yellow_on_its_day_and_red_on_the_next_working_day(database, cast, chain):
    friday = date(2026, 11, 20)
    with database.writing() as session:
        target = GapTarget(
            segment_id=segment(session, "materials").id,
            enterprise_id=make_enterprise(session, "粤岭原料有限公司（示例）").id,
            score=70,
            owner_id=cast.officer,
            section_id=cast.section,
            due_on=friday,
        )
        session.add(target)
        session.flush()
        made = target.id
    assert Rule.TARGET_DUE not in seen(database, cast.officer, friday - timedelta(days=1))
    found = first_days(database, cast.officer, Rule.TARGET_DUE, friday, 4)
    assert found == {Light.YELLOW: friday, Light.RED: MONDAY}
    item = seen(database, cast.officer, MONDAY)[Rule.TARGET_DUE]
    assert item.what.say() == "接触目标企业，补「诊断原料」"
    assert (item.enterprise, item.leads_to) == ("粤岭原料有限公司（示例）", ("gap_target", made))
    assert Rule.TARGET_DUE not in seen(database, cast.outsider, MONDAY)
    with database.writing() as session:
        session.get(GapTarget, made).state = TargetState.DROPPED
    assert Rule.TARGET_DUE not in seen(database, cast.officer, MONDAY)


# ── Mails and more time ──────────────────────────────────────────────────────────────────────────────────────────────


def test_one_digest_goes_to_whoever_has_something_to_do(database, cast, chain):
    task(database, chain, owner_id=cast.officer, due_on=DUE)
    task(database, chain, due_on=DUE, text="建目标清单")
    plan(database, at(DUE))
    with database.reading() as session:
        assert sorted(session.scalars(select(OutboxMail.recipient_id))) == sorted([cast.officer, cast.chain_team])
        digest = reminders.digest_for(session, actor_for(session, cast.chain_team), DUE)
        assert [item.what.params["subject"] for item in digest.overdue] == ["建目标清单"]


def test_keepers_and_owners_may_ask_for_more_time_and_others_may_not(database, cast, chain):
    task(database, chain, owner_id=cast.officer, due_on=DUE)
    task(database, chain, due_on=DUE, text="建目标清单")
    plan(database, at(DUE))
    with database.reading() as session:
        rows = {row.person_id: row.id for row in session.scalars(select(Reminder))}
    more = MoreTime(until=DUE + timedelta(days=3), reason="企业约在周四")
    with database.writing() as session, time_machine.travel(at(DUE), tick=False):
        for person, key in ((cast.officer, cast.officer), (cast.chain_team, None)):
            who = actor_for(session, person)
            assert reminders.snoozable(session, who, rows[key]).enterprise == "生物医药（示例链）"
            reminders.snooze(session, who, rows[key], more)
        assert len(session.scalars(select(Snooze)).all()) == 2
        with pytest.raises(NotFound):
            reminders.snooze(session, actor_for(session, cast.colleague), rows[cast.officer], more)
        with pytest.raises((NotFound, NotAllowed)):
            reminders.snooze(session, actor_for(session, cast.manager), rows[None], more)
    assert Rule.PLAN_TASK_DUE not in seen(database, cast.officer, DUE)
    assert seen(database, cast.chain_team, DUE + timedelta(days=3))[Rule.PLAN_TASK_DUE].light is Light.YELLOW
