"""Stored match results: what the engine said, with the versions that it said it with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, DemoMarked, Identified, Instant
from crm.models.parks import Offer, Park


class Match(Identified, DemoMarked, Base):
    """The best offer of one park for one lead, as last computed; the first ten are kept."""

    __tablename__ = "match"
    __table_args__ = (UniqueConstraint("lead_id", "park_id"),)

    #: For whom.
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    #: Which park.
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id", ondelete="CASCADE"), index=True)
    #: The park's best offer.
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id", ondelete="CASCADE"), index=True)
    #: fit or to_verify.
    status: Mapped[str] = mapped_column(String(12))
    #: 1 is best.
    rank: Mapped[int] = mapped_column(Integer)
    #: Sure points, 0…100000.
    low: Mapped[int] = mapped_column(Integer)
    #: Points if every unknown turns out well.
    high: Mapped[int] = mapped_column(Integer)
    #: Weight of the criteria that are certain, 0…100.
    coverage: Mapped[int] = mapped_column(Integer)
    #: Points per criterion: {"focus": [low, high], …}.
    parts: Mapped[dict[str, object]] = mapped_column(JSON)
    #: Constraints that nobody can answer yet.
    unknown: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Version of weights and tables.
    weights_version: Mapped[str] = mapped_column(String(40))
    #: First time this park appeared in the lead's list: "new match" in mails.
    first_seen_at: Mapped[datetime] = mapped_column(Instant, index=True)
    #: When this row was last computed.
    computed_at: Mapped[datetime] = mapped_column(Instant)

    park: Mapped[Park] = relationship()
    offer: Mapped[Offer] = relationship()
