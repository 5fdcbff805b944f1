"""Enterprises with their other names, and the people one talks to there (DOMAIN §3)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.policies import Tier
from crm.models.base import Base, Big, DemoMarked, EnumText, Identified, Stamped, Versioned, seldom_index
from crm.models.chains import Segment


class Enterprise(Identified, Stamped, Versioned, DemoMarked, Base):
    """A legal person or institution. Size, above-scale status and tier are three different things (DOMAIN §3)."""

    __tablename__ = "enterprise"
    __table_args__ = (
        Index("ix_enterprise_normalised_name", "normalised_name"),
        Index("ix_enterprise_initials", "initials"),
        # Lists by name: PostgreSQL knows no Chinese order, so names are ordered as they are spoken.
        Index("ix_enterprise_pinyin", "pinyin", "id"),
        seldom_index("ix_enterprise_merged_into_id", "merged_into_id"),
    )

    #: Key of a seeded record; empty for what people enter.
    key: Mapped[str | None] = mapped_column(String(60), unique=True)
    #: Full name as registered or as told.
    name: Mapped[str] = mapped_column(String(200))
    #: `domain.enterprises.names.normalised(name)`: equal means "the same enterprise?" before saving.
    normalised_name: Mapped[str] = mapped_column(String(200))
    #: Distinctive core for similarity.
    core_name: Mapped[str] = mapped_column(String(200))
    #: All readings in full pinyin, space separated, for search.
    pinyin: Mapped[str] = mapped_column(String(600), default="", server_default="")
    #: All readings' initials, space separated (大参林: dsl dcl).
    initials: Mapped[str] = mapped_column(String(200), default="", server_default="")
    #: Unified social credit code, checked; unique where known.
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    #: An institution (hospital, laboratory) is no enterprise for size or tier.
    is_institution: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: GB/T 4754-2017 code, 2 to 4 digits.
    gbt_code: Mapped[str | None] = mapped_column(String(4), index=True)
    #: Segment of a chain it mainly stands in, as far as known.
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id", ondelete="SET NULL"), index=True)
    #: People employed.
    employees: Mapped[int | None] = mapped_column(Integer)
    #: Yearly revenue in fen.
    revenue_fen: Mapped[int | None] = mapped_column(Big)
    #: Total assets in fen.
    assets_fen: Mapped[int | None] = mapped_column(Big)
    #: Registered on; incubation counts months from here.
    founded_on: Mapped[date | None] = mapped_column(Date)
    #: Statistical size by the 2017 rule: large medium small micro not_applicable unknown.
    size: Mapped[str] = mapped_column(String(20), default="unknown", server_default="unknown")
    #: Sentence parts of the rule that decided the size.
    size_rule: Mapped[dict[str, object] | None] = mapped_column(JSON)
    #: Above designated size by its figures; empty when the inputs are missing.
    above_scale_computed: Mapped[bool | None] = mapped_column(Boolean)
    #: Registered with statistics (入统): a human fact.
    above_scale_registered: Mapped[bool | None] = mapped_column(Boolean)
    #: Titles such as 专精特新, 瞪羚.
    titles: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: Listed on an exchange.
    is_listed: Mapped[bool | None] = mapped_column(Boolean)
    #: In a list of the 500 largest.
    is_top500: Mapped[bool | None] = mapped_column(Boolean)
    #: 链主: a curated fact, never computed.
    is_chain_leader: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: Effective tier: the override if there is one, else the derived; empty is unknown.
    tier: Mapped[Tier | None] = mapped_column(EnumText(Tier), index=True)
    #: Sentence parts of the rule that decided the tier.
    tier_rule: Mapped[dict[str, object] | None] = mapped_column(JSON)
    #: Tier set by a person against the rule.
    tier_override: Mapped[Tier | None] = mapped_column(EnumText(Tier))
    #: Why; required with an override.
    tier_override_reason: Mapped[str | None] = mapped_column(String(300))
    #: Where the source document names it, e.g. ["四（三）1"].
    sections: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: What the source says of it, in our words.
    note: Mapped[str | None] = mapped_column(Text)
    #: Section that entered it by itself, without a lead (an import of enterprises): they see it.
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    #: Folded into this enterprise by a merge; such a row is shown nowhere but in the history.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))

    aliases: Mapped[list[EnterpriseAlias]] = relationship(cascade="all, delete-orphan")
    contacts: Mapped[list[Contact]] = relationship(cascade="all, delete-orphan", back_populates="enterprise")
    segment: Mapped[Segment | None] = relationship()


class EnterpriseAlias(Identified, Base):
    """Another name: short name, former name, name in the source."""

    __tablename__ = "enterprise_alias"
    __table_args__ = (UniqueConstraint("enterprise_id", "normalised_name"),)

    #: Whose name.
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id", ondelete="CASCADE"))
    #: The name as written.
    name: Mapped[str] = mapped_column(String(200))
    #: Normalised for the same question as the main name.
    normalised_name: Mapped[str] = mapped_column(String(200), index=True)
    #: Pinyin and initials of this name, space separated, for search.
    pinyin: Mapped[str] = mapped_column(String(600), default="", server_default="")


class Contact(Identified, Stamped, Versioned, DemoMarked, Base):
    """A person at an enterprise: personal information, masked by default, revealed by a logged click."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_section_created", "section_id", "created_at", "id"),
        seldom_index("ix_contact_merged_into_id", "merged_into_id"),
    )

    #: Where this person works.
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id", ondelete="CASCADE"), index=True)
    #: Section that entered this person; other sections are not shown them. Empty for enquiries not yet taken.
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    #: Full name; shown as 张**.
    name: Mapped[str] = mapped_column(String(80))
    #: Position, shown unmasked.
    title: Mapped[str | None] = mapped_column(String(80))
    #: Normalised phone digits with a leading + for foreign ones; shown as 138****0000.
    phone: Mapped[str | None] = mapped_column(String(32), index=True)
    #: Mail address.
    email: Mapped[str | None] = mapped_column(String(254))
    #: Can decide on the investment.
    is_decision_maker: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: Folded into this contact by a merge.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))

    enterprise: Mapped[Enterprise] = relationship(back_populates="contacts")
