"""Writing the demonstration's chain maps: firms as enterprises, each map as a revision of the demonstration's team,
what local firms buy elsewhere, whom the district wants, and what changed lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from random import Random
from typing import Any

import yaml
from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from chains.engine.model import SegmentStatus
from crm.domain.enterprises.words import Title
from crm.domain.targets import TargetState
from crm.infra.clock import today
from crm.models import Chain, ChainRevision, Enterprise, GapTarget, Purchase, Segment, SegmentChange
from crm.services import chain_facts, chain_maps, enterprises, segment_changes, targets
from crm.services.access import Actor
from crm.services.chain_maps import rows as map_rows
from crm.services.enterprises import EnterpriseFacts
from crm.services.seed.demo import maps
from crm.services.seed.demo.dates import Dates
from crm.services.seed.demo.files import FOLDER
from crm.services.seed.demo.people import People
from crm.services.seed.upsert import Tally

WAN_FEN = 1_000_000
REASON = "装入演示数据（示例）"
_TEAM, _OFFICER = "demo-chain", "demo-officer"
#: Statuses of which some are told to be news: (before, after, days ago).
_NEWS = (
    (SegmentStatus.WEAK, SegmentStatus.STRONG, 26),
    (SegmentStatus.UNKNOWN, SegmentStatus.WEAK, 18),
    (SegmentStatus.MISSING, SegmentStatus.WEAK, 6),
    (SegmentStatus.WEAK, SegmentStatus.MISSING, 4),
)


def store_maps(session: Session, tally: Tally, people: People, dates: Dates) -> None:
    """Maps of every chain that the district has one of; nothing for a demonstration without a chain team."""
    spec = yaml.safe_load((FOLDER / "maps.yaml").read_text(encoding="utf-8"))
    team = people.actors.get(_TEAM)
    if team is None:
        return
    dice = Random(spec["seed"])
    for chain in session.scalars(select(Chain).where(Chain.has_map).order_by(Chain.sort, Chain.id)).all():
        state = chain_maps.current(session, chain.key)
        of_chain = spec["chains"].get(chain.key, {})
        drawn = maps.draw(state.map, of_chain, tuple(spec["prefixes"]), spec["seed"], dates.today)
        _store_firms(session, tally, chain, drawn.firms)
        chain_maps.save(session, team, chain.key, state.number, drawn.chain, REASON)
        tally.added["chain_revision"] += 1
    session.flush()
    ids = {
        (chain, segment): key
        for chain, segment, key in session.execute(
            select(Chain.key, Segment.key, Segment.id).join(Chain, Segment.chain_id == Chain.id)
        )
    }
    _store_purchases(session, tally, people, dates, spec["purchases"], ids)
    _store_targets(session, tally, people, dates, spec["targets"], ids)
    segment_changes.record(session, REASON, is_demo=True)
    _store_news(session, tally, dates, dice, frozenset(spec["chains"]))


def forget_maps(session: Session, chains: Iterable[str]) -> None:
    """After the demonstration's rows are gone: its claims leave the maps, and the last real revision is shown again."""
    for key in chains:
        state = chain_maps.current(session, key)
        written = map_rows.Written()
        cleaned = maps.without(state.map)
        map_rows.write_chain(written, state.row, cleaned)
        map_rows.write_segments(session, written, state.row, cleaned)
        last = select(func.max(ChainRevision.number)).where(ChainRevision.chain_id == state.row.id)
        state.row.revision = session.scalar(last) or 0
    session.flush()
    session.execute(_recorded())


