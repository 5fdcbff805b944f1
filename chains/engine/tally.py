"""Counting firms on segments and what their activity requires of whom, kept up as firms come and go (MATCHING B).

All figures are exact. In the loops a rational is a pair (numerator, denominator) of two lists, and segments that
nothing is required of are passed over, so that a graph of 95,000 segments is reckoned in a tenth of a second; one firm
more touches its own segment and those that supply it, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heappop, heappush
from math import gcd
from typing import NoReturn

from chains.engine.graph import Graph

TIERS = ("mature", "growth", "incubation")


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm on a segment. `tier` None: nobody knows. Only an active one counts."""

    segment: str
    tier: str | None
    leader: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class ReferenceCounts:
    """Firms of the reference area: in all, and by segment without the local ones. No entry is unknown, not none."""

    total: int
    by_segment: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.total < 1 or any(count < 0 for count in self.by_segment.values()):
            raise ValueError("a reference area has at least one firm, and no segment has fewer than none")


@dataclass(frozen=True, slots=True)
class Points:
    """How much activity a firm stands for, by tier; and what smooths small counts of a location quotient."""

    mature: int = 10
    growth: int = 3
    incubation: int = 1
    #: A firm of unknown tier is there, and stands for the least.
    untiered: int = 1
    smoothing: int = 2

    def of(self, tier: str | None) -> int:
        """Points of one firm."""
        return int(getattr(self, tier or "untiered"))


