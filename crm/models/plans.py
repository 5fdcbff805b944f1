"""The plan of a chain (一链一策): its versions, and the tasks that people carry out."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.plans import PlanState, TaskState
from crm.models.base import Base, DemoMarked, EnumText, Identified, Instant, Stamped, Versioned
from crm.models.chains import Chain, Segment
from crm.models.parks import Park
from crm.models.people import Person


class PlanVersion(Identified, Stamped, Versioned, DemoMarked, Base):
    """One version of a chain's plan, whole; an approved one is never changed, the next is a new row."""

    __tablename__ = "plan_version"
    __table_args__ = (UniqueConstraint("chain_id", "number"),)

    #: Whose plan.
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id", ondelete="CASCADE"))
    #: Counts from 1 in each chain.
    number: Mapped[int] = mapped_column(Integer)
    #: Draft, handed in, approved, replaced by a later one.
    state: Mapped[PlanState] = mapped_column(EnumText(PlanState), default=PlanState.DRAFT)
    #: Period, chief, goals, gaps, carriers, measures, review cycle: plain JSON, read by `services.plans`.
    document: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: Who wrote it; empty for what came with the product.
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: What changed and why.
    reason: Mapped[str] = mapped_column(String(300))
    #: When it was handed to the chief.
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Who approved it.
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: When.
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    #: When it shall be looked at again.
    review_on: Mapped[date | None] = mapped_column(Date)

    chain: Mapped[Chain] = relationship()
    author: Mapped[Person | None] = relationship(foreign_keys=[author_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])


class PlanTask(Identified, Stamped, Versioned, DemoMarked, Base):
    """A task of a chain's plan, with who does it until when: it is reminded of like any other duty."""

    __tablename__ = "plan_task"

    #: Whose plan.
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id", ondelete="CASCADE"), index=True)
    #: What is to be done.
    text: Mapped[str] = mapped_column(Text)
    #: Section of the source document that asks for it.
    section: Mapped[str | None] = mapped_column(String(40))
    #: Who does it; empty until somebody is named.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: Until when; empty until a day is set.
    due_on: Mapped[date | None] = mapped_column(Date)
    #: Open, done or dropped.
    state: Mapped[TaskState] = mapped_column(EnumText(TaskState), default=TaskState.OPEN)
    #: When it was done or dropped.
    ended_on: Mapped[date | None] = mapped_column(Date)
    #: What came of it, or why it was dropped.
    outcome: Mapped[str | None] = mapped_column(Text)
    #: The segment it serves, if one.
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id", ondelete="SET NULL"))
    #: The park it concerns, if one.
    park_id: Mapped[int | None] = mapped_column(ForeignKey("park.id", ondelete="SET NULL"))
    #: Order in the plan.
    sort: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    chain: Mapped[Chain] = relationship()
    owner: Mapped[Person | None] = relationship()
    segment: Mapped[Segment | None] = relationship()
    park: Mapped[Park | None] = relationship()
