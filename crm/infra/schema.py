"""Bringing the database to the schema of this release, with Alembic."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"

#: Full-text structures of the one or the other database, which no class stands for (`crm.models.search`).
_FULL_TEXT = re.compile(r"search_text(?:_\w+)?|ix_search_entry_tokens")


def is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Whether Alembic compares what it found in a database with the models."""
    return not (kind in ("table", "index") and name is not None and _FULL_TEXT.fullmatch(name))


def head_revision() -> str:
    """The newest revision, read from the files as text: importing Alembic or even SQLAlchemy would make a
    warm start wait.

    There is one head, which a test keeps: the revision that no other one comes after.
    """
    revisions: set[str] = set()
    followed: set[str] = set()
    for file in (SCRIPTS / "versions").glob("*.py"):
        text_of = file.read_text(encoding="utf-8")
        revisions.update(re.findall(r"^revision = [\"'](\w+)[\"']", text_of, flags=re.M))
        followed.update(re.findall(r"^down_revision = [\"'](\w+)[\"']", text_of, flags=re.M))
    heads = revisions - followed
    if len(heads) != 1:
        raise RuntimeError(f"there must be one newest migration, not {sorted(heads)}")
    return heads.pop()


def current_revision(engine: Engine) -> str | None:
    """The revision that the database says it has; None for an empty one."""
    from sqlalchemy import inspect, text

    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(engine: Engine, revision: str = "head", *, down: bool = False) -> None:
    """Walk the database up (or down) to `revision`. Everything happens in one transaction where the database can."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)
