"""Who stands where on a chain."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, Date, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chains.engine.model import Confidence
from crm.models.base import Base, DemoMarked, EnumText, Identified, Stamped
from crm.models.enterprises import Enterprise


class Placement(Identified, Stamped, DemoMarked, Base):
    """An enterprise stands on a segment: a claim with source, date and confidence."""

    __tablename__ = "placement"
    __table_args__ = (UniqueConstraint("enterprise_id", "segment_id"),)

    #: Who.
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id", ondelete="CASCADE"), index=True)
    #: Where.
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), index=True)
    #: Leads this chain (链主); only where a source says so.
    is_leader: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: Section of the source document, when it supports the claim.
    section: Mapped[str | None] = mapped_column(String(40))
    #: Any other source, in words.
    source: Mapped[str | None] = mapped_column(Text)
    #: When it was last confirmed; older than 12 months fades.
    surveyed_on: Mapped[date | None] = mapped_column(Date)
    #: How sure it is; empty for what the document says.
    confidence: Mapped[Confidence | None] = mapped_column(EnumText(Confidence))

    enterprise: Mapped[Enterprise] = relationship()
