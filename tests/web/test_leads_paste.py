"""The paste box, its quotes, the pre-match, drafts and typed ranges, as a browser sends them."""

from __future__ import annotations

import re

import pytest

from crm.models import Lead, LeadDraft
from tests.factories import make_offer, make_segment
from tests.statements import counted
from tests.web.test_leads import form

MESSAGE = """思敏，帮推荐一家：穗岭微流控诊断技术有限公司（示例），做体外诊断试剂，40来人。
租厂房，约1200㎡，最好1000–1500平，租金３５元/㎡/月以内，楼面1吨/平，层高不低于4.5米。
联系人罗小姐 138 0000 0000，预计投1800万。
——医械协会 周工"""


@pytest.fixture
def officer(database, cast, sign_in):
    with database.writing() as session:
        make_offer(session, cast.park, segment=make_segment(session))
    return sign_in(cast.officer)


def read(browser, **sent: object):
    return browser.post("/crm/leads/paste", data={"request_id": "once-1", **sent}, headers={"HX-Request": "true"})


def value(html: str, name: str) -> str:
    """What an input of the answer holds."""
    tag = re.search(rf'<input[^>]* name="{name}"[^>]*>', html)
    assert tag, f"no field {name}"
    held = re.search(r' value="([^"]*)"', tag[0])
    return held[1] if held else ""


def cited(html: str, name: str) -> str:
    """The words under a field."""
    found = re.search(rf'id="{name}-read"[^>]*>(.*?)</(?:div|p)>', html, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]) if found else ""


def test_a_message_fills_the_form_and_marks_its_words(officer):
    answer = read(officer, paste=MESSAGE, source="phone")
    assert answer.status_code == 200
    html = answer.text
    assert "<html" not in html
    assert value(html, "name") == "穗岭微流控诊断技术有限公司（示例）"
    assert [value(html, name) for name in ("area_min", "area_target", "area_max")] == ["1000", "1200", "1500"]
    assert value(html, "budget") == "35"
    assert value(html, "phone") == "13800000000"
    assert value(html, "referrer") == "周工（医械协会）"
    assert '<option selected value="referral">' in html
    assert (
        '<mark class="paste-mark" data-goto="budget">３５元/㎡<span class="lt-nowrap">/月<sup>价格</sup></span></mark>'
        in html
    )
    assert "40来人" in cited(html, "employees")
    assert "其中 1 处须您确认；没读到" in html


def test_without_scripts_the_whole_page_comes_back(officer):
    answer = officer.post("/crm/leads/paste", data={"request_id": "once-1", "paste": MESSAGE})
    assert answer.status_code == 200
    assert "<html" in answer.text
    assert value(answer.text, "area_target") == "1200"


def test_a_storey_height_is_shown_and_the_clear_height_stays_empty(officer):
    html = read(officer, paste=MESSAGE).text
    assert value(html, "clear_height") == ""
    assert "层高不低于4.5米" in cited(html, "clear_height")
    assert "须问清" in cited(html, "clear_height")


def test_what_was_typed_stays_and_the_other_value_is_offered(officer):
    html = read(officer, paste=MESSAGE, budget="40", name="别的名字（示例）").text
    assert value(html, "budget") == "40"
    assert value(html, "name") == "别的名字（示例）"
    assert "与您填的不同，已保留您的" in cited(html, "budget")
    assert (
        '<button class="lt-btn lt-btn--sm lead-take" type="button" data-take="budget" data-value="35">改用 35</button>'
        in html
    )


def test_the_same_value_in_other_words_is_no_difference(officer):
    html = read(officer, paste=MESSAGE, tenure="rent", floor_load="1吨/平").text
    assert value(html, "floor_load") == "1吨/平"
    assert "与您填的不同" not in cited(html, "floor_load")


def test_contradicting_values_are_both_offered_and_none_is_taken(officer):
    html = read(officer, paste="租1200平，老板又说租2000平").text
    assert value(html, "area_target") == ""
    assert re.findall(r'data-take="area_target" data-value="(\d+)"', html) == ["1200", "2000"]


def test_another_message_takes_back_what_the_first_one_filled(officer):
    html = read(
        officer, paste="租800平，电200kVA", pasted=MESSAGE, area_target="1200", budget="35", referrer="我写的"
    ).text
    assert value(html, "area_target") == "800"
    assert value(html, "budget") == ""
    assert value(html, "power") == "200"
    assert value(html, "referrer") == "我写的"
    assert value(html, "pasted") == "租800平，电200kVA"


@pytest.mark.parametrize("text", ["一" * 20_001, "租1200平\x07", "租\u202e1200平"])
def test_a_message_that_cannot_be_read_gets_a_sentence_and_nothing_is_lost(officer, text):
    answer = read(officer, paste=text, name="甲（示例）", area_target="900")
    assert answer.status_code == 422
    assert 'id="paste-error"' in answer.text
    assert value(answer.text, "name") == "甲（示例）"
    assert value(answer.text, "area_target") == "900"


def test_a_message_is_shown_as_text(officer):
    html = read(officer, paste="<script>alert(1)</script>，租1200平").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_quotes_and_message_survive_a_refusal(officer, database):
    answer = officer.post("/crm/leads/new", data=form(pasted=MESSAGE, phone="138", budget="35"))
    assert answer.status_code == 422
    assert "paste-mark" in answer.text
    assert "３５元/㎡/月" in cited(answer.text, "budget")
    with database.reading() as session:
        assert session.query(Lead).count() == 0


