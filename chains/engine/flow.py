"""The flow of a whole chain (sankey): who supplies whom, and how much local activity traces through each segment.

Through a segment passes what it is itself (s) and what its customers require of it (R, MATCHING B); an edge carries the
part of its customer's throughput that its share says. So what leaves a segment is R, and what stays is its own activity.
Pure geometry, in pixels; the same chain always gives the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from chains.engine.graph import Graph, build
from chains.engine.layout import Box, bend
from chains.engine.model import Edge

#: Width of a bar, from one layer to the next, least room between bars (a line of text), least height of a bar.
BAR, STEP, GAP, LEAST = 10, 176, 15, 4
MARGIN, LABEL = 12, 160
_SWEEPS, _RELAXATIONS = 12, 24

#: Supplier and customer by number, and the share of the customer's inputs.
Link = tuple[int, int, Fraction]


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A segment. `band`: rank of its position, 0 for upstream; `size`: its own activity (s)."""

    key: str
    band: int
    size: Fraction


@dataclass(frozen=True, slots=True)
class Stream:
    """An edge as a line along its middle; `weight` in activity, `share` of the customer's inputs."""

    supplier: str
    customer: str
    path: str
    thickness: float
    weight: Fraction
    share: Fraction


@dataclass(frozen=True, slots=True)
class Flow:
    """The picture: bars layer by layer (`Box.side` is the layer's number), and streams, broad ones first."""

    width: float
    height: float
    bars: tuple[Box, ...]
    streams: tuple[Stream, ...]
    layers: int
    throughput: Mapping[str, Fraction]


def flow(nodes: Sequence[FlowNode], edges: Sequence[Edge], *, height: float = 0) -> Flow:
    """Lay out a chain. The order of edges is irrelevant; that of nodes settles ties. Raises `CycleError`.

    `height`: at most this high, unless a layer of many segments makes the picture higher.
    """
    graph = build([node.key for node in nodes], edges)
    links = _links(graph, edges)
    through = _throughput(graph, nodes, links)
    layers = _layers(graph, nodes, links)
    columns = [
        [node for node in range(len(nodes)) if layers[node] == layer] for layer in range(max(layers, default=-1) + 1)
    ]
    _uncross(columns, links)
    tallest = max((len(column) for column in columns), default=0)
    inner = max(height - 2 * MARGIN, tallest * (GAP + LEAST + 8))
    scale = _scale(columns, through, inner)
    heights = [LEAST + scale * float(each) for each in through]
    tops, inner = _cropped(_settle(columns, links, heights, inner), heights)
    bars = tuple(
        Box(nodes[node].key, str(layer), MARGIN + layer * STEP, MARGIN + tops[node], BAR, heights[node])
        for layer, column in enumerate(columns)
        for node in column
    )
    width = MARGIN * 2 + max(0, len(columns) - 1) * STEP + BAR + LABEL
    keyed = {node.key: through[place] for place, node in enumerate(nodes)}
    weights = {(supplier, customer): share * through[customer] for supplier, customer, share in links}
    streams = _streams(nodes, links, weights, {bar.key: bar for bar in bars}, scale)
    return Flow(width, inner + 2 * MARGIN, bars, streams, len(columns), keyed)


def input_shares(segments: Iterable[str], edges: Iterable[Edge]) -> dict[tuple[str, str], Fraction]:
    """(supplier, customer) → the part of the customer's inputs that comes from there; they add up to one."""
    edges = tuple(edges)
    graph = build(segments, edges)
    return {(graph.keys[supplier], graph.keys[customer]): share for supplier, customer, share in _links(graph, edges)}


def _links(graph: Graph, edges: Iterable[Edge]) -> list[Link]:
    """Every edge once, by number, with its share of the customer's inputs; by customer, then supplier."""
    suppliers: dict[int, set[int]] = {}
    for edge in edges:
        suppliers.setdefault(graph.index[edge.to], set()).add(graph.index[edge.frm])
    links = []
    for customer in sorted(suppliers):
        those = sorted(suppliers[customer])
        total = sum(graph.weight(supplier, customer) for supplier in those)
        links += [(supplier, customer, graph.weight(supplier, customer) / total) for supplier in those]
    return links


