"""Signs of life of background processes: a dead worker is visible within three minutes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Instant


class Heartbeat(Base):
    __tablename__ = "heartbeat"

    #: beat, worker, planner …
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    #: Last sign of life.
    beat_at: Mapped[datetime] = mapped_column(Instant)
