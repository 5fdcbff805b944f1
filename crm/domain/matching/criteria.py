"""The seven criteria of A.2 on fixed scales: 0…1000, floor division; what is unknown gives an
interval.

Fixed scales, not min–max or TOPSIS: a score says nothing about other offers, so removing one never
reorders the rest, and learning an unknown value that passes never lowers `low`.

The functions expect an offer that nothing blocks; each returns (low, high).
"""

from __future__ import annotations

from collections.abc import Callable

from crm.domain.matching.model import PERFECT, Criterion, Need, Offer, Park, Part, World
from crm.domain.matching.weights import Weights

Interval = tuple[int, int]
ANYTHING: Interval = (0, PERFECT)

AT_BUDGET = 600
AT_NEED = 500
SAME_REGION = 500


def _exactly(score: int) -> Interval:
    return score, score


def focus(need: Need, offer: Offer, park: Park, world: World, weights: Weights) -> Interval:
    if need.segment is None or park.positioning is None:
        return ANYTHING
    return _exactly(world.focus(need.segment, park))


def instrument(need: Need, offer: Offer, park: Park, world: World, weights: Weights) -> Interval:
    if need.tier is None or offer.instruments is None:
        return ANYTHING
    return _exactly(weights.worth(need.tier, offer.instruments))


def allocation(need: Need, offer: Offer) -> int | None:
    """The area the lead would take: min(max(target, a_min, min_lettable), a_max, free); None if unknown.

    A minimum below the target and a maximum above what is wanted change nothing, so they may stay unknown.
    """
    target, free, lettable = need.area_target, offer.free, offer.min_lettable
    if target is None or free is None or lettable is None or not need.states_area_like(offer):
        return None
    if need.area_max is None and lettable > target:
        return None
    wanted = max(target, need.area_min or 0, lettable)
    return min(wanted, free if need.area_max is None else need.area_max, free)


def waste(offer: Offer, alloc: int) -> int:
    """The rest of the floor when it is too small to be let to anybody else."""
    rest = offer.free - alloc
    return rest if 0 < rest < offer.min_lettable else 0


def space(need: Need, offer: Offer, park: Park, world: World, weights: Weights) -> Interval:
    alloc = allocation(need, offer)
    if alloc is None:
        return ANYTHING
    off = abs(alloc - need.area_target) + waste(offer, alloc)
    return _exactly(max(0, PERFECT - PERFECT * off // need.area_target))


def price(need: Need, offer: Offer, park: Park, world: World, weights: Weights) -> Interval:
    budget = need.budget_for(offer)
    if budget is None or offer.price is None:
        return ANYTHING
    return _exactly(AT_BUDGET + min(PERFECT - AT_BUDGET, 2000 * (budget - offer.price) // budget))


def hardware(need: Need, offer: Offer) -> tuple[tuple[str, int, int | None], ...]:
    """What is needed of load, height and power, as (field, need, has)."""
    pairs = (
        ("load_kg_m2", need.load_kg_m2, offer.load_kg_m2),
        ("height_cm", need.height_cm, offer.height_cm),
        ("power_kva", need.power_kva, offer.power_kva),
    )
    return tuple((name, needed, has) for name, needed, has in pairs if needed)


def headroom(needed: int, has: int) -> int:
    """500 at the need, 1000 with a quarter to spare."""
    return min(PERFECT, AT_NEED + 2000 * (has - needed) // needed)


def tech(need: Need, offer: Offer, park: Park, world: World, weights: Weights) -> Interval:
    wanted = hardware(need, offer)
    known = [headroom(needed, has) for _, needed, has in wanted if has is not None]
    best = min(known, default=PERFECT)
    return _exactly(best) if len(known) == len(wanted) else (0, best)


def location(need: Need, offer: Offer, park: Park, world: World, weights: Weights) -> Interval:
    if not need.platforms or park.platform in need.platforms:
        return _exactly(PERFECT)
    if park.platform is None:
        return ANYTHING
    region = world.platforms.get(park.platform)
    near = region is not None and any(world.platforms.get(wanted) is region for wanted in need.platforms)
    return _exactly(SAME_REGION if near else 0)


def lateness(need: Need, available_from: int) -> int:
    return PERFECT - PERFECT * max(0, available_from - need.needed_by) // (need.grace_days + 1)


def timing(need: Need, offer: Offer, park: Park, world: World, weights: Weights) -> Interval:
    if need.needed_by is None:
        return _exactly(PERFECT)
    if offer.available_from is None:
        return ANYTHING
    return _exactly(lateness(need, offer.available_from))


SCORES: tuple[tuple[Criterion, Callable[[Need, Offer, Park, World, Weights], Interval]], ...] = (
    (Criterion.FOCUS, focus),
    (Criterion.INSTRUMENT, instrument),
    (Criterion.SPACE, space),
    (Criterion.PRICE, price),
    (Criterion.TECH, tech),
    (Criterion.LOCATION, location),
    (Criterion.TIMING, timing),
)


def score(need: Need, offer: Offer, park: Park, world: World, weights: Weights) -> tuple[Part, ...]:
    """All seven parts, in the order of `Criterion`, with the weights of the lead's tier."""
    row = weights.of(need.tier)
    return tuple(
        Part(criterion, row[criterion], *interval(need, offer, park, world, weights)) for criterion, interval in SCORES
    )
