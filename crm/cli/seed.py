"""`python -m crm seed …`: the district's data and the industry table."""

from __future__ import annotations

from pathlib import Path

import click

from chains.engine.reading import FileError
from crm.cli import session
from crm.domain.errors import Invalid
from crm.infra.db import Database
from crm.infra.schema import current_revision, head_revision
from crm.services.seed.demo import drop_demo, load_demo
from crm.services.seed.gbt import import_full_table
from crm.services.seed.load import load_district
from crm.services.seed.state import has_district
from crm.services.seed.upsert import Tally


@click.group(invoke_without_command=True)
@click.option("--demo", is_flag=True, help="Add the demonstration records (示例) too.")
@click.option("--drop-demo", "drop", is_flag=True, help="Remove the demonstration records and what hangs on them.")
@click.pass_context
def seed(context: click.Context, demo: bool, drop: bool) -> None:
    """Load data that the product brings or that a standard prescribes.

    Without a command: the district of the settings into an empty database; `seed district` takes over edits of its
    files later.
    """
    if context.invoked_subcommand is not None:
        if demo or drop:
            raise click.UsageError("--demo and --drop-demo go without a command")
        return
    if demo and drop:
        raise click.UsageError("--demo and --drop-demo exclude each other")
    database = session.database()
    _require_schema(database)
    if drop:
        with database.writing() as opened:
            _report(drop_demo(opened))
        return
    _load(database, session.settings().district, demo=demo)


def _require_schema(database: Database) -> None:
    if current_revision(database.bind) != head_revision():
        raise click.ClickException("the database has not the schema of this release: python -m crm migrate")


def _load(database: Database, district_key: str, *, demo: bool) -> None:
    """The district where there is none, and the demonstration where it is wished: both or neither."""
    try:
        with database.writing() as opened:
            tallies = []
            if has_district(opened):
                click.echo("a district is loaded already; `seed district` takes over edits of its files")
            else:
                tallies.append(load_district(opened, district_key))
            if demo:
                tallies.append(load_demo(opened))
    except FileError as error:
        raise click.ClickException(str(error)) from None
    for tally in tallies:
        _report(tally)


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
        with session.database().writing() as opened:
            tally = load_district(opened, key, path=path)
    except FileError as error:
        raise click.ClickException(str(error)) from None
    _report(tally)


@seed.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def industries(file: Path) -> None:
    """Import the full GB/T 4754-2017 table from FILE (CSV: code, level, parent, name_zh)."""
    try:
        with session.database().writing() as opened:
            tally = import_full_table(opened, file)
    except Invalid as error:
        raise click.ClickException(str(error)) from None
    _report(tally)


def _report(tally: Tally) -> None:
    for line in tally.lines() or ["nothing to change"]:
        click.echo(line)
    for note in tally.notes:
        click.echo(f"note: {note}")
