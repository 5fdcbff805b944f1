"""`python -m crm mail …` without any broker: a person, a promise, a digest in a file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result

from crm.cli.mail import mail
from crm.infra.db import Database
from tests.cast import make_cast
from tests.reminding import FRIDAY, MONDAY, at, follow_up, lead


@pytest.fixture
def command(own_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a command of the group on the test's own database."""
    url = own_database.bind.url.render_as_string(hide_password=False)
    monkeypatch.setenv("LIANTU_DATABASE_URL", url)
    monkeypatch.setenv("LIANTU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("LIANTU_REDIS_URL", raising=False)
    # A command leaves its connections to the end of its process; this process goes on.
    monkeypatch.setattr("crm.cli.mail.database", lambda: own_database)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(mail, list(arguments))

    return run


def test_run_once_plans_and_delivers_and_a_second_time_does_nothing(own_database: Database, command, tmp_path) -> None:
    with own_database.writing() as session:
        cast = make_cast(session)
        follow_up(session, lead(session, cast), at(FRIDAY, 15))
    with time_machine.travel(at(FRIDAY, 10), tick=False):
        first = command("run-once")
        second = command("run-once")
    assert first.exit_code == 0, first.output
    assert "1 reminders begun, 0 ended, 1 notices" in first.output
    assert "0 reminders begun, 0 ended, 0 notices, 0 mails" in second.output
    files = list((tmp_path / "var" / "mail").glob(f"{FRIDAY}-daily_digest-*.eml"))
    assert len(files) == 1
    with time_machine.travel(at(MONDAY, 10), tick=False):
        assert command("run-once").exit_code == 0
    assert len(list((tmp_path / "var" / "mail").glob("*daily_digest*.eml"))) == 2


def test_status_counts_and_a_mail_can_be_held_and_released_by_hand(own_database: Database, command) -> None:
    from crm.services import outbox

    with own_database.writing() as session:
        cast = make_cast(session)
        planned = outbox.Planned(
            recipient_id=cast.officer, kind="daily_digest", period="x", at=at(FRIDAY) - timedelta(days=9)
        )
        outbox.put(session, [planned], "example.org")
    assert "pending   1" in command("status").output
    assert command("hold", "1").output == "mail 1 is held\n"
    assert "held      1" in command("status").output
    again = command("hold", "1")
    assert (again.exit_code, "There is no mail 1" in again.output) == (1, True)
    assert command("release", "1").exit_code == 0
    assert command("retry", "1").exit_code == 0
    assert command("retry", "77").exit_code == 1
