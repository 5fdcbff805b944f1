"""Checking rows for the preview: all of them as a job, one after an edit in the grid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.domain.enterprises.names import normalised
from crm.domain.errors import Invalid, NotFound, Stale
from crm.domain.imports import ImportState, RowOutcome
from crm.domain.labels import N_
from crm.domain.text import reject_unprintable
from crm.infra.db import Database
from crm.infra.memory import collector_paused
from crm.infra.sheets.limits import MAX_CELL
from crm.models import ImportRow, ImportRun
from crm.services import jobs
from crm.services.access import Actor, actor_for
from crm.services.imports.arrival import load
from crm.services.imports.deciding import Plan
from crm.services.imports.mapping import CHANGED
from crm.services.imports.plan import CHUNK, Planner, in_chunks
from crm.services.imports.progress import LostJob, Progress
from crm.services.imports.rows import update_alike
from crm.services.jobs import Claimed


@collector_paused()
def check_rows(database: Database, claimed: Claimed) -> None:
    """Read and decide every row, then keep errors and outcomes in one unit of work."""
    run_id = int(claimed.params["run_id"])  # type: ignore[call-overload]
    progress = Progress(database, claimed)
    found: list[dict[str, object]] = []
    with database.reading() as session:
        run = session.get(ImportRun, run_id)
        if run is None:
            return
        planner = Planner(session, actor_for(session, claimed.person_id), run)
        ids = session.scalars(select(ImportRow.id).where(ImportRow.run_id == run_id).order_by(ImportRow.line)).all()
        progress.expect(len(ids))
        for some in in_chunks(ids):
            rows = session.scalars(select(ImportRow).where(ImportRow.id.in_(some)).order_by(ImportRow.line)).all()
            plans = planner.read(rows)
            planner.decide(session, plans)
            found += [{"id": plan.row.id, **_kept(plan)} for plan in plans]
            progress.step(len(rows))
    with database.writing() as session:
        for some in in_chunks(found):
            update_alike(session, ImportRow, some)
        run = session.get_one(ImportRun, run_id)
        count(session, run)
        run.state = ImportState.PREVIEW
        session.flush()
        if not jobs.finish(session, claimed, {"rows": len(found)}):
            raise LostJob


def _kept(plan: Plan) -> dict[str, object]:
    subject = plan.project or plan.lead or plan.firm
    return {
        "errors": {key: [msgid, params] for key, (msgid, params) in plan.typed.errors.items()},
        "error_count": len(plan.typed.errors),
        "outcome": plan.outcome,
        "subject_id": subject.id if subject is not None and plan.outcome is not RowOutcome.ADDED else None,
    }


def count(session: Session, run: ImportRun) -> None:
    """Numbers for the page: rows by what is to become of them, and rows with errors."""
    rows = session.execute(
        select(ImportRow.outcome, func.count()).where(ImportRow.run_id == run.id).group_by(ImportRow.outcome)
    ).all()
    numbers: Counter[str] = Counter()
    for outcome, number in rows:
        numbers[outcome.value if outcome is not None else "errors"] += number
    kept = {key: value for key, value in run.counts.items() if key in ("bytes", "rows")}
    run.counts = kept | dict(numbers)


# ── The grid ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def edit_row(session: Session, actor: Actor, run_id: int, row_id: int, cells: Mapping[int, str]) -> list[ImportRow]:
    """Change some cells of a row and check it anew; returns it with the others that were checked for its sake."""
    run, row = _open_row(session, actor, run_id, row_id)
    changed = list(row.cells)
    for column, text in cells.items():
        if not 0 <= column < len(run.headers):
            raise Invalid("", N_("没有这一列。"))
        if len(text) > MAX_CELL:
            raise Invalid("", N_("太长：最多 %(max)d 个字，现在是 %(length)d 个字。"), max=MAX_CELL, length=len(text))
        reject_unprintable(text.replace("\r", ""), "", multiline=True)
        changed += [""] * (column + 1 - len(changed))
        changed[column] = text.replace("\r\n", "\n")
    row.cells = changed
    return recheck(session, actor, run, [row])


def skip_row(session: Session, actor: Actor, run_id: int, row_id: int, *, skip: bool) -> list[ImportRow]:
    """Leave a row out, or take it in again; returns it with the others that were checked for its sake."""
    run, row = _open_row(session, actor, run_id, row_id)
    row.is_skipped = skip
    return recheck(session, actor, run, [row])


def skip_errors(session: Session, actor: Actor, run_id: int) -> int:
    """Leave out every row that has an error; how many."""
    run = open_run(session, actor, run_id)
    changed = session.execute(
        update(ImportRow)
        .where(ImportRow.run_id == run.id, ImportRow.error_count > 0)
        .values(is_skipped=True, error_count=0, errors={}, outcome=RowOutcome.SKIPPED)
        .execution_options(synchronize_session="fetch")
    )
    count(session, run)
    return changed.rowcount


def recheck(session: Session, actor: Actor, run: ImportRun, rows: Sequence[ImportRow]) -> list[ImportRow]:
    """Check some rows anew, with all that name the same firm, phone or number; returns those that changed.

    Which row of two repeats the other depends on the lines before, so they are checked together and in order.
    """
    session.flush()
    repeated = session.scalars(
        select(ImportRow)
        .where(ImportRow.run_id == run.id, ImportRow.error_count > 0)
        .order_by(ImportRow.line)
        .limit(CHUNK)
    ).all()
    others = {row.id: row for row in (*repeated, *_rows_named(session, run, [*rows, *repeated]))}
    every = sorted((others | {row.id: row for row in rows}).values(), key=lambda row: row.line)
    planner = Planner(session, actor, run)
    plans = planner.read(every)
    planner.decide(session, plans)
    changed = []
    for plan in plans:
        before = (plan.row.errors, plan.row.outcome)
        for name, value in _kept(plan).items():
            setattr(plan.row, name, value)
        if plan.row in rows or before != (plan.row.errors, plan.row.outcome):
            changed.append(plan.row)
    session.flush()
    count(session, run)
    return changed


def _rows_named(session: Session, run: ImportRun, rows: Sequence[ImportRow]) -> Sequence[ImportRow]:
    """Rows of the file that name the same firm, phone or number as one of these."""
    columns = [(int(column), key) for column, key in run.mapping.items() if key in ("name", "uscc", "phone", "number")]
    wanted = {word for row in rows for word in _names(row.cells, columns)}
    if not wanted:
        return ()
    others = session.execute(
        select(ImportRow.id, ImportRow.cells).where(ImportRow.run_id == run.id).order_by(ImportRow.line)
    )
    ids = [key for key, cells in others if not wanted.isdisjoint(_names(cells, columns))]
    return session.scalars(select(ImportRow).where(ImportRow.id.in_(ids[: 10 * CHUNK]))).all()


def _names(cells: Sequence[str], columns: Sequence[tuple[int, str]]) -> set[str]:
    """What a row calls itself, in the form in which two spellings are equal."""
    found = set()
    for at, key in columns:
        text = cells[at].strip() if at < len(cells) else ""
        if text:
            digits = "".join(each for each in text if each.isdigit())[-11:]
            found.add(key + (normalised(text) if key == "name" else digits if key == "phone" else text.upper()))
    return found


def open_run(session: Session, actor: Actor, run_id: int) -> ImportRun:
    """One's own run while its rows can still be changed."""
    run = load(session, actor, run_id)
    if run.state is not ImportState.PREVIEW:
        raise Stale(CHANGED)
    return run


def _open_row(session: Session, actor: Actor, run_id: int, row_id: int) -> tuple[ImportRun, ImportRow]:
    run = open_run(session, actor, run_id)
    row = session.scalar(select(ImportRow).where(ImportRow.id == row_id, ImportRow.run_id == run.id))
    if row is None:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    return run, row
