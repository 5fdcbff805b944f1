"""People, the sections they work in, and the one-time links that let them in for the first time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, String, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.domain.access import Role
from crm.models.base import Base, DemoMarked, EnumText, Identified, Instant, Stamped, Versioned


class Section(Identified, Stamped, DemoMarked, Base):
    """A section (科室) of the investment office; leads and projects belong to one."""

    __tablename__ = "section"

    #: Stable key for seeds and imports.
    key: Mapped[str] = mapped_column(String(40), unique=True)
    #: What people call it, e.g. 招商一科.
    name: Mapped[str] = mapped_column(String(80))


class Person(Identified, Stamped, Versioned, DemoMarked, Base):
    """Somebody with an account. Role decides permissions, section and parks decide scope (DOMAIN §2)."""

    __tablename__ = "person"

    #: Name to sign in with, lower case.
    login: Mapped[str] = mapped_column(String(64), unique=True)
    #: Shown name.
    name: Mapped[str] = mapped_column(String(80))
    #: Where digests and weekly mails go; without one the person reads notices only.
    email: Mapped[str | None] = mapped_column(String(254))
    #: One role a person: duties are separated by having separate accounts.
    role: Mapped[Role] = mapped_column(EnumText(Role))
    #: Own section; empty for leaders, park managers and the three administrators.
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    #: Language of pages and mails, "zh" or "en".
    locale: Mapped[str] = mapped_column(String(8), default="zh", server_default="zh")
    #: Argon2id; empty until the one-time link was used.
    password_hash: Mapped[str | None] = mapped_column(String(200))
    #: A person who left keeps history but cannot sign in and gets no mail.
    is_active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    #: When the password last changed; older sessions end there.
    password_changed_at: Mapped[datetime | None] = mapped_column(Instant)

    section: Mapped[Section | None] = relationship()


class AccountLink(Identified, Stamped, Base):
    """A link that works once: first sign-in of a new account, or a reset. Only its hash is kept."""

    __tablename__ = "account_link"

    #: SHA-256 of the token in the link.
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: Whose password it sets.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: After this it answers as if it never existed.
    expires_at: Mapped[datetime] = mapped_column(Instant)
    #: Set by the first use.
    used_at: Mapped[datetime | None] = mapped_column(Instant)
