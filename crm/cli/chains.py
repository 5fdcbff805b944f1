"""`python -m crm chains …`: judging chain maps before they are loaded."""

from __future__ import annotations

from pathlib import Path

import click

from chains.engine.check import check as find_problems
from chains.engine.loader import DATA, load, load_plan
from chains.engine.model import Chain
from chains.engine.reading import FileError
from crm.domain.enterprises.gbt4754 import parse_code, read_full_table
from crm.domain.errors import Invalid


@click.group()
def chains() -> None:
    """Chain maps: check the files under chains/data."""


@chains.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--codes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A full GB/T 4754-2017 table (CSV): codes must stand in it, not only lie in a division.",
)
def check(folders: tuple[Path, ...], codes: Path | None) -> None:
    """Check the chains in FOLDERS, or all that the product brings, and name every problem with file and line.

    Exit status: 0 if every chain is sound, 1 otherwise.
    """
    standard = _read_codes(codes) if codes else None
    problems = 0
    for folder in folders or sorted(path for path in DATA.iterdir() if path.is_dir()):
        found, summary = _judge(folder, standard)
        for line in found:
            click.echo(line, err=True)
        problems += len(found)
        click.echo(f"{summary}, {len(found)} problems")
    raise SystemExit(1 if problems else 0)


def _judge(folder: Path, standard: frozenset[str] | None) -> tuple[list[str], str]:
    """The problems of one folder as lines, and what it holds in a few words."""
    try:
        chain = load(folder)
        plan = load_plan(folder)
    except FileError as error:
        return [str(error)], f"{folder.name}: not readable"
    known = _plausible(chain) if standard is None else standard
    found = [f"{chain.path}:{p.line}: {p.kind}: {p.sentence}" for p in find_problems(chain, known)]
    if plan.chain != chain.key:
        found.append(f"{folder / 'plan.yaml'}:0: plan: it is for '{plan.chain}'")
    groups, leaves = len(chain.group_keys()), len(chain.leaves())
    summary = f"{chain.key} {chain.name_zh}: {leaves} segments in {groups} groups, {len(chain.edges)} edges"
    return found, f"{summary}, {len(chain.placements)} placements"


def _plausible(chain: Chain) -> frozenset[str]:
    """The chain's codes that lie in a division of the standard, whether or not our table holds the class."""
    plausible = set()
    for code in {code for segment in chain.segments for code in segment.gbt}:
        try:
            plausible.add(parse_code(code))
        except Invalid:
            continue
    return frozenset(plausible)


def _read_codes(path: Path) -> frozenset[str]:
    full = read_full_table(path)
    if full.errors:
        raise click.ClickException(f"{path}: {full.errors[0]}")
    return frozenset(industry.code for industry in full.industries)
