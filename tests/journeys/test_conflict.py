"""Journeys on a lead's page: two editors of one lead meet; a comment names a colleague; papers are handed in."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.models import Lead, Person
from tests.journeys.conftest import Site, assert_accessible


def officers_lead(site: Site) -> int:
    """A lead of the officer behind the first demo button, with a need to edit."""
    with site.database.reading() as session:
        officer = session.scalars(select(Person).where(Person.login == "demo-officer")).one()
        query = select(Lead.id).where(Lead.owner_id == officer.id, Lead.area_target.is_not(None))
        return session.scalars(query.order_by(Lead.id)).first()


def lead(site: Site, lead_id: int) -> Lead:
    with site.database.reading() as session:
        found = session.get(Lead, lead_id)
        session.expunge(found)
        return found


def save(page: Page) -> None:
    page.get_by_role("button", name="保存", exact=True).click()


def test_two_editors_of_one_lead_lose_nothing(open_browser, site, width):
    lead_id = officers_lead(site)
    officer, chief = open_browser("officer"), open_browser("chief")
    # Both widths edit the same lead, one after the other.
    base, power = (1310, 315) if width == "desktop" else (1410, 400)
    for page in (officer, chief):
        page.goto(f"/crm/leads/{lead_id}/edit")

    # The chief is faster: another target, and a power that only he asks for.
    chief.locator("#area_target").fill(f"{base}㎡")
    chief.locator("#power").fill(f"{power}kVA")
    save(chief)
    chief.wait_for_url(f"**/crm/leads/{lead_id}")

    # The officer has another target too, and words that nobody else touched.
    officer.locator("#area_target").fill(f"{base + 20}㎡")
    words = f"对方补充：要单独的货梯（{width}）"
    officer.locator("#content").fill(words)
    save(officer)
    expect(officer.get_by_role("heading", name="有人先保存了")).to_be_visible()
    expect(officer.locator(".lt-head")).to_contain_text("何志强")
    row = officer.locator(".conflict-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(f"{base}")
    expect(row).to_contain_text(f"{base + 20}㎡")
    expect(officer.locator(".conflict-merged")).to_contain_text("用电容量")
    expect(officer.locator(".conflict-merged")).to_contain_text(words)
    assert_accessible(officer)

    # A third save comes between: the officer's choice stands, what is new comes along.
    chief.goto(f"/crm/leads/{lead_id}/edit")
    chief.locator("#clear_height").fill("4.2米" if width == "desktop" else "4.3米")
    save(chief)
    chief.wait_for_url(f"**/crm/leads/{lead_id}")
    row.get_by_label(re.compile("我的")).check()
    officer.get_by_role("button", name="合并并保存").click()
    officer.wait_for_url(f"**/crm/leads/{lead_id}")
    expect(officer.locator("#flashes")).to_contain_text("保留了别人刚改的：净高")
    stored = lead(site, lead_id)
    assert (stored.area_target, stored.power_kva, stored.content) == (base + 20, power, words)
    assert stored.clear_height_cm == (420 if width == "desktop" else 430)

    officer.goto(f"/crm/history/lead/{lead_id}")
    expect(officer.locator(".history-item").first).to_contain_text("陈思敏")
    expect(officer.locator(".history-item").first).to_contain_text(words)
    assert_accessible(officer)


def test_a_colleague_is_named_and_papers_are_handed_in(open_browser, site, width, tmp_path: Path):
    lead_id = officers_lead(site)
    page = open_browser("officer")
    page.goto(f"/crm/leads/{lead_id}")
    box = page.locator("#comment-body")
    box.click()
    box.press_sequentially("@hezhi")
    options = page.locator(".mention-list [role=option]")
    expect(options).to_have_count(1)
    expect(options.first).to_contain_text("何志强")
    # Nothing may lie half under the sticky head while targets are measured.
    page.evaluate("window.scrollTo(0, 0)")
    assert_accessible(page)
    box.press("Enter")
    assert box.input_value() == "@何志强 "
    box.press_sequentially(f"请批看场地（{width}）")
    page.get_by_role("button", name="评论", exact=True).click()
    expect(page.locator(".lt-timeline")).to_contain_text(f"@何志强 请批看场地（{width}）")

    good, bad = tmp_path / f"意向书-{width}.pdf", tmp_path / f"网页-{width}.pdf"
    good.write_bytes(b"%PDF-1.7\n" + width.encode())
    bad.write_bytes(b"<html><script>alert(1)</script>")
    page.locator("#files input[type=file]").first.set_input_files([bad, good])
    expect(page.locator("#files .files-going")).to_contain_text("内容不是 PDF")
    expect(page.locator("#files .files-list")).to_contain_text(good.name)
    page.evaluate("window.scrollTo(0, 0)")
    assert_accessible(page)
    with page.expect_download() as download:
        page.locator("#files .files-name", has_text=good.name).click()
    assert download.value.suggested_filename == good.name
