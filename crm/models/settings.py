"""Settings that people change while the product runs: thresholds, weights, days off. Each value keeps its history."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, Identified, Stamped
from crm.models.people import Person


class SettingVersion(Identified, Stamped, Base):
    """One version of one setting; the highest version is in force, and none is ever changed."""

    __tablename__ = "setting_version"
    __table_args__ = (UniqueConstraint("key", "number"),)

    #: reminders.thresholds, matching.weights …
    key: Mapped[str] = mapped_column(String(60))
    #: 1, 2, 3 …
    number: Mapped[int] = mapped_column(Integer)
    #: The value.
    value: Mapped[object] = mapped_column(JSON)
    #: Who set it; empty for what came with the product.
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: Why.
    reason: Mapped[str] = mapped_column(String(300))

    author: Mapped[Person | None] = relationship()


class CalendarDay(Identified, Stamped, Base):
    """A day that the published calendar has wrong or not yet: the override table of DOMAIN §1."""

    __tablename__ = "calendar_day"

    #: The civil date.
    day: Mapped[date] = mapped_column(Date, unique=True)
    #: Whether people work then.
    is_working: Mapped[bool] = mapped_column(Boolean)
    #: Which notice says so.
    reason: Mapped[str] = mapped_column(String(200))
