"""Reading one cell: text in, value out, or Invalid with a sentence. Empty cells never come here.

People's habits are met (2026年3月, 3000万, 20亩, +86, full-width digits, a number that a spreadsheet turned into a
date serial); what has lost information (1.38E+10 for a phone) is refused, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from crm.domain import quantities
from crm.domain.contacts import clean_email, clean_phone
from crm.domain.enterprises.gbt4754 import parse_code
from crm.domain.enterprises.uscc import parse_uscc
from crm.domain.errors import Invalid
from crm.domain.labels import N_, label
from crm.domain.text import clean_text


class Masked(Exception):
    """The cell shows 138****0000 or 张**: an export masked it, so that it says nothing."""


@dataclass(frozen=True, slots=True)
class Lookups:
    """Names that cells may mention, by what people write; each may mean several ids, and is then refused."""

    segments: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    platforms: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    parks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Around:
    """What a reader may look at besides its own cell."""

    lookups: Lookups
    #: rent, buy, land or "": decides the unit of areas and prices.
    tenure: str = ""
    #: Unit that the column's header names in brackets, for bare numbers.
    unit: str = ""


Reader = Callable[[str, str, Around], object]
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}")
_FORMULA_ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|GETTING_DATA)")
_BARE = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?")
_MASKED = re.compile(r".{0,4}\*{1,4}[0-9]{0,4}|.*\*{2,4}.*@.*|.*-\*{4}[0-9]{4}")
_WRAPPING = re.compile(r"[\s「」“”\"()（）]")
_SPLIT = re.compile(r"[、,，;；/\n]+")


def half(text: str) -> str:
    """Half width, without blanks at the ends and without the apostrophe that marks text in a spreadsheet."""
    return unicodedata.normalize("NFKC", text).strip().removeprefix("'").strip()


def refuse_formula_error(text: str, key: str) -> None:
    """#DIV/0! and its kin are no values."""
    if _FORMULA_ERROR.fullmatch(text.strip()):
        raise Invalid(key, N_("单元格是公式错误 %(error)s，请改成数值。"), error=text.strip())


def words(length: int, *, multiline: bool = False) -> Reader:
    """Free text, kept as written."""

    def read(text: str, key: str, _around: Around) -> str:
        return clean_text(text, length, key, multiline=multiline)

    return read


def person_name(text: str, key: str, _around: Around) -> str:
    if "*" in text:
        raise Masked
    return " ".join(clean_text(text, 60, key).split())


def phone(text: str, key: str, _around: Around) -> str:
    plain = half(text)
    if _SCIENTIFIC.fullmatch(plain):
        raise Invalid(key, N_("号码成了科学计数法，末几位可能已丢失：请把这一列设为文本，重新填写。"))
    if _MASKED.fullmatch(plain) and "*" in plain:
        raise Masked
    return clean_phone(plain.removesuffix(".0"), key)


def email(text: str, key: str, _around: Around) -> str:
    if "*" in text:
        raise Masked
    return clean_email(text, key)


def uscc(text: str, key: str, _around: Around) -> str:
    if _SCIENTIFIC.fullmatch(half(text)):
        raise Invalid(key, N_("代码成了科学计数法，末几位可能已丢失：请把这一列设为文本，重新填写。"))
    return parse_uscc(half(text), key)


def industry(text: str, key: str, _around: Around) -> str:
    return parse_code(half(text).removesuffix(".0").split(" ")[0])


_DAY = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})(?:\s*[-/.月]\s*([0-9]{1,2})?\s*日?)?(?:[ T][0-9:.]+)?\s*")
_COMPACT_DAY = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
#: Spreadsheets count days from here (1900 pretended to be a leap year).
_SERIAL_ZERO = date(1899, 12, 30)


@lru_cache(maxsize=4096)
def read_day(text: str, key: str) -> date:
    """2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日, 20260301, 46082 (a date cell shown as its number); 2026年3月 is its first day."""
    plain = half(text)
    if found := _COMPACT_DAY.fullmatch(plain):
        parts = found.groups()
    elif found := _DAY.fullmatch(plain):
        parts = found.groups(default="1")
    elif _SERIAL.fullmatch(plain):
        return _SERIAL_ZERO + timedelta(days=int(float(plain)))
    else:
        raise Invalid(key, N_("读不懂这个日期，请写成 2026-03-01 或 2026年3月1日。"))
    try:
        return date(*map(int, parts))
    except ValueError:
        raise Invalid(key, N_("没有这一天，请检查。")) from None


def day(text: str, key: str, _around: Around) -> date:
    return read_day(text, key)


_TRUE = frozenset(["是", "有", "已", "对", "y", "yes", "true", "1", "√", "✓", "已入统", "已上市", "能"])
_FALSE = frozenset(["否", "无", "未", "没有", "n", "no", "false", "0", "×", "✗", "未入统", "未上市", "不能"])


