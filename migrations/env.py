"""Runs the migrations on the connection that `crm.infra.schema.migrate` hands over.

SQLite cannot alter most of a table, so Alembic copies it (batch mode); with foreign keys on, dropping the old copy
would delete child rows by cascade. Keys are therefore off during the walk and checked afterwards. On PostgreSQL two
walkers wait for each other on an advisory lock, and no statement waits for ever.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.sql import functions
from sqlalchemy.sql.elements import False_, True_

from crm.infra.schema import is_modelled
from crm.models import Base
from crm.models.base import EnumText, Instant

ADVISORY_LOCK = 7_315_001


def plain_type(kind: str, item: object, _context: object) -> str | bool:
    """Write our column types as what the database sees: a migration must not change when the product's code does."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, EnumText):
        return "sa.String(length=32)"
    if kind == "server_default":
        # Written as expressions: the literal that one database understands is an error on the other.
        for shape, text in ((False_, "sa.false()"), (True_, "sa.true()"), (functions.now, "sa.func.now()")):
            if isinstance(getattr(item, "arg", None), shape):
                return text
    return False


def run(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.exec_driver_sql("ROLLBACK") if connection.in_transaction() else None
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        connection = connection.execution_options(writer=True)
    else:
        connection.exec_driver_sql("SET lock_timeout = '10s'")
        connection.exec_driver_sql("SET statement_timeout = '300s'")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,
        compare_type=True,
        render_item=plain_type,
        include_name=is_modelled,
        transaction_per_migration=False,
    )
    try:
        with context.begin_transaction():
            if not sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
            context.run_migrations()
            if sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"migration left rows without their parents: {broken[:5]}")
        connection.commit()
    finally:
        if sqlite:
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


run(context.config.attributes["connection"])
