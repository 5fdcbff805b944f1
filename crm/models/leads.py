"""Leads (招商线索): a possible investor with a need, in their words and in figures (DOMAIN §4)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.leads import Grade, LeadSource, LeadState
from crm.domain.space import EnvClass, Tenure
from crm.models.base import Base, Big, DemoMarked, EnumText, Identified, Instant, Stamped, Versioned, seldom_index
from crm.models.chains import Segment
from crm.models.enterprises import Contact, Enterprise
from crm.models.people import Person, Section


class Lead(Identified, Stamped, Versioned, DemoMarked, Base):
    __tablename__ = "lead"
    __table_args__ = (
        Index("ix_lead_section_state", "section_id", "state"),
        Index("ix_lead_owner_state", "owner_id", "state"),
        # The list's order, for one person's, a section's and everybody's leads: its first page is a walk of 51 entries.
        Index("ix_lead_owner_due", "owner_id", "next_due_at", "id"),
        Index("ix_lead_section_due", "section_id", "next_due_at", "id"),
        Index("ix_lead_due", "next_due_at", "id"),
        # The numbers beside a person's views: what they logged this week, whose protection ends.
        Index("ix_lead_owner_received", "owner_id", "received_at"),
        Index("ix_lead_owner_protected", "owner_id", "protected_until"),
        seldom_index("ix_lead_merged_into_id", "merged_into_id"),
        seldom_index("ix_lead_pooled_at", "pooled_at", "id"),
    )

    #: What people quote: XS-2026-0417, counted within the year.
    number: Mapped[str] = mapped_column(String(20), unique=True)
    #: One id per opened form: a double click stays one row.
    request_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    #: Who wants to invest.
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    #: The person there whom this lead talks to.
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    #: new, screening, valid, invalid, duplicate.
    state: Mapped[LeadState] = mapped_column(EnumText(LeadState), default=LeadState.NEW)
    #: Where it came from.
    source: Mapped[LeadSource] = mapped_column(EnumText(LeadSource))
    #: The enterprise that referred it (以商招商), where the referrer is one.
    referrer_enterprise_id: Mapped[int | None] = mapped_column(
        ForeignKey("enterprise.id", ondelete="SET NULL"), index=True
    )
    #: Who referred it; such a person must get an answer (以商招商).
    referrer: Mapped[str | None] = mapped_column(String(120))
    #: When the referrer was told; stops the feedback clock of DOMAIN §6.
    referrer_told_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Officer in charge; empty counts against the "without owner" clock.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Section that holds the lead; decides who sees it.
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    #: Who logged it; empty for enquiries of the public site.
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: When the word reached us; the clocks of DOMAIN §6 start here.
    received_at: Mapped[datetime] = mapped_column(Instant, index=True)
    #: A, B or C; decides how long silence is tolerated.
    grade: Mapped[Grade | None] = mapped_column(EnumText(Grade))
    #: What they want, in their own words.
    content: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: Segment of a chain that the investment belongs to; empty is unknown.
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id", ondelete="SET NULL"), index=True)
    #: GB/T 4754-2017 code of the planned activity.
    gbt_code: Mapped[str | None] = mapped_column(String(4))
    #: Planned total investment in fen.
    investment_fen: Mapped[int | None] = mapped_column(Big)

    #: rent, buy or land; empty is not yet asked and then nothing can be matched.
    tenure: Mapped[Tenure | None] = mapped_column(EnumText(Tenure))
    #: Smallest area that works: m², or 0.01 亩 for land.
    area_min: Mapped[int | None] = mapped_column(Integer)
    #: Area they would like best, same unit.
    area_target: Mapped[int | None] = mapped_column(Integer)
    #: Largest area they would take, same unit.
    area_max: Mapped[int | None] = mapped_column(Integer)
    #: Highest price: fen/m²/month (rent), yuan/m² (buy), 万元/亩 (land).
    budget: Mapped[int | None] = mapped_column(Integer)
    #: Floor load needed in kg/m²; 0 means "nothing special", empty means not asked: both pass (MATCHING A.1).
    floor_load_kg_m2: Mapped[int | None] = mapped_column(Integer)
    #: Clear height needed in cm, never the storey height.
    clear_height_cm: Mapped[int | None] = mapped_column(Integer)
    #: Power needed in kVA.
    power_kva: Mapped[int | None] = mapped_column(Integer)
    #: Environmental class of the activity; empty is unknown and must be asked where a park limits it.
    env_class: Mapped[EnvClass | None] = mapped_column(EnumText(EnvClass))
    #: Preferred platforms by key; empty list is no preference.
    platforms: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: When they must move in.
    needed_on: Mapped[date | None] = mapped_column(Date)
    #: Days they can wait beyond that.
    grace_days: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: The message that the lead was read from, as pasted; kept with the lead.
    pasted: Mapped[str | None] = mapped_column(Text)
    #: What was typed for each figure, so that a reading can be checked: {"area": "约3000㎡"}.
    typed: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    #: Last contact, visit, document or stage change; a mere edit does not move it (DOMAIN §6).
    last_activity_at: Mapped[datetime] = mapped_column(Instant, index=True)
    #: When the screening verdict was given.
    screened_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Who gave it.
    screened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: The screening note: why follow, why not.
    screening_note: Mapped[str | None] = mapped_column(Text)
    #: First-contact protection ends on this day.
    protected_until: Mapped[date | None] = mapped_column(Date)
    #: The one extension of the protection was granted on this day.
    protection_extended_on: Mapped[date | None] = mapped_column(Date)
    #: Proof of progress that it was granted on.
    protection_proof: Mapped[str | None] = mapped_column(Text)
    #: In the public pool (公海) since; empty when somebody's.
    pooled_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Earliest open follow-up, kept by `services.follow_ups`: lists are sorted by it through an index.
    next_due_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Folded into this lead by a merge; such a row is shown nowhere but in the history.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id"))

    enterprise: Mapped[Enterprise] = relationship(foreign_keys=[enterprise_id])
    referrer_enterprise: Mapped[Enterprise | None] = relationship(foreign_keys=[referrer_enterprise_id])
    contact: Mapped[Contact | None] = relationship()
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    registered_by: Mapped[Person | None] = relationship(foreign_keys=[registered_by_id])
    section: Mapped[Section | None] = relationship()
    segment: Mapped[Segment | None] = relationship()
    #: The project that it became. Read only: the project holds the key.
    project: Mapped[Any] = relationship(
        "Project", primaryjoin="Lead.id == foreign(Project.lead_id)", viewonly=True, uselist=False
    )
