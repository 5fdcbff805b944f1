"""What a firm buys outside is written down, and the gap it points at moves up where everybody sees it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import assert_accessible


def test_a_purchase_raises_its_segment_visibly(open_browser, width):
    page = open_browser("officer")
    page.goto("/crm/purchases/")
    expect(page.get_by_role("heading", name="链主采购清单")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="记一条外购").first.click()
    # The firm is found by its name, the segment by the words of the product.
    firm = page.get_by_role("combobox", name="谁买")
    firm.press_sequentially("广药", delay=30)
    page.locator("#buyer-options [role=option]").first.click()
    product = f"层析填料与培养基{width}"
    page.get_by_role("textbox", name="买什么").press_sequentially(product, delay=5)
    chip = page.locator(".ideas-chip", has_text="培养基与层析介质")
    expect(chip).to_be_visible()
    expect(chip).to_contain_text("层析填料")
    assert_accessible(page)
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#segment_id option:checked")).to_have_text("培养基与层析介质")
    page.get_by_role("textbox", name="一年买多少").fill("一大笔")
    page.get_by_role("textbox", name="谁说的，或哪份材料").fill("采购部口述（示例）")
    page.get_by_role("button", name="保存").click()
    # What cannot be read is said, and everything typed is still there.
    expect(page.get_by_role("alert")).to_contain_text("一年买多少")
    expect(page.get_by_role("textbox", name="买什么")).to_have_value(product)
    page.get_by_role("textbox", name="一年买多少").fill("2,500万")
    page.get_by_role("textbox", name="现在从哪里买").fill("长三角")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(re.compile(r"/crm/purchases/\d+$"))
    expect(page.locator("main")).to_contain_text("2,500 万元")
    assert_accessible(page)
    page.goto("/crm/purchases/")
    row = page.locator("tr", has_text=product)
    expect(row).to_contain_text("培养基与层析介质")
    assert_accessible(page)
    row.get_by_role("link", name="培养基与层析介质").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("培养基与层析介质")
    expect(page.locator("main")).to_contain_text(product)
