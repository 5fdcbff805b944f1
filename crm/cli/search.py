"""`python -m crm search …`: the index that records are found by."""

from __future__ import annotations

import click

from crm.cli import session
from crm.services import search as index


@click.group()
def search() -> None:
    """Rebuild the search index."""


@search.command()
def rebuild() -> None:
    """Write the whole index anew; pages can be used meanwhile and find what stood in it before."""
    with session.database().writing() as opened:
        counts = index.rebuild(opened)
    for kind, count in counts.items():
        click.echo(f"{kind.value}: {count}")
