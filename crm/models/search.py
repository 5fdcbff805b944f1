"""The search index: one row a record that can be found, with the tokens it is found by (`domain.search`).

PostgreSQL keeps the tokens as a `tsvector` under a GIN index; SQLite mirrors them by triggers into the FTS5 table
`search_text`. The migration makes both; they have no class, and `infra.schema.is_modelled` leaves them out of the
comparison of models and tables.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text, TypeDecorator, UniqueConstraint, column, table
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from crm.domain.search import SearchKind
from crm.models.base import Base, Big, EnumText, Identified

#: The FTS5 table of SQLite; `rowid` is `SearchEntry.id`.
search_text = table("search_text", column("rowid"), column("tokens"))


class Tokens(TypeDecorator[list[str]]):
    """Tokens without blanks: a tsvector, or one text with a blank before and after each of them."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return " ".join("'" + token.replace("\\", "\\\\").replace("'", "''") + "'" for token in value)
        return f" {' '.join(value)} "

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str] | None:
        if value is None:
            return None
        return sorted(token.strip("'").replace("''", "'") for token in value.split())


class SearchEntry(Identified, Base):
    """What one record is found by. `id` rises with the day of entry: newer records are offered first."""

    __tablename__ = "search_entry"
    __table_args__ = (UniqueConstraint("subject_id", "subject_kind"),)

    #: What it is: lead, project, enterprise, …
    subject_kind: Mapped[SearchKind] = mapped_column(EnumText(SearchKind))
    #: Which one.
    subject_id: Mapped[int] = mapped_column(Big)
    #: Everything it is found by.
    tokens: Mapped[list[str]] = mapped_column(Tokens)
