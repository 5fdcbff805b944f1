"""The audit trail: only added to, each entry bound to the one before by a hash (RELIABILITY §4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Instant


class AuditEntry(Identified, Base):
    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject_kind", "subject_id"),)

    #: Gapless place in the chain, given under the lock of the head row.
    sequence: Mapped[int] = mapped_column(Integer, unique=True)
    #: When.
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    #: Who; empty for the system and for visitors. No foreign key: the trail outlives accounts.
    actor_id: Mapped[int | None] = mapped_column(Integer, index=True)
    #: Dotted word: session.opened, contact.revealed, lead.edited …
    action: Mapped[str] = mapped_column(String(60), index=True)
    #: Kind of record.
    subject_kind: Mapped[str | None] = mapped_column(String(30))
    #: Its id.
    subject_id: Mapped[int | None] = mapped_column(Integer)
    #: Values before; personal data masked.
    before: Mapped[dict[str, object] | None] = mapped_column(JSON)
    #: Values after; personal data masked.
    after: Mapped[dict[str, object] | None] = mapped_column(JSON)
    #: Request or job id, to find the log lines.
    request_id: Mapped[str | None] = mapped_column(String(40))
    #: Address of the browser.
    address: Mapped[str | None] = mapped_column(String(64))
    #: Hash of the entry before.
    previous_hash: Mapped[str] = mapped_column(String(64))
    #: SHA-256 over the canonical JSON of this entry and `previous_hash`.
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHead(Base):
    """One row that every writer locks: without it the chain forks."""

    __tablename__ = "audit_head"

    #: Always 1.
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: Last sequence given.
    sequence: Mapped[int] = mapped_column(Integer)
    #: Hash of the last entry.
    hash: Mapped[str] = mapped_column(String(64))


class ContactReveal(Identified, Base):
    """One showing of a masked contact; the hourly limit counts these rows."""

    __tablename__ = "contact_reveal"
    __table_args__ = (Index("ix_contact_reveal_person_at", "person_id", "at"),)

    #: Who looked.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    #: At whom.
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    #: When.
    at: Mapped[datetime] = mapped_column(Instant)
