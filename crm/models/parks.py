"""Platforms, parks with their other names, buildings, units, land parcels and what is offered of them (DOMAIN §5)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    String,
    Text,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.space import EnvClass, ParkKind, Region, Tenure, UnitStatus
from crm.models.base import Base, DemoMarked, EnumText, Identified, Instant, Stamped, Versioned
from crm.models.chains import Chain, Segment
from crm.models.people import Person


class Platform(Identified, Stamped, Base):
    """One of the district's platforms [S 三（二）]."""

    __tablename__ = "platform"

    #: Stable key.
    key: Mapped[str] = mapped_column(String(40), unique=True)
    #: Chinese name.
    name: Mapped[str] = mapped_column(String(80))
    #: English name.
    name_en: Mapped[str | None] = mapped_column(String(120))
    #: North or south half; the location criterion uses it.
    region: Mapped[Region] = mapped_column(EnumText(Region))
    #: What it stands for, in our words.
    positioning: Mapped[str] = mapped_column(Text)
    #: Industries named for it.
    industries: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Section of the source document.
    section: Mapped[str] = mapped_column(String(40))
    #: Order on pages.
    sort: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class Park(Identified, Stamped, Versioned, DemoMarked, Base):
    """A park or carrier (园区/载体). What is unknown of it stays empty."""

    __tablename__ = "park"

    #: Stable key of seeded parks.
    key: Mapped[str | None] = mapped_column(String(60), unique=True)
    #: Main name.
    name: Mapped[str] = mapped_column(String(80))
    #: English name if there is one.
    name_en: Mapped[str | None] = mapped_column(String(120))
    #: Full pinyin, for order and search: no Chinese collation is assumed.
    pinyin: Mapped[str] = mapped_column(String(300), default="", server_default="", index=True)
    #: Platform it lies on; empty outside the three.
    platform_id: Mapped[int | None] = mapped_column(ForeignKey("platform.id"), index=True)
    #: Kind of place.
    kind: Mapped[ParkKind] = mapped_column(EnumText(ParkKind))
    #: What the source says of it, in our words.
    positioning: Mapped[str | None] = mapped_column(Text)
    #: Focus words of the source.
    focus: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Each fact with its section: [{"text": …, "section": …}].
    facts: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    #: Size in 0.01 亩 where the source gives one.
    land_cmu: Mapped[int | None] = mapped_column(Integer)
    #: Tiers it accepts; empty list means all.
    tiers: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: GB/T codes (prefixes) it refuses; empty list bans nothing.
    banned_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Highest environmental class allowed; empty is unknown, so a lead of any but the lowest class must ask.
    env_max: Mapped[EnvClass | None] = mapped_column(EnumText(EnvClass))
    #: Measures it offers, values of Instrument.
    instruments: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Shown on the public site.
    is_public: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())

    platform: Mapped[Platform | None] = relationship()
    aliases: Mapped[list[ParkAlias]] = relationship(cascade="all, delete-orphan")
    positionings: Mapped[list[ParkPositioning]] = relationship(cascade="all, delete-orphan")
    buildings: Mapped[list[Building]] = relationship(back_populates="park", cascade="all, delete-orphan")


class ParkAlias(Identified, Base):
    """Another name of a park in the source or in use."""

    __tablename__ = "park_alias"
    __table_args__ = (UniqueConstraint("park_id", "name"),)

    #: Whose name.
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id", ondelete="CASCADE"))
    #: The name.
    name: Mapped[str] = mapped_column(String(80), index=True)
    #: Section that writes it so.
    section: Mapped[str | None] = mapped_column(String(40))


class ParkPositioning(Identified, Base):
    """A park's weight (0…1000) for a segment, or for a whole chain when `segment_id` is empty (MATCHING A.2 focus)."""

    __tablename__ = "park_positioning"
    __table_args__ = (UniqueConstraint("park_id", "chain_id", "segment_id"),)

    #: Whose positioning.
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id", ondelete="CASCADE"), index=True)
    #: The chain.
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id", ondelete="CASCADE"))
    #: The segment; empty for the chain as a whole.
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"))
    #: 1000 is full weight.
    weight: Mapped[int] = mapped_column(Integer)
    #: Section of the source, or empty for our proposal.
    section: Mapped[str | None] = mapped_column(String(40))

    chain: Mapped[Chain] = relationship()
    segment: Mapped[Segment | None] = relationship()


class ParkManager(Identified, DemoMarked, Base):
    """Which persons keep which park; a manager sees only these (DOMAIN §2)."""

    __tablename__ = "park_manager"
    __table_args__ = (UniqueConstraint("park_id", "person_id"),)

    #: The park.
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id", ondelete="CASCADE"))
    #: Its manager.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)

    person: Mapped[Person] = relationship()


class Building(Identified, Stamped, Versioned, DemoMarked, Base):
    """A building of a park."""

    __tablename__ = "building"
    __table_args__ = (UniqueConstraint("park_id", "name"),)

    #: Where it stands.
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id", ondelete="CASCADE"), index=True)
    #: e.g. 3 号楼（示例）.
    name: Mapped[str] = mapped_column(String(80))
    #: Storeys, if known.
    floors: Mapped[int | None] = mapped_column(Integer)

    park: Mapped[Park] = relationship(back_populates="buildings")
    units: Mapped[list[Unit]] = relationship(back_populates="building", cascade="all, delete-orphan")


