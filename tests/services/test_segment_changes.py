"""Statuses of segments are written down when they change: by a signing, by a side state, by time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from chains.engine.model import SegmentStatus
from crm.domain.pipeline import LossReason, SideState, Stage, UnmetRequirement
from crm.domain.policies import Tier
from crm.infra.clock import now, today
from crm.models import SegmentChange
from crm.services import chain_facts, gates, segment_changes
from crm.services.projects import sides
from tests.factories import actor
from tests.services.test_chain_facts import _project, make_map, place
from tests.statements import counted

LONG_AGO = now() - timedelta(days=4000)


@pytest.fixture
def world(database, cast):
    with database.writing() as session:
        made = make_map(session)
        place(session, made.reagent, Tier.MATURE, leader=True)
        yield session, made


def _changes(session) -> list[tuple[str, SegmentStatus, SegmentStatus, str]]:
    return [
        (row.segment_key, row.before, row.after, row.cause) for row in segment_changes.recent(session, None, LONG_AGO)
    ]


def test_the_first_status_is_written_down_and_is_no_change(world):
    session, made = world
    version = made.antibody.version
    assert segment_changes.record(session, "第一次") == 3
    assert segment_changes.record(session, "第二次") == 0
    assert _changes(session) == []
    session.refresh(made.antibody)
    assert made.antibody.status is SegmentStatus.MISSING
    assert made.antibody.version == version  # nobody edited it
    first = session.scalars(select(SegmentChange).where(SegmentChange.segment_id == made.antibody.id)).one()
    assert (first.before, first.after, first.is_demo) == (None, SegmentStatus.MISSING, False)


def test_a_firm_that_came_closes_a_gap_and_one_that_left_opens_it(world):
    session, made = world
    segment_changes.record(session, "第一次")
    placed = place(session, made.antibody, Tier.MATURE, leader=True, is_demo=True)
    assert segment_changes.record(session, "修订 2：补录抗体厂", made.chain.id) == 1
    session.delete(placed)
    session.flush()
    assert segment_changes.record(session, "修订 3：迁出", made.chain.id) == 1
    assert _changes(session) == [
        ("antibody", SegmentStatus.STRONG, SegmentStatus.MISSING, "修订 3：迁出"),
        ("antibody", SegmentStatus.MISSING, SegmentStatus.STRONG, "修订 2：补录抗体厂"),
    ]
    opened, closed = segment_changes.recent(session, made.chain.id, LONG_AGO)
    assert (opened.is_opened, opened.is_closed, closed.is_opened, closed.is_closed) == (True, False, False, True)
    assert (opened.is_demo, closed.is_demo) == (False, True)
    assert segment_changes.recent(session, made.chain.id + 999, LONG_AGO) == []
    assert segment_changes.recent(session, made.chain.id, now() + timedelta(seconds=1)) == []


def test_a_survey_that_grows_old_is_noticed_but_neither_opens_nor_closes(world):
    session, made = world
    made.antibody.surveyed_on = today()
    segment_changes.record(session, "第一次")
    with time_machine.travel(now() + timedelta(days=367), tick=False):
        assert segment_changes.record(session, segment_changes.NOTICED) == 3
        rows = segment_changes.recent(session, None, LONG_AGO)
    assert {row.after for row in rows} == {SegmentStatus.UNKNOWN}
    assert not any(row.is_opened or row.is_closed for row in rows)


def test_signing_begins_to_fill_and_going_back_opens_again(world, cast):
    session, made = world
    segment_changes.record(session, "第一次")
    project = _project(session, cast, made.antibody, stage=Stage.FRAMEWORK)
    chief = actor(session, cast.chief)
    with counted() as statements:
        gates.enter(session, chief, project, gates.in_force(session), Stage.SIGNED)
    assert len(statements) <= 40, len(statements)
    session.refresh(made.antibody)
    assert made.antibody.status is SegmentStatus.FILLING
    gates.enter(session, chief, project, gates.in_force(session), Stage.LANDED)
    gates.move(session, chief, project.id, gates.Move(to_stage=Stage.FRAMEWORK, reason="合同作废"))
    assert _changes(session) == [
        ("antibody", SegmentStatus.FILLING, SegmentStatus.MISSING, segment_changes.LEFT),
        ("antibody", SegmentStatus.MISSING, SegmentStatus.FILLING, segment_changes.BEGUN),
    ]


def test_a_terminated_project_fills_nothing_until_it_is_revived(world, cast):
    session, made = world
    project = _project(session, cast, made.antibody, is_demo=True)
    segment_changes.record(session, "第一次")
    officer = actor(session, cast.officer)
    end = sides.Aside(
        to=SideState.TERMINATED,
        reason="投资方撤回",
        loss_reason=LossReason.SPACE,
        requirement=UnmetRequirement.LOAD,
        value="楼面荷载 1.5 吨/㎡",
    )
    sides.put_aside(session, officer, project.id, end)
    sides.revive(session, officer, project.id, "重新签约")
    after = [(before, after) for _key, before, after, _cause in _changes(session)]
    assert after == [
        (SegmentStatus.MISSING, SegmentStatus.FILLING),
        (SegmentStatus.FILLING, SegmentStatus.MISSING),
    ]
    assert all(row.is_demo for row in segment_changes.recent(session, None, LONG_AGO))


def test_a_project_without_a_segment_or_before_signing_asks_nothing_of_the_maps(world, cast):
    session, made = world
    project = _project(session, cast, made.antibody, stage=Stage.RESERVE)
    project.segment_id = None
    session.flush()
    with counted() as statements:
        segment_changes.after_move(session, project, Stage.SIGNED)
        segment_changes.after_aside(session, project)
        project.segment_id = made.antibody.id
        segment_changes.after_move(session, project, Stage.FRAMEWORK)
    assert not [sql for sql in statements if "segment" in sql.split("FROM", 1)[0]]


def test_two_who_record_at_once_write_a_change_once(own_database):
    with own_database.writing() as session:
        made = make_map(session)
        chain_id = made.chain.id
    with own_database.reading() as late:
        seen = list(segment_changes._of_one(late, chain_id))
    with own_database.writing() as session:
        assert segment_changes.record(session, "先到", chain_id) == 3
    with own_database.writing() as session:
        assert segment_changes._write(session, seen, "后到", False) == 0
        assert {change.cause for change in session.scalars(select(SegmentChange))} == {"先到"}


def test_a_long_cause_is_cut_and_statements_do_not_grow(world):
    session, made = world
    segment_changes.record(session, "因" * 400)
    assert {len(row.cause) for row in session.scalars(select(SegmentChange))} == {300}
    for segment in (made.antibody, made.testing):
        place(session, segment, Tier.MATURE, leader=True)
    chain_facts.all_facts(session)
    with counted() as statements:
        assert segment_changes.record(session, "两家") == 2
    assert len(statements) <= 6, statements


def test_dates_are_those_of_the_survey(world):
    session, made = world
    made.antibody.surveyed_on = date(2020, 1, 1)
    session.flush()
    segment_changes.record(session, "第一次")
    made.antibody.surveyed_on = today()
    session.flush()
    segment_changes.record(session, "调研", made.chain.id)
    assert _changes(session) == [("antibody", SegmentStatus.UNKNOWN, SegmentStatus.MISSING, "调研")]
