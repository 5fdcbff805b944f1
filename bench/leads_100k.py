"""What officers wait for at 10,000 and 100,000 leads: list, search, one lead, logging; over HTTP, one and eight clients.

The product runs as in production: gunicorn with two workers, keep-alive connections over loopback. `--quick` takes
2,000 leads. Clients and servers share the machine's cores, so that figures of eight clients are those of both.
"""

from __future__ import annotations

import http.client
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from bench.common import databases, emit, median, quick
from bench.start import ROOT, answers, free_port
from bench.world import World, make
from crm.app import create_app
from crm.infra.config import load_settings
from crm.infra.db import Database
from crm.models import Person
from crm.services import accounts
from tests.statements import counted

WORKERS, THREADS = 2, 4
LIST = "/crm/leads/"
FORM = {
    "source": "phone",
    "content": "想租厂房，做体外诊断试剂",
    "tenure": "rent",
    "area_min": "1200㎡",
    "area_target": "1400㎡",
    "area_max": "1600㎡",
    "budget": "45元/㎡/月",
    "contact_name": "张三",
}
#: Two characters each, as people type them, with a filter beside.
WORDS = ("诊断", "机器", "荔珠", "博瑞", "材料", "食品", "星辰", "低空")


class Browser:
    """One keep-alive connection with the officer's cookie."""

    def __init__(self, port: int, cookie: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = cookie
        self.token = ""
        self.used = time.monotonic()

    def get(self, address: str) -> str:
        return self._ask("GET", address, None, 200)

    def log_lead(self) -> None:
        """Log one lead by the form; the token is read once, as a browser that stays open has it."""
        if not self.token:
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/crm/leads/new"))
            self.token = found[1] if found else ""
        name = f"压测{secrets.token_hex(5)}科技有限公司（示例）"
        form = FORM | {"csrf_token": self.token, "request_id": secrets.token_hex(12), "name": name}
        self._ask("POST", "/crm/leads/new", urlencode(form), 302)

    def _ask(self, method: str, address: str, body: str | None, expected: int) -> str:
        headers = {"Cookie": self.cookie, "Host": "127.0.0.1"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        # The server hangs up on who was silent for five seconds; a browser then calls again.
        if time.monotonic() - self.used > 2:
            self.line.close()
        self.line.request(method, address, body=body, headers=headers)
        answer = self.line.getresponse()
        text = answer.read().decode()
        self.used = time.monotonic()
        for header in answer.headers.get_all("Set-Cookie") or ():
            self.cookie = header.split(";")[0]
        if answer.status != expected:
            raise SystemExit(f"{method} {address}: {answer.status}\n{text[:2000]}")
        return text


@contextmanager
def served(url: str, folder: Path, database: Database, officer_id: int) -> Iterator[tuple[int, str]]:
    """The product on a port of its own, and a cookie of the officer."""
    port = free_port()
    env = {
        "LIANTU_DATA_DIR": str(folder),
        "LIANTU_DATABASE_URL": url,
        "LIANTU_SECRET_KEY": secrets.token_urlsafe(48),
        "LIANTU_DEMO": "1",
        "LIANTU_BIND": f"127.0.0.1:{port}",
    }
    app = create_app(load_settings(env), database)
    with database.writing() as session:
        token = accounts.open_session(session, session.get_one(Person, officer_id), hours=4)
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = token
    made = browser.get_cookie("liantu")
    command = [sys.executable, "-m", "gunicorn", "-c", "python:crm.infra.gunicorn", "-k", "gthread"]
    command += ["-w", str(WORKERS), "--threads", str(THREADS), "-b", f"127.0.0.1:{port}", "crm.app:create_app()"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("LIANTU_")}
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(command, cwd=ROOT, env=clean | env, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}/"):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit((folder / "server.log").read_text()[-3000:])
            time.sleep(0.1)
        yield port, f"liantu={made.value if made else ''}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()


def times(act: Callable[[Browser, int], object], browsers: list[Browser], rounds: int) -> list[float]:
    """Milliseconds of every single answer; each browser does its share, all at once."""

    def run(browser: Browser, first: int) -> list[float]:
        found = []
        for n in range(rounds // len(browsers)):
            start = time.perf_counter()
            act(browser, first + n)
            found.append((time.perf_counter() - start) * 1000)
        return found

    with ThreadPoolExecutor(len(browsers)) as pool:
        parts = [pool.submit(run, browser, at * rounds) for at, browser in enumerate(browsers)]
        return [each for part in parts for each in part.result()]


def measure(name: str, world: World, port: int, cookie: str, rounds: int, suffix: str) -> None:
    """All figures of one size on one database."""

    def address(n: int) -> str:
        return f"/crm/leads/{world.lead_ids[n % len(world.lead_ids)]}"

    pages: dict[str, Callable[[Browser, int], object]] = {
        "lead_list": lambda browser, _n: browser.get(LIST),
        "lead_search": lambda browser, n: browser.get(f"{LIST}?state=open&q={quote(WORDS[n % len(WORDS)])}"),
        "lead_open": lambda browser, n: browser.get(address(n)),
    }
    for clients in (1, 8):
        browsers = [Browser(port, cookie) for _ in range(clients)]
        more = f"{suffix}_8_clients" if clients == 8 else suffix
        for page, act in pages.items():
            # The first answers compile templates and read the inventory in both workers.
            times(act, browsers, 8 * clients)
            found = times(act, browsers, rounds * clients)
            emit(f"{page}_p50{more}_ms", median(found), "ms", len(found), name)
        for browser in browsers:
            browser.log_lead()
        start = time.perf_counter()
        made = len(times(lambda browser, _n: browser.log_lead(), browsers, rounds * clients))
        per_second = made / (time.perf_counter() - start)
        emit(f"lead_create{more.replace('_8_clients', '')}_per_s" if clients == 8 else
             f"lead_create{suffix}_1_client_per_s", per_second, "1/s", made, name)  # fmt: skip


def statements(name: str, database: Database, world: World, folder: Path, suffix: str) -> None:
    """SQL statements of the first page and of one lead, from the officer's second visit on."""
    settings = load_settings(
        {"LIANTU_DATA_DIR": str(folder), "LIANTU_SECRET_KEY": secrets.token_urlsafe(48), "LIANTU_DEMO": "1"}
    )
    app = create_app(settings, database)
    with database.writing() as session:
        token = accounts.open_session(session, session.get_one(Person, world.officer_id), hours=4)
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = token
    for figure, address in (("statements_list", LIST), ("statements_record", f"/crm/leads/{world.lead_ids[0]}")):
        browser.get(address)
        with counted() as seen:
            browser.get(address)
        emit(f"{figure}{suffix}", len(seen), "statements", 1, name)


def main() -> None:
    short = quick()
    sizes = ((2_000, ""),) if short else ((10_000, "_10k"), (100_000, ""))
    rounds = 20 if short else 100
    for count, suffix in sizes:
        with databases() as each, tempfile.TemporaryDirectory() as folder:
            for name, database in each:
                started = time.perf_counter()
                world = make(database, count)
                emit(f"world_made{suffix}_s", time.perf_counter() - started, "s", count, name)
                url = database.bind.engine.url.render_as_string(hide_password=False)
                with served(url, Path(folder), database, world.officer_id) as (port, cookie):
                    measure(name, world, port, cookie, rounds, suffix)
                statements(name, database, world, Path(folder), suffix)


if __name__ == "__main__":
    main()
