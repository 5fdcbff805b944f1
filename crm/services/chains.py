"""Chains and policies as the workplace reads them: segments by position, who is placed where, measures by tier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.errors import NotFound
from crm.domain.labels import N_
from crm.models import Chain, Lead, Placement, Policy, Segment, TierMeasure
from crm.services import access
from crm.services.access import Actor

POSITIONS = ("upstream", "midstream", "downstream")


@dataclass(frozen=True, slots=True)
class ChainRow:
    chain: Chain
    segments: int
    placed: int


@dataclass(frozen=True, slots=True)
class SegmentCard:
    """One segment with the firms placed on it; nobody placed means 未摸清, not missing."""

    segment: Segment
    placements: tuple[Placement, ...]
    leads: int


@dataclass(frozen=True, slots=True)
class ChainView:
    chain: Chain
    #: position → [(group name or None, its segments)], in the order of the map.
    columns: Mapping[str, tuple[tuple[Segment | None, tuple[SegmentCard, ...]], ...]]
    segments: int
    placed: int


def listed(session: Session) -> dict[str, list[ChainRow]]:
    """All chains by the source's own grouping, with the number of segments and of those somebody is placed on."""
    counts = dict(session.execute(select(Segment.chain_id, func.count(Segment.id)).group_by(Segment.chain_id)).all())
    placed_query = (
        select(Segment.chain_id, func.count(func.distinct(Placement.segment_id)))
        .join(Placement, Placement.segment_id == Segment.id)
        .group_by(Segment.chain_id)
    )
    placed = dict(session.execute(placed_query).all())
    groups: dict[str, list[ChainRow]] = defaultdict(list)
    for chain in session.scalars(select(Chain).order_by(Chain.sort, Chain.id)):
        row = ChainRow(chain, counts.get(chain.id, 0), placed.get(chain.id, 0))
        groups[chain.group or N_("其他")].append(row)
    return dict(groups)


def shown(session: Session, actor: Actor, key: str) -> ChainView:
    """One chain in three columns. NotFound for a key that is none."""
    chain = session.scalar(select(Chain).where(Chain.key == key))
    if chain is None:
        raise NotFound(N_("没有这条产业链。"))
    segments = session.scalars(select(Segment).where(Segment.chain_id == chain.id).order_by(Segment.sort)).all()
    placements = _placements(session, chain.id)
    leads = _lead_counts(session, actor, chain.id)
    parents = {segment.parent_id for segment in segments if segment.parent_id}
    by_id = {segment.id: segment for segment in segments}
    columns = {}
    for position in POSITIONS:
        groups: dict[int | None, list[SegmentCard]] = {}
        for segment in segments:
            if segment.position != position or segment.id in parents:
                continue
            card = SegmentCard(segment, tuple(placements.get(segment.id, ())), leads.get(segment.id, 0))
            groups.setdefault(segment.parent_id, []).append(card)
        columns[position] = tuple(
            (by_id.get(parent) if parent else None, tuple(cards)) for parent, cards in groups.items()
        )
    leaves = [segment for segment in segments if segment.id not in parents]
    return ChainView(chain, columns, len(leaves), sum(1 for s in leaves if s.id in placements))


def _placements(session: Session, chain_id: int) -> dict[int, list[Placement]]:
    found: dict[int, list[Placement]] = defaultdict(list)
    query = (
        select(Placement)
        .join(Segment, Placement.segment_id == Segment.id)
        .where(Segment.chain_id == chain_id)
        .options(joinedload(Placement.enterprise))
        .order_by(Placement.is_leader.desc(), Placement.id)
    )
    for placement in session.scalars(query):
        found[placement.segment_id].append(placement)
    return dict(found)


def _lead_counts(session: Session, actor: Actor, chain_id: int) -> dict[int, int]:
    """Leads aimed at each segment, of those that the person may see."""
    query = (
        select(Lead.segment_id, func.count(Lead.id))
        .join(Segment, Lead.segment_id == Segment.id)
        .where(Segment.chain_id == chain_id, access.lead_scope(actor))
        .group_by(Lead.segment_id)
    )
    return dict(session.execute(query).all())


def tier_measures(session: Session) -> list[TierMeasure]:
    """The measures of the three tiers [S 四（三）2], in the order of the source."""
    return list(session.scalars(select(TierMeasure).order_by(TierMeasure.id)))


def policies(session: Session, *, category: str = "", tier: str = "") -> tuple[list[Policy], list[str]]:
    """Policies of a category and tier (empty: all), and the names of all categories."""
    everything = list(session.scalars(select(Policy).order_by(Policy.sort, Policy.id)))
    categories = list(dict.fromkeys(policy.category for policy in everything))
    rows = [
        policy
        for policy in everything
        if (not category or policy.category == category) and (not tier or not policy.tiers or tier in policy.tiers)
    ]
    return rows, categories
