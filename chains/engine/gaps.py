"""The gaps of a chain: what is strong, weak or missing, and what to do about it first (MATCHING B).

Exact rationals; floors only where the law says so, at the end, so that an officer can redo every figure with a pencil.
Priorities rank only within one action. Not monotone: when one segment grows, quotients and dependences of others fall.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor, isqrt

from chains.engine.graph import CycleError, build, neighbours
from chains.engine.model import Edge, GapAction, SegmentStatus
from chains.engine.tally import Firm, Points, ReferenceCounts, Tally

__all__ = [
    "Analysis",
    "Circumstances",
    "CycleError",
    "Firm",
    "Points",
    "ReferenceCounts",
    "SegmentState",
    "Thresholds",
    "analyse",
    "judge",
]

PARTS = ("dependence", "presence", "downstream", "neighbour", "weakness", "demand")
_ZERO, _ONE, _HALF = Fraction(0), Fraction(1), Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where strong begins, what the three parts of strength are worth, and the quotient that earns its part whole."""

    strong: int = 60
    cluster: int = 40
    lead: int = 30
    cover: int = 30
    full_quotient: Fraction = Fraction(3, 2)
    #: Most that purchases outside the district add, and what the root is taken of: points² per 万元 a year.
    demand_most: int = 200
    demand_scale: int = 16


@dataclass(frozen=True, slots=True)
class SegmentState:
    """All that is reckoned of one segment. Fractions are exact; `strength`, `parts` and `priority` whole points."""

    key: str
    #: n: active local firms, and how many of each tier; leaders among them.
    count: int
    mature: int
    growth: int
    incubation: int
    untiered: int
    #: s = 10·mature + 3·growth + incubation + untiered.
    size: int
    leaders: int
    #: R, D, LQ (None: reference counts are not known) and h of MATCHING B.
    requirement: Fraction
    dependence: Fraction
    quotient: Fraction | None
    coverage: Fraction
    #: 0…100; 0 where nobody is.
    strength: int
    #: Points for cluster, lead and cover before the floor. Cluster is None with an unknown quotient: then the other two
    #: count for 50 each instead of 30.
    strength_parts: tuple[Fraction | None, Fraction, Fraction]
    #: ω: weighted share of direct neighbours that are present; 0 without neighbours.
    presence: Fraction
    #: β: share of the present segments that lie downstream.
    downstream: Fraction
    status: SegmentStatus
    #: What the counts call for, also while a signed project is filling the gap (`status` says that).
    action: GapAction
    priority: int
    #: The parts of the priority by name, those of the action only (`PARTS`).
    parts: Mapping[str, int]
    #: What local firms buy of it elsewhere, 万元 a year, as far as it is known.
    demand: int
    surveyed: bool

    @property
    def is_present(self) -> bool:
        return self.count > 0


@dataclass(frozen=True, slots=True)
class Analysis:
    """One chain, reckoned. `states` in the order of the map, `order` suppliers before customers."""

    states: Mapping[str, SegmentState]
    #: S: the size of all segments together, and how many firms that are.
    total: int
    firms: int
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known beside firms: reference counts, who was surveyed (None: all), what is being filled, demand."""

    reference: ReferenceCounts | None = None
    surveyed: Collection[str] | None = None
    filling: Collection[str] = frozenset()
    #: Segment → what local firms buy of it elsewhere, 万元 a year.
    demand: Mapping[str, int] | None = None


def analyse(
    segments: Iterable[str],
    edges: Iterable[Edge],
    firms: Iterable[Firm],
    *,
    reference: ReferenceCounts | None = None,
    surveyed: Collection[str] | None = None,
    filling: Collection[str] = frozenset(),
    demand: Mapping[str, int] | None = None,
    points: Points | None = None,
    thresholds: Thresholds | None = None,
) -> Analysis:
    """Reckon a chain. The order of edges and firms is irrelevant, and an edge given twice counts once.

    `surveyed` None means all; `filling` are segments that a signed project is aimed at; `demand` is in 万元 a year.
    Raises `CycleError`; ValueError for firms, edges, demand on segments that are not in the chain.
    """
    tally = Tally(build(segments, edges), firms, points)
    return judge(tally, Circumstances(reference, surveyed, filling, demand), thresholds)


def judge(tally: Tally, known: Circumstances, thresholds: Thresholds | None = None) -> Analysis:
    """Status, action and priority of every segment of a counted chain."""
    index = tally.graph.index
    demand = known.demand or {}
    for key in (*demand, *known.filling):
        if key not in index:
            raise ValueError(f"there is no segment '{key}'")
    if any(volume < 0 for volume in demand.values()):
        raise ValueError("nobody buys less than nothing")
    return _Judge(tally, known, demand, thresholds or Thresholds()).analysis()


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is known of a segment before its neighbours are looked at."""

    quotient: Fraction | None
    coverage: Fraction
    strength: int
    parts: tuple[Fraction | None, Fraction, Fraction]
    status: SegmentStatus


