"""A lead form that is not finished: what was typed and pasted, for its author alone."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Stamped


class LeadDraft(Identified, Stamped, Base):
    __tablename__ = "lead_draft"

    #: Whose.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    #: What its list shows: the enterprise's name, or the first words of the pasted text.
    title: Mapped[str] = mapped_column(String(200))
    #: Values of the form's fields as typed.
    form: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    #: The pasted message.
    pasted: Mapped[str | None] = mapped_column(Text)
