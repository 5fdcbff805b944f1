"""A database with the district and the demonstration, loaded once a backend for all tests that look at it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.infra.db import Database, make_engine
from crm.infra.schema import migrate
from crm.models import Base
from crm.services.seed.demo import load_demo
from crm.services.seed.load import load_district
from tests.conftest import BACKENDS
from tests.postgres import scratch_database

#: Trails that outlive what they tell of, and the stamp that every change of the inventory renews.
TRAILS = {"audit_entry", "audit_head", "inventory_stamp"}
#: Rows that the demonstration changes and changes back have a later version, and were changed later.
CHANGED_BACK = {"chain": {"version", "updated_at"}, "segment": {"version", "updated_at"}}


@dataclass(frozen=True, slots=True)
class Loaded:
    """The database, and what every table held before the demonstration came."""

    database: Database
    before: dict[str, str]

    @contextmanager
    def undone(self) -> Iterator[Database]:
        """For a test that changes things: they are taken back."""
        with self.database.bind.execution_options(writer=True).connect() as connection:
            transaction = connection.begin()
            yield Database(connection)
            transaction.rollback()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A SQLite file with the demonstration, to be copied and never opened, and the fingerprints of what was before."""

    path: Path
    before: dict[str, str]

    @property
    def district(self) -> Path:
        """The file with the district alone."""
        return self.path.with_name("district.db")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Prepared:
    """Built once a run, by whichever test process asks first; the others wait for it."""
    base = tmp_path_factory.getbasetemp()
    folder = base if worker_id == "master" else base.parent
    path, told = folder / "prepared.db", folder / "prepared.json"
    with (folder / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            database = Database.from_url(f"sqlite:///{path}")
            before = _load_district(database)
            _checkpoint(database)
            shutil.copy(path, path.with_name("district.db"))
            _load_demo(database)
            _checkpoint(database)
            database.dispose()
            told.write_text(json.dumps(before), encoding="utf-8")
    return Prepared(path, json.loads(told.read_text(encoding="utf-8")))


@pytest.fixture(scope="session", params=BACKENDS)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """The demonstration on a database of its own with real commits, so that it keeps no other test waiting."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            file: Prepared = request.getfixturevalue("prepared")
            database, before = _copied(stack, file.path, tmp_path_factory), file.before
        else:
            database = _scratch(stack, request)
            before = _load_district(database)
            _load_demo(database)
        yield Loaded(database, before)


@pytest.fixture(scope="session", params=BACKENDS)
def settled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """The district alone, likewise."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            file: Prepared = request.getfixturevalue("prepared")
            database, before = _copied(stack, file.district, tmp_path_factory), file.before
        else:
            database = _scratch(stack, request)
            before = _load_district(database)
        yield Loaded(database, before)


def _copied(stack: ExitStack, file: Path, tmp_path_factory: pytest.TempPathFactory) -> Database:
    return _opened(stack, f"sqlite:///{shutil.copy(file, tmp_path_factory.mktemp('copied') / 'copy.db')}")


def _scratch(stack: ExitStack, request: pytest.FixtureRequest) -> Database:
    return _opened(stack, stack.enter_context(scratch_database(request.getfixturevalue("postgres_url"))))


def _opened(stack: ExitStack, url: str) -> Database:
    engine = make_engine(url)
    stack.callback(engine.dispose)
    return Database(engine)


def _load_district(database: Database) -> dict[str, str]:
    """The district into an empty database; returns the fingerprints."""
    migrate(database.bind)
    with database.writing() as session:
        load_district(session)
    return fingerprints(database)


def _load_demo(database: Database) -> None:
    with database.writing() as session:
        load_demo(session)


def _checkpoint(database: Database) -> None:
    """Everything into the one file, for a copy of it."""
    with database.bind.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def fingerprints(database: Database) -> dict[str, str]:
    """For each table the number and the hash of its rows with all their values."""
    found = {}
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in TRAILS:
                columns = [each for each in table.c if each.name not in CHANGED_BACK.get(table.name, ())]
                rows = sorted(repr(tuple(row)) for row in session.execute(select(*columns)))
                found[table.name] = f"{len(rows)}:{hashlib.sha256(repr(rows).encode()).hexdigest()}"
    return found
