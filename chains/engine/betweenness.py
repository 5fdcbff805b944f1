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
    customers = graph.customers
    givers = [node for node in graph.order[: graph.linked] if customers[node]]
    behind = _behind(graph, givers)
    found: dict[int, int | Fraction] = {}
    before = [0] * len(graph.keys)
    for node in givers:
        count = before[node]
        if behind[node] == _CROSSING:  # whoever reaches it crosses too, and is walked from
            _add_walk(node, customers, found)
            continue
        if count:
            found[node] = found.get(node, 0) + count * behind[node]
        count += 1
        for customer in customers[node]:
            before[customer] += count
    return found


def _behind(graph: Graph, givers: Sequence[int]) -> list[int]:
    """How many segments each one reaches; `_CROSSING` for those that reach some other in more than one way.

    Ways can come together only in a segment with several suppliers, and only if it lies on two of them.
    """
    customers = graph.customers
    behind = [0] * len(customers)
    joined = [len(those) > 1 for those in graph.suppliers]  # or before such a one
    for node in reversed(givers):
        those = customers[node]
        total = joins = 0
        for customer in those:
            count = behind[customer]
            if count == _CROSSING:
                total = _CROSSING
                break
            total += count
            joins += joined[customer]
        if joins:
            joined[node] = True
        if total == _CROSSING or (joins > 1 and _meet(those, customers)):
            behind[node] = _CROSSING
        else:
            behind[node] = total + len(those)
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
        those = customers[node]
        if those:
            next_depth, own = depth[node] + 1, ways[node]
            for customer in those:
                if customer not in depth:
                    depth[customer] = next_depth
                    ways[customer] = own
                    before[customer] = [node]
                    reached.append(customer)
                elif depth[customer] == next_depth:
                    ways[customer] += own
                    before[customer].append(node)
    share: dict[int, int | Fraction] = {}
    reached.reverse()
    reached.pop()  # the source is no way station of its own ways
    for node in reached:
        own = share.get(node, 0)
        if own:
            found[node] = found.get(node, 0) + own
        for each in before[node]:
            if each != source:
                part = (own + 1) * ways[each]
                share[each] = share.get(each, 0) + (part if ways[node] == 1 else _divided(part, ways[node]))


def _divided(number: int | Fraction, by: int) -> int | Fraction:
    found = Fraction(number) / by
    return found.numerator if found.denominator == 1 else found
