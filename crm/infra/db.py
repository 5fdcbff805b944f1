"""The database and the only commit of the product.

`Database.writing()` is one unit of work: it commits once at the end and then runs what was put off until the data is
safe (queue messages). `Database.reading()` never writes. On SQLite a writer takes its lock at once (BEGIN IMMEDIATE):
plain BEGIN gave "database is locked" in spite of the time-out, and the driver's own transactions lost updates
(RELIABILITY §2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

#: Key in `Session.info` for callables that run once the commit has succeeded.
AFTER_COMMIT = "after_commit"

SQLITE_BUSY_MS = 15_000
POSTGRES_LOCK_MS = 10_000
POSTGRES_STATEMENT_MS = 60_000


def make_engine(url: str) -> Engine:
    """An engine with the manners that each database needs; `postgresql://` means psycopg 3."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        parsed,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=16,
        connect_args={"options": f"-c lock_timeout={POSTGRES_LOCK_MS} -c statement_timeout={POSTGRES_STATEMENT_MS}"},
    )


def gave_up_waiting(error: DBAPIError) -> bool:
    """Whether a statement ended because another writer kept its lock for longer than ours waits."""
    return getattr(error.orig, "sqlstate", None) == "55P03" or "database is locked" in str(error.orig)


def _tune_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself; `begin` below does.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # 16 MB instead of 2: the pages that an import of thousands of rows touches stay in memory until its commit.
    cursor.execute("PRAGMA cache_size=-16384")
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writer = connection.get_execution_options().get("writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")


class Database:
    """Opens sessions on one engine, or on one connection that a test holds in a transaction of its own."""

    def __init__(self, bind: Engine | Connection) -> None:
        self.bind = bind
        self._writers = bind.execution_options(writer=True) if isinstance(bind, Engine) else bind

    @classmethod
    def from_url(cls, url: str) -> Database:
        return cls(make_engine(url))

    @property
    def is_sqlite(self) -> bool:
        return self.bind.dialect.name == "sqlite"

    def open(self, *, writer: bool) -> Session:
        """A session that its caller ends with `finish`; prefer `reading` and `writing`."""
        return Session(
            self._writers if writer else self.bind,
            autoflush=True,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
            info={AFTER_COMMIT: []},
        )

    def finish(self, session: Session, *, commit: bool) -> None:
        """End a session from `open`: commit and then run what waited for it, or roll back."""
        try:
            if not commit:
                # Let go of the objects first: a rollback would expire them one by one, a tenth of a list's time.
                session.expunge_all()
                session.rollback()
                return
            session.commit()
        finally:
            session.close()
        for action in session.info[AFTER_COMMIT]:
            action()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for questions; whatever it changed is rolled back."""
        session = self.open(writer=False)
        try:
            yield session
        finally:
            self.finish(session, commit=False)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One unit of work: committed once when the block ends, rolled back when it raises."""
        session = self.open(writer=True)
        try:
            yield session
        except BaseException:
            self.finish(session, commit=False)
            raise
        self.finish(session, commit=True)

    def tune(self) -> None:
        """Let SQLite look at tables that have changed much, so that it chooses the right index: searching within a
        list of 100,000 leads took eight times as long without. PostgreSQL does this by itself."""
        if self.is_sqlite and isinstance(self.bind, Engine):
            with self.bind.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                # A thousand entries of each index say enough, and take milliseconds.
                connection.exec_driver_sql("PRAGMA analysis_limit=1000")
                connection.exec_driver_sql("ANALYZE")
                connection.exec_driver_sql("BEGIN")

    def dispose(self) -> None:
        """Forget pooled connections: after a fork they belong to the parent."""
        if isinstance(self.bind, Engine):
            self.bind.dispose()


def after_commit(session: Session, action: Callable[[], None]) -> None:
    """Run `action` once the unit of work is committed, never if it is rolled back. It must not raise."""
    session.info[AFTER_COMMIT].append(action)
