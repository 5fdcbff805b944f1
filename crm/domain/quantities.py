"""Reading the figures that people write: 「1.2亿」「约3000㎡」「12元/㎡/月」「1吨/平」「8米」, also in full width.

A reader turns a text into the integer that is stored (DOMAIN §1: money in fen, area in m² or 0.01 亩, load in kg/m²,
height in cm, power in kVA) and into words that say back what was understood. Nothing is guessed: an unknown unit, a
range in a field for one value, or a storey height where the clear height is asked raise `Invalid`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.numerals import MOST_DIGITS, read_numeral, read_scale
from crm.domain.sentences import Sentence, sentence
from crm.domain.text import clean_text

#: 1 kN/m² in kg/m²: 1 t/m² = 9.81 kN/m² (DOMAIN §1).
KG_PER_KN = Decimal(1000) / Decimal("9.81")
#: 1 亩 = 666.67 m² (DOMAIN §1), exactly 2000/3.
M2_PER_MU = Decimal(2000) / 3
FEN_PER_WAN = 1_000_000
_LONGEST = 80
#: Beyond this no stored number makes sense (it is 1 万亿元 in fen a hundred times over), and columns end soon after.
_MOST = 10**16
#: No floor bears less than this or, on piles, much more: outside it people have mixed kN and t.
_LEAST_KN, _MOST_KN, _MOST_TONNES = 2, 100, 5

_ABOUT = (
    r"(?:大约|大概|差不多|接近|将近|至少|最少|最多|不低于|不少于|不超过|不高于|不多于|不小于|不大于|超过|约|近|"
    r"[<>≤≥]=?)?"
)
_TOPIC = r"(?:(?:总投资|投资|面积|租金|预算|楼面荷载|荷载|用电|净高|人数)[:为是]?)?"
_CURRENCY = r"(¥|人民币|rmb)?"
_BEFORE = re.compile(f"{_TOPIC}{_ABOUT}{_CURRENCY}{_ABOUT}")
_AFTER = re.compile(r"(?:左右|上下|以内|以上|以下|封顶|起)$")
_LOOSE = re.compile(r"[来多余几](?=\D|$)")
_SCALE_AFTER = re.compile(r"(万亿|千万|百万|亿|万)")
_RANGE = re.compile(r"[0-9][^0-9]*(?:-|–|—|~|～|至|到)[0-9]")
_PLAIN = re.compile(r"[0-9,.]+")
_TWO_NUMBERS = re.compile(r"[0-9]\s+[0-9]")


@dataclass(frozen=True, slots=True)
class Reading:
    """The stored number, its words, and whether the words say more than the plain figure that was typed."""

    number: int
    words: Sentence
    differs: bool


@dataclass(frozen=True, slots=True)
class _Figure:
    """`value` with its 万/亿 multiplied in; `scaled`: whether such a word was written; `unit` without blanks."""

    value: Decimal
    scaled: bool
    unit: str
    plain: bool


def _figure(text: str, field: str) -> _Figure:
    """Split a text into number, 万/亿 and unit; half width, without blanks, the square metre as ㎡."""
    if len(text) <= MOST_DIGITS and text.isascii() and text.isdigit():
        # Nearly every cell of a table: nothing that the rest could take away or object to.
        return _Figure(Decimal(text), False, "", True)
    half = unicodedata.normalize("NFKC", clean_text(text, _LONGEST, field)).lower()
    if _TWO_NUMBERS.search(half) and not re.search(r"(?<![0-9])[0-9]{1,3}(?:\s[0-9]{3})+(?![0-9])", half):
        raise Invalid(field, N_("这里只填一个数，数字中间不要空格。"))
    joined = re.sub(r"\s+", "", half).rstrip("。.,;!")
    before = _BEFORE.match(joined)
    body = joined[before.end() :] if before else joined
    if body.startswith("负"):
        raise Invalid(field, N_("不能是负数。"))
    found = read_numeral(body, field)
    if found is None:
        raise Invalid(field, N_("读不出数字，请写成「1200」或「约1200㎡」这样。"))
    if _RANGE.search(joined):
        raise Invalid(field, N_("这里只填一个数；有两头的，请分别填最小和最大。"))
    if found.value < 0:
        raise Invalid(field, N_("不能是负数。"))
    value, scaled, unit = found.value, found.scaled, _LOOSE.sub("", _AFTER.sub("", found.rest), count=1)
    if unit != found.rest and (late := _SCALE_AFTER.match(unit)):
        # 3000多万: the scale stands behind the loose word.
        value, scaled, unit = value * read_scale(late[1]), True, unit[late.end() :]
    unit = re.sub(r"平方米|平米|平方|平(?!方)|m2|m²", "㎡", unit).replace("每", "/").replace("一", "/")
    unit = re.sub(r"/+", "/", unit).strip("/")
    if before and before[1] and not unit.startswith("元"):
        unit = "元" + unit
    return _Figure(value, scaled, unit, bool(_PLAIN.fullmatch(joined)))


def _wrong(field: str, unit: str) -> Invalid:
    return Invalid(field, N_("单位「%(unit)s」不对，请检查。"), unit=unit[:12])


def _stored(value: Decimal, field: str) -> int:
    """The whole number that is stored. What would round to nothing, or fits no column, is a slip of the unit."""
    if value > _MOST:
        raise Invalid(field, N_("数值大得不合常理，请检查单位。"))
    number = _whole(value)
    if number == 0 and value > 0:
        raise Invalid(field, N_("数值小得不合常理，请检查单位。"))
    return number


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def _short(value: Decimal, places: str = "0.01") -> str:
    """At most two decimals, no trailing zeros, thousands grouped."""
    rounded = value.quantize(Decimal(places), ROUND_HALF_UP)
    return f"{rounded:,f}".rstrip("0").rstrip(".") if "." in f"{rounded:f}" else f"{rounded:,f}"


def _by_unit(text: str, field: str, units: Mapping[str, Decimal | int], say: Callable[[int], Sentence]) -> Reading:
    figure = _figure(text, field)
    if figure.unit not in units:
        raise _wrong(field, figure.unit)
    number = _stored(figure.value * units[figure.unit], field)
    return Reading(number, say(number), not figure.plain)


def read_people(text: str, field: str) -> Reading:
    """Employees, a whole number."""
    figure = _figure(text, field)
    if figure.unit not in ("", "人", "名", "位", "个人", "个", "员工", "名员工", "人员"):
        raise _wrong(field, figure.unit)
    if figure.value != figure.value.to_integral_value():
        raise Invalid(field, N_("人数须是整数。"))
    number = _stored(figure.value, field)
    return Reading(number, say_people(number), not figure.plain)


def read_money(text: str, field: str) -> Reading:
    """Fen; a bare number is 万元, as the fields of the product say."""
    figure = _figure(text, field)
    unit, value = figure.unit, figure.value
    scaled = figure.scaled
    if not scaled and re.fullmatch(r"w(?:元|块)?", unit):  # 1.2w, as chat messages write 万
        value, scaled, unit = value * 10_000, True, unit[1:]
    if unit not in ("", "元", "块", "块钱", "人民币", "元人民币", "rmb"):
        raise _wrong(field, figure.unit)
    fen = _stored(value * 100 if scaled or unit else value * FEN_PER_WAN, field)
    return Reading(fen, say_money(fen), not figure.plain)


def read_area(text: str, field: str, *, land: bool = False) -> Reading:
    """m², or 0.01 亩 for land; 公顷 and m² are converted for land, 亩 is refused where floors are meant."""
    figure = _figure(text, field)
    if not land:
        if figure.unit == "亩":
            raise Invalid(field, N_("租、购按平方米；要地请把方式选为拿地。"))
        if figure.unit not in ("", "㎡"):
            raise _wrong(field, figure.unit)
        number = _stored(figure.value, field)
    else:
        factors = {"": Decimal(1), "亩": Decimal(1), "公顷": Decimal(15), "ha": Decimal(15), "㎡": 1 / M2_PER_MU}
        if figure.unit not in factors:
            raise _wrong(field, figure.unit)
        number = _stored(figure.value * factors[figure.unit] * 100, field)
    return Reading(number, say_area(number, land=land), not figure.plain)


#: 「1200–1600」, 「1000到1500平」, 「1-2万㎡」: two figures, the unit behind the second.
_TWO_ENDS = re.compile(r"(.*?[0-9万千百]) ?(?:㎡|平方米|平米|平|亩|m2)? ?(?:-|–|—|~|～|至|到) ?([0-9].*)")


def read_area_range(text: str, field: str, *, land: bool = False) -> tuple[Reading, Reading] | None:
    """Smallest and largest area of 「1200–1600㎡」; None for a text that is no range. Raises `Invalid` like `read_area`."""
    half = unicodedata.normalize("NFKC", clean_text(text, _LONGEST, field)).strip()
    found = _TWO_ENDS.fullmatch(half)
    if found is None:
        return None
    low, high = found[1], found[2]
    if "万" in high and "万" not in low and Decimal(re.sub(r"[^0-9.]", "", low) or 0) < 100:
        low += "万"
    first, last = read_area(low, field, land=land), read_area(high, field, land=land)
    if first.number > last.number:
        raise Invalid(field, N_("范围写反了：前面应小，后面应大。"))
    return first, last


def _without_currency(unit: str) -> tuple[str, bool]:
    """A unit of price without its 元, and whether one was written: 「块钱/㎡」 → 「㎡」, True."""
    found = re.match(r"块钱|块|元", unit)
    return (unit[found.end() :] if found else unit).replace("·", "/").replace("个月", "月").strip("/"), bool(found)


def read_rent(text: str, field: str) -> Reading:
    """Fen per m² and month; a price per day is taken 30 times, one per year is divided by 12."""
    figure = _figure(text, field)
    unit, currency = _without_currency(figure.unit)
    if unit in ("月", "年", "天", "日") and (currency or figure.scaled):
        raise Invalid(field, N_("租金按每平方米计；「%(unit)s」像是总价，请除以面积。"), unit=figure.unit[:12])
    periods = {"": 1, "月": 1, "天": 30, "日": 30, "年": Decimal(1) / 12}
    factors: dict[str, Decimal | int] = {"": 1, "㎡": 1, "月": 1, "天": 30}
    for period, factor in periods.items():
        factors |= dict.fromkeys((f"㎡/{period}".strip("/"), f"㎡{period}", f"{period}/㎡".strip("/")), factor)
    if unit not in factors:
        raise _wrong(field, figure.unit)
    number = _stored(figure.value * factors[unit] * 100, field)
    return Reading(number, say_rent(number), not figure.plain)


def read_price(text: str, field: str) -> Reading:
    """Yuan per m² to buy."""
    figure = _figure(text, field)
    if _without_currency(figure.unit)[0] not in ("", "㎡"):
        raise _wrong(field, figure.unit)
    number = _stored(figure.value, field)
    return Reading(number, say_price(number), not figure.plain)


def read_land_price(text: str, field: str) -> Reading:
    """万元 per 亩; 「80万/亩」, 「800000元/亩」 and a bare 80 are the same."""
    figure = _figure(text, field)
    unit, currency = _without_currency(figure.unit)
    if unit not in ("", "亩"):
        raise _wrong(field, figure.unit)
    in_yuan = figure.scaled or currency
    number = _stored(figure.value / 10_000 if in_yuan else figure.value, field)
    return Reading(number, say_land_price(number), not figure.plain)


def read_load(text: str, field: str) -> Reading:
    """kg/m²; a bare number is kN/m². Tonnes and kilograms per m² are understood with and without 「/平」.

    What no floor bears is refused with the unit that was probably meant: people mix kN and t.
    """
    figure = _figure(text, field)
    unit = figure.unit.removesuffix("/㎡").removesuffix("㎡")
    value = figure.value
    if unit in ("吨", "t"):
        if value > _MOST_TONNES:
            raise Invalid(
                field,
                N_("%(value)s t/㎡ 大得不合常理；是不是 %(value)s kN/㎡？若确是吨，请写成 %(kg)s kg/㎡。"),
                value=f"{value.normalize():f}"[:20],
                kg=f"{(value * 1000).normalize():f}"[:20],
            )
        number = _stored(value * 1000, field)
    elif unit in ("kg", "公斤", "千克"):
        number = _stored(value, field)
    elif unit in ("", "kn", "kpa", "千牛"):
        if value > _MOST_KN:
            shown = f"{value.normalize():f}"[:20]
            raise Invalid(field, N_("%(value)s kN/㎡ 大得不合常理；是不是 kg/㎡？"), value=shown)
        if 0 < value < _LEAST_KN:
            shown = f"{value.normalize():f}"[:20]
            raise Invalid(field, N_("%(value)s kN/㎡ 小得不合常理；是不是 %(value)s t/㎡？请写出单位。"), value=shown)
        number = _stored(value * KG_PER_KN, field)
    else:
        raise _wrong(field, figure.unit)
    # The other unit is always worth saying.
    return Reading(number, say_load(number), True)


def read_height(text: str, field: str) -> Reading:
    """Clear height in cm. A storey height is refused: the two never stand for each other (DOMAIN §1)."""
    if "层高" in text:
        raise Invalid(field, N_("这里要净高；层高包括梁和管线，请问清净高。"))
    units = {"": Decimal(100), "m": Decimal(100), "米": Decimal(100), "cm": 1, "厘米": 1, "mm": Decimal("0.1")}
    # 4米5 is said for 4.5 m.
    spoken = re.sub(r"([0-9０-９]+)\s*米\s*([0-9０-９])(?=\s*(?:左右|以上|以内)?\s*$)", r"\1.\2米", text)
    return _by_unit(spoken, field, units, say_height)


def read_power(text: str, field: str) -> Reading:
    """kVA. kW is another quantity and kWh, kV are others again: they are refused by name, not converted."""
    figure = _figure(text, field)
    if figure.unit in ("kw", "千瓦", "mw", "兆瓦"):
        raise Invalid(field, N_("这里要变压器容量 kVA；kW 是有功功率，请问清容量。"))
    if figure.unit in ("度", "kwh", "kv", "千伏", "v"):
        raise Invalid(field, N_("这里要变压器容量 kVA，「%(unit)s」不是容量。"), unit=figure.unit)
    return _by_unit(text, field, {"": 1, "kva": 1, "千伏安": 1, "mva": 1000, "兆伏安": 1000}, say_power)


def read_days(text: str, field: str) -> Reading:
    """Days; weeks are 7, months 30."""
    return _by_unit(text, field, {"": 1, "天": 1, "日": 1, "周": 7, "星期": 7, "个月": 30, "月": 30}, say_days)


def read_distance(text: str, field: str) -> Reading:
    """Kilometres, whole; 里 are half of one. An hour's drive is no distance and is refused like any other unit."""
    units = {"": 1, "km": 1, "公里": 1, "千米": 1, "里": Decimal("0.5")}
    return _by_unit(text, field, units, say_distance)


