"""The chain engine on a generated graph of 95,000 segments and 57,000 edges, and on all maps with 1,500 firms."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from bench.common import emit, median, quick
from chains.engine import loader
from chains.engine.betweenness import passing
from chains.engine.gaps import Firm, ReferenceCounts, analyse
from chains.engine.graph import build, topological
from chains.engine.model import Edge
from chains.engine.tally import Tally

SEGMENTS, EDGES, CHAINS = 95_000, 57_000, 2_375
FIRMS, LOCAL_FIRMS = 30_000, 1_500
_TIERS = ("mature", "growth", "growth", "incubation", "incubation", "incubation", None)


def made_graph(seed: int = 7) -> tuple[list[str], list[Edge]]:
    """Chains of 40 segments each, edges within a chain from an earlier segment to a later one; one in ten has a share."""
    chance = random.Random(seed)
    keys = [f"c{number // 40}_s{number % 40}" for number in range(SEGMENTS)]
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < EDGES:
        start = 40 * chance.randrange(CHAINS)
        supplier, customer = sorted(chance.sample(range(start, start + 40), 2))
        pairs.add((supplier, customer))
    weighted = {customer for _supplier, customer in sorted(pairs) if chance.random() < 0.1}
    edges = [
        Edge(keys[supplier], keys[customer], chance.randrange(1, 6) if customer in weighted else None)
        for supplier, customer in sorted(pairs)
    ]
    chance.shuffle(edges)
    return keys, edges


def made_firms(keys: list[str], count: int, seed: int = 7) -> list[Firm]:
    chance = random.Random(seed)
    return [Firm(chance.choice(keys), chance.choice(_TIERS), chance.random() < 0.02) for _ in range(count)]


def timed(rounds: int, work: Callable[[], object]) -> float:
    """Median milliseconds of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return median(times)


def big(rounds: int) -> None:
    """Order, LQ, R and D of the whole graph; one firm more; betweenness."""
    keys, edges = made_graph()
    firms = made_firms(keys, FIRMS)
    chance = random.Random(11)
    reference = ReferenceCounts(400_000, {key: chance.randrange(0, 200) for key in keys})
    graph = build(keys, edges)
    emit("chains_95k_read_ms", timed(rounds, lambda: build(keys, edges)), "ms", rounds)

    def order() -> object:
        return topological(keys, graph.suppliers, graph.customers)

    tally = Tally(graph, firms)
    emit("chains_95k_order_ms", timed(rounds, order), "ms", rounds)
    emit("chains_95k_firms_and_r_ms", timed(rounds, lambda: Tally(graph, firms)), "ms", rounds)
    emit("chains_95k_lq_ms", timed(rounds, lambda: tally.quotients(reference)), "ms", rounds)
    emit("chains_95k_d_ms", timed(rounds, tally.dependences), "ms", rounds)

    def everything() -> None:
        order()
        counted = Tally(graph, firms)
        counted.quotients(reference)
        counted.dependences()

    emit("chains_95k_order_lq_r_d_ms", timed(rounds, everything), "ms", rounds)
    emit("chains_95k_betweenness_ms", timed(rounds, lambda: passing(graph)), "ms", rounds)
    tally.add_firm(firms[0])  # the order's places are numbered once
    times = []
    for firm in made_firms([edge.to for edge in edges], 2000, seed=13):
        start = time.perf_counter()
        tally.add_firm(firm)
        times.append((time.perf_counter() - start) * 1000)
    emit("chains_95k_one_firm_ms", median(times), "ms", len(times))
    emit("chains_95k_one_firm_worst_ms", max(times), "ms", len(times))


def shipped(rounds: int) -> None:
    """The full gap analysis of every map that the product brings, with 1,500 firms over all of them."""
    chains = loader.load_all()
    leaves = {chain.key: [segment.key for segment in chain.leaves()] for chain in chains}
    everywhere = [(chain, key) for chain, keys in leaves.items() for key in keys]
    chance = random.Random(7)
    firms: dict[str, list[Firm]] = {chain.key: [] for chain in chains}
    for _ in range(LOCAL_FIRMS):
        chain, key = chance.choice(everywhere)
        firms[chain].append(Firm(key, chance.choice(_TIERS), chance.random() < 0.02))
    references = {
        key: ReferenceCounts(40_000, {each: chance.randrange(1, 200) for each in leaves[key]}) for key in leaves
    }

    def analyses() -> None:
        for chain in chains:
            analyse(leaves[chain.key], chain.edges, firms[chain.key], reference=references[chain.key])

    emit(f"chains_all_maps_{LOCAL_FIRMS}_firms_ms", timed(rounds, analyses), "ms", len(everywhere))
    one = max(chains, key=lambda chain: len(chain.edges))
    graph = build(leaves[one.key], one.edges)
    emit("chains_largest_map_betweenness_ms", timed(rounds, lambda: passing(graph)), "ms", len(one.edges))


def main() -> None:
    rounds = 3 if quick() else 11
    big(rounds)
    shipped(rounds)


if __name__ == "__main__":
    main()
