"""The rows that chains are reckoned from, and the reckoning itself. Statements do not grow with the number of chains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from chains.engine.gaps import Analysis, Firm, ReferenceCounts, analyse
from chains.engine.model import Edge
from crm.domain.calendar import months_later
from crm.domain.pipeline import SideState, Stage
from crm.domain.quantities import FEN_PER_WAN
from crm.models import Chain, Enterprise, Placement, Project, Purchase, Segment, SegmentEdge
from crm.services import settings

MONTHS_KEY, MONTHS = "chains.survey_months", 12
#: From the contract until it produces; then the firm stands on the map itself.
SIGNED = tuple(stage for stage in Stage if Stage.SIGNED.order <= stage.order < Stage.OPERATING.order)
_SEGMENT = (
    Segment.id,
    Segment.chain_id,
    Segment.version,
    Segment.key,
    Segment.name,
    Segment.name_en,
    Segment.position,
    Segment.parent_id,
    Segment.products,
    Segment.gbt_codes,
    Segment.words,
    Segment.template,
    Segment.sources,
    Segment.reference_count,
    Segment.surveyed_on,
    Segment.survey_by,
    Segment.survey_note,
    Segment.status,
)
_CHAIN = (
    Chain.id,
    Chain.key,
    Chain.name,
    Chain.name_en,
    Chain.group,
    Chain.section,
    Chain.revision,
    Chain.reference_total,
    Chain.reference_source,
    Chain.plan,
    Chain.updated_at,
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Today, and for how many months a survey holds."""

    today: date
    months: int

    @property
    def oldest(self) -> date:
        """The first day that still counts as within those months."""
        return months_later(self.today, -self.months)

    def is_fresh(self, day: date | None) -> bool:
        return day is not None and day >= self.oldest

    def age(self, day: date | None) -> int | None:
        """Whole months since a day, 0 for one to come; None for no day."""
        if day is None:
            return None
        months = (self.today.year - day.year) * 12 + self.today.month - day.month
        return max(0, months - (self.today.day < day.day))


def calendar(session: Session, today: date) -> Calendar:
    """The survey months in force: a setting, 12 unless somebody chose otherwise."""
    months = settings.get(session, MONTHS_KEY, MONTHS)
    return Calendar(today, months if isinstance(months, int) and 1 <= months <= 120 else MONTHS)


@dataclass(frozen=True, slots=True)
class Rows:
    """One chain's rows: `segments` without groups, in the order of the map; the rest by segment id.

    Equal rows are reckoned equally.
    """

    chain: Row
    segments: Sequence[Row]
    groups: Sequence[Row]
    edges: Sequence[tuple[int, int, Fraction | None]]
    placements: Mapping[int, Sequence[Row]]
    signed: Mapping[int, Sequence[int]]
    #: Segment → (purchases that hold, their volume in fen).
    purchases: Mapping[int, tuple[int, int]]


def read_rows(session: Session, chain_id: int | None = None) -> list[Rows]:
    """The chains that have segments, in the order of pages; or the one."""
    chains = session.execute(_of(select(*_CHAIN), chain_id, Chain.id).order_by(Chain.sort, Chain.id)).all()
    query = _of(select(*_SEGMENT), chain_id, Segment.chain_id).order_by(Segment.sort, Segment.id)
    segments: dict[int, list[Row]] = defaultdict(list)
    for row in session.execute(query):
        segments[row.chain_id].append(row)
    edges, placements = _edges(session, chain_id), _placements(session, chain_id)
    signed, purchases = _signed(session, chain_id), _purchases(session, chain_id)
    found = []
    for chain in chains:
        if chain.id in segments:
            parents = {row.parent_id for row in segments[chain.id]}
            leaves = [row for row in segments[chain.id] if row.id not in parents]
            ids = [row.id for row in leaves]
            inside = set(ids)
            found.append(
                Rows(
                    chain=chain,
                    segments=leaves,
                    groups=[row for row in segments[chain.id] if row.id in parents],
                    edges=[edge for edge in edges[chain.id] if edge[0] in inside and edge[1] in inside],
                    placements={each: placements[each] for each in ids if each in placements},
                    signed={each: signed[each] for each in ids if each in signed},
                    purchases={each: purchases[each] for each in ids if each in purchases},
                )
            )
    return found


