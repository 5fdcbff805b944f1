"""Policies, the measures by tier, and the district's targets, each with its section of the source document."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import JSON, Boolean, Integer, Numeric, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from crm.domain.policies import Instrument, Tier
from crm.models.base import Base, EnumText, Identified, Stamped, Versioned


class Policy(Identified, Stamped, Versioned, Base):
    """One policy instrument, in our words."""

    __tablename__ = "policy"

    #: Stable key.
    key: Mapped[str] = mapped_column(String(60), unique=True)
    #: Title.
    title: Mapped[str] = mapped_column(String(120))
    #: What it does, in our words.
    summary: Mapped[str] = mapped_column(Text)
    #: 土地, 载体, 人才 …
    category: Mapped[str] = mapped_column(String(40), index=True)
    #: Tiers it serves; empty list is any.
    tiers: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: The measure the engine scores, where it is one.
    instrument: Mapped[Instrument | None] = mapped_column(EnumText(Instrument))
    #: Section of the source document.
    section: Mapped[str] = mapped_column(String(40))
    #: Condition that the source attaches.
    condition: Mapped[str | None] = mapped_column(Text)
    #: Order on pages.
    sort: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class TierMeasure(Identified, Stamped, Base):
    """What the source names for one tier [S 四（三）2]."""

    __tablename__ = "tier_measure"

    #: The tier.
    tier: Mapped[Tier] = mapped_column(EnumText(Tier), unique=True)
    #: Whom the source counts in.
    applies_to: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: The measures.
    measures: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Condition words.
    condition: Mapped[str | None] = mapped_column(Text)
    #: Section.
    section: Mapped[str] = mapped_column(String(40))


class Target(Identified, Stamped, Versioned, Base):
    """A district target; the source gives no baselines, so a baseline is entered by people or absent (DOMAIN §9)."""

    __tablename__ = "target"

    #: Stable key.
    key: Mapped[str] = mapped_column(String(60), unique=True)
    #: Year it is for.
    year: Mapped[int] = mapped_column(Integer)
    #: What is measured.
    indicator: Mapped[str] = mapped_column(String(120))
    #: 达, 突破, 力争迈上 …
    operator: Mapped[str | None] = mapped_column(String(20))
    #: Value in `unit`; empty for a qualitative target.
    value: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    #: Unit.
    unit: Mapped[str | None] = mapped_column(String(20))
    #: Pillar it belongs to.
    pillar: Mapped[str | None] = mapped_column(String(40))
    #: No figure, only a direction.
    is_qualitative: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: Section.
    section: Mapped[str] = mapped_column(String(40))
    #: Baseline entered by people.
    baseline: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    #: In our words: means, reading notes.
    note: Mapped[str | None] = mapped_column(Text)
