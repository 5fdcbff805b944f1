"""The pool, transfers between sections and the page on which a lead changes hands."""

from __future__ import annotations

import re

import pytest

from crm.domain.leads import LeadSource
from crm.models import Lead, Transfer
from crm.services import ownership
from tests.factories import actor, make_enterprise, make_lead
from tests.statements import counted


@pytest.fixture
def lead_id(database, cast) -> int:
    with database.writing() as session:
        return make_lead(session, cast.officer).id


def version_on(browser, lead_id: int) -> str:
    return re.search(r'name="version"[^>]*value="(\d+)"', browser.get(f"/crm/leads/{lead_id}/hands").text)[1]


def test_a_lead_is_handed_over_with_a_note(database, sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    form = {"version": version_on(browser, lead_id), "person_id": str(cast.colleague), "note": ""}
    refused = browser.post(f"/crm/leads/{lead_id}/hand-over", data=form)
    assert refused.status_code == 422
    assert "请给接手的人写一句" in refused.text
    done = browser.post(f"/crm/leads/{lead_id}/hand-over", data=form | {"note": "谈到租金"})
    assert (done.status_code, done.headers["Location"]) == (302, f"/crm/leads/{lead_id}")
    assert "谈到租金" in sign_in(cast.colleague).get("/crm/notices/").text
    assert "转交给林同事" in sign_in(cast.colleague).get(f"/crm/leads/{lead_id}?show=all").text
    stale = sign_in(cast.chief).post(
        f"/crm/leads/{lead_id}/hand-over", data=form | {"note": "再转", "person_id": cast.officer}
    )
    assert stale.status_code == 409
    assert "再转" in stale.text


def test_a_lead_goes_through_the_pool_to_another_section(database, sign_in, cast, lead_id):
    browser, other = sign_in(cast.officer), sign_in(cast.outsider)
    assert other.get(f"/crm/leads/{lead_id}").status_code == 404
    assert other.post(f"/crm/pool/{lead_id}/claim").status_code == 404
    form = {"version": version_on(browser, lead_id), "reason": "三个月没有回音"}
    assert browser.post(f"/crm/leads/{lead_id}/release", data=form).status_code == 302
    own = browser.get("/crm/pool/").text
    assert "起可再领" in own
    page = other.get("/crm/pool/").text
    assert "三个月没有回音" in page
    assert "今天还可领 3 条" in page
    claimed = other.post(f"/crm/pool/{lead_id}/claim")
    assert claimed.headers["Location"] == f"/crm/leads/{lead_id}#next"
    assert other.get(f"/crm/leads/{lead_id}").status_code == 200
    late = sign_in(cast.other_chief).post(f"/crm/pool/{lead_id}/claim")
    assert late.status_code == 422
    assert "慢了一步" in late.text


@pytest.mark.parametrize(("who", "status"), [("leader", 404), ("manager", 404), ("admin", 404), ("chief", 200)])
def test_the_pool_is_for_those_who_work_on_leads(sign_in, cast, who, status):
    assert sign_in(getattr(cast, who)).get("/crm/pool/").status_code == status


def test_a_transfer_is_asked_answered_and_told(database, sign_in, cast, lead_id):
    chief, other = sign_in(cast.chief), sign_in(cast.other_chief)
    form = {
        "version": version_on(chief, lead_id),
        "section_id": str(cast.other_section),
        "note": "对方要看二科的园区",
        "ours": "40%",
        "theirs": "50",
    }
    refused = chief.post(f"/crm/leads/{lead_id}/transfer", data=form)
    assert refused.status_code == 422
    assert "合计要是 100" in refused.text
    assert "对方要看二科的园区" in refused.text
    assert chief.post(f"/crm/leads/{lead_id}/transfer", data=form | {"theirs": "60"}).status_code == 302
    with database.reading() as session:
        row = session.query(Transfer).one()
        address = f"/crm/pool/transfers/{row.id}"
    inbox = other.get("/crm/pool/transfers").text
    assert "对方要看二科的园区" in inbox
    assert "招商二科 60%" in inbox
    assert re.search(r'移交\s*<span class="n is-due">1</span>', inbox)
    assert other.get(f"/crm/leads/{lead_id}").status_code == 404
    unnamed = other.post(f"{address}/accept", data={"owner_id": ""})
    assert unnamed.status_code == 422
    assert "请选一位负责人" in unnamed.text
    assert chief.post(f"{address}/accept", data={"owner_id": cast.officer}).status_code == 404
    assert other.post(f"{address}/accept", data={"owner_id": cast.outsider}).status_code == 302
    assert sign_in(cast.outsider).get(f"/crm/leads/{lead_id}").status_code == 200
    assert "招商二科接收了线索" in sign_in(cast.officer).get("/crm/notices/").text
    assert other.post(f"{address}/refuse", data={"reason": "晚了"}).status_code == 422


def test_an_officer_neither_transfers_nor_grants(sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    for address in (f"/crm/leads/{lead_id}/transfer", f"/crm/leads/{lead_id}/protection/extend"):
        assert browser.post(address, data={}).status_code == 404
    assert browser.get("/crm/pool/transfers").status_code == 404


def test_protection_is_asked_for_and_granted(database, sign_in, cast, lead_id):
    browser, chief = sign_in(cast.officer), sign_in(cast.chief)
    form = {"version": version_on(browser, lead_id), "proof": "已签保密协议"}
    assert browser.post(f"/crm/leads/{lead_id}/protection", data=form).status_code == 302
    assert "延保待科长审批" in browser.get(f"/crm/leads/{lead_id}").text
    page = chief.get(f"/crm/leads/{lead_id}/hands").text
    assert "已签保密协议" in page
    assert chief.post(f"/crm/leads/{lead_id}/protection/extend").status_code == 302
    assert "已延过 1 次" in browser.get(f"/crm/leads/{lead_id}").text
    again = chief.post(f"/crm/leads/{lead_id}/protection/extend")
    assert again.status_code == 422
    assert "只能延长一次" in again.text


def test_a_referrer_is_named_told_and_told_again(database, sign_in, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, source=LeadSource.REFERRAL, referrer="周工")
        firm = make_enterprise(session, "引荐企业（示例）有限公司")
        lead_id, firm_id = lead.id, firm.id
    browser = sign_in(cast.officer)
    assert "周工" in browser.get("/crm/pool/referred").text
    named = {"enterprise_id": firm_id, "name": "引荐企业", "referrer": "周工"}
    assert browser.post(f"/crm/leads/{lead_id}/referred-by", data=named).status_code == 302
    for words in ("已约看场地", "已入驻"):
        assert browser.post(f"/crm/leads/{lead_id}/told", data={"note": words}).status_code == 302
    page = browser.get(f"/crm/leads/{lead_id}/hands").text
    assert page.index("已入驻") < page.index("已约看场地")
    assert "引荐企业（示例）有限公司" in page
    assert "周工" not in browser.get("/crm/pool/referred").text


def test_a_reader_sees_hands_without_buttons(sign_in, cast, lead_id):
    page = sign_in(cast.colleague).get(f"/crm/leads/{lead_id}/hands")
    assert page.status_code == 200
    assert "由他人负责" in page.text
    assert "/release" not in page.text
    assert sign_in(cast.outsider).get(f"/crm/leads/{lead_id}/hands").status_code == 404


def test_the_pages_take_few_statements(database, sign_in, cast):
    with database.writing() as session:
        ids = [make_lead(session, cast.officer).id for _ in range(5)]
        for each in ids[1:]:
            ownership.release(session, actor(session, cast.officer), each, "无力跟进")
        assert session.get(Lead, ids[0]).pooled_at is None
    browser = sign_in(cast.colleague)
    for address, ceiling in (("/crm/pool/", 10), ("/crm/pool/proposals", 8), ("/crm/pool/referred", 8)):
        browser.get(address)
        with counted() as statements:
            assert browser.get(address).status_code == 200
        assert len(statements) <= ceiling, (address, statements)
    with counted() as statements:
        sign_in(cast.chief).get(f"/crm/leads/{ids[0]}/hands")
    assert len(statements) <= 22, statements
