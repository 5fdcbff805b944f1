"""How the figures of a lead form are read and written back: one reader per kind of figure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import gettext

from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.text import clean_text

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood: the stored number, its words, and whether they say more than what was typed."""

    number: int
    words: str
    differs: bool


Reader = Callable[[str, str, str], Reading]
_NUMBER = re.compile(r"^(?:约|大约|大概|差不多|不低于|不超过|最多|至少|≤|≥|<|>|<=|>=)?([+-]?[0-9][0-9,]*(?:\.[0-9]+)?)(万亿|亿|万|千|百)?(.*?)(?:左右|上下|以内|以上|来)?$")
_SCALE = {"": 1, "百": 100, "千": 1_000, "万": 10_000, "亿": 10**8, "万亿": 10**12}


def _split(text: str, field: str) -> tuple[Decimal, str, str]:
    cleaned = clean_text(text, _LONGEST, field)
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", cleaned)).lower()
    found = _NUMBER.match(plain)
    if not found:
        raise Invalid(field, N_("读不出数字，请写成「1200」或「约1200㎡」这样。"))
    value = Decimal(found[1].replace(",", ""))
    if value < 0:
        raise Invalid(field, N_("不能是负数。"))
    if len(found[1]) > 15:
        raise Invalid(field, N_("数值大得不合常理，请检查单位。"))
    return value, found[2] or "", found[3].strip()


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def _wrong_unit(field: str, unit: str) -> Invalid:
    return Invalid(field, N_("单位「%(unit)s」不对，请检查。"), unit=unit[:12])


def _plain_number(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9,.\s]+", unicodedata.normalize("NFKC", text)))


def _reader(units: dict[str, Decimal], say: Callable[[int], str]) -> Reader:
    def read(text: str, field: str, _tenure: str) -> Reading:
        value, scale, unit = _split(text, field)
        if unit not in units:
            raise _wrong_unit(field, unit)
        number = _whole(value * _SCALE[scale] * units[unit])
        return Reading(number, say(number), not (_plain_number(text) and not unit))

    return read


def _g(value: Decimal) -> str:
    return f"{value.normalize():,f}"


def people(text: str, field: str, tenure: str) -> Reading:
    one = Decimal(1)
    return _reader({"": one, "人": one, "名": one, "来人": one, "个人": one}, lambda n: gettext("%(n)s 人", n=f"{n:,}"))(text, field, tenure)


def money(text: str, field: str, tenure: str) -> Reading:
    """Yuan in fen; a number without a unit is 万元, as the field says."""
    value, scale, unit = _split(text, field)
    if unit not in ("", "元", "人民币", "元人民币", "rmb"):
        raise _wrong_unit(field, unit)
    factor = Decimal(_SCALE[scale]) if scale or unit else Decimal(10_000)
    fen = _whole(value * factor * 100)
    return Reading(fen, say_money(fen), bool(scale or unit) or not _plain_number(text))


def say_money(fen: int) -> str:
    """6,000 万元, 1.2 亿元."""
    wan = Decimal(fen) / 1_000_000
    if abs(wan) >= 10_000:
        return gettext("%(value)s 亿元", value=_g(wan / 10_000))
    return gettext("%(value)s 万元", value=_g(wan))


_M2 = ("", "㎡", "m2", "平", "平方", "平方米", "平米", "m²")


def area(text: str, field: str, tenure: str) -> Reading:
    """m², or 0.01 亩 for land."""
    value, scale, unit = _split(text, field)
    value *= _SCALE[scale]
    if tenure == "land":
        if unit in ("", "亩"):
            number = _whole(value * 100)
        elif unit in ("公顷", "ha"):
            number = _whole(value * 1500)
        elif unit in _M2:
            number = _whole(value * 100 * 3 / 2000)
        else:
            raise _wrong_unit(field, unit)
        return Reading(number, gettext("%(n)s 亩", n=_g(Decimal(number) / 100)), not _plain_number(text))
    if unit == "亩":
        raise Invalid(field, N_("租、购按平方米；要地请把方式选为拿地。"))
    if unit not in _M2:
        raise _wrong_unit(field, unit)
    number = _whole(value)
    return Reading(number, f"{number:,} ㎡", not _plain_number(text))


