"""Comments on a lead or its project: words between colleagues; they move no clock."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, DemoMarked, Identified, Instant, Stamped, Versioned
from crm.models.people import Person


class Comment(Identified, Stamped, Versioned, DemoMarked, Base):
    __tablename__ = "comment"

    #: One id per opened form.
    request_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    #: The lead spoken of.
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    #: The project, if it was written there.
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    #: Who wrote it.
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: What they wrote.
    body: Mapped[str] = mapped_column(Text)
    #: Ids of the people named with @.
    mentions: Mapped[list[int]] = mapped_column(JSON, default=list)
    #: Taken back by its author; the row stays.
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    author: Mapped[Person] = relationship()
