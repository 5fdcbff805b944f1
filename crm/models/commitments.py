"""Commitments both ways (承诺台账) of a project."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Boolean, Date, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.commitments import CommitmentSide, CommitmentState, FairCompetition
from crm.models.base import Base, DemoMarked, EnumText, Identified, Stamped, Versioned
from crm.models.people import Person
from crm.models.projects import Project


class Commitment(Identified, Stamped, Versioned, DemoMarked, Base):
    __tablename__ = "commitment"
    __table_args__ = (Index("ix_commitment_state_due", "state", "due_on"),)

    #: One id per opened form.
    request_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    #: Which project.
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    #: Who promised.
    side: Mapped[CommitmentSide] = mapped_column(EnumText(CommitmentSide))
    #: What.
    content: Mapped[str] = mapped_column(Text)
    #: Law, policy or contract clause it rests on.
    legal_basis: Mapped[str | None] = mapped_column(String(300))
    #: By when.
    due_on: Mapped[date | None] = mapped_column(Date)
    #: Department or person that carries it out.
    responsible: Mapped[str | None] = mapped_column(String(120))
    #: open, fulfilled, waived or broken.
    state: Mapped[CommitmentState] = mapped_column(EnumText(CommitmentState), default=CommitmentState.OPEN)
    #: When that was said.
    settled_on: Mapped[date | None] = mapped_column(Date)
    #: What was said with it.
    settled_note: Mapped[str | None] = mapped_column(Text)
    #: The wording ties a benefit to taxes paid: barred, so it cannot pass the review.
    is_tied_to_tax: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: How the fair-competition review stands.
    fair_competition: Mapped[FairCompetition] = mapped_column(
        EnumText(FairCompetition), default=FairCompetition.TO_REVIEW
    )
    #: Who wrote it down.
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    project: Mapped[Project] = relationship()
    added_by: Mapped[Person | None] = relationship()
