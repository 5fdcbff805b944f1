"""The board counts everything, draws what needs somebody first, and shows what list and gates say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.domain.pipeline import Batch, Light, RequestState, SideState, Stage
from crm.infra.clock import now, today
from crm.models import Project, Reminder, StageRequest
from crm.services import board, gates, lights, listing
from crm.services.board import Board, Card
from tests.factories import actor, make_lead, make_segment
from tests.statements import counted
from tests.walking import make_project


@pytest.fixture
def session(database):
    with database.writing() as session:
        yield session


def project(session, cast, person: str = "officer", **values: object) -> Project:
    found = make_project(session, getattr(cast, person))
    for name, value in values.items():
        setattr(found, name, value)
    session.flush()
    return found


def drawn(session, person_id: int, *, words: dict[str, list[str]] | None = None, **manners: object) -> Board:
    who = actor(session, person_id)
    return board.board(session, who, listing.get("projects").read(session, who, words or {}), **manners)


def cards(found: Board) -> dict[int, Card]:
    return {card.project.id: card for column in found.columns for card in column.cards}


def remind(session, found: Project, rule: str, yellow: int, red: int | None) -> None:
    day = today()
    session.add(
        Reminder(
            rule=rule,
            subject_kind="lead",
            subject_id=found.lead_id,
            lead_id=found.lead_id,
            started_on=day - timedelta(days=90),
            yellow_on=day - timedelta(days=yellow),
            red_on=day - timedelta(days=red) if red is not None else day + timedelta(days=9),
        )
    )
    session.flush()


def test_stages_roll_up_into_batches_and_a_framework_is_no_signing(session, cast):
    project(session, cast, stage=Stage.FRAMEWORK, investment_fen=30_000_000_000)
    project(session, cast, stage=Stage.SIGNED, investment_fen=10_000_000_000, signed_fen=8_000_000_000)
    project(session, cast, stage=Stage.LANDED, investment_fen=None)
    lanes = {lane.batch: lane for lane in drawn(session, cast.officer).lanes}
    assert (lanes[Batch.RESERVE].numbers.count, lanes[Batch.RESERVE].numbers.amount_fen) == (1, 30_000_000_000)
    signed = lanes[Batch.SIGNED].numbers
    assert (signed.count, signed.amount_fen, signed.without_amount) == (2, 8_000_000_000, 1)
    assert [column.stage for column in lanes[Batch.SIGNED].columns] == [Stage.SIGNED, Stage.LANDED]


def test_what_repeats_another_signing_is_shown_and_counts_nowhere(session, cast):
    first = project(session, cast, stage=Stage.SIGNED, signed_fen=5_000_000_000)
    again = project(session, cast, stage=Stage.SIGNED, signed_fen=5_000_000_000, repeats_id=first.id)
    found = drawn(session, cast.officer)
    assert set(cards(found)) == {first.id, again.id}
    assert (found.numbers.count, found.numbers.amount_fen) == (1, 5_000_000_000)


def test_lights_say_their_reason_and_agree_with_the_list(session, cast):
    red, yellow, green = (project(session, cast) for _ in range(3))
    remind(session, red, "lead_silent", 20, None)
    remind(session, red, "follow_up_due", 5, 1)
    remind(session, yellow, "referrer_untold", 2, None)
    found = drawn(session, cast.officer)
    shown = cards(found)
    assert (shown[red.id].light, shown[red.id].rule) == (Light.RED, "follow_up_due")
    assert (shown[yellow.id].light, shown[yellow.id].rule) == (Light.YELLOW, "referrer_untold")
    assert (shown[green.id].light, shown[green.id].rule) == (Light.GREEN, None)
    assert {key: card.light for key, card in shown.items()} == dict(lights.of_projects(session, shown))
    assert (found.numbers.red, found.numbers.yellow, found.numbers.green) == (1, 1, 1)
    assert [card.project.id for card in found.columns[0].cards] == [red.id, yellow.id, green.id]


def test_days_idle_and_what_the_next_gate_lacks(session, cast):
    old = project(session, cast, stage_since=now() - timedelta(days=41), last_activity_at=now() - timedelta(days=33))
    fresh = project(session, cast)
    found = drawn(session, cast.officer)
    card = cards(found)[old.id]
    assert (card.days, card.silent_days, card.is_idle) == (41, 33, True)
    assert card.lacking == gates.lacking(session, [old])[old.id] > 0
    assert found.numbers.idle == 1
    assert drawn(session, cast.officer, idle_days=40).numbers.idle == 0
    assert set(cards(drawn(session, cast.officer, idle_only=True))) == {old.id}
    assert fresh.id in cards(found)


def test_a_card_waits_for_the_chief(session, cast):
    waiting = project(session, cast, stage=Stage.REVIEW)
    request = StageRequest(
        project_id=waiting.id, from_stage=Stage.REVIEW, to_stage=Stage.SIGNED, state=RequestState.ASKED, asked_at=now()
    )
    session.add(request)
    session.flush()
    assert cards(drawn(session, cast.officer))[waiting.id].waits_for is Stage.SIGNED
    request.state = RequestState.REFUSED
    session.flush()
    assert cards(drawn(session, cast.officer))[waiting.id].waits_for is None


def test_scope_filters_and_who_may_move(session, cast):
    own, other = project(session, cast), project(session, cast, "colleague")
    foreign = project(session, cast, "outsider")
    lost = project(session, cast, side_state=SideState.LOST)
    shown = cards(drawn(session, cast.officer))
    assert set(shown) == {own.id, other.id}
    assert (shown[own.id].may_move, shown[other.id].may_move) == (True, False)
    assert set(cards(drawn(session, cast.officer, words={"owner": ["mine"]}))) == {own.id}
    aside = cards(drawn(session, cast.officer, words={"side": ["lost"]}))
    assert set(aside) == {lost.id}
    assert not aside[lost.id].may_move
    leader = cards(drawn(session, cast.leader))
    assert set(leader) == {own.id, other.id, foreign.id}
    assert not any(card.may_move for card in leader.values())


def test_a_full_stage_draws_some_and_counts_all_in_few_statements(session, cast, monkeypatch):
    monkeypatch.setattr("crm.services.board.CARDS", 2)
    made = [project(session, cast, stage_since=now() - timedelta(days=days)) for days in (1, 9, 5)]
    make_lead(session, cast.officer)
    make_segment(session)
    session.expire_all()
    who = actor(session, cast.officer)
    query = listing.get("projects").read(session, who, {})
    with counted() as statements:
        found = board.board(session, who, query)
    column = found.columns[0]
    assert [card.project.id for card in column.cards] == [made[1].id, made[2].id]
    assert (column.numbers.count, column.hidden) == (3, 1)
    assert len(statements) <= 5, statements
