"""Reserve projects (储备项目) with their stage; the gates between stages come with the reserve library."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.leads import Grade
from crm.domain.pipeline import LossReason, SideState, Stage, Track, UnmetRequirement
from crm.models.base import Base, Big, DemoMarked, EnumText, Identified, Instant, Stamped, Versioned
from crm.models.chains import Segment
from crm.models.enterprises import Enterprise
from crm.models.leads import Lead
from crm.models.parks import Park
from crm.models.people import Person, Section


class Project(Identified, Stamped, Versioned, DemoMarked, Base):
    __tablename__ = "project"
    __table_args__ = (Index("ix_project_section_stage", "section_id", "stage"),)

    #: What people quote: CB-2026-0032.
    number: Mapped[str] = mapped_column(String(20), unique=True)
    #: The lead it grew from; a lead becomes a project once.
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id"), unique=True)
    #: The investor.
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    #: Project name.
    name: Mapped[str] = mapped_column(String(200))
    #: Where it stands (DOMAIN §4).
    stage: Mapped[Stage] = mapped_column(EnumText(Stage), default=Stage.RESERVE)
    #: Since when, for days in stage.
    stage_since: Mapped[datetime] = mapped_column(Instant)
    #: Walking on, on hold, lost …
    side_state: Mapped[SideState] = mapped_column(EnumText(SideState), default=SideState.ACTIVE)
    #: Land or carrier.
    track: Mapped[Track] = mapped_column(EnumText(Track), default=Track.CARRIER)
    #: A, B or C; decides how long it may be silent.
    grade: Mapped[Grade | None] = mapped_column(EnumText(Grade))
    #: Segment it fills.
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id", ondelete="SET NULL"), index=True)
    #: Park it goes to, once known.
    park_id: Mapped[int | None] = mapped_column(ForeignKey("park.id", ondelete="SET NULL"), index=True)
    #: Officer in charge.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: Section in charge.
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    #: Planned total investment in fen.
    investment_fen: Mapped[int | None] = mapped_column(Big)
    #: Fixed-asset part in fen.
    fixed_investment_fen: Mapped[int | None] = mapped_column(Big)
    #: Amount of the first formal contract in fen; a project counts once.
    signed_fen: Mapped[int | None] = mapped_column(Big)
    #: Date of the first formal contract.
    signed_on: Mapped[date | None] = mapped_column(Date)
    #: Construction or fit-out began.
    started_on: Mapped[date | None] = mapped_column(Date)
    #: First production or opening.
    operating_on: Mapped[date | None] = mapped_column(Date)
    #: When it was lost or terminated.
    lost_on: Mapped[date | None] = mapped_column(Date)
    #: Why, first level.
    loss_reason: Mapped[LossReason | None] = mapped_column(EnumText(LossReason))
    #: The one unmet requirement, second level.
    unmet_requirement: Mapped[UnmetRequirement | None] = mapped_column(EnumText(UnmetRequirement))
    #: Its value.
    unmet_value: Mapped[str | None] = mapped_column(String(120))
    #: Facts that gates ask for, by key of the gate definitions: plain JSON values, money in fen, dates as ISO text.
    facts: Mapped[dict[str, object]] = mapped_column(JSON, default=dict, server_default="{}")
    #: Agreed day of the local registration.
    agreed_register_on: Mapped[date | None] = mapped_column(Date)
    #: Agreed day of the start; the start clocks of DOMAIN §6 count from it.
    agreed_start_on: Mapped[date | None] = mapped_column(Date)
    #: Agreed day of the first production.
    agreed_operating_on: Mapped[date | None] = mapped_column(Date)
    #: A project on hold is looked at again on this day.
    review_on: Mapped[date | None] = mapped_column(Date)
    #: Why it is on hold, lost, terminated or transferred.
    side_reason: Mapped[str | None] = mapped_column(Text)
    #: The project whose signing this one repeats: it is shown, and counts nowhere (DOMAIN §4).
    repeats_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    #: Last substantive activity.
    last_activity_at: Mapped[datetime] = mapped_column(Instant, index=True)
    #: What is asked of the leaders, if anything: the one decision of the weekly page.
    decision_asked: Mapped[str | None] = mapped_column(Text)

    lead: Mapped[Lead | None] = relationship()
    enterprise: Mapped[Enterprise] = relationship()
    segment: Mapped[Segment | None] = relationship()
    park: Mapped[Park | None] = relationship()
    owner: Mapped[Person | None] = relationship()
    section: Mapped[Section | None] = relationship()


class StageChange(Identified, DemoMarked, Base):
    """One step of a project; going back needs a reason, and nothing is ever deleted."""

    __tablename__ = "stage_change"

    #: Which project.
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    #: From; empty for the first.
    from_stage: Mapped[Stage | None] = mapped_column(EnumText(Stage))
    #: To.
    to_stage: Mapped[Stage] = mapped_column(EnumText(Stage))
    #: When.
    at: Mapped[datetime] = mapped_column(Instant)
    #: By whom.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Why; required when going back.
    reason: Mapped[str | None] = mapped_column(Text)
    #: Version of the gate definitions that were checked; empty for steps before there were any.
    gate_version: Mapped[int | None] = mapped_column(Integer)
    #: Who approved it, where the gate asks for the chief's word.
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
