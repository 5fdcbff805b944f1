"""The page and list of leads: what the buttons do, masked contacts, ceilings of statements, paging."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from crm.domain.leads import LeadSource
from crm.infra.clock import today
from crm.models import AuditEntry, Contact, ContactReveal, FollowUp, Lead
from crm.services import contacts
from tests.factories import make_lead, make_offer, make_segment, next_step
from tests.statements import counted


@pytest.fixture
def lead_id(database, cast) -> int:
    """A lead of the officer's, with a promise and a floor that fits."""
    with database.writing() as session:
        segment = make_segment(session)
        make_offer(session, cast.park, segment=segment)
        return make_lead(session, cast.officer, segment_id=segment.id, next_step=next_step(3), grade=None).id


# ── The page's buttons ───────────────────────────────────────────────────────────────────────────────────────────────


def open_step(database, lead_id: int) -> FollowUp:
    """The open promise, detached with its values."""
    with database.reading() as session:
        step = session.query(FollowUp).filter_by(lead_id=lead_id, done_at=None).one()
        session.expunge(step)
        return step


def test_done_and_next_is_one_step(database, sign_in, cast, lead_id):
    step = open_step(database, lead_id)
    browser = sign_in(cast.officer)
    data = {
        "request_id": "r-1",
        "version": step.version,
        "outcome": "对方要 4.5 m 净高",
        "next_kind": "site_visit",
        "next_subject": "看甲园",
        "next_due": f"{today() + timedelta(days=1)}T14:30",
    }
    for _time in range(2):
        answer = browser.post(f"/crm/leads/{lead_id}/follow-ups/{step.id}/done", data=data)
        assert answer.status_code == 302
    page = browser.get(f"/crm/leads/{lead_id}").text
    assert "对方要 4.5 m 净高" in page
    assert "看甲园" in page
    with database.reading() as session:
        assert session.query(FollowUp).filter_by(lead_id=lead_id).count() == 2


def test_done_without_outcome_or_date_keeps_what_was_typed(database, sign_in, cast, lead_id):
    step = open_step(database, lead_id)
    browser = sign_in(cast.officer)
    url = f"/crm/leads/{lead_id}/follow-ups/{step.id}/done"
    refused = browser.post(url, data={"version": step.version, "outcome": "谈过了", "next_kind": "call"})
    assert refused.status_code == 422
    assert "谈过了" in refused.text
    assert "请选下次的时间" in refused.text
    only = browser.post(url + "-only", data={"version": step.version, "outcome": "谈过了", "next_kind": "call"})
    assert only.status_code == 302
    assert "没有排下次" in browser.get(f"/crm/leads/{lead_id}").text


def test_postponing_asks_for_a_reason(database, sign_in, cast, lead_id):
    step = open_step(database, lead_id)
    browser = sign_in(cast.officer)
    url = f"/crm/leads/{lead_id}/follow-ups/{step.id}/postpone"
    later = f"{today() + timedelta(days=9)}T10:00"
    assert browser.post(url, data={"version": step.version, "new_due": later, "reason": ""}).status_code == 422
    assert browser.post(url, data={"version": step.version, "new_due": later, "reason": "对方出差"}).status_code == 302
    assert "已顺延 1 次" in browser.get(f"/crm/leads/{lead_id}").text


def test_a_colleague_can_read_but_not_act(database, sign_in, cast, lead_id):
    step = open_step(database, lead_id)
    browser = sign_in(cast.colleague)
    for path in (f"follow-ups/{step.id}/done", "screen", "follow-ups", "referrer", "grade"):
        assert browser.post(f"/crm/leads/{lead_id}/{path}", data={}).status_code == 403, path
    assert browser.post(f"/crm/leads/{lead_id}/assign", data={}).status_code == 404