class Tally:
    """The firms of a graph and what follows from them. Numbers of segments are those of the graph."""

    def __init__(self, graph: Graph, firms: Iterable[Firm] = (), points: Points | None = None) -> None:
        self.graph = graph
        self.points = points or Points()
        size = len(graph.keys)
        #: Active firms by segment, of all tiers and by tier (mature, growth, incubation, untiered), and leaders.
        self.firms = [0] * size
        self.by_tier = {tier: [0] * size for tier in (*TIERS, None)}
        self.leaders = [0] * size
        #: s: activity by segment; and of all.
        self.sizes = [0] * size
        self._worth = {tier: self.points.of(tier) for tier in self.by_tier}
        self._count_all(firms)
        self.total_size = sum(self.sizes)
        self.total_firms = sum(self.firms)
        self._above, self._below = _requirements(graph, self.sizes)
        self._places: dict[int, int] | None = None

    def _count_all(self, firms: Iterable[Firm]) -> None:
        """Count everybody in at once, before anything is reckoned."""
        index, by_tier, worth = self.graph.index, self.by_tier, self._worth
        counts, leaders, sizes = self.firms, self.leaders, self.sizes
        for firm in firms:
            if firm.active:
                node, tier = index.get(firm.segment), firm.tier
                if node is None or tier not in worth:
                    self._refuse(firm)
                counts[node] += 1
                by_tier[tier][node] += 1
                sizes[node] += worth[tier]
                if firm.leader:
                    leaders[node] += 1

    def _refuse(self, firm: Firm) -> NoReturn:
        if firm.segment not in self.graph.index:
            raise ValueError(f"a firm stands on an unknown segment '{firm.segment}'")
        raise ValueError(f"'{firm.tier}' is not a tier: {', '.join(TIERS)}")

    def _count(self, firm: Firm, times: int) -> int:
        """Count an active firm in (1) or out (-1); the change of its segment's size."""
        if not firm.active:
            return 0
        node = self.graph.index.get(firm.segment)
        if node is None or firm.tier not in self._worth:
            self._refuse(firm)
        change = times * self._worth[firm.tier]
        if times < 0 and (not self.by_tier[firm.tier][node] or (firm.leader and not self.leaders[node])):
            raise ValueError(f"no such firm stands on '{firm.segment}'")
        self.by_tier[firm.tier][node] += times
        self.firms[node] += times
        self.leaders[node] += times * firm.leader
        self.sizes[node] += change
        self.total_size += change
        self.total_firms += times
        return change

    def add_firm(self, firm: Firm) -> None:
        """One firm more: as if it had been there from the beginning."""
        self._spread(firm.segment, self._count(firm, 1))

    def remove_firm(self, firm: Firm) -> None:
        """One firm less. ValueError if no such firm is counted."""
        self._spread(firm.segment, self._count(firm, -1))

    def _spread(self, segment: str, change: int) -> None:
        """Pass a change of size on to those who supply the segment, customers before their suppliers."""
        if not change:
            return
        suppliers, weights = self.graph.suppliers, self.graph.weights
        above, below, places = self._above, self._below, self._order_places()
        start = self.graph.index[segment]
        changes = {start: (change, 1)}
        waiting = [(-places[start], start)]
        while waiting:
            node = heappop(waiting)[1]
            num, den = changes.pop(node)
            if node != start:
                num_sum = above[node] * den + num * below[node]
                den_sum = below[node] * den
                common = gcd(num_sum, den_sum)
                above[node], below[node] = num_sum // common, den_sum // common
            those = suppliers[node]
            if not those:
                continue
            parts = weights.get(node)
            den *= sum(parts) if parts else len(those)
            for place, supplier in enumerate(those):
                part = num * parts[place] if parts else num
                if supplier in changes:
                    other, base = changes[supplier]
                    changes[supplier] = (other * den + part * base, base * den)
                else:
                    changes[supplier] = (part, den)
                    heappush(waiting, (-places[supplier], supplier))

    def _order_places(self) -> dict[int, int]:
        if self._places is None:
            self._places = {node: place for place, node in enumerate(self.graph.order)}
        return self._places

    def requirement(self, node: int) -> Fraction:
        """R: the activity of customers, and of their customers, that asks for what the segment makes."""
        return Fraction(self._above[node], self._below[node])

    def dependence(self, node: int) -> Fraction:
        """D = R/S: the share of all local activity whose inputs trace through the segment; 0 where nobody is."""
        if not self.total_size:
            return Fraction(0)
        return Fraction(self._above[node], self._below[node] * self.total_size)

    def dependences(self) -> tuple[list[int], list[int]]:
        """D of every segment as numerators and denominators, not in lowest terms."""
        total = self.total_size or 1
        return self._above, [den * total for den in self._below]

    def quotient(self, node: int, reference: ReferenceCounts | None) -> Fraction | None:
        """LQ, smoothed; None where the reference is unknown or the district has no firm at all."""
        if reference is None or not self.total_firms:
            return None
        count = reference.by_segment.get(self.graph.keys[node])
        if count is None:
            return None
        k = self.points.smoothing
        # ((n + kσ)/(r + k))/σ with σ = local/total: both halves times total/local.
        above = self.firms[node] * reference.total + k * self.total_firms
        return Fraction(above, self.total_firms * (count + k))

    def quotients(self, reference: ReferenceCounts) -> tuple[list[int], list[int]]:
        """LQ of every segment as numerators and denominators, not in lowest terms; denominator 0: as None there."""
        local, k, total = self.total_firms, self.points.smoothing, reference.total
        above = [n * total + k * local if n else k * local for n in self.firms]
        counts = map(reference.by_segment.get, self.graph.keys)
        return above, [0 if count is None else local * (count + k) for count in counts]


def _requirements(graph: Graph, sizes: list[int]) -> tuple[list[int], list[int]]:
    """R of every segment as numerators and denominators in lowest terms; customers before their suppliers."""
    above, below = [0] * len(sizes), [1] * len(sizes)
    suppliers, weights = graph.suppliers, graph.weights
    for node in reversed(graph.order[: graph.linked]):
        num, den = above[node], below[node]
        if den != 1:
            common = gcd(num, den)
            if common != 1:
                num, den = num // common, den // common
                above[node], below[node] = num, den
        those = suppliers[node]
        if not those:
            continue
        num += sizes[node] * den
        if not num:
            continue
        parts = weights.get(node)
        den *= sum(parts) if parts else len(those)
        for place, supplier in enumerate(those):
            part = num * parts[place] if parts else num
            base = below[supplier]
            if base == den:
                above[supplier] += part
            else:
                above[supplier] = above[supplier] * den + part * base
                below[supplier] = base * den
    return above, below
