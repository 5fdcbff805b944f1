"""GB/T 4754-2017 industry codes: the sections, divisions and used classes; the full table can be imported."""

from __future__ import annotations

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base


class IndustryCode(Base):
    __tablename__ = "industry_code"

    #: A to T for sections, then 2, 3 or 4 digits.
    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    #: 1 section, 2 division, 3 group, 4 class.
    level: Mapped[int] = mapped_column(Integer)
    #: Code one level up.
    parent: Mapped[str | None] = mapped_column(String(4), index=True)
    #: Chinese name of the standard.
    name: Mapped[str] = mapped_column(String(120))
