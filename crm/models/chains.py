"""Industry chains as loaded from `chains/data`: segments, and who supplies whom."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import (
    JSON,
    Boolean,
    ForeignKey,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, Identified, Stamped, Versioned


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
