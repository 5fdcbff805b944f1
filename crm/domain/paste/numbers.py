"""How figures look in messages, shared by the rules; their values come from `domain.quantities`."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from crm.domain import quantities as q
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.sentences import Sentence, sentence

_ARABIC = r"[0-9]{1,15}(?:,[0-9]{3}){0,4}(?:\.[0-9]{1,6})?(?![0-9]) ?(?:万亿|千万|百万|[万亿千百w](?!伏|牛|克|瓦))?(?:[0-9]{1,4}千?万)?"
_CHINESE = r"(?<![第周十百千万亿零一二三四五六七八九])[一二两三四五六七八九十][一二两三四五六七八九十百千万亿零]*"
#: A number, Arabic (with 万, 亿) or Chinese; not the tail of a longer one.
NUMBER = rf"(?:(?<![0-9.a-z])(?<![0-9],){_ARABIC}|{_CHINESE})"
LOOSE = r"[来多余几]?"
SQUARE = r"(?:平方米|平米|平方|平(?!台|时|均|安|常|稳|板|衡)|㎡|m2|sqm|sq ?m)"
#: Words between a label and its figure.
AROUND = r"(?:[:为是在有要到按的约近达超 ]|大约|大概|差不多|至少|最少|不少于|不低于|不超过|不高于|不大于|最多|最高|控制在|别超过|可以|上限|预算|总额|额|超过){0,4}"
APPROXIMATE = N_("约数")

Reader = Callable[[str, str], q.Reading]


def number_of(text: str, reader: Reader) -> int | None:
    """The stored number of a text; None if the reader refuses it."""
    try:
        return reader(text.replace(" ", ""), "").number
    except Invalid:
        return None


def plain_number(value: Decimal | int) -> str:
    """A number as a field of the form takes it."""
    return f"{Decimal(value).normalize():f}"


def approximate(words: str, after: str = "") -> Sentence | None:
    """The note of a figure that was said loosely."""
    loose = any(word in words for word in ("来", "多", "余", "几", "约", "大概", "差不多"))
    return sentence(APPROXIMATE) if loose or after.startswith(("左右", "上下", "号")) else None
