"""Reading a panorama by keyboard, narrowing it, opening a gap, and going on from it to a lead with matched space."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import assert_accessible

CHAIN = "/crm/chains/biomedicine"

_UNCOVERED = """() => {
  const box = document.activeElement.getBoundingClientRect();
  const over = document.querySelector(".pano-peek").getBoundingClientRect();
  const top = document.querySelector(".lt-top").getBoundingClientRect();
  return box.bottom <= over.top + 1 && box.top >= top.bottom - 1;
}"""


def focused(page: Page) -> str:
    """The key of the card in focus, "" when none is."""
    return page.evaluate("document.activeElement.dataset.key ?? ''")


def shown(page: Page):
    return page.locator(".pano-card:visible")


def test_the_map_is_read_by_keyboard(open_browser, width):
    page = open_browser("officer")
    page.goto(CHAIN)
    expect(page.get_by_role("heading", level=1)).to_have_text("生物医药及高端医疗器械")
    assert_accessible(page)
    # One stop in the order of tabs, whatever the number of cards.
    assert page.locator(".pano-card[tabindex='0']").count() == 1
    page.keyboard.press("ArrowDown")
    first = focused(page)
    assert first
    seen = {first}
    for key in ["ArrowDown"] * 6 + ["ArrowRight"] * 6:
        page.keyboard.press(key)
        seen.add(focused(page))
        page.wait_for_function(_UNCOVERED)
    assert len(seen) >= (10 if width == "desktop" else 6)
    here = page.locator(".pano-card:focus")
    suppliers = here.get_attribute("data-sup").split()
    expect(page.locator(".pano-card.is-sup")).to_have_count(len(suppliers))
    expect(page.locator("[data-peek-text]")).to_contain_text(here.locator(".t").inner_text())
    name = here.locator(".t").inner_text()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="环节")
    expect(drawer.get_by_role("heading", level=2).first).to_have_text(name)
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(here).to_be_focused()


def test_it_narrows_at_once_and_the_address_keeps_it(open_browser, width):
    page = open_browser("officer")
    page.goto(CHAIN)
    everything = shown(page).count()
    missing = int(page.locator(".pano-key--missing b").inner_text())
    page.keyboard.press("4")
    expect(shown(page)).to_have_count(missing)
    expect(page.locator("[data-count]")).to_have_text(f"筛出 {missing} / {everything} 个环节")
    expect(page).to_have_url(re.compile(r"status=missing"))
    page.reload()
    expect(shown(page)).to_have_count(missing)
    assert_accessible(page)
    page.keyboard.press("4")
    expect(shown(page)).to_have_count(everything)
    expect(page).not_to_have_url(re.compile(r"status="))
    page.keyboard.press("/")
    find = page.get_by_role("searchbox", name="筛选环节、产品、企业")
    expect(find).to_be_focused()
    find.press_sequentially("诊断试剂")
    expect(page.locator("[data-count]")).to_contain_text("筛出")
    assert 0 < shown(page).count() < everything
    # A digit that is typed is a digit.
    find.press_sequentially("4")
    expect(page.get_by_text("没有这样的环节")).to_be_visible()
    page.keyboard.press("Escape")
    expect(shown(page)).to_have_count(everything)
    action = page.locator("details", has=page.locator("[data-chip=action]"))
    action.locator("summary").click()
    action.get_by_role("link", name="强链").click()
    expect(page.locator("[data-chip=action]")).to_contain_text("强链")
    weak = shown(page).count()
    assert 0 < weak < everything
    page.get_by_role("link", name="清除筛选").first.click()
    expect(shown(page)).to_have_count(everything)


def test_from_a_gap_to_a_lead_with_matched_space(open_browser, width):
    page = open_browser("officer")
    page.goto(f"{CHAIN}?action=fill")
    gap = shown(page).first
    name = gap.locator(".t").inner_text()
    gap.click()
    drawer = page.get_by_role("dialog", name="环节")
    expect(drawer).to_contain_text("补链优先级")
    drawer.get_by_role("link", name="整页").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    page.get_by_text("怎么算的").first.click()
    assert_accessible(page)
    expect(
        page.get_by_role("link", name="建目标清单").or_(page.get_by_role("link", name="目标清单")).last
    ).to_be_visible()
    page.locator(".lt-head").get_by_role("link", name="登记线索").click()
    page.wait_for_url(re.compile(r"/crm/leads/new\?.*segment=\d+"))
    expect(page.locator("select[name=segment_id] option:checked")).to_have_text(re.compile(re.escape(name)))
    expect(page.locator("select[name=source] option:checked")).to_have_text("靶向招商")


def test_the_flow_the_sheet_and_the_picture(open_browser, width):
    page = open_browser("officer")
    page.goto(CHAIN)
    page.get_by_text("导出", exact=True).click()
    with page.expect_download() as picture:
        page.get_by_role("button", name="图片 PNG").click()
    data = picture.value.path().read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20], "big") == 3200
    assert picture.value.suggested_filename.endswith(".png")
    with page.expect_download() as sheet:
        page.get_by_role("link", name="图片 SVG").click()
    assert sheet.value.suggested_filename.endswith(".svg")
    page.goto(f"{CHAIN}/flow")
    assert_accessible(page)
    node = page.locator(".flow-node").first
    node.focus()
    expect(page.locator(".flow.is-asked")).to_be_visible()
    assert page.locator(".flow-stream.is-on").count() >= 1
    page.goto(f"{CHAIN}/print")
    assert_accessible(page)


def test_all_chains_and_other_readers(open_browser, width):
    page = open_browser("leader")
    page.goto("/crm/chains/")
    assert_accessible(page)
    page.get_by_role("link", name="广州市21条重点产业链（2021）").click()
    assert_accessible(page)
    page.context.add_cookies([{"name": "lang", "value": "en", "url": page.url}])
    page.goto(f"{CHAIN}?view=compact")
    expect(page.get_by_role("heading", level=1)).to_have_text("Biomedicine and high-end medical devices")
    assert_accessible(page)
    page.goto(f"{CHAIN}/segments/ivd_reagents")
    assert_accessible(page)
