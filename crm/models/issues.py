"""The issue ledger (问题台账)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.issues import IssueState
from crm.models.base import Base, DemoMarked, EnumText, Identified, Instant, Stamped, Versioned
from crm.models.leads import Lead
from crm.models.people import Person, Section


class Issue(Identified, Stamped, Versioned, DemoMarked, Base):
    __tablename__ = "issue"
    __table_args__ = (Index("ix_issue_state_due", "state", "due_on"),)

    #: What people quote: WT-2026-0007.
    number: Mapped[str] = mapped_column(String(20), unique=True)
    #: One id per opened form.
    request_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    #: The lead it holds up; its scope decides who sees the issue.
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    #: The project, if it is one already.
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    #: Section that raised it.
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    #: What is wrong, in one or two sentences.
    problem: Mapped[str] = mapped_column(Text)
    #: Department that is to solve it.
    department: Mapped[str] = mapped_column(String(120))
    #: Who watches it on our side.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    #: By when.
    due_on: Mapped[date | None] = mapped_column(Date)
    #: open, working, resolved or closed.
    state: Mapped[IssueState] = mapped_column(EnumText(IssueState), default=IssueState.OPEN)
    #: What was done about it.
    solution: Mapped[str | None] = mapped_column(Text)
    #: When it was said to be solved.
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    #: 督办: a chief or leader watches it.
    is_supervised: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    #: What was asked with the supervision.
    supervision_note: Mapped[str | None] = mapped_column(Text)
    #: Who put it under supervision.
    supervised_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Who raised it.
    raised_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    lead: Mapped[Lead] = relationship()
    section: Mapped[Section | None] = relationship()
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    raised_by: Mapped[Person | None] = relationship(foreign_keys=[raised_by_id])
    supervised_by: Mapped[Person | None] = relationship(foreign_keys=[supervised_by_id])
