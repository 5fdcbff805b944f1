"""Pages of plans: who may do what, stale forms, what is typed stays, from hand to hand, print and file."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from crm.domain.plans import PlanDocument, PlanState, TaskState
from crm.infra.clock import today
from crm.models import Chain, PlanTask, PlanVersion
from crm.services import reminders
from tests.factories import make_lead
from tests.planning import make_chain, make_task, segment, shipped
from tests.statements import counted

PLAN = "/crm/chains/biomedicine/plan"
FORM = {
    "first_year": "2026",
    "last_year": "2027",
    "chief": "周副区长（示例）",
    "standing": "优势链条之一",
    "goals-0-text": "缺环补到 1 个",
    "goals-0-year": "2027",
    "goals-0-value": "1",
    "goals-0-unit": "个",
    "goals-0-indicator": "gaps_missing",
    "measures-0-tier": "growth",
    "measures-0-text": "靶向招商",
    "parks-0-park": "park-one",
    "parks-0-role": "诊断原料",
    "gaps": "materials",
    "reason": "写目标",
}


@pytest.fixture
def chain(database, cast):
    with database.writing() as session:
        made = make_chain(session)
        shipped(session, made)
        return made.id


def page(browser, address, status=200):
    answer = browser.get(address)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def hidden(html, *names):
    return {name: re.search(rf'name="{name}"[^>]*value="(\d*)"', html).group(1) for name in names}


def opened(browser):
    return hidden(page(browser, f"{PLAN}/edit"), "number", "version")


def written(browser, **changes):
    answer = browser.post(f"{PLAN}/edit", data=FORM | opened(browser) | changes)
    assert answer.status_code == 302, answer.get_data(as_text=True)


def newest(database):
    with database.reading() as session:
        row = session.scalars(select(PlanVersion).order_by(PlanVersion.number.desc())).first()
        return row.number, row.state, PlanDocument.from_json(row.document)


def moved(browser, step, **more):
    shown = hidden(page(browser, PLAN), "number", "version")
    return browser.post(f"{PLAN}/{step}", data=shown | more)


def test_a_chain_team_writes_the_plan_and_everybody_reads_it(database, cast, chain, sign_in):
    team = sign_in(cast.chain_team)
    assert "随产品提供" in page(team, f"{PLAN}/edit")
    written(team)
    number, state, document = newest(database)
    assert (number, state, document.period, document.chief) == (2, PlanState.DRAFT, (2026, 2027), "周副区长（示例）")
    assert (document.goals[0].indicator, document.parks[0].park, document.gaps) == (
        "gaps_missing",
        "park-one",
        ("materials",),
    )
    for person in (cast.officer, cast.chief, cast.leader, cast.manager):
        html = page(sign_in(person), PLAN)
        assert "缺环补到 1 个" in html
        assert "周副区长（示例）" in html
        assert f"{PLAN}/edit" not in html
    assert "甲园（示例）" in html


def test_others_may_neither_open_the_form_nor_post_it(database, cast, chain, sign_in):
    for person in (cast.officer, cast.leader, cast.manager, cast.admin):
        browser = sign_in(person)
        assert browser.get(f"{PLAN}/edit").status_code == 404
        assert browser.post(f"{PLAN}/edit", data=FORM).status_code == 404
        assert browser.post(f"{PLAN}/submit").status_code == 404
    assert sign_in(cast.chain_team).post(f"{PLAN}/decide").status_code == 404
    assert sign_in(cast.auditor).get(PLAN).status_code == 404
    assert sign_in(cast.officer).get("/crm/chains/nowhere/plan").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"goals-0-value": "三个"}, "「三个」不是数"),
        ({"goals-0-year": "明年"}, "「明年」应为整数"),
        ({"last_year": ""}, "要么都写"),
        ({"first_year": "2030"}, "起止年份不对"),
        ({"standing": "按纳税额给予奖励"}, "同纳税挂钩"),
        ({"measures-0-condition": "税收返还三年"}, "同纳税挂钩"),
        ({"parks-0-park": "nowhere"}, "请从列表里选载体"),
        ({"gaps": "nowhere"}, "请从列表里选"),
        ({"reason": ""}, "请写明改了什么"),
    ],
)
def test_a_refused_plan_says_why_and_keeps_what_was_typed(database, cast, chain, sign_in, change, words):
    browser = sign_in(cast.chain_team)
    answer = browser.post(f"{PLAN}/edit", data=FORM | opened(browser) | change)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in html
    assert "缺环补到 1 个" in html
    assert "周副区长（示例）" in html
    assert newest(database)[0] == 1


def test_more_rows_are_given_without_saving(database, cast, chain, sign_in):
    browser = sign_in(cast.chain_team)
    two = {f"goals-{place}-text": f"目标 {place}" for place in range(2)}
    html = browser.post(f"{PLAN}/edit", data=FORM | opened(browser) | two | {"more": "goals"}).get_data(as_text=True)
    assert 'name="goals-3-text"' in html
    assert 'value="目标 1"' in html
    assert newest(database)[0] == 1


def test_a_row_is_taken_out_and_the_others_stay(database, cast, chain, sign_in):
    browser = sign_in(cast.chain_team)
    written(browser, **{"goals-1-text": "第二条", "goals-2-text": "第三条"})
    written(browser, **{"goals-1-text": "第二条", "goals-1-drop": "y", "goals-2-text": "第三条", "reason": "删一条"})
    assert [goal.text for goal in newest(database)[2].goals] == ["缺环补到 1 个", "第三条"]


def test_two_editors_lose_nothing(database, cast, chain, sign_in):
    mine, theirs = sign_in(cast.chain_team), sign_in(cast.chain_team)
    shown = opened(mine)
    written(theirs, chief="林副区长（示例）", reason="别人改的")
    late = mine.post(f"{PLAN}/edit", data=FORM | shown | {"chief": "我写的链长"})
    html = late.get_data(as_text=True)
    assert late.status_code == 422
    assert "我写的链长" in html
    assert "别人改的" in html
    assert newest(database)[2].chief == "林副区长（示例）"
    again = FORM | hidden(html, "number", "version") | {"chief": "我写的链长"}
    assert mine.post(f"{PLAN}/edit", data=again).status_code == 302
    assert newest(database)[2].chief == "我写的链长"


def test_a_plan_goes_to_the_leader_and_comes_back_and_is_approved(database, cast, chain, sign_in):
    team, leader = sign_in(cast.chain_team), sign_in(cast.leader)
    written(team)
    assert moved(team, "submit").status_code == 302
    assert newest(database)[1] is PlanState.SUBMITTED
    assert "生物医药（示例链）" in page(leader, "/crm/")
    assert "请您审定" in page(leader, PLAN)
    wordless = moved(leader, "decide", approve="0")
    assert wordless.status_code == 422
    assert "退回请写明要改什么" in wordless.get_data(as_text=True)
    assert moved(leader, "decide", approve="0", word="缺环没有写责任人").status_code == 302
    assert "缺环没有写责任人" in page(team, PLAN)
    written(team, lead_unit="招商一科（示例）", reason="按意见改")
    assert moved(team, "submit").status_code == 302
    assert moved(team, "submit", back="1").status_code == 302
    assert newest(database)[1] is PlanState.DRAFT
    assert moved(team, "submit").status_code == 302
    assert moved(leader, "decide", approve="1", word="同意").status_code == 302
    assert newest(database)[1] is PlanState.APPROVED
    html = page(team, PLAN)
    assert "已审定" in html
    assert "同意" in html


def test_a_stale_answer_of_the_leader_is_refused(database, cast, chain, sign_in):
    team, leader = sign_in(cast.chain_team), sign_in(cast.leader)
    written(team)
    moved(team, "submit")
    shown = hidden(page(leader, PLAN), "number", "version")
    moved(team, "submit", back="1")
    answer = leader.post(f"{PLAN}/decide", data=shown | {"approve": "1"})
    assert answer.status_code == 422
    assert "刚被别人存过" in answer.get_data(as_text=True)
    assert newest(database)[1] is PlanState.DRAFT


def test_versions_are_compared_in_words(database, cast, chain, sign_in):
    browser = sign_in(cast.chain_team)
    assert browser.get(f"{PLAN}/compare").status_code == 404
    written(browser)
    html = page(sign_in(cast.officer), f"{PLAN}/compare?from=1&to=2")
    for words in ("链长", "周副区长（示例）", "缺环补到 1 个（2027 年，1 个）", "诊断原料", "成长型：靶向招商", "新增"):
        assert words in html
    assert "删去" in page(browser, f"{PLAN}/compare?from=2&to=1")
    assert "内容一样" in page(browser, f"{PLAN}/compare?from=2&to=2")
    assert page(browser, f"{PLAN}/compare?from=x&to=99")
    assert "您看的是第 1 版" in page(browser, f"{PLAN}/versions/1")
    assert browser.get(f"{PLAN}/versions/9").status_code == 404


def test_the_print_page_and_the_file_hold_the_document(database, cast, chain, sign_in):
    browser = sign_in(cast.chain_team)
    written(browser)
    html = page(sign_in(cast.officer), f"{PLAN}/print")
    for words in ("一链一策（2026—2027 年）", "分层措施", "不含与纳税挂钩的奖励", "征求意见稿", "data-print"):
        assert words in html
    answer = sign_in(cast.officer).get(f"{PLAN}/docx")
    assert answer.status_code == 200
    assert answer.mimetype.endswith("wordprocessingml.document")
    assert "attachment" in answer.headers["Content-Disposition"]
    body = ZipFile(BytesIO(answer.data)).read("word/document.xml").decode()
    assert "缺环补到 1 个" in body


def test_a_plan_is_read_in_english(database, cast, chain, sign_in):
    browser = sign_in(cast.officer)
    browser.set_cookie("lang", "en")
    html = page(browser, PLAN)
    assert "Biomedicine (sample)" in html
    assert "优势链条之一" in html  # what people wrote is not translated


def test_a_task_is_added_given_and_done_on_the_page(database, cast, chain, sign_in):
    team, officer = sign_in(cast.chain_team), sign_in(cast.officer)
    with database.reading() as session:
        gap = segment(session, "materials").id
    assert f'<option selected value="{gap}">' in page(team, f"{PLAN}/tasks/new?segment={gap}")
    wordless = team.post(f"{PLAN}/tasks/new", data={"text": "", "owner_id": str(cast.officer)})
    assert wordless.status_code == 422
    wanted = {"text": "走访三家", "owner_id": str(cast.officer), "due_on": "2030-01-04", "segment_id": str(gap)}
    assert team.post(f"{PLAN}/tasks/new", data=wanted).status_code == 302
    with database.reading() as session:
        made = session.scalar(select(PlanTask.id))
    address = f"/crm/plans/tasks/{made}"
    shown = page(officer, address)
    assert "走访三家" in shown
    assert f"{address}/edit" not in shown
    silent = officer.post(f"{address}/end", data={"state": "done", **hidden(shown, "version")})
    assert silent.status_code == 422
    assert "请写办到了什么" in silent.get_data(as_text=True)
    done = {"state": "done", "outcome": "两家有意向", **hidden(shown, "version")}
    assert officer.post(f"{address}/end", data=done).status_code == 302
    html = page(team, address)
    assert "两家有意向" in html
    assert "办结方案任务" in html
    assert "两家有意向" in page(officer, PLAN)
    assert team.post(f"{address}/end", data={"state": "open", **hidden(html, "version")}).status_code == 302
    with database.reading() as session:
        assert session.get(PlanTask, made).state is TaskState.OPEN


def test_a_task_form_that_is_stale_keeps_what_was_typed(database, cast, chain, sign_in):
    with database.writing() as session:
        made = make_task(session, session.get(Chain, chain)).id
    address = f"/crm/plans/tasks/{made}/edit"
    mine, theirs = sign_in(cast.chain_team), sign_in(cast.chain_team)
    shown = hidden(page(mine, address), "version")
    assert theirs.post(address, data={"text": "别人的写法", **shown}).status_code == 302
    late = mine.post(address, data={"text": "我的写法", **shown})
    html = late.get_data(as_text=True)
    assert late.status_code == 422
    assert "我的写法" in html
    assert "别人的写法" in html


def test_strangers_to_a_task_cannot_end_it(database, cast, chain, sign_in):
    with database.writing() as session:
        row = make_task(session, session.get(Chain, chain), owner_id=cast.officer)
        address, version = f"/crm/plans/tasks/{row.id}/end", row.version
    posted = {"state": "done", "outcome": "x", "version": str(version)}
    assert sign_in(cast.colleague).post(address, data=posted).status_code == 403
    assert sign_in(cast.officer).post(address, data=posted | {"state": "dropped"}).status_code == 403
    assert sign_in(cast.officer).post(address, data=posted | {"state": "nonsense"}).status_code == 422
    assert sign_in(cast.auditor).post(address, data=posted).status_code == 404


def test_aims_are_shown_within_the_readers_scope(database, cast, chain, sign_in):
    with database.writing() as session:
        made = make_lead(session, cast.officer, name="穗岭原料有限公司（示例）")
        made.segment_id = segment(session, "materials").id
    assert "穗岭原料" in page(sign_in(cast.officer), PLAN)
    assert "穗岭原料" in page(sign_in(cast.leader), PLAN)
    for person in (cast.outsider, cast.manager, cast.chain_team):
        for address in (PLAN, f"{PLAN}/print"):
            assert "穗岭原料" not in page(sign_in(person), address)


def test_the_index_lists_every_chain_and_costs_the_same_for_many(database, cast, chain, sign_in):
    browser = sign_in(cast.chain_team)
    page(browser, "/crm/plans/")
    with counted() as few:
        assert "生物医药（示例链）" in page(browser, "/crm/plans/")
    with database.writing() as session:
        for number in range(5):
            made = make_chain(session, f"chain_{number}")
            shipped(session, made)
            make_task(session, made)
    page(browser, "/crm/plans/")
    with counted() as many:
        page(browser, "/crm/plans/")
    assert len(many) <= len(few) <= 12


def test_duties_stand_on_the_desks_of_chain_teams_and_park_managers(database, cast, chain, sign_in):
    with database.writing() as session:
        row = session.get(Chain, chain)
        make_task(session, row, text="建目标清单", due_on=today())
        make_task(session, row, text="核实楼面荷载", due_on=today(), owner_id=cast.manager)
        given = make_task(session, row, text="走访三家", due_on=today(), owner_id=cast.officer).id
        reminders.plan(session, "example.org")
    assert "建目标清单" in page(sign_in(cast.chain_team), "/crm/")
    manager = page(sign_in(cast.manager), "/crm/")
    assert "核实楼面荷载" in manager
    assert "建目标清单" not in manager
    officer = page(sign_in(cast.officer), "/crm/")
    assert "走访三家" in officer
    assert f"/crm/plans/tasks/{given}" in officer


def test_a_notice_leads_to_the_plan_by_the_versions_id(database, cast, chain, sign_in):
    with database.reading() as session:
        made = session.scalar(select(PlanVersion.id))
    answer = sign_in(cast.leader).get(f"/crm/plans/versions/{made}")
    assert answer.headers["Location"].endswith(PLAN)
    assert sign_in(cast.leader).get("/crm/plans/versions/999999").status_code == 404