class _Judge:
    def __init__(self, tally: Tally, known: Circumstances, demand: Mapping[str, int], thresholds: Thresholds) -> None:
        self.tally = tally
        self.known = known
        self.demand = demand
        self.limits = thresholds
        self.around = neighbours(tally.graph)
        self.standings = [self._standing(node) for node in range(len(tally.graph.keys))]
        self.reach, self.present = _downstream(tally)

    def analysis(self) -> Analysis:
        graph = self.tally.graph
        states = {key: self._state(node, key) for node, key in enumerate(graph.keys)}
        order = tuple(graph.keys[node] for node in graph.order)
        return Analysis(states, self.tally.total_size, self.tally.total_firms, order)

    def _surveyed(self, key: str) -> bool:
        return self.known.surveyed is None or key in self.known.surveyed

    def _standing(self, node: int) -> _Standing:
        tally = self.tally
        quotient = tally.quotient(node, self.known.reference)
        requirement = tally.requirement(node)
        coverage = min(_ONE, tally.sizes[node] / requirement) if requirement else _ONE
        parts = self._strength_parts(node, quotient, coverage)
        strength = floor(sum(part for part in parts if part is not None))
        return _Standing(quotient, coverage, strength, parts, self._status(node, strength))

    def _strength_parts(
        self, node: int, quotient: Fraction | None, coverage: Fraction
    ) -> tuple[Fraction | None, Fraction, Fraction]:
        tally, limits = self.tally, self.limits
        if not tally.firms[node]:
            return (None if quotient is None else _ZERO), _ZERO, _ZERO
        lead = _ONE if tally.leaders[node] else _HALF if tally.by_tier["mature"][node] else _ZERO
        if quotient is None:
            # The known two in their own proportion, scaled to the whole.
            scale = Fraction(limits.cluster + limits.lead + limits.cover, limits.lead + limits.cover)
            return None, scale * limits.lead * lead, scale * limits.cover * coverage
        cluster = limits.cluster * min(_ONE, quotient / limits.full_quotient)
        return cluster, limits.lead * lead, limits.cover * coverage

    def _status(self, node: int, strength: int) -> SegmentStatus:
        key = self.tally.graph.keys[node]
        if not self._surveyed(key):
            return SegmentStatus.UNKNOWN
        if self.tally.firms[node] and strength >= self.limits.strong:
            return SegmentStatus.STRONG
        if key in self.known.filling:
            return SegmentStatus.FILLING
        return SegmentStatus.WEAK if self.tally.firms[node] else SegmentStatus.MISSING

    def _state(self, node: int, key: str) -> SegmentState:
        tally, standing = self.tally, self.standings[node]
        presence = self._presence(node)
        downstream = Fraction(self.reach[node], self.present) if self.present else _ZERO
        dependence = tally.dependence(node)
        action, parts = self._action(node, key, dependence, presence, downstream)
        return SegmentState(
            key=key,
            count=tally.firms[node],
            mature=tally.by_tier["mature"][node],
            growth=tally.by_tier["growth"][node],
            incubation=tally.by_tier["incubation"][node],
            untiered=tally.by_tier[None][node],
            size=tally.sizes[node],
            leaders=tally.leaders[node],
            requirement=tally.requirement(node),
            dependence=dependence,
            quotient=standing.quotient,
            coverage=standing.coverage,
            strength=standing.strength,
            strength_parts=standing.parts,
            presence=presence,
            downstream=downstream,
            status=standing.status,
            action=action,
            priority=sum(parts.values()),
            parts=parts,
            demand=self.demand.get(key, 0),
            surveyed=self._surveyed(key),
        )

    def _presence(self, node: int) -> Fraction:
        around = self.around.get(node)
        if not around:
            return _ZERO
        firms = self.tally.firms
        total = sum(weight for _, weight in around)
        return sum((weight for each, weight in around if firms[each]), _ZERO) / total

    def _action(
        self, node: int, key: str, dependence: Fraction, presence: Fraction, downstream: Fraction
    ) -> tuple[GapAction, dict[str, int]]:
        """The one action that a segment calls for, and its priority by part."""
        standing = self.standings[node]
        if standing.status is SegmentStatus.UNKNOWN:
            return GapAction.SURVEY, {}
        if standing.status is SegmentStatus.STRONG:
            return GapAction.CONSOLIDATE, {}
        wanted = self._demand_part(key)
        if self.tally.firms[node]:
            parts = {"dependence": _root(400, dependence), "weakness": 3 * (100 - standing.strength)}
            return GapAction.STRENGTHEN, parts | {"presence": floor(300 * presence)} | wanted
        if dependence or wanted:
            parts = {"dependence": _root(500, dependence), "presence": floor(300 * presence)}
            return GapAction.FILL, parts | {"downstream": floor(200 * downstream)} | wanted
        strongest = self._strongest_neighbour(node)
        if strongest is not None:
            return GapAction.EXTEND, {"neighbour": 5 * strongest, "presence": floor(500 * presence)}
        return GapAction.WATCH, {}

    def _demand_part(self, key: str) -> dict[str, int]:
        volume = self.demand.get(key, 0)
        if not volume:
            return {}
        return {"demand": min(self.limits.demand_most, isqrt(self.limits.demand_scale * volume))}

    def _strongest_neighbour(self, node: int) -> int | None:
        strong = [
            self.standings[each].strength
            for each, _ in self.around.get(node, ())
            if self.standings[each].status is SegmentStatus.STRONG
        ]
        return max(strong, default=None)


def _root(factor: int, share: Fraction) -> int:
    """floor(factor·√share), exactly: the root of the floor of the square."""
    return isqrt(floor(factor * factor * share))


def _downstream(tally: Tally) -> tuple[list[int], int]:
    """How many present segments lie downstream of each segment, and how many there are in all.

    Sets of segments are bits of a number: a chain has tens of them.
    """
    graph, firms = tally.graph, tally.firms
    bits: dict[int, int] = {}
    for node in range(len(graph.keys)):
        if firms[node]:
            bits[node] = 1 << len(bits)
    below = [0] * len(graph.keys)
    for node in reversed(graph.order):
        seen = 0
        for customer in graph.customers[node]:
            seen |= below[customer] | bits.get(customer, 0)
        below[node] = seen
    return [each.bit_count() for each in below], len(bits)
