"""The page of the board: its address, and the answers to a card that is moved."""

from __future__ import annotations

import pytest

from crm.domain.pipeline import Stage
from crm.models import Project
from tests.factories import make_segment
from tests.statements import counted
from tests.walking import complete, make_project

SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def project(database, cast):
    with database.writing() as session:
        return make_project(session, cast.officer, segment_id=make_segment(session).id)


def stage_of(database, project) -> Stage:
    with database.reading() as session:
        return session.get(Project, project.id).stage


def move(browser, project, stage: str, headers=SCRIPT, **more: object):
    data = {"to_stage": stage, "version": project.version} | more
    return browser.post(f"/crm/projects/{project.id}/move", data=data, headers=headers)


def test_the_board_shows_cards_with_what_they_lack(sign_in, cast, project):
    page = sign_in(cast.officer).get("/crm/projects/").get_data(as_text=True)
    for words in ("储备批", "签约批", "开工批", "投产批", project.name, "缺 7", 'data-stage="negotiating"', "天未推进"):
        assert words in page, words
    assert f'data-card="{project.id}"' in page
    assert "data-card=" not in sign_in(cast.leader).get("/crm/projects/").get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    [
        "?by=stage&at=review",
        "?by=nonsense&at=x",
        "?idle=-3",
        "?idle=9999999999",
        "?idle=abc&idle_only=1",
        "?grade=Z&light=red",
    ],
)
def test_odd_addresses_are_read_as_far_as_they_go(sign_in, cast, project, address):
    answer = sign_in(cast.officer).get(f"/crm/projects/{address}")
    assert answer.status_code == 200


def test_other_manners_stay_in_the_address(sign_in, cast, project):
    page = sign_in(cast.officer).get("/crm/projects/?by=stage&idle=14").get_data(as_text=True)
    assert 'value="14"' in page
    assert "by=stage" in page
    assert "idle_only=1" in page


def test_a_closed_gate_says_what_is_missing_and_leaves_the_card(sign_in, cast, database, project):
    answer = move(sign_in(cast.officer), project, "negotiating")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for words in ("还不能进入「在谈」", "决策人", "竞争地", "会谈记录"):
        assert words in page, words
    assert "<html" not in page
    assert f'href="/crm/projects/{project.id}/gate/negotiating"' in page
    assert stage_of(database, project) is Stage.RESERVE


def test_a_stage_that_is_not_next_offers_no_form(sign_in, cast, project):
    page = move(sign_in(cast.officer), project, "operating").get_data(as_text=True)
    assert "一个一个过" in page
    assert "/gate/" not in page


def test_an_open_gate_answers_with_the_board_anew(sign_in, cast, database, project):
    with database.writing() as session:
        found = session.get(Project, project.id)
        command = complete(session, cast.officer, found, Stage.NEGOTIATING)
        from crm.services import gates
        from tests.factories import actor

        gates.give(session, actor(session, cast.officer), project.id, command)
        session.flush()
        version = found.version
    answer = move(sign_in(cast.officer), project, "negotiating", version=version, address="?by=stage")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "已进入在谈" in page
    assert "board--stage" in page
    assert "<html" not in page
    assert stage_of(database, project) is Stage.NEGOTIATING


def test_going_back_asks_for_a_reason_first(sign_in, cast, database, project):
    with database.writing() as session:
        session.get(Project, project.id).stage = Stage.NEGOTIATING
        session.flush()
        version = session.get(Project, project.id).version
    browser = sign_in(cast.officer)
    asked = move(browser, project, "reserve", version=version)
    assert asked.status_code == 422
    assert 'name="reason"' in asked.get_data(as_text=True)
    done = move(browser, project, "reserve", version=version, reason="对方换了决策人")
    assert done.status_code == 200
    assert stage_of(database, project) is Stage.RESERVE


def test_a_card_that_somebody_moved_meanwhile_is_not_moved_again(sign_in, cast, database, project):
    answer = move(sign_in(cast.officer), project, "negotiating", version=project.version - 1)
    assert answer.status_code == 409
    assert "刚被别人改过" in answer.get_data(as_text=True)


def test_who_may_not_move_it_is_told_or_finds_nothing(sign_in, cast, database, project):
    told = move(sign_in(cast.colleague), project, "negotiating")
    assert told.status_code == 403
    assert "由他人负责" in told.get_data(as_text=True)
    assert move(sign_in(cast.outsider), project, "negotiating").status_code == 404
    assert move(sign_in(cast.leader), project, "negotiating").status_code == 404
    assert move(sign_in(cast.officer), project, "nonsense").status_code == 400
    assert stage_of(database, project) is Stage.RESERVE


def test_without_scripts_the_error_is_a_page(sign_in, cast, project):
    answer = move(sign_in(cast.officer), project, "negotiating", headers={})
    assert answer.status_code == 422
    assert "还缺" in answer.get_data(as_text=True)


def test_the_board_keeps_to_its_statements(sign_in, cast, database, project):
    browser = sign_in(cast.officer)
    browser.get("/crm/projects/")
    with counted() as statements:
        browser.get("/crm/projects/")
    assert len(statements) <= 8, statements


def test_changing_a_filter_leaves_the_way_the_board_is_drawn(sign_in, cast):
    client = sign_in(cast.officer)
    page = client.get("/crm/projects/?by=stage&idle=45").text
    assert "/crm/projects/filters?owner=section&amp;side=active&amp;by=stage&amp;idle=45" in page
    sheet = client.get("/crm/projects/filters?by=stage&idle=45&grade=A").text
    assert '<input type="hidden" name="by" value="stage">' in sheet
    applied = client.get("/crm/projects/filters?by=stage&idle=45&grade=A&apply=1")
    assert applied.status_code == 302
    assert {"by=stage", "idle=45", "grade=A"} <= set(applied.headers["Location"].partition("?")[2].split("&"))
