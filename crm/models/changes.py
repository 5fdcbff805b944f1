"""Changes of many records at once, and merges: each keeps what was before, so that it can be undone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, Big, DemoMarked, Identified, Instant
from crm.models.people import Person


class BulkChange(Identified, Base):
    """One action on the marked rows of a list."""

    __tablename__ = "bulk_change"

    #: One id per opened form.
    request_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    #: assign, tag, untag, stage_note, schedule …
    action: Mapped[str] = mapped_column(String(30))
    #: lead, project, enterprise or contact.
    subject_kind: Mapped[str] = mapped_column(String(20))
    #: What was asked, as plain values.
    params: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: Who.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: When.
    at: Mapped[datetime] = mapped_column(Instant)
    #: When it was taken back.
    undone_at: Mapped[datetime | None] = mapped_column(Instant)

    person: Mapped[Person] = relationship()


class BulkChangeRow(Identified, Base):
    """One record of a bulk change."""

    __tablename__ = "bulk_change_row"
    __table_args__ = (Index("ix_bulk_change_row_change", "change_id", "subject_id"),)

    #: Which change.
    change_id: Mapped[int] = mapped_column(ForeignKey("bulk_change.id", ondelete="CASCADE"))
    #: Id of the record.
    subject_id: Mapped[int] = mapped_column(Big)
    #: Values before, for the undo.
    before: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: Values after: a record that says something else by now was edited since, and is kept.
    after: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)


class Merge(Identified, DemoMarked, Base):
    """Two records that were one: the loser stays as a row that points at the winner, its values in the snapshot."""

    __tablename__ = "merge"
    __table_args__ = (
        Index("ix_merge_kind_winner", "kind", "winner_id"),
        Index("ix_merge_kind_loser", "kind", "loser_id"),
    )

    #: One id per opened form.
    request_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    #: enterprise, lead or contact.
    kind: Mapped[str] = mapped_column(String(20))
    #: The record that stays.
    winner_id: Mapped[int] = mapped_column(Big)
    #: The record that was folded in.
    loser_id: Mapped[int] = mapped_column(Big)
    #: By field: "winner" or "loser".
    choices: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    #: Everything needed to undo: values of both before, ids of the rows that moved.
    snapshot: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: Version of the winner after the merge: later edits are kept by an undo.
    winner_version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: Who.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: When.
    at: Mapped[datetime] = mapped_column(Instant)
    #: Who undid it.
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: When.
    undone_at: Mapped[datetime | None] = mapped_column(Instant)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
