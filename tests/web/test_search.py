"""The palette and the page of all answers: what each person is offered, and odd text."""

from __future__ import annotations

import re

import pytest

from tests.factories import make_lead
from tests.statements import counted

FIRM = "大参林医药集团有限公司（示例）"


@pytest.fixture
def lead(database, cast):
    with database.writing() as session:
        return make_lead(session, cast.officer, name=FIRM, phone="13812345678")


def palette(browser, **args: str) -> str:
    answer = browser.get("/crm/search/palette", query_string=args)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_before_typing_it_offers_what_this_person_may_do(sign_in, cast, database):
    officer, admin = palette(sign_in(cast.officer)), palette(sign_in(cast.admin))
    assert "登记线索" in officer
    assert "我的逾期跟进" in officer
    assert "登记线索" not in admin
    assert "管理" in admin
    assert "管理" not in officer


def test_records_are_options_with_number_state_and_owner(sign_in, cast, lead):
    page = palette(sign_in(cast.officer), q="参林")
    assert f'href="/crm/leads/{lead.id}"' in page
    for words in (FIRM, lead.number, "新登记", "陈思敏"):
        assert words in page
    assert 'role="option"' in page
    assert "13812345678" not in palette(sign_in(cast.officer), q="13812345678").replace("q=13812345678", "")


def test_actions_are_found_by_word_and_pinyin(sign_in, cast, database):
    browser = sign_in(cast.officer)
    assert "登记线索" in palette(browser, q="djxs")
    assert "登记线索" in palette(browser, q="登记")
    assert "登记线索" not in palette(browser, q="参林")


@pytest.mark.parametrize("typed", ["参林", "dsl", "13812345678", "5678"])
def test_another_section_is_told_nothing(sign_in, cast, lead, typed):
    browser = sign_in(cast.outsider)
    assert FIRM not in palette(browser, q=typed)
    page = browser.get("/crm/search/", query_string={"q": typed}).get_data(as_text=True)
    assert FIRM not in page
    assert lead.number not in page
    assert "没有找到" in page


@pytest.mark.parametrize(
    "typed", ["'", '"', "*", "a OR b", "NEAR(", "\\", "<script>", "％", "广" * 3000, "\u202eabc", "1e400"]
)
def test_odd_text_is_answered_quietly(sign_in, cast, lead, typed):
    browser = sign_in(cast.officer)
    for path in ("/crm/search/palette", "/crm/search/"):
        answer = browser.get(path, query_string={"q": typed})
        assert answer.status_code == 200
        assert "<script>" not in answer.get_data(as_text=True).replace("<script src", "")


def test_the_page_shows_groups_and_leads_to_the_list(sign_in, cast, lead):
    page = sign_in(cast.officer).get("/crm/search/", query_string={"q": "参林"}).get_data(as_text=True)
    assert FIRM in page
    assert lead.number in page
    assert "可以做的事" in sign_in(cast.officer).get("/crm/search/").get_data(as_text=True)


def test_every_page_of_the_workplace_carries_the_palette(sign_in, cast, database):
    page = sign_in(cast.manager).get("/crm/").get_data(as_text=True)
    assert 'id="palette"' in page
    assert 'hx-get="/crm/search/palette"' in page


def test_the_palette_asks_one_statement_a_kind(sign_in, cast, lead):
    browser = sign_in(cast.officer)
    palette(browser, q="参林")
    with counted() as statements:
        palette(browser, q="参林")
    assert len(statements) <= 10, statements


def test_the_way_to_the_list_lifts_what_the_list_narrows_by_itself(sign_in, cast, database):
    with database.writing() as session:
        for number in range(6):
            make_lead(session, cast.colleague, name=f"岭南第{number}检测有限公司（示例）")
    browser = sign_in(cast.officer)
    page = palette(browser, q="岭南")
    address = re.search(r'href="(/crm/leads/\?[^"]+)"', page)[1].replace("&amp;", "&")
    assert browser.get(address).get_data(as_text=True).count("岭南第") >= 6
