"""The activity log: what happened, to which record, by whom. Timelines and weekly reports are read from it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, DemoMarked, Identified, Instant
from crm.models.people import Person


class Activity(Identified, DemoMarked, Base):
    """One event. Rows are only added: the weekly report of any past week stays reproducible (DOMAIN §7)."""

    __tablename__ = "activity"
    __table_args__ = (
        Index("ix_activity_at", "at"),
        Index("ix_activity_lead_at", "lead_id", "at"),
        Index("ix_activity_kind_at", "kind", "at"),
    )

    #: When it happened.
    at: Mapped[datetime] = mapped_column(Instant)
    #: Who did it; empty for the system or a visitor.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: Dotted word: lead.created, lead.screened, follow_up.done, introduction.sent, project.stage …
    kind: Mapped[str] = mapped_column(String(40))
    #: The lead concerned.
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"))
    #: The project concerned.
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    #: The park concerned; a park manager's timeline is read by it.
    park_id: Mapped[int | None] = mapped_column(ForeignKey("park.id", ondelete="CASCADE"), index=True)
    #: The introduction concerned.
    introduction_id: Mapped[int | None] = mapped_column(ForeignKey("introduction.id", ondelete="CASCADE"), index=True)
    #: Section that held the record then, so that a report by section survives a transfer.
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    #: Values of the sentence, by name; never personal data of contacts.
    params: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: Contact, visit, document or stage change: moves the silence clock (DOMAIN §6).
    is_substantive: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    actor: Mapped[Person | None] = relationship()
