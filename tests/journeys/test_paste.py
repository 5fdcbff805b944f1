"""Quick entry by paste: a forwarded message becomes a lead, at a desk and on the phone; a form that is left is not lost."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from crm.models import Lead
from tests.journeys.conftest import assert_accessible

MESSAGE = """思敏，帮推荐一家：{firm}，做体外诊断试剂和微流控芯片，现在番禺，40来人。
明年3月租约到期，想来荔湾租厂房，约1200㎡，最好1000–1500平，租金３５元/㎡/月以内，楼面1吨/平，层高不低于4.5米，电250kVA左右。预计投1800万。
联系人罗小姐 {phone}，下周三下午方便看场地。
——医械协会 周工"""


def paste(page: Page, text: str) -> None:
    """Paste as people do: from the clipboard, the whole message at once."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator("#paste").press("ControlOrMeta+v")


def test_a_pasted_message_becomes_a_lead(open_browser, site, width):
    page = open_browser("officer")
    last = "3301" if width == "desktop" else "3302"
    firm = f"贴文微流控诊断{width}有限公司（示例）"
    page.goto("/crm/leads/new?paste=1")
    expect(page.locator("#paste")).to_be_focused()
    assert_accessible(page)
    page.locator("#budget").fill("40")
    paste(page, MESSAGE.format(firm=firm, phone=f"138 0000 {last}"))

    # Read at once: marks in the message, values in the form, each with its words.
    expect(page.locator(".paste-mark").first).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="须您确认")).to_contain_text("其中 1 处须您确认")
    expect(page.locator("#name")).to_have_value(firm)
    expect(page.locator("#area_target")).to_have_value("1200")
    expect(page.locator("#employees-read")).to_contain_text("40来人")
    expect(page.locator("#needed_on")).to_have_value(re.compile(r"\d{4}-03-31"))
    expect(page.locator("[name=tenure][value=rent]")).to_be_checked()
    expect(page.locator("#source")).to_have_value("referral")
    expect(page.locator("#clear_height")).to_have_value("")
    expect(page.locator("#clear_height-read")).to_contain_text("层高不是净高")
    # What was typed stays; the other value is one click away.
    expect(page.locator("#budget")).to_have_value("40")
    page.get_by_role("button", name="改用 35").click()
    expect(page.locator("#budget")).to_have_value("35")
    expect(page.locator("#prematch")).to_contain_text("待核实")
    assert_accessible(page)

    # A mark leads to its field, the answer to the open question is typed, and the form is saved.
    page.locator(".paste-mark", has_text="层高不低于").click()
    expect(page.locator("#clear_height")).to_be_focused()
    page.locator("#clear_height").fill("3.8")
    page.get_by_role("button", name="登记并匹配").click()
    page.wait_for_url(re.compile(r"/crm/leads/\d+"))
    expect(page.locator("#match")).to_be_visible()
    page.get_by_text("登记时贴的原文").click()
    expect(page.locator(".lead-pasted-text")).to_contain_text("层高不低于4.5米")
    expect(page.locator(".lead-pasted-text")).to_contain_text(f"138****{last}")
    assert f"0000 {last}" not in page.content()
    assert_accessible(page)
    with site.database.reading() as session:
        lead = session.get_one(Lead, int(page.url.rsplit("/", 1)[1].split("#")[0].split("?")[0]))
        assert (lead.area_min, lead.area_target, lead.area_max) == (1000, 1200, 1500)
        assert (lead.budget, lead.floor_load_kg_m2, lead.clear_height_cm, lead.power_kva) == (3500, 1000, 380, 250)
        assert lead.referrer == "周工（医械协会）"
        assert lead.pasted is not None
        assert firm in lead.pasted


def test_another_message_replaces_what_the_first_one_filled(open_browser):
    page = open_browser("officer")
    page.goto("/crm/leads/new")
    paste(page, "租1200平，租金35元/㎡/月")
    expect(page.locator("#area_target")).to_have_value("1200")
    page.get_by_role("button", name="换一段").click()
    page.locator("#paste").fill("购800平，老板又说购900平")
    page.get_by_role("button", name="识别").click()
    expect(page.locator("[name=tenure][value=buy]")).to_be_checked()
    expect(page.locator("#budget")).to_have_value("")
    expect(page.locator("[data-unit-of]").nth(3)).to_have_text("元/㎡")
    page.get_by_role("button", name="用 900").click()
    expect(page.locator("#area_target")).to_have_value("900")


def test_a_form_that_is_left_by_signing_out_waits_as_a_draft(open_browser):
    page = open_browser("officer")
    page.goto("/crm/leads/new")
    page.locator("#name").fill("没写完的公司（示例）")
    page.locator("#phone").fill("138 0000")
    page.locator(".lt-user summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(re.compile("sign-in"))
    page.locator("[data-demo-role=officer]").first.click()
    page.wait_for_url("**/crm/**")
    page.goto("/crm/leads/new")
    page.get_by_text(re.compile(r"草稿 \d+ 份")).click()
    assert_accessible(page)
    page.get_by_role("link", name="没写完的公司（示例）").first.click()
    expect(page.locator("#name")).to_have_value("没写完的公司（示例）")
    expect(page.locator("#phone")).to_have_value("138 0000")
    page.get_by_text(re.compile(r"草稿 \d+ 份")).click()
    page.get_by_role("button", name="删除草稿「没写完的公司（示例）」").first.click()
    expect(page.get_by_role("status").filter(has_text="草稿已删除")).to_be_visible()


def test_a_form_stays_when_a_message_cannot_be_read(open_browser):
    page = open_browser("officer")
    page.goto("/crm/leads/new")
    page.locator("#name").fill("还在的公司（示例）")
    page.locator("#paste").fill("一" * 20_001)
    page.get_by_role("button", name="识别").click()
    expect(page.locator("#flashes")).to_contain_text("一次最多读 20,000 个字")
    expect(page.locator("#paste")).to_be_focused()
    # The session ends elsewhere: the answer is the sign-in page, which must not replace the form.
    page.locator("#paste").fill("租1200平")
    page.route(
        "**/crm/leads/paste", lambda route: route.fulfill(status=200, content_type="text/html", body="<p>登录</p>")
    )
    page.get_by_role("button", name="识别").click()
    expect(page.locator("#flashes")).to_contain_text("没有读成")
    expect(page.locator("#name")).to_have_value("还在的公司（示例）")
    expect(page.locator("#paste")).to_have_value("租1200平")
