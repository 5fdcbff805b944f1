"""The public site in the browser of somebody who has no account."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from crm.domain.leads import LeadSource
from crm.models import Contact, Lead
from crm.services.seed.load import load_district

ENQUIRY = {
    "enterprise": "试验企业（示例）",
    "contact": "王小姐",
    "reach": "13800000000",
    "words": "租 1,200㎡，做体外诊断试剂",
    "consent": "y",
    "request_id": "one-form",
}


@pytest.fixture
def district(database):
    """The Liwan data: no offers, so every area and rent is unknown."""
    with database.writing() as session:
        load_district(session)


PAGES = ("/", "/space", "/space?tenure=land", "/chains", "/policies", "/policies?tier=growth")


def test_every_public_page_answers_in_both_languages(client, district):
    for code, language in (("zh", "zh-CN"), ("en", "en")):
        client.set_cookie("lang", code)
        for path in PAGES:
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert f'<html lang="{language}">' in answer.text


def test_every_public_page_answers_on_an_empty_database(client):
    assert {path: client.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)


def test_the_landing_page_cites_sections(client, district):
    text = client.get("/").text
    for words in ("白鹅潭商务区", "三（二）1", "生物医药及高端医疗器械", "四（三）2", "产业保障房"):
        assert words in text


def test_nothing_of_the_page_breaks_the_csp(client):
    answer = client.get("/")
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert not re.search(r'\sstyle="|<script(?![^>]*src=)|\son\w+="', answer.text)


def test_unknown_areas_are_said_and_never_zero(client, district):
    text = client.get("/space").text
    assert "房源尚未录入" in text
    assert "0 ㎡" not in text


def test_bad_conditions_get_a_sentence_or_are_left_out_and_never_a_crash(client):
    areas = ("abc", "-5", "0", "99999999999999999999", "1-2-3-4", "🏭")
    for typed in areas:
        answer = client.get("/space", query_string={"area": typed})
        assert answer.status_code == 200
        assert "请写一个数或一段" in answer.text or "数值要大于 0" in answer.text, typed
    others = (
        {"by": "2027-13-40"}, {"tenure": "steal"}, {"tier": "huge"}, {"chain": "none"}, {"platform": "none"},
        {"power": "١٢٣"}, {"load": "9" * 400}, {"height": "\u202e4.5"},
    )  # fmt: skip
    for condition in others:
        assert client.get("/space", query_string=condition).status_code == 200, condition
    assert client.get("/space?load=%00").status_code == 400


def test_full_width_figures_and_ranges_are_read_and_kept_as_typed(client):
    text = client.get("/space", query_string={"area": "１２００–1,600㎡"}).text
    assert 'value="１２００–1,600㎡"' in text
    assert "请写一个数" not in text


def test_policies_are_filtered_by_category_and_have_anchors(client, district):
    text = client.get("/policies", query_string={"category": "人才"}).text
    assert 'id="talent_policy"' in text
    assert 'id="vertical_factories"' not in text


def test_the_language_switch_goes_back_to_the_page_and_only_to_our_own(client):
    answer = client.get("/lang/en?next=/policies?tier=growth")
    assert answer.headers["Location"] == "/policies?tier=growth"
    assert "lang=en" in answer.headers["Set-Cookie"]
    assert client.get("/lang/en?next=https://elsewhere.example/").headers["Location"] == "/"
    assert client.get("/lang/xx").status_code == 404


def test_an_enquiry_becomes_a_lead_of_no_section_with_its_source(client, database):
    answer = client.post("/enquiry", data=ENQUIRY)
    assert answer.status_code == 302
    assert "已收到，编号" in client.get("/").text
    with database.reading() as session:
        lead = session.scalars(select(Lead)).one()
        assert (lead.source, lead.owner_id, lead.section_id) == (LeadSource.WEBSITE, None, None)
        assert lead.content == ENQUIRY["words"]
        contact = session.scalars(select(Contact)).one()
        assert contact.name == ENQUIRY["contact"]


def test_a_double_click_makes_one_enquiry(client, database):
    client.post("/enquiry", data=ENQUIRY)
    client.post("/enquiry", data=ENQUIRY)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Lead)) == 1


def test_a_refused_enquiry_names_the_field_and_keeps_what_was_typed(client, database):
    for missing in ("enterprise", "contact", "reach", "words", "consent"):
        answer = client.post("/enquiry", data=ENQUIRY | {missing: " " if missing != "consent" else ""})
        assert answer.status_code == 422
        assert f'id="{missing}-error"' in answer.text
        assert ENQUIRY["contact" if missing != "contact" else "enterprise"] in answer.text
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Lead)) == 0


def test_bad_values_of_an_enquiry_get_a_sentence(client):
    bad = (
        {"reach": "12"}, {"reach": "a@"}, {"words": "x" * 5000}, {"enterprise": "公\u202e司"},
        {"enterprise": "公\x00司"}, {"contact": "王" * 300},
    )  # fmt: skip
    for values in bad:
        answer = client.post("/enquiry", data=ENQUIRY | values)
        assert answer.status_code == 422, values
        assert "还没有提交" in answer.text


def test_an_enquiry_tells_nobody_that_the_enterprise_is_known(client):
    client.post("/enquiry", data=ENQUIRY)
    again = client.post("/enquiry", data=ENQUIRY | {"request_id": "another"}, follow_redirects=True)
    assert again.status_code == 200
    assert "重复" not in again.text
