"""Writing a run's rows: started by a person, done by one job in one unit of work, all or nothing.

The slow part, reading thirty cells of every row, is done before the lock. Under the lock every row is decided anew
against what is stored now; if one of them does not hold any more, nothing is written and the run goes back to its
preview. The job is finished in the same unit of work: a worker that is killed leaves no row, one that lost its lease
writes none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.errors import Invalid
from crm.domain.imports import ImportKind, ImportState, RowOutcome
from crm.domain.jobs import JobKind
from crm.domain.labels import N_
from crm.domain.sentences import Sentence
from crm.infra.clock import now
from crm.infra.db import Database
from crm.infra.memory import collector_paused
from crm.models import ImportRow, ImportRun
from crm.services import jobs
from crm.services.access import Actor, actor_for
from crm.services.audit import Deed
from crm.services.imports.arrival import require
from crm.services.imports.changes import Changer
from crm.services.imports.check import check_rows, open_run
from crm.services.imports.deciding import Plan
from crm.services.imports.plan import Planner, in_chunks
from crm.services.imports.progress import LostJob, Progress
from crm.services.imports.rows import update_all
from crm.services.imports.writer import Writer
from crm.services.jobs import Claimed

OVERTAKEN = Sentence(N_("写入前发现有的行与别人刚登记的记录冲突，没有写入任何数据。请看标出的行，改好再导入。"))


class _NoLonger(Exception):
    """A row that was right in the preview is not right any more."""


def commit(session: Session, actor: Actor, run_id: int) -> ImportRun:
    """Queue the job that writes all rows. Invalid while a row has errors, or when nothing would be written."""
    run = open_run(session, actor, run_id)
    require(actor, run.kind)
    wrong = session.scalar(
        select(func.count()).where(ImportRow.run_id == run.id, ImportRow.error_count > 0, ~ImportRow.is_skipped)
    )
    if wrong:
        raise Invalid("", N_("还有 %(count)s 行有错：改好或跳过它们，再导入。"), count=wrong)
    if not run.counts.get("added") and not run.counts.get("changed"):
        raise Invalid("", N_("全部已存在或已跳过，没有要写入的行。"))
    run.state, run.error = ImportState.COMMITTING, None
    rows = run.counts.get("rows", 0)
    job = jobs.start(session, actor.id, JobKind.IMPORT, {"run_id": run.id}, 2 * rows)
    run.job_id = job.id
    session.flush()
    return run


@collector_paused()
def write_rows(database: Database, claimed: Claimed) -> None:
    """The job: read all cells, then decide and write everything under the lock."""
    run_id = int(claimed.params["run_id"])  # type: ignore[call-overload]
    progress = Progress(database, claimed)
    with database.reading() as session:
        run = session.get_one(ImportRun, run_id)
        actor = actor_for(session, claimed.person_id)
        require(actor, run.kind)
        planner = Planner(session, actor, run)
        ids = session.scalars(select(ImportRow.id).where(ImportRow.run_id == run_id).order_by(ImportRow.line)).all()
        progress.expect(2 * len(ids))
        plans: list[Plan] = []
        for some in in_chunks(ids):
            rows = session.scalars(select(ImportRow).where(ImportRow.id.in_(some)).order_by(ImportRow.line)).all()
            plans += planner.read(rows)
            progress.step(len(rows))
        session.expunge_all()
    progress.before_writing()
    try:
        with database.writing() as session:
            _write(session, claimed, actor, run_id, planner, plans, progress)
    except _NoLonger:
        check_rows(database, claimed)
        with database.writing() as session:
            session.get_one(ImportRun, run_id).error = OVERTAKEN.dump()


def _write(
    session: Session,
    claimed: Claimed,
    actor: Actor,
    run_id: int,
    planner: Planner,
    plans: Sequence[Plan],
    progress: Progress,
) -> None:
    run = session.get_one(ImportRun, run_id)
    if run.state is not ImportState.COMMITTING:
        raise LostJob
    writer = Writer(session, actor, run.kind, plans)
    changer = Changer(session, actor, run.kind)
    numbers: Counter[str] = Counter()
    for some in in_chunks(plans):
        planner.decide(session, some)
        if any(plan.typed.errors for plan in some):
            raise _NoLonger
        writer.add(some)
        changer.apply(some)
        changer.versions(some)
        update_all(session, ImportRow, [_outcome(plan) for plan in some])
        numbers.update(plan.outcome.value for plan in some if plan.outcome is not None)
        progress.while_writing(len(some))
    run.state, run.committed_at = ImportState.COMMITTED, now()
    run.counts = {key: value for key, value in run.counts.items() if key in ("bytes", "rows")} | dict(numbers)
    session.flush()
    done = Deed("import.committed", ("import", run.id), after={"file": run.file_name, "sha256": run.sha256} | numbers)
    writer.deeds += changer.deeds
    writer.close(done)
    if run.kind is not ImportKind.ENTERPRISES:
        # Ranking parks takes its time, and nobody waits for it at the report.
        jobs.start(session, actor.id, JobKind.MATCH_LEADS, {"run_id": run.id}, numbers[RowOutcome.ADDED.value])
    if not jobs.finish(session, claimed, dict(numbers)):
        raise LostJob


def _outcome(plan: Plan) -> dict[str, object]:
    row = plan.row
    subject = plan.project or plan.lead or plan.firm
    known = subject.id if plan.outcome is RowOutcome.SAME and subject is not None else None
    touched = plan.outcome in (RowOutcome.ADDED, RowOutcome.CHANGED)
    return {
        "id": row.id,
        "outcome": plan.outcome,
        "errors": {},
        "error_count": 0,
        "subject_id": row.subject_id if touched else known,
        "before": row.before if touched else None,
        "version_after": row.version_after if touched else None,
    }
