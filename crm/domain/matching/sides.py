"""What was needed and what is offered, in words, for each hard constraint and criterion (A.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crm.domain.labels import N_, label
from crm.domain.matching import criteria
from crm.domain.matching.model import Constraint, Need, Offer, Park, World
from crm.domain.matching.weights import DEFAULT, Weights
from crm.domain.matching.wording import (
    NOT_ASKED,
    UNKNOWN,
    Text,
    area_figure,
    area_text,
    date_text,
    hardware_text,
    plain,
    price_text,
)
from crm.domain.policies import Instrument, Tier
from crm.domain.space import EnvClass, Tenure

Name = Callable[[str], str]
Pair = tuple[Text, Text]


@dataclass(frozen=True, slots=True)
class Case:
    """What the sentences are made from."""

    need: Need
    offer: Offer
    park: Park
    world: World
    weights: Weights
    name: Name


def explain_failure(
    constraint: Constraint, need: Need, offer: Offer, world: World, *, name: Name = str
) -> tuple[Text, Text]:
    """What was needed and what is offered, for a constraint that fails or is unknown."""
    case = Case(need, offer, world.park_of(offer), world, DEFAULT, name)
    return BOTH[constraint](case)


def names(case: Case, keys: Iterable[str]) -> tuple[Text, ...]:
    return tuple(plain(case.name(key)) for key in keys)


def instruments_text(instruments: frozenset[Instrument] | None) -> Text:
    if instruments is None:
        return UNKNOWN
    if not instruments:
        return Text(N_("无"))
    listed = tuple(Text(label(i)) for i in Instrument if i in instruments)
    return plain(listed)


def area_need(case: Case) -> Text:
    need, tenure = case.need, case.need.tenure
    parts = []
    if need.area_min is not None and need.area_max is not None:
        low = area_figure(need.area_min, tenure)
        parts.append(Text(N_("%(low)s–%(high)s"), {"low": low, "high": area_text(need.area_max, tenure)}))
    elif need.area_min is not None:
        parts.append(Text(N_("≥ %(area)s"), {"area": area_text(need.area_min, tenure)}))
    elif need.area_max is not None:
        parts.append(Text(N_("≤ %(area)s"), {"area": area_text(need.area_max, tenure)}))
    if need.area_target is not None:
        parts.append(Text(N_("目标 %(area)s"), {"area": area_text(need.area_target, tenure)}))
    return plain(tuple(parts)) if parts else UNKNOWN


def area_offer(case: Case) -> Text:
    offer = case.offer
    if offer.free is None:
        return UNKNOWN
    params = {"free": area_text(offer.free, offer.tenure)}
    if offer.min_lettable is None:
        return Text(N_("可供 %(free)s，最小面积未知"), params)
    params["least"] = area_text(offer.min_lettable, offer.tenure)
    alloc = criteria.allocation(case.need, offer)
    if alloc is not None and criteria.waste(offer, alloc):
        params["rest"] = area_text(offer.free - alloc, offer.tenure)
        return Text(N_("可供 %(free)s，余 %(rest)s，不足最小 %(least)s，计为浪费"), params)
    return Text(N_("可供 %(free)s，最小 %(least)s"), params)


def _word(member: Tier | Tenure | EnvClass | None) -> Text:
    return UNKNOWN if member is None else Text(label(member))


def _status(case: Case) -> Pair:
    active = case.offer.active
    offer = UNKNOWN if active is None else Text(N_("可供") if active else N_("不可供"))
    return Text(N_("可供")), offer


def _tenure(case: Case) -> Pair:
    return _word(case.need.tenure), _word(case.offer.tenure)


def _tier(case: Case) -> Pair:
    tiers = case.offer.tiers
    if tiers is None:
        return _word(case.need.tier), UNKNOWN
    accepted = tuple(Text(label(tier)) for tier in Tier if tier in tiers)
    return _word(case.need.tier), Text(N_("接受：%(tiers)s"), {"tiers": accepted})


def _negative_list(case: Case) -> Pair:
    code, banned = case.need.code, case.park.banned
    need = UNKNOWN if code is None else Text(N_("行业代码 %(code)s"), {"code": code})
    if banned is None:
        return need, UNKNOWN
    if not banned:
        return need, Text(N_("没有禁止的行业"))
    hit = [prefix for prefix in banned if code is not None and code.startswith(prefix)]
    return need, Text(N_("禁止：%(codes)s"), {"codes": tuple(plain(prefix) for prefix in hit or banned)})


def _env(case: Case) -> Pair:
    most = case.offer.env_max
    return _word(case.need.env), UNKNOWN if most is None else Text(N_("最高到%(env)s"), {"env": _word(most)})


def _area(case: Case) -> Pair:
    return area_need(case), area_offer(case)


def _price(case: Case) -> Pair:
    need, offer, tenure = case.need, case.offer, case.offer.tenure
    wanted = Text(N_("未说明"))
    if need.budget is not None:
        wanted = Text(N_("≤ %(price)s"), {"price": price_text(need.budget, need.tenure)})
    return wanted, UNKNOWN if offer.price is None else price_text(offer.price, tenure)


def _hardware(field: str) -> Callable[[Case], Pair]:
    def both(case: Case) -> Pair:
        needed, has = getattr(case.need, field), getattr(case.offer, field)
        need = Text(N_("≥ %(value)s"), {"value": hardware_text(field, needed)}) if needed else NOT_ASKED
        return need, UNKNOWN if has is None else hardware_text(field, has)

    return both


def _date(case: Case) -> Pair:
    need, ready = case.need, case.offer.available_from
    wanted = NOT_ASKED
    if need.needed_by is not None:
        params = {"date": date_text(need.needed_by), "grace": need.grace_days}
        wanted = Text(N_("%(date)s 前，宽限 %(grace)s 天"), params)
    return wanted, UNKNOWN if ready is None else Text(N_("%(date)s 可交付"), {"date": date_text(ready)})


BOTH: dict[Constraint, Callable[[Case], Pair]] = {
    Constraint.STATUS: _status,
    Constraint.TENURE: _tenure,
    Constraint.TIER: _tier,
    Constraint.NEGATIVE_LIST: _negative_list,
    Constraint.ENV: _env,
    Constraint.AREA: _area,
    Constraint.PRICE: _price,
    Constraint.LOAD: _hardware("load_kg_m2"),
    Constraint.HEIGHT: _hardware("height_cm"),
    Constraint.POWER: _hardware("power_kva"),
    Constraint.DATE: _date,
}
