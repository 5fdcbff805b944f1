"""`python -m crm match …`: the auditor's tools for matching."""

from __future__ import annotations

from pathlib import Path

import click

from crm.domain.matching.cases import audit
from crm.domain.matching.golden import MalformedError


@click.group()
def match() -> None:
    """Matching: check any score against golden cases."""


@match.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--engine",
    type=click.Choice(["reference"]),
    default="reference",
    show_default=True,
    help="The engine that answers the cases.",
)
def check(file: Path, engine: str) -> None:
    """Run the cases of FILE and name every difference.

    Exit status: 0 if everything agrees, 1 on any difference or a malformed file, 2 if there is no such file.
    """
    try:
        report = audit(file)
    except MalformedError as problem:
        click.echo(f"malformed: {problem}", err=True)
        raise SystemExit(1) from None
    except OSError as problem:
        click.echo(f"{file} cannot be read: {problem.strerror}", err=True)
        raise SystemExit(2) from None
    for difference in report.differences:
        click.echo(f"{'malformed' if difference.malformed else 'differs'}: {difference.sentence}")
    wrong = len({difference.case for difference in report.differences})
    click.echo(
        f"{report.cases} cases, {report.figures} figures compared by the {engine} engine: "
        + (f"{len(report.differences)} differences in {wrong} cases" if wrong else "no difference")
    )
    raise SystemExit(1 if wrong else 0)
