"""The industry table GB/T 4754-2017: our own part of it at seeding, the full table from the user's file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.enterprises.gbt4754 import Industry, read_full_table, table
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.models import IndustryCode
from crm.services.seed.upsert import Tally, write


def load_own_table(session: Session, tally: Tally) -> None:
    """Sections, divisions and the classes that the product uses; a fuller table stays."""
    _store(session, tally, table().values())


def import_full_table(session: Session, path: Path) -> Tally:
    """Add and rename codes from a CSV file with the columns code, level, parent, name_zh; all or nothing.

    Raises `Invalid` with the first faulty lines when the file is not such a table. Codes that the file lacks
    stay: enterprises may carry them.
    """
    full = read_full_table(path)
    if full.errors:
        shown = " ".join(str(error) for error in full.errors[:5])
        raise Invalid("path", N_("行业分类表有 %(count)d 处错误：%(shown)s"), count=len(full.errors), shown=shown)
    tally = Tally()
    _store(session, tally, full.industries)
    return tally


def _store(session: Session, tally: Tally, industries: Iterable[Industry]) -> None:
    rows = {row.code: row for row in session.scalars(select(IndustryCode))}
    for industry in industries:
        values = {"level": industry.level, "parent": industry.parent or None, "name": industry.name}
        write(session, tally, IndustryCode, rows.get(industry.code), values, code=industry.code)
    session.flush()
