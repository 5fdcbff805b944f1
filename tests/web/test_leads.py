"""Pages of leads: who sees what, the form and its bad input."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from crm.infra.clock import today
from crm.models import Enterprise, FollowUp, Lead
from tests.factories import USCC, make_enterprise, make_lead, make_offer, make_segment, next_step


@pytest.fixture
def lead_id(database, cast) -> int:
    """A lead of the officer's, with a promise and a floor that fits."""
    with database.writing() as session:
        segment = make_segment(session)
        make_offer(session, cast.park, segment=segment)
        return make_lead(session, cast.officer, segment_id=segment.id, next_step=next_step(3), grade=None).id


def form(**changes: object) -> dict[str, object]:
    """What a browser sends for a new lead."""
    values = {
        "request_id": "once-1",
        "name": "荔湾微流控诊断技术有限公司（示例）",
        "source": "phone",
        "contact_name": "罗小姐",
        "phone": "138 0000 0000",
        "tenure": "rent",
        "area_target": "约1200㎡",
        "floor_load": "１吨/平",
        "investment": "1.2亿",
        "budget": "４５元/㎡/月",
        "clear_height": "4.5米",
        "next_kind": "call",
        "next_subject": "问环评类别",
        "next_due": f"{today() + timedelta(days=2)}T10:00",
    }
    return values | changes


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("officer", 200),
        ("colleague", 200),
        ("chief", 200),
        ("leader", 200),
        ("outsider", 404),
        ("other_chief", 404),
        ("manager", 404),
        ("chain_team", 404),
        ("admin", 404),
        ("security", 404),
        ("auditor", 404),
    ],
)
def test_a_lead_is_seen_by_its_section_and_the_leaders_only(sign_in, cast, lead_id, who, status):
    answer = sign_in(getattr(cast, who)).get(f"/crm/leads/{lead_id}")
    assert answer.status_code == status
    assert ("荔湾" in answer.text or "诊断技术" in answer.text) == (status == 200)


def test_a_stranger_is_led_to_the_sign_in(client, lead_id):
    for path in ("/crm/leads/", "/crm/leads/new", f"/crm/leads/{lead_id}"):
        assert client.get(path).status_code == 302


def test_only_owner_and_chief_may_open_the_edit_form(sign_in, cast, lead_id):
    expected = {"officer": 200, "chief": 200, "colleague": 403, "outsider": 404, "leader": 404, "manager": 404}
    for who, status in expected.items():
        assert sign_in(getattr(cast, who)).get(f"/crm/leads/{lead_id}/edit").status_code == status, who


def test_a_leader_reads_without_buttons_and_with_masked_numbers(sign_in, cast, lead_id):
    page = sign_in(cast.leader).get(f"/crm/leads/{lead_id}").text
    assert "完成并排下次" not in page
    assert "13912345678" not in page
    assert "139****5678" in page
    assert "/reveal" not in page


def test_the_list_shows_only_the_scope(sign_in, cast, lead_id):
    assert "XS-" in sign_in(cast.officer).get("/crm/leads/?owner=all").text
    assert "XS-" not in sign_in(cast.outsider).get("/crm/leads/?owner=all").text


def test_the_empty_list_teaches(sign_in, cast):
    page = sign_in(cast.officer).get("/crm/leads/").text
    assert "登记第一条线索" in page


def test_the_search_while_typing_keeps_other_sections_enterprises_to_itself(database, sign_in, cast):
    with database.writing() as session:
        make_enterprise(session, "大参林医药集团股份有限公司（示例）")
        make_lead(session, cast.outsider, name="秘密医药有限公司（示例）")
    browser = sign_in(cast.officer)
    for typed in ("大参林", "dasl", "dsl", "dashenlin", "参林医药"):
        assert ("大参林" in browser.get("/crm/leads/enterprise-options", query_string={"name": typed}).text) == (
            typed != "dasl"
        ), typed
    assert "秘密医药" not in browser.get("/crm/leads/enterprise-options?name=秘密").text.split("没有同名")[0]


# ── Logging ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_logging_a_lead_leads_to_its_page_with_parks(database, sign_in, cast):
    with database.writing() as session:
        make_offer(session, cast.park, floor_load_kg_m2=1200)
    browser = sign_in(cast.officer)
    answer = browser.post("/crm/leads/new", data=form(env_class="registration"), follow_redirects=True)
    assert answer.status_code == 200
    assert "推荐园区" in answer.text
    assert "甲园" in answer.text
    with database.reading() as session:
        lead = session.query(Lead).one()
        assert lead.area_target == 1200
        assert lead.floor_load_kg_m2 == 1000
        assert lead.investment_fen == 12_000_000_000
        assert lead.budget == 4500
        assert lead.clear_height_cm == 450
        assert lead.typed["floor_load"] == "１吨/平"
        assert lead.contact.phone == "13800000000"
        assert session.query(FollowUp).one().owner_id == cast.officer


