"""Side states, money added later and monthly records of projects."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.domain.errors import Invalid, NotAllowed, Stale
from crm.domain.pipeline import LossReason, RequestState, SideState, Stage, UnmetRequirement, requirements_of
from crm.infra.clock import today
from crm.models import Activity, AuditEntry
from crm.services import gates, projects
from crm.services.projects import Aside, Increase, Month
from tests.factories import actor, make_segment
from tests.walking import complete, make_project, walk

SIGNED = (Stage.NEGOTIATING, Stage.REVIEW, Stage.SIGNED)


@pytest.fixture
def session(database):
    with database.writing() as session:
        yield session


@pytest.fixture
def project(session, cast):
    return make_project(session, cast.officer, segment_id=make_segment(session).id)


@pytest.fixture
def officer(session, cast):
    return actor(session, cast.officer)


def lost(**changes) -> Aside:
    values = {
        "to": SideState.LOST,
        "reason": "承重不够",
        "loss_reason": LossReason.SPACE,
        "requirement": UnmetRequirement.LOAD,
        "value": "1.5 吨/㎡",
    }
    return Aside(**(values | changes))


def test_on_hold_has_a_reason_and_a_day_of_the_next_look(session, officer, project):
    review = today() + timedelta(days=30)
    for command, field in (
        (Aside(to=SideState.ON_HOLD, reason="等环评"), "review_on"),
        (Aside(to=SideState.ON_HOLD, reason="等环评", review_on=today()), "review_on"),
        (Aside(to=SideState.ON_HOLD, reason="等环评", review_on=today() + timedelta(days=400)), "review_on"),
        (Aside(to=SideState.ON_HOLD, reason=" ", review_on=review), "reason"),
    ):
        with pytest.raises(Invalid) as refused:
            projects.put_aside(session, officer, project.id, command)
        assert refused.value.field == field
    held = Aside(to=SideState.ON_HOLD, reason="等环评", review_on=review)
    projects.put_aside(session, officer, project.id, held)
    assert (project.side_state, project.review_on, project.lost_on) == (SideState.ON_HOLD, review, None)
    assert gates.lacking(session, [project]) == {project.id: 0}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"loss_reason": None}, "loss_reason"),
        ({"requirement": None}, "requirement"),
        ({"value": ""}, "value"),
        ({"requirement": UnmetRequirement.QUOTA}, "requirement"),
        ({"to": SideState.TERMINATED}, "to"),
        ({"to": SideState.ACTIVE}, "to"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_loss_names_reason_requirement_and_value(session, officer, project, changes, field):
    with pytest.raises(Invalid) as refused:
        projects.put_aside(session, officer, project.id, lost(**changes))
    assert refused.value.field == field
    assert project.side_state is SideState.ACTIVE


def test_a_loss_for_the_investors_own_reasons_needs_no_requirement(session, officer, project):
    command = lost(loss_reason=LossReason.INVESTOR, requirement=None, value="")
    projects.put_aside(session, officer, project.id, command)
    assert (project.side_state, project.lost_on) == (SideState.LOST, today())
    assert requirements_of(LossReason.INVESTOR) == ()


def test_after_the_contract_it_is_terminated_and_comes_back_with_its_history(session, cast, officer, project):
    walk(session, cast.chief, project, *SIGNED)
    with pytest.raises(Invalid, match="清退"):
        projects.put_aside(session, officer, project.id, lost())
    projects.put_aside(session, officer, project.id, lost(to=SideState.TERMINATED))
    with pytest.raises(Invalid, match="先恢复推进"):
        projects.put_aside(session, officer, project.id, lost(to=SideState.TRANSFERRED))
    with pytest.raises(Invalid, match="写明为什么恢复"):
        projects.revive(session, officer, project.id, "")
    projects.revive(session, officer, project.id, "新楼承重够了")
    assert (project.side_state, project.stage) == (SideState.ACTIVE, Stage.SIGNED)
    assert (project.lost_on, project.loss_reason, project.unmet_value) == (None, None, None)
    kinds = set(session.scalars(select(Activity.kind).where(Activity.project_id == project.id)))
    assert {"project.side", "project.revived"} <= kinds
    trail = session.scalars(select(AuditEntry.before).where(AuditEntry.action == "project.revived")).one()
    assert trail["value"] == "1.5 吨/㎡"


def test_a_waiting_request_falls_with_the_project(session, cast, officer, project):
    walk(session, cast.chief, project, *SIGNED[:2])
    asked = gates.move(session, officer, project.id, complete(session, cast.officer, project, Stage.SIGNED))
    projects.put_aside(session, officer, project.id, lost())
    assert asked.state is RequestState.WITHDRAWN


def test_who_may_and_which_version(session, cast, project):
    with pytest.raises(NotAllowed):
        projects.put_aside(session, actor(session, cast.colleague), project.id, lost())
    with pytest.raises(Stale):
        projects.put_aside(session, actor(session, cast.officer), project.id, lost(version=project.version - 1))


def test_capital_is_added_to_signed_projects_only(session, cast, officer, project):
    more = Increase(amount_fen=500, agreed_on=today(), request_id="one")
    with pytest.raises(Invalid, match="签约以后才有增资"):
        projects.add_capital(session, officer, project.id, more)
    walk(session, cast.chief, project, *SIGNED)
    for command, field in (
        (Increase(amount_fen=None, agreed_on=today()), "amount"),
        (Increase(amount_fen=5, agreed_on=today() + timedelta(days=1)), "agreed_on"),
        (Increase(amount_fen=5, agreed_on=project.signed_on - timedelta(days=1)), "agreed_on"),
    ):
        with pytest.raises(Invalid) as refused:
            projects.add_capital(session, officer, project.id, command)
        assert refused.value.field == field
    first = projects.add_capital(session, officer, project.id, more)
    assert projects.add_capital(session, officer, project.id, more) is first
    assert [row.amount_fen for row in projects.increases(session, project.id)] == [500]


def test_a_month_is_written_once_and_never_falls_behind_the_one_before(session, cast, officer, project):
    month = today().replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    with pytest.raises(Invalid, match="开工和建设"):
        projects.record_month(session, officer, project.id, Month(month=month, done_percent=10))
    walk(session, cast.chief, project, *SIGNED, Stage.LANDED, Stage.STARTED)
    projects.record_month(session, officer, project.id, Month(month=before, done_percent=30, planned_percent=35))
    projects.record_month(session, officer, project.id, Month(month=today(), done_percent=40, funds_fen=900))
    projects.record_month(session, officer, project.id, Month(month=month, done_percent=45, funds_fen=900))
    found = [(row.month, row.done_percent) for row in projects.months(session, project.id)]
    assert found == [(before, 30), (month, 45)]
    for command, field in (
        (Month(month=month, done_percent=20), "done_percent"),
        (Month(month=month, done_percent=None), "done_percent"),
        (Month(month=month, done_percent=50, planned_percent=101), "planned_percent"),
        (Month(month=date(2999, 1, 1), done_percent=50), "month"),
    ):
        with pytest.raises(Invalid) as refused:
            projects.record_month(session, officer, project.id, command)
        assert refused.value.field == field