def reckon(rows: Rows, calendar: Calendar) -> Analysis:
    """The engine's answer for one chain."""
    keys = {row.id: row.key for row in rows.segments}
    firms = [
        Firm(key, row.tier.value if row.tier else None, row.is_leader)
        for segment_id, key in keys.items()
        for row in rows.placements.get(segment_id, ())
    ]
    volumes = {
        key: rows.purchases[segment_id][1] // FEN_PER_WAN
        for segment_id, key in keys.items()
        if segment_id in rows.purchases
    }
    return analyse(
        keys.values(),
        [Edge(keys[supplier], keys[customer], share) for supplier, customer, share in rows.edges],
        firms,
        reference=_reference(rows),
        surveyed={row.key for row in rows.segments if calendar.is_fresh(row.surveyed_on)},
        filling={key for segment_id, key in keys.items() if segment_id in rows.signed},
        demand={key: volume for key, volume in volumes.items() if volume},
    )


def _reference(rows: Rows) -> ReferenceCounts | None:
    if not rows.chain.reference_total:
        return None
    counts = {row.key: row.reference_count for row in rows.segments if row.reference_count is not None}
    return ReferenceCounts(rows.chain.reference_total, counts)


def _of(query: Select, chain_id: int | None, column) -> Select:
    return query if chain_id is None else query.where(column == chain_id)


def _edges(session: Session, chain_id: int | None) -> dict[int, list[tuple[int, int, Fraction | None]]]:
    columns = (SegmentEdge.supplier_id, SegmentEdge.customer_id, SegmentEdge.share)
    query = select(Segment.chain_id, *columns).join(Segment, Segment.id == SegmentEdge.customer_id)
    found: dict[int, list[tuple[int, int, Fraction | None]]] = defaultdict(list)
    for chain, supplier, customer, share in session.execute(
        _of(query, chain_id, Segment.chain_id).order_by(SegmentEdge.id)
    ):
        found[chain].append((supplier, customer, None if share is None else Fraction(share)))
    return found


def _placements(session: Session, chain_id: int | None) -> dict[int, list[Row]]:
    """Firms by segment, leaders first; enterprises that were merged into others stand nowhere."""
    columns = (
        Placement.id,
        Placement.segment_id,
        Placement.enterprise_id,
        Placement.is_leader,
        Placement.section,
        Placement.source,
        Placement.surveyed_on,
        Placement.confidence,
        Placement.is_demo,
        Enterprise.name,
        Enterprise.tier,
    )
    query = select(*columns).join(Enterprise, Enterprise.id == Placement.enterprise_id)
    query = query.where(Enterprise.merged_into_id.is_(None)).order_by(Placement.is_leader.desc(), Placement.id)
    if chain_id is not None:
        query = query.where(Placement.segment_id.in_(select(Segment.id).where(Segment.chain_id == chain_id)))
    return _by_segment(session.execute(query))


def _signed(session: Session, chain_id: int | None) -> dict[int, list[int]]:
    query = select(Project.id, Project.segment_id).where(
        Project.segment_id.is_not(None),
        Project.stage.in_(SIGNED),
        Project.side_state == SideState.ACTIVE,
        Project.repeats_id.is_(None),
    )
    if chain_id is not None:
        query = query.where(Project.segment_id.in_(select(Segment.id).where(Segment.chain_id == chain_id)))
    return {
        segment: [row.id for row in rows]
        for segment, rows in _by_segment(session.execute(query.order_by(Project.id))).items()
    }


def _purchases(session: Session, chain_id: int | None) -> dict[int, tuple[int, int]]:
    """What still is bought outside; an enterprise that was merged away buys nothing."""
    buyer = aliased(Enterprise)
    query = (
        select(Purchase.segment_id, func.count(Purchase.id), func.coalesce(func.sum(Purchase.yearly_fen), 0))
        .join(buyer, buyer.id == Purchase.enterprise_id)
        .where(Purchase.ended_on.is_(None), buyer.merged_into_id.is_(None))
        .group_by(Purchase.segment_id)
    )
    if chain_id is not None:
        query = query.where(Purchase.segment_id.in_(select(Segment.id).where(Segment.chain_id == chain_id)))
    return {segment: (count, int(fen)) for segment, count, fen in session.execute(query)}


def _by_segment(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.segment_id].append(row)
    return dict(found)


def chain_ids_of(session: Session, segment_ids: Collection[int]) -> set[int]:
    """The chains that these segments belong to."""
    return set(session.scalars(select(Segment.chain_id).where(Segment.id.in_(segment_ids)).distinct()))
