"""`python -m crm up`: web, worker, beat and an embedded Valkey under one command.

Order of starting: database, Valkey and web, then beat and worker once the page answers. Order of stopping:
web (answers what it has begun), beat (no new ticks), worker (finishes its jobs), Valkey (saves).
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from crm.cli import session
from crm.infra import processes, valkey
from crm.infra.config import Settings
from crm.infra.schema import head_revision
from crm.infra.supervisor import Child, DataLock, StartError, Supervisor, python

if TYPE_CHECKING:  # the database's modules are loaded late: a warm start has no time for them here
    from crm.infra.db import Database

#: A first start on a slow machine compiles every module.
WEB_PATIENCE = 60.0


@click.command()
@click.option("--end-with-parent", is_flag=True, help="Stop when the process that started this one dies.")
def up(end_with_parent: bool) -> None:
    """Start everything and stay until Ctrl-C."""
    if end_with_parent:
        processes.end_with_parent()
    settings = session.settings()
    lock = DataLock(settings.data_dir)
    try:
        # The lock first: a second start on this folder should hear so, not that its port is taken.
        lock.take()
        settings = replace(settings, port=_port(settings))
        address = f"http://{_bracketed(settings.host)}:{settings.port}/"
        lock.note(address)
        _prepare(settings)
        _run(settings, address)
    except (StartError, valkey.ValkeyError) as error:
        raise click.ClickException(str(error)) from None
    finally:
        lock.release()


def _port(settings: Settings) -> int:
    """The port to serve on: the wished one if it is free, any for 0."""
    if settings.port == 0:
        return valkey.free_port()
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise StartError(
                f"端口 {settings.port} 已被占用，请停掉占用者，或设 LIANTU_BIND={settings.host}:0 用任意空闲端口。 / "
                f"Port {settings.port} cannot be used: {error.strerror}."
            ) from None
    return settings.port


def _is_warm(settings: Settings) -> bool:
    """Whether a SQLite file is at this release's schema and holds something: seen without SQLAlchemy, whose import
    would cost every start a third of a second and this process half of its memory."""
    file = settings.database_url.removeprefix("sqlite:///")
    if not settings.is_sqlite or not os.path.exists(file):
        return False
    try:
        with closing(sqlite3.connect(file, timeout=5)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            held = connection.execute("SELECT EXISTS (SELECT 1 FROM platform) OR EXISTS (SELECT 1 FROM person)")
            return found == (head_revision(),) and bool(held.fetchone()[0])
    except sqlite3.Error:
        return False  # the long way finds out what it is


def _prepare(settings: Settings) -> None:
    """Schema and, in an empty database, the district (and demonstration records in demo mode)."""
    if _is_warm(settings):
        return
    from crm.infra.db import Database
    from crm.infra.schema import current_revision, migrate

    database = Database.from_url(settings.database_url)
    if current_revision(database.bind) != head_revision():
        click.echo("正在更新数据库结构 / Migrating the database")
        migrate(database.bind)
        from crm.services import search

        with database.writing() as opened:
            search.fill(opened)
    from crm.services.seed.state import is_empty

    with database.reading() as opened:
        empty = is_empty(opened)
    if empty:
        click.echo("正在载入区里的数据 / Loading the district's data")
        _seed(database, settings)
    database.dispose()


def _seed(database: Database, settings: Settings) -> None:
    from crm.services.seed.load import load_district

    with database.writing() as opened:
        load_district(opened, settings.district)
        if settings.demo:
            from crm.services import reminders
            from crm.services.seed.demo import load_demo

            load_demo(opened)
            # The desks of the demonstration say at once what is due, before the first tick.
            reminders.plan(opened, settings.mail_from.rpartition("@")[2])


def _environment(settings: Settings, redis_url: str) -> dict[str, str]:
    """What the children read: the same settings, with the broker, the key and the port that were chosen."""
    chosen_from_files = {"LIANTU_REDIS_URL_FILE", "LIANTU_SECRET_KEY_FILE"}
    return {
        **{name: value for name, value in os.environ.items() if name not in chosen_from_files},
        "LIANTU_REDIS_URL": redis_url,
        "LIANTU_SECRET_KEY": settings.secret_key,
        "LIANTU_BIND": f"{_bracketed(settings.host)}:{settings.port}",
        "LIANTU_PUBLIC_URL": _public_url(settings),
        "PYTHONUNBUFFERED": "1",
    }


def _public_url(settings: Settings) -> str:
    given = os.environ.get("LIANTU_PUBLIC_URL")
    return given or f"http://{_bracketed(settings.host)}:{settings.port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _run(settings: Settings, address: str) -> None:
    supervisor = Supervisor(settings.log_dir, lambda sentence: click.echo(sentence, err=True))
    supervisor.catch_signals()
    server = None
    try:
        redis_url = settings.redis_url
        if redis_url is None:
            with supervisor.open_log("valkey") as log:
                server = valkey.start(settings.data_dir / "valkey", log=log)
            redis_url = server.url
        env = _environment(settings, redis_url)
        supervisor.start(_web(settings, env))
        if server is not None:
            valkey.wait(server)
        # On a small machine four starting processes would make the page late: it comes first.
        _wait_for_web(supervisor, address)
        if not supervisor.stopping:
            supervisor.start(_beat(settings, env))
            supervisor.start(_worker(settings, env))
            click.echo(f"链图招商已启动 / LianTu is up: {address}")
            if settings.demo:
                click.echo("演示数据均为示例；登录页可一键选角色 / Demonstration data; pick a role on the sign-in page")
            click.echo("Ctrl-C 停止 / stops everything")
        supervisor.watch(lambda: server is not None and server.process.poll() is not None)
        if server is not None and server.process.poll() is not None and not supervisor.stopping:
            raise StartError("内置 Valkey 意外退出，请看 log/valkey.log。 / The embedded Valkey ended.")
    finally:
        click.echo("正在停止 / Stopping")
        supervisor.stop()
        if server is not None:
            server.stop()


def _web(settings: Settings, env: Mapping[str, str]) -> Child:
    bind = f"{_bracketed(settings.host)}:{settings.port}"
    argv = python(
        "-m", "gunicorn", "-c", "python:crm.infra.gunicorn", "-k", "gthread", "-b", bind,
        "--workers", str(settings.web_workers), "--threads", str(settings.web_threads),
        "--graceful-timeout", "10", "--log-level", "warning", "crm.app:create_app()",
    )  # fmt: skip
    return Child("web", argv, env, patience=12)


def _beat(settings: Settings, env: Mapping[str, str]) -> Child:
    argv = python("-m", "celery", "-A", "workers.app:celery", "beat", "--pidfile=", "-l", "warning")
    return Child("beat", argv, env, patience=5)


def _worker(settings: Settings, env: Mapping[str, str]) -> Child:
    argv = python(
        "-m", "celery", "-A", "workers.app:celery", "worker", "-P", "threads",
        "-c", str(settings.worker_concurrency), "-l", "info", "--without-gossip", "--without-mingle",
    )  # fmt: skip
    # A warm shutdown would wait for a broker that died with us: an orphaned worker ends at once instead.
    return Child("worker", argv, env, patience=20, orphan_signal=signal.SIGKILL)


def _wait_for_web(supervisor: Supervisor, address: str) -> None:
    end = time.monotonic() + WEB_PATIENCE
    supervisor.watch(lambda: _answers(address) or time.monotonic() > end)
    if not supervisor.stopping and not _answers(address):
        raise StartError(
            f"网站在 {WEB_PATIENCE:.0f} 秒内没有应答，请看 log/web.log。 / The web server does not answer."
        )


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}healthz", timeout=1) as answer:  # noqa: S310 - our own loopback address
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
