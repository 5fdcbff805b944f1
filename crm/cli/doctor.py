"""`python -m crm doctor`: what is configured, reachable, missing."""

from __future__ import annotations

import shutil
import smtplib
import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from crm.cli import session
from crm.infra.config import Settings, hide_password
from crm.infra.db import Database
from crm.infra.schema import current_revision, head_revision
from crm.services import health
from crm.services.health import Check


@click.command()
def doctor() -> None:
    """Print what this installation has; end with 1 when something it needs is broken."""
    settings = session.settings()
    _say("Python", f"{sys.version.split()[0]} ({sys.executable})")
    _say("data folder", str(settings.data_dir.resolve()))
    _say("database", settings.database_url_shown())
    _say("broker", hide_password(settings.redis_url) if settings.redis_url else "own Valkey, started by `up`")
    _say("public address", settings.public_url)
    _say(
        "mail", f"{settings.smtp_host}:{settings.smtp_port}" if settings.smtp_host else f"files in {settings.mail_dir}"
    )
    _say("demonstration mode", "on: anybody on this machine can sign in" if settings.demo else "off")
    checks = [_schema(settings), _writable(settings), *_smtp(settings), *_readiness(settings)]
    for check in checks:
        click.echo(f"{'ok     ' if check.good else 'MISSING'} {check.name}: {check.note}")
    # An embedded broker runs only while `up` does; one that was named must answer.
    needed = {"schema", "data folder", "smtp", "database"} | ({"broker"} if settings.redis_url else set())
    if any(not check.good and check.name in needed for check in checks):
        raise SystemExit(1)


def _say(name: str, value: str) -> None:
    click.echo(f"{name:>20}: {value}")


def _schema(settings: Settings) -> Check:
    try:
        current = current_revision(Database.from_url(settings.database_url).bind)
    except SQLAlchemyError as error:
        return Check("schema", False, f"the database cannot be reached ({type(error).__name__})")
    head = head_revision()
    if current == head:
        return Check("schema", True, head)
    return Check("schema", False, f"at {current or 'nothing'}, not {head}: run `python -m crm migrate`")


def _writable(settings: Settings) -> Check:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe = settings.data_dir / ".doctor"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        return Check("data folder", False, f"{settings.data_dir}: {error.strerror}")
    free = shutil.disk_usage(settings.data_dir).free // 2**20
    return Check("data folder", free > 200, f"writable, {free:,} MB free")


def _smtp(settings: Settings) -> list[Check]:
    if settings.smtp_host is None:
        return []
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=5) as line:
            line.noop()
    except (OSError, smtplib.SMTPException) as error:
        return [Check("smtp", False, f"{settings.smtp_host}:{settings.smtp_port} ({type(error).__name__})")]
    return [Check("smtp", True, "answers")]


def _readiness(settings: Settings) -> list[Check]:
    try:
        with Database.from_url(settings.database_url).reading() as opened:
            return health.readiness(opened, settings)
    except SQLAlchemyError as error:
        # Before the first migration there is nothing to read; the schema check says so.
        return [Check("readiness", False, f"cannot be read yet ({type(error).__name__})")]