class SpaceFacts:
    """What unit and parcel share; a value without verification is a value nonetheless, but shows its age."""

    #: Whether it can be offered.
    status: Mapped[UnitStatus] = mapped_column(EnumText(UnitStatus), default=UnitStatus.AVAILABLE)
    #: Highest environmental class here; empty falls back to the park's.
    env_max: Mapped[EnvClass | None] = mapped_column(EnumText(EnvClass))
    #: From when it can be taken.
    available_from: Mapped[date | None] = mapped_column(Date)
    #: When the present lease ends.
    lease_end: Mapped[date | None] = mapped_column(Date)
    #: When somebody last looked and confirmed.
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Who confirmed.
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Where the values come from: drawing, certificate, word of the owner.
    fact_source: Mapped[str | None] = mapped_column(String(120))


class Unit(Identified, Stamped, Versioned, DemoMarked, SpaceFacts, Base):
    """A floor or part of one. Storey height and clear height are two facts and never stand for each other."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("building_id", "name"),)

    #: The building.
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id", ondelete="CASCADE"), index=True)
    #: e.g. 4 层 A（示例）.
    name: Mapped[str] = mapped_column(String(80))
    #: Floor number.
    floor: Mapped[int | None] = mapped_column(Integer)
    #: Whole area in m².
    total_m2: Mapped[int | None] = mapped_column(Integer)
    #: Area free to take in m².
    free_m2: Mapped[int | None] = mapped_column(Integer)
    #: Smallest part that is let or sold, in m².
    min_lettable_m2: Mapped[int | None] = mapped_column(Integer)
    #: Floor to floor, cm.
    storey_height_cm: Mapped[int | None] = mapped_column(Integer)
    #: Under the lowest beam or duct, cm.
    clear_height_cm: Mapped[int | None] = mapped_column(Integer)
    #: Floor load in kg/m².
    floor_load_kg_m2: Mapped[int | None] = mapped_column(Integer)
    #: Free power in kVA.
    power_kva: Mapped[int | None] = mapped_column(Integer)
    #: Freight lift in kg.
    freight_lift_kg: Mapped[int | None] = mapped_column(Integer)

    building: Mapped[Building] = relationship(back_populates="units")
    offers: Mapped[list[Offer]] = relationship(back_populates="unit", cascade="all, delete-orphan")


class LandParcel(Identified, Stamped, Versioned, DemoMarked, SpaceFacts, Base):
    """A piece of land, measured in 亩."""

    __tablename__ = "land_parcel"
    __table_args__ = (UniqueConstraint("park_id", "name"),)

    #: The park or area it belongs to.
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id", ondelete="CASCADE"), index=True)
    #: e.g. 地块一（示例）.
    name: Mapped[str] = mapped_column(String(80))
    #: Land use such as M1.
    land_use: Mapped[str | None] = mapped_column(String(20))
    #: Whole area in 0.01 亩.
    total_cmu: Mapped[int | None] = mapped_column(Integer)
    #: Area free in 0.01 亩.
    free_cmu: Mapped[int | None] = mapped_column(Integer)
    #: Smallest part that is granted, in 0.01 亩.
    min_cmu: Mapped[int | None] = mapped_column(Integer)
    #: Power that can be brought, kVA.
    power_kva: Mapped[int | None] = mapped_column(Integer)

    park: Mapped[Park] = relationship()
    offers: Mapped[list[Offer]] = relationship(back_populates="parcel", cascade="all, delete-orphan")


class Offer(Identified, Stamped, Versioned, DemoMarked, Base):
    """Unit or parcel × tenure: the thing that is matched. Two offers of one unit share its capacity."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("unit_id", "tenure"),
        UniqueConstraint("parcel_id", "tenure"),
        CheckConstraint("(unit_id IS NULL) <> (parcel_id IS NULL)", name="one_thing"),
    )

    #: The park, repeated from unit or parcel so that a list by park needs no three joins.
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id", ondelete="CASCADE"), index=True)
    #: The unit offered, or
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"))
    #: the parcel offered.
    parcel_id: Mapped[int | None] = mapped_column(ForeignKey("land_parcel.id", ondelete="CASCADE"))
    #: rent, buy or land.
    tenure: Mapped[Tenure] = mapped_column(EnumText(Tenure))
    #: fen/m²/month (rent), yuan/m² (buy), 万元/亩 (land); empty is unknown.
    price: Mapped[int | None] = mapped_column(Integer)
    #: Measures that come with it; empty list falls back to the park's.
    instruments: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Tiers it is for; empty list falls back to the park's.
    tiers: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Withdrawn offers stay for history.
    is_active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())

    park: Mapped[Park] = relationship()
    unit: Mapped[Unit | None] = relationship(back_populates="offers")
    parcel: Mapped[LandParcel | None] = relationship(back_populates="offers")