def say_people(number: int) -> Sentence:
    return sentence(N_("%(n)s 人"), n=f"{number:,}")


def say_money(fen: int) -> Sentence:
    """6,000 万元; from 1 亿 on 1.2 亿元."""
    wan = Decimal(fen) / FEN_PER_WAN
    if wan >= 10_000:
        return sentence(N_("%(value)s 亿元"), value=_short(wan / 10_000, "0.0001"))
    return sentence(N_("%(value)s 万元"), value=_short(wan))


def say_area(number: int, *, land: bool = False) -> Sentence:
    if land:
        return sentence(N_("%(n)s 亩"), n=_short(Decimal(number) / 100))
    return Sentence("%(n)s ㎡", {"n": f"{number:,}"})


def say_rent(number: int) -> Sentence:
    return sentence(N_("%(n)s 元/㎡/月"), n=_short(Decimal(number) / 100))


def say_price(number: int) -> Sentence:
    return sentence(N_("%(n)s 元/㎡"), n=f"{number:,}")


def say_land_price(number: int) -> Sentence:
    return sentence(N_("%(n)s 万元/亩"), n=f"{number:,}")


def say_load(number: int) -> Sentence:
    """7.5 kN/㎡（0.765 t/㎡）: tonnes exactly as stored, as in the words of a match."""
    kn, tonnes = Decimal(number) / KG_PER_KN, Decimal(number) / 1000
    return Sentence("%(kn)s kN/㎡（%(t)s t/㎡）", {"kn": _short(kn), "t": _short(tonnes, "0.001")})


def say_height(number: int) -> Sentence:
    return Sentence("%(n)s m", {"n": _short(Decimal(number) / 100)})


def say_power(number: int) -> Sentence:
    return Sentence("%(n)s kVA", {"n": f"{number:,}"})


def say_days(number: int) -> Sentence:
    return sentence(N_("%(n)s 天"), n=number)


def say_distance(number: int) -> Sentence:
    return Sentence("%(n)s km", {"n": f"{number:,}"})
