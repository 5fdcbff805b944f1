"""Target lists of gaps (靶向招商) and what chain leaders buy outside the district (以商招商)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.targets import TargetState
from crm.models.base import Base, Big, DemoMarked, EnumText, Identified, Stamped, Versioned
from crm.models.chains import Segment
from crm.models.enterprises import Enterprise
from crm.models.leads import Lead
from crm.models.people import Person, Section


class GapTarget(Identified, Stamped, Versioned, DemoMarked, Base):
    """An enterprise that the district wants on a segment: who goes after it, until when, and what came of it."""

    __tablename__ = "gap_target"
    __table_args__ = (UniqueConstraint("segment_id", "enterprise_id"),)

    #: The gap it shall fill.
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), index=True)
    #: Who is wanted.
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id", ondelete="CASCADE"), index=True)
    #: 0…100 when it was listed (MATCHING B); pages compute the present one.
    score: Mapped[int] = mapped_column(Integer)
    #: Points by part when it was listed: tier, links, space.
    parts: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: How far it has come.
    state: Mapped[TargetState] = mapped_column(EnumText(TargetState), default=TargetState.LISTED)
    #: Who goes after it.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: Section that listed it: they see it, and whoever may see the enterprise.
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    #: Until when a first contact is expected.
    due_on: Mapped[date | None] = mapped_column(Date)
    #: Remarks of those who work on it.
    note: Mapped[str | None] = mapped_column(Text)
    #: Why it was dropped.
    drop_reason: Mapped[str | None] = mapped_column(String(300))
    #: The lead that it became.
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id", ondelete="SET NULL"), index=True)
    #: Who listed it.
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    segment: Mapped[Segment] = relationship()
    enterprise: Mapped[Enterprise] = relationship()
    lead: Mapped[Lead | None] = relationship()
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    section: Mapped[Section | None] = relationship()


class Purchase(Identified, Stamped, Versioned, DemoMarked, Base):
    """An input that a local firm buys outside the district: demand on the segment that could supply it."""

    __tablename__ = "purchase"

    #: Who buys.
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id", ondelete="CASCADE"), index=True)
    #: The segment that would supply it.
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), index=True)
    #: What is bought, in the firm's words.
    product: Mapped[str] = mapped_column(String(120))
    #: Volume a year in fen; empty is unknown.
    yearly_fen: Mapped[int | None] = mapped_column(Big)
    #: Where it comes from now.
    bought_from: Mapped[str | None] = mapped_column(String(120))
    #: How far away a supplier may sit, in km; empty is unknown.
    wished_km: Mapped[int | None] = mapped_column(Integer)
    #: Who said so, or which paper.
    source: Mapped[str] = mapped_column(String(200))
    #: On which day it was told.
    recorded_on: Mapped[date] = mapped_column(Date)
    #: Who wrote it down.
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Since when it no longer holds; such a row stays for history and is no demand.
    ended_on: Mapped[date | None] = mapped_column(Date)

    enterprise: Mapped[Enterprise] = relationship()
    segment: Mapped[Segment] = relationship()
    recorded_by: Mapped[Person | None] = relationship()
