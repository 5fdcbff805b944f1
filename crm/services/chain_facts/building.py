"""All chains' facts from their rows, their reckoning and the district's space; and the ranks over all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Row

from chains.engine.gaps import Analysis, SegmentState
from chains.engine.model import GapAction, SegmentStatus
from crm.services.chain_facts.model import (
    ChainFacts,
    EdgeFacts,
    FirmFacts,
    GroupFacts,
    Rank,
    Room,
    SegmentFacts,
    group_of_work,
)
from crm.services.chain_facts.reading import Calendar, Rows, reckon
from crm.services.chain_facts.rooms import Rooms

UNTIERED = "untiered"
_TIERS = ("mature", "growth", "incubation", UNTIERED)


@dataclass(frozen=True, slots=True)
class _Draft:
    """One chain's facts, but for the ranks over all chains; and what they follow from."""

    rows: Rows
    rooms: Rooms
    calendar: Calendar
    chain: ChainFacts


#: The last of each chain: a project that moves changes one of them.
_drafts: dict[int, _Draft] = {}
_NO_RANK = Rank(0, 0)


def build(chains: Sequence[Rows], rooms: Rooms, calendar: Calendar) -> tuple[ChainFacts, ...]:
    """Every chain; ranks compare all of them."""
    drafts = [_draft(rows, rooms, calendar) for rows in chains]
    overall = _ranks((draft.key, segment.state) for draft in drafts for segment in draft.segments)
    return tuple(_ranked(draft, overall) for draft in drafts)


def _ranked(draft: ChainFacts, overall: _Ranks) -> ChainFacts:
    segments = tuple(replace(segment, standing=overall[draft.key, segment.key]) for segment in draft.segments)
    return replace(draft, segments=segments, _by_key={segment.key: segment for segment in segments})


def _draft(rows: Rows, rooms: Rooms, calendar: Calendar) -> ChainFacts:
    """Reckoned anew only if anything of the chain has changed."""
    last = _drafts.get(rows.chain.id)
    if last is None or last.rooms is not rooms or last.calendar != calendar or last.rows != rows:
        last = _Draft(rows, rooms, calendar, _chain(rows, reckon(rows, calendar), rooms, calendar))
        _drafts[rows.chain.id] = last
    return last.chain


_Ranks = Mapping[tuple[str, str], Rank]


def _ranks(states: Iterable[tuple[str, SegmentState]]) -> _Ranks:
    """Places among those that call for the same, the most pressing first; equal ones by chain and key."""
    groups: dict[str, list[tuple[str, SegmentState]]] = defaultdict(list)
    for chain, state in states:
        groups[group_of_work(state)].append((chain, state))
    return {
        (chain, state.key): Rank(place, len(group))
        for group in groups.values()
        for place, (chain, state) in enumerate(
            sorted(group, key=lambda pair: (-pair[1].priority, pair[0], pair[1].key)), start=1
        )
    }


def _chain(rows: Rows, analysis: Analysis, rooms: Rooms, calendar: Calendar) -> ChainFacts:
    chain = rows.chain
    within = _ranks((chain.key, state) for state in analysis.states.values())
    keys = {row.id: row.key for row in (*rows.segments, *rows.groups)}
    edges = tuple(EdgeFacts(keys[supplier], keys[customer], share) for supplier, customer, share in rows.edges)
    suppliers, customers = defaultdict(list), defaultdict(list)
    for edge in edges:
        suppliers[edge.customer].append(edge.supplier)
        customers[edge.supplier].append(edge.customer)
    segments = tuple(
        _segment(
            row,
            rows,
            analysis.states[row.key],
            calendar,
            group=keys.get(row.parent_id),
            rank=within[chain.key, row.key],
            room=rooms.room(row.template),
            around=(tuple(suppliers[row.key]), tuple(customers[row.key])),
        )
        for row in rows.segments
    )
    tiers = _tiers(segments)
    ages = [segment.survey_age for segment in segments if segment.survey_age is not None]
    return ChainFacts(
        id=chain.id,
        key=chain.key,
        name=chain.name,
        name_en=chain.name_en,
        group=chain.group,
        section=chain.section,
        revision=chain.revision,
        updated_at=chain.updated_at,
        summary=(chain.plan or {}).get("summary"),
        reference_total=chain.reference_total,
        reference_source=chain.reference_source,
        segments=segments,
        groups=_groups(rows),
        edges=edges,
        statuses={status: sum(s.state.status is status for s in segments) for status in SegmentStatus},
        actions={action: sum(s.state.action is action for s in segments) for action in GapAction},
        firms=sum(tiers.values()),
        tiers=tiers,
        size=analysis.total,
        order=analysis.order,
        oldest_survey=max(ages, default=None),
        is_demo=any(firm.is_demo for segment in segments for firm in segment.firms),
    )


def _segment(
    row: Row,
    rows: Rows,
    state: SegmentState,
    calendar: Calendar,
    *,
    group: str | None,
    rank: Rank,
    room: Room,
    around: tuple[tuple[str, ...], tuple[str, ...]],
) -> SegmentFacts:
    return SegmentFacts(
        id=row.id,
        version=row.version,
        key=row.key,
        name=row.name,
        name_en=row.name_en,
        position=row.position,
        group=group,
        products=tuple(row.products or ()),
        codes=tuple(row.gbt_codes or ()),
        words=tuple(row.words or ()),
        template=row.template or None,
        sources=tuple(row.sources or ()),
        surveyed_on=row.surveyed_on,
        survey_age=calendar.age(row.surveyed_on),
        survey_by=row.survey_by,
        survey_note=row.survey_note,
        reference_count=row.reference_count,
        state=state,
        recorded=row.status,
        standing=_NO_RANK,
        standing_in_chain=rank,
        firms=tuple(_firm(each, calendar) for each in rows.placements.get(row.id, ())),
        signed_projects=tuple(rows.signed.get(row.id, ())),
        room=room,
        purchases=rows.purchases.get(row.id, (0, 0))[0],
        suppliers=around[0],
        customers=around[1],
    )


def _firm(row: Row, calendar: Calendar) -> FirmFacts:
    return FirmFacts(
        placement_id=row.id,
        enterprise_id=row.enterprise_id,
        name=row.name,
        tier=row.tier.value if row.tier else None,
        is_leader=row.is_leader,
        section=row.section,
        source=row.source,
        surveyed_on=row.surveyed_on,
        age=calendar.age(row.surveyed_on),
        confidence=row.confidence,
        is_demo=row.is_demo,
    )


def _groups(rows: Rows) -> tuple[GroupFacts, ...]:
    members: dict[int, list[str]] = defaultdict(list)
    for row in rows.segments:
        members[row.parent_id].append(row.key)
    return tuple(
        GroupFacts(
            id=row.id,
            key=row.key,
            name=row.name,
            name_en=row.name_en,
            position=row.position,
            sources=tuple(row.sources or ()),
            segments=tuple(members[row.id]),
        )
        for row in rows.groups
    )


def _tiers(segments: Sequence[SegmentFacts]) -> dict[str, int]:
    """Each enterprise once, on however many segments it stands."""
    firms = {firm.enterprise_id: firm.tier or UNTIERED for segment in segments for firm in segment.firms}
    found = dict.fromkeys(_TIERS, 0)
    for tier in firms.values():
        found[tier] += 1
    return found
