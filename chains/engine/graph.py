"""Who supplies whom, by number: the order that reckoning follows, and the cycle that forbids one (MATCHING B).

Segments are numbered in the order given; all hot loops work on numbers. Nodes without an edge cost nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from chains.engine.model import Edge

_ONE = Fraction(1)


class CycleError(ValueError):
    """Segments supply each other in a circle: nothing can be reckoned. `nodes` lie on a circle, in the order given;
    `path` is one circle, each supplying the next and the last the first."""

    def __init__(self, nodes: Sequence[str], path: Sequence[str]) -> None:
        self.nodes = tuple(nodes)
        self.path = tuple(path)
        super().__init__(f"cycle: {' → '.join((*self.path, self.path[0]))}")


@dataclass(frozen=True, slots=True)
class Graph:
    """A directed acyclic graph of segments by number. Shares of a customer's inputs add up to one."""

    keys: tuple[str, ...]
    index: Mapping[str, int]
    #: Customer → its suppliers, supplier → its customers; numbers without an entry have none.
    suppliers: Mapping[int, list[int]]
    customers: Mapping[int, list[int]]
    #: Suppliers before customers.
    order: Sequence[int]
    #: Customer → weights of its suppliers as whole numbers, in the order of `suppliers`; no entry: all equal.
    weights: Mapping[int, list[int]]
    #: (supplier, customer) → weight as given or completed, for customers with a given one; else each weighs 1.
    given: Mapping[tuple[int, int], Fraction]

    def weight(self, supplier: int, customer: int) -> Fraction:
        """How much this edge weighs among others: what was given, 1 where nothing is known."""
        return self.given.get((supplier, customer), _ONE)

    def ancestors(self, node: int) -> set[int]:
        """Everybody who supplies the segment, directly or through others."""
        return _reached(node, self.suppliers)

    def descendants(self, node: int) -> set[int]:
        """Everybody whom the segment supplies, directly or through others."""
        return _reached(node, self.customers)


def build(segments: Iterable[str], edges: Iterable[Edge]) -> Graph:
    """Number the segments and order them. An edge given twice counts once.

    A customer's weights may be any positive numbers. Where some are given and others not, the others share what is left
    of one equally; nothing left of one: each weighs 1. Raises `CycleError`; ValueError for a segment that is named
    twice, an edge to an unknown one, a weight that is not positive, or two different weights of one edge.
    """
    keys = tuple(segments)
    index = {key: number for number, key in enumerate(keys)}
    if len(index) != len(keys):
        twice = next(key for number, key in enumerate(keys) if index[key] != number)
        raise ValueError(f"the segment '{twice}' is named twice")
    shares: dict[tuple[int, int], Fraction | None] = {}
    weighted: set[int] = set()
    suppliers: dict[int, list[int]] = {}
    customers: dict[int, list[int]] = {}
    for edge in edges:
        try:
            pair = (index[edge.frm], index[edge.to])
        except KeyError as unknown:
            raise ValueError(f"'{edge.frm}' → '{edge.to}': there is no segment {unknown}") from None
        if pair in shares:
            if shares[pair] != edge.share:
                raise ValueError(f"'{edge.frm}' → '{edge.to}' is given twice, with different shares")
            continue
        if edge.share is not None:
            if edge.share <= 0:
                raise ValueError(f"'{edge.frm}' → '{edge.to}': a share of {edge.share} is not above 0")
            weighted.add(pair[1])
        shares[pair] = edge.share
        suppliers.setdefault(pair[1], []).append(pair[0])
        customers.setdefault(pair[0], []).append(pair[1])
    given = _completed(suppliers, shares, weighted)
    weights = {customer: _whole([given[each, customer] for each in suppliers[customer]]) for customer in weighted}
    return Graph(keys, index, suppliers, customers, _order(keys, suppliers, customers), weights, given)


def _completed(
    suppliers: Mapping[int, list[int]], shares: Mapping[tuple[int, int], Fraction | None], weighted: set[int]
) -> dict[tuple[int, int], Fraction]:
    found: dict[tuple[int, int], Fraction] = {}
    for customer in weighted:
        known = [shares[each, customer] for each in suppliers[customer]]
        rest = 1 - sum(Fraction(share) for share in known if share is not None)
        each = rest / known.count(None) if rest > 0 and None in known else _ONE
        for supplier, share in zip(suppliers[customer], known, strict=True):
            found[supplier, customer] = each if share is None else Fraction(share)
    return found


def _whole(weights: Sequence[Fraction]) -> list[int]:
    common = lcm(*(weight.denominator for weight in weights))
    return [int(weight * common) for weight in weights]


def _order(keys: Sequence[str], suppliers: Mapping[int, list[int]], customers: Mapping[int, list[int]]) -> list[int]:
    """Kahn's order. What it leaves lies on a cycle or behind one."""
    waiting = [0] * len(keys)
    for customer, those in suppliers.items():
        waiting[customer] = len(those)
    order = [number for number, count in enumerate(waiting) if not count]
    nobody: list[int] = []
    for number in order:  # grows while it is walked
        for customer in customers.get(number, nobody):
            waiting[customer] -= 1
            if not waiting[customer]:
                order.append(customer)
    if len(order) < len(keys):
        _refuse(keys, {number for number, count in enumerate(waiting) if count}, customers)
    return order


def _refuse(keys: Sequence[str], left: set[int], customers: Mapping[int, list[int]]) -> None:
    """Name exactly the segments that reach themselves."""
    inside = {number: [each for each in customers.get(number, ()) if each in left] for number in left}
    circular = sorted(number for number in left if number in _reached(number, inside))
    start = circular[0]
    came_from = {start: start}
    queue = [start]
    for number in queue:
        for customer in inside[number]:
            if customer == start:
                path = [number]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                raise CycleError([keys[each] for each in circular], [keys[each] for each in reversed(path)])
            if customer not in came_from:
                came_from[customer] = number
                queue.append(customer)


def _reached(start: int, following: Mapping[int, Sequence[int]]) -> set[int]:
    """All numbers that a walk of at least one step from `start` comes to."""
    seen: set[int] = set()
    waiting = list(following.get(start, ()))
    while waiting:
        number = waiting.pop()
        if number not in seen:
            seen.add(number)
            waiting.extend(following.get(number, ()))
    return seen


def neighbours(graph: Graph) -> dict[int, list[tuple[int, Fraction]]]:
    """Each segment's direct suppliers and customers with the weight of the edge between."""
    found: dict[int, list[tuple[int, Fraction]]] = defaultdict(list)
    for customer, those in graph.suppliers.items():
        for supplier in those:
            weight = graph.weight(supplier, customer)
            found[customer].append((supplier, weight))
            found[supplier].append((customer, weight))
    return found
