"""Follow-ups: a dated activity with its outcome and the next action; an open one is a promise to be reminded of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Connection, ForeignKey, Index, Integer, String, Text, event, func, select, update
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from crm.domain.leads import FollowUpKind
from crm.models.base import Base, DemoMarked, EnumText, Identified, Instant, Stamped, Versioned
from crm.models.leads import Lead
from crm.models.people import Person


class FollowUp(Identified, Stamped, Versioned, DemoMarked, Base):
    __tablename__ = "follow_up"
    __table_args__ = (Index("ix_follow_up_owner_due", "owner_id", "done_at", "due_at"),)

    #: One id per opened form.
    request_id: Mapped[str | None] = mapped_column(String(40), unique=True)
    #: The lead it moves.
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"), index=True)
    #: The project that the lead had become by then, if it was written there.
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id", ondelete="SET NULL"), index=True)
    #: Call, visit, meeting …
    kind: Mapped[FollowUpKind] = mapped_column(EnumText(FollowUpKind))
    #: What is to be done, in one line.
    subject: Mapped[str] = mapped_column(String(200))
    #: When it is due; empty for something that simply happened.
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    #: When it was done; empty while open.
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    #: What came of it: what was said, what they asked.
    outcome: Mapped[str | None] = mapped_column(Text)
    #: How often it was put off; twice is the most (DOMAIN §6).
    postponed: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: Each putting off: {"at", "by", "from", "to", "reason"}, oldest first.
    postponements: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    #: Who is to do it.
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: Who wrote it down.
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    lead: Mapped[Lead] = relationship()
    owner: Mapped[Person] = relationship(foreign_keys=[owner_id])


def _keep_next_due(_mapper: Mapper[FollowUp], connection: Connection, row: FollowUp) -> None:
    """Keep `Lead.next_due_at` at the earliest open promise, whoever writes a follow-up.

    A plain UPDATE: being promised something is no edit of the lead, so its version stays.
    """
    earliest = (
        select(func.min(FollowUp.due_at))
        .where(FollowUp.lead_id == row.lead_id, FollowUp.done_at.is_(None))
        .scalar_subquery()
    )
    leads = Lead.__table__
    connection.execute(update(leads).where(leads.c.id == row.lead_id).values(next_due_at=earliest))


for _moment in ("after_insert", "after_update", "after_delete"):
    event.listen(FollowUp, _moment, _keep_next_due)
