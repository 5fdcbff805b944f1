"""How leads changed hands: hand-overs, transfers between sections with their credit split, the pool and its claims."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.ownership import TransferKind, TransferState
from crm.models.base import Base, DemoMarked, EnumText, Identified, Instant, Versioned
from crm.models.leads import Lead
from crm.models.people import Person, Section


class Transfer(Identified, Versioned, DemoMarked, Base):
    __tablename__ = "transfer"
    __table_args__ = (
        Index("ix_transfer_person_kind_at", "person_id", "kind", "at"),
        Index("ix_transfer_to_section_state", "to_section_id", "state"),
    )

    #: Which lead; its project goes with it.
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    #: assign, hand_over, transfer, release or claim.
    kind: Mapped[TransferKind] = mapped_column(EnumText(TransferKind))
    #: Waiting for the other section, or done.
    state: Mapped[TransferState] = mapped_column(EnumText(TransferState), default=TransferState.DONE)
    #: Who had it.
    from_owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Who gets it.
    to_owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Section that had it.
    from_section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    #: Section that gets it.
    to_section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    #: What the successor should know, or why it went to the pool.
    note: Mapped[str | None] = mapped_column(Text)
    #: Credit by section id in per cent, 100 together; empty where nothing is shared.
    credit: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    #: Who did or asked it.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: When.
    at: Mapped[datetime] = mapped_column(Instant)
    #: Who answered for the other section.
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: When.
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Why, when refused.
    answer: Mapped[str | None] = mapped_column(Text)

    lead: Mapped[Lead] = relationship()
    from_owner: Mapped[Person | None] = relationship(foreign_keys=[from_owner_id])
    to_owner: Mapped[Person | None] = relationship(foreign_keys=[to_owner_id])
    from_section: Mapped[Section | None] = relationship(foreign_keys=[from_section_id])
    to_section: Mapped[Section | None] = relationship(foreign_keys=[to_section_id])
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
