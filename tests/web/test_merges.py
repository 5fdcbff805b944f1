"""Pages of merges: side by side, merging, taking back, and where old addresses lead."""

from __future__ import annotations

import re

import pytest

from crm.models import Enterprise, Lead, Merge
from crm.services import merging
from crm.services.merging import MergeKind
from tests.factories import USCC, actor, make_enterprise, make_lead
from tests.statements import counted


def two_leads(database, cast) -> tuple[int, int]:
    with database.writing() as session:
        name = "同一家（示例）有限公司"
        one = make_lead(session, cast.officer, name=name)
        two = make_lead(
            session, cast.officer, name=name, duplicate_reason="再来一条", phone="13712345678", content="要看场地"
        )
        return one.id, two.id


def opened(browser, address: str) -> dict[str, str]:
    """The hidden fields and the proposed choices of the form on a page."""
    page = browser.get(address).text
    hidden = dict(re.findall(r'name="(request_id|winner_version|loser_version)"[^>]*value="([^"]*)"', page))
    return hidden | dict(re.findall(r'name="(take-\w+)" value="(\w+)" checked', page))


def test_two_leads_are_held_side_by_side_merged_and_parted_again(database, sign_in, cast):
    one, two = two_leads(database, cast)
    browser = sign_in(cast.officer)
    picked = browser.get(f"/crm/merges/lead/{one}").text
    assert f"/crm/merges/lead/{one}/{two}" in picked
    address = f"/crm/merges/lead/{one}/{two}"
    page = browser.get(address).text
    assert page.index("诉求") < page.index("两边相同的")
    assert "13712345678" not in page
    assert "要看场地" in page
    saved = browser.post(address, data=opened(browser, address) | {"take-content": "loser"})
    assert saved.status_code == 302, saved.text
    with database.reading() as session:
        assert session.get(Lead, one).content == "要看场地"
        merge_id = session.query(Merge).one().id
    moved = browser.get(f"/crm/leads/{two}")
    assert (moved.status_code, moved.headers["Location"]) == (302, f"/crm/leads/{one}")
    late = browser.post(f"/crm/leads/{two}/grade", data={"grade": "A"})
    assert (late.status_code, late.headers["Location"]) == (303, f"/crm/leads/{one}")
    assert "并入线索" in browser.get(f"/crm/leads/{one}?show=all").text
    shown = browser.get(saved.headers["Location"]).text
    assert "撤销合并" in shown
    undone = browser.post(f"/crm/merges/{merge_id}/undo")
    assert undone.status_code == 200
    assert "两条记录都回来了" in undone.text
    assert browser.get(f"/crm/leads/{two}").status_code == 200
    again = browser.post(f"/crm/merges/{merge_id}/undo")
    assert again.status_code == 422
    assert "已经撤销" in again.text


def test_a_second_click_shows_the_same_merge(database, sign_in, cast):
    one, two = two_leads(database, cast)
    browser = sign_in(cast.officer)
    address = f"/crm/merges/lead/{one}/{two}"
    form = opened(browser, address)
    first, second = browser.post(address, data=form), browser.post(address, data=form)
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])


def test_an_older_page_keeps_its_choices(database, sign_in, cast):
    one, two = two_leads(database, cast)
    browser = sign_in(cast.officer)
    address = f"/crm/merges/lead/{one}/{two}"
    form = opened(browser, address) | {"take-content": "winner"}
    with database.writing() as session:
        session.get(Lead, two).grade = "A"
    refused = browser.post(address, data=form)
    assert refused.status_code == 409
    assert "别人改过" in refused.text
    assert 'name="take-content" value="winner" checked' in refused.text
    assert browser.post(address, data=opened(browser, address)).status_code == 302


@pytest.mark.parametrize(
    ("who", "status"), [("outsider", 404), ("other_chief", 404), ("leader", 404), ("colleague", 403)]
)
def test_a_merge_is_for_those_who_may_edit_both(database, sign_in, cast, who, status):
    one, two = two_leads(database, cast)
    browser = sign_in(getattr(cast, who))
    assert browser.get(f"/crm/merges/lead/{one}/{two}").status_code == status
    assert browser.post(f"/crm/merges/lead/{one}/{two}", data={}).status_code == status
    assert browser.get(f"/crm/merges/lead/{one}").status_code == status


def test_an_enterprise_of_two_sections_offers_to_ask_and_tells_nothing(database, sign_in, cast):
    with database.writing() as session:
        mine = make_lead(session, cast.officer, name="粤岭检测（示例）")
        shared = make_enterprise(session, "粤岭检测技术（示例）有限公司")
        theirs = make_lead(session, cast.outsider, name=shared.name, content="二科的秘密")
        pair, number = (shared.id, mine.enterprise_id), theirs.number
    browser = sign_in(cast.officer)
    page = browser.get(f"/crm/merges/enterprise/{pair[0]}/{pair[1]}").text
    assert "招商二科" in page
    assert "合并，保留左边" not in page
    assert "秘密" not in page
    assert number not in page
    address = f"/crm/merges/enterprise/{pair[0]}/{pair[1]}"
    refused = browser.post(f"{address}/ask", data={"note": ""})
    assert refused.status_code == 422
    assert browser.post(f"{address}/ask", data={"note": "同一层楼"}).status_code == 302
    assert "同一层楼" in sign_in(cast.other_chief).get("/crm/notices/").text


def test_enterprises_are_offered_by_likeness_and_merged(database, sign_in, cast):
    with database.writing() as session:
        one = make_lead(session, cast.officer, name="穗岭微流控诊断技术有限公司（示例）")
        two = make_lead(session, cast.officer, name="岁岭微流控诊断（示例）", uscc=USCC)
        keep, gone = one.enterprise_id, two.enterprise_id
    browser = sign_in(cast.officer)
    assert f"/crm/merges/enterprise/{keep}/{gone}" in browser.get(f"/crm/merges/enterprise/{keep}").text
    address = f"/crm/merges/enterprise/{keep}/{gone}"
    assert browser.post(address, data=opened(browser, address)).status_code == 302
    moved = browser.get(f"/crm/merges/enterprise/{gone}")
    assert moved.headers["Location"] == f"/crm/merges/enterprise/{keep}"
    assert browser.get(f"/crm/enterprises/{gone}").headers["Location"] == f"/crm/enterprises/{keep}"
    assert browser.get("/crm/enterprises/99999").status_code == 404
    with database.reading() as session:
        assert session.get(Enterprise, keep).uscc == USCC


def test_the_page_of_two_leads_takes_few_statements(database, sign_in, cast):
    one, two = two_leads(database, cast)
    browser = sign_in(cast.officer)
    browser.get(f"/crm/merges/lead/{one}/{two}")
    with counted() as statements:
        browser.get(f"/crm/merges/lead/{one}/{two}")
    assert len(statements) <= 15


def test_a_merge_of_another_section_does_not_exist(database, sign_in, cast):
    one, two = two_leads(database, cast)
    with database.writing() as session:
        pair = [session.get(Lead, each) for each in (one, two)]
        row = merging.merge(
            session,
            actor(session, cast.officer),
            merging.MergeRecords(
                kind=MergeKind.LEAD,
                winner_id=one,
                loser_id=two,
                winner_version=pair[0].version,
                loser_version=pair[1].version,
            ),
        )
        merge_id = row.id
    other = sign_in(cast.outsider)
    for answer in (
        other.get(f"/crm/merges/{merge_id}"),
        other.post(f"/crm/merges/{merge_id}/undo"),
        other.get(f"/crm/leads/{two}"),
    ):
        assert answer.status_code == 404
