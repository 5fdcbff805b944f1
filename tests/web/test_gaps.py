"""The gaps board and target lists as pages: filters in the address, permissions, refusals that keep what was typed."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from crm.domain.policies import Tier
from crm.domain.targets import TargetState
from crm.infra.clock import today
from crm.models import GapTarget, Lead
from tests.charting import make_map
from tests.factories import make_enterprise, make_lead
from tests.statements import counted

LIST = "/crm/gaps/diagnostics/reagents"


@pytest.fixture
def chart(database, cast):
    with database.writing() as session:
        return make_map(session)


@pytest.fixture
def firm(database, chart) -> int:
    with database.writing() as session:
        return make_enterprise(
            session, "苏禾抗体原料有限公司（示例）", gbt_code="2661", tier=Tier.MATURE, segment_id=chart.reagents
        ).id


def page(browser, address, status=200):
    answer = browser.get(address)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def version(html):
    return re.search(r'name="version"[^>]*value="(\d+)"', html).group(1)


def test_the_board_says_what_to_do_and_why(cast, chart, sign_in):
    html = page(sign_in(cast.officer), "/crm/gaps/")
    assert "1 条链，缺 2 个，正在补 0 个，未摸清 1 个" in html
    # 500·√1 + 300·1 + 200·1: all local activity draws on it, its one neighbour is here and downstream.
    assert re.search(r"<b>1000</b>.*依赖 500 邻接 300 下游 200", html)
    assert "补链" in html
    assert "建目标清单" in html


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("group=survey", "冷链物流", "试剂原料"),
        ("q=抗原", "试剂原料", "医院检验科"),
        ("group=fill&chain=nothing", "没有这样的环节", "试剂原料"),
        ("room=none&group=fill", "试剂原料", "冷链物流"),
        ("aimed=1&group=fill", "没有这样的环节", "试剂原料"),
        ("group=nonsense&room=what&tier=x&aimed=7", "试剂原料", "没有这样的环节"),
    ],
)
def test_filters_live_in_the_address(cast, chart, sign_in, query, shown, hidden):
    html = page(sign_in(cast.officer), f"/crm/gaps/?{query}")
    rows = html[html.index('aria-label="缺环清单"') :]
    assert shown in rows
    assert hidden not in rows


def test_leads_count_for_those_who_may_see_them(database, cast, chart, sign_in):
    with database.writing() as session:
        make_lead(session, cast.officer, name="瞄准原料有限公司（示例）", segment_id=chart.reagents)
    for person, seen in ((cast.officer, True), (cast.leader, True), (cast.outsider, False), (cast.manager, False)):
        html = page(sign_in(person), "/crm/gaps/?group=fill")
        assert ("1 条线索" in html) is seen
        assert ("瞄准原料有限公司" in html) is seen


def test_who_is_offered_what(cast, chart, sign_in):
    assert "登记线索" in page(sign_in(cast.officer), "/crm/gaps/?group=fill")
    manager = sign_in(cast.manager)
    html = page(manager, "/crm/gaps/?group=fill")
    assert "建目标清单" not in html
    page(manager, LIST, 404)
    page(manager, "/crm/gaps/targets/", 404)
    page(manager, "/crm/gaps/export", 404)
    leader = page(sign_in(cast.leader), LIST)
    assert "列入目标清单" not in leader


def test_the_file_holds_every_row_and_every_part(cast, chart, sign_in):
    answer = sign_in(cast.officer).get("/crm/gaps/export?chain=diagnostics")
    assert answer.status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + 4
    head, line = rows[0], next(row for row in rows if "试剂原料" in row)
    values = dict(zip(head, line, strict=True))
    assert (values["动作"], values["状态"], values["优先级"], values["依赖"]) == ("补链", "缺", 1000, 500)


def test_a_marked_candidate_is_listed_and_promoted(database, cast, chart, firm, sign_in):
    browser = sign_in(cast.officer)
    html = page(browser, LIST)
    assert "苏禾抗体原料有限公司" in html
    assert "登记在本环节" in html
    due = (today() + timedelta(days=9)).isoformat()
    added = browser.post(LIST, data={"firm": str(firm), "owner_id": str(cast.officer), "due_on": due})
    assert added.status_code == 302
    with database.reading() as session:
        row = session.scalars(select(GapTarget)).one()
        assert (row.enterprise_id, row.owner_id, row.due_on.isoformat()) == (firm, cast.officer, due)
    address = f"/crm/gaps/targets/{row.id}"
    html = page(browser, address)
    assert "请来补体外诊断（示例链）的「试剂原料」" in html
    made = browser.post(
        f"{address}/promote", data={"version": version(html), "content": "有意来看", "request_id": "r-1"}
    )
    assert made.status_code == 302
    with database.reading() as session:
        lead = session.scalars(select(Lead)).one()
        assert (lead.source.value, lead.segment_id) == ("targeted", chart.reagents)
        assert session.scalars(select(GapTarget)).one().state is TargetState.PROMOTED
    assert lead.number in page(browser, LIST)


def test_nothing_marked_is_a_sentence_and_the_rest_stays(cast, chart, firm, sign_in):
    browser = sign_in(cast.officer)
    answer = browser.post(LIST, data={"name": "", "due_on": "2031-01-01"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "请至少选一家企业" in html
    assert "2031-01-01" in html


def test_a_stale_change_keeps_the_words(database, cast, chart, firm, sign_in):
    browser = sign_in(cast.officer)
    browser.post(LIST, data={"firm": str(firm)})
    with database.reading() as session:
        address = f"/crm/gaps/targets/{session.scalars(select(GapTarget.id)).one()}"
    old = version(page(browser, address))
    assert browser.post(address, data={"version": old, "note": "先写的"}).status_code == 302
    answer = browser.post(address, data={"version": old, "note": "后写的话"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "刚被别人改过" in html
    assert "后写的话" in html
    assert browser.post(address, data={"version": version(html), "note": "后写的话"}).status_code == 302
    refused = browser.post(f"{address}/drop", data={"version": version(page(browser, address)), "reason": ""})
    assert refused.status_code == 422
    assert "请写明为什么放弃" in refused.get_data(as_text=True)


def test_a_firm_that_has_a_lead_offers_to_tie_it(database, cast, chart, sign_in):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, name="早有线索有限公司（示例）", segment_id=chart.reagents)
        firm, number = lead.enterprise_id, lead.number
    browser = sign_in(cast.officer)
    browser.post(LIST, data={"firm": str(firm)})
    with database.reading() as session:
        target = session.scalars(select(GapTarget.id)).one()
    html = page(browser, f"/crm/gaps/targets/{target}")
    assert "这家企业已有线索" in html
    data = {"version": version(html), "content": "再来一条", "request_id": "r-2"}
    refused = browser.post(f"/crm/gaps/targets/{target}/promote", data=data)
    assert refused.status_code == 409
    assert "再来一条" in refused.get_data(as_text=True)
    lead_id = re.search(r'name="lead_id" value="(\d+)"', html).group(1)
    tied = browser.post(
        f"/crm/gaps/targets/{target}/link", data={"version": version(html), "lead_id": lead_id}, follow_redirects=True
    )
    assert number in tied.get_data(as_text=True)


def test_the_pages_ask_the_database_a_bounded_number_of_times(cast, chart, firm, sign_in):
    browser = sign_in(cast.officer)
    browser.post(LIST, data={"firm": str(firm)})
    for address, ceiling in (("/crm/gaps/", 12), (LIST, 20), ("/crm/gaps/targets/", 10)):
        page(browser, address)
        with counted() as seen:
            page(browser, address)
        assert len(seen) <= ceiling, (address, len(seen), seen)
