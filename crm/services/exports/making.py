"""Making a file of a list: at once for a short one, as a job for a long one; permitted, masked and written into the trail."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.errors import Invalid, NotFound
from crm.domain.jobs import JobKind, JobState
from crm.domain.labels import N_
from crm.infra.clock import SHANGHAI, now, today
from crm.infra.db import Database
from crm.infra.memory import collector_paused
from crm.infra.storage import FileStore
from crm.models import Job
from crm.services import access, audit, jobs, listing
from crm.services.access import Actor, actor_for
from crm.services.exports.columns import Sheet
from crm.services.exports.files import FORMATS, write_csv, write_xlsx
from crm.services.imports.progress import LostJob, Progress
from crm.services.jobs import Claimed
from crm.services.listing import ListSpec, Query, Row

#: Up to so many rows nobody waits for a job.
AT_ONCE = 2000
MOST_BYTES = 1 << 30
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """An export: a list, its question as a query string, and the marked rows if it is of those only."""

    list: str
    query: str = ""
    format: str = "xlsx"
    ids: tuple[int, ...] = ()

    def as_params(self) -> dict[str, object]:
        return {"list": self.list, "query": self.query, "format": self.format, "ids": list(self.ids)}

    @classmethod
    def from_params(cls, params: Mapping[str, object]) -> Asked:
        ids = params.get("ids") or ()
        return cls(str(params["list"]), str(params["query"]), str(params["format"]), tuple(ids))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows a question has: exact up to `AT_ONCE`."""

    number: int
    is_more: bool


def count(session: Session, actor: Actor, asked: Asked) -> Count:
    """How many rows the file would have; raises NotFound for an unknown list and NotAllowed for a foreign one."""
    spec, query = _question(session, actor, asked)
    if asked.ids:
        return Count(len(_marked(session, actor, spec, asked.ids)), False)
    number = len(spec.ids(session, actor, query, limit=AT_ONCE + 1))
    return Count(min(number, AT_ONCE), number > AT_ONCE)


def make_now(session: Session, actor: Actor, asked: Asked, path: Path) -> int:
    """Write the file of a short list to `path`; needs a writing session for the trail. Returns its rows."""
    number = _write(session, actor, asked, path)
    _record(session, actor, asked, number)
    return number


def make_later(session: Session, actor: Actor, asked: Asked) -> Job:
    """Queue the job for a long list."""
    _question(session, actor, asked)
    return jobs.start(session, actor.id, JobKind.EXPORT, asked.as_params())


def make_file(database: Database, files: FileStore, claimed: Claimed) -> None:
    """The job: the rights are those of the moment at which it runs."""
    asked = Asked.from_params(claimed.params)
    progress = Progress(database, claimed)
    with tempfile.TemporaryDirectory(prefix="liantu-export-") as folder:
        path = Path(folder) / f"export.{asked.format}"
        with database.reading() as session:
            actor = actor_for(session, claimed.person_id)
            number = _write(session, actor, asked, path, progress)
        with path.open("rb") as content:
            kept = files.put(content, suffix=path.suffix, most=MOST_BYTES)
    with database.writing() as session:
        _record(session, actor, asked, number)
        result = {"rows": number, "stored_name": kept.name, "size": kept.size, "file_name": file_name(asked)}
        if not jobs.finish(session, claimed, result):
            files.remove(kept.name)
            raise LostJob


def finished(session: Session, actor: Actor, job_id: int) -> Job:
    """One's own finished export. NotFound for anything else."""
    job = jobs.of_person(session, actor, job_id)
    if job.kind is not JobKind.EXPORT or job.state is not JobState.DONE:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    return job


def file_name(asked: Asked) -> str:
    """线索-20261124.xlsx"""
    return f"{listing.get(asked.list).label}-{today():%Y%m%d}.{asked.format}"


def _question(session: Session, actor: Actor, asked: Asked) -> tuple[ListSpec, Query]:
    access.require(actor, Permission.RECORDS_EXPORT)
    spec = listing.get(asked.list)
    access.require(actor, spec.permission)
    if asked.format not in FORMATS:
        raise Invalid("format", N_("请选 Excel 或 CSV。"))
    return spec, spec.read_text(session, actor, asked.query)


def _marked(session: Session, actor: Actor, spec: ListSpec, ids: Sequence[int]) -> list[int]:
    """Those of the marked rows that the person may see, in the order marked."""
    seen: set[int] = set()
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        seen |= set(session.scalars(select(spec.key).where(spec.scope(actor), spec.key.in_(some))))
    return [each for each in dict.fromkeys(ids) if each in seen]


@collector_paused()
def _write(session: Session, actor: Actor, asked: Asked, path: Path, progress: Progress | None = None) -> int:
    spec, query = _question(session, actor, asked)
    sheet = Sheet(session, actor, spec)
    rows = (sheet.cells(row) for row in _rows(session, actor, spec, query, asked, sheet, progress))
    if asked.format == "csv":
        return write_csv(path, sheet.columns, rows)
    made = now().astimezone(SHANGHAI)
    notes = [
        f"{spec.label}，由{actor.name}于 {made:%Y-%m-%d %H:%M} 导出。",
        "联系方式保持遮盖；遮盖的格子再导入时不改动原值。",
        "改好后可在「导入」里原样传回：按编号更新，空格子不改动。",
    ]
    return write_xlsx(path, spec.label, sheet.columns, rows, notes)


def _rows(
    session: Session,
    actor: Actor,
    spec: ListSpec,
    query: Query,
    asked: Asked,
    sheet: Sheet,
    progress: Progress | None,
) -> Iterator[Row]:
    needs = {column.needs for column in sheet.needs} - {""}
    if asked.ids:
        ids = _marked(session, actor, spec, asked.ids)
        for start in range(0, len(ids), _CHUNK):
            some = spec.load(session, actor, ids[start : start + _CHUNK], needs)
            sheet.prepare(session, some)
            yield from some
        return
    found = spec.iterate(session, actor, query, chunk=_CHUNK, columns=sheet.needs)
    while some := list(islice(found, _CHUNK)):
        sheet.prepare(session, some)
        yield from some
        # What was written is not needed any more: the memory stays the same whatever the length.
        session.expunge_all()
        if progress is not None:
            progress.step(len(some))


def _record(session: Session, actor: Actor, asked: Asked, number: int) -> None:
    after = {"list": asked.list, "query": asked.query[:500], "format": asked.format, "rows": number}
    audit.record(session, actor.id, "list.exported", None, after=after | {"marked": len(asked.ids)})
