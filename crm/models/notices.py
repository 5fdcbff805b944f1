"""In-app notices: the bell at the top of every page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, DemoMarked, Identified, Instant


class Notice(Identified, DemoMarked, Base):
    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index("ix_notice_person_read", "person_id", "read_at"),
    )

    #: For whom.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    #: Word of the event; the sentence is made from it when shown.
    kind: Mapped[str] = mapped_column(String(40))
    #: Makes telling idempotent: the same thing is told once.
    key: Mapped[str] = mapped_column(String(120))
    #: Values of the sentence; no personal data of contacts.
    params: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: Record it leads to: "lead", "introduction" …
    subject_kind: Mapped[str | None] = mapped_column(String(20))
    #: Its id; the page it opens checks permission again.
    subject_id: Mapped[int | None] = mapped_column()
    #: When it was told.
    created_at: Mapped[datetime] = mapped_column(Instant)
    #: When it was read.
    read_at: Mapped[datetime | None] = mapped_column(Instant)
