"""Server-side sessions and sign-in tries: a cookie replayed after sign-out must not work (RELIABILITY §4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, Identified, Instant
from crm.models.people import Person


class UserSession(Identified, Base):
    __tablename__ = "user_session"

    #: SHA-256 of the random token that the browser holds.
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: Who signed in.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: When the person signed in.
    created_at: Mapped[datetime] = mapped_column(Instant)
    #: Last request, to ten minutes; shown on the page of own sessions.
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    #: Unused until then, the session ends; use moves it.
    expires_at: Mapped[datetime] = mapped_column(Instant)
    #: Set by sign-out, password change or an administrator.
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Address it was opened from, for the person's own review.
    address: Mapped[str | None] = mapped_column(String(64))
    #: Browser, shortened.
    browser: Mapped[str | None] = mapped_column(String(200))

    person: Mapped[Person] = relationship(lazy="joined")


class SignInAttempt(Identified, Base):
    """One try to sign in; throttling counts these rows, so that a flushed Redis opens nothing."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_key_at", "key", "at"),)

    #: "account:" + SHA-256 of the login, or "address:" + the address: one try writes both.
    key: Mapped[str] = mapped_column(String(100))
    #: When.
    at: Mapped[datetime] = mapped_column(Instant)
    #: Whether it got in; a success clears the account's count.
    succeeded: Mapped[bool] = mapped_column(Boolean)
