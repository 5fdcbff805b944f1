"""Pages of introductions: the officer sends, the park answers, refused forms keep what was typed."""

from __future__ import annotations

import re

import pytest

from crm.domain.introductions import IntroductionState
from crm.models import Introduction
from tests.samples import make_samples


@pytest.fixture
def ids(database, cast):
    return make_samples(database, cast)


def state_of(database, introduction_id):
    with database.reading() as session:
        row = session.get(Introduction, introduction_id)
        return row.state, row.version


def test_an_officer_sends_a_lead_and_comes_back_to_its_matches(database, cast, ids, sign_in):
    with database.writing() as session:
        session.get(Introduction, ids["introduction_id"]).state = IntroductionState.WITHDRAWN
    browser = sign_in(cast.officer)
    address = f"/crm/introductions/new?lead_id={ids['lead_id']}&offer_id={ids['offer_id']}"
    page = browser.get(address)
    assert page.status_code == 200
    once = re.search(r'name="request_id" value="([^"]+)"', page.get_data(as_text=True))[1]
    for _click in range(2):
        sent = browser.post(address, data={"message": "请看 2 层", "request_id": once})
        assert sent.headers["Location"].endswith(f"/crm/leads/{ids['lead_id']}#match")
    with database.reading() as session:
        assert session.query(Introduction).filter_by(request_id=once).count() == 1


def test_a_second_introduction_is_refused_with_a_sentence_and_the_message_stays(cast, ids, sign_in):
    address = f"/crm/introductions/new?lead_id={ids['lead_id']}&offer_id={ids['offer_id']}"
    answer = sign_in(cast.officer).post(address, data={"message": "第二次推介"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "还在进行中" in text
    assert "第二次推介" in text


def test_a_park_declines_only_with_the_unmet_requirement(database, cast, ids, sign_in):
    browser, address = sign_in(cast.manager), f"/crm/introductions/{ids['introduction_id']}"
    _state, version = state_of(database, ids["introduction_id"])
    refused = browser.post(f"{address}/decline", data={"version": version, "reason": "space", "note": "梁太低"})
    text = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "请选是哪一项要求不符" in text
    assert "梁太低" in text
    assert state_of(database, ids["introduction_id"])[0] is IntroductionState.INTRODUCED
    form = {"version": version, "reason": "space", "unmet_requirement": "height", "unmet_value": "净高 4.2 m"}
    assert browser.post(f"{address}/decline", data=form).status_code == 302
    assert state_of(database, ids["introduction_id"])[0] is IntroductionState.DECLINED


@pytest.mark.parametrize(
    ("field", "value"),
    [("viewing_at", ""), ("viewing_at", "2026-13-45T99:99"), ("viewing_at", "2001-01-01T10:00"), ("note", "x" * 2000)],
)
def test_a_viewing_that_cannot_be_is_refused_at_its_field(database, cast, ids, sign_in, field, value):
    _state, version = state_of(database, ids["introduction_id"])
    form = {"version": version, "viewing_at": "2099-01-01T10:00", "note": ""} | {field: value}
    answer = sign_in(cast.manager).post(f"/crm/introductions/{ids['introduction_id']}/viewing", data=form)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)


def test_two_managers_answering_at_once_do_not_both_win(database, cast, ids, sign_in):
    _state, version = state_of(database, ids["introduction_id"])
    address = f"/crm/introductions/{ids['introduction_id']}/accept"
    assert sign_in(cast.manager).post(address, data={"version": version}).status_code == 302
    second = sign_in(cast.manager).post(address, data={"version": version, "note": "我也答复"})
    assert second.status_code == 422
    assert "刚被别人答复过" in second.get_data(as_text=True)


def test_other_parks_and_sections_get_404(cast, ids, sign_in):
    for person in (cast.other_manager, cast.outsider):
        assert sign_in(person).get(f"/crm/introductions/{ids['introduction_id']}").status_code == 404


def test_the_park_reads_the_phone_only_after_release(cast, ids, sign_in):
    address = f"/crm/introductions/{ids['introduction_id']}"
    manager = sign_in(cast.manager)
    for page in (address, "/crm/", "/crm/introductions/"):
        assert "13800000000" not in manager.get(page).get_data(as_text=True)
    assert sign_in(cast.officer).post(f"{address}/release").status_code == 302
    assert "13800000000" in manager.get(address).get_data(as_text=True)
    assert "13800000000" not in sign_in(cast.leader).get(f"/crm/leads/{ids['lead_id']}").get_data(as_text=True)
