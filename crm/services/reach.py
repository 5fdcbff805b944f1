"""What a segment lacks to be strong: reckoned by adding one firm to the map and asking the engine again (MATCHING B)."""

from __future__ import annotations

from dataclasses import dataclass

from chains.engine.gaps import Circumstances, Firm, ReferenceCounts, Thresholds, judge
from chains.engine.graph import build
from chains.engine.model import Edge, SegmentStatus
from chains.engine.tally import Points, Tally
from crm.services.chain_facts import ChainFacts, SegmentFacts

STRONG = Thresholds().strong
_TIERS = ("incubation", "growth", "mature")


@dataclass(frozen=True, slots=True)
class Step:
    """A weak segment, the points that it lacks, and the smallest firm that would make it strong (None: no single one).

    `size`: what that firm adds to the segment's size; `strength`: the strength it would have then.
    """

    segment: SegmentFacts
    lacks: int
    tier: str | None = None
    size: int = 0
    strength: int = 0


def nearest(chain: ChainFacts) -> Step | None:
    """The weak segment with the highest strength; None where none is weak. Equal ones in the order of the map."""
    weak = [each for each in chain.segments if each.state.status is SegmentStatus.WEAK]
    return to_strong(chain, max(weak, key=lambda each: each.state.strength)) if weak else None


def to_strong(chain: ChainFacts, segment: SegmentFacts) -> Step:
    """What one firm more would do for a segment that is not strong yet."""
    lacks = max(0, STRONG - segment.state.strength)
    known = Circumstances(_reference(chain), surveyed=None)
    tally = _tally(chain)
    for tier in _TIERS:
        firm = Firm(segment.key, tier)
        tally.add_firm(firm)
        strength = judge(tally, known).states[segment.key].strength
        tally.remove_firm(firm)
        if strength >= STRONG:
            return Step(segment, lacks, tier, Points().of(tier), strength)
    return Step(segment, lacks)


def _tally(chain: ChainFacts) -> Tally:
    graph = build(
        (segment.key for segment in chain.segments),
        (Edge(edge.supplier, edge.customer, edge.share) for edge in chain.edges),
    )
    firms = [Firm(each.key, firm.tier, firm.is_leader) for each in chain.segments for firm in each.firms]
    return Tally(graph, firms)


def _reference(chain: ChainFacts) -> ReferenceCounts | None:
    if not chain.reference_total:
        return None
    counts = {each.key: each.reference_count for each in chain.segments if each.reference_count is not None}
    return ReferenceCounts(chain.reference_total, counts)
