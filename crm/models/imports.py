"""Imports: one uploaded file, its rows as typed values with their errors, and what became of each row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.imports import ImportKind, ImportState, RowOutcome, UndoOutcome
from crm.models.base import Base, Big, EnumText, Identified, Instant, Stamped, Versioned
from crm.models.jobs import Job
from crm.models.people import Person


class ImportRun(Identified, Stamped, Versioned, Base):
    """One file on its way in."""

    __tablename__ = "import_run"

    #: One id per opened form.
    request_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    #: What its rows become.
    kind: Mapped[ImportKind] = mapped_column(EnumText(ImportKind))
    #: How far it has come.
    state: Mapped[ImportState] = mapped_column(EnumText(ImportState), default=ImportState.READING)
    #: Who uploaded it; nobody else sees it.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: The file's name as people know it.
    file_name: Mapped[str] = mapped_column(String(200))
    #: Name in the store.
    stored_name: Mapped[str] = mapped_column(String(80))
    #: The sheet that was read; empty for CSV.
    sheet: Mapped[str | None] = mapped_column(String(80))
    #: Names of other sheets with content, which were not read: people are told.
    left_out: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: SHA-256 of the file: the same file is recognised.
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    #: Headers as read, in order.
    headers: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Field by column index; columns without a field are left out.
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    #: Numbers for the pages: rows, errors, added, changed, same, undone …
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    #: The sentence that people see when it was refused or failed, as `Sentence.dump` writes it.
    error: Mapped[str | None] = mapped_column(Text)
    #: The job at work on it, for the progress bar.
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))
    #: When its rows were written.
    committed_at: Mapped[datetime | None] = mapped_column(Instant)

    person: Mapped[Person] = relationship()
    job: Mapped[Job | None] = relationship()


class ImportRow(Identified, Base):
    """One row of a file."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("run_id", "line"),
        Index("ix_import_row_run_errors", "run_id", "error_count", "line"),
    )

    #: Which run.
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"))
    #: Line in the file, counted from 1.
    line: Mapped[int] = mapped_column(Integer)
    #: Cells as text, by column; edits in the grid change them.
    cells: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Errors by field: the sentence (Chinese source text) and its values.
    errors: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: Number of them, for the filter.
    error_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: Left out by the person.
    is_skipped: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: What became of it.
    outcome: Mapped[RowOutcome | None] = mapped_column(EnumText(RowOutcome))
    #: The record it became or changed.
    subject_id: Mapped[int | None] = mapped_column(Big)
    #: Values before, where it changed a record, and ids of what was made with it.
    before: Mapped[dict[str, object] | None] = mapped_column(JSON)
    #: Version of the record after the import: a higher one was edited since.
    version_after: Mapped[int | None] = mapped_column(Integer)
    #: What became of it in an undo.
    undo: Mapped[UndoOutcome | None] = mapped_column(EnumText(UndoOutcome))
    #: Why it was kept or failed.
    undo_reason: Mapped[str | None] = mapped_column(String(300))


class ImportHeader(Identified, Stamped, Base):
    """A header that somebody of a section has mapped once is known the next time."""

    __tablename__ = "import_header"
    __table_args__ = (UniqueConstraint("section_id", "kind", "header"),)

    #: Whose memory.
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id", ondelete="CASCADE"))
    #: Of which import.
    kind: Mapped[ImportKind] = mapped_column(EnumText(ImportKind))
    #: The header, normalised.
    header: Mapped[str] = mapped_column(String(120))
    #: The field; "" is "leave out".
    field: Mapped[str] = mapped_column(String(40))
