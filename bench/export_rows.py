"""Seconds and memory to write 100,000 leads as xlsx (the slower of the two formats), filters and masks included.

`--quick` writes 5,000 and says what 100,000 would take.
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert, select

from bench.common import databases, emit, quick
from crm.domain.leads import LeadSource, LeadState
from crm.domain.space import Tenure
from crm.infra.clock import now
from crm.infra.db import Database
from crm.models import Contact, Enterprise, Lead
from crm.services import exports
from crm.services.access import actor_for
from crm.services.exports import Asked
from tests.cast import Cast, make_cast

CHUNK = 2_000


def fill(database: Database, cast: Cast, rows: int) -> None:
    """Leads of the officer's section, each with its firm and contact."""
    moment = now()
    for start in range(0, rows, CHUNK):
        some = range(start + 1, min(start + CHUNK, rows) + 1)
        with database.writing() as session:
            session.execute(
                insert(Enterprise),
                [
                    {"id": n, "name": f"示例第{n}号有限公司", "normalised_name": f"示例第{n}号", "core_name": f"第{n}号", "titles": [], "version": 1}
                    for n in some
                ],
            )  # fmt: skip
            session.execute(
                insert(Contact),
                [{"id": n, "enterprise_id": n, "section_id": cast.section, "name": "张三丰", "phone": f"13{n:09d}", "version": 1} for n in some],
            )  # fmt: skip
            session.execute(
                insert(Lead),
                [
                    {
                        "id": n, "number": f"XS-2026-{n:06d}", "enterprise_id": n, "contact_id": n, "state": LeadState.NEW,
                        "source": LeadSource.VISIT, "owner_id": cast.officer, "section_id": cast.section, "received_at": moment,
                        "last_activity_at": moment, "content": "想租一层做试剂", "investment_fen": n * 1_000_000, "tenure": Tenure.RENT,
                        "area_target": 1000 + n % 900, "version": 1,
                    }
                    for n in some
                ],
            )  # fmt: skip


def main() -> None:
    rows = 5_000 if quick() else 100_000
    with databases() as each:
        for name, database in each:
            with database.writing() as session:
                cast = make_cast(session)
            fill(database, cast, rows)
            with tempfile.TemporaryDirectory() as folder:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                started = time.perf_counter()
                with database.writing() as session:
                    asked = Asked("leads", "owner=section&state=all", "xlsx")
                    number = exports.make_now(
                        session, actor_for(session, cast.officer), asked, Path(folder) / "leads.xlsx"
                    )
                spent = time.perf_counter() - started
                grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            with database.reading() as session:
                if number != rows or session.scalar(select(Lead.id).limit(1)) is None:
                    raise SystemExit(f"{number} rows were written, not {rows}")
            emit("export_100k_s", spent * 100_000 / rows, "s", rows, name)
            emit("export_memory_growth_mb", grown / 1024, "MB", rows, name)


if __name__ == "__main__":
    main()
