"""Why a match scores what it scores, row by row, so that an officer can redo it with a pencil
(A.3).

Each row says what is needed, what is offered, the arithmetic in words ("600 ＋ ⌊2000×3÷45⌋"), and
the part it explains: score × weight = points, low…high. `facts` names the fields behind it, so that
the page can put the source and date of each value beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crm.domain.labels import N_, label
from crm.domain.matching import criteria
from crm.domain.matching.model import Constraint, Criterion, Match, Need, Part, Position, World
from crm.domain.matching.sides import BOTH, Case, Name, area_need, area_offer, instruments_text, names
from crm.domain.matching.unknowns import OF_CRITERION, Fact
from crm.domain.matching.weights import DEFAULT, Weights
from crm.domain.matching.wording import (
    CONSTRAINTS,
    NOT_ASKED,
    UNKNOWN,
    Text,
    area_figure,
    hardware_text,
    plain,
    price_figure,
    shifted,
)
from crm.domain.policies import Instrument

_HARDWARE_WORDS = {
    "load_kg_m2": CONSTRAINTS[Constraint.LOAD],
    "height_cm": CONSTRAINTS[Constraint.HEIGHT],
    "power_kva": CONSTRAINTS[Constraint.POWER],
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table under a match."""

    part: Part
    need: Text
    offer: Text
    formula: Text
    facts: tuple[Fact, ...]


def explain(match: Match, need: Need, world: World, weights: Weights = DEFAULT, *, name: Name = str) -> tuple[Row, ...]:
    """The seven rows of a match, in the order of `Criterion`. `name` turns a segment or platform
    key into its name."""
    case = Case(need, match.offer, world.park_of(match.offer), world, weights, name)
    return tuple(
        Row(part, *_SENTENCES[part.criterion](case, part), facts=OF_CRITERION[part.criterion]) for part in match.parts
    )


def _open(what: str, high: int) -> Text:
    return Text(N_("%(what)s未知：0…%(high)s"), {"what": Text(what), "high": high})


def _focus(case: Case, part: Part) -> tuple[Text, Text, Text]:
    wanted, positioning = case.need.segment, case.park.positioning
    need = UNKNOWN if wanted is None else plain(case.name(wanted))
    if positioning is None:
        return need, UNKNOWN, _open(N_("园区定位"), part.high)
    if wanted is None:
        offer = Text(N_("定位「%(segments)s」"), {"segments": names(case, (p.segment for p in positioning))})
        return need, offer if positioning else Text(N_("未设定位")), _open(N_("所属环节"), part.high)
    best = max(positioning, key=lambda position: case.world.affinity(wanted, position), default=None)
    if best is None:
        return need, Text(N_("未设定位")), Text(N_("没有定位：0"))
    return (
        need,
        Text(N_("定位「%(segments)s」"), {"segments": case.name(best.segment)}),
        _kinship(case, best),
    )


def _kinship(case: Case, best: Position) -> Text:
    match case.world.kinship(case.need.segment, best.segment):
        case 1:
            return Text(N_("定位权重 %(weight)s"), {"weight": best.weight})
        case 2:
            return Text(N_("同一上级环节：⌊%(weight)s÷2⌋"), {"weight": best.weight})
        case 4:
            return Text(N_("同一产业链：⌊%(weight)s÷4⌋"), {"weight": best.weight})
        case _:
            return Text(N_("定位不含本链：0"))


def _instrument(case: Case, part: Part) -> tuple[Text, Text, Text]:
    tier, instruments = case.need.tier, case.offer.instruments
    need = UNKNOWN if tier is None else Text(label(tier))
    offer = instruments_text(instruments)
    if instruments is None:
        return need, offer, _open(N_("政策工具"), part.high)
    if tier is None:
        return need, offer, _open(N_("层级"), part.high)
    if not instruments:
        return need, offer, Text(N_("没有可用的政策工具：0"))
    best = max((i for i in Instrument if i in instruments), key=lambda i: case.weights.points[tier].get(i, 0))
    params = {"tier": Text(label(tier)), "instrument": Text(label(best)), "points": part.low}
    return need, offer, Text(N_("%(tier)s用%(instrument)s：%(points)s"), params)


