"""`python -m crm chains …`: judging chain maps before they are loaded, and asking them what a text is about."""

from __future__ import annotations

from pathlib import Path

import click

from chains.engine.cases import MalformedError, audit
from chains.engine.check import check as find_problems
from chains.engine.loader import DATA, load, load_all, load_plan
from chains.engine.model import Chain
from chains.engine.reading import FileError
from chains.engine.suggest import build, entries_of
from chains.engine.suggest import suggest as find_segments
from crm.domain.enterprises.gbt4754 import parse_code, read_full_table
from crm.domain.errors import Invalid


@click.group()
def chains() -> None:
    """Chain maps: check the files under chains/data, and the gap engine against files of cases."""


@chains.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--codes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A full GB/T 4754-2017 table (CSV): codes must stand in it, not only lie in a division.",
)
def check(paths: tuple[Path, ...], codes: Path | None) -> None:
    """Check the chains in PATHS, or all that the product brings, and name every problem with file and line.

    A folder (or a map.yaml in it) is a chain's. A JSON file holds cases of the gap engine (MATCHING B): they are run, and each difference is
    named by case, segment and field. Exit status: 0 if everything is sound, 1 otherwise.
    """
    standard = _read_codes(codes) if codes else None
    problems = 0
    for path in paths or sorted(path for path in DATA.iterdir() if path.is_dir()):
        folder = path.parent if path.suffix in (".yaml", ".yml") else path
        found, summary = _judge(folder, standard) if folder.is_dir() else _run_cases(path)
        for line in found:
            click.echo(line, err=True)
        problems += len(found)
        click.echo(summary)
    raise SystemExit(1 if problems else 0)


def _run_cases(path: Path) -> tuple[list[str], str]:
    """The differences of one file of cases as lines, and how much of it agrees."""
    try:
        report = audit(path)
    except MalformedError as problem:
        return [str(problem)], f"{path.name}: not readable"
    except OSError as problem:
        return [f"{path}:0: cannot be read: {problem.strerror}"], f"{path.name}: not readable"
    found = [f"{path}:{each.line}: {each.sentence}" for each in report.differences]
    wrong = len({each.case for each in report.differences})
    verdict = f"{len(found)} differences in {wrong} cases" if found else "no difference"
    return found, f"{path.name}: {report.cases} cases, {report.figures} figures compared: {verdict}"


@chains.command()
@click.argument("text")
@click.option("--code", help="The firm's GB/T 4754 code, two to four digits.")
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 50))
def suggest(text: str, code: str | None, limit: int) -> None:
    """Name the segments of the shipped maps that TEXT may mean, best first, with the words that say so."""
    known = load_all()
    segments = {(chain.key, leaf.key): (chain, leaf) for chain in known for leaf in chain.leaves()}
    found = find_segments(build(entry for chain in known for entry in entries_of(chain)), text, code, limit)
    for each in found:
        chain, leaf = segments[each.chain, each.segment]
        why = " ".join(f"「{word}」" for word in each.words) + (f" GB/T {each.code}" if each.code else "")
        click.echo(f"{each.score:>6}  {each.chain}/{each.segment}  {leaf.name_zh}（{chain.name_zh}）  {why}")
    if not found:
        click.echo("no segment speaks of this")


def _judge(folder: Path, standard: frozenset[str] | None) -> tuple[list[str], str]:
    """The problems of one folder as lines, and what it holds in a few words."""
    try:
        chain = load(folder)
        plan = load_plan(folder)
    except FileError as error:
        return [str(error)], f"{folder.name}: not readable, 1 problems"
    known = _plausible(chain) if standard is None else standard
    found = [f"{chain.path}:{p.line}: {p.kind}: {p.sentence}" for p in find_problems(chain, known)]
    if plan.chain != chain.key:
        found.append(f"{folder / 'plan.yaml'}:0: plan: it is for '{plan.chain}'")
    groups, leaves = len(chain.group_keys()), len(chain.leaves())
    summary = f"{chain.key} {chain.name_zh}: {leaves} segments in {groups} groups, {len(chain.edges)} edges"
    return found, f"{summary}, {len(chain.placements)} placements, {len(found)} problems"


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
