"""`python -m crm files …`: the folder of files that people handed in."""

from __future__ import annotations

import click

from crm.cli import session
from crm.infra.storage import FileStore
from crm.services import attachments


@click.group()
def files() -> None:
    """Keep the folder of uploaded files tidy."""


@files.command()
def sweep() -> None:
    """Delete files that no record knows and that are a day old: left behind by work that failed."""
    store = FileStore(session.settings().files_dir)
    with session.database().reading() as opened:
        removed = attachments.sweep(opened, store)
    click.echo(f"{removed} files without a record deleted.")