def test_a_double_click_makes_one_lead(database, sign_in, cast):
    browser = sign_in(cast.officer)
    first = browser.post("/crm/leads/new", data=form())
    second = browser.post("/crm/leads/new", data=form())
    assert first.status_code == second.status_code == 302
    assert first.location == second.location
    with database.reading() as session:
        assert session.query(Lead).count() == 1
        assert session.query(FollowUp).count() == 1


def test_a_duplicate_warns_before_saving_and_is_saved_with_a_reason(database, sign_in, cast):
    with database.writing() as session:
        make_lead(session, cast.outsider, name="秘密诊断技术有限公司（示例）", phone="13800000000")
    browser = sign_in(cast.officer)
    refused = browser.post("/crm/leads/new", data=form())
    assert refused.status_code == 409
    assert "已由招商二科登记" in refused.text
    assert "李文博" in refused.text
    assert "秘密诊断" not in refused.text
    assert "约1200㎡" in refused.text
    unreasoned = browser.post("/crm/leads/new", data=form(confirm_duplicate="y"))
    assert unreasoned.status_code == 409
    saved = browser.post("/crm/leads/new", data=form(confirm_duplicate="y", duplicate_reason="另一个项目"))
    assert saved.status_code == 302


def test_the_live_duplicate_check_answers_blindly(database, sign_in, cast):
    with database.writing() as session:
        make_lead(session, cast.outsider, name="秘密诊断技术有限公司（示例）", phone="13800000000")
    answer = sign_in(cast.officer).post("/crm/leads/similar", data={"phone": "138-0000-0000"}).text
    assert "同一电话" in answer
    assert "已由招商二科登记" in answer
    assert "秘密诊断" not in answer
    assert "XS-" not in answer


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "请填写企业名称"),
        ("name", "好" * 5000, "太长"),
        ("name", "甲\x00乙公司", "控制字符"),
        ("name", "甲\u202e乙公司", "改变文字方向"),
        ("uscc", "91440101MA59GY3X00", "校验码"),
        ("uscc", "123", "18 位"),
        ("area_target", "-5", "负数"),
        ("area_target", "99999999999999999999", "不合常理"),
        ("area_target", "三千公斤", None),
        ("area_target", "1200kg", None),
        ("area_min", "0", "应大于 0"),
        ("floor_load", "5米", None),
        ("clear_height", "层高4.5米", "净高"),
        ("investment", "-1亿", "负数"),
        ("needed_on", "2027-02-30", "没有这一天"),
        ("needed_on", "2020-01-01", "已经过去"),
        ("founded_on", "9999-99-99", "没有这一天"),
        ("next_due", "2026-13-01T10:00", "没有这个时间"),
        ("next_due", "2020-01-01T10:00", "已经过去"),
        ("next_due", "0001-01-01T00:00", "没有这个时间"),
        ("phone", "12345", "11 位"),
        ("email", "不是邮箱", "邮箱"),
        ("source", "nowhere", "请从列表里选"),
        ("source", "referral", "引荐人"),
        ("segment_id", "999999", "请从列表里选"),
        ("segment_id", "abc", "请从列表里选"),
        ("platforms", "elsewhere", "请从列表里选"),
        ("tier_override", "mature", "理由"),
        ("gbt_code", "99", "没有大类"),
        ("gbt_code", "零零", "行业代码"),
        ("content", "话" * 4001, "太长"),
        ("employees", "很多", None),
        ("tenure", "steal", "请从列表里选"),
        ("contact_name", "名" * 61, "太长"),
        ("grace_days", "100000", "不合常理"),
    ],
)
def test_bad_input_gets_a_sentence_and_loses_nothing(database, sign_in, cast, field, value, sentence):
    answer = sign_in(cast.officer).post("/crm/leads/new", data=form(**{field: value}))
    assert answer.status_code == 422, answer.status_code
    errors = re.search(r'id="form-errors".*?</ul>', answer.text, re.S)
    assert errors is not None
    if sentence:
        assert sentence in errors[0]
    kept = "1.2亿" if field != "investment" else "约1200㎡"
    assert kept in answer.text
    with database.reading() as session:
        assert session.query(Lead).count() == 0
        assert session.query(Enterprise).count() == 0


def test_four_byte_text_is_welcome(database, sign_in, cast):
    answer = sign_in(cast.officer).post("/crm/leads/new", data=form(content="想要 🏭 𠮷野家旁边"))
    assert answer.status_code == 302
    with database.reading() as session:
        assert session.query(Lead).one().content == "想要 🏭 𠮷野家旁边"


def test_an_enterprise_of_another_section_cannot_be_chosen_by_its_id(database, sign_in, cast):
    with database.writing() as session:
        foreign = make_lead(session, cast.outsider).enterprise_id
    answer = sign_in(cast.officer).post("/crm/leads/new", data=form(enterprise_id=str(foreign)))
    assert answer.status_code == 404
    assert sign_in(cast.officer).get(f"/crm/leads/new?enterprise_id={foreign}").status_code == 200


