"""The panorama of a chain with 1,500 firms: what the server takes, and until a browser shows all of it.

Names of figures: `panorama_1500_server_p50_ms` (warm, as nearly every call), `panorama_1500_cold_ms` (the first call
after a change of any map), `panorama_1500_readable_p50_ms` (from the click until the cards are painted, in Chromium on
the same machine; left out where there is none), `panorama_1500_page_kb`.
"""

from __future__ import annotations

import logging
import random
import shutil
import tempfile
import threading
import time
from datetime import timedelta

from playwright.sync_api import sync_playwright
from sqlalchemy import insert, select
from werkzeug.serving import make_server

from bench.common import bench_settings, databases, emit, median, quick
from crm.app import create_app
from crm.domain.policies import Tier
from crm.infra.clock import today
from crm.infra.db import Database
from crm.models import Chain, Enterprise, Person, Placement, Segment
from crm.services import accounts
from crm.services.seed.demo import load_demo
from crm.services.seed.load import load_district

FIRMS, CHAIN = 1_500, "biomedicine"
#: Clear of the ids of the demonstration.
_FIRST_ID = 1_000_000
_PAINTED = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return Math.max(paint, performance.getEntriesByType("navigation")[0].domInteractive);
}"""


def fill(database: Database) -> int:
    """1,500 invented firms on the chain's segments, the same ones every time; how many segments there are."""
    dice = random.Random(11)
    with database.writing() as session:
        load_district(session, "liwan")
        load_demo(session)
        rows = session.scalars(select(Segment).join(Chain).where(Chain.key == CHAIN).order_by(Segment.id)).all()
        leaves = [row.id for row in rows if row.id not in {each.parent_id for each in rows}]
        ids = range(_FIRST_ID, _FIRST_ID + FIRMS)
        tiers = dice.choices((Tier.MATURE, Tier.GROWTH, Tier.INCUBATION), (8, 32, 60), k=FIRMS)
        session.execute(
            insert(Enterprise),
            [
                {"id": n, "name": f"示例第{n}号有限公司（示例）", "normalised_name": f"示例第{n}号", "core_name": f"第{n}号",
                 "titles": [], "sections": [], "tier": tier, "version": 1, "is_demo": True}
                for n, tier in zip(ids, tiers, strict=True)
            ],
        )  # fmt: skip
        session.execute(
            insert(Placement),
            [
                {"enterprise_id": n, "segment_id": dice.choice(leaves), "is_leader": dice.random() < 0.01, "source": "示例",
                 "surveyed_on": today() - timedelta(days=dice.randrange(500)), "is_demo": True}
                for n in ids
            ],
        )  # fmt: skip
    return len(leaves)


def on_server(database: Database, app, token: str, rounds: int) -> tuple[float, list[float], int]:
    """Milliseconds of the first call after a change, of warm calls, and the bytes of the page."""
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = token
    address = f"/crm/chains/{CHAIN}"
    browser.get(address)  # compiles templates
    with database.writing() as session:
        session.scalars(select(Placement).where(Placement.enterprise_id == _FIRST_ID)).one().source = "示例，复核"
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        page = browser.get(address)
        times.append((time.perf_counter() - start) * 1000)
        if page.status_code != 200 or "pano-card" not in page.get_data(as_text=True):
            raise SystemExit(f"the panorama answered {page.status_code}")
    return times[0], times[1:], len(page.data)


def in_browser(app, rounds: int) -> list[float]:
    """Milliseconds from asking for the page until all of it stands on the screen; [] without a browser."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        return []
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    times = []
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(base_url=f"http://127.0.0.1:{server.server_port}", locale="zh-CN").new_page()
        page.goto("/crm/sign-in")
        page.locator("[data-demo-role=officer]").first.click()
        page.wait_for_url("**/crm/**")
        for _ in range(rounds + 1):
            page.goto(f"/crm/chains/{CHAIN}")
            page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
            times.append(page.evaluate(_PAINTED))
        browser.close()
    server.shutdown()
    # The first time fetches stylesheets and scripts, which stay for a year.
    return times[1:]


def main() -> None:
    rounds = 5 if quick() else 40
    with databases() as each:
        for name, database in each:
            segments = fill(database)
            with tempfile.TemporaryDirectory() as folder:
                app = create_app(bench_settings(folder), database)
                app.config.update(RATELIMIT_ENABLED=False)
                with database.writing() as session:
                    officer = session.scalars(select(Person).where(Person.login == "demo-officer")).one()
                    token = accounts.open_session(session, officer, hours=1)
                cold, warm, size = on_server(database, app, token, rounds)
                emit("panorama_1500_server_p50_ms", median(warm), "ms", len(warm), name)
                emit("panorama_1500_cold_ms", cold, "ms", segments, name)
                emit("panorama_1500_page_kb", size / 1024, "kB", segments, name)
                shown = in_browser(app, min(rounds, 10))
                if shown:
                    emit("panorama_1500_readable_p50_ms", median(shown), "ms", len(shown), name)


if __name__ == "__main__":
    main()
