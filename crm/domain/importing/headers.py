"""Finding the header of a table and what its columns mean: titles above it, two rows of merged heads, units in brackets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.domain.importing.fields import fields_of, in_header_words
from crm.domain.imports import ImportKind

#: How far down a header may begin.
SEARCHED_ROWS = 20
HEADER_LENGTH = 120
_BRACKETS = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")
_NOISE = re.compile(r"[\s*＊:：、,，。.\-_/\\|“”\"'「」()（）\[\]【】]")
_NOTES = frozenset(["必填", "选填", "可选", "必选", "示例"])
Area = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header is: `first` and `last` index of its rows, and the columns' texts."""

    first: int
    last: int
    texts: list[str]


def fold(text: str) -> str:
    """A header as it is compared and remembered: half width, lower case, without brackets, blanks and punctuation."""
    half = unicodedata.normalize("NFKC", text).lower()
    return _NOISE.sub("", _BRACKETS.sub("", half))[:HEADER_LENGTH]


def unit_of(text: str) -> str:
    """The unit that a header names in its last brackets: 总投资（亿元） → 亿元; "" if there is none."""
    half = unicodedata.normalize("NFKC", text).lower().replace("m2", "㎡").replace("平方米", "㎡").replace("平米", "㎡")
    found = [word.removeprefix("单位").strip(" :") for word in _BRACKETS.findall(half)]
    return next((word for word in reversed(found) if word and word not in _NOTES), "")


def find_header(
    kind: ImportKind, rows: Sequence[tuple[int, Sequence[str]]], merged: Sequence[Area] = ()
) -> Header | None:
    """The header among the first rows (line, cells): the row, or pair of rows, in which most columns are known.

    None if no row names a needed field. A pair is taken only if it explains more columns than each row alone.
    """
    known = in_header_words(kind, fold)
    needed = {each.key for each in fields_of(kind) if each.needed} | {"name", "number"}
    best: tuple[tuple[int, int], Header] | None = None
    for index in range(min(len(rows), SEARCHED_ROWS)):
        line, cells = rows[index]
        single = Header(index, index, [cell.strip() for cell in cells])
        options = [single]
        if index + 1 < len(rows) and rows[index + 1][0] == line + 1:
            options.append(Header(index, index + 1, _paired(line, cells, rows[index + 1][1], merged)))
        for option in options:
            keys = set(guess(option.texts, known).values())
            # Of equals the simpler one: a title above the header is no heading of its first column.
            score = (len(keys), option.first - option.last)
            if keys & needed and (best is None or score > best[0]):
                best = (score, option)
    return best[1] if best else None


def _paired(line: int, above: Sequence[str], below: Sequence[str], merged: Sequence[Area]) -> list[str]:
    """Texts of a two-row head: 联系人 over 姓名 and 电话 is read as 联系人姓名, 联系人电话."""
    width = max(len(above), len(below))
    upper = [above[at].strip() if at < len(above) else "" for at in range(width)]
    for (top, left), (bottom, right) in merged:
        if top <= line - 1 <= bottom and left < width and upper[left]:
            upper[left : right + 1] = [upper[left]] * (min(right, width - 1) - left + 1)
    lower = [below[at].strip() if at < len(below) else "" for at in range(width)]
    if not any(_NOISE.sub("", text) for text in lower):
        return upper
    return [one if not two or one == two else one + two for one, two in zip(upper, lower, strict=True)]


def guess(texts: Sequence[str], known: Mapping[str, str]) -> dict[int, str]:
    """Field by column: the whole header, or its lower half where the upper one is only a heading. No field twice."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    for column, text in enumerate(texts):
        folded = fold(text)
        key = known.get(folded)
        if key is None and folded:
            # 「投资情况总投资」: a heading and a header; the longest known end decides.
            ends = [word for word in known if len(word) >= 2 and folded.endswith(word)]
            key = known[max(ends, key=len)] if ends and len(folded) <= 16 else None
        if key is not None and key not in taken:
            found[column] = key
            taken.add(key)
    return found
