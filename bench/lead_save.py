"""A lead logged by form until its page with matches stands: what an officer waits for, p50 and p95."""

from __future__ import annotations

import secrets
import tempfile
import time

from sqlalchemy import select

from bench.common import bench_settings, databases, emit, percentile, quick
from crm.app import create_app
from crm.infra.db import Database
from crm.models import Person
from crm.services import accounts
from crm.services.seed.demo import load_demo
from crm.services.seed.load import load_district

FORM = {
    "name": "示例企业{n}有限公司（示例）",
    "contact_name": "张三",
    "source": "phone",
    "content": "想租厂房，做体外诊断试剂",
    "employees": "86",
    "revenue": "6800万",
    "tenure": "rent",
    "area_min": "1200㎡",
    "area_target": "1400㎡",
    "area_max": "1600㎡",
    "budget": "45元/㎡/月",
    "floor_load": "0.5吨/平",
    "clear_height": "4米",
    "power": "100kVA",
    "env_class": "registration",
}


def measure(database: Database, rounds: int) -> list[float]:
    """Milliseconds from sending the form to the last byte of the lead's page, `rounds` times."""
    with database.writing() as session:
        load_district(session, "liwan")
        load_demo(session)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(bench_settings(folder), database)
        app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
        with database.writing() as session:
            officer = session.scalars(select(Person).where(Person.login == "demo-officer")).one()
            token = accounts.open_session(session, officer, hours=1)
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = token
        times = []
        for n in range(rounds + 3):
            form = {key: value.format(n=n) for key, value in FORM.items()} | {"request_id": secrets.token_hex(12)}
            start = time.perf_counter()
            saved = browser.post("/crm/leads/new", data=form)
            if saved.status_code != 302:
                raise SystemExit(f"the form was refused: {saved.status_code}\n{saved.get_data(as_text=True)[:4000]}")
            page = browser.get(saved.headers["Location"])
            times.append((time.perf_counter() - start) * 1000)
            if page.status_code != 200 or "match-row" not in page.get_data(as_text=True):
                raise SystemExit("the lead's page shows no matches")
    # The first rounds compile templates.
    return times[3:]


def main() -> None:
    rounds = 10 if quick() else 60
    with databases() as each:
        for name, database in each:
            times = measure(database, rounds)
            emit("lead_save_to_matches_p50_ms", percentile(times, 0.5), "ms", len(times), name)
            emit("lead_save_to_matches_p95_ms", percentile(times, 0.95), "ms", len(times), name)


if __name__ == "__main__":
    main()
