"""Nearest misses (A.3): what a lead would have to give up to get one offer more.

A miss has exactly one failed constraint, one that the lead can move (area, price, load, height,
power, date), and nothing unknown: whatever is stated here suffices. Tier, negative list,
environment, status and tenure are never offered as a miss: they are not the lead's to bargain with.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, replace

from crm.domain.matching.constraints import RELAXABLE, area_verdict
from crm.domain.matching.model import Assessment, Constraint, Need, Offer, Verdict

SHOWN = 3
_YEAR = 365


@dataclass(frozen=True, slots=True)
class Change:
    """One figure of the need and what it must become; `field` is the name of a field of `Need`."""

    field: str
    stated: int
    relaxed: int


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An offer that fits once every change is made; `gap` per mille of the need, rounded up."""

    offer: Offer
    constraint: Constraint
    gap: int
    changes: tuple[Change, ...]


def _ceil(shortfall: int, need: int) -> int:
    return -(-1000 * shortfall // need)


def changes(constraint: Constraint, need: Need, offer: Offer) -> tuple[Change, ...]:
    """The smallest changes of the need that lift a failed constraint; () if the lead cannot lift it."""
    match constraint:
        case Constraint.AREA:
            return _area_changes(need, offer)
        case Constraint.PRICE:
            return (Change("budget", need.budget, offer.price),)
        case Constraint.LOAD:
            return (Change("load_kg_m2", need.load_kg_m2, offer.load_kg_m2),)
        case Constraint.HEIGHT:
            return (Change("height_cm", need.height_cm, offer.height_cm),)
        case Constraint.POWER:
            return (Change("power_kva", need.power_kva, offer.power_kva),)
        case Constraint.DATE:
            return (Change("needed_by", need.needed_by, offer.available_from - need.grace_days),)
        case _:
            return ()


def _area_changes(need: Need, offer: Offer) -> tuple[Change, ...]:
    found = []
    if None not in (need.area_min, offer.free) and offer.free < need.area_min:
        found.append(Change("area_min", need.area_min, offer.free))
    if None not in (need.area_max, offer.min_lettable) and offer.min_lettable > need.area_max:
        found.append(Change("area_max", need.area_max, offer.min_lettable))
    return tuple(found)


def gap(constraint: Constraint, need: Need, offer: Offer) -> int | None:
    """How far a failed constraint is from holding, per mille of the need, rounded up; None if it
    cannot be moved.

    Days count against a year. An area that fails on both sides counts its wider side.
    """
    by = changes(constraint, need, offer)
    if not by:
        return None
    if constraint is Constraint.DATE:
        return _ceil(by[0].relaxed - by[0].stated, _YEAR)
    # A maximum of 0 m² has no per mille; count it against 1 m².
    return max(_ceil(abs(change.relaxed - change.stated), max(change.stated, 1)) for change in by)


def relax(need: Need, miss: NearMiss) -> Need:
    """The need with the stated changes made: the miss's constraint then passes."""
    return replace(need, **{change.field: change.relaxed for change in miss.changes})


def nearest(need: Need, assessed: Iterable[Assessment], shown: int = SHOWN) -> tuple[NearMiss, ...]:
    """The misses with the smallest gap, ties by offer id."""
    found = (_miss(need, a) for a in assessed if len(a.failed) == 1 and not a.unknown)
    liftable = (miss for miss in found if miss is not None)
    return tuple(heapq.nsmallest(shown, liftable, key=lambda miss: (miss.gap, miss.offer.id)))


def _miss(need: Need, assessment: Assessment) -> NearMiss | None:
    (constraint,), offer = assessment.failed, assessment.offer
    if constraint not in RELAXABLE:
        return None
    miss = NearMiss(offer, constraint, gap(constraint, need, offer), changes(constraint, need, offer))
    # A lead that states only one end of its range: moving that end may leave the other in doubt.
    if constraint is Constraint.AREA and area_verdict(relax(need, miss), offer) is not Verdict.PASS:
        return None
    return miss
