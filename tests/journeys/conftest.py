"""A real browser against the real application: one site per test process, seeded with the demonstration data."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from crm.app import create_app
from crm.infra.config import Settings, load_settings
from crm.infra.db import Database
from crm.services import reminders
from tests.demo import Prepared, prepared

__all__ = ["prepared"]

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True, slots=True)
class Site:
    """The running site: where it answers, and its database for what a browser cannot see."""

    url: str
    database: Database
    settings: Settings


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """The system's Chromium: no browser is downloaded."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    assert found, "no Chromium found: `make test` installs it, or apt-get install chromium"
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
    return {"executable_path": found, "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", *quiet]}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[Site]:
    """The application on SQLite with the district and the demonstration records, served on loopback."""
    folder = tmp_path_factory.mktemp("site")
    database = Database.from_url(f"sqlite:///{shutil.copy(prepared.path, folder / 'site.db')}")
    with database.writing() as session:
        reminders.plan(session, "liantu.example")
    settings = load_settings(
        {"LIANTU_DATA_DIR": str(folder), "LIANTU_SECRET_KEY": secrets.token_urlsafe(48), "LIANTU_DEMO": "1"}
    )
    app = create_app(settings, database)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", database, settings)
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
    database.dispose()


@pytest.fixture(params=["desktop", "phone"])
def width(request: pytest.FixtureRequest) -> str:
    """Each journey is walked at both widths."""
    return request.param


@pytest.fixture
def open_browser(site: Site, browser: Browser, width: str) -> Iterator[Callable[[str], Page]]:
    """`open_browser("officer")` gives a page signed in by the demo button of that role; every page error fails."""
    contexts, problems = [], []

    def open_as(role: str) -> Page:
        size = DESKTOP if width == "desktop" else PHONE
        context = browser.new_context(
            base_url=site.url, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=width == "phone"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if _is_problem(message) else None)
        page.goto("/crm/sign-in")
        page.locator(f"[data-demo-role={role}]").first.click()
        page.wait_for_url("**/crm/**")
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert problems == []


def _is_problem(message: object) -> bool:
    # A refused form answers 422, a duplicate 409, on purpose, and so does 401 a fragment still under way when its page
    # signs out; the browser says so in its console.
    return message.type == "error" and not any(code in message.text for code in ("401", "422", "409"))


#: A bar that stays in sight covers whatever is beneath it at the moment, and axe calls that too small; for axe bars lie
#: in their own places. That a field in use is never covered is asked by `assert_in_sight`.
_LAY_BARS = """(position) => document.querySelectorAll(".lt-top, .lt-savebar, .lt-tabbar")
  .forEach((bar) => bar.style.position = position)"""

_IN_SIGHT = """() => {
  const field = document.activeElement;
  const box = field.getBoundingClientRect();
  return [...document.querySelectorAll(".lt-top, .lt-savebar, .lt-tabbar")].every((bar) => {
    const over = bar.getBoundingClientRect();
    const beside = box.right <= over.left || box.left >= over.right;
    return bar.contains(field) || over.height === 0 || beside || box.bottom <= over.top || box.top >= over.bottom;
  });
}"""


def assert_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 A and AA on the page as it stands, and no sideways scrolling."""
    page.evaluate(_LAY_BARS, "static")
    results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    page.evaluate(_LAY_BARS, "")
    assert results.violations_count == 0, results.generate_report()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{page.url} scrolls sideways by {overflow} px"


def assert_in_sight(page: Page) -> None:
    """From the field in focus on by keyboard to the save bar, no field comes to lie under a bar (WCAG 2.4.11)."""
    fields = 0
    while not page.locator(".lt-savebar :focus").count():
        page.wait_for_function(_IN_SIGHT)
        page.keyboard.press("Tab")
        fields += 1
    assert fields > 10


def save_picture(page: Page, folder: Path, name: str) -> None:
    """A full-page screenshot, for people to look at; not compared."""
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)
