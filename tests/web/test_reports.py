"""Pages of the weekly report: who previews what, and that a mail shown is the mail sent and can do nothing."""

from __future__ import annotations

import pytest
import time_machine

from crm.services import reports
from tests.reporting import CONTACT, PHONE, SENT, make_week

PAGE = "/crm/reports/weekly/2026-W47"


@pytest.fixture(autouse=True)
def _on_monday():
    with time_machine.travel(SENT, tick=False):
        yield


@pytest.fixture
def week(database, cast, settings):
    with database.writing() as session:
        ids = make_week(session, cast)
        reports.plan_weekly(session, settings, SENT)
    return ids


def test_the_list_names_weeks_frozen_and_running(sign_in, cast, week):
    page = sign_in(cast.officer).get("/crm/reports/").get_data(as_text=True)
    assert "2026 年第 47 周" in page
    assert "已冻结" in page
    assert "2026 年第 48 周" in page
    assert "进行中" in page


@pytest.mark.parametrize(
    ("who", "counts"), [("leader", True), ("chain_team", True), ("officer", False), ("manager", False)]
)
def test_the_districts_figures_stand_in_the_list_for_those_who_read_the_leaders_page(sign_in, cast, week, who, counts):
    page = sign_in(getattr(cast, who)).get("/crm/reports/").get_data(as_text=True)
    assert ("新增储备" in page) is counts


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("leader", "1 件事请您决定"),
        ("officer", "陈思敏"),
        ("manager", "在等甲园答复"),
        ("chief", "科室周报"),
        ("chain_team", "招商周报"),
    ],
)
def test_everybody_previews_the_mail_of_their_own_voice(sign_in, cast, week, who, sees):
    answer = sign_in(getattr(cast, who)).get(PAGE)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert "<iframe" in page
    assert "sandbox=" in page
    assert sees in page


def test_the_running_week_is_previewed_before_it_is_sent(sign_in, cast, week):
    page = sign_in(cast.officer).get("/crm/reports/weekly/2026-W48").get_data(as_text=True)
    assert "尚未冻结" in page


@pytest.mark.parametrize("address", ["2026-W54", "nonsense", "2026-W49", "2031-W01", "0000-W00"])
def test_a_week_that_is_none_or_has_not_begun_is_not_found(sign_in, cast, address):
    assert sign_in(cast.officer).get(f"/crm/reports/weekly/{address}").status_code == 404


@pytest.mark.parametrize(
    ("who", "voice", "whose", "status"),
    [
        ("officer", "officer", None, 200),
        ("officer", "officer", "colleague", 404),
        ("officer", "officer", "outsider", 404),
        ("officer", "leader", None, 404),
        ("officer", "park", "manager", 404),
        ("manager", "park", None, 200),
        ("manager", "park", "other_manager", 404),
        ("manager", "leader", None, 404),
        ("chief", "officer", None, 200),
        ("chief", "leader", None, 404),
        ("leader", "leader", None, 200),
        ("leader", "officer", "outsider", 200),
        ("leader", "park", "manager", 200),
        ("admin", "leader", None, 200),
        ("admin", "park", "manager", 200),
        ("leader", "nonsense", None, 404),
        ("security", "leader", None, 404),
        ("auditor", "officer", "officer", 404),
    ],
)
def test_a_mail_is_shown_to_its_reader_and_to_those_who_choose(sign_in, cast, week, who, voice, whose, status):
    query = {"person": getattr(cast, whose)} if whose else {}
    answer = sign_in(getattr(cast, who)).get(f"{PAGE}/{voice}", query_string=query)
    assert answer.status_code == status


def test_a_shown_mail_may_style_itself_and_nothing_else(sign_in, cast, week):
    answer = sign_in(cast.officer).get(f"{PAGE}/officer")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    page = sign_in(cast.officer).get(PAGE)
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


def test_the_page_of_a_park_manager_holds_no_secret(sign_in, cast, week):
    browser = sign_in(cast.manager)
    for address in (PAGE, f"{PAGE}/park"):
        text = browser.get(address).get_data(as_text=True)
        assert "我方线索公司" in text
        for secret in ("未推介公司", "别家线索", CONTACT, PHONE):
            assert secret not in text


def test_an_administrator_without_any_leader_is_told_so(database, sign_in, cast, week):
    from crm.models import Person

    with database.writing() as session:
        session.get(Person, cast.leader).is_active = False
    assert sign_in(cast.admin).get(f"{PAGE}?voice=leader").status_code == 200
