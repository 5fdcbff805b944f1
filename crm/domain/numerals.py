"""Numbers as people write them, before any unit: 1,200 · 1.2亿 · 1亿2千万 · 1万2 · 三千 · 两百五 · １２００.

Nothing is guessed: a comma that parts no thousands and two numbers side by side raise `Invalid`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from crm.domain.errors import Invalid
from crm.domain.labels import N_

MOST_DIGITS = 15
_SCALES = {
    "十": 10,
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "万亿": 10**12,
}
# 千 begins the words of units, too: 千伏安, 千牛, 千克, 千瓦.
_SCALE = r"万亿|千万|百万|亿|万|千(?!伏|牛|克|瓦|米)|百|十"
_ARABIC = re.compile(rf"([+-]?)([0-9][0-9,]*(?:\.[0-9]+)?)({_SCALE})?")
_MORE = re.compile(rf"([0-9]+(?:\.[0-9]+)?)({_SCALE})")
_LAST = re.compile(r"([1-9])(?![0-9.,])")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE = re.compile(rf"(?:[{''.join(_DIGITS)}十百万亿]|千(?!伏|牛|克|瓦|米))+")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A value, whether a scale word (万, 亿, 三千) was written, and what follows it in the text."""

    value: Decimal
    scaled: bool
    rest: str


def read_numeral(text: str, field: str) -> Numeral | None:
    """The number at the start of a half-width text without blanks, or None if it starts with none."""
    found = _ARABIC.match(text)
    if found:
        return _arabic(text, found, field)
    chinese = _CHINESE.match(text)
    if chinese is None or (value := _chinese(chinese[0])) is None:
        return None
    return Numeral(Decimal(value), True, text[chinese.end() :])


def read_scale(word: str) -> int:
    """What 万, 亿 and the like multiply by."""
    return _SCALES[word]


def _arabic(text: str, found: re.Match[str], field: str) -> Numeral:
    sign, digits, scale = found[1], found[2], found[3]
    if "," in digits and not _GROUPED.fullmatch(digits):
        raise Invalid(field, N_("逗号只作千位分隔，请写成「1,200」或「1200」。"))
    if len(digits) > MOST_DIGITS:
        raise Invalid(field, N_("数值大得不合常理，请检查单位。"))
    value = Decimal(digits.replace(",", "")) * _SCALES.get(scale, 1)
    end, last = found.end(), _SCALES.get(scale, 1)
    # 1亿2千万: each further part must be of a smaller scale, else it is another number.
    while scale and (more := _MORE.match(text, end)) and Decimal(more[1]) * _SCALES[more[2]] < last:
        value += Decimal(more[1]) * _SCALES[more[2]]
        end, last = more.end(), _SCALES[more[2]]
    # 1万2 is 12,000.
    if scale and last >= 100 and (tail := _LAST.match(text, end)):
        value += int(tail[1]) * Decimal(last) / 10
        end = tail.end()
    return Numeral(-value if sign == "-" else value, bool(scale), text[end:])


def _chinese(run: str) -> int | None:
    """三千 3000, 一万二 12000, 两百零五 205, 十五 15; None for a run that is no number (一二三, 亿一)."""
    total = section = 0
    digit: int | None = None
    last = 1
    after_zero = False
    for character in run:
        if character in _DIGITS:
            if digit is not None and digit != 0:
                return None
            digit, after_zero = _DIGITS[character], after_zero or _DIGITS[character] == 0
            continue
        scale = _SCALES[character]
        if scale >= 10_000:
            section += digit or 0
            if section == 0:
                return None
            if scale <= last and last >= 10_000:
                section, total = section + total, 0  # 一万亿
            total, section = total + section * scale, 0
        else:
            section += (1 if digit is None else digit) * scale
        digit, last, after_zero = None, scale, False
    if digit and last >= 100 and not after_zero:
        digit *= last // 10  # 一万二, 三千五, 两百五
    return total + section + (digit or 0)
