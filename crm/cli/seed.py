"""`python -m crm seed …`: the district's data and the industry table."""

from __future__ import annotations

from pathlib import Path

import click

from chains.engine.reading import FileError
from crm.domain.errors import Invalid
from crm.infra.config import SettingsError, load_settings
from crm.infra.db import Database
from crm.services.seed.gbt import import_full_table
from crm.services.seed.load import load_district
from crm.services.seed.upsert import Tally


@click.group()
def seed() -> None:
    """Load data that the product brings or that a standard prescribes."""


@seed.command()
@click.option("--key", default="liwan", show_default=True, help="A district that the product brings.")
@click.option(
    "--path",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with a district's files, instead of --key.",
)
def district(key: str, path: Path | None) -> None:
    """Load a district's platforms, parks, firms, policies, targets and chains; again to take over edits."""
    try:
        with _database().writing() as session:
            tally = load_district(session, key, path=path)
    except FileError as error:
        raise click.ClickException(str(error)) from None
    _report(tally)


@seed.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def industries(file: Path) -> None:
    """Import the full GB/T 4754-2017 table from FILE (CSV: code, level, parent, name_zh)."""
    try:
        with _database().writing() as session:
            tally = import_full_table(session, file)
    except Invalid as error:
        raise click.ClickException(str(error)) from None
    _report(tally)


def _database() -> Database:
    try:
        return Database.from_url(load_settings().database_url)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _report(tally: Tally) -> None:
    for line in tally.lines() or ["nothing to change"]:
        click.echo(line)
    for note in tally.notes:
        click.echo(f"note: {note}")
