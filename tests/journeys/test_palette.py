"""The palette by keyboard: open, type Chinese through an input method, choose, go; nothing is sent while composing."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import assert_accessible

#: A firm of the demonstration, as its lead's page is headed.
FIRM = "粤岭生物检测技术有限公司（示例）"


def open_palette(page: Page, width: str) -> None:
    page.goto("/crm/parks/")
    if width == "desktop":
        page.keyboard.press("Control+k")
    else:
        page.locator("[data-palette]").tap()
    expect(page.locator("#palette-input")).to_be_focused()


def test_it_offers_actions_finds_records_and_opens_one_by_keyboard(open_browser, width):
    page = open_browser("officer")
    open_palette(page, width)
    options = page.locator("#palette-list [role=option]")
    expect(options.filter(has_text="登记线索")).to_be_visible()
    assert_accessible(page)
    page.locator("#palette-input").press_sequentially("粤岭")
    hit = options.filter(has_text=FIRM).first
    expect(hit).to_contain_text("XS-2026-D001")
    assert_accessible(page)
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    marked = page.locator("#palette-list [aria-selected=true]")
    assert page.locator("#palette-input").get_attribute("aria-activedescendant") == marked.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/crm/leads/\d+"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("粤岭生物检测")


def test_enter_that_takes_a_candidate_of_the_input_method_sends_nothing(open_browser, width):
    page = open_browser("officer")
    open_palette(page, width)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/search" in request.url else None)
    page.locator("#palette-input").evaluate(
        """input => {
            const type = (text, composing) => {
                input.value = text;
                input.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: composing, data: text }));
            };
            const enter = (more) => input.dispatchEvent(
                new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...more }));
            input.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
            type("yue ling", true);
            window.taken = [enter({ isComposing: true }), enter({ keyCode: 229 })];
            type("粤岭", true);
        }"""
    )
    page.wait_for_timeout(400)
    assert page.evaluate("window.taken") == [False, False], "the Enter of the input method is kept from the form"
    assert asked == []
    assert page.url.endswith("/crm/parks/")
    page.locator("#palette-input").evaluate(
        'input => input.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "粤岭" }))'
    )
    expect(page.locator("#palette-list [role=option]").filter(has_text=FIRM).first).to_be_visible()
    assert len(asked) == 1
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_without_a_marked_answer_enter_shows_the_page_of_all_answers(open_browser, width):
    page = open_browser("officer")
    open_palette(page, width)
    page.locator("#palette-input").fill("没有这样的企业名")
    expect(page.locator("#palette-list")).to_contain_text("没有找到")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/crm/search/\?q="))
    expect(page.locator("#main")).to_contain_text("没有找到")
    assert_accessible(page)
