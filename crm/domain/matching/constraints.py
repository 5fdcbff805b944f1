"""The eleven hard constraints of A.1: each answers pass, fail or unknown.

One principle throughout: a verdict is given when every value that an unknown may take would give
it, and is unknown otherwise. The exceptions are the ones the rule states: what a lead does not ask
for (budget, date, load, height, power) cannot fail.
"""

from __future__ import annotations

from collections.abc import Callable

from crm.domain.matching.model import Constraint, Need, Offer, Park, Verdict
from crm.domain.policies import Tier
from crm.domain.space import EnvClass

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN

RELAXABLE = (
    Constraint.AREA,
    Constraint.PRICE,
    Constraint.LOAD,
    Constraint.HEIGHT,
    Constraint.POWER,
    Constraint.DATE,
)

_ENV_RANK = {env: rank for rank, env in enumerate(EnvClass)}
_ALL_TIERS = frozenset(Tier)


def _verdict(holds: bool) -> Verdict:
    return PASS if holds else FAIL


def status(need: Need, offer: Offer, park: Park) -> Verdict:
    return UNKNOWN if offer.active is None else _verdict(offer.active)


def tenure(need: Need, offer: Offer, park: Park) -> Verdict:
    return UNKNOWN if need.tenure is None else _verdict(offer.tenure is need.tenure)


def tier(need: Need, offer: Offer, park: Park) -> Verdict:
    if offer.tiers is not None and offer.tiers >= _ALL_TIERS:
        return PASS
    if offer.tiers is None or need.tier is None:
        return UNKNOWN
    return _verdict(need.tier in offer.tiers)


def negative_list(need: Need, offer: Offer, park: Park) -> Verdict:
    if park.banned is None:
        return UNKNOWN
    if not park.banned:
        return PASS
    return UNKNOWN if need.code is None else _verdict(not park.bans(need.code))


def env(need: Need, offer: Offer, park: Park) -> Verdict:
    least, most = 0, len(_ENV_RANK) - 1
    lead = None if need.env is None else _ENV_RANK[need.env]
    allowed = None if offer.env_max is None else _ENV_RANK[offer.env_max]
    if lead == least or allowed == most:  # true whatever the other one is
        return PASS
    if lead is None or allowed is None:
        return UNKNOWN
    return _verdict(lead <= allowed)


def area(need: Need, offer: Offer, park: Park) -> Verdict:
    return area_verdict(need, offer)


def area_verdict(need: Need, offer: Offer) -> Verdict:
    """free ≥ a_min and minimum lettable ≤ a_max: one failure decides, whatever the other half is."""
    if not need.states_area_like(offer):
        return UNKNOWN
    halves = {large_enough(need, offer), divisible_enough(need, offer)}
    return FAIL if FAIL in halves else UNKNOWN if UNKNOWN in halves else PASS


def large_enough(need: Need, offer: Offer) -> Verdict:
    """Without a stated minimum, the target or the maximum is certainly enough, and less may be."""
    if need.area_min is not None:
        return UNKNOWN if offer.free is None else _verdict(offer.free >= need.area_min)
    enough = need.area_target if need.area_target is not None else need.area_max
    return PASS if None not in (enough, offer.free) and offer.free >= enough else UNKNOWN


def divisible_enough(need: Need, offer: Offer) -> Verdict:
    """Without a stated maximum, what is lettable at the target or the minimum is certainly acceptable."""
    if need.area_max is not None:
        return UNKNOWN if offer.min_lettable is None else _verdict(offer.min_lettable <= need.area_max)
    stated = need.area_target if need.area_target is not None else need.area_min
    return PASS if None not in (stated, offer.min_lettable) and offer.min_lettable <= stated else UNKNOWN


def price(need: Need, offer: Offer, park: Park) -> Verdict:
    budget = need.budget_for(offer)
    if budget is None:
        return PASS
    return UNKNOWN if offer.price is None else _verdict(offer.price <= budget)


def _at_least(has: int | None, needed: int | None) -> Verdict:
    if not needed:
        return PASS
    return UNKNOWN if has is None else _verdict(has >= needed)


def load(need: Need, offer: Offer, park: Park) -> Verdict:
    return _at_least(offer.load_kg_m2, need.load_kg_m2)


def height(need: Need, offer: Offer, park: Park) -> Verdict:
    return _at_least(offer.height_cm, need.height_cm)


def power(need: Need, offer: Offer, park: Park) -> Verdict:
    return _at_least(offer.power_kva, need.power_kva)


def date(need: Need, offer: Offer, park: Park) -> Verdict:
    if need.needed_by is None:
        return PASS
    if offer.available_from is None:
        return UNKNOWN
    return _verdict(offer.available_from <= need.needed_by + need.grace_days)


CHECKS: tuple[tuple[Constraint, Callable[[Need, Offer, Park], Verdict]], ...] = (
    (Constraint.STATUS, status),
    (Constraint.TENURE, tenure),
    (Constraint.TIER, tier),
    (Constraint.NEGATIVE_LIST, negative_list),
    (Constraint.ENV, env),
    (Constraint.AREA, area),
    (Constraint.PRICE, price),
    (Constraint.LOAD, load),
    (Constraint.HEIGHT, height),
    (Constraint.POWER, power),
    (Constraint.DATE, date),
)


def judge(need: Need, offer: Offer, park: Park) -> tuple[tuple[Constraint, ...], tuple[Constraint, ...]]:
    """The constraints that fail and those that are unknown, each in the order of `Constraint`."""
    failed: list[Constraint] = []
    unknown: list[Constraint] = []
    for constraint, check in CHECKS:
        verdict = check(need, offer, park)
        if verdict is FAIL:
            failed.append(constraint)
        elif verdict is UNKNOWN:
            unknown.append(constraint)
    return tuple(failed), tuple(unknown)