def truth(text: str, key: str, _around: Around) -> bool:
    plain = half(text).lower()
    if plain in _TRUE:
        return True
    if plain in _FALSE:
        return False
    raise Invalid(key, N_("请填「是」或「否」；不知道就留空。"))


def one_of(members: type[StrEnum], **more: str) -> Reader:
    """A member by its Chinese word, its code, or another word for it (`more`: word=code)."""
    known = {_folded(label(member)): member for member in members}
    known |= {member.value.lower(): member for member in members}
    known |= {_folded(word): members(value) for word, value in more.items()}

    def read(text: str, key: str, _around: Around) -> StrEnum:
        found = known.get(_folded(text))
        if found is None:
            offered = "、".join(label(member) for member in members)
            raise Invalid(
                key, N_("没有「%(typed)s」这一项，可填：%(offered)s。"), typed=half(text)[:20], offered=offered
            )
        return found

    return read


def some_of(members: type[StrEnum], **more: str) -> Reader:
    """Several members, separated by 、, ; or /."""
    one = one_of(members, **more)

    def read(text: str, key: str, around: Around) -> list[StrEnum]:
        return list(dict.fromkeys(one(word, key, around) for word in _SPLIT.split(text) if word.strip()))

    return read


def _folded(text: str) -> str:
    return _WRAPPING.sub("", half(text)).lower()


def _reading(read: Callable[[str, str], quantities.Reading], units: Mapping[str, str]) -> Reader:
    """A figure; the unit of the column's header stands behind a bare number. Equal texts are read once."""

    @lru_cache(maxsize=8192)
    def number_of(text: str, key: str, unit: str) -> int:
        plain = half(text)
        if unit and _BARE.fullmatch(plain):
            plain += units.get(unit, "")
        if _SCIENTIFIC.fullmatch(plain):
            plain = f"{float(plain):f}".rstrip("0").rstrip(".")
        return read(plain, key).number

    return lambda text, key, around: number_of(text, key, around.unit)


money = _reading(quantities.read_money, {"元": "元", "亿元": "亿元", "亿": "亿元", "千元": "千元"})
employees = _reading(quantities.read_people, {})
floor_load = _reading(quantities.read_load, {"吨/㎡": "吨/㎡", "t/㎡": "t/㎡", "kg/㎡": "kg/㎡", "公斤/㎡": "kg/㎡"})
height = _reading(quantities.read_height, {"cm": "cm", "厘米": "cm", "mm": "mm"})
power = _reading(quantities.read_power, {"kw": "kw", "mva": "mva"})
days = _reading(quantities.read_days, {"月": "个月", "周": "周"})
_land = _reading(
    lambda text, key: quantities.read_area(text, key, land=True), {"㎡": "㎡", "平方米": "㎡", "公顷": "公顷"}
)
_floor = _reading(quantities.read_area, {"亩": "亩", "万㎡": "万㎡", "万平方米": "万㎡"})
_budgets = {
    "buy": _reading(quantities.read_price, {"万元/㎡": "万元/㎡"}),
    "land": _reading(quantities.read_land_price, {}),
    "": _reading(quantities.read_rent, {"元/㎡/天": "元/㎡/天", "元/㎡/年": "元/㎡/年"}),
}


def area(text: str, key: str, around: Around) -> int:
    """m², or 0.01 亩 where land is asked for."""
    return (_land if around.tenure == "land" else _floor)(text, key, around)


def budget(text: str, key: str, around: Around) -> int:
    return _budgets.get(around.tenure, _budgets[""])(text, key, around)


def _named(table: Callable[[Lookups], Mapping[str, tuple[int, ...]]], unknown: str, several: str) -> Reader:
    def read(text: str, key: str, around: Around) -> int:
        found = table(around.lookups).get(_folded(text), ())
        if len(found) == 1:
            return found[0]
        raise Invalid(key, several if found else unknown, typed=half(text)[:30])

    return read


segment = _named(
    lambda known: known.segments,
    N_("没有「%(typed)s」这个环节，请照产业链图谱里的名称填写。"),
    N_("几条链都有「%(typed)s」，请写成「产业链/环节」。"),
)
owner = _named(
    lambda known: known.people,
    N_("没有叫「%(typed)s」的招商专员或科长。"),
    N_("有几位「%(typed)s」，请留空，导入后在页面上分派。"),
)
park = _named(lambda known: known.parks, N_("没有「%(typed)s」这个园区。"), N_("有几个园区叫「%(typed)s」，请写全称。"))


def platforms(text: str, key: str, around: Around) -> list[str]:
    found: dict[str, None] = {}
    for word in _SPLIT.split(text):
        if word.strip():
            wanted = around.lookups.platforms.get(_folded(word))
            if wanted is None:
                raise Invalid(key, N_("没有「%(typed)s」这个片区。"), typed=half(word)[:30])
            found[wanted] = None
    return list(found)


def name_key(text: str) -> str:
    """The form under which `Lookups` keep a name."""
    return _folded(text)
