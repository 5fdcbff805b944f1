"""Files that belong to leads and projects: stored outside `static`, under names of our own (RELIABILITY §3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, Big, DemoMarked, Identified, Instant, Stamped
from crm.models.people import Person


class Attachment(Identified, Stamped, DemoMarked, Base):
    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_lead_removed", "lead_id", "removed_at"),)

    #: The lead it belongs to; a project's files hang on its lead as well, so that one scope decides.
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"))
    #: The project, if it was added there.
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    #: The follow-up it documents.
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("follow_up.id", ondelete="SET NULL"), index=True)
    #: The name people gave it, cleaned; shown and used for downloads.
    file_name: Mapped[str] = mapped_column(String(200))
    #: Name in the store: random, tells nothing.
    stored_name: Mapped[str] = mapped_column(String(80), unique=True)
    #: Found from the content, not believed from the browser.
    media_type: Mapped[str] = mapped_column(String(120))
    #: Length in bytes.
    size: Mapped[int] = mapped_column(Big)
    #: SHA-256 of the content.
    sha256: Mapped[str] = mapped_column(String(64))
    #: Who uploaded it.
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Taken off the record; the row and the trail stay.
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    added_by: Mapped[Person | None] = relationship()
