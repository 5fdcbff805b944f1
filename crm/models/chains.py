"""Industry chains: segments, who supplies whom, and the revisions that made them what they are."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chains.engine.model import SegmentStatus
from crm.models.base import Base, DemoMarked, EnumText, Identified, Instant, Stamped, Versioned
from crm.models.people import Person


class Chain(Identified, Stamped, Versioned, Base):
    """One industry chain; a chain without a map is known by name only."""

    __tablename__ = "chain"

    #: Folder name under chains/data, or the key in the district's list.
    key: Mapped[str] = mapped_column(String(60), unique=True)
    #: Chinese name.
    name: Mapped[str] = mapped_column(String(80))
    #: English name.
    name_en: Mapped[str | None] = mapped_column(String(120))
    #: The source's own grouping: 优势链条, 潜力链条, 谋划链条 …
    group: Mapped[str | None] = mapped_column(String(40))
    #: Section of the source document that names it.
    section: Mapped[str | None] = mapped_column(String(40))
    #: Whether chains/data holds a map of it.
    has_map: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: Number of the revision that segments, edges and placements now show; 0 before the first.
    revision: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: Firms of the reference area in all (MATCHING B, location quotient); empty is unknown.
    reference_total: Mapped[int | None] = mapped_column(Integer)
    #: Which register counted them, and when.
    reference_source: Mapped[str | None] = mapped_column(String(200))
    #: Plan facts as loaded: measures by tier, goals with sections.
    plan: Mapped[dict[str, object] | None] = mapped_column(JSON)
    #: Order on pages.
    sort: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    segments: Mapped[list[Segment]] = relationship(back_populates="chain", cascade="all, delete-orphan")


class Segment(Identified, Stamped, Versioned, Base):
    """One segment (环节) of a chain. Keys are unique within the chain."""

    __tablename__ = "segment"
    __table_args__ = (UniqueConstraint("chain_id", "key"),)

    #: The chain it belongs to.
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id", ondelete="CASCADE"), index=True)
    #: Key in the map file.
    key: Mapped[str] = mapped_column(String(80))
    #: Chinese name.
    name: Mapped[str] = mapped_column(String(80))
    #: English name.
    name_en: Mapped[str | None] = mapped_column(String(120))
    #: upstream, midstream or downstream.
    position: Mapped[str] = mapped_column(String(12))
    #: Group it lies in; empty for a top one. Siblings share half the focus score (MATCHING A.2).
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), index=True)
    #: Products made here.
    products: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: GB/T 4754-2017 codes.
    gbt_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Other words people use for it.
    words: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Typical space: load, height, power, environmental class, area range; marked as estimate.
    template: Mapped[dict[str, object] | None] = mapped_column(JSON)
    #: Where the claim comes from.
    sources: Mapped[list[object]] = mapped_column(JSON, default=list)
    #: Firms of the reference area here, local ones excluded; empty is unknown.
    reference_count: Mapped[int | None] = mapped_column(Integer)
    #: When somebody last looked who stands here; older than twelve months is 未摸清.
    surveyed_on: Mapped[date | None] = mapped_column(Date)
    #: Who looked, as written in the map.
    survey_by: Mapped[str | None] = mapped_column(String(80))
    #: What was found.
    survey_note: Mapped[str | None] = mapped_column(Text)
    #: Status when it was last recorded (`SegmentChange`); pages compute the present one.
    status: Mapped[SegmentStatus | None] = mapped_column(EnumText(SegmentStatus))
    #: Order within the chain's file.
    sort: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    chain: Mapped[Chain] = relationship(back_populates="segments")
    parent: Mapped[Segment | None] = relationship(remote_side="Segment.id")


class SegmentEdge(Identified, Base):
    """`supplier` delivers to `customer`; `share` of the customer's inputs if known."""

    __tablename__ = "segment_edge"
    __table_args__ = (UniqueConstraint("supplier_id", "customer_id"),)

    #: The supplying segment (upstream side).
    supplier_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"))
    #: The segment it delivers to.
    customer_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), index=True)
    #: Input share, any positive weight; empty means equal shares.
    share: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))


class ChainRevision(Identified, Stamped, DemoMarked, Base):
    """One saved state of a chain's map, whole: what is shown, compared, exported and restored."""

    __tablename__ = "chain_revision"
    __table_args__ = (UniqueConstraint("chain_id", "number"),)

    #: Whose map.
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id", ondelete="CASCADE"))
    #: Counts from 1 in each chain.
    number: Mapped[int] = mapped_column(Integer)
    #: Who saved it; empty for what came with the product.
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Why.
    reason: Mapped[str] = mapped_column(String(300))
    #: The map as YAML in stable order, the format of `chains/data`.
    document: Mapped[str] = mapped_column(Text)
    #: The revision that it brought back, if it restores one.
    restores: Mapped[int | None] = mapped_column(Integer)

    author: Mapped[Person | None] = relationship()


class ChainMember(Identified, DemoMarked, Base):
    """Who keeps a chain's map and plan (专班). A chain without members is kept by every chain team."""

    __tablename__ = "chain_member"
    __table_args__ = (UniqueConstraint("chain_id", "person_id"),)

    #: The chain.
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id", ondelete="CASCADE"))
    #: The person.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)


class SegmentChange(Identified, DemoMarked, Base):
    """A segment's status changed: the panorama's recent changes and the gaps closed and opened of weekly mails."""

    __tablename__ = "segment_change"
    __table_args__ = (Index("ix_segment_change_at", "at"),)

    #: Which segment.
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), index=True)
    #: When it was noticed.
    at: Mapped[datetime] = mapped_column(Instant)
    #: From; empty for the first status ever recorded.
    before: Mapped[SegmentStatus | None] = mapped_column(EnumText(SegmentStatus))
    #: To.
    after: Mapped[SegmentStatus] = mapped_column(EnumText(SegmentStatus))
    #: What caused it, in words: the revision's reason, the project that was signed, the survey that grew old.
    cause: Mapped[str] = mapped_column(String(300))

    segment: Mapped[Segment] = relationship()
