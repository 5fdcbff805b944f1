"""The job that reads a file: a child process opens it, the header is found, the rows are kept as text."""

from __future__ import annotations

from itertools import islice

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.domain.importing.fields import in_header_words
from crm.domain.importing.headers import SEARCHED_ROWS, find_header, fold, guess
from crm.domain.importing.refusals import sentence_of
from crm.domain.imports import ImportKind, ImportState
from crm.domain.sentences import Sentence
from crm.infra import sheets
from crm.infra.db import Database
from crm.infra.memory import collector_paused
from crm.infra.sheets import Refused, Row, Table
from crm.infra.storage import FileStore
from crm.models import ImportHeader, ImportRow, ImportRun, Person
from crm.services import jobs
from crm.services.imports.progress import LostJob, Progress
from crm.services.imports.rows import insert_all
from crm.services.jobs import Claimed

_CHUNK = 2000


class _NoHeader(Exception):
    """`reason` is a word of `domain.importing.refusals`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@collector_paused()
def read_file(database: Database, files: FileStore, claimed: Claimed) -> None:
    """Read the run's file into its rows, all in one unit of work at the end; a refusal is kept as a sentence."""
    run_id = int(claimed.params["run_id"])  # type: ignore[call-overload]
    with database.reading() as session:
        run = session.get(ImportRun, run_id)
        if run is None:
            return
        kind, path = run.kind, files.path(run.stored_name)
    progress = Progress(database, claimed)
    try:
        table = sheets.read(path)
        header, rows = _rows_of(kind, table, progress)
    except Refused as refused:
        _refuse(database, claimed, run_id, sentence_of(refused.reason.value, refused.params))
        return
    except _NoHeader as missing:
        _refuse(database, claimed, run_id, sentence_of(missing.reason))
        return
    except FileNotFoundError:
        _refuse(database, claimed, run_id, sentence_of("empty"))
        return
    with database.writing() as session:
        _keep(session, run_id, kind, table, header, rows)
        if not jobs.finish(session, claimed, {"rows": len(rows)}):
            raise LostJob


def _rows_of(kind: ImportKind, table: Table, progress: Progress) -> tuple[list[str], list[Row]]:
    top = list(islice(table.rows, SEARCHED_ROWS + 1))
    header = find_header(kind, [(row.line, row.cells) for row in top], table.merged)
    if header is None:
        raise _NoHeader("no_header")
    rows = top[header.last + 1 :]
    while piece := list(islice(table.rows, _CHUNK)):
        rows += piece
        progress.step(len(piece))
    # A header that is printed again on every page is no record.
    texts = [text.strip() for text in header.texts if text.strip()]
    rows = [row for row in rows if [cell.strip() for cell in row.cells if cell.strip()] != texts]
    if not rows:
        raise _NoHeader("no_rows")
    return header.texts, rows


def _keep(session: Session, run_id: int, kind: ImportKind, table: Table, header: list[str], rows: list[Row]) -> None:
    run = session.get_one(ImportRun, run_id)
    # A worker that was killed may have been here before.
    session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
    run.headers = header
    run.mapping = {str(column): key for column, key in _mapping(session, run, kind, header).items()}
    run.sheet = table.sheet[:80] or None
    run.left_out = table.left_out
    run.counts = {**run.counts, "rows": len(rows)}
    run.state, run.error = ImportState.MAPPING, None
    session.flush()
    insert_all(
        session,
        ImportRow,
        [
            {
                "run_id": run_id,
                "line": row.line,
                "cells": row.cells,
                "errors": {},
                "error_count": 0,
                "is_skipped": False,
            }
            for row in rows
        ],
    )


def _mapping(session: Session, run: ImportRun, kind: ImportKind, header: list[str]) -> dict[int, str]:
    """What the section chose for these headers before, else what the words say."""
    section_id = session.scalar(select(Person.section_id).where(Person.id == run.person_id))
    remembered = dict(
        session.execute(
            select(ImportHeader.header, ImportHeader.field).where(
                ImportHeader.section_id == section_id, ImportHeader.kind == kind
            )
        ).all()
    )
    known = in_header_words(kind, fold)
    left = [text if fold(text) not in remembered else "" for text in header]
    found = guess(left, known)
    for column, text in enumerate(header):
        chosen = remembered.get(fold(text)) if fold(text) else None
        if chosen and chosen not in found.values():
            found[column] = chosen
    return found


def _refuse(database: Database, claimed: Claimed, run_id: int, why: Sentence) -> None:
    with database.writing() as session:
        run = session.get_one(ImportRun, run_id)
        run.state, run.error = ImportState.REFUSED, why.dump()
        session.flush()
        if not jobs.finish(session, claimed, {}):
            raise LostJob