def test_the_message_stands_on_the_lead_with_its_numbers_masked(officer, database):
    saved = officer.post("/crm/leads/new", data=form(pasted=MESSAGE))
    assert saved.status_code == 302
    html = officer.get(saved.headers["Location"]).text
    assert "登记时贴的原文" in html
    assert "层高不低于4.5米" in html
    assert "138****0000" in html
    assert "138 0000 0000" not in html
    with database.reading() as session:
        assert session.query(Lead).one().pasted == MESSAGE


@pytest.mark.parametrize("who", ["leader", "manager", "admin", "chain_team"])
def test_who_logs_no_leads_reads_no_messages(sign_in, cast, who):
    browser = sign_in(getattr(cast, who))
    for path in ("/crm/leads/paste", "/crm/leads/prematch", "/crm/leads/drafts"):
        assert browser.post(path, data={"paste": MESSAGE}).status_code == 404


# ── Pre-match ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_prematch_follows_the_need(officer):
    found = officer.post("/crm/leads/prematch", data={"tenure": "rent", "area_target": "1200"}).text
    assert re.sub(r"\s+|<[^>]+>", "", found).startswith("匹配1待核实0不符0")
    assert "先问" in found
    assert "选了租、购或拿地" in officer.post("/crm/leads/prematch", data={"area_target": "1200"}).text
    for nonsense in (
        {"tenure": "steal"},
        {"tenure": "rent", "gbt_code": "zz"},
        {"tenure": "rent", "area_target": "很大"},
    ):
        assert officer.post("/crm/leads/prematch", data=nonsense).status_code == 200


def test_the_new_lead_with_a_message_keeps_its_ceiling_of_statements(officer, database):
    read(officer, paste=MESSAGE)
    with counted() as statements:
        read(officer, paste=MESSAGE)
    # The form alone takes ten, its search for duplicates six.
    assert len(statements) <= 17, (len(statements), "\n".join(each[:90] for each in statements))


# ── A range in one field ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_range_in_one_field_becomes_smallest_and_largest(officer, database):
    assert officer.post("/crm/leads/new", data=form(area_target="1200–1600平")).status_code == 302
    with database.reading() as session:
        lead = session.query(Lead).one()
        assert (lead.area_min, lead.area_target, lead.area_max) == (1200, None, 1600)


def test_a_range_in_mu_for_land(officer, database):
    sent = form(tenure="land", area_min="20到30亩", area_target="", budget="", floor_load="", clear_height="")
    assert officer.post("/crm/leads/new", data=sent).status_code == 302
    with database.reading() as session:
        lead = session.query(Lead).one()
        assert (lead.area_min, lead.area_max) == (2000, 3000)


def test_a_range_beside_an_end_that_is_given_is_refused_with_a_sentence(officer):
    answer = officer.post("/crm/leads/new", data=form(area_target="1200–1600", area_max="2000"))
    assert answer.status_code == 422
    assert "有两头的，请分别填最小和最大" in answer.text
    assert value(answer.text, "area_target") == "1200–1600"


def test_a_range_says_while_typing_what_it_becomes(officer):
    told = officer.get("/crm/leads/reading?field=area_target&area_target=1200-1600&tenure=rent").text
    assert "最小 1,200 ㎡，最大 1,600 ㎡" in told
    wrong = officer.get("/crm/leads/reading?field=area_target&area_target=1600-1200&tenure=rent").text
    assert "范围写反了" in wrong


# ── Drafts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_kept_resumed_and_gone_when_the_lead_is_logged(officer, database):
    half = {"request_id": "once-9", "name": "半份（示例）", "phone": "138", "budget": "三十", "pasted": MESSAGE}
    saved = officer.post("/crm/leads/drafts", data=half | {"platforms": ["hailongwei"]})
    assert saved.status_code == 302
    html = officer.get(saved.headers["Location"]).text
    assert value(html, "name") == "半份（示例）"
    assert value(html, "phone") == "138"
    assert value(html, "budget") == "三十"
    assert value(html, "request_id") == "once-9"
    assert re.search(r'value="hailongwei" checked', html)
    assert "paste-mark" in html
    assert "草稿 1 份" in officer.get("/crm/leads/new").text
    assert officer.post("/crm/leads/new", data=form(request_id="once-9")).status_code == 302
    with database.reading() as session:
        assert session.query(LeadDraft).count() == 0


def test_a_page_that_is_left_keeps_its_draft_quietly(officer, database):
    sent = {"request_id": "once-9", "name": "半份（示例）", "quietly": "1"}
    assert officer.post("/crm/leads/drafts", data=sent).status_code == 204
    assert officer.post("/crm/leads/drafts", data=sent | {"name": "整份（示例）"}).status_code == 204
    with database.reading() as session:
        assert [draft.title for draft in session.query(LeadDraft)] == ["整份（示例）"]


def test_a_draft_with_hidden_characters_is_refused_with_a_sentence(officer):
    answer = officer.post("/crm/leads/drafts", data={"request_id": "once-9", "name": "甲\x07"})
    assert answer.status_code == 422
    assert "控制字符" in answer.text


def test_drafts_of_others_do_not_exist(officer, cast, sign_in, database):
    saved = officer.post("/crm/leads/drafts", data={"request_id": "once-9", "name": "半份（示例）"})
    address = saved.headers["Location"]
    with database.reading() as session:
        draft_id = session.query(LeadDraft).one().id
    colleague = sign_in(cast.colleague)
    assert colleague.get(address).status_code == 404
    assert "半份" not in colleague.get("/crm/leads/new").text
    assert colleague.post(f"/crm/leads/drafts/{draft_id}/delete").status_code == 404
    officer = sign_in(cast.officer)
    assert officer.post(f"/crm/leads/drafts/{draft_id}/delete").status_code == 302
    assert officer.get(address).status_code == 404
