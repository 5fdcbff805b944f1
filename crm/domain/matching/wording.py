"""The words of matching for people: names, figures with units, near misses, questions, reasons.

Nothing is translated here. A `Text` is a msgid with parameters; the page renders it in the reader's
language. Figures are exact: fen become yuan and centimetres metres by moving the point, never by
rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from crm.domain.labels import N_
from crm.domain.matching.misses import NearMiss
from crm.domain.matching.model import Constraint, Criterion, Side, Status
from crm.domain.matching.unknowns import Asked, Fact
from crm.domain.space import Tenure


class Text(NamedTuple):
    """A sentence to translate. A parameter may be a figure, a name, another Text, or a tuple of
    Texts (a list)."""

    msgid: str
    params: Mapping[str, Any] = MappingProxyType({})

    def render(self, translate: Callable[[str], str] = str) -> str:
        """The sentence in the language of `translate` (gettext); without one, in Chinese."""
        values = {name: _rendered(value, translate) for name, value in self.params.items()}
        return translate(self.msgid) % values if values else translate(self.msgid)


def _rendered(value: Any, translate: Callable[[str], str]) -> Any:
    if isinstance(value, Text):
        return value.render(translate)
    if isinstance(value, tuple):
        return translate(N_("、")).join(_rendered(each, translate) for each in value)
    return value


def plain(value: Any) -> Text:
    """A name, figure or list that stands alone and has no words to translate."""
    return Text("%(value)s", {"value": value})


UNKNOWN = Text(N_("未知"))
NOT_ASKED = Text(N_("未要求"))

CRITERIA = {
    Criterion.FOCUS: N_("产业契合"),
    Criterion.INSTRUMENT: N_("政策工具"),
    Criterion.SPACE: N_("面积"),
    Criterion.PRICE: N_("价格"),
    Criterion.TECH: N_("硬件"),
    Criterion.LOCATION: N_("区位"),
    Criterion.TIMING: N_("时间"),
}
SIDES = {
    Side.ENTERPRISE: N_("企业侧（价格、硬件、区位、时间）"),
    Side.DISTRICT: N_("区侧（产业、工具、面积）"),
}
STATUSES = {
    Status.FIT: N_("匹配"),
    Status.TO_VERIFY: N_("待核实"),
    Status.BLOCKED: N_("不符"),
}
CONSTRAINTS = {
    Constraint.STATUS: N_("房源状态"),
    Constraint.TENURE: N_("租售方式"),
    Constraint.TIER: N_("层级"),
    Constraint.NEGATIVE_LIST: N_("负面清单"),
    Constraint.ENV: N_("环评"),
    Constraint.AREA: N_("面积"),
    Constraint.PRICE: N_("价格"),
    Constraint.LOAD: N_("楼面荷载"),
    Constraint.HEIGHT: N_("净高"),
    Constraint.POWER: N_("用电容量"),
    Constraint.DATE: N_("交付时间"),
}
ASKED = {Asked.INVESTOR: N_("投资方"), Asked.PARK_MANAGER: N_("园区管理员")}
QUESTIONS = {
    Fact.NEED_TENURE: N_("租、购还是拿地？"),
    Fact.NEED_AREA: N_("最少、目标和最多要多大面积？"),
    Fact.NEED_BUDGET: N_("价格预算是多少？"),
    Fact.NEED_TIER: N_("企业规模和资质如何（用以定层级）？"),
    Fact.NEED_SEGMENT: N_("属于产业链的哪个环节？"),
    Fact.NEED_CODE: N_("国民经济行业代码是什么？"),
    Fact.NEED_ENV: N_("环评属于哪一类？"),
    Fact.OFFER_ACTIVE: N_("现在还可供吗？"),
    Fact.OFFER_FREE: N_("可供面积是多少？"),
    Fact.OFFER_MIN_LETTABLE: N_("最小可租售面积是多少？"),
    Fact.OFFER_PRICE: N_("价格是多少？"),
    Fact.OFFER_LOAD: N_("楼面荷载是多少？"),
    Fact.OFFER_HEIGHT: N_("净高是多少？"),
    Fact.OFFER_POWER: N_("用电容量是多少？"),
    Fact.OFFER_AVAILABLE: N_("何时可交付？"),
    Fact.OFFER_TIERS: N_("接受哪些层级的企业？"),
    Fact.OFFER_ENV: N_("最高接受哪类环评？"),
    Fact.OFFER_INSTRUMENTS: N_("可用哪些政策工具？"),
    Fact.PARK_BANNED: N_("有没有禁止的行业，是哪些？"),
    Fact.PARK_POSITIONING: N_("产业定位是什么？"),
    Fact.PARK_PLATFORM: N_("属于哪个平台？"),
}

PRICES = {
    Tenure.RENT: N_("%(price)s 元/㎡/月"),
    Tenure.BUY: N_("%(price)s 元/㎡"),
    Tenure.LAND: N_("%(price)s 万元/亩"),
}
AREAS = {Tenure.LAND: N_("%(area)s 亩")}


def shifted(value: int, places: int) -> str:
    """A whole number with its decimal point moved left, without trailing zeros: 4550 by 2 is "45.5"."""
    whole, rest = divmod(value, 10**places)
    digits = f"{rest:0{places}d}".rstrip("0") if places else ""
    return f"{whole}.{digits}" if digits else str(whole)


def price_figure(price: int, tenure: Tenure | None) -> str:
    return shifted(price, 2) if tenure is Tenure.RENT else str(price)


def price_text(price: int, tenure: Tenure | None) -> Text:
    """A price in the unit of its tenure; while that is unknown, the bare figure."""
    if tenure is None:
        return Text(N_("%(price)s（单位未知）"), {"price": str(price)})
    return Text(PRICES[tenure], {"price": price_figure(price, tenure)})


def area_figure(area: int, tenure: Tenure | None) -> str:
    return shifted(area, 2) if tenure is Tenure.LAND else str(area)


def area_text(area: int, tenure: Tenure | None) -> Text:
    return Text(AREAS.get(tenure, N_("%(area)s ㎡")), {"area": area_figure(area, tenure)})


def hardware_text(field: str, value: int) -> Text:
    if field == "load_kg_m2":
        # kN/㎡ first, as drawings say it; the tonnes are exact to the kilogram, so that the arithmetic can be redone.
        kilonewtons = (value * 981 + 5_000) // 10_000
        return Text(N_("%(kn)s kN/㎡（%(t)s t/㎡）"), {"kn": shifted(kilonewtons, 1), "t": shifted(value, 3)})
    if field == "height_cm":
        return Text(N_("%(height)s m"), {"height": shifted(value, 2)})
    return Text(N_("%(power)s kVA"), {"power": str(value)})


def date_text(day: int) -> Text:
    """A day number as a civil date; beyond the calendar, the bare number."""
    known = date.min.toordinal() <= day <= date.max.toordinal()
    return plain(date.fromordinal(day).isoformat() if known else str(day))


def percent(gap: int) -> str:
    """A gap per mille as per cent: 80 is "8%", 67 is "6.7%"."""
    return f"{shifted(gap, 1)}%"


_CHANGES = {
    "area_max": N_("面积上限放宽到 %(value)s"),
    "area_min": N_("面积下限降到 %(value)s"),
    "load_kg_m2": N_("楼面荷载要求降到 %(value)s"),
    "height_cm": N_("净高要求降到 %(value)s"),
    "power_kva": N_("用电要求降到 %(value)s"),
    "needed_by": N_("需要日期推迟到 %(value)s"),
}
_BUDGETS = {
    Tenure.RENT: N_("租金预算提高 %(percent)s，到 %(value)s"),
    Tenure.BUY: N_("购置预算提高 %(percent)s，到 %(value)s"),
    Tenure.LAND: N_("地价预算提高 %(percent)s，到 %(value)s"),
}


def miss_text(miss: NearMiss) -> Text:
    """What the lead would have to change for this offer to fit, with the exact value that suffices."""
    tenure = miss.offer.tenure
    changes = []
    for change in miss.changes:
        if change.field == "budget":
            params = {"percent": percent(miss.gap), "value": price_text(change.relaxed, tenure)}
            changes.append(Text(_BUDGETS[tenure], params))
        else:
            changes.append(Text(_CHANGES[change.field], {"value": _value_text(change.field, change.relaxed, tenure)}))
    return Text(N_("%(changes)s即可匹配"), {"changes": tuple(changes)})


def _value_text(field: str, value: int, tenure: Tenure) -> Text:
    if field in ("area_min", "area_max"):
        return area_text(value, tenure)
    return date_text(value) if field == "needed_by" else hardware_text(field, value)
