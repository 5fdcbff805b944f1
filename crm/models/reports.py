"""Frozen weekly reports: a past week can always be printed again as it was sent (DOMAIN §7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Instant


class WeeklySnapshot(Identified, Base):
    __tablename__ = "weekly_snapshot"

    #: ISO week, 2026-W47.
    week: Mapped[str] = mapped_column(String(8), unique=True)
    #: First instant counted.
    from_at: Mapped[datetime] = mapped_column(Instant)
    #: First instant no longer counted.
    until_at: Mapped[datetime] = mapped_column(Instant)
    #: When it was frozen.
    frozen_at: Mapped[datetime] = mapped_column(Instant)
    #: The data set that all three voices are read from; ids and figures, no contact data.
    data: Mapped[dict[str, object]] = mapped_column(JSON)
