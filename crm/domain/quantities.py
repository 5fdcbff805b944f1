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
from crm.domain.sentences import Sentence, sentence
from crm.domain.text import clean_text

#: 1 kN/m² in kg/m² (standard gravity 9.80665 m/s²).
KG_PER_KN = Decimal(1000) / Decimal("9.80665")
#: 1 亩 = 666.67 m² (DOMAIN §1), exactly 2000/3.
M2_PER_MU = Decimal(2000) / 3
FEN_PER_WAN = 1_000_000
_LONGEST = 80
_MOST_DIGITS = 15
_SCALE = {
    "": 1,
    "十": 10,
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "万亿": 10**12,
}
_ABOUT = r"(?:约|大约|大概|差不多|至少|最少|最多|不低于|不超过|不小于|不大于|[<>≤≥]=?)?"
_AROUND = r"(?:左右|上下|以内|以上|以下)?"
_FIGURE = re.compile(
    rf"{_ABOUT}([+-]?[0-9][0-9,]*(?:\.[0-9]+)?)(万亿|千万|百万|亿|万|千|百|十)?(?:来|多|余)?(.*?){_AROUND}"
)
_RANGE = re.compile(r"[0-9][^0-9]*(?:-|–|—|~|～|至|到)[0-9]")
_PLAIN = re.compile(r"[0-9,.]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """The stored number, its words, and whether the words say more than the plain figure that was typed."""

    number: int
    words: Sentence
    differs: bool


@dataclass(frozen=True, slots=True)
class _Figure:
    value: Decimal
    scale: str
    unit: str
    plain: bool

    @property
    def scaled(self) -> Decimal:
        return self.value * _SCALE[self.scale]


def _figure(text: str, field: str) -> _Figure:
    """Split a text into number, 万/亿 and unit; half width, without blanks, the square metre as ㎡."""
    half = unicodedata.normalize("NFKC", clean_text(text, _LONGEST, field))
    joined = re.sub(r"\s+", "", half).lower()
    found = _FIGURE.fullmatch(joined)
    if found is None:
        raise Invalid(field, N_("读不出数字，请写成「1200」或「约1200㎡」这样。"))
    if _RANGE.search(joined):
        raise Invalid(field, N_("这里只填一个数；有两头的，请分别填最小和最大。"))
    if len(found[1]) > _MOST_DIGITS:
        raise Invalid(field, N_("数值大得不合常理，请检查单位。"))
    value = Decimal(found[1].replace(",", ""))
    if value < 0:
        raise Invalid(field, N_("不能是负数。"))
    unit = re.sub(r"平方米|平米|平方|平(?!方)|m2|m²", "㎡", found[3]).replace("每", "/").strip("/")
    return _Figure(value, found[2] or "", unit, bool(_PLAIN.fullmatch(joined)))


def _wrong(field: str, unit: str) -> Invalid:
    return Invalid(field, N_("单位「%(unit)s」不对，请检查。"), unit=unit[:12])


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
    number = _whole(figure.scaled * units[figure.unit])
    return Reading(number, say(number), not figure.plain)


def read_people(text: str, field: str) -> Reading:
    """Employees."""
    return _by_unit(text, field, dict.fromkeys(("", "人", "名", "位", "个人", "员工"), 1), say_people)


def read_money(text: str, field: str) -> Reading:
    """Fen; a bare number is 万元, as the fields of the product say."""
    figure = _figure(text, field)
    if figure.unit not in ("", "元", "块", "人民币", "元人民币", "rmb"):
        raise _wrong(field, figure.unit)
    bare = not figure.scale and not figure.unit
    fen = _whole(figure.value * FEN_PER_WAN if bare else figure.scaled * 100)
    return Reading(fen, say_money(fen), not figure.plain)


def read_area(text: str, field: str, *, land: bool = False) -> Reading:
    """m², or 0.01 亩 for land; 公顷 and m² are converted for land, 亩 is refused where floors are meant."""
    figure = _figure(text, field)
    if not land:
        if figure.unit == "亩":
            raise Invalid(field, N_("租、购按平方米；要地请把方式选为拿地。"))
        if figure.unit not in ("", "㎡"):
            raise _wrong(field, figure.unit)
        number = _whole(figure.scaled)
    else:
        factors = {"": Decimal(1), "亩": Decimal(1), "公顷": Decimal(15), "ha": Decimal(15), "㎡": 1 / M2_PER_MU}
        if figure.unit not in factors:
            raise _wrong(field, figure.unit)
        number = _whole(figure.scaled * factors[figure.unit] * 100)
    return Reading(number, say_area(number, land=land), not figure.plain)


def read_rent(text: str, field: str) -> Reading:
    """Fen per m² and month; a price per day is taken 30 times."""
    figure = _figure(text, field)
    unit = figure.unit.replace("元", "", 1).replace("块", "", 1).strip("/").replace("㎡·月", "㎡/月")
    factors = {
        "": 1,
        "㎡": 1,
        "㎡/月": 1,
        "㎡月": 1,
        "月": 1,
        "月/㎡": 1,
        "㎡/天": 30,
        "㎡/日": 30,
        "天": 30,
        "天/㎡": 30,
    }
    if unit not in factors:
        raise _wrong(field, figure.unit)
    number = _whole(figure.scaled * factors[unit] * 100)
    return Reading(number, say_rent(number), not figure.plain)


def read_price(text: str, field: str) -> Reading:
    """Yuan per m² to buy."""
    figure = _figure(text, field)
    if figure.unit.replace("元", "", 1).replace("块", "", 1).strip("/") not in ("", "㎡"):
        raise _wrong(field, figure.unit)
    number = _whole(figure.scaled)
    return Reading(number, say_price(number), not figure.plain)


def read_land_price(text: str, field: str) -> Reading:
    """万元 per 亩; 「80万/亩」 and a bare 80 are the same."""
    figure = _figure(text, field)
    if figure.unit.replace("元", "", 1).strip("/") not in ("", "亩"):
        raise _wrong(field, figure.unit)
    number = _whole(figure.value if figure.scale in ("", "万") else figure.scaled / 10_000)
    return Reading(number, say_land_price(number), not figure.plain)


def read_load(text: str, field: str) -> Reading:
    """kg/m²; a bare number is kN/m². Tonnes and kilograms per m² are understood with and without 「/平」."""
    factors: dict[str, Decimal | int] = dict.fromkeys(("", "kn", "kn/㎡", "kpa", "千牛", "千牛/㎡"), KG_PER_KN)
    factors |= dict.fromkeys(("吨", "吨/㎡", "t", "t/㎡"), 1000)
    factors |= dict.fromkeys(("kg", "kg/㎡", "公斤", "公斤/㎡", "千克", "千克/㎡"), 1)
    reading = _by_unit(text, field, factors, say_load)
    # The other unit is always worth saying: people mix kN and t.
    return Reading(reading.number, reading.words, True)


def read_height(text: str, field: str) -> Reading:
    """Clear height in cm. A storey height is refused: the two never stand for each other (DOMAIN §1)."""
    if "层高" in text:
        raise Invalid(field, N_("这里要净高；层高包括梁和管线，请问清净高。"))
    units = {"": 100, "m": 100, "米": 100, "cm": 1, "厘米": 1}
    return _by_unit(text.replace("净高", "", 1), field, units, say_height)


def read_power(text: str, field: str) -> Reading:
    """kVA."""
    return _by_unit(text, field, {"": 1, "kva": 1, "千伏安": 1, "mva": 1000}, say_power)


def read_days(text: str, field: str) -> Reading:
    """Days; weeks are 7, months 30."""
    return _by_unit(text, field, {"": 1, "天": 1, "日": 1, "周": 7, "星期": 7, "个月": 30, "月": 30}, say_days)


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
    """7.5 kN/㎡（0.77 t/㎡）."""
    kn, tonnes = Decimal(number) / KG_PER_KN, Decimal(number) / 1000
    return Sentence("%(kn)s kN/㎡（%(t)s t/㎡）", {"kn": _short(kn), "t": _short(tonnes)})


def say_height(number: int) -> Sentence:
    return Sentence("%(n)s m", {"n": _short(Decimal(number) / 100)})


def say_power(number: int) -> Sentence:
    return Sentence("%(n)s kVA", {"n": f"{number:,}"})


def say_days(number: int) -> Sentence:
    return sentence(N_("%(n)s 天"), n=number)
