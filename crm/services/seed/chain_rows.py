"""Chains with their segments, supply edges, plans and placements, from `chains/data` into the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chains.engine import model as engine
from crm.models import Chain, Enterprise, Lead, ParkPositioning, Placement, Project, Segment, SegmentEdge
from crm.services.seed.records import ChainRecord, District
from crm.services.seed.upsert import Tally, by_key, remove, write


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
        rows[record.key] = write(session, tally, Chain, rows.get(record.key), values, key=record.key)
    session.flush()
    for key, chain_map in maps.items():
        segments = _store_segments(session, tally, rows[key], chain_map)
        _store_edges(session, tally, segments, chain_map)
    return rows


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


def _store_segments(session: Session, tally: Tally, chain: Chain, chain_map: engine.Chain) -> dict[str, Segment]:
    """The segments by key. Groups stand before their members in the file: one pass finds every parent."""
    rows = {row.key: row for row in session.scalars(select(Segment).where(Segment.chain_id == chain.id))}
    wanted = {segment.key for segment in chain_map.segments}
    stale = {key: row for key, row in rows.items() if key not in wanted}
    for sort, segment in enumerate(chain_map.segments):
        parent = rows[segment.parent] if segment.parent else None
        values = {
            "name": segment.name_zh,
            "name_en": segment.name_en,
            "position": str(segment.position),
            "parent_id": parent.id if parent else None,
            "products": list(segment.products),
            "gbt_codes": list(segment.gbt),
            "words": list(segment.aliases),
            "template": _template(chain_map.space_of(segment)),
            "sources": _sources(chain_map, segment),
            "sort": sort,
        }
        row = rows.get(segment.key)
        rows[segment.key] = write(session, tally, Segment, row, values, chain_id=chain.id, key=segment.key)
        if segment.parent is None:
            session.flush()  # its members need its id
    session.flush()
    _drop_stale(session, tally, chain, stale)
    return rows


def _template(space: engine.SpaceTemplate | None) -> dict[str, object] | None:
    return None if space is None else _present(asdict(space))


def _sources(chain_map: engine.Chain, segment: engine.Segment) -> list[object]:
    """Each reference with the title, date and status of its source."""
    known = {source.key: source for source in chain_map.sources}
    return [_present({**asdict(known[reference.key]), "section": reference.section}) for reference in segment.sources]


def _drop_stale(session: Session, tally: Tally, chain: Chain, stale: Mapping[str, Segment]) -> None:
    """Remove segments that the map lost, unless people's records stand on them: those stay, noted."""
    members_first = sorted(stale.values(), key=lambda row: row.parent_id is None)
    for row in members_first:
        used = any(
            session.scalar(select(column).where(column == row.id).limit(1))
            for column in (
                Lead.segment_id,
                Enterprise.segment_id,
                Project.segment_id,
                Placement.segment_id,
                ParkPositioning.segment_id,
                Segment.parent_id,
            )
        )
        if used:
            tally.notes.append(f"segment {chain.key}/{row.key} left the map but is in use: kept")
            continue
        remove(session, tally, [row])
        session.flush()


def _store_edges(session: Session, tally: Tally, segments: Mapping[str, Segment], chain_map: engine.Chain) -> None:
    ids = [row.id for row in segments.values()]
    touching = or_(SegmentEdge.supplier_id.in_(ids), SegmentEdge.customer_id.in_(ids))
    rows = {(row.supplier_id, row.customer_id): row for row in session.scalars(select(SegmentEdge).where(touching))}
    for edge in chain_map.edges:
        ends = (segments[edge.frm].id, segments[edge.to].id)
        share = None if edge.share is None else Decimal(edge.share.numerator) / edge.share.denominator
        values = {"share": None if share is None else share.quantize(Decimal("0.000001"))}
        row = rows.pop(ends, None)
        write(session, tally, SegmentEdge, row, values, supplier_id=ends[0], customer_id=ends[1])
    remove(session, tally, rows.values())
    session.flush()


def store_placements(
    session: Session, tally: Tally, enterprises: Mapping[str, Enterprise], maps: Mapping[str, engine.Chain]
) -> None:
    """Firms on segments as the maps' sources say. What people placed themselves (no section) stays."""
    ids = {
        (chain.key, segment.key): segment.id
        for chain, segment in session.execute(select(Chain, Segment).join(Segment, Segment.chain_id == Chain.id))
    }
    seeded = [row.id for row in enterprises.values()]
    found = session.scalars(select(Placement).where(Placement.enterprise_id.in_(seeded)))
    rows = {(row.enterprise_id, row.segment_id): row for row in found}
    for chain_map in maps.values():
        for placement in chain_map.placements:
            if placement.enterprise not in enterprises:
                where = f"{chain_map.key}/{placement.segment}"
                tally.notes.append(f"{placement.enterprise} on {where}: not a firm of this district, skipped")
                continue
            ends = (enterprises[placement.enterprise].id, ids[chain_map.key, placement.segment])
            values = {
                "is_leader": placement.leader is True,
                "section": placement.section,
                "source": placement.note,
            }
            row = rows.pop(ends, None)
            write(session, tally, Placement, row, values, enterprise_id=ends[0], segment_id=ends[1])
    remove(session, tally, [row for row in rows.values() if row.section is not None and not row.is_demo])
    session.flush()
