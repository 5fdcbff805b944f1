"""One line under each match: what speaks for the offer and what against it, without the arithmetic.

The unknown comes first, because that is what somebody must do something about; then focus, price, area, hardware,
location and time, each only where there is something to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from crm.domain.labels import N_
from crm.domain.matching import criteria
from crm.domain.matching.model import Constraint, Criterion, Match, Need, World
from crm.domain.matching.sides import Name
from crm.domain.matching.wording import (
    CONSTRAINTS,
    PRICES,
    Text,
    area_text,
    hardware_text,
    plain,
    price_figure,
    shifted,
)

#: Less headroom than this over a hardware need is worth a word, per mille of the score (500 is none at all).
TIGHT = 600
_FIELDS = {
    "load_kg_m2": Constraint.LOAD,
    "height_cm": Constraint.HEIGHT,
    "power_kva": Constraint.POWER,
}


def summary(match: Match, need: Need, world: World, *, name: Name = str) -> tuple[Text, ...]:
    """The remarks of one match in reading order; `name` turns a segment or platform key into its name."""
    return (
        *_unknown(match),
        *_focus(match, need, world, name),
        *_price(match, need),
        *_space(match, need),
        *_tech(match, need),
        *_location(match, world, name),
        *_timing(match, need),
    )


def _unknown(match: Match) -> Iterator[Text]:
    if match.unknown:
        words = tuple(Text(CONSTRAINTS[constraint]) for constraint in match.unknown)
        yield Text(N_("%(facts)s待核实"), {"facts": words})


def _focus(match: Match, need: Need, world: World, name: Name) -> Iterator[Text]:
    if need.segment is None:
        return
    park = world.park_of(match.offer)
    best = max(park.positioning or (), key=lambda position: world.affinity(need.segment, position), default=None)
    divisor = world.kinship(need.segment, best.segment) if best else None
    if divisor is None:
        yield Text(N_("定位不含本链，产业 0 分"))
    elif divisor == 1:
        yield Text(N_("定位含「%(segment)s」"), {"segment": name(best.segment)})
    elif divisor == 2:
        yield Text(N_("同组定位「%(segment)s」，计二分之一"), {"segment": name(best.segment)})
    else:
        yield Text(N_("同链定位「%(segment)s」，计四分之一"), {"segment": name(best.segment)})


def _price(match: Match, need: Need) -> Iterator[Text]:
    price, budget = match.offer.price, need.budget_for(match.offer)
    if price is None:
        return
    if budget is None:
        shown = {"price": price_figure(price, match.offer.tenure)}
        yield Text(N_("报价 %(price)s"), {"price": Text(PRICES[match.offer.tenure], shown)})
    elif price == budget:
        yield Text(N_("价格等于预算"))
    else:
        below = 1000 * (budget - price) // budget
        yield Text(N_("价格低于预算 %(percent)s%%"), {"percent": shifted(below, 1)})


def _space(match: Match, need: Need) -> Iterator[Text]:
    if match.alloc is None or need.area_target is None:
        return
    tenure = match.offer.tenure
    if match.alloc != need.area_target:
        yield Text(
            N_("给 %(given)s，目标 %(target)s"),
            {"given": area_text(match.alloc, tenure), "target": area_text(need.area_target, tenure)},
        )
    lost = criteria.waste(match.offer, match.alloc)
    if lost:
        yield Text(
            N_("余 %(rest)s，不足最小出租 %(least)s，计为浪费"),
            {"rest": area_text(lost, tenure), "least": area_text(match.offer.min_lettable, tenure)},
        )


def _tech(match: Match, need: Need) -> Iterator[Text]:
    for field, needed, has in criteria.hardware(need, match.offer):
        if has is None or not needed or criteria.headroom(needed, has) >= TIGHT:
            continue
        word = Text(CONSTRAINTS[_FIELDS[field]])
        if has == needed:
            yield Text(N_("%(what)s刚好"), {"what": word})
        else:
            yield Text(N_("%(what)s只余 %(rest)s"), {"what": word, "rest": hardware_text(field, has - needed)})


def _location(match: Match, world: World, name: Name) -> Iterator[Text]:
    part = match.part(Criterion.LOCATION)
    platform = world.park_of(match.offer).platform
    if part.low == 500:
        yield Text(N_("不在意向平台，但同片区"))
    elif part.low == 0 and part.known and platform is not None:
        yield Text(N_("位于%(platform)s，不在意向平台"), {"platform": plain(name(platform))})


def _timing(match: Match, need: Need) -> Iterator[Text]:
    available = match.offer.available_from
    if need.needed_by is not None and available is not None and available > need.needed_by:
        yield Text(N_("晚 %(days)s 天，在宽限内"), {"days": available - need.needed_by})
