"""Commands that show mails, and the ticks that plan them: nothing leaves by showing, everything is planned by ticking."""

from __future__ import annotations

import re

import pytest
import time_machine
from click.testing import CliRunner
from sqlalchemy import func, select

from crm.cli import mail_preview
from crm.cli.mail import mail
from crm.models import OutboxMail, WeeklySnapshot
from tests.reporting import SENT, make_week
from workers.emails.kinds import KINDS


@pytest.fixture
def week(database, cast, settings, monkeypatch):
    """The tests' week on the tests' database, on its Monday."""
    from crm.cli import mail as mail_module

    for module in (mail_preview, mail_module):
        monkeypatch.setattr(module, "database", lambda: database)
        monkeypatch.setattr(module, "settings", lambda: settings)
    with time_machine.travel(SENT, tick=False):
        with database.writing() as session:
            make_week(session, cast)
        yield database


def run(*arguments: str):
    return CliRunner().invoke(mail, [*arguments], catch_exceptions=False)


def stored(database) -> tuple[int, int]:
    with database.reading() as session:
        return (
            session.scalar(select(func.count(OutboxMail.id))),
            session.scalar(select(func.count(WeeklySnapshot.id))),
        )


def test_a_dry_run_shows_every_mail_of_the_week_and_stores_nothing(week):
    done = run("weekly", "--week", "2026-W47", "--dry-run")
    assert done.exit_code == 0
    for heading in ("leader · leader", "officer · officer", "park · manager"):
        assert heading in done.output
    assert "尚未冻结，这是预览" in done.output
    assert stored(week) == (0, 0)


def test_a_dry_run_of_one_person_writes_both_forms(week, tmp_path):
    done = run("weekly", "--week", "2026-W47", "--dry-run", "--recipient", "manager", "--out", str(tmp_path))
    assert done.exit_code == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "2026-W47-park-manager.html",
        "2026-W47-park-manager.txt",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--week", "2026-W60", "--dry-run"), "is not an ISO week"),
        (("--dry-run", "--recipient", "nobody"), "gets no mail"),
        (("--week", "2026-W47"), "with --dry-run only"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(week, arguments, words):
    done = run("weekly", *arguments)
    assert done.exit_code == 1
    assert words in done.output


def test_without_dry_run_what_is_due_is_planned_once(week):
    assert "planned: 8 weekly mails" in run("weekly").output
    assert "planned: 0 weekly mails" in run("weekly").output
    assert stored(week) == (8, 1)


def test_run_once_plans_freezes_and_delivers_the_weekly_mails(week, settings):
    done = run("run-once")
    assert done.exit_code == 0
    files = list(settings.mail_dir.glob("*.eml"))
    kinds = {re.search(r"(weekly_\w+|daily_digest)", file.name)[1].partition("-")[0] for file in files}
    assert {"weekly_leader", "weekly_officer", "weekly_park"} <= kinds


def test_the_gallery_shows_each_kind_in_two_languages_and_two_widths(week, tmp_path):
    from crm.services import reminders

    with week.writing() as session:
        reminders.plan(session, "example.org")
    done = run("gallery", "--out", str(tmp_path))
    assert done.exit_code == 0
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    for kind in KINDS:
        for locale in ("zh", "en"):
            assert (tmp_path / f"{kind}-{locale}.html").stat().st_size > 2000
            assert index.count(f'src="{kind}-{locale}.html"') == 2
    assert 'width="640"' in index
    assert 'width="390"' in index


def test_the_planners_tick_plans_the_weekly_mails(week, settings, monkeypatch):
    from workers.jobs import planner

    monkeypatch.setattr(planner, "database", lambda: week)
    monkeypatch.setattr(planner, "settings", lambda: settings)
    planner.tick()
    with week.reading() as session:
        kinds = set(session.scalars(select(OutboxMail.kind)))
    assert {"weekly_leader", "weekly_officer", "weekly_park"} <= kinds
