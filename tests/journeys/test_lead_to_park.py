"""Journeys 1 and 2: a phone call becomes a lead with ten reasoned parks; a park answers; the officer is told."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from tests.journeys.conftest import assert_accessible, assert_in_sight

FIRM = "穗行微流控诊断技术有限公司（示例）"


def log_lead(page: Page, firm: str, phone: str) -> float:
    """Log a lead as heard on the phone; returns the seconds from pressing save to the page with matches."""
    page.goto("/crm/leads/new")
    page.locator("#name").fill(firm)
    page.locator("#segment_id").select_option(label="体外诊断试剂")
    page.locator("#employees").fill("40来人")
    page.locator("[name=tenure][value=rent]").check()
    page.locator("#area_min").fill("1000")
    page.locator("#area_target").fill("约１２００㎡")
    page.locator("#area_max").fill("1500平")
    page.locator("#budget").fill("45元/㎡/月")
    page.locator("#floor_load").fill("0.5吨/平")
    page.locator("#clear_height").fill("4米")
    page.locator("#clear_height").press("Tab")
    expect(page.locator("#floor_load-read")).to_contain_text("kN/㎡")
    page.locator("#env_class").select_option("registration")
    page.locator("#gbt_code").fill("2770")
    page.locator("#above_scale").select_option("yes")
    page.locator("#contact_name").fill("罗小姐")
    page.locator("#phone").fill(phone)
    page.locator("#content").fill("想来荔湾租厂房，做体外诊断试剂")
    start = time.perf_counter()
    page.get_by_role("button", name="登记并匹配").click()
    page.wait_for_url(re.compile(r"/crm/leads/\d+"))
    expect(page.locator("#match")).to_be_visible()
    return time.perf_counter() - start


def test_an_officer_logs_a_lead_and_sees_parks_with_reasons(open_browser, width):
    page = open_browser("officer")
    seconds = log_lead(page, f"{FIRM[:-4]}{width}（示例）", "138 0000 11" + ("01" if width == "desktop" else "02"))
    assert seconds < 3, "an officer on the phone waits about a second; three on a busy test machine"
    expect(page.locator(".match-row").first).to_be_visible()
    assert 1 <= page.locator(".match-row").count() <= 10
    expect(page.locator("#match")).to_contain_text("下一个该问的问题")
    expect(page.locator("#match")).to_contain_text("差一点")
    first = page.locator(".match-row").first
    first.get_by_text("看算式").click()
    expect(first.locator("table")).to_contain_text("产业契合")
    expect(first.locator("table")).to_contain_text("合计")
    assert "138000011" not in page.content().replace(" ", "")
    expect(page.get_by_text(re.compile(r"138\*{4}110[12]")).first).to_be_visible()
    assert_accessible(page)


def test_a_refused_form_keeps_every_word_and_says_what_is_wrong(open_browser):
    page = open_browser("officer")
    page.goto("/crm/leads/new")
    page.locator("#name").fill("填错了的公司（示例）")
    page.locator("#uscc").fill("91440103MA000000")
    page.locator("[name=tenure][value=rent]").check()
    page.locator("#area_target").fill("三间房")
    page.locator("#clear_height").fill("-4米")
    page.locator("#content").fill("照原话写的一段")
    page.get_by_role("button", name="登记并匹配").click()
    expect(page.locator("#form-errors")).to_be_visible()
    expect(page.locator("#area_target")).to_have_value("三间房")
    expect(page.locator("#clear_height")).to_have_value("-4米")
    expect(page.locator("#content")).to_have_value("照原话写的一段")
    expect(page.locator("#uscc")).to_have_attribute("aria-invalid", "true")
    assert_accessible(page)


def test_no_field_of_a_lead_hides_under_a_bar(open_browser):
    page = open_browser("officer")
    page.goto("/crm/leads/new")
    page.locator("#name").focus()
    assert_in_sight(page)


def test_a_lead_is_introduced_answered_and_the_officer_is_told(open_browser, width):
    officer = open_browser("officer")
    firm = f"穗行传感器{width}有限公司（示例）"
    log_lead(officer, firm, "138 0000 22" + ("01" if width == "desktop" else "02"))
    lead = officer.url
    row = officer.locator(".match-row", has_text="岭南V谷").first
    expect(row).to_be_visible()
    row.get_by_role("link", name="推介").click()
    officer.locator("#message").fill("请看能不能接待")
    assert_accessible(officer)
    officer.get_by_role("button", name="推介").click()
    officer.wait_for_url(re.compile(r"/crm/leads/\d+"))
    expect(officer.locator(".match-row", has_text="岭南V谷").first).to_contain_text("已推介")

    manager = open_browser("park_manager")
    desk = manager.locator("article.intro", has_text=firm)
    expect(desk).to_be_visible()
    expect(desk).to_contain_text("罗**")
    expect(desk).to_contain_text(re.compile(r"138\*{4}220[12]"))
    assert "罗小姐" not in manager.content()
    assert_accessible(manager)
    desk.get_by_role("link", name=firm).click()
    manager.get_by_text("婉拒，选原因").click()
    manager.locator("#reason").select_option("space")
    manager.get_by_role("button", name="婉拒").click()
    expect(manager.locator("#form-errors")).to_contain_text("不符")
    manager.locator("#unmet_requirement").select_option("height")
    manager.locator("#unmet_value").fill("净高 4.2 m")
    manager.get_by_role("button", name="婉拒").click()
    expect(manager.locator("main")).to_contain_text("不合适")
    assert_accessible(manager)

    officer.goto("/crm/notices/")
    expect(officer.locator("main")).to_contain_text("岭南V谷答复：不合适")
    assert_accessible(officer)
    officer.goto(lead)
    expect(officer.locator("#time")).to_contain_text("岭南V谷答复：不合适")
