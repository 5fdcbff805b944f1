"""Ledger pages: what is typed stays, barred words stand out, foreign records are not there, statements stay few."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.domain.commitments import CommitmentState, FairCompetition
from crm.domain.issues import IssueState
from crm.infra.clock import today
from crm.models import Commitment, Issue, Project
from tests.samples import make_samples
from tests.statements import counted

PROMISE = {"side": "ours", "content": "年底前完成 10kV 接入", "legal_basis": "协议第 4 条", "request_id": "once"}


@pytest.fixture
def ids(database, cast):
    return make_samples(database, cast)


def page(browser, address):
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def version(html):
    return re.search(r'name="version"[^>]*value="(\d+)"', html).group(1)


def test_a_promise_is_written_down_and_stands_on_project_and_ledger(cast, ids, sign_in):
    browser = sign_in(cast.officer)
    made = browser.post(f"/crm/commitments/new?project_id={ids['project_id']}", data=PROMISE | {"due_on": "2027-03-01"})
    assert made.status_code == 302
    for address in (f"/crm/projects/{ids['project_id']}", "/crm/commitments/"):
        assert "年底前完成 10kV 接入" in page(browser, address)


def test_a_refused_promise_keeps_what_was_typed(cast, ids, sign_in):
    browser = sign_in(cast.officer)
    address = f"/crm/commitments/new?project_id={ids['project_id']}"
    answer = browser.post(
        address, data=PROMISE | {"legal_basis": "", "responsible": "区工信部门", "due_on": "2027-02-30"}
    )
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "没有这一天" in html
    assert "年底前完成 10kV 接入" in html
    assert "区工信部门" in html
    again = browser.post(address, data=PROMISE | {"legal_basis": ""}).get_data(as_text=True)
    assert "我方承诺要写明依据" in again


def test_barred_words_are_red_with_the_regulation_everywhere(database, cast, ids, sign_in):
    browser = sign_in(cast.officer)
    browser.post(f"/crm/commitments/new?project_id={ids['project_id']}", data=PROMISE | {"content": "按纳税额奖励 30%"})
    with database.reading() as session:
        barred = session.scalar(select(Commitment.id).where(Commitment.is_tied_to_tax))
    for address in (f"/crm/projects/{ids['project_id']}", "/crm/commitments/?barred=1", f"/crm/commitments/{barred}"):
        html = page(browser, address)
        assert "「纳税额奖励」" in html
        assert "公平竞争审查条例" in html
    chief = sign_in(cast.chief)
    shown = page(chief, f"/crm/commitments/{barred}")
    answer = chief.post(f"/crm/commitments/{barred}/review", data={"verdict": "passed", "version": version(shown)})
    assert answer.status_code == 422
    assert "不能通过审查" in answer.get_data(as_text=True)
    with database.reading() as session:
        assert session.get(Commitment, barred).fair_competition is FairCompetition.TO_REVIEW


def test_an_officer_is_not_offered_the_chiefs_verdicts(database, cast, ids, sign_in):
    address = f"/crm/commitments/{ids['commitment_id']}"
    assert 'value="passed"' not in page(sign_in(cast.officer), address)
    assert 'value="passed"' in page(sign_in(cast.chief), address)
    posted = {"verdict": "passed", "version": "1"}
    assert sign_in(cast.officer).post(f"{address}/review", data=posted).status_code == 422
    with database.reading() as session:
        assert session.get(Commitment, ids["commitment_id"]).fair_competition is FairCompetition.TO_REVIEW


def test_a_promise_is_settled_and_its_history_says_who(database, cast, ids, sign_in):
    browser = sign_in(cast.officer)
    address = f"/crm/commitments/{ids['commitment_id']}"
    silent = browser.post(f"{address}/settle", data={"state": "broken", "version": version(page(browser, address))})
    assert silent.status_code == 422
    assert "请写明原因" in silent.get_data(as_text=True)
    done = {"state": "fulfilled", "note": "11 月 20 日通电", "version": version(silent.get_data(as_text=True))}
    assert browser.post(f"{address}/settle", data=done).status_code == 302
    html = page(browser, address)
    assert "11 月 20 日通电" in html
    assert "承诺落定" in html
    assert "陈思敏" in html
    with database.reading() as session:
        assert session.get(Commitment, ids["commitment_id"]).state is CommitmentState.FULFILLED


def test_two_editors_lose_nothing(cast, ids, sign_in):
    address = f"/crm/commitments/{ids['commitment_id']}/edit"
    mine, theirs = sign_in(cast.officer), sign_in(cast.chief)
    shown = version(page(mine, address))
    words = {"side": "ours", "legal_basis": "协议第 4 条", "version": shown}
    assert theirs.post(address, data=words | {"content": "科长的写法"}).status_code == 302
    late = mine.post(address, data=words | {"content": "我的写法"})
    html = late.get_data(as_text=True)
    assert late.status_code == 422
    assert "我的写法" in html
    assert "科长的写法" in html
    assert mine.post(address, data=words | {"content": "我的写法", "version": version(html)}).status_code == 302


def test_filters_live_in_the_address_and_nonsense_is_ignored(cast, ids, sign_in):
    browser = sign_in(cast.officer)
    assert "10kV" in page(browser, "/crm/commitments/?side=ours&review=to_review&due=undated")
    assert "10kV" not in page(browser, "/crm/commitments/?side=theirs")
    assert "10kV" in page(browser, "/crm/commitments/?side=x&state=y&due=z&review=q&section=abc&after=::")
    assert "变压器" in page(browser, "/crm/issues/?only=mine")
    assert "变压器" not in page(browser, "/crm/issues/?only=supervised")
    assert "变压器" in page(browser, "/crm/issues/?state=nonsense&after=9&only=x")


def test_an_issue_walks_on_the_page_and_a_leader_supervises(database, cast, ids, sign_in):
    officer, leader = sign_in(cast.officer), sign_in(cast.leader)
    address = f"/crm/issues/{ids['issue_id']}"
    wordless = officer.post(f"{address}/move", data={"state": "resolved", "version": version(page(officer, address))})
    assert wordless.status_code == 422
    assert "请写怎么解决的" in wordless.get_data(as_text=True)
    shown = version(page(leader, address))
    asked = leader.post(f"{address}/supervise", data={"supervision_note": "周五前给方案", "version": shown})
    assert asked.status_code == 302
    assert "周五前给方案" in page(officer, address)
    stale = officer.post(f"{address}/move", data={"state": "working", "note": "已约供电部门", "version": shown})
    html = stale.get_data(as_text=True)
    assert stale.status_code == 422
    assert "已约供电部门" in html
    moved = officer.post(f"{address}/move", data={"state": "working", "note": "已约供电部门", "version": version(html)})
    assert moved.status_code == 302
    with database.reading() as session:
        issue = session.get(Issue, ids["issue_id"])
        assert (issue.state, issue.is_supervised) == (IssueState.WORKING, True)


def test_a_leader_reads_issues_but_cannot_edit_them(cast, ids, sign_in):
    leader = sign_in(cast.leader)
    html = page(leader, f"/crm/issues/{ids['issue_id']}")
    assert f"/crm/issues/{ids['issue_id']}/move" not in html
    assert leader.post(f"/crm/issues/{ids['issue_id']}/move", data={"state": "working"}).status_code == 404
    assert leader.get(f"/crm/issues/{ids['issue_id']}/edit").status_code == 404


def test_an_issue_is_raised_from_the_lead_and_shown_there(cast, ids, sign_in):
    browser = sign_in(cast.officer)
    lead_id = ids["lead_id"]
    early = (today() - timedelta(days=1)).isoformat()
    address = f"/crm/issues/new?lead_id={lead_id}"
    words = {"problem": "排污口没有批", "department": "生态环境部门（示例）", "request_id": "i-1"}
    refused = browser.post(address, data=words | {"due_on": early})
    assert refused.status_code == 422
    assert "已经过去" in refused.get_data(as_text=True)
    assert "排污口没有批" in refused.get_data(as_text=True)
    assert browser.post(address, data=words).status_code == 302
    assert "排污口没有批" in page(browser, f"/crm/leads/{lead_id}")


@pytest.mark.parametrize("who", ["outsider", "other_chief", "manager", "admin"])
def test_strangers_get_404_everywhere(cast, ids, sign_in, who):
    browser = sign_in(getattr(cast, who))
    for address in (
        f"/crm/commitments/{ids['commitment_id']}",
        f"/crm/commitments/{ids['commitment_id']}/edit",
        f"/crm/commitments/new?project_id={ids['project_id']}",
        f"/crm/issues/{ids['issue_id']}",
        f"/crm/issues/{ids['issue_id']}/edit",
        f"/crm/issues/new?lead_id={ids['lead_id']}",
        f"/crm/issues/decisions/{ids['project_id']}",
    ):
        assert browser.get(address).status_code == 404, address
    for address, words in (
        (f"/crm/commitments/{ids['commitment_id']}/settle", {"state": "fulfilled", "version": "1"}),
        (f"/crm/commitments/{ids['commitment_id']}/review", {"verdict": "not_needed", "version": "1"}),
        (f"/crm/issues/{ids['issue_id']}/move", {"state": "working", "version": "1"}),
        (f"/crm/issues/{ids['issue_id']}/supervise", {"supervision_note": "x", "version": "1"}),
        (f"/crm/issues/decisions/{ids['project_id']}", {"question": "x", "version": "1"}),
    ):
        assert browser.post(address, data=words).status_code == 404, address
    if who in ("outsider", "other_chief"):
        assert "10kV" not in page(browser, "/crm/commitments/?state=all")
        assert "变压器" not in page(browser, "/crm/issues/?state=all")


def test_a_decision_is_asked_on_the_project_and_answered_by_a_leader(database, cast, ids, sign_in):
    officer, leader = sign_in(cast.officer), sign_in(cast.leader)
    address = f"/crm/issues/decisions/{ids['project_id']}"
    asked = {"question": "是否同意先租后让", "version": version(page(officer, address))}
    assert officer.post(address, data=asked).status_code == 302
    assert "是否同意先租后让" in page(leader, "/crm/issues/decisions")
    empty = leader.post(address, data={"answer": "", "version": version(page(leader, address))})
    assert empty.status_code == 422
    given = {"answer": "同意，先租两年", "version": version(page(leader, address))}
    assert leader.post(address, data=given).status_code == 302
    with database.reading() as session:
        assert session.get(Project, ids["project_id"]).decision_asked is None
    assert "是否同意先租后让" not in page(leader, "/crm/issues/decisions")
    colleague = page(sign_in(cast.colleague), address)
    assert "<textarea" not in colleague


@pytest.mark.parametrize("address", ["/crm/commitments/", "/crm/issues/", "/crm/issues/decisions"])
def test_ledger_pages_stay_within_eight_statements(cast, ids, sign_in, address):
    browser = sign_in(cast.leader)
    page(browser, address)
    with counted() as statements:
        page(browser, address)
    assert len(statements) <= 8, "\n".join(statements)


@pytest.mark.parametrize("kind", ["commitments", "issues"])
def test_record_pages_stay_within_fifteen_statements(cast, ids, sign_in, kind):
    browser = sign_in(cast.chief)
    address = f"/crm/{kind}/{ids[kind[:-1] + '_id']}"
    page(browser, address)
    with counted() as statements:
        page(browser, address)
    assert len(statements) <= 15, "\n".join(statements)