def _space(case: Case, part: Part) -> tuple[Text, Text, Text]:
    need, offer = area_need(case), area_offer(case)
    alloc = criteria.allocation(case.need, case.offer)
    if alloc is None:
        return need, offer, _open(N_("面积"), part.high)
    tenure, target = case.offer.tenure, case.need.area_target
    waste, off = criteria.waste(case.offer, alloc), abs(alloc - target)
    params = {
        "off": area_figure(off, tenure),
        "waste": area_figure(waste, tenure),
        "both": area_figure(off + waste, tenure),
        "target": area_figure(target, tenure),
    }
    if not off + waste:
        return need, offer, Text(N_("面积正好：1000"))
    if criteria.PERFECT * (off + waste) // target >= criteria.PERFECT:
        return need, offer, Text(N_("max(0, 1000 − ⌊1000×%(both)s÷%(target)s⌋)"), params)
    if off and waste:
        return need, offer, Text(N_("1000 − ⌊1000×(%(off)s＋%(waste)s)÷%(target)s⌋"), params)
    return need, offer, Text(N_("1000 − ⌊1000×%(both)s÷%(target)s⌋"), params)


def _price(case: Case, part: Part) -> tuple[Text, Text, Text]:
    need, offer = BOTH[Constraint.PRICE](case)
    budget, price, tenure = case.need.budget_for(case.offer), case.offer.price, case.offer.tenure
    if budget is None:
        return need, offer, _open(N_("预算"), part.high)
    if price is None:
        return need, offer, _open(N_("价格"), part.high)
    params = {"saved": price_figure(budget - price, tenure), "budget": price_figure(budget, tenure)}
    if 2000 * (budget - price) // budget > 400:
        return need, offer, Text(N_("600 ＋ min(400, ⌊2000×%(saved)s÷%(budget)s⌋)"), params)
    return need, offer, Text(N_("600 ＋ ⌊2000×%(saved)s÷%(budget)s⌋"), params)


def _tech(case: Case, part: Part) -> tuple[Text, Text, Text]:
    wanted = criteria.hardware(case.need, case.offer)
    if not wanted:
        return NOT_ASKED, Text(N_("—")), Text(N_("没有硬件要求：1000"))
    need = plain(tuple(hardware_text(field, needed) for field, needed, _ in wanted))
    offered = tuple(UNKNOWN if has is None else hardware_text(field, has) for field, _, has in wanted)
    offer = plain(offered)
    gaps = tuple(Text(_HARDWARE_WORDS[field]) for field, _, has in wanted if has is None)
    if gaps:
        return need, offer, Text(N_("%(what)s未知：0…%(high)s"), {"what": gaps, "high": part.high})
    field, needed, has = min(wanted, key=lambda item: criteria.headroom(item[1], item[2]))
    places = 2 if field == "height_cm" else 0
    params = {
        "what": Text(_HARDWARE_WORDS[field]),
        "spare": shifted(has - needed, places),
        "need": shifted(needed, places),
    }
    if criteria.AT_NEED + 2000 * (has - needed) // needed > criteria.PERFECT:
        return need, offer, Text(N_("%(what)s最紧：min(1000, 500 ＋ ⌊2000×%(spare)s÷%(need)s⌋)"), params)
    return need, offer, Text(N_("%(what)s最紧：500 ＋ ⌊2000×%(spare)s÷%(need)s⌋"), params)


def _location(case: Case, part: Part) -> tuple[Text, Text, Text]:
    wanted, platform = case.need.platforms, case.park.platform
    offer = UNKNOWN if platform is None else plain(case.name(platform))
    if not wanted:
        return Text(N_("不限")), offer, Text(N_("没有区位要求：1000"))
    need = Text(N_("优先：%(platforms)s"), {"platforms": names(case, sorted(wanted))})
    if not part.known:
        return need, offer, _open(N_("所属平台"), part.high)
    if platform in wanted:
        return need, offer, Text(N_("优先平台：1000"))
    return need, offer, Text(N_("同一片区：500") if part.low else N_("不同片区：0"))


def _timing(case: Case, part: Part) -> tuple[Text, Text, Text]:
    need, offer = BOTH[Constraint.DATE](case)
    if case.need.needed_by is None:
        return need, offer, Text(N_("没有时间要求：1000"))
    if case.offer.available_from is None:
        return need, offer, _open(N_("交付时间"), part.high)
    late = case.offer.available_from - case.need.needed_by
    if late <= 0:
        return need, offer, Text(N_("按时：1000"))
    params = {"late": late, "grace": case.need.grace_days}
    return need, offer, Text(N_("1000 − ⌊1000×%(late)s÷(%(grace)s＋1)⌋"), params)


_SENTENCES: dict[Criterion, Callable[[Case, Part], tuple[Text, Text, Text]]] = {
    Criterion.FOCUS: _focus,
    Criterion.INSTRUMENT: _instrument,
    Criterion.SPACE: _space,
    Criterion.PRICE: _price,
    Criterion.TECH: _tech,
    Criterion.LOCATION: _location,
    Criterion.TIMING: _timing,
}
