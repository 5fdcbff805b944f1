"""An officer's list in the browser: keys, marked rows with undo, filters, columns, a saved view; on the phone as cards."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import assert_accessible

LIST = "/crm/leads/"


def cursor(page: Page) -> int:
    """Which row the keys are on."""
    return page.evaluate("[...document.querySelectorAll('[data-row]')].findIndex((r) => r.matches('.is-cursor'))")


def test_keys_move_mark_open_and_never_disturb_typing(open_browser, width):
    page = open_browser("officer")
    page.goto(LIST)
    assert_accessible(page)
    for key in "jjk":
        page.keyboard.press(key)
    assert cursor(page) == 0
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[name=ids]:checked")).to_have_count(2)
    expect(page.locator("[data-bulk-count]")).to_have_text("已选 2 条")
    page.keyboard.press("Escape")
    expect(page.locator("[name=ids]:checked")).to_have_count(0)
    page.keyboard.press("/")
    find = page.get_by_role("searchbox", name="在结果中找")
    expect(find).to_be_focused()
    # While somebody types, and while an input method composes, j and x are letters.
    find.press_sequentially("jx")
    find.dispatch_event("keydown", {"key": "x", "isComposing": True, "keyCode": 229})
    expect(find).to_have_value("jx")
    assert cursor(page) == 1
    expect(page.locator("[name=ids]:checked")).to_have_count(0)
    page.keyboard.press("Escape")
    name = page.locator("[data-row] .c-title").nth(1).inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/crm/leads/\d+$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_marked_rows_are_scheduled_and_taken_back(open_browser, width):
    page = open_browser("officer")
    page.goto(LIST)
    for row in (0, 2):
        page.locator("[name=ids]").nth(row).check()
    page.get_by_role("button", name="统一排期").click()
    sheet = page.locator("#bulk-sheet")
    expect(sheet.get_by_text("将改 2 条线索")).to_be_visible()
    sheet.get_by_role("button", name="确定").click()
    # Refused inside the sheet; nothing is lost and the list stays behind it.
    expect(sheet.get_by_role("alert")).to_contain_text("请写下一步要做什么")
    assert_accessible(page)
    sheet.get_by_label("要做什么").fill("问入驻时间")
    sheet.get_by_role("button", name="确定").click()
    page.wait_for_url("**changed=*")
    expect(page.locator("#flashes")).to_contain_text("已改 2 条")
    page.locator(".list-undo").get_by_role("button", name="撤销").click()
    expect(page.locator("#flashes")).to_contain_text("已撤销，恢复 2 条")


def test_a_view_is_put_together_and_saved(open_browser, width):
    page = open_browser("officer")
    page.goto(LIST)
    whole = page.locator("[data-row]").count()
    page.locator(".list-filterbar").get_by_role("link", name="层级 全部").click()
    sheet = page.locator("#filter-sheet")
    sheet.get_by_role("group", name="层级").get_by_label("成长型").check()
    sheet.get_by_role("button", name="按此筛选").click()
    page.wait_for_url("**tier=growth*")
    some = page.locator("[data-row]").count()
    assert 0 < some < whole
    page.get_by_role("button", name="选列").click()
    page.locator("#columns").get_by_label("总投资").check()
    page.get_by_role("button", name="显示这些列").click()
    page.wait_for_url("**investment*")
    page.get_by_role("button", name="存为视图").click()
    page.locator("#save-view").get_by_label("名字").fill(f"成长型 {width}")
    page.locator("#save-view").get_by_role("button", name="保存").click()
    tab = page.get_by_role("navigation", name="视图").get_by_role("link", name=f"成长型 {width}")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(tab).to_contain_text(str(some))
    assert_accessible(page)
    page.get_by_role("link", name="去掉筛选：层级 成长型").click()
    expect(page.locator("[data-row]")).to_have_count(whole)


def test_enterprises_contacts_and_projects_are_accessible_lists(open_browser, width):
    page = open_browser("officer")
    for path in ("/crm/enterprises/", "/crm/contacts/", "/crm/projects/list", "/crm/views/leads", "/crm/bulk/"):
        page.goto(path)
        assert_accessible(page)
    page.goto("/crm/enterprises/")
    page.locator("[data-row] .c-title a").first.click()
    assert_accessible(page)
