"""Walking an import through its jobs, as a person and a worker would."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from crm.domain.imports import ImportKind
from crm.infra.db import Database
from crm.infra.storage import FileStore
from crm.models import ImportRow, ImportRun
from crm.services import imports, long_work
from crm.services.access import actor_for
from crm.services.imports import Upload


def table(headers: Sequence[str], *rows: Sequence[str]) -> bytes:
    """A CSV file."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([headers, *rows])
    return file.getvalue().encode("utf-8")


@dataclass
class Clerk:
    """A person who imports files into one database."""

    database: Database
    files: FileStore
    person_id: int

    def upload(self, content: bytes, kind: ImportKind = ImportKind.LEADS, name: str = "台账（示例）.csv") -> int:
        with self.database.writing() as session:
            actor = actor_for(session, self.person_id)
            run_id = imports.upload(session, actor, self.files, Upload(kind, name, io.BytesIO(content))).id
        self.work()
        return run_id

    def work(self) -> None:
        long_work.run_waiting(self.database, self.files)

    def choose(self, run_id: int, **changes: str) -> None:
        """Accept the columns as they were guessed, but for some by header."""
        run = self.run(run_id)
        mapping = {int(at): key for at, key in run.mapping.items()}
        for header, key in changes.items():
            mapping[run.headers.index(header)] = key
        with self.database.writing() as session:
            imports.choose(session, actor_for(session, self.person_id), run_id, mapping)
        self.work()

    def commit(self, run_id: int) -> None:
        with self.database.writing() as session:
            imports.commit(session, actor_for(session, self.person_id), run_id)
        self.work()

    def undo(self, run_id: int) -> None:
        with self.database.writing() as session:
            imports.undo(session, actor_for(session, self.person_id), run_id)
        self.work()

    def preview(self, content: bytes, kind: ImportKind = ImportKind.LEADS) -> int:
        """Upload and check."""
        run_id = self.upload(content, kind)
        self.choose(run_id)
        return run_id

    def bring(self, content: bytes, kind: ImportKind = ImportKind.LEADS) -> int:
        """All the way."""
        run_id = self.preview(content, kind)
        self.commit(run_id)
        return run_id

    def run(self, run_id: int) -> ImportRun:
        with self.database.reading() as session:
            run = session.get_one(ImportRun, run_id)
            session.refresh(run)
            session.expunge(run)
            return run

    def rows(self, run_id: int) -> list[ImportRow]:
        with self.database.reading() as session:
            rows = list(session.scalars(select(ImportRow).where(ImportRow.run_id == run_id).order_by(ImportRow.line)))
            session.expunge_all()
            return rows

    def counts(self, run_id: int) -> dict[str, int]:
        return {key: value for key, value in self.run(run_id).counts.items() if key not in ("bytes", "rows") and value}

    def errors(self, run_id: int) -> dict[int, dict[str, str]]:
        """By line, field and sentence."""
        return {
            row.line: {key: imports.error_words(error, str) for key, error in row.errors.items()}
            for row in self.rows(run_id)
            if row.error_count
        }


def clerk(database: Database, person_id: int, folder: Path) -> Clerk:
    return Clerk(database, FileStore(folder / "files"), person_id)
