"""How often a segment lies on a shortest way from one segment to another: shown beside a gap, never scored (MATCHING B).

Exact, unweighted, by Brandes' method; a walk clears only what it has reached. Most segments of a supply graph are reached
from each supplier in one way only. Sources of which that is true for all they reach need no walk at all: the number of
such sources before a segment times the number of segments behind it counts their ways through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from chains.engine.graph import Graph

_CROSSING = -1


def betweenness(graph: Graph) -> list[Fraction]:
    """By number of segment: the sum over all pairs (from, to) of the share of shortest ways that pass through it."""
    found = passing(graph)
    return [Fraction(found.get(node, 0)) for node in range(len(graph.keys))]


def passing(graph: Graph) -> dict[int, int | Fraction]:
    """The same for those through which a way leads at all: a whole number wherever ways are shared evenly."""
    customers, linked = graph.customers, graph.order[: graph.linked]
    behind = _behind(customers, linked)
    found: dict[int, int | Fraction] = {}
    before = [0] * len(graph.keys)
    for node in linked:
        those = customers[node]
        if those:
            count = before[node]
            if count:  # whoever reaches a segment in one way only: then it reaches the others so, too
                found[node] = count * behind[node]
            if behind[node] != _CROSSING:
                count += 1
            if count:
                for customer in those:
                    before[customer] += count
    for source in linked:
        if behind[source] == _CROSSING:
            _add_walk(source, customers, found)
    return found


def _behind(customers: Sequence[Sequence[int]], linked: Sequence[int]) -> list[int]:
    """How many segments each one reaches; `_CROSSING` for those that reach some other in more than one way."""
    behind = [0] * len(customers)
    for node in reversed(linked):
        those = customers[node]
        if not those:
            continue
        if len(those) == 1:
            count = behind[those[0]]
            behind[node] = count if count == _CROSSING else count + 1
            continue
        counts = [behind[customer] for customer in those]
        if _CROSSING in counts:
            behind[node] = _CROSSING
            continue
        total = sum(counts)
        behind[node] = _CROSSING if total and _meet(those, customers) else total + len(those)
    return behind


def _meet(starts: Sequence[int], customers: Sequence[Sequence[int]]) -> bool:
    """Whether two ways from these segments come together; each alone goes in one way only."""
    seen = set(starts)
    waiting = list(starts)
    while waiting:
        for customer in customers[waiting.pop()]:
            if customer in seen:
                return True
            seen.add(customer)
            waiting.append(customer)
    return False


def _add_walk(source: int, customers: Sequence[Sequence[int]], found: dict[int, int | Fraction]) -> None:
    """Brandes from one source: breadth first, then back, each passing its share on to those that come before it."""
    depth, ways = {source: 0}, {source: 1}
    before: dict[int, list[int]] = {}
    reached = [source]
    for node in reached:  # grows while it is walked
        next_depth = depth[node] + 1
        for customer in customers[node]:
            if customer not in depth:
                depth[customer] = next_depth
                ways[customer] = 0
                before[customer] = []
                reached.append(customer)
            if depth[customer] == next_depth:
                ways[customer] += ways[node]
                before[customer].append(node)
    share: dict[int, int | Fraction] = {}
    for node in reversed(reached):
        own = share.get(node, 0)
        if node == source:
            continue
        if own:
            found[node] = found.get(node, 0) + own
        part = own + 1
        for each in before[node]:
            if each != source:
                share[each] = share.get(each, 0) + _divided(ways[each] * part, ways[node])


def _divided(number: int | Fraction, by: int) -> int | Fraction:
    if by == 1:
        return number
    found = Fraction(number) / by
    return found.numerator if found.denominator == 1 else found
