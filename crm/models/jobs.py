"""Long work with progress: the row is the truth, the queue only rings (RELIABILITY §1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.domain.jobs import JobKind, JobState
from crm.models.base import Base, EnumText, Identified, Instant, Stamped


class Job(Identified, Stamped, Base):
    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_lease", "state", "lease_until"),)

    #: What is being done.
    kind: Mapped[JobKind] = mapped_column(EnumText(JobKind))
    #: For whom; nobody else sees it.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: queued, running, done or failed.
    state: Mapped[JobState] = mapped_column(EnumText(JobState), default=JobState.QUEUED)
    #: Rows done, and rows in all (empty: not known yet).
    done: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: Rows in all; empty while it is not known.
    total: Mapped[int | None] = mapped_column(Integer)
    #: Plain values: ids, query, format. Never personal data.
    params: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: What came of it: counts, name of a stored file.
    result: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: The sentence that people see when it failed, as `Sentence.dump` writes it.
    error: Mapped[str | None] = mapped_column(String(500))
    #: Who works on it: only the holder of the token may finish it.
    token: Mapped[str | None] = mapped_column(String(40))
    #: Until when; a job whose lease is over is taken up again.
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    #: How often it was taken up.
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: When it ended.
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
