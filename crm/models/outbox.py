"""Outgoing mail: the database is the truth, the queue is only a bell (RELIABILITY §1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, DemoMarked, Identified, Instant, Stamped
from crm.models.people import Person


class OutboxMail(Identified, Stamped, DemoMarked, Base):
    """One mail to one person for one period. Text is made at send time from ids; nothing personal is kept here."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("recipient_id", "kind", "period"),
        Index("ix_outbox_state_next_at", "state", "next_at"),
    )

    #: Who gets it; the right to see the content is checked when it is sent.
    recipient_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    #: daily_digest, weekly_leader, weekly_officer, weekly_park, …
    kind: Mapped[str] = mapped_column(String(40))
    #: Civil date, ISO week or record id that makes the mail unique.
    period: Mapped[str] = mapped_column(String(40))
    #: Ids the text is made from.
    params: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: Deterministic, so that a copy can be recognised as one.
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    #: pending, claimed, in_doubt, sent, failed, held, expired.
    state: Mapped[str] = mapped_column(String(12), default="pending", server_default="pending")
    #: Times it was claimed.
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: Not before this.
    next_at: Mapped[datetime] = mapped_column(Instant)
    #: After this it is no longer worth sending.
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Fresh for every claim; whoever settles must show it.
    token: Mapped[str | None] = mapped_column(String(40))
    #: The claim ends here, whether its owner lives or not.
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    #: What to do with an in_doubt row whose lease is over: resend, verify or hold.
    resolve: Mapped[str] = mapped_column(String(8), default="resend", server_default="resend")
    #: Why it last failed; no content.
    last_error: Mapped[str | None] = mapped_column(Text)
    #: When the server said 250.
    sent_at: Mapped[datetime | None] = mapped_column(Instant)

    recipient: Mapped[Person] = relationship()
