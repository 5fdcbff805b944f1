"""Chains with their segments, supply edges, plans and placements, from `chains/data` into the database.

The first load of a map is its first revision. A map that people have edited since is theirs: it is left alone and
noted, and the one that the product brings can be compared with it and taken over on screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.engine import model as engine
from chains.engine.diff import diff
from chains.engine.writing import dump
from crm.domain.labels import N_
from crm.models import Chain, ChainRevision, Enterprise, Placement, Segment
from crm.services import chain_maps
from crm.services.chain_maps import rows as map_rows
from crm.services.chain_maps import successors
from crm.services.seed.records import ChainRecord, District
from crm.services.seed.upsert import Tally, by_key, remove, write

#: Why a map that comes with the product is as it is.
SHIPPED = N_("随产品提供的图谱")


def store_chains(
    session: Session,
    tally: Tally,
    district: District,
    maps: Mapping[str, engine.Chain],
    plans: Mapping[str, engine.ChainPlan],
) -> dict[str, Chain]:
    """Every chain that the district names; those with a map get its segments and edges. By key."""
    groups = {group.key: group.name for group in district.chain_groups}
    rows = by_key(session, Chain)
    for sort, record in enumerate(district.chains):
        chain_map = maps.get(record.key)
        values = {
            "name": record.name,
            "name_en": chain_map.name_en if chain_map else None,
            "group": groups[record.group],
            "section": record.section,
            "has_map": record.has_map,
            "plan": _plan(record, chain_map, plans.get(record.key)),
            "sort": sort,
        }
        if record.key in rows and chain_maps.people_edited(session, rows[record.key].id):
            values |= _kept(rows[record.key], values["plan"])
        rows[record.key] = write(session, tally, Chain, rows.get(record.key), values, key=record.key)
    session.flush()
    for key, chain_map in maps.items():
        if chain_maps.people_edited(session, rows[key].id):
            continue
        written = map_rows.Written()
        segments = map_rows.write_segments(session, written, rows[key], chain_map, claims=False)
        _drop_stale(session, tally, rows[key], {k: v for k, v in segments.items() if k not in _keys(chain_map)})
        stay = {key: row for key, row in segments.items() if key in _keys(chain_map)}
        map_rows.write_edges(session, written, stay, chain_map)
        _count(tally, written)
    return rows


def _kept(row: Chain, plan: object) -> dict[str, object]:
    """What people said of the whole chain stands above what the files say."""
    theirs = {name: (row.plan or {}).get(name) for name in ("summary", "sections")}
    facts = dict(plan or {}) | {name: value for name, value in theirs.items() if value}  # type: ignore[call-overload]
    return {"name_en": row.name_en, "has_map": row.has_map, "plan": facts or None}


def _keys(chain_map: engine.Chain) -> set[str]:
    return {segment.key for segment in chain_map.segments}


def _count(tally: Tally, written: map_rows.Written) -> None:
    # Unary plus leaves out what was counted as nothing.
    tally.added.update(+written.added)
    tally.changed.update(+written.changed)
    tally.removed.update(+written.removed)


def _plan(
    record: ChainRecord, chain_map: engine.Chain | None, plan: engine.ChainPlan | None
) -> dict[str, object] | None:
    """What is known of a chain beside its segments, as plain JSON; absent things are left out."""
    facts: dict[str, object] = {
        "city_chain": record.city_chain,
        "stages": list(record.stages),
        "carriers": list(record.carriers),
    }
    if chain_map is not None:
        facts |= {"summary": chain_map.summary, "sections": list(chain_map.sections)}
    if plan is not None:
        facts |= {
            "standing": plan.standing,
            "chief": plan.chief,
            "lead_unit": plan.lead_unit,
            "firms": list(plan.firms),
            "firms_note": plan.firms_note,
            "measures": [_present(asdict(measure)) for measure in plan.measures],
            "goals": [
                _present(asdict(goal) | {"value": None if goal.value is None else str(goal.value)})
                for goal in plan.goals
            ],
            "tasks": [_present(asdict(task)) for task in plan.tasks],
        }
    return _present(facts) or None


def _present(facts: Mapping[str, object]) -> dict[str, object]:
    """Without what is unknown or empty; tuples become lists, as JSON gives them back."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in facts.items()
        if value is not None and value not in ([], ())
    }


def _drop_stale(session: Session, tally: Tally, chain: Chain, stale: Mapping[str, Segment]) -> None:
    """Remove segments that the map lost, unless people's records stand on them: those stay, noted."""
    members_first = sorted(stale.values(), key=lambda row: row.parent_id is None)
    for row in members_first:
        if successors.standing(session, row).parts or _is_needed(session, row):
            tally.notes.append(f"segment {chain.key}/{row.key} left the map but is in use: kept")
            continue
        remove(session, tally, [row])
        session.flush()


def _is_needed(session: Session, row: Segment) -> bool:
    """Firms and other segments stand on it."""
    return any(
        session.scalar(select(column).where(column == row.id).limit(1))
        for column in (Placement.segment_id, Segment.parent_id)
    )


def store_placements(
    session: Session, tally: Tally, enterprises: Mapping[str, Enterprise], maps: Mapping[str, engine.Chain]
) -> None:
    """Firms on segments as the maps' sources say. What people placed themselves (no section) stays.

    With them a map is whole, so this is where it becomes a revision.
    """
    chains = by_key(session, Chain)
    for chain_map in maps.values():
        chain = chains[chain_map.key]
        if chain_maps.people_edited(session, chain.id):
            if diff(chain_maps.current(session, chain.key).map, chain_map):
                tally.notes.append(f"map {chain.key} was edited here and differs from the one that comes: kept")
            continue
        _store_placements(session, tally, chain, chain_map, enterprises)
        _store_revision(session, tally, chain, chain_map)
    session.flush()


def _store_placements(
    session: Session, tally: Tally, chain: Chain, chain_map: engine.Chain, enterprises: Mapping[str, Enterprise]
) -> None:
    placed = []
    for placement in chain_map.placements:
        if placement.enterprise in enterprises:
            placed.append((placement, enterprises[placement.enterprise]))
        else:
            where = f"{chain_map.key}/{placement.segment}"
            tally.notes.append(f"{placement.enterprise} on {where}: not a firm of this district, skipped")
    written, segments = map_rows.Written(), map_rows.segment_rows(session, chain.id)
    gone = map_rows.write_placements(session, written, segments, placed, is_demo=False)
    seeded = {row.id for row in enterprises.values()}
    of_the_document = [row for row in gone if row.section is not None and not row.is_demo]
    map_rows.remove(session, written, [row for row in of_the_document if row.enterprise_id in seeded])
    _count(tally, written)


def _store_revision(session: Session, tally: Tally, chain: Chain, chain_map: engine.Chain) -> None:
    newest, document = chain_maps.newest_revision(session, chain.id), dump(chain_map)
    if newest is not None and newest.document == document:
        return
    number = newest.number + 1 if newest else 1
    session.add(ChainRevision(chain_id=chain.id, number=number, reason=SHIPPED, document=document))
    chain.revision = number
    tally.added["chain_revision"] += 1
