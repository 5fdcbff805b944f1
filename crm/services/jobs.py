"""Long work as rows: taken up by whoever is free, with a lease, and with progress that a reload cannot lose.

The row is the truth and the queue only a bell (RELIABILITY §1). Every change of a running job is compare-and-set by
its token: whoever lost the lease finds out before anything is committed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from crm.domain.errors import NotFound
from crm.domain.jobs import JobKind, JobState
from crm.domain.labels import N_
from crm.domain.sentences import Sentence
from crm.infra.clock import now
from crm.models import Job
from crm.services.access import Actor

#: A worker that says nothing for so long is gone; every report of progress lengthens it.
LEASE = timedelta(seconds=90)
#: On SQLite nobody can report while rows are being written, so that part gets its time at once.
WRITING_LEASE = timedelta(minutes=5)
#: Work that killed its worker so often is not taken up again.
MOST_ATTEMPTS = 3
#: Made files and their jobs go after a week.
KEPT = timedelta(days=7)

STOPPED = Sentence(N_("处理中断了三次，没有写入任何数据。请再试一次；仍不行请联系管理员。"))
FAILED = Sentence(N_("处理时出错，没有写入任何数据。请再试一次；仍不行请把任务编号告诉管理员。"))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that is ours while its lease lives."""

    id: int
    kind: JobKind
    person_id: int
    params: Mapping[str, object]
    token: str
    attempts: int


def start(
    session: Session, person_id: int, kind: JobKind, params: Mapping[str, object], total: int | None = None
) -> Job:
    """Queue a job; ring for it after the commit."""
    job = Job(kind=kind, person_id=person_id, params=dict(params), total=total, result={}, state=JobState.QUEUED)
    session.add(job)
    session.flush()
    return job


def claim(session: Session, at: datetime | None = None) -> Claimed | None:
    """The oldest job that nobody works on, ours from now on; None if there is none. Needs a writing session.

    A job whose worker was killed is taken up again when its lease is over, and given up after some such ends.
    """
    at = at or now()
    waiting = or_(Job.state == JobState.QUEUED, and_(Job.state == JobState.RUNNING, Job.lease_until <= at))
    while True:
        query = select(Job).where(waiting).order_by(Job.id).limit(1).with_for_update(skip_locked=True)
        job = session.scalar(query)
        if job is None:
            return None
        if job.attempts >= MOST_ATTEMPTS:
            job.state, job.error, job.finished_at, job.token = JobState.FAILED, STOPPED.dump(), at, None
            session.flush()
            continue
        job.state, job.token, job.lease_until = JobState.RUNNING, secrets.token_urlsafe(16), at + LEASE
        job.attempts += 1
        job.done = 0
        session.flush()
        return Claimed(job.id, job.kind, job.person_id, dict(job.params), job.token, job.attempts)


def advance(session: Session, claimed: Claimed, done: int, total: int | None, lease: timedelta = LEASE) -> bool:
    """Report progress and lengthen the lease. False: the job is not ours any more, stop."""
    return _set(session, claimed, {"done": done, "total": total, "lease_until": now() + lease})


def finish(session: Session, claimed: Claimed, result: Mapping[str, object] | None = None) -> bool:
    """The job is done, in the same unit of work as what it wrote. False: not ours any more, roll back."""
    values = {"state": JobState.DONE, "result": dict(result or {}), "finished_at": now(), "token": None, "error": None}
    return _set(session, claimed, values)


def fail(session: Session, claimed: Claimed, why: Sentence) -> bool:
    """The job ended without result; `why` is what the person reads."""
    values = {"state": JobState.FAILED, "error": why.dump()[:500], "finished_at": now(), "token": None}
    return _set(session, claimed, values)


def give_back(session: Session, claimed: Claimed) -> bool:
    """Let somebody else try, or us again."""
    return _set(session, claimed, {"state": JobState.QUEUED, "token": None, "lease_until": None})


def _set(session: Session, claimed: Claimed, values: Mapping[str, object]) -> bool:
    changed = session.execute(
        update(Job)
        .where(Job.id == claimed.id, Job.token == claimed.token, Job.state == JobState.RUNNING)
        .values({"updated_at": now(), **values})
        .execution_options(synchronize_session=False)
    )
    return changed.rowcount == 1


def of_person(session: Session, actor: Actor, job_id: int) -> Job:
    """One's own job. NotFound for everybody else's."""
    found = session.scalar(select(Job).where(Job.id == job_id, Job.person_id == actor.id))
    if found is None:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    return found


def recent(session: Session, actor: Actor, kind: JobKind, limit: int = 20) -> list[Job]:
    """One's own jobs of a kind, newest first."""
    query = select(Job).where(Job.person_id == actor.id, Job.kind == kind).order_by(Job.id.desc()).limit(limit)
    return list(session.scalars(query))


def waiting(session: Session) -> bool:
    """Whether somebody has to take up something."""
    at = now()
    query = select(Job.id).where(
        or_(Job.state == JobState.QUEUED, and_(Job.state == JobState.RUNNING, Job.lease_until <= at))
    )
    return session.scalar(query.limit(1)) is not None


def has_expired_exports(session: Session, at: datetime | None = None) -> bool:
    """Whether an export is a week old."""
    return session.scalar(select(Job.id).where(_expired(at)).limit(1)) is not None


def expired_exports(session: Session, at: datetime | None = None) -> list[str]:
    """Forget exports a week old; returns the names of their files, to be removed after the commit."""
    jobs = session.scalars(select(Job).where(_expired(at))).all()
    names = [str(job.result["stored_name"]) for job in jobs if job.result.get("stored_name")]
    session.execute(delete(Job).where(Job.id.in_([job.id for job in jobs])))
    return names


def _expired(at: datetime | None) -> ColumnElement[bool]:
    return and_(Job.kind == JobKind.EXPORT, Job.finished_at < (at or now()) - KEPT)
