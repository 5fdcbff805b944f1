"""A file arrives: kept, its run opened, a job queued that reads it. Nothing of it is opened here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.errors import Invalid, NotFound
from crm.domain.importing.refusals import sentence_of
from crm.domain.imports import ImportKind, ImportState
from crm.domain.jobs import JobKind
from crm.domain.labels import N_
from crm.domain.text import clean_text
from crm.infra.storage import FileStore, TooLarge
from crm.models import ImportRun
from crm.services import access, audit, jobs
from crm.services.access import Actor

MOST_BYTES = 12 * 1024 * 1024
SUFFIXES = (".xlsx", ".xlsm", ".csv", ".txt")
#: What each kind of row needs beyond the permission to import.
NEEDS = {
    ImportKind.LEADS: Permission.LEADS_CREATE,
    ImportKind.PROJECTS: Permission.PROJECTS_EDIT,
    ImportKind.ENTERPRISES: Permission.ENTERPRISES_EDIT,
}


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it comes from the browser; its name is not believed."""

    kind: ImportKind
    file_name: str
    content: BinaryIO
    request_id: str | None = None


def require(actor: Actor, kind: ImportKind) -> None:
    access.require(actor, Permission.RECORDS_IMPORT)
    access.require(actor, NEEDS[kind])


def upload(session: Session, actor: Actor, files: FileStore, command: Upload) -> ImportRun:
    """Keep the file and queue the job that reads it. Invalid("file") for a name or size that cannot be a table."""
    require(actor, command.kind)
    if command.request_id:
        earlier = session.scalar(select(ImportRun).where(ImportRun.request_id == command.request_id))
        if earlier is not None and earlier.person_id == actor.id:
            return earlier
    name = clean_text(PurePath(command.file_name.replace("\\", "/")).name, 200, "file") or "—"
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        refusal = sentence_of("old_xls") if suffix == ".xls" else sentence_of("wrong_kind", {"suffix": suffix or "—"})
        raise Invalid("file", refusal.msgid, **refusal.params)
    try:
        kept = files.put(command.content, suffix=suffix, most=MOST_BYTES)
    except TooLarge:
        raise Invalid("file", N_("文件超过 %(most)d MB，请分成几个文件。"), most=MOST_BYTES // 2**20) from None
    run = ImportRun(
        request_id=command.request_id,
        kind=command.kind,
        state=ImportState.READING,
        person_id=actor.id,
        file_name=name,
        stored_name=kept.name,
        sha256=kept.sha256,
        headers=[],
        mapping={},
        counts={"bytes": kept.size},
        left_out=[],
    )
    session.add(run)
    session.flush()
    job = jobs.start(session, actor.id, JobKind.READ_FILE, {"run_id": run.id})
    run.job_id = job.id
    audit.record(session, actor.id, "import.uploaded", ("import", run.id), after={"file": name, "sha256": kept.sha256})
    return run


def load(session: Session, actor: Actor, run_id: int) -> ImportRun:
    """One's own run. NotFound for everybody else's."""
    found = session.scalar(select(ImportRun).where(ImportRun.id == run_id, ImportRun.person_id == actor.id))
    if found is None:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    return found


def recent(session: Session, actor: Actor, limit: int = 20) -> list[ImportRun]:
    """One's own runs, newest first."""
    query = select(ImportRun).where(ImportRun.person_id == actor.id).order_by(ImportRun.id.desc()).limit(limit)
    return list(session.scalars(query))


def earlier_of_same_file(session: Session, run: ImportRun) -> ImportRun | None:
    """An earlier run of the very same file that was written and not undone."""
    query = (
        select(ImportRun)
        .where(
            ImportRun.sha256 == run.sha256,
            ImportRun.person_id == run.person_id,
            ImportRun.kind == run.kind,
            ImportRun.id < run.id,
            ImportRun.state == ImportState.COMMITTED,
        )
        .order_by(ImportRun.id.desc())
    )
    return session.scalar(query.limit(1))
