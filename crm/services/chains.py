"""Chains and policies as other pages list them: chains by group, measures by tier, policies by kind."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.labels import N_
from crm.models import Chain, Placement, Policy, Segment, TierMeasure


@dataclass(frozen=True, slots=True)
class ChainRow:
    chain: Chain
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