def _throughput(graph: Graph, nodes: Sequence[FlowNode], links: Sequence[Link]) -> list[Fraction]:
    """s + R of every segment, exactly; customers before suppliers."""
    above = [node.size for node in nodes]
    into: dict[int, list[tuple[int, Fraction]]] = {}
    for supplier, customer, share in links:
        into.setdefault(customer, []).append((supplier, share))
    for customer in reversed(graph.order):
        for supplier, share in into.get(customer, ()):
            above[supplier] += share * above[customer]
    return above


def _layers(graph: Graph, nodes: Sequence[FlowNode], links: Sequence[Link]) -> list[int]:
    """Positions in bands from left to right; within a band, customers to the right of their suppliers."""
    depth = [0] * len(nodes)
    customers: dict[int, list[int]] = {}
    for supplier, customer, _share in links:
        customers.setdefault(supplier, []).append(customer)
    for node in graph.order:
        for customer in customers.get(node, ()):
            if nodes[customer].band == nodes[node].band:
                depth[customer] = max(depth[customer], depth[node] + 1)
    start, starts = 0, {}
    for band in sorted({node.band for node in nodes}):
        starts[band] = start
        start += 1 + max(depth[place] for place, node in enumerate(nodes) if node.band == band)
    return [starts[node.band] + depth[place] for place, node in enumerate(nodes)]


def _around(links: Sequence[Link]) -> dict[int, list[tuple[int, float]]]:
    around: dict[int, list[tuple[int, float]]] = {}
    for supplier, customer, share in links:
        around.setdefault(supplier, []).append((customer, float(share)))
        around.setdefault(customer, []).append((supplier, float(share)))
    return around


def _uncross(columns: list[list[int]], links: Sequence[Link]) -> None:
    """Fewer crossings: each layer in turn in the order of its neighbours' mean place; forth and back; the best stays."""
    around = _around(links)
    best, least = [list(column) for column in columns], _crossings(columns, links)
    for sweep in range(_SWEEPS):
        place = _places(columns)
        for column in columns if sweep % 2 == 0 else reversed(columns):
            column.sort(key=lambda node: (_mean(node, around, place), place[node], node))
            for position, node in enumerate(column):
                place[node] = (position + 0.5) / len(column)
        crossings = _crossings(columns, links)
        if crossings < least:
            best, least = [list(column) for column in columns], crossings
    columns[:] = best


def _places(columns: Sequence[Sequence[int]]) -> dict[int, float]:
    return {node: (position + 0.5) / len(column) for column in columns for position, node in enumerate(column)}


def _mean(node: int, around: Mapping[int, Sequence[tuple[int, float]]], place: Mapping[int, float]) -> float:
    others = around.get(node)
    if not others:
        return place[node]
    return sum(place[other] * weight for other, weight in others) / sum(weight for _, weight in others)


def _crossings(columns: Sequence[Sequence[int]], links: Sequence[Link]) -> int:
    """Pairs of edges between the same two layers that cross."""
    place, layer = _places(columns), {node: number for number, column in enumerate(columns) for node in column}
    spans: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for supplier, customer, _share in links:
        spans.setdefault((layer[supplier], layer[customer]), []).append((place[supplier], place[customer]))
    return sum(
        (one[0] - other[0]) * (one[1] - other[1]) < 0
        for ends in spans.values()
        for number, one in enumerate(ends)
        for other in ends[:number]
    )


def _scale(columns: Sequence[Sequence[int]], through: Sequence[Fraction], inner: float) -> float:
    """Pixels for one unit of activity, so that every layer fits."""
    scales = []
    for column in columns:
        total = float(sum(through[node] for node in column))
        if total:
            scales.append((inner - len(column) * (GAP + LEAST)) / total)
    return max(0.0, min(scales, default=0.0))