def test_the_form_opens_filled_from_an_address(database, sign_in, cast):
    with database.writing() as session:
        firm = make_enterprise(session, "穗岭生物有限公司（示例）", uscc=USCC, employees=120)
    page = sign_in(cast.officer).get(f"/crm/leads/new?enterprise_id={firm.id}&source=event&content=展会上见面").text
    assert "穗岭生物有限公司（示例）" in page
    assert USCC in page
    assert 'value="120"' in page
    assert "展会上见面" in page
    assert re.search(r'<option selected value="event">', page)


def test_size_and_tier_are_explained_while_typing(sign_in, cast):
    query = {"gbt_code": "2770", "employees": "350人", "revenue": "2.5亿", "name": "甲"}
    page = sign_in(cast.officer).get("/crm/leads/assessment", query_string=query).text
    assert "中型" in page
    assert "成长型" in page
    assert "统计规模为中型" in page


def test_a_reading_says_what_was_understood_or_why_not(sign_in, cast):
    browser = sign_in(cast.officer)
    query = {"field": "floor_load", "floor_load": "1吨/平"}
    load = browser.get("/crm/leads/reading", query_string=query)
    assert "9.81 kN/㎡（1 t/㎡）" in load.text
    bad = browser.get("/crm/leads/reading", query_string={"field": "area_target", "area_target": "5米高"})
    assert "lt-error" in bad.text
    assert browser.get("/crm/leads/reading?field=csrf_token&csrf_token=x").status_code == 200


def test_a_duplicate_is_passed_on_instead_of_logged_twice(database, sign_in, cast):
    with database.writing() as session:
        theirs = make_lead(session, cast.outsider, phone="13800000000", content="二科的秘密")
        lead_id, number = theirs.id, theirs.number
    browser = sign_in(cast.officer)
    answer = browser.post("/crm/leads/similar", data={"phone": "138-0000-0000"}).text
    assert "转给李文博，不另登记" in answer
    typed = {"name": "", "phone": "138-0000-0000", "contact_name": "罗小姐", "content": "约1200㎡，下周看场地"}
    passed = browser.post("/crm/leads/pass-on", data=typed)
    assert passed.status_code == 302
    with database.reading() as session:
        assert session.query(Lead).count() == 1
    other = sign_in(cast.outsider)
    assert f"转来线索 {number} 同一家的消息" in other.get("/crm/notices/").text
    assert "约1200㎡，下周看场地" in other.get(f"/crm/leads/{lead_id}?show=all").text
    assert browser.get(f"/crm/leads/{lead_id}").status_code == 404
    nobody = browser.post("/crm/leads/pass-on", data={"name": "没有人登记过（示例）"})
    assert nobody.status_code == 422
    assert "没有人登记过" in nobody.text


# ── Segments that a lead may mean ────────────────────────────────────────────────────────────────────────────────────


def test_the_form_proposes_segments_with_the_words_that_say_so(sign_in, cast, database):
    officer = sign_in(cast.officer)
    with database.writing() as session:
        segment = make_segment(session)
        segment.products = ["核酸检测试剂"]
        made = segment.id
    chips = officer.post("/crm/leads/segment-ideas", data={"content": "做核酸检测试剂的，想租一层"}).get_data(
        as_text=True
    )
    assert f'data-idea="segment_id" data-value="{made}"' in chips
    assert "<q>核酸检测试剂</q>" in chips
    nothing = officer.post("/crm/leads/segment-ideas", data={"content": "明天上午见", "gbt_code": "乱写"})
    assert nothing.status_code == 200
    assert "data-idea" not in nothing.get_data(as_text=True)


def test_a_gap_opens_the_form_with_its_segment_and_the_source(sign_in, cast, database):
    officer = sign_in(cast.officer)
    with database.writing() as session:
        made = make_segment(session).id
    page = officer.get(f"/crm/leads/new?segment={made}&source=targeted").get_data(as_text=True)
    assert re.search(rf'<option value="{made}"[^>]* selected', page)
    assert re.search(r'<option selected value="targeted">|<option value="targeted" selected', page)
    assert officer.get("/crm/leads/new?segment=x").status_code == 200


def test_the_gap_that_an_address_names_goes_before_what_is_stored_of_the_firm(sign_in, cast, database):
    officer = sign_in(cast.officer)
    with database.writing() as session:
        stored, aimed = make_segment(session).id, make_segment(session, key="other", name="另一环节").id
        firm = make_enterprise(session, segment_id=stored).id
    page = officer.get(f"/crm/leads/new?segment={aimed}&enterprise_id={firm}").get_data(as_text=True)
    assert re.search(rf'<option value="{aimed}"[^>]* selected', page)


def test_who_logs_no_leads_gets_no_proposals(sign_in, cast):
    assert sign_in(cast.leader).post("/crm/leads/segment-ideas", data={"content": "试剂"}).status_code == 404
