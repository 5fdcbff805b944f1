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
    #: By number: who supplies it, whom it supplies.
    suppliers: Sequence[Sequence[int]]
    customers: Sequence[Sequence[int]]
    #: Suppliers before customers; those without any edge last, and how many have one.
    order: Sequence[int]
    linked: int
    #: Customer → weights of its suppliers as whole numbers, in the order of `suppliers`; no entry: all equal.
    weights: Mapping[int, list[int]]
    #: (supplier, customer) → weight as given or completed, for customers with a given one; else each weighs 1.
    given: Mapping[tuple[int, int], Fraction | int]

    def weight(self, supplier: int, customer: int) -> Fraction:
        """How much this edge weighs among others: what was given, 1 where nothing is known."""
        return Fraction(self.given.get((supplier, customer), 1))

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
    index = dict(zip(keys, range(len(keys)), strict=True))
    if len(index) != len(keys):
        twice = next(key for number, key in enumerate(keys) if index[key] != number)
        raise ValueError(f"the segment '{twice}' is named twice")
    suppliers, customers, shares = _linked(index, edges)
    given = _completed(suppliers, shares)
    weights = {
        customer: _whole([given[each, customer] for each in suppliers[customer]])
        for customer in {customer for _supplier, customer in given}
    }
    order = topological(keys, suppliers, customers)
    linked = sum(1 for number in range(len(keys)) if suppliers[number] or customers[number])
    return Graph(keys, index, suppliers, customers, order, linked, weights, given)


_Links = Sequence[Sequence[int]]
_Shares = dict[tuple[int, int], Fraction | int]
#: One for all segments without an edge; nothing is ever appended to it.
_NOBODY: list[int] = []


def _linked(index: Mapping[str, int], edges: Iterable[Edge]) -> tuple[_Links, _Links, _Shares]:
    """Suppliers by customer, customers by supplier, and the shares that are given."""
    size = len(index)
    suppliers: list[list[int]] = [_NOBODY] * size
    customers: list[list[int]] = [_NOBODY] * size
    shares: _Shares = {}
    seen: set[int] = set()
    for edge in edges:
        try:
            supplier, customer = index[edge.frm], index[edge.to]
        except KeyError as unknown:
            raise ValueError(f"'{edge.frm}' → '{edge.to}': there is no segment {unknown}") from None
        share, pair = edge.share, supplier * size + customer
        if pair in seen:
            if shares.get((supplier, customer)) != share:
                raise ValueError(f"'{edge.frm}' → '{edge.to}' is given twice, with different shares")
            continue
        seen.add(pair)
        if share is not None:
            if share <= 0:
                raise ValueError(f"'{edge.frm}' → '{edge.to}': a share of {share} is not above 0")
            shares[supplier, customer] = share
        if suppliers[customer]:
            suppliers[customer].append(supplier)
        else:
            suppliers[customer] = [supplier]
        if customers[supplier]:
            customers[supplier].append(customer)
        else:
            customers[supplier] = [customer]
    # Laid out anew in the order of the numbers: loops that follow them run twice as fast, whatever the order of edges.
    return _sorted(suppliers), _sorted(customers), shares


def _sorted(links: _Links) -> _Links:
    return [sorted(those) if those else _NOBODY for those in links]


def _completed(suppliers: _Links, shares: _Shares) -> _Shares:
    """The weights of all suppliers of those customers that have a given one."""
    found = dict(shares)
    for customer in {customer for _supplier, customer in shares}:
        unknown = [each for each in suppliers[customer] if (each, customer) not in shares]
        if unknown:
            rest = 1 - sum(shares.get((each, customer), 0) for each in suppliers[customer])
            each_weighs = Fraction(rest) / len(unknown) if rest > 0 else 1
            found.update({(each, customer): each_weighs for each in unknown})
    return found


def _whole(weights: Sequence[Fraction | int]) -> list[int]:
    common = lcm(*(weight.denominator for weight in weights))
    return [int(weight * common) for weight in weights]


def topological(keys: Sequence[str], suppliers: _Links, customers: _Links) -> list[int]:
    """Kahn's order: suppliers before customers, those without an edge last. Raises `CycleError`."""
    waiting = [len(those) for those in suppliers]
    order = [number for number, count in enumerate(waiting) if not count and customers[number]]
    for number in order:  # grows while it is walked
        for customer in customers[number]:
            left = waiting[customer] = waiting[customer] - 1
            if not left:
                order.append(customer)
    alone = [number for number, those in enumerate(suppliers) if not those and not customers[number]]
    if len(order) + len(alone) < len(keys):  # what is left lies on a cycle or behind one
        _refuse(keys, {number for number, count in enumerate(waiting) if count}, customers)
    return order + alone


def _refuse(keys: Sequence[str], left: set[int], customers: _Links) -> None:
    """Name exactly the segments that reach themselves."""
    circular = sorted(number for number in left if number in _reached(number, customers))
    start = circular[0]
    came_from = {start: start}
    queue = [start]
    for number in queue:
        for customer in customers[number]:
            if customer == start:
                path = [number]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                raise CycleError([keys[each] for each in circular], [keys[each] for each in reversed(path)])
            if customer not in came_from:
                came_from[customer] = number
                queue.append(customer)


def _reached(start: int, following: _Links) -> set[int]:
    """All numbers that a walk of at least one step from `start` comes to."""
    seen: set[int] = set()
    waiting = list(following[start])
    while waiting:
        number = waiting.pop()
        if number not in seen:
            seen.add(number)
            waiting.extend(following[number])
    return seen


def neighbours(graph: Graph) -> dict[int, list[tuple[int, Fraction]]]:
    """Each segment's direct suppliers and customers with the weight of the edge between."""
    found: dict[int, list[tuple[int, Fraction]]] = defaultdict(list)
    for customer, those in enumerate(graph.suppliers):
        for supplier in those:
            weight = graph.weight(supplier, customer)
            found[customer].append((supplier, weight))
            found[supplier].append((customer, weight))
    return found
