"""A gap becomes a target list, a target becomes a lead with matched space; and what the officer does not know is asked."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import assert_accessible


def test_from_the_board_to_a_lead_with_matched_space(open_browser, width):
    page = open_browser("officer")
    page.goto("/crm/gaps/")
    expect(page.get_by_role("heading", name="缺环看板")).to_be_visible()
    assert_accessible(page)
    page.locator("select[name=chain]").select_option(label="生物医药及高端医疗器械")
    page.wait_for_url(re.compile("chain=biomedicine"))
    row = page.locator(".gap-row", has=page.locator(".lt-seg--missing")).first
    segment = row.locator(".gap-name a").inner_text()
    row.get_by_role("link", name=re.compile("目标清单")).click()
    expect(page.get_by_role("heading", name=f"{segment}：目标清单")).to_be_visible()
    assert_accessible(page)
    firm = f"穗测目标{width}有限公司（示例）"
    page.get_by_label("另加一家企业").fill(firm)
    page.get_by_role("button", name="列入目标清单").click()
    target = page.locator("tr", has_text=firm).first
    expect(target).to_be_visible()
    target.get_by_role("link", name=firm).click()
    expect(page.get_by_role("heading", name=firm)).to_be_visible()
    assert_accessible(page)
    page.locator("#contact_name").fill("罗小姐")
    page.locator("#contact_phone").fill("138 0000 57" + ("01" if width == "desktop" else "02"))
    page.get_by_role("button", name="登记为线索并匹配园区").click()
    page.wait_for_url(re.compile(r"/crm/leads/\d+"))
    expect(page.get_by_role("heading", name=firm)).to_be_visible()
    expect(page.locator("body")).to_contain_text("靶向招商")
    expect(page.locator("body")).to_contain_text(segment)
    page.goto("/crm/gaps/targets/?state=all")
    assert_accessible(page)
    expect(page.locator("tr", has_text=firm)).to_contain_text("已转线索")


def test_a_target_is_dropped_with_a_reason_and_taken_up_again(open_browser, width):
    page = open_browser("officer")
    page.goto("/crm/gaps/biomedicine/reagents")
    firm = f"穗测放弃{width}有限公司（示例）"
    page.get_by_label("另加一家企业").fill(firm)
    page.get_by_role("button", name="列入目标清单").click()
    page.locator("tr", has_text=firm).get_by_role("link", name=firm).click()
    page.get_by_role("button", name="放弃", exact=True).click()
    expect(page.locator("#form-errors")).to_contain_text("请写明为什么放弃")
    page.get_by_label("为什么放弃").fill("已定在外地建厂")
    page.get_by_role("button", name="放弃", exact=True).click()
    expect(page.locator("main")).to_contain_text("已定在外地建厂")
    page.get_by_role("button", name="重新列入").click()
    expect(page.get_by_role("heading", name="跟进这个目标")).to_be_visible()
