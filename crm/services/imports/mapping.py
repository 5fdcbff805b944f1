"""Which column means which field: chosen by a person, remembered for the section."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.errors import Invalid, Stale
from crm.domain.importing.fields import Field, fields_of
from crm.domain.importing.headers import fold
from crm.domain.imports import ImportState
from crm.domain.jobs import JobKind
from crm.domain.labels import N_
from crm.models import ImportHeader, ImportRow, ImportRun
from crm.services import jobs
from crm.services.access import Actor
from crm.services.imports.arrival import load

CHANGED = N_("这次导入在别处已经往前走了，请看现在的状态。")


def choose(session: Session, actor: Actor, run_id: int, mapping: Mapping[int, str]) -> ImportRun:
    """Take the columns' fields and queue the check of all rows. Invalid names the column as `c3`."""
    run = load(session, actor, run_id)
    if run.state not in (ImportState.MAPPING, ImportState.PREVIEW):
        raise Stale(CHANGED)
    known = {each.key for each in fields_of(run.kind)}
    chosen: dict[int, str] = {}
    for column, key in sorted(mapping.items()):
        if not key:
            continue
        if key not in known or not 0 <= column < len(run.headers):
            raise Invalid(f"c{column}", N_("没有这个字段，请从列表里选。"))
        if key in chosen.values():
            first = next(at for at, other in chosen.items() if other == key)
            raise Invalid(f"c{column}", N_("与「%(header)s」选了同一个字段，只能留一列。"), header=run.headers[first])
        chosen[column] = key
    missing = [each for each in fields_of(run.kind) if each.needed and each.key not in chosen.values()]
    if missing and "number" not in chosen.values():
        raise Invalid("", N_("还缺必填的「%(name)s」，请指定是哪一列。"), name=missing[0].label)
    run.mapping = {str(column): key for column, key in chosen.items()}
    _remember(session, actor, run, mapping)
    run.state = ImportState.READING
    job = jobs.start(session, actor.id, JobKind.CHECK_ROWS, {"run_id": run.id}, run.counts.get("rows"))
    run.job_id = job.id
    session.flush()
    return run


def _remember(session: Session, actor: Actor, run: ImportRun, mapping: Mapping[int, str]) -> None:
    if actor.section_id is None:
        return
    own = (ImportHeader.section_id == actor.section_id, ImportHeader.kind == run.kind)
    known = {row.header: row for row in session.scalars(select(ImportHeader).where(*own))}
    for column, text in enumerate(run.headers):
        header = fold(text)
        if not header:
            continue
        chosen = mapping.get(column, "")
        if header in known:
            known[header].field = chosen
        else:
            row = ImportHeader(section_id=actor.section_id, kind=run.kind, header=header, field=chosen)
            known[header] = row
            session.add(row)


def samples(session: Session, run: ImportRun, number: int = 3) -> list[list[str]]:
    """The first rows, so that people see what stands in each column."""
    query = select(ImportRow.cells).where(ImportRow.run_id == run.id).order_by(ImportRow.line).limit(number)
    return list(session.scalars(query))


def unmapped(run: ImportRun) -> list[Field]:
    """Fields that no column feeds."""
    taken = set(run.mapping.values())
    return [each for each in fields_of(run.kind) if each.key not in taken]


def count_rows(session: Session, run: ImportRun) -> int:
    return session.scalar(select(func.count()).where(ImportRow.run_id == run.id)) or 0
