"""Follow-ups: one step from done to next, postponing with a reason, and the silence clock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from crm.domain.errors import Duplicate, Invalid, NotAllowed, Stale
from crm.domain.leads import FollowUpKind, LeadState
from crm.infra.clock import now
from crm.models import Activity, FollowUp
from crm.services import follow_ups
from crm.services.follow_ups import Done, Happened, NextStep
from tests.cast import make_cast
from tests.factories import actor, make_lead, next_step


def promised(session, cast):
    """A lead of the officer's with one promise."""
    lead = make_lead(session, cast.officer, next_step=next_step(2), received_at=now() - timedelta(days=30))
    return lead, session.query(FollowUp).filter_by(lead_id=lead.id).one()


def test_done_with_a_next_step_closes_one_and_opens_one(database, cast):
    with database.writing() as session:
        lead, step = promised(session, cast)
        me = actor(session, cast.officer)
        before = lead.last_activity_at
        following = follow_ups.complete(session, me, step, Done(outcome="谈了", next_step=next_step(5, "看场地")))
        assert step.done_at is not None
        assert step.outcome == "谈了"
        assert [each.id for each in follow_ups.open_of_lead(session, lead.id)] == [following.id]
        assert lead.last_activity_at > before
        assert lead.state is LeadState.SCREENING


def test_planning_is_no_activity_and_does_not_move_the_silence_clock(database, cast):
    with database.writing() as session:
        lead, _step = promised(session, cast)
        before = lead.last_activity_at
        follow_ups.plan(session, actor(session, cast.officer), lead, next_step(9))
        assert lead.last_activity_at == before


def test_a_second_submit_changes_nothing_but_another_outcome_is_stale(database, cast):
    with database.writing() as session:
        _lead, step = promised(session, cast)
        me = actor(session, cast.officer)
        following = NextStep(
            kind=FollowUpKind.CALL, subject="再谈", due_at=now() + timedelta(days=3), request_id="again"
        )
        done = Done(outcome="谈了", next_step=following, version=step.version)
        first = follow_ups.complete(session, me, step, done)
        assert follow_ups.complete(session, me, step, done).id == first.id
        with pytest.raises(Stale):
            follow_ups.complete(session, me, step, Done(outcome="别的结果"))


def test_simultaneous_submits_make_one_row(own_database):
    with own_database.writing() as session:
        cast = make_cast(session)
        lead = make_lead(session, cast.officer)
        lead_id = lead.id
    from crm.models import Lead

    step = NextStep(kind=FollowUpKind.CALL, subject="回电", due_at=now() + timedelta(days=1), request_id="one")

    def plan(_number: int) -> int:
        with own_database.writing() as session:
            return follow_ups.plan(session, actor(session, cast.officer), session.get(Lead, lead_id), step).id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(plan, range(8)))) == 1


def test_a_contact_that_nobody_planned_is_logged_in_the_past_only(database, cast):
    with database.writing() as session:
        lead, _step = promised(session, cast)
        me = actor(session, cast.officer)
        visit = {"kind": FollowUpKind.VISIT, "subject": "上门", "outcome": "看了现场"}
        with pytest.raises(Invalid) as refused:
            follow_ups.log_done(session, me, lead, Happened(**visit, at=now() + timedelta(hours=1)))
        assert refused.value.field == "happened_at"
        when = now() - timedelta(days=3)
        row = follow_ups.log_done(session, me, lead, Happened(**visit, at=when, request_id="v"))
        assert follow_ups.log_done(session, me, lead, Happened(**visit, at=when, request_id="v")).id == row.id
        assert session.query(Activity).filter_by(kind="follow_up.done").one().at == when


def test_postponing_needs_a_reason_a_later_day_and_ends_after_two(database, cast):
    with database.writing() as session:
        _lead, step = promised(session, cast)
        me = actor(session, cast.officer)
        for due, reason, field in (
            (now() + timedelta(days=9), "  ", "reason"),
            (now() + timedelta(days=1), "早了", "new_due"),
            (now() - timedelta(days=1), "过去", "new_due"),
            (now() + timedelta(days=5000), "太远", "new_due"),
        ):
            with pytest.raises(Invalid) as refused:
                follow_ups.postpone(session, me, step, due, reason)
            assert refused.value.field == field
        follow_ups.postpone(session, me, step, now() + timedelta(days=9), "对方出差")
        follow_ups.postpone(session, me, step, now() + timedelta(days=12), "再改期")
        assert step.postponed == 2
        assert [each["reason"] for each in step.postponements] == ["对方出差", "再改期"]
        with pytest.raises(Invalid):
            follow_ups.postpone(session, me, step, now() + timedelta(days=20), "第三次")
        assert session.query(Activity).filter_by(kind="follow_up.postponed").count() == 2


@pytest.mark.parametrize(("subject", "days", "field"), [("", 1, "next_subject"), ("回电", -2, "next_due")])
def test_a_promise_needs_a_subject_and_a_day_to_come(database, cast, subject, days, field):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        with pytest.raises(Invalid) as refused:
            follow_ups.plan(session, actor(session, cast.officer), lead, next_step(days, subject))
        assert refused.value.field == field


def test_a_colleague_cannot_close_or_plan(database, cast):
    with database.writing() as session:
        lead, step = promised(session, cast)
        colleague = actor(session, cast.colleague)
        with pytest.raises(NotAllowed):
            follow_ups.complete(session, colleague, step, Done(outcome="我来"))
        with pytest.raises(NotAllowed):
            follow_ups.plan(session, colleague, lead, next_step())


def test_the_form_id_of_somebody_else_is_refused(database, cast):
    with database.writing() as session:
        lead, _step = promised(session, cast)
        step = NextStep(kind=FollowUpKind.CALL, subject="回电", due_at=now() + timedelta(days=1), request_id="one")
        follow_ups.plan(session, actor(session, cast.officer), lead, step)
        with pytest.raises(Duplicate):
            follow_ups.plan(session, actor(session, cast.chief), lead, step)
