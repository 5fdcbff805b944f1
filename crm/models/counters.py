"""Counters behind the numbers that people quote: gapless within a year and safe under concurrency."""

from __future__ import annotations

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base


class Counter(Base):
    """One row per series; raising it locks the row until the unit of work ends, so two writers never share a number."""

    __tablename__ = "counter"

    #: Name of the series, e.g. XS-2026.
    series: Mapped[str] = mapped_column(String(20), primary_key=True)
    #: The last number given.
    value: Mapped[int] = mapped_column(Integer)