def test_screening_needs_a_reason_and_shows_the_verdict(database, sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    with database.reading() as session:
        version = session.get(Lead, lead_id).version
    url = f"/crm/leads/{lead_id}/screen"
    assert browser.post(url, data={"version": version, "verdict": "valid", "note": ""}).status_code == 422
    assert browser.post(url, data={"version": version, "verdict": "new", "note": "x"}).status_code == 422
    assert browser.post(url, data={"version": version, "verdict": "valid", "note": "补链"}).status_code == 302
    assert "筛查结论：有效" in browser.get(f"/crm/leads/{lead_id}").text
    assert browser.post(url, data={"version": version, "verdict": "invalid", "note": "旧页面"}).status_code == 409


def test_an_enquiry_is_taken_and_a_chief_assigns(database, sign_in, cast):
    with database.writing() as session:
        lead_id = make_lead(session, None, source=LeadSource.WEBSITE).id
    officer = sign_in(cast.officer)
    assert "领取" in officer.get(f"/crm/leads/{lead_id}").text
    assert officer.post(f"/crm/leads/{lead_id}/take").status_code == 302
    assert sign_in(cast.outsider).get(f"/crm/leads/{lead_id}").status_code == 404
    chief = sign_in(cast.chief)
    assert chief.post(f"/crm/leads/{lead_id}/assign", data={"person_id": cast.outsider}).status_code == 422
    assert chief.post(f"/crm/leads/{lead_id}/assign", data={"person_id": cast.colleague}).status_code == 302
    with database.reading() as session:
        assert session.get(Lead, lead_id).owner_id == cast.colleague


def test_the_referrer_is_told_once(database, sign_in, cast):
    with database.writing() as session:
        lead_id = make_lead(session, cast.officer, source=LeadSource.REFERRAL, referrer="周工").id
    browser = sign_in(cast.officer)
    assert "还没反馈引荐人" in browser.get(f"/crm/leads/{lead_id}").text
    assert browser.post(f"/crm/leads/{lead_id}/referrer", data={"note": "已约看场地"}).status_code == 302
    assert "已反馈引荐人" in browser.get(f"/crm/leads/{lead_id}").text


def test_a_contact_is_shown_in_one_answer_and_written_down(database, sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    page = browser.get(f"/crm/leads/{lead_id}").text
    assert "张三丰" not in page
    assert "张**" in page
    with database.reading() as session:
        contact = session.query(Contact).one()
        session.expunge(contact)
    shown = browser.post(f"/crm/leads/{lead_id}/contacts/{contact.id}/reveal")
    assert "张三丰" in shown.text
    assert contact.phone in shown.text
    assert "张三丰" not in browser.get(f"/crm/leads/{lead_id}").text
    with database.reading() as session:
        assert session.query(ContactReveal).count() == 1
        entry = session.query(AuditEntry).filter_by(action="contact.revealed").one()
        assert "张三丰" not in str(entry.after)


def test_the_hourly_limit_of_reveals_holds(database, sign_in, cast, lead_id, monkeypatch):
    monkeypatch.setattr(contacts, "REVEALS_PER_HOUR", 2)
    browser = sign_in(cast.officer)
    with database.reading() as session:
        contact_id = session.query(Contact).one().id
    url = f"/crm/leads/{lead_id}/contacts/{contact_id}/reveal"
    assert [browser.post(url).status_code for _time in range(3)] == [200, 200, 429]
    assert "张三丰" not in browser.post(url).text


def test_a_contact_of_another_section_at_the_same_firm_is_not_there(database, sign_in, cast):
    with database.writing() as session:
        foreign = make_lead(session, cast.outsider, name="同一家有限公司（示例）")
        own = make_lead(
            session, cast.officer, name="同一家有限公司（示例）", duplicate_reason="另一个项目", phone="13811112222"
        )
        assert own.enterprise_id == foreign.enterprise_id
        lead_id, contact_id = own.id, foreign.contact_id
    browser = sign_in(cast.officer)
    assert browser.get(f"/crm/leads/{lead_id}").text.count("<b>张**</b>") == 1
    assert browser.post(f"/crm/leads/{lead_id}/contacts/{contact_id}/reveal").status_code == 404


# ── Ceilings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_asks_the_same_number_of_questions_whatever_its_length(database, sign_in, cast):
    browser = sign_in(cast.officer)
    with database.writing() as session:
        make_lead(session, cast.officer, next_step=next_step())
    with counted() as few:
        browser.get("/crm/leads/")
    with database.writing() as session:
        for _number in range(12):
            make_lead(session, cast.officer, next_step=next_step())
    with counted() as many:
        assert browser.get("/crm/leads/").status_code == 200
    assert len(many) == len(few)
    assert len(many) <= 10, many


def test_the_page_stays_under_its_ceiling_of_statements(database, sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    browser.get(f"/crm/leads/{lead_id}")
    with counted() as seen:
        assert browser.get(f"/crm/leads/{lead_id}").status_code == 200
    assert len(seen) <= 15, f"{len(seen)}\n" + "\n".join(s[:110] for s in seen)


def test_pages_of_the_list_follow_one_another_without_gap_or_repeat(database, sign_in, cast, monkeypatch):
    from crm.services.listing import ListSpec

    with database.writing() as session:
        for number in range(7):
            make_lead(session, cast.officer, next_step=next_step(1 + number % 3) if number % 2 else None)
    defaults = ListSpec.select_page.__kwdefaults__ | {"limit": 3}
    monkeypatch.setattr(ListSpec.select_page, "__kwdefaults__", defaults)
    browser = sign_in(cast.officer)
    url, numbers = "/crm/leads/", []
    while url:
        page = browser.get(url).text
        numbers += re.findall(r"XS-\d{4}-\d{4}", page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        url = following[1].replace("&amp;", "&") if following else ""
    assert len(numbers) == len(set(numbers)) == 7


def test_a_broken_paging_address_is_no_error(sign_in, cast):
    browser = sign_in(cast.officer)
    for after in ("x", "~", "-~-5", "2026-01-01~1", "-~999999999999999999999999"):
        assert browser.get("/crm/leads/", query_string={"after": after}).status_code == 200, after


def test_nonsense_filters_narrow_nothing(sign_in, cast, lead_id):
    query = {"owner": "all", "state": "??", "tier": "x", "source": "y", "chain": "'", "due": "z"}
    assert "XS-" in sign_in(cast.officer).get("/crm/leads/", query_string=query).text
