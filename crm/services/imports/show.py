"""What the pages of an import show: a page of rows, what became of them, the file of rows that failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from crm.domain.imports import ImportKind, ImportState, RowOutcome, UndoOutcome
from crm.domain.jobs import JobState
from crm.models import Enterprise, ImportRow, ImportRun, Job, Lead, Project

PAGE = 50
#: Filters of the grid by the word in the address.
_SHOWN: dict[str, ColumnElement[bool]] = {
    "errors": ImportRow.error_count > 0,
    "added": ImportRow.outcome == RowOutcome.ADDED,
    "changed": ImportRow.outcome == RowOutcome.CHANGED,
    "same": ImportRow.outcome == RowOutcome.SAME,
    "skipped": ImportRow.outcome == RowOutcome.SKIPPED,
    "reversed": ImportRow.undo == UndoOutcome.REVERSED,
    "kept": ImportRow.undo == UndoOutcome.KEPT,
    "failed": ImportRow.undo == UndoOutcome.FAILED,
}


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows in the order of the file; `next_line` leads on, None on the last page."""

    rows: list[ImportRow]
    next_line: int | None


def rows(session: Session, run: ImportRun, shown: str = "", after: int = 0, limit: int = PAGE) -> RowPage:
    """A page of the run's rows; an unknown word shows all."""
    query = select(ImportRow).where(ImportRow.run_id == run.id, ImportRow.line > after)
    if shown in _SHOWN:
        query = query.where(_SHOWN[shown])
    found = list(session.scalars(query.order_by(ImportRow.line).limit(limit + 1)))
    more = len(found) > limit
    return RowPage(found[:limit], found[limit - 1].line if more else None)


def row_of(session: Session, run: ImportRun, row_id: int) -> ImportRow | None:
    """One row of the run."""
    return session.scalar(select(ImportRow).where(ImportRow.id == row_id, ImportRow.run_id == run.id))


def names_of(session: Session, run: ImportRun, shown: list[ImportRow]) -> dict[int, str]:
    """What the records of these rows are called, by row: number of a lead or project, name of an enterprise."""
    table = {ImportKind.LEADS: Lead, ImportKind.PROJECTS: Project}.get(run.kind, Enterprise)
    name = Enterprise.name if table is Enterprise else table.number
    ids = {row.subject_id for row in shown if row.subject_id is not None}
    known = dict(session.execute(select(table.id, name).where(table.id.in_(ids))).all())
    return {row.id: known[row.subject_id] for row in shown if row.subject_id in known}


def failed_rows(session: Session, run: ImportRun) -> Iterator[ImportRow]:
    """Rows that were not written or not reversed, for the file that people correct and upload again."""
    not_written = (ImportRow.error_count > 0) | (ImportRow.outcome == RowOutcome.SKIPPED)
    wanted = (
        ImportRow.undo.in_((UndoOutcome.KEPT, UndoOutcome.FAILED)) if run.state is ImportState.UNDONE else not_written
    )
    query = select(ImportRow).where(ImportRow.run_id == run.id, wanted).order_by(ImportRow.line)
    yield from session.scalars(query.execution_options(yield_per=500))


_BEFORE = {
    ImportState.COMMITTING: ImportState.PREVIEW,
    ImportState.UNDOING: ImportState.COMMITTED,
}


def settle_failed(session: Session) -> None:
    """Runs whose job was given up go back to where a person can go on; what was written stays, which is nothing."""
    stuck = (
        select(ImportRun)
        .join(Job, Job.id == ImportRun.job_id)
        .where(
            Job.state == JobState.FAILED,
            ImportRun.state.in_((ImportState.READING, ImportState.COMMITTING, ImportState.UNDOING)),
        )
    )
    for run in session.scalars(stuck):
        run.error = run.job.error if run.job is not None else None
        back = ImportState.MAPPING if run.headers else ImportState.REFUSED
        run.state = _BEFORE.get(run.state, back)
    session.flush()
