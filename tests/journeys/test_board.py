"""The board by keyboard and by mouse: a closed gate sends the card back and says what is missing; an open one lets it in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crm.domain.pipeline import Stage
from crm.models import Project
from crm.services import gates
from crm.services.access import actor_for
from tests.journeys.conftest import assert_accessible
from tests.walking import complete


@pytest.fixture
def ready(site, width):
    """A demonstration project of the officer at 在谈 that has all that 评审 asks for; one for each width."""
    with site.database.writing() as session:
        query = select(Project).where(Project.stage == Stage.NEGOTIATING, Project.owner_id.is_not(None))
        mine = [found for found in session.scalars(query.order_by(Project.id)) if found.owner.login == "demo-officer"]
        project = mine[0 if width == "desktop" else -1]
        command = complete(session, project.owner_id, project, Stage.REVIEW)
        gates.give(session, actor_for(session, project.owner_id), project.id, command)
        return project.id, project.name


def open_board(page: Page, width: str, at: str = "reserve") -> None:
    page.goto(f"/crm/projects/?at={at}")
    expect(page.locator("#board")).to_be_visible()


def test_a_card_is_moved_by_keyboard(open_browser, width, ready):
    project_id, name = ready
    page = open_browser("officer")
    open_board(page, width)
    assert_accessible(page)
    card = page.locator(f"#card-{project_id}")
    card.locator(".board-name").focus()
    page.keyboard.press("m")
    dialog = page.locator("#board-move")
    expect(dialog).to_contain_text(name)
    expect(dialog.get_by_label("评审")).to_be_checked()
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.locator("[data-stage=review]").locator(f"#card-{project_id}")).to_be_visible()
    expect(page.locator("#flashes")).to_contain_text("已进入评审")
    expect(card.locator(".board-name")).to_be_focused()
    # And back again: that wants a reason.
    page.keyboard.press("m")
    dialog.get_by_label("在谈").check()
    reason = dialog.get_by_label("退回的原因")
    expect(reason).to_be_visible()
    dialog.get_by_role("button", name="移动").click()
    expect(dialog).to_be_visible()
    reason.fill("对方换了决策人（示例）")
    dialog.get_by_role("button", name="移动").click()
    expect(page.locator("[data-stage=negotiating]").locator(f"#card-{project_id}")).to_be_visible()


def test_a_closed_gate_says_what_is_missing_and_offers_the_form(open_browser, width):
    page = open_browser("officer")
    open_board(page, width)
    card = page.locator("[data-stage=reserve] [data-card]").first
    number = card.get_attribute("data-card")
    if width == "desktop":
        card.hover()
        page.mouse.down()
        page.locator("[data-stage=negotiating] h3").hover()
        expect(page.locator("[data-stage=negotiating].is-over")).to_be_visible()
        page.mouse.up()
    else:
        card.locator("[data-move-button]").tap()
        page.locator("#board-move").get_by_role("button", name="移动").tap()
    refused = page.locator("#board-refused")
    expect(refused).to_contain_text("还不能进入「在谈」")
    expect(refused).to_contain_text("会谈记录")
    expect(refused.get_by_role("link", name="去补齐")).to_have_attribute(
        "href", f"/crm/projects/{number}/gate/negotiating"
    )
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(refused).to_be_hidden()
    expect(page.locator("[data-stage=reserve]").locator(f"#card-{number}")).to_be_visible()
    assert page.url.endswith("?at=reserve"), "the drag opened no page"


def test_the_phone_shows_one_batch_at_a_time(open_browser, width):
    page = open_browser("chief")
    open_board(page, width, at="signed")
    expect(page.locator("[data-stage=signed]")).to_be_visible()
    if width == "desktop":
        expect(page.locator("[data-stage=reserve]")).to_be_visible()
        return
    expect(page.locator("[data-stage=reserve]")).to_be_hidden()
    page.get_by_role("navigation", name="四个一批").get_by_text("开工").tap()
    expect(page.locator("[data-stage=building]")).to_be_visible()
    expect(page.locator("[data-stage=signed]")).to_be_hidden()
    assert_accessible(page)