def _settle(
    columns: Sequence[Sequence[int]],
    links: Sequence[Link],
    heights: Sequence[float],
    inner: float,
) -> dict[int, float]:
    """Tops of the bars: each drawn to the middle of its neighbours, order and room between them kept."""
    around = _around(links)
    tops: dict[int, float] = {}
    for column in columns:
        free = inner - sum(heights[node] + GAP for node in column)
        y = free / 2 + GAP / 2
        for node in column:
            tops[node] = y
            y += heights[node] + GAP
    for turn in range(_RELAXATIONS):
        for column in columns if turn % 2 == 0 else reversed(columns):
            middles = {node: tops[node] + heights[node] / 2 for node in tops}
            wished = [_mean(node, around, middles) - heights[node] / 2 for node in column]
            for node, top in zip(column, _apart(column, wished, heights, inner), strict=True):
                tops[node] = top
    return tops


def _cropped(tops: Mapping[int, float], heights: Sequence[float]) -> tuple[dict[int, float], float]:
    """Without the room that nobody uses above and below; and the height that is left."""
    highest = min(tops.values(), default=0) - GAP / 2
    moved = {node: top - highest for node, top in tops.items()}
    return moved, max((top + heights[node] + GAP / 2 for node, top in moved.items()), default=0)


def _apart(column: Sequence[int], wished: Sequence[float], heights: Sequence[float], inner: float) -> list[float]:
    """The wished tops, pushed down and then up until nothing overlaps and all lie inside."""
    tops, free = [], GAP / 2
    for node, top in zip(column, wished, strict=True):
        tops.append(max(top, free))
        free = tops[-1] + heights[node] + GAP
    ceiling = inner - GAP / 2
    for place in range(len(column) - 1, -1, -1):
        tops[place] = min(tops[place], ceiling - heights[column[place]])
        ceiling = tops[place] - GAP
    return tops


def _streams(
    nodes: Sequence[FlowNode],
    links: Sequence[Link],
    weights: Mapping[tuple[int, int], Fraction],
    bars: Mapping[str, Box],
    scale: float,
) -> tuple[Stream, ...]:
    """Edges one below the other at each bar, in the order of the bars at their other ends."""
    thick = {pair: max(1.0, scale * float(weight)) for pair, weight in weights.items()}
    leaving, entering = (
        _ports(nodes, links, bars, thick, outward=True),
        _ports(nodes, links, bars, thick, outward=False),
    )
    streams = []
    for supplier, customer, share in links:
        pair = (supplier, customer)
        start = (bars[nodes[supplier].key].right, leaving[pair])
        end = (bars[nodes[customer].key].x, entering[pair])
        path = bend(start, end)
        keys = (nodes[supplier].key, nodes[customer].key)
        streams.append(Stream(*keys, path, round(thick[pair], 1), weights[pair], share))
    return tuple(sorted(streams, key=lambda each: (-each.thickness, each.supplier, each.customer)))


def _ports(
    nodes: Sequence[FlowNode],
    links: Sequence[Link],
    bars: Mapping[str, Box],
    thick: Mapping[tuple[int, int], float],
    *,
    outward: bool,
) -> dict[tuple[int, int], float]:
    """The middle of each edge where it leaves (or enters) a bar; edges share the bar's height if they are many."""
    of: dict[int, list[tuple[int, int]]] = {}
    for supplier, customer, _share in links:
        of.setdefault(supplier if outward else customer, []).append((supplier, customer))
    ports = {}
    for node, pairs in of.items():
        bar = bars[nodes[node].key]
        pairs.sort(key=lambda pair: (bars[nodes[pair[1] if outward else pair[0]].key].middle, pair))
        total = sum(thick[pair] for pair in pairs)
        squeeze = min(1.0, bar.height / total)
        y = bar.middle - total * squeeze / 2
        for pair in pairs:
            ports[pair] = y + thick[pair] * squeeze / 2
            y += thick[pair] * squeeze
    return ports
