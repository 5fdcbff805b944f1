"""SQLite looks at its tables once in a while; PostgreSQL needs nobody to tell it."""

from __future__ import annotations

from sqlalchemy import text

from crm.infra.db import Database, make_engine


def test_tuning_tells_sqlite_which_index_is_worth_it(tmp_path):
    database = Database(make_engine(f"sqlite:///{tmp_path}/tune.db"))
    with database.writing() as session:
        session.execute(text("CREATE TABLE shelf (id INTEGER PRIMARY KEY, word TEXT)"))
        session.execute(text("CREATE INDEX ix_shelf_word ON shelf (word)"))
        session.execute(text("INSERT INTO shelf (word) VALUES ('a'), ('b')"))
    database.tune()
    with database.reading() as session:
        known = session.execute(text("SELECT idx FROM sqlite_stat1 WHERE tbl = 'shelf'")).scalars().all()
    assert known == ["ix_shelf_word"]
    database.dispose()


def test_tuning_may_be_asked_of_any_database(database):
    database.tune()
