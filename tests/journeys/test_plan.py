"""Journey: a chain team writes the plan and hands it in, a leader sends it back and approves it, a task is done."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from crm.infra.clock import today
from tests.journeys.conftest import assert_accessible

#: One chain a width: both walk on the same site.
CHAINS = {"desktop": "hydrogen", "phone": "new_materials"}


@pytest.fixture
def plan(width: str) -> str:
    return f"/crm/chains/{CHAINS[width]}/plan"


def write(page: Page, plan: str) -> None:
    """Fill in what the shipped plan leaves open, and take on the first segment that is offered."""
    page.goto(f"{plan}/edit")
    assert_accessible(page)
    page.get_by_label("链长", exact=True).fill("周副区长（示例）")
    page.get_by_label("牵头部门").fill("招商一科（示例）")
    page.get_by_label("起始年份").fill("2026")
    page.get_by_label("截止年份").fill("2027")
    rows = page.locator("#goals fieldset")
    empty = rows.nth(rows.count() - 2)
    empty.get_by_label("要做到什么").fill("缺环不多于 3 个")
    empty.get_by_label("系统能算的现值").select_option("gaps_missing")
    empty.get_by_label("年份").fill("2027")
    empty.get_by_label("数值").fill("3")
    empty.get_by_label("单位").fill("个")
    page.locator("#gaps input[type=checkbox]:visible").first.check()
    page.locator("#parks fieldset").first.get_by_label("载体", exact=True).select_option(index=1)
    page.locator("#parks fieldset").first.get_by_label("分工").fill("小试和中试")


def test_a_plan_is_written_refused_mended_handed_in_and_approved(open_browser, plan):
    team = open_browser("chain_team")
    write(team, plan)
    team.get_by_label("定位与现状").fill("对龙头企业按纳税额给予奖励")
    team.get_by_label(re.compile("改了什么")).fill("按专班会议写目标")
    team.get_by_role("button", name="存为草稿").click()
    expect(team.locator("#form-errors")).to_contain_text("同纳税挂钩")
    expect(team.get_by_label("链长", exact=True)).to_have_value("周副区长（示例）")
    assert_accessible(team)
    team.get_by_label("定位与现状").fill("以示范应用带动上下游")
    team.get_by_role("button", name="存为草稿").click()
    team.wait_for_url(re.compile(f"{plan}$"))
    expect(team.locator("#p1")).to_contain_text("缺环不多于 3 个")
    expect(team.locator("#p1")).to_contain_text("2026—2027")
    expect(team.locator("#p2")).to_contain_text("小试和中试")
    assert_accessible(team)
    team.get_by_role("button", name="送链长审定").click()
    expect(team.locator(".lt-subtitle")).to_contain_text("待链长审定")

    leader = open_browser("leader")
    expect(leader.locator("main")).to_contain_text("待您审定的一链一策")
    assert_accessible(leader)
    leader.goto(plan)
    assert_accessible(leader)
    leader.get_by_label("审定意见").fill("缺环要有责任人")
    leader.get_by_role("button", name="退回修改").click()
    expect(leader.locator(".lt-subtitle")).to_contain_text("草稿")

    team.goto(plan)
    expect(team.locator("aside.plan-side")).to_contain_text("缺环要有责任人")
    team.goto(f"{plan}/edit")
    team.get_by_label("专班").fill("氢能专班（示例）")
    team.get_by_label(re.compile("改了什么")).fill("按退回意见补专班")
    team.get_by_role("button", name="存为草稿").click()
    team.wait_for_url(re.compile(f"{plan}$"))
    team.get_by_role("button", name="送链长审定").click()
    leader.goto(plan)
    leader.get_by_role("button", name="审定通过").click()
    expect(leader.locator(".lt-subtitle")).to_contain_text("已审定")

    team.goto(plan)
    team.get_by_role("link", name=re.compile("比较第")).click()
    expect(team.locator("main")).to_contain_text("链长、定位与周期")
    expect(team.locator("ins", has_text="周副区长（示例）")).to_be_visible()
    assert_accessible(team)
    team.goto("/crm/plans/")
    assert_accessible(team)


def test_a_task_is_given_away_and_done(open_browser, plan, width):
    team = open_browser("chain_team")
    team.goto(plan)
    team.get_by_role("link", name="加任务").click()
    assert_accessible(team)
    words = f"走访三家上游企业（{width}，示例）"
    team.get_by_role("textbox", name=re.compile("做什么")).fill(words)
    team.get_by_label("责任人").select_option(label=officer(team))
    team.get_by_label("期限").fill((today() + timedelta(days=20)).isoformat())
    team.get_by_role("button", name="保存").click()
    team.wait_for_url(re.compile(f"{plan}#task-"))
    expect(team.locator("#p2")).to_contain_text(words)

    doer = open_browser("officer")
    doer.goto("/crm/notices/")
    doer.get_by_role("link", name=re.compile(re.escape(words[:10]))).first.click()
    expect(doer.locator("main")).to_contain_text(words)
    assert_accessible(doer)
    doer.get_by_role("button", name="办结", exact=True).click()
    expect(doer.locator("#form-errors")).to_contain_text("请写办到了什么")
    doer.get_by_label("办到了什么").fill("走访两家，一家愿来看场地")
    doer.get_by_role("button", name="办结", exact=True).click()
    expect(doer.locator("main")).to_contain_text("已完成")
    team.goto(plan)
    expect(team.locator("#p2")).to_contain_text("走访两家，一家愿来看场地")


def officer(page: Page) -> str:
    """The option that names the officer of the demo sign-in."""
    options = page.get_by_label("责任人").locator("option").all_inner_texts()
    return next(option for option in options if option.startswith("陈思敏"))


def test_the_plan_prints_on_a4_and_downloads_as_word(open_browser, plan):
    page = open_browser("officer")
    page.goto(plan)
    with page.expect_download() as download:
        page.get_by_role("link", name="Word").click()
    assert download.value.suggested_filename.endswith(".docx")
    page.get_by_role("link", name="打印", exact=True).click()
    page.wait_for_url(re.compile("/print"))
    assert_accessible(page)
    sheets = page.pdf(prefer_css_page_size=True)
    boxes = {tuple(map(float, box)) for box in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", sheets)}
    assert {(round(wide), round(high)) for wide, high in boxes} == {(595, 842)}
    assert 2 <= len(re.findall(rb"/Type /Page\b", sheets)) <= 5
    page.emulate_media(media="print")
    expect(page.locator(".pr-bar")).to_be_hidden()
