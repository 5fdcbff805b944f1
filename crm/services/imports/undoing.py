"""Taking an import back, in three buckets: reversed, kept because edited since, failed; each row says which and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.domain.errors import Stale
from crm.domain.imports import ImportState, RowOutcome, UndoOutcome
from crm.domain.jobs import JobKind
from crm.infra.db import Database
from crm.models import ImportRow, ImportRun
from crm.services import jobs
from crm.services.access import Actor, actor_for
from crm.services.audit import Deed, record_many
from crm.services.imports.arrival import load, require
from crm.services.imports.mapping import CHANGED
from crm.services.imports.plan import CHUNK, in_chunks
from crm.services.imports.progress import LostJob, Progress
from crm.services.imports.reversal import Reversal
from crm.services.jobs import Claimed
from crm.services.numbers import lock_series

_TOUCHED = (RowOutcome.ADDED, RowOutcome.CHANGED)


def undo(session: Session, actor: Actor, run_id: int) -> ImportRun:
    """Queue the job that takes a written run back. Stale if it is not a written one any more."""
    run = load(session, actor, run_id)
    require(actor, run.kind)
    if run.state is not ImportState.COMMITTED:
        raise Stale(CHANGED)
    run.state, run.error = ImportState.UNDOING, None
    touched = run.counts.get("added", 0) + run.counts.get("changed", 0)
    job = jobs.start(session, actor.id, JobKind.UNDO_IMPORT, {"run_id": run.id}, touched)
    run.job_id = job.id
    session.flush()
    return run


def undo_rows(database: Database, claimed: Claimed) -> None:
    """The job: newest rows first, all in one unit of work."""
    run_id = int(claimed.params["run_id"])  # type: ignore[call-overload]
    progress = Progress(database, claimed)
    with database.reading() as session:
        actor = actor_for(session, claimed.person_id)
        ids = session.scalars(
            select(ImportRow.id)
            .where(ImportRow.run_id == run_id, ImportRow.outcome.in_(_TOUCHED))
            .order_by(ImportRow.line.desc())
        ).all()
    progress.expect(len(ids))
    progress.before_writing()
    with database.writing() as session:
        _undo(session, claimed, actor, run_id, ids, progress)


def _undo(
    session: Session, claimed: Claimed, actor: Actor, run_id: int, ids: Sequence[int], progress: Progress
) -> None:
    run = session.get_one(ImportRun, run_id)
    if run.state is not ImportState.UNDOING:
        raise LostJob
    lock_series(session, "XS", run.created_at.year)
    reversal = Reversal(session, run.kind)
    numbers: Counter[str] = Counter()
    for some in in_chunks(ids, CHUNK):
        rows = session.scalars(select(ImportRow).where(ImportRow.id.in_(some)).order_by(ImportRow.line.desc())).all()
        found = reversal.reverse(rows)
        session.execute(
            update(ImportRow),
            [{"id": row.id, "undo": found[row.id][0], "undo_reason": found[row.id][1]} for row in rows],
        )
        numbers.update(outcome.value for outcome, _why in found.values())
        progress.while_writing(len(rows))
    run.state = ImportState.UNDONE
    run.counts = {**run.counts, **{each.value: numbers[each.value] for each in UndoOutcome}}
    session.flush()
    undone = Deed("import.undone", ("import", run.id), after={"file": run.file_name} | numbers)
    record_many(session, actor.id, [*reversal.deeds, undone])
    if not jobs.finish(session, claimed, dict(numbers)):
        raise LostJob
