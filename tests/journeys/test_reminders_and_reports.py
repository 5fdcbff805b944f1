"""Journeys 3 and 4: a follow-up that is due becomes a digest and a notice; the weekly mail is previewed by each role."""

from __future__ import annotations

import re
from datetime import time

import pytest
import time_machine
from playwright.sync_api import expect

from crm.domain.calendar import next_working_day
from crm.infra.clock import instant_at, today
from crm.services import reminders
from tests.journeys.conftest import assert_accessible
from workers.emails.deliver import deliver_due


def test_the_desk_says_what_to_do_and_a_follow_up_is_done_and_the_next_one_set(open_browser):
    page = open_browser("officer")
    expect(page.locator("h1")).to_contain_text("件")
    assert_accessible(page)
    page.goto("/crm/leads/")
    assert_accessible(page)
    page.get_by_role("link", name=re.compile("（示例）")).first.click()
    page.wait_for_url(re.compile(r"/crm/leads/\d+"))
    card = page.locator("#next")
    card.locator("textarea").first.fill("对方同意周五来看场地")
    card.get_by_label("下一步做什么").fill("带看场地")
    card.get_by_role("button", name=re.compile("周")).first.click()
    card.get_by_role("button", name="完成并排下次").click()
    expect(page.locator("#next")).to_contain_text("带看场地")
    expect(page.locator("#time")).to_contain_text("对方同意周五来看场地")


def test_the_digest_is_mailed_and_an_administrator_reads_it_in_the_mailbox(open_browser, site):
    # Half past nine of a working day, whenever the test runs: digests go out in the morning.
    morning = instant_at(next_working_day(today()), time(9, 30))
    with time_machine.travel(morning, tick=False):
        with site.database.writing() as session:
            reminders.plan(session, "liantu.example")
        deliver_due(site.database, site.settings)
    officer = open_browser("officer")
    officer.goto("/crm/notices/")
    expect(officer.locator("main")).to_contain_text(re.compile("逾期|临期"))
    chief = open_browser("chief")
    expect(chief.locator("main")).to_contain_text("抄送给我")
    assert_accessible(chief)
    admin = open_browser("admin")
    admin.goto("/crm/admin/mailbox")
    assert_accessible(admin)
    digest = admin.get_by_role("link", name=re.compile("今日跟进")).first
    expect(digest).to_be_visible()
    digest.click()
    frame = admin.frame_locator("iframe")
    expect(frame.locator("body")).to_contain_text("每人每天只有这一封")
    expect(admin.locator("pre")).to_contain_text("每人每天只有这一封")


@pytest.mark.parametrize(
    ("role", "words"), [("leader", "请您决定"), ("officer", "上周您实质跟进"), ("park_manager", "链接需登录后打开")]
)
def test_everybody_previews_the_weekly_mail_in_their_own_voice(open_browser, role, words):
    page = open_browser(role)
    page.goto("/crm/reports/")
    assert_accessible(page)
    page.locator("tbody a").first.click()
    expect(page.frame_locator("iframe").locator("body")).to_contain_text(words)
    assert_accessible(page)


def test_the_language_switch_turns_the_whole_page(open_browser):
    page = open_browser("officer")
    page.get_by_role("link", name="English").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("nav").first).to_contain_text("Leads")
    text = page.locator("main").inner_text()
    loose = [line for line in text.splitlines() if re.search("件|逾期|今天|本周", line) and "示例" not in line]
    assert len(loose) <= 3, loose
    assert_accessible(page)


def test_the_public_site_answers_without_signing_in(site, browser, width):
    context = browser.new_context(
        base_url=site.url, viewport={"width": 1440 if width == "desktop" else 390, "height": 900}
    )
    page = context.new_page()
    for address in ("/", "/space", "/policies", "/chains", "/crm/sign-in"):
        assert page.goto(address).status == 200, address
        assert_accessible(page)
    context.close()
