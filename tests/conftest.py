"""Fixtures for all tests: real databases, the application, and the cast.

Both databases are migrated once per test process; each test runs on one connection inside a transaction that is
rolled back, so that commits of the product are savepoints. `database` is parametrised: every test that uses it (or
`app`, `client`, `cast`) runs on SQLite and on PostgreSQL. Tests that need real commits from several connections use
`own_database`.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine

from crm.infra import queue
from crm.infra.config import Settings, load_settings
from crm.infra.db import Database, make_engine
from crm.infra.schema import migrate
from crm.services import accounts
from tests.cast import Cast, make_cast
from tests.postgres import scratch_database, start_postgres

BACKENDS = ("sqlite", "postgresql")


# Without this the unconfigured logger draws tracebacks with the values of all variables: seconds for a failing page.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-database", action="store_true", help="run the tests of pages on both databases, too")


@pytest.fixture(scope="session", autouse=True)
def product_hasher() -> Iterator[PasswordHasher]:
    """The product's own hasher. Tests hash with the least Argon2id can do: its strength is its slowness."""
    strong, nobody = accounts.hasher, accounts._NOBODY
    accounts.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts._NOBODY = accounts.hasher.hash(secrets.token_urlsafe(24))
    yield strong
    accounts.hasher, accounts._NOBODY = strong, nobody


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of this test process's own, from the wheel."""
    with start_postgres(Path(tempfile.mkdtemp(prefix="liantu-pg-"))) as url:
        yield url


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Engine]]:
    """Migrated engines by backend, made when first asked for."""
    made: dict[str, Engine] = {}
    yield made
    for engine in made.values():
        engine.dispose()


def _engine(backend: str, engines: dict[str, Engine], request: pytest.FixtureRequest) -> Engine:
    if backend not in engines:
        if backend == "sqlite":
            folder = request.getfixturevalue("tmp_path_factory").mktemp("sqlite")
            engine = make_engine(f"sqlite:///{folder}/test.db")
        else:
            engine = make_engine(request.getfixturevalue("postgres_url"))
        migrate(engine)
        engines[backend] = engine
    return engines[backend]


@pytest.fixture(params=BACKENDS)
def database(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Iterator[Database]:
    """A migrated, empty database; whatever the test commits is gone afterwards."""
    engine = _engine(request.param, engines, request)
    with engine.execution_options(writer=True).connect() as connection:
        transaction = connection.begin()
        yield Database(connection)
        if transaction.is_active:
            transaction.rollback()


@pytest.fixture(params=BACKENDS)
def own_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database for this test alone, with real commits and as many connections as it likes."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path}/own.db"
        else:
            url = stack.enter_context(scratch_database(request.getfixturevalue("postgres_url")))
        engine = make_engine(url)
        stack.callback(engine.dispose)
        migrate(engine)
        yield Database(engine)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a test: nothing of the machine's own environment leaks in."""
    return load_settings(
        {
            "LIANTU_DATA_DIR": str(tmp_path / "var"),
            "LIANTU_SECRET_KEY": secrets.token_urlsafe(48),
            "LIANTU_PUBLIC_URL": "http://localhost",
            "LIANTU_DEMO": "1",
        }
    )


@pytest.fixture(scope="session")
def built() -> list[Flask]:
    """The application of this test process, once it was built: wiring 250 addresses takes longer than most tests."""
    return []


@pytest.fixture
def app(settings: Settings, database: Database, built: list[Flask]) -> Iterator[Flask]:
    """The web application on the test's database. CSRF is off here and has tests of its own.

    One application serves all tests of a process, each with its own settings, database and configuration; a test that
    adds to it builds one for itself.
    """
    from crm.app import create_app
    from crm.web import kit

    if not built:
        built.append(create_app(settings, database))
    app = built[0]
    before = dict(app.config)
    app.extensions.update(settings=settings, database=database)
    queue.connect(settings)
    kit.limiter.reset()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TESTING=True,
        WTF_CSRF_ENABLED=False,
        PROPAGATE_EXCEPTIONS=False,
        RATELIMIT_ENABLED=False,
    )
    yield app
    app.config.clear()
    app.config.update(before)


@pytest.fixture
def client(app):
    """A browser that nobody has signed in with yet."""
    return app.test_client()


@pytest.fixture
def cast(database: Database) -> Cast:
    """The cast: an officer, a colleague, an officer of another section, a chief, managers, a leader, and so on."""
    with database.writing() as session:
        return make_cast(session)


@pytest.fixture
def sign_in(app, database: Database):
    """`sign_in(person_id)` gives a browser signed in as that person, by a real server-side session."""
    from crm.models import Person
    from crm.services import accounts

    def browser(person_id: int):
        with database.writing() as session:
            token = accounts.open_session(session, session.get(Person, person_id), hours=1)
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return client

    return browser
