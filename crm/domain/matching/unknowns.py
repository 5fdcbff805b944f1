"""Which missing fact stands behind an unknown verdict or an interval, and who can supply it."""

from __future__ import annotations

from enum import StrEnum

from crm.domain.matching.model import Constraint, Criterion, Need, Offer, Park


class Asked(StrEnum):
    """Who is asked."""

    INVESTOR = "investor"
    PARK_MANAGER = "park_manager"


class Fact(StrEnum):
    """Everything that can be unknown, of the lead, of an offer, or of its park; named owner.field."""

    NEED_TENURE = "need.tenure"
    NEED_AREA = "need.area"
    NEED_BUDGET = "need.budget"
    NEED_TIER = "need.tier"
    NEED_SEGMENT = "need.segment"
    NEED_CODE = "need.code"
    NEED_ENV = "need.env"
    OFFER_ACTIVE = "offer.active"
    OFFER_FREE = "offer.free"
    OFFER_MIN_LETTABLE = "offer.min_lettable"
    OFFER_PRICE = "offer.price"
    OFFER_LOAD = "offer.load_kg_m2"
    OFFER_HEIGHT = "offer.height_cm"
    OFFER_POWER = "offer.power_kva"
    OFFER_AVAILABLE = "offer.available_from"
    OFFER_TIERS = "offer.tiers"
    OFFER_ENV = "offer.env_max"
    OFFER_INSTRUMENTS = "offer.instruments"
    PARK_BANNED = "park.banned"
    PARK_POSITIONING = "park.positioning"
    PARK_PLATFORM = "park.platform"

    @property
    def owner(self) -> str:
        """ "need", "offer" or "park": a fact of a park serves all its offers."""
        return self.value.partition(".")[0]

    @property
    def field(self) -> str:
        return self.value.partition(".")[2]

    @property
    def asked(self) -> Asked:
        return Asked.INVESTOR if self.owner == "need" else Asked.PARK_MANAGER


# Two tables, not one: a constraint and a criterion of the same name are equal as strings.
OF_CONSTRAINT: dict[Constraint, tuple[Fact, ...]] = {
    Constraint.STATUS: (Fact.OFFER_ACTIVE,),
    Constraint.TENURE: (Fact.NEED_TENURE,),
    Constraint.TIER: (Fact.NEED_TIER, Fact.OFFER_TIERS),
    Constraint.NEGATIVE_LIST: (Fact.NEED_CODE, Fact.PARK_BANNED),
    Constraint.ENV: (Fact.NEED_ENV, Fact.OFFER_ENV),
    Constraint.AREA: (Fact.NEED_AREA, Fact.OFFER_FREE, Fact.OFFER_MIN_LETTABLE),
    Constraint.PRICE: (Fact.OFFER_PRICE,),
    Constraint.LOAD: (Fact.OFFER_LOAD,),
    Constraint.HEIGHT: (Fact.OFFER_HEIGHT,),
    Constraint.POWER: (Fact.OFFER_POWER,),
    Constraint.DATE: (Fact.OFFER_AVAILABLE,),
}
OF_CRITERION: dict[Criterion, tuple[Fact, ...]] = {
    Criterion.FOCUS: (Fact.NEED_SEGMENT, Fact.PARK_POSITIONING),
    Criterion.INSTRUMENT: (Fact.NEED_TIER, Fact.OFFER_INSTRUMENTS),
    Criterion.SPACE: (Fact.NEED_AREA, Fact.OFFER_FREE, Fact.OFFER_MIN_LETTABLE),
    Criterion.PRICE: (Fact.NEED_BUDGET, Fact.OFFER_PRICE),
    Criterion.TECH: (Fact.OFFER_LOAD, Fact.OFFER_HEIGHT, Fact.OFFER_POWER),
    Criterion.LOCATION: (Fact.PARK_PLATFORM,),
    Criterion.TIMING: (Fact.OFFER_AVAILABLE,),
}
_HARDWARE = frozenset(OF_CRITERION[Criterion.TECH])
# Asked tens of thousands of times for one lead, so looked up once: where the owner stands, and the field.
_PLACES = {fact: (("need", "offer", "park").index(fact.owner), fact.field) for fact in Fact}


def missing(fact: Fact, need: Need, offer: Offer, park: Park) -> bool:
    """Whether a fact that matters to this lead is not known."""
    if fact is Fact.NEED_AREA:
        return None in (need.area_min, need.area_target, need.area_max)
    owner, field = _PLACES[fact]
    if fact in _HARDWARE and not getattr(need, field):
        return False
    return getattr((need, offer, park)[owner], field) is None


def behind_verdict(constraint: Constraint, need: Need, offer: Offer, park: Park) -> tuple[Fact, ...]:
    """The missing facts that make a constraint unknown; one alone means that its answer decides."""
    if constraint is Constraint.AREA and not need.states_area_like(offer):
        return (Fact.NEED_TENURE,)
    return tuple(fact for fact in OF_CONSTRAINT[constraint] if missing(fact, need, offer, park))


def behind_interval(criterion: Criterion, need: Need, offer: Offer, park: Park) -> tuple[Fact, ...]:
    """The missing facts that make a score an interval."""
    if criterion is Criterion.SPACE and not need.states_area_like(offer):
        return (Fact.NEED_TENURE,)
    facts = tuple(fact for fact in OF_CRITERION[criterion] if missing(fact, need, offer, park))
    if criterion is Criterion.PRICE and need.tenure is None:  # a budget without a unit compares with nothing
        return (Fact.NEED_TENURE, *facts)
    return facts