def budget(text: str, field: str, tenure: str) -> Reading:
    """fen/m²/month for rent, yuan/m² to buy, 万元/亩 for land."""
    value, scale, unit = _split(text, field)
    unit = unit.replace("m2", "㎡").replace("m²", "㎡").replace("平米", "㎡").replace("平", "㎡").replace("每", "/")
    unit = unit.replace("元", "", 1).replace("块", "", 1).strip("/").replace("//", "/")
    if tenure == "land":
        if unit not in ("", "亩") or (scale not in ("", "万")):
            raise _wrong_unit(field, unit or scale)
        number = _whole(value)
        return Reading(number, gettext("%(n)s 万元/亩", n=f"{number:,}"), not _plain_number(text))
    value *= _SCALE[scale]
    if tenure == "buy":
        if unit not in ("", "㎡"):
            raise _wrong_unit(field, unit)
        number = _whole(value)
        return Reading(number, gettext("%(n)s 元/㎡", n=f"{number:,}"), not _plain_number(text))
    if unit in ("㎡/天", "㎡/日", "天"):
        value *= 30
    elif unit not in ("", "㎡", "㎡/月", "月", "㎡月", "㎡·月"):
        raise _wrong_unit(field, unit)
    number = _whole(value * 100)
    return Reading(number, gettext("%(n)s 元/㎡/月", n=_g(Decimal(number) / 100)), not _plain_number(text))


_KN = Decimal("101.971621")


def floor_load(text: str, field: str, tenure: str) -> Reading:
    """kg/m²; a number without a unit is kN/㎡, as the field says."""
    value, scale, unit = _split(text, field)
    unit = unit.replace("m2", "㎡").replace("m²", "㎡").replace("平方米", "㎡").replace("平米", "㎡").replace("平", "㎡").replace("每", "/")
    factors = {"": _KN, "kn": _KN, "kn/㎡": _KN, "kpa": _KN, "千牛": _KN, "吨": Decimal(1000), "吨/㎡": Decimal(1000),
               "t": Decimal(1000), "t/㎡": Decimal(1000), "kg": Decimal(1), "kg/㎡": Decimal(1), "公斤": Decimal(1), "公斤/㎡": Decimal(1)}  # fmt: skip
    if unit not in factors:
        raise _wrong_unit(field, unit)
    number = _whole(value * _SCALE[scale] * factors[unit])
    return Reading(number, say_load(number), True)


def say_load(kg: int) -> str:
    """7.5 kN/㎡（0.76 t/㎡）."""
    kn = (Decimal(kg) / _KN).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{_g(kn)} kN/㎡（{_g((Decimal(kg) / 1000).quantize(Decimal('0.01'), ROUND_HALF_UP))} t/㎡）"


def height(text: str, field: str, tenure: str) -> Reading:
    if "层高" in text:
        raise Invalid(field, N_("这里要净高；层高包括梁和管线，请问清净高。"))
    read = _reader({"": Decimal(100), "m": Decimal(100), "米": Decimal(100), "cm": Decimal(1), "厘米": Decimal(1)}, lambda n: f"{_g(Decimal(n) / 100)} m")
    return read(text, field, tenure)


def power(text: str, field: str, tenure: str) -> Reading:
    return _reader({"": Decimal(1), "kva": Decimal(1), "千伏安": Decimal(1), "mva": Decimal(1000)}, lambda n: f"{n:,} kVA")(text, field, tenure)


def days(text: str, field: str, tenure: str) -> Reading:
    units = {"": Decimal(1), "天": Decimal(1), "日": Decimal(1), "周": Decimal(7), "个月": Decimal(30), "月": Decimal(30)}
    return _reader(units, lambda n: gettext("%(n)s 天", n=n))(text, field, tenure)


READERS: dict[str, Reader] = {
    "employees": people, "revenue": money, "assets": money, "investment": money,
    "area_min": area, "area_target": area, "area_max": area, "budget": budget,
    "floor_load": floor_load, "clear_height": height, "power": power, "grace_days": days,
}  # fmt: skip


def write(name: str, number: int | None, tenure: str = "") -> str:
    """A stored number as the field takes it back, in the field's own unit; "" for unknown."""
    if number is None:
        return ""
    value = Decimal(number)
    if name in ("revenue", "assets", "investment"):
        value = value / 1_000_000
    elif (name.startswith("area") and tenure == "land") or (name == "budget" and tenure not in ("buy", "land")):
        value = value / 100
    elif name == "floor_load":
        return f"{number} kg/㎡" if number else "0"
    elif name == "clear_height":
        value = value / 100
    return f"{value.normalize():f}"


def same(name: str, one: str, other: str, tenure: str) -> bool:
    """Whether two texts are read as the same number."""
    reader = READERS.get(name)
    if reader is None:
        return False
    try:
        return reader(one, name, tenure).number == reader(other, name, tenure).number
    except Invalid:
        return False
