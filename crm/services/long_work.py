"""Doing queued jobs: one after the other, each in units of work of its own, because progress must outlive a roll-back.

Called by workers when the bell rings and at every tick, so that a lost message or a killed worker delays a job by a
minute at most. Whatever a job raises, its row says how it ended.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from crm.domain.errors import Busy, DomainError
from crm.domain.jobs import JobKind
from crm.domain.sentences import Sentence
from crm.infra.db import Database
from crm.infra.storage import FileStore
from crm.services import exports, imports, jobs
from crm.services.imports import check, matching, reading, undoing, writing
from crm.services.imports.progress import LostJob
from crm.services.jobs import Claimed

log = structlog.get_logger("jobs")
Work = Callable[[Database, FileStore, Claimed], None]

_WORK: dict[JobKind, Work] = {
    JobKind.READ_FILE: reading.read_file,
    JobKind.CHECK_ROWS: lambda database, _files, claimed: check.check_rows(database, claimed),
    JobKind.IMPORT: lambda database, _files, claimed: writing.write_rows(database, claimed),
    JobKind.UNDO_IMPORT: lambda database, _files, claimed: undoing.undo_rows(database, claimed),
    JobKind.EXPORT: exports.make_file,
    JobKind.MATCH_LEADS: lambda database, _files, claimed: matching.match_leads(database, claimed),
}


def run_waiting(database: Database, files: FileStore, limit: int = 100) -> int:
    """Do what waits, oldest first; how many jobs there were."""
    remove_old_files(database, files)
    done = 0
    while done < limit and run_one(database, files):
        done += 1
    return done


def remove_old_files(database: Database, files: FileStore) -> int:
    """Made files go after a week, with their jobs; how many there were."""
    with database.reading() as session:
        if not jobs.has_expired_exports(session):
            return 0
    with database.writing() as session:
        names = jobs.expired_exports(session)
    for name in names:
        files.remove(name)
    return len(names)


def run_one(database: Database, files: FileStore) -> bool:
    """Do one job. False if none waits."""
    with database.reading() as session:
        if not jobs.waiting(session):
            return False
    with database.writing() as session:
        claimed = jobs.claim(session)
    with database.writing() as session:
        imports.settle_failed(session)
    if claimed is None:
        return False
    try:
        _WORK[claimed.kind](database, files, claimed)
    except LostJob:
        log.warning("job lost", job=claimed.id, kind=claimed.kind.value)
    except Busy as error:
        log.warning("job has to wait", job=claimed.id, kind=claimed.kind.value, why=error.sentence)
        _try_again(database, claimed)
    except DomainError as error:
        _end(database, claimed, Sentence(error.sentence, error.params))
    except Exception:
        log.exception("job failed", job=claimed.id, kind=claimed.kind.value, attempt=claimed.attempts)
        _try_again(database, claimed)
    return True


def _try_again(database: Database, claimed: Claimed) -> None:
    """A connection that broke, a record saved by somebody else in that instant: the next try may well succeed."""
    if claimed.attempts >= jobs.MOST_ATTEMPTS:
        _end(database, claimed, jobs.FAILED)
        return
    with database.writing() as session:
        jobs.give_back(session, claimed)


def _end(database: Database, claimed: Claimed, why: Sentence) -> None:
    with database.writing() as session:
        jobs.fail(session, claimed, why)
        imports.settle_failed(session)
