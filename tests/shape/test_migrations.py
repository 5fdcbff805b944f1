"""Migrations: one head, models equal tables, and up → down → up with data on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text

from crm.infra.schema import SCRIPTS, current_revision, head_revision, is_modelled, migrate
from crm.models import Base, Person
from tests.cast import make_cast


def test_there_is_one_head_and_it_is_found_without_alembic():
    assert ScriptDirectory(str(SCRIPTS)).get_heads() == [head_revision()]


def test_models_and_migrated_tables_agree(own_database):
    with own_database.bind.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_modelled})
        assert compare_metadata(context, Base.metadata) == []


def test_every_step_walks_down_and_up_again_with_data(own_database):
    engine = own_database.bind
    with own_database.writing() as session:
        make_cast(session)
        people = session.scalar(select(func.count()).select_from(Person))
    steps = [revision.revision for revision in ScriptDirectory(str(SCRIPTS)).walk_revisions()]
    for revision in steps[:-1]:
        migrate(engine, "-1", down=True)
        assert current_revision(engine) != revision
    migrate(engine)
    assert current_revision(engine) == head_revision()
    with own_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == people
    migrate(engine, "base", down=True)
    with engine.connect() as connection:
        left = set(Base.metadata.tables) & set(
            connection.dialect.get_table_names(connection)  # what the database still has
        )
        assert left == set()
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 0
    migrate(engine)
    assert current_revision(engine) == head_revision()


def test_every_column_says_why_it_exists():
    """`#:` above each column: read from the source, because the comment is for the reader of the source."""
    import inspect
    import re

    import crm.models as models

    silent = []
    for name in models.__all__:
        source = inspect.getsource(inspect.getmodule(getattr(models, name)))
        lines = source.splitlines()
        for number, line in enumerate(lines):
            if re.match(r"\s+\w+: Mapped\[.*mapped_column\(", line) and not lines[number - 1].strip().startswith("#:"):
                silent.append(f"{name}: {line.strip()}")
    assert silent == []
