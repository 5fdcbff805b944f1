"""`python -m crm migrate`: the database is brought to the schema of this release."""

from __future__ import annotations

import click

from crm.cli import session
from crm.infra.db import Database, make_engine
from crm.infra.schema import current_revision, head_revision
from crm.infra.schema import migrate as walk
from crm.services import search


@click.command()
def migrate() -> None:
    """Walk the database up to the newest revision; nothing happens when it is there."""
    engine = make_engine(session.settings().database_url)
    before, head = current_revision(engine), head_revision()
    if before == head:
        click.echo(f"The database is at {head} already.")
        return
    walk(engine)
    with Database(engine).writing() as opened:
        search.fill(opened)
    click.echo(f"The database went from {before or 'empty'} to {head}.")
