"""Journey: a duplicate is seen while typing, logged all the same, merged side by side, and the merge is taken back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import assert_accessible


def _type(page: Page, firm: str, phone: str) -> None:
    page.goto("/crm/leads/new")
    page.locator("#name").press_sequentially(firm, delay=5)
    page.locator("#phone").fill(phone)
    page.locator("#phone").press("Tab")


def _save(page: Page) -> str:
    page.get_by_role("button", name=re.compile("^登记")).last.click()
    page.wait_for_url(re.compile(r"/crm/leads/\d+$"))
    return page.url


def test_a_duplicate_is_seen_merged_and_parted_again(open_browser, width):
    page = open_browser("officer")
    firm = f"珠湾{'甲' if width == 'desktop' else '乙'}流控诊断有限公司（示例）"
    phone = "138 0000 77" + ("01" if width == "desktop" else "02")
    _type(page, firm, phone)
    page.locator("#content").fill("先来的话：想租一层")
    page.locator("#contact_name").fill("罗小姐")
    first = _save(page)

    # The same firm again: the form says so before anything is saved.
    _type(page, firm.replace("有限公司", "股份有限公司"), phone)
    expect(page.locator(".lead-dup.is-dup").first).to_contain_text("重复")
    page.locator("#content").fill("后来的话：要四米净高")
    page.locator("#confirm_duplicate").check()
    page.locator("#duplicate_reason").fill("先登记下来，再合并")
    second = _save(page)
    assert second != first

    page.locator("#ownership").get_by_role("link", name="合并").click()
    page.get_by_role("link", name="并排比较").first.click()
    expect(page.locator("tbody tr").first).to_contain_text("话：")
    assert_accessible(page)
    page.locator("input[name=take-content][value=loser]").check()
    page.get_by_role("button", name="合并，保留左边").click()
    expect(page.get_by_role("heading", name="合并记录")).to_be_visible()
    assert_accessible(page)
    merged = page.url

    # The old address leads to the lead that stayed, which now says what was chosen.
    page.goto(first)
    expect(page).to_have_url(second)
    expect(page.locator("#need")).to_contain_text("先来的话")

    page.goto(merged)
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="撤销合并").click()
    expect(page.get_by_text("两条记录都回来了")).to_be_visible()
    assert_accessible(page)
    page.goto(first)
    expect(page).to_have_url(first)
    expect(page.locator("#need")).to_contain_text("先来的话")
    page.goto(second)
    expect(page.locator("#need")).to_contain_text("后来的话")


def test_a_lead_goes_into_the_pool_and_another_section_claims_it(open_browser, width):
    officer = open_browser("officer")
    firm = f"珠湾{'丙' if width == 'desktop' else '丁'}传感有限公司（示例）"
    _type(officer, firm, "138 0000 78" + ("01" if width == "desktop" else "02"))
    lead = _save(officer)
    officer.locator("#ownership").get_by_role("link", name="放入公海").click()
    officer.locator("#release-reason").fill("人手不够，先放出来")
    officer.locator("#release").get_by_role("button", name="放入公海").click()
    expect(officer.locator("#ownership")).to_contain_text("公海")

    chief = open_browser("chief")
    chief.goto("/crm/pool/")
    row = chief.locator("tr", has_text=firm)
    expect(row).to_contain_text("人手不够")
    assert_accessible(chief)
    row.get_by_role("button", name="领取").click()
    expect(chief).to_have_url(re.compile(re.escape(lead)))
    expect(chief.locator("#ownership")).to_contain_text("首谈保护余")
