"""Gates: what a step lacks, moving forwards one gate at a time and backwards with a reason, the chief's word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.domain.errors import Invalid, NotAllowed, NotFound, Stale
from crm.domain.pipeline import SideState, Stage, Track
from crm.domain.space import Tenure
from crm.infra.clock import today
from crm.models import Activity, Commitment, FollowUp, MonthlyRecord, Project, StageChange, StageRequest
from crm.services import gates
from crm.services.gates import GateClosed, Move
from crm.services.leads import Needs
from tests.factories import actor, make_segment
from tests.statements import counted
from tests.walking import complete, make_project, walk


@pytest.fixture
def session(database):
    with database.writing() as session:
        yield session


@pytest.fixture
def project(session, cast):
    return make_project(session, cast.officer, segment_id=make_segment(session).id)


def test_a_step_names_what_it_lacks_and_nothing_else(session, cast, project):
    found = gates.check(session, actor(session, cast.officer), project, Stage.NEGOTIATING)
    wanted = ["decision_maker", "timeline", "competitors", "needs", "next_action", "next_on"]
    assert [fact.key for fact in found.missing_facts] == wanted
    assert [kind.key for group in found.missing_evidence for kind in group] == ["meeting_record"]
    assert found.lacking == 7
    assert not found.is_open


def test_moving_asks_for_exactly_what_is_missing(session, cast, project):
    officer = actor(session, cast.officer)
    with pytest.raises(GateClosed) as closed:
        gates.move(session, officer, project.id, Move(to_stage=Stage.NEGOTIATING, facts={"competitors": "佛山"}))
    assert closed.value.check.lacking == 6
    moved = gates.move(session, officer, project.id, complete(session, cast.officer, project, Stage.NEGOTIATING))
    assert moved.stage is Stage.NEGOTIATING
    assert moved.facts["competitors"] == "佛山"
    change = session.scalar(select(StageChange).where(StageChange.to_stage == Stage.NEGOTIATING))
    assert (change.from_stage, change.gate_version, change.approved_by_id) == (Stage.RESERVE, 0, None)


def test_no_gate_is_jumped_over(session, cast, project):
    with pytest.raises(GateClosed) as closed:
        gates.move(session, actor(session, cast.chief), project.id, Move(to_stage=Stage.SIGNED))
    assert closed.value.check.barred is not None
    assert project.stage is Stage.RESERVE


def test_a_memorandum_may_be_left_out_and_never_counts_as_signed(session, cast, project):
    walk(session, cast.chief, project, Stage.NEGOTIATING, Stage.REVIEW, Stage.FRAMEWORK)
    assert project.stage.batch.value == "reserve"
    assert (project.signed_on, project.signed_fen) == (None, None)
    gates.move(session, actor(session, cast.chief), project.id, Move(to_stage=Stage.REVIEW, reason="改走直接签约"))
    walk(session, cast.chief, project, Stage.SIGNED)
    assert project.signed_fen == 1_000_000


def test_the_verdict_is_asked_when_review_is_left(session, cast, project):
    walk(session, cast.chief, project, Stage.NEGOTIATING, Stage.REVIEW)
    found = gates.check(session, actor(session, cast.chief), project, Stage.SIGNED)
    assert {kind.key for group in found.missing_evidence for kind in group} == {"opinions", "verdict", "contract"}


def test_an_officers_signing_waits_for_the_chief_and_counts_nowhere_until_then(session, cast, project):
    walk(session, cast.chief, project, Stage.NEGOTIATING, Stage.REVIEW)
    officer = actor(session, cast.officer)
    asked = gates.move(session, officer, project.id, complete(session, cast.officer, project, Stage.SIGNED))
    assert isinstance(asked, StageRequest)
    assert project.stage is Stage.REVIEW
    assert project.signed_on is None, "reports count by this column"
    assert project.facts["signed_on"] == (today() - timedelta(days=1)).isoformat()
    with pytest.raises(Invalid, match="等科长审批"):
        gates.move(session, officer, project.id, Move(to_stage=Stage.SIGNED))


def test_what_the_gate_was_told_is_not_typed_twice(session, cast, project):
    later = (today() + timedelta(days=3)).isoformat()
    command = complete(session, cast.officer, project, Stage.NEGOTIATING)
    facts = {**command.facts, "next_action": "约看场地", "next_on": later}
    gates.move(
        session,
        actor(session, cast.officer),
        project.id,
        Move(to_stage=Stage.NEGOTIATING, facts=facts, evidence=command.evidence),
    )
    planned = session.scalar(select(FollowUp).where(FollowUp.lead_id == project.lead_id, FollowUp.done_at.is_(None)))
    assert planned.subject == "约看场地"
    walk(session, cast.chief, project, Stage.REVIEW, Stage.SIGNED)
    assert session.scalar(select(func.count(Commitment.id)).where(Commitment.project_id == project.id)) == 2
    walk(session, cast.chief, project, Stage.LANDED, Stage.STARTED, Stage.BUILDING)
    assert session.scalar(select(MonthlyRecord.done_percent).where(MonthlyRecord.project_id == project.id)) == 40


def test_going_back_needs_a_reason_and_takes_the_signing_out_of_the_figures(session, cast, project):
    walk(session, cast.chief, project, Stage.NEGOTIATING, Stage.REVIEW, Stage.SIGNED)
    chief = actor(session, cast.chief)
    signed_on = project.signed_on
    with pytest.raises(Invalid, match="写明原因"):
        gates.move(session, chief, project.id, Move(to_stage=Stage.REVIEW))
    gates.move(session, chief, project.id, Move(to_stage=Stage.REVIEW, reason="合同主体要换"))
    assert (project.signed_on, project.signed_fen) == (None, None)
    last = session.scalars(select(StageChange).order_by(StageChange.id.desc()).limit(1)).one()
    assert (last.from_stage, last.to_stage, last.reason) == (Stage.SIGNED, Stage.REVIEW, "合同主体要换")
    assert session.scalar(select(func.count(Activity.id)).where(Activity.kind == "project.returned")) == 1
    walk(session, cast.chief, project, Stage.SIGNED)
    assert project.signed_on == signed_on, "the first signing is the one that counts"


def test_capacity_is_judged_twelve_months_after_production(session, cast, project):
    way = (Stage.NEGOTIATING, Stage.REVIEW, Stage.SIGNED, Stage.LANDED, Stage.STARTED, Stage.OPERATING)
    walk(session, cast.chief, project, *way)
    with pytest.raises(GateClosed, match="满 12 个月"):
        walk(session, cast.chief, project, Stage.AT_CAPACITY)
    project.started_on = project.operating_on = today() - timedelta(days=370)
    walk(session, cast.chief, project, Stage.AT_CAPACITY)
    assert project.stage is Stage.AT_CAPACITY


def test_land_does_not_skip_building(session, cast):
    needs = Needs(tenure=Tenure.LAND, area_target=3000)
    project = make_project(session, cast.officer, segment_id=make_segment(session).id, needs=needs)
    assert project.track is Track.LAND
    way = (Stage.NEGOTIATING, Stage.REVIEW, Stage.SIGNED, Stage.LANDED, Stage.STARTED)
    walk(session, cast.chief, project, *way)
    assert "land_price" in project.facts
    assert project.park_id is None
    with pytest.raises(GateClosed):
        walk(session, cast.chief, project, Stage.OPERATING)
    walk(session, cast.chief, project, Stage.BUILDING, Stage.OPERATING)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"grade": "D"}, "从列表里选"),
        ({"signed_on": "2999-01-01"}, "还没到"),
        ({"agreed_start_on": "2026-02-30"}, "没有这一天"),
        ({"agreed_start_on": "2027-05-01", "agreed_operating_on": "2027-04-01"}, "不能早于约定开工"),
        ({"investment": 100, "fixed_investment": 200}, "不能超过总投资"),
        ({"investment": -1}, "不小于零"),
        ({"done_percent": 101}, "0 到 100"),
        ({"park": 999_999}, "从列表里选"),
        ({"decision_maker": 999_999}, "这家企业的联系人"),
        ({"secret": 1}, "没有「secret」"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_a_sentence(session, cast, project, facts, sentence):
    with pytest.raises(Invalid, match=sentence):
        gates.move(session, actor(session, cast.officer), project.id, Move(to_stage=Stage.NEGOTIATING, facts=facts))


def test_who_may_move(session, cast, project):
    command = complete(session, cast.officer, project, Stage.NEGOTIATING)
    for person, error in ((cast.colleague, NotAllowed), (cast.outsider, NotFound), (cast.leader, NotAllowed)):
        with pytest.raises(error):
            gates.move(session, actor(session, person), project.id, command)
    stale = Move(to_stage=Stage.NEGOTIATING, version=project.version - 1)
    with pytest.raises(Stale):
        gates.move(session, actor(session, cast.officer), project.id, stale)
    project.side_state = SideState.ON_HOLD
    session.flush()
    with pytest.raises(Invalid, match="先恢复推进"):
        gates.move(session, actor(session, cast.officer), project.id, Move(to_stage=Stage.NEGOTIATING))


def test_the_list_counts_what_the_page_counts(session, cast):
    segment = make_segment(session)
    made = [make_project(session, cast.officer, segment_id=segment.id) for _each in range(6)]
    for steps, project in enumerate(made):
        way = (Stage.NEGOTIATING, Stage.REVIEW, Stage.SIGNED, Stage.LANDED, Stage.STARTED)
        walk(session, cast.chief, project, *way[:steps])
    # One has everything for its next gate but does not move, one is lost.
    ready = complete(session, cast.officer, made[0], Stage.NEGOTIATING)
    gates.give(session, actor(session, cast.officer), made[0].id, ready)
    made[1].side_state = SideState.LOST
    session.flush()
    with counted() as statements:
        found = gates.lacking(session, made)
    assert len(statements) <= 2
    assert found[made[0].id] == found[made[1].id] == 0
    assert all(found[each.id] > 0 for each in made[2:])
    listed = set(session.scalars(select(Project.id).where(gates.lacking_condition(session))))
    assert listed == {each for each, count in found.items() if count}
