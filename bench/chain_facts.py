"""All chains' facts with 1,500 firms on the maps of the demonstration: first of all, after one has changed, and kept."""

from __future__ import annotations

import random
import time

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from bench.common import databases, emit, median, quick
from bench.world import firm_names
from crm.domain.enterprises.names import core, normalised
from crm.domain.policies import Tier
from crm.infra.clock import today
from crm.infra.db import Database
from crm.models import Chain, Enterprise, Placement, Segment
from crm.services import chain_facts, segment_changes
from crm.services.chain_facts import building, rooms
from crm.services.seed.demo import load_demo
from crm.services.seed.load import load_district

FIRMS = 1_500
_TIERS = (Tier.MATURE, Tier.GROWTH, Tier.GROWTH, Tier.INCUBATION, Tier.INCUBATION, None)


def fill(session: Session) -> int:
    """Firms until there are 1,500 on the maps, and every segment surveyed; how many segments there are."""
    chance = random.Random(7)
    parents = select(Segment.parent_id).where(Segment.parent_id.is_not(None))
    leaves = session.scalars(select(Segment.id).where(Segment.id.not_in(parents)).order_by(Segment.id)).all()
    missing = FIRMS - session.scalar(select(func.count(func.distinct(Placement.enterprise_id))))
    names = firm_names(max(0, missing))
    rows = [
        {"key": f"bench-{n}", "name": name, "normalised_name": normalised(name), "core_name": core(name)}
        | {"tier": chance.choice(_TIERS), "titles": [], "sections": [], "is_demo": True}
        for n, name in enumerate(names)
    ]
    if rows:
        session.execute(insert(Enterprise), rows)
        ids = session.scalars(select(Enterprise.id).where(Enterprise.key.startswith("bench-"))).all()
        places = [
            {"enterprise_id": firm, "segment_id": chance.choice(leaves), "is_leader": chance.random() < 0.02}
            | {"source": "示例", "is_demo": True}
            for firm in ids
        ]
        session.execute(insert(Placement), places)
    session.execute(update(Segment).values(surveyed_on=today()))
    return len(leaves)


def main() -> None:
    rounds = 3 if quick() else 11
    with databases() as each:
        for name, database in each:
            with database.writing() as session:
                load_district(session, "liwan")
                load_demo(session)
                segments = fill(session)
                segment_changes.record(session, "bench")
            first, anew, kept, one = [], [], [], []
            for _ in range(rounds):
                _touch(database)
                building._drafts.clear()
                rooms._last.clear()
                with database.reading() as session:
                    first.append(_timed(lambda session=session: chain_facts.all_facts(session)))
                _touch(database)
                with database.reading() as session:
                    anew.append(_timed(lambda session=session: chain_facts.all_facts(session)))
                with database.reading() as session:
                    kept.append(_timed(lambda session=session: chain_facts.all_facts(session)))
                with database.writing() as session:
                    chain = session.scalar(select(Chain.id).where(Chain.key == "biomedicine"))
                    one.append(
                        _timed(lambda session=session, chain=chain: segment_changes.record(session, "bench", chain))
                    )
            emit("chain_facts_all_first_ms", median(first), "ms", segments, name)
            emit("chain_facts_all_anew_ms", median(anew), "ms", segments, name)
            emit("chain_facts_all_kept_ms", median(kept), "ms", segments, name)
            emit("segment_changes_one_chain_ms", median(one), "ms", rounds, name)


def _touch(database: Database) -> None:
    """A new stamp: what is kept no longer holds."""
    with database.writing() as session:
        session.execute(
            update(Chain).where(Chain.key == "biomedicine").values(reference_total=Chain.reference_total + 1)
        )


def _timed(work) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
