"""What the planner remembers: lights that are on, and who asked for more time and why (DOMAIN §6)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, DemoMarked, Identified, Instant


class Reminder(Identified, DemoMarked, Base):
    """One rule on one record, while its condition lasts. Closing it is never automatic: the condition must end."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("rule", "subject_kind", "subject_id", "started_on"),
        # Lights of lists are answered from this index alone.
        Index("ix_reminder_lead_open", "lead_id", "ended_at", "yellow_on", "red_on"),
    )

    #: Rule word: follow_up_due, lead_unowned, lead_unscreened, referrer_untold, introduction_unanswered …
    rule: Mapped[str] = mapped_column(String(40))
    #: lead, follow_up, introduction, unit …
    subject_kind: Mapped[str] = mapped_column(String(20))
    #: Its id.
    subject_id: Mapped[int] = mapped_column(Integer, index=True)
    #: The lead behind it, if any, for desks and digests.
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    #: Who must act.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: Civil date the clock started: a new start is a new reminder.
    started_on: Mapped[date] = mapped_column(Date)
    #: Civil date of yellow.
    yellow_on: Mapped[date | None] = mapped_column(Date)
    #: Civil date of red; escalation counts from here.
    red_on: Mapped[date | None] = mapped_column(Date)
    #: How far it was escalated: 0 owner, 1 section chief, 2 leader, 3 red box of the weekly report.
    level: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: More time was asked for until this day.
    snoozed_until: Mapped[date | None] = mapped_column(Date)
    #: At most two.
    snoozes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: When the condition ended.
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Snooze(Identified, DemoMarked, Base):
    """One asking for more time, kept for ever."""

    __tablename__ = "snooze"

    #: Of which reminder.
    reminder_id: Mapped[int] = mapped_column(ForeignKey("reminder.id", ondelete="CASCADE"), index=True)
    #: Who asked.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: Why; required.
    reason: Mapped[str] = mapped_column(String(300))
    #: Until when.
    until: Mapped[date] = mapped_column(Date)
    #: When it was asked.
    at: Mapped[datetime] = mapped_column(Instant)
