"""The rules of MATCHING B done again as with a pencil: by definition, recursion and search, sharing nothing with the engine.

Slow on purpose. Worlds are drawn by seeded dice; `Book` is what the engine's answer is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from random import Random

from chains.engine.gaps import Firm, ReferenceCounts
from chains.engine.model import Edge, GapAction, SegmentStatus

POINTS = {"mature": 10, "growth": 3, "incubation": 1, None: 1}


@dataclass(frozen=True)
class World:
    """One chain with everything that the engine may be told."""

    segments: list[str]
    edges: list[Edge]
    firms: list[Firm]
    reference: ReferenceCounts | None
    surveyed: frozenset[str] | None
    filling: frozenset[str]
    demand: dict[str, int]

    def options(self) -> dict[str, object]:
        return {
            "reference": self.reference,
            "surveyed": self.surveyed,
            "filling": self.filling,
            "demand": self.demand,
        }


def draw(seed: int, *, plain: bool = False) -> World:
    """A world of up to fourteen segments. `plain`: all surveyed, no demand, no projects, equal shares."""
    dice = Random(seed)
    segments = [f"s{number}" for number in range(dice.randint(3, 14))]
    ranks = dice.sample(range(len(segments)), len(segments))
    pairs = [(a, b) for a in range(len(segments)) for b in range(len(segments)) if ranks[a] < ranks[b]]
    chosen = dice.sample(pairs, min(len(pairs), dice.randint(len(segments) // 2, 2 * len(segments))))
    weighted = {b for _a, b in chosen if not plain and dice.random() < 0.3}
    edges = [
        Edge(segments[a], segments[b], dice.choice([None, Fraction(1, 4), 2, 3]) if b in weighted else None)
        for a, b in chosen
    ]
    crowded = dice.sample(segments, dice.randint(1, len(segments)))
    firms = [
        Firm(
            dice.choice(crowded),
            dice.choice(["mature", "growth", "growth", "incubation", None]),
            dice.random() < 0.1,
            dice.random() < 0.9,
        )
        for _ in range(dice.randint(1, 14))
    ]
    counts = {key: dice.choice([0, 3, 20, 400]) for key in segments if dice.random() < 0.9}
    reference = ReferenceCounts(dice.choice([100, 1000]), counts) if dice.random() < 0.8 else None
    if plain:
        return World(segments, edges, firms, reference, None, frozenset(), {})
    surveyed = frozenset(key for key in segments if dice.random() < 0.8) if dice.random() < 0.5 else None
    filling = frozenset(key for key in segments if dice.random() < 0.15)
    demand = {key: dice.choice([1, 90, 2500, 99_999]) for key in segments if dice.random() < 0.15}
    return World(segments, edges, firms, reference, surveyed, filling, demand)


class Book:
    """All figures of a world, each by its definition."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.edges = {(edge.frm, edge.to): edge.share for edge in world.edges}
        self.total = sum(self.size(key) for key in world.segments)

    def firms(self, key: str) -> list[Firm]:
        return [firm for firm in self.world.firms if firm.segment == key and firm.active]

    def size(self, key: str) -> int:
        return sum(POINTS[firm.tier] for firm in self.firms(key))

    def suppliers(self, key: str) -> list[str]:
        return [a for a, b in self.edges if b == key]

    def customers(self, key: str) -> list[str]:
        return [b for a, b in self.edges if a == key]

    def weight(self, supplier: str, customer: str) -> Fraction:
        given = [self.edges[each, customer] for each in self.suppliers(customer)]
        own = self.edges[supplier, customer]
        if own is not None:
            return Fraction(own)
        known = sum((Fraction(share) for share in given if share is not None), Fraction(0))
        if known == 0 or known >= 1:
            return Fraction(1)
        return (1 - known) / given.count(None)

    def share(self, supplier: str, customer: str) -> Fraction:
        return self.weight(supplier, customer) / sum(self.weight(each, customer) for each in self.suppliers(customer))

    def requirement(self, key: str) -> Fraction:
        parts = (self.share(key, u) * (self.size(u) + self.requirement(u)) for u in self.customers(key))
        return sum(parts, Fraction(0))

    def dependence(self, key: str) -> Fraction:
        return self.requirement(key) / self.total if self.total else Fraction(0)

    def quotient(self, key: str) -> Fraction | None:
        reference, local = self.world.reference, sum(len(self.firms(each)) for each in self.world.segments)
        if reference is None or not local or key not in reference.by_segment:
            return None
        sigma = Fraction(local, reference.total)
        return ((len(self.firms(key)) + 2 * sigma) / (reference.by_segment[key] + 2)) / sigma

    def coverage(self, key: str) -> Fraction:
        needed = self.requirement(key)
        return Fraction(1) if needed == 0 else min(Fraction(1), self.size(key) / needed)

    def strength(self, key: str) -> int:
        here = self.firms(key)
        if not here:
            return 0
        lead = Fraction(0)
        if any(firm.tier == "mature" for firm in here):
            lead = Fraction(1, 2)
        if any(firm.leader for firm in here):
            lead = Fraction(1)
        quotient = self.quotient(key)
        if quotient is None:
            return floor(50 * lead + 50 * self.coverage(key))
        return floor(40 * min(Fraction(1), quotient / Fraction(3, 2)) + 30 * lead + 30 * self.coverage(key))

    def status(self, key: str) -> SegmentStatus:
        if self.world.surveyed is not None and key not in self.world.surveyed:
            return SegmentStatus.UNKNOWN
        if self.strength(key) >= 60:
            return SegmentStatus.STRONG
        if key in self.world.filling:
            return SegmentStatus.FILLING
        return SegmentStatus.WEAK if self.firms(key) else SegmentStatus.MISSING

    def presence(self, key: str) -> Fraction:
        weights = {u: self.weight(key, u) for u in self.customers(key)}
        weights |= {v: self.weight(v, key) for v in self.suppliers(key)}
        if not weights:
            return Fraction(0)
        return sum((w for each, w in weights.items() if self.firms(each)), Fraction(0)) / sum(weights.values())

    def below(self, key: str) -> set[str]:
        found: set[str] = set()
        for customer in self.customers(key):
            found |= {customer} | self.below(customer)
        return found

    def above(self, key: str) -> set[str]:
        return {each for each in self.world.segments if key in self.below(each)}

    def downstream(self, key: str) -> Fraction:
        present = {each for each in self.world.segments if self.firms(each)}
        return Fraction(len(self.below(key) & present), len(present)) if present else Fraction(0)

    def priority(self, key: str) -> tuple[GapAction, int]:
        status = self.status(key)
        if status is SegmentStatus.UNKNOWN:
            return GapAction.SURVEY, 0
        if status is SegmentStatus.STRONG:
            return GapAction.CONSOLIDATE, 0
        volume = self.world.demand.get(key, 0)
        wanted = min(200, _root(Fraction(16 * volume)))
        if self.firms(key):
            weak = 3 * (100 - self.strength(key))
            parts = _root(160_000 * self.dependence(key)) + weak + floor(300 * self.presence(key))
            return GapAction.STRENGTHEN, parts + wanted
        if self.dependence(key) > 0 or volume:
            parts = _root(250_000 * self.dependence(key)) + floor(300 * self.presence(key))
            return GapAction.FILL, parts + floor(200 * self.downstream(key)) + wanted
        around = {*self.suppliers(key), *self.customers(key)}
        strong = [self.strength(each) for each in around if self.status(each) is SegmentStatus.STRONG]
        if strong:
            return GapAction.EXTEND, 5 * max(strong) + floor(500 * self.presence(key))
        return GapAction.WATCH, 0

    def betweenness(self, key: str) -> Fraction:
        """Over all pairs, the share of the shortest ways between them that pass through the segment."""
        total = Fraction(0)
        for start in self.world.segments:
            for end in self.world.segments:
                if key not in (start, end) and start != end:
                    ways = self.shortest(start, end)
                    if ways:
                        total += Fraction(sum(key in way for way in ways), len(ways))
        return total

    def shortest(self, start: str, end: str) -> list[list[str]]:
        ways = [[start]]
        while ways:
            ways = [[*way, customer] for way in ways for customer in self.customers(way[-1])]
            arrived = [way for way in ways if way[-1] == end]
            if arrived:
                return arrived
        return []


def _root(square: Fraction) -> int:
    """The largest whole number whose square is not above: by trying."""
    number = 0
    while (number + 1) ** 2 <= square:
        number += 1
        if number >= 4000:
            return number
    return number
