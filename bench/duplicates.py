"""The duplicate check while an officer types, at many leads: p50 and p95 of one answer."""

from __future__ import annotations

import random
import time

from sqlalchemy import insert, select

from bench.common import databases, emit, percentile, quick
from crm.domain.enterprises.names import core, normalised
from crm.domain.enterprises.pinyin import pinyin_keys
from crm.domain.leads import LeadSource, LeadState
from crm.domain.search import SearchKind
from crm.infra.clock import now
from crm.infra.db import Database
from crm.models import Enterprise, Lead, Person
from crm.services import leads, search
from crm.services.access import actor_of
from crm.services.seed.demo import load_demo
from crm.services.seed.load import load_district

FIRST = "穗岭粤荔珠江南海云华星辰博瑞康泰和润恒德信达元启明远航"
TRADE = ("生物", "诊断", "医药", "器械", "智能", "机器人", "材料", "供应链", "食品", "服饰", "电子", "软件")
WORD = ("科技", "技术", "实业", "产业", "")


def names(count: int) -> list[str]:
    """Made-up firm names, the same ones every time."""
    dice = random.Random(20261124)
    return [
        f"{'广州' if dice.random() < 0.5 else ''}{''.join(dice.sample(FIRST, 3))}"
        f"{dice.choice(TRADE)}{dice.choice(WORD)}有限公司（示例）"
        for _ in range(count)
    ]


def fill(database: Database, count: int) -> None:
    """So many firms with a lead each, spread over the sections."""
    with database.writing() as session:
        load_district(session, "liwan")
        load_demo(session)
    made = names(count)
    for start in range(0, count, 5000):
        with database.writing() as session:
            sections = sorted(set(session.scalars(select(Person.section_id).where(Person.section_id.is_not(None)))))
            rows = []
            for name in made[start : start + 5000]:
                keys = pinyin_keys(name)
                rows.append(
                    {
                        "name": name,
                        "normalised_name": normalised(name),
                        "core_name": core(name),
                        "pinyin": " ".join(keys.full)[:600],
                        "initials": " ".join(keys.initials)[:200],
                        "titles": [],
                        "sections": [],
                    }
                )
            firms = session.scalars(insert(Enterprise).returning(Enterprise.id, sort_by_parameter_order=True), rows)
            ids = list(firms)
            session.execute(
                insert(Lead),
                [
                    {
                        "number": f"XS-2020-{start + at:06d}",
                        "enterprise_id": firm,
                        "state": LeadState.VALID,
                        "source": LeadSource.PHONE,
                        "section_id": sections[firm % len(sections)],
                        "received_at": now(),
                        "last_activity_at": now(),
                        "platforms": [],
                        "typed": {},
                    }
                    for at, firm in enumerate(ids)
                ],
            )
            search.index(session, SearchKind.ENTERPRISE, ids)


def measure(database: Database, rounds: int) -> list[float]:
    """Milliseconds of one check by name, code and phone."""
    times = []
    with database.reading() as session:
        officer = session.scalars(select(Person).where(Person.login == "demo-officer")).one()
        actor = actor_of(session, officer)
        for name in [*names(3), *names(rounds)[-rounds:]]:
            session.expunge_all()
            typed = name.replace("有限公司", "股份有限公司")
            start = time.perf_counter()
            leads.similar(session, actor, name=typed, uscc="91440101MA59GY3X0F", phone="13800000000")
            times.append((time.perf_counter() - start) * 1000)
    return times[3:]


def main() -> None:
    count, rounds = (2_000, 20) if quick() else (100_000, 200)
    with databases() as each:
        for name, database in each:
            fill(database, count)
            times = measure(database, rounds)
            emit("duplicate_check_p50_ms", percentile(times, 0.5), "ms", len(times), name)
            emit("duplicate_check_p95_ms", percentile(times, 0.95), "ms", len(times), name)


if __name__ == "__main__":
    main()
