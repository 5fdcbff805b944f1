"""The declarative base, the column types that both databases agree on, and what every table shares."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, DateTime, Index, Integer, MetaData, String, false, func, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from crm.infra.clock import now

#: Every constraint has a name, so that a migration can find it again on both databases.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: Money in fen outgrows 32 bits at 21 million yuan.
Big = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class Instant(TypeDecorator[datetime]):
    """A moment, aware and in UTC. SQLite keeps no zone, so it is taken off going in and put back coming out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EnumText(TypeDecorator[StrEnum]):
    """A StrEnum stored by its value as text: a new member needs no change of the table."""

    impl = String(32)
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members
        # A table with a million of them is read and written by look-ups; what is no member raises ValueError below.
        self._member_of = {member.value: member for member in members}

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return (self._member_of.get(value) or self.members(value)).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        if value is None:
            return None
        return self._member_of.get(value) or self.members(value)


def seldom_index(name: str, column: str, *more: str) -> Index:
    """An index of the few rows that have a value in `column`. A whole one would lure SQLite, which takes any equality
    for rare, into walking everything that has none."""
    filled = text(f"{column} IS NOT NULL")
    return Index(name, column, *more, sqlite_where=filled, postgresql_where=filled)


class Identified:
    #: Surrogate key; never shown to people, who see numbers such as XS-2026-0417.
    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=True)


class Stamped:
    #: When the row was first written.
    created_at: Mapped[datetime] = mapped_column(Instant, default=now, server_default=func.now())
    #: When the row last changed, by whatever cause; substantive activity is recorded elsewhere.
    updated_at: Mapped[datetime] = mapped_column(Instant, default=now, onupdate=now, server_default=func.now())


class Versioned:
    """Editable rows carry a version: the form sends it back, and a newer one in the table means Stale."""

    #: Rises with each save; two editors of one version cannot both win (RELIABILITY §2).
    version: Mapped[int] = mapped_column(Integer, nullable=False, server_default="1")

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, object]:
        return {"version_id_col": cls.version}


class DemoMarked:
    #: True for 示例 records, which `seed --drop-demo` removes and every page marks.
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
