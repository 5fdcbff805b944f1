"""What walks with a project: requests for approval, evidence, money added later, monthly records (DOMAIN §4)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.pipeline import RequestState, Stage
from crm.models.attachments import Attachment
from crm.models.base import Base, Big, DemoMarked, EnumText, Identified, Instant, Stamped, Versioned
from crm.models.people import Person
from crm.models.projects import Project


class StageRequest(Identified, Versioned, DemoMarked, Base):
    """An officer asks to pass a gate that needs the chief's word."""

    __tablename__ = "stage_request"
    __table_args__ = (Index("ix_stage_request_state_project", "state", "project_id"),)

    #: Which project.
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    #: Where it stood when asked.
    from_stage: Mapped[Stage] = mapped_column(EnumText(Stage))
    #: Where it is to go.
    to_stage: Mapped[Stage] = mapped_column(EnumText(Stage))
    #: Version of the gate definitions that were checked.
    gate_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    #: asked, approved, refused or withdrawn.
    state: Mapped[RequestState] = mapped_column(EnumText(RequestState), default=RequestState.ASKED)
    #: What the officer says with it.
    note: Mapped[str | None] = mapped_column(Text)
    #: Who asked.
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: When.
    asked_at: Mapped[datetime] = mapped_column(Instant)
    #: Who decided.
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: When.
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Why; required when refused.
    decision: Mapped[str | None] = mapped_column(Text)

    project: Mapped[Project] = relationship()
    asked_by: Mapped[Person | None] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])


class Evidence(Identified, Stamped, DemoMarked, Base):
    """What proves that a gate was passed rightly: a file, or a note that says where the paper lies."""

    __tablename__ = "evidence"

    #: Which project.
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    #: Key of the gate definitions, e.g. "contract", "licence".
    kind: Mapped[str] = mapped_column(String(40))
    #: The file, if there is one.
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id", ondelete="SET NULL"), index=True)
    #: What it is and where the paper lies; required without a file.
    note: Mapped[str | None] = mapped_column(Text)
    #: Date on the paper.
    dated_on: Mapped[date | None] = mapped_column(Date)
    #: Who put it here.
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Taken back by a person: history keeps it, gates do not count it.
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

    attachment: Mapped[Attachment | None] = relationship()
    added_by: Mapped[Person | None] = relationship()


class CapitalIncrease(Identified, Stamped, DemoMarked, Base):
    """增资: money added to a signed project. It adds an amount, never a project (DOMAIN §4)."""

    __tablename__ = "capital_increase"

    #: One id per opened form.
    request_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    #: Which project.
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    #: Added amount in fen.
    amount_fen: Mapped[int] = mapped_column(Big)
    #: Date of the agreement.
    agreed_on: Mapped[date] = mapped_column(Date)
    #: What it is for.
    note: Mapped[str | None] = mapped_column(Text)
    #: Who wrote it down.
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class MonthlyRecord(Identified, Stamped, Versioned, DemoMarked, Base):
    """A month of building: progress against plan and funds in place (DOMAIN §4 row 7)."""

    __tablename__ = "monthly_record"
    __table_args__ = (UniqueConstraint("project_id", "month"),)

    #: Which project.
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    #: First day of the month it speaks of.
    month: Mapped[date] = mapped_column(Date)
    #: Per cent done.
    done_percent: Mapped[int] = mapped_column(Integer)
    #: Per cent that should be done by the plan.
    planned_percent: Mapped[int | None] = mapped_column(Integer)
    #: Funds in place in fen, summed up to this month.
    funds_fen: Mapped[int | None] = mapped_column(Big)
    #: In words.
    note: Mapped[str | None] = mapped_column(Text)
    #: Who wrote it down.
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
