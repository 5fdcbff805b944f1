"""`python -m crm audit …`: the audit trail proves itself."""

from __future__ import annotations

import click

from crm.cli import session
from crm.services import audit as trail


@click.group()
def audit() -> None:
    """Verify the audit trail."""


@audit.command()
def verify() -> None:
    """Walk the whole chain; end with 1 and name the first entry that does not fit."""
    with session.database().reading() as opened:
        verdict = trail.verify(opened)
    if verdict.broken_at is not None:
        click.echo(f"Entry {verdict.broken_at}: {verdict.reason}. {verdict.checked} entries before it are sound.")
        raise SystemExit(1)
    click.echo(f"{verdict.checked} entries, each bound to the one before.")