def _recorded() -> Update:
    """Each segment's recorded status as its last remaining change says."""
    newest = (
        select(SegmentChange.after)
        .where(SegmentChange.segment_id == Segment.id)
        .order_by(SegmentChange.at.desc(), SegmentChange.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return update(Segment).where(Segment.status.is_not(None)).values(status=newest)


def _store_firms(session: Session, tally: Tally, chain: Chain, firms: tuple[maps.Firm, ...]) -> None:
    """One enterprise a name; a leader is one by a curated fact, the other tiers follow from what the rules ask for."""
    codes = {row.key: next(iter(row.gbt_codes or ()), None) for row in chain.segments}
    ids = {row.key: row.id for row in chain.segments}
    for number, firm in enumerate(firms, start=1):
        facts = EnterpriseFacts(
            name=firm.name,
            gbt_code=codes.get(firm.segment),
            segment_id=ids.get(firm.segment),
            is_listed=True if firm.tier == "mature" and not firm.is_leader else None,
            above_scale_registered=True if firm.tier == "growth" else None,
            titles=frozenset({Title.SPECIALISED}) if firm.tier == "growth" and len(firm.name) % 3 == 0 else frozenset(),
            founded_on=today() - timedelta(days=500) if firm.tier == "incubation" else None,
        )
        # With a key everybody may see it, as what the district's own files name: who is here is no secret.
        row = Enterprise(**enterprises.new_columns(facts), key=f"demo-{chain.key}-{number}"[:60], is_demo=True)
        if firm.is_leader:
            row.is_chain_leader = True
            enterprises.reassess(row)
        session.add(row)
    session.flush()
    tally.added["enterprise"] += len(firms)
    tally.added["placement"] += len(firms)


def _store_purchases(
    session: Session,
    tally: Tally,
    people: People,
    dates: Dates,
    purchases: Iterable[Mapping[str, Any]],
    ids: Mapping[tuple[str, str], int],
) -> None:
    leaders = _leaders(session)
    for entry in purchases:
        segment, leader = ids.get((entry["chain"], entry["segment"])), leaders.get((entry["chain"], entry["buyer"]))
        if segment is None or leader is None:
            tally.notes.append(f"purchase of {entry['chain']}/{entry['buyer']}: no such segment or no leader there")
            continue
        session.add(
            Purchase(
                enterprise_id=leader,
                segment_id=segment,
                product=entry["product"],
                yearly_fen=entry["wan"] * WAN_FEN,
                bought_from=entry["source_place"],
                wished_km=entry["km"],
                source="采购部口述（示例），未见合同",
                recorded_on=dates.day(-25),
                recorded_by_id=people.actors[_OFFICER].id,
                is_demo=True,
            )
        )
        tally.added["purchase"] += 1
    session.flush()


def _leaders(session: Session) -> dict[tuple[str, str], int]:
    """The demonstration's leader on each segment that has one, by the keys of chain and segment."""
    return {
        (chain.key, segment.key): firm.enterprise_id
        for chain in chain_facts.all_facts(session)
        for segment in chain.segments
        for firm in segment.firms
        if firm.is_leader and firm.is_demo
    }


def _store_targets(
    session: Session,
    tally: Tally,
    people: People,
    dates: Dates,
    wanted: Iterable[Mapping[str, Any]],
    ids: Mapping[tuple[str, str], int],
) -> None:
    owner = people.actors[_OFFICER]
    for entry in wanted:
        segment_id = ids.get((entry["chain"], entry["segment"]))
        if segment_id is None:
            tally.notes.append(f"targets of {entry['chain']}/{entry['segment']}: no such segment")
            continue
        name = session.get(Segment, segment_id).name
        firms = [_outsider(session, prefix, name, tier, segment_id) for prefix, tier, _ago, _left in entry["firms"]]
        chain, segment = targets.find(session, entry["chain"], entry["segment"])
        judged = targets.judge(session, owner, chain, segment, firms)
        for firm, (_prefix, _tier, ago, left) in zip(firms, entry["firms"], strict=True):
            session.add(_target(owner, dates, firm, segment_id, judged[firm.id].score, ago, left))
        tally.added["enterprise"] += len(firms)
        tally.added["gap_target"] += len(firms)
    session.flush()


def _target(owner: Actor, dates: Dates, firm: Enterprise, segment_id: int, score, ago: int, left: int) -> GapTarget:
    return GapTarget(
        segment_id=segment_id,
        enterprise_id=firm.id,
        score=score.total,
        parts=score.as_parts(),
        state=TargetState.LISTED if ago < 15 else TargetState.CONTACTED,
        owner_id=owner.id,
        section_id=owner.section_id,
        due_on=dates.day(left),
        added_by_id=owner.id,
        created_at=dates.seen(ago),
        is_demo=True,
    )


def _outsider(session: Session, prefix: str, trade: str, tier: str, segment_id: int) -> Enterprise:
    facts = EnterpriseFacts(
        name=f"{prefix}{trade}有限公司{maps.MARK}",
        segment_id=segment_id,
        is_listed=True if tier == "mature" else None,
        above_scale_registered=True if tier == "growth" else None,
        founded_on=today() - timedelta(days=400) if tier == "incubation" else None,
    )
    row = Enterprise(**enterprises.new_columns(facts), is_demo=True)
    session.add(row)
    session.flush()
    return row


def _store_news(session: Session, tally: Tally, dates: Dates, dice: Random, rich: frozenset[str]) -> None:
    """A few statuses of the lively chains are told to have come about lately, the others at the beginning."""
    written = update(SegmentChange).where(SegmentChange.cause == REASON)
    session.execute(written.values(is_demo=True, at=dates.seen(120)))
    for chain in chain_facts.all_facts(session):
        if chain.key not in rich:
            continue
        for before, after, ago in _NEWS:
            having = [each for each in chain.segments if each.state.status is after]
            if not having:
                continue
            segment = having.pop(dice.randrange(len(having)))
            session.add(
                SegmentChange(
                    segment_id=segment.id,
                    at=dates.seen(ago),
                    before=before,
                    after=after,
                    cause=_cause(segment, before),
                    is_demo=True,
                )
            )
            tally.added["segment_change"] += 1
    session.flush()


def _cause(segment: chain_facts.SegmentFacts, before: SegmentStatus) -> str:
    firm = next((each.name for each in segment.firms), None)
    if firm is None:
        return "走访时已外迁（示例）"
    return f"{firm}入驻" if before is SegmentStatus.MISSING else f"走访{firm}，重新核实"
