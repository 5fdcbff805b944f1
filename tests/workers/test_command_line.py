"""`python -m crm`: commands are found by name; doctor tells what works and keeps secrets; migrate is repeatable."""

from __future__ import annotations

import importlib
import os
import secrets
import time
from io import BytesIO
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from crm.cli import COMMANDS, main
from crm.infra.schema import head_revision
from crm.infra.storage import FileStore
from crm.infra.valkey import free_port


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`crm("doctor", NAME=value)` runs a command with an environment of its own; gives exit code and output."""
    for name in [n for n in os.environ if n.startswith("LIANTU_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str, **given: str) -> tuple[int, str]:
        env = {"LIANTU_DATA_DIR": str(tmp_path / "var")} | {f"LIANTU_{name}": value for name, value in given.items()}
        result = CliRunner().invoke(main, list(arguments), env=env)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result.exit_code, result.output

    return run


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_listed_command_exists(name):
    command = getattr(importlib.import_module(COMMANDS[name][0]), name)
    assert isinstance(command, click.Command)
    assert command.help


def test_help_lists_every_command(crm):
    code, said = crm("--help")
    assert code == 0
    assert all(name in said for name in COMMANDS)


def test_an_unknown_command_is_a_sentence(crm):
    code, said = crm("brew")
    assert code == 2
    assert "No such command 'brew'" in said


def test_doctor_names_what_is_missing_before_the_first_start(crm):
    code, said = crm("doctor")
    assert code == 1
    assert "MISSING schema: at nothing" in said
    assert "run `python -m crm migrate`" in said
    assert "ok      data folder" in said


def test_doctor_is_content_after_migrate_and_migrate_may_be_repeated(crm, tmp_path):
    assert crm("migrate") == (0, f"The database went from empty to {head_revision()}.\n")
    assert crm("migrate") == (0, f"The database is at {head_revision()} already.\n")
    code, said = crm("doctor")
    assert code == 0, said
    assert f"ok      schema: {head_revision()}" in said
    assert "files in" in said


def test_doctor_fails_on_a_relay_that_does_not_answer(crm):
    crm("migrate")
    code, said = crm("doctor", SMTP_HOST="127.0.0.1", SMTP_PORT=str(free_port()), SMTP_SECURITY="none")
    assert code == 1
    assert "MISSING smtp" in said


def test_doctor_fails_on_a_database_that_does_not_answer_and_on_a_broker_that_is_configured(crm):
    code, said = crm("doctor", DATABASE_URL=f"postgresql://liantu@127.0.0.1:{free_port()}/liantu")
    assert code == 1
    assert "MISSING schema: the database cannot be reached" in said
    crm("migrate")
    code, said = crm("doctor", REDIS_URL=f"redis://127.0.0.1:{free_port()}/0", SECRET_KEY=secrets.token_urlsafe(48))
    assert code == 1
    assert "MISSING broker" in said


def test_doctor_shows_no_secret(crm):
    crm("migrate")
    password, key = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
    _code, said = crm(
        "doctor",
        DATABASE_URL=f"postgresql://liantu:{password}@127.0.0.1:{free_port()}/liantu",
        REDIS_URL=f"redis://:{password}@127.0.0.1:{free_port()}/0",
        SECRET_KEY=key,
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=str(free_port()),
        SMTP_USER="liantu",
        SMTP_PASSWORD=password,
    )
    assert password not in said
    assert key not in said
    assert "***" in said


def test_bad_settings_end_a_command_with_sentences(crm):
    code, said = crm("doctor", LOCALE="fr", DEMO="perhaps")
    assert code == 1
    assert "LIANTU_LOCALE must be" in said
    assert "LIANTU_DEMO must be" in said


def test_the_newest_migration_is_what_alembic_takes_for_it():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from crm.infra.schema import SCRIPTS

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    assert ScriptDirectory.from_config(config).get_heads() == [head_revision()]


def test_the_search_index_is_rebuilt_by_a_command(crm, tmp_path):
    from crm.infra.db import Database
    from crm.models import SearchEntry

    assert crm("migrate")[0] == 0
    assert crm("seed")[0] == 0
    database = Database.from_url(f"sqlite:///{tmp_path}/var/liantu.sqlite3")
    with database.reading() as session:
        kept = session.query(SearchEntry).count()
    database.dispose()
    code, said = crm("search", "rebuild")
    assert code == 0
    counts = [int(line.partition(": ")[2]) for line in said.splitlines()]
    assert sum(counts) == kept > 300


def test_files_that_no_record_knows_are_swept_once_they_are_a_day_old(crm, tmp_path):
    assert crm("migrate")[0] == 0
    store = FileStore(tmp_path / "var" / "files")
    old, new = (store.put(BytesIO(b"x"), most=10).name for _n in range(2))
    yesterday = time.time() - 25 * 3600
    os.utime(store.path(old), (yesterday, yesterday))
    code, said = crm("files", "sweep")
    assert (code, said) == (0, "1 files without a record deleted.\n")
    assert list(store.names()) == [new]
