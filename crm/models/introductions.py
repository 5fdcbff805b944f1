"""Introductions (推介): a lead sent to a park, and the park's answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.introductions import IntroductionState
from crm.domain.pipeline import LossReason, UnmetRequirement
from crm.models.base import Base, DemoMarked, EnumText, Identified, Instant, Stamped, Versioned
from crm.models.leads import Lead
from crm.models.parks import Offer, Park
from crm.models.people import Person


class Introduction(Identified, Stamped, Versioned, DemoMarked, Base):
    __tablename__ = "introduction"
    __table_args__ = (
        Index("ix_introduction_park_state", "park_id", "state"),
        Index("ix_introduction_lead_park", "lead_id", "park_id"),
    )

    #: One id per opened form.
    request_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    #: Which lead.
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"))
    #: To which park.
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id", ondelete="CASCADE"))
    #: With which offer in mind.
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offer.id", ondelete="SET NULL"), index=True)
    #: recommended → introduced → viewing → accepted / declined / withdrawn.
    state: Mapped[IntroductionState] = mapped_column(EnumText(IntroductionState))
    #: Who sent it.
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: When; the answer clock of DOMAIN §6 starts here.
    sent_at: Mapped[datetime] = mapped_column(Instant)
    #: What the officer wrote to the park.
    message: Mapped[str | None] = mapped_column(Text)
    #: The match as it was when sent: status, low, high, parts, weights_version.
    match: Mapped[dict[str, object] | None] = mapped_column(JSON)
    #: When the officer released the contact to the park; empty means masked.
    contact_released_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Who released it.
    contact_released_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Agreed viewing.
    viewing_at: Mapped[datetime | None] = mapped_column(Instant)
    #: When the park accepted or declined.
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Who answered.
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: The park's words.
    answer_note: Mapped[str | None] = mapped_column(Text)
    #: Coded reason of a decline.
    decline_reason: Mapped[LossReason | None] = mapped_column(EnumText(LossReason))
    #: The one requirement that was not met.
    unmet_requirement: Mapped[UnmetRequirement | None] = mapped_column(EnumText(UnmetRequirement))
    #: Its value in the park's words, e.g. 净高 4.2 m.
    unmet_value: Mapped[str | None] = mapped_column(String(120))

    lead: Mapped[Lead] = relationship()
    park: Mapped[Park] = relationship()
    offer: Mapped[Offer | None] = relationship()
    sent_by: Mapped[Person] = relationship(foreign_keys=[sent_by_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
