"""Introductions: who may send and answer, what each side sees, and that two answers cannot both count."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.domain.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from crm.domain.introductions import IntroductionState
from crm.domain.pipeline import LossReason, UnmetRequirement
from crm.infra.clock import now
from crm.models import Activity, Introduction, Notice
from crm.services import access, introductions, park_desk
from crm.services.access import actor_for
from crm.services.introductions import Decline, Introduce
from tests.samples import make_samples


@pytest.fixture
def sample(database, cast):
    """A lead and an offer; the sample introduction is withdrawn, so that a new one may be sent."""
    ids = make_samples(database, cast)
    with database.writing() as session:
        session.get(Introduction, ids["introduction_id"]).state = IntroductionState.WITHDRAWN
    return ids


def send(session, cast, sample, **changes):
    command = Introduce(lead_id=sample["lead_id"], offer_id=sample["offer_id"], **changes)
    return introductions.introduce(session, actor_for(session, cast.officer), command)


def test_the_park_is_told_and_the_timeline_keeps_it(database, cast, sample):
    with database.writing() as session:
        sent = send(session, cast, sample, message="请看 2 层")
        told = session.scalars(
            select(Notice.person_id).where(Notice.kind == "introduction.sent", Notice.key != "sample")
        )
        assert set(told) == {cast.manager}
        kinds = session.scalars(select(Activity.kind).where(Activity.introduction_id == sent.id)).all()
    assert kinds == ["introduction.sent"]


def test_the_same_form_sent_twice_is_one_introduction(database, cast, sample):
    with database.writing() as session:
        first = send(session, cast, sample, request_id="abc")
        assert send(session, cast, sample, request_id="abc").id == first.id


def test_a_second_open_introduction_to_the_same_park_is_refused(database, cast, sample):
    with database.writing() as session:
        send(session, cast, sample)
        with pytest.raises(Duplicate):
            send(session, cast, sample)


def test_only_the_lead_s_own_people_may_send_it(database, cast, sample):
    with database.writing() as session:
        command = Introduce(lead_id=sample["lead_id"], offer_id=sample["offer_id"])
        for person, error in ((cast.colleague, NotAllowed), (cast.outsider, NotFound), (cast.manager, NotAllowed)):
            with pytest.raises(error):
                introductions.introduce(session, actor_for(session, person), command)


def test_the_park_sees_the_contact_only_after_release(database, cast, sample):
    with database.writing() as session:
        sent = send(session, cast, sample)
        manager, officer = actor_for(session, cast.manager), actor_for(session, cast.officer)
        (before,) = park_desk.park_desk(session, manager).owed
        introductions.release_contact(session, officer, sent)
        (after,) = park_desk.park_desk(session, manager).owed
    assert (before.contact_name, before.contact_phone) == ("张**", "138****0000")
    assert (after.contact_name, after.contact_phone) == ("张三丰", "13800000000")


def test_another_park_s_manager_sees_nothing_of_it(database, cast, sample):
    with database.writing() as session:
        sent = send(session, cast, sample)
        other = actor_for(session, cast.other_manager)
        with pytest.raises(NotFound):
            access.introduction(session, other, sent.id)
        assert introductions.listed(session, other, introductions.IntroductionFilter()) == []


def test_a_decline_for_space_must_name_the_requirement_and_its_value(database, cast, sample):
    with database.writing() as session:
        sent = send(session, cast, sample)
        manager = actor_for(session, cast.manager)
        with pytest.raises(Invalid) as missing:
            introductions.decline(session, manager, sent, sent.version, Decline(LossReason.SPACE))
        assert missing.value.field == "unmet_requirement"
        with pytest.raises(Invalid) as no_value:
            introductions.decline(
                session, manager, sent, sent.version, Decline(LossReason.SPACE, "", UnmetRequirement.HEIGHT)
            )
        assert no_value.value.field == "unmet_value"
        introductions.decline(
            session,
            manager,
            sent,
            sent.version,
            Decline(LossReason.SPACE, "梁低", UnmetRequirement.HEIGHT, "净高 4.2 m"),
        )
        told = set(session.scalars(select(Notice.person_id).where(Notice.kind == "introduction.declined")))
    assert sent.state is IntroductionState.DECLINED
    assert told == {cast.officer}


def test_the_second_of_two_answers_is_stale(database, cast, sample):
    with database.writing() as session:
        sent = send(session, cast, sample)
        manager, seen = actor_for(session, cast.manager), sent.version
        introductions.accept(session, manager, sent, seen)
        with pytest.raises(Stale):
            introductions.decline(session, manager, sent, seen, Decline(LossReason.POLICY))
        with pytest.raises(Invalid):
            introductions.accept(session, manager, sent, sent.version)


def test_a_viewing_lies_in_the_future_and_can_end_in_acceptance(database, cast, sample):
    with database.writing() as session:
        sent = send(session, cast, sample)
        manager = actor_for(session, cast.manager)
        with pytest.raises(Invalid):
            introductions.arrange_viewing(session, manager, sent, sent.version, now() - timedelta(minutes=1))
        introductions.arrange_viewing(session, manager, sent, sent.version, now() + timedelta(days=2))
        assert sent.state is IntroductionState.VIEWING
        introductions.accept(session, manager, sent, sent.version, "欢迎")
    assert sent.state is IntroductionState.ACCEPTED


def test_officers_cannot_answer_for_the_park(database, cast, sample):
    with database.writing() as session:
        sent = send(session, cast, sample)
        with pytest.raises(NotAllowed):
            introductions.accept(session, actor_for(session, cast.officer), sent, sent.version)


def test_names_of_leads_not_introduced_never_reach_the_desk(database, cast, sample):
    with database.reading() as session:
        desk = park_desk.park_desk(session, actor_for(session, cast.manager))
    shown = repr([desk.fresh, desk.misses])
    assert "示例公司" not in shown
    assert "13800000000" not in shown
