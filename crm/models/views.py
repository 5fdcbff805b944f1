"""Saved views of lists, and the tags that people put on records."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, Big, DemoMarked, Identified, Stamped, Versioned
from crm.models.people import Person


class SavedView(Identified, Stamped, Versioned, Base):
    """A list with its filters, order and columns under a name; the address holds them all."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person_id", "list", "name"),)

    #: leads, projects, enterprises or contacts.
    list: Mapped[str] = mapped_column(String(20))
    #: What its owner calls it.
    name: Mapped[str] = mapped_column(String(40))
    #: The query string without paging.
    query: Mapped[str] = mapped_column(Text)
    #: Who saved it.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: Section that it is shared with; empty is mine alone.
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id", ondelete="CASCADE"), index=True)
    #: Place among the tabs.
    sort: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    person: Mapped[Person] = relationship()


class RecordTag(Identified, DemoMarked, Base):
    """One tag on one record."""

    __tablename__ = "record_tag"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "tag"),
        Index("ix_record_tag_kind_tag", "subject_kind", "tag"),
    )

    #: lead, project, enterprise or contact.
    subject_kind: Mapped[str] = mapped_column(String(20))
    #: Its id.
    subject_id: Mapped[int] = mapped_column(Big)
    #: The word.
    tag: Mapped[str] = mapped_column(String(40))
