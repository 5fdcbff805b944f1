"""Industry codes GB/T 4754-2017: a section (A–T), division (2 digits), group (3) or class (4).

`gbt4754_2017.csv` beside this file holds all 20 sections and 97 divisions, and the groups and classes that a
district's industry chains use; the full table is imported by the command line (`read_full_table`).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from crm.domain.errors import Invalid
from crm.domain.marking import N_
from crm.domain.sentences import Sentence, sentence

TABLE = Path(__file__).with_name("gbt4754_2017.csv")
_SHAPE = re.compile(r"[A-T]|[0-9]{2,4}")
_MAX_NAME = 60
_MAX_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Industry:
    """One line of the standard. `parent` is the code above, "" for a section."""

    code: str
    parent: str
    name: str

    @property
    def level(self) -> int:
        """1 section, 2 division, 3 group, 4 class."""
        return 1 if self.code.isalpha() else len(self.code)


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong in one line of an imported table; `line` counts from 1 with the header as line 1."""

    line: int
    problem: Sentence

    def __str__(self) -> str:
        return f"第 {self.line} 行：{self.problem}"


@dataclass(frozen=True, slots=True)
class FullTable:
    """The result of reading a full table: use `industries` only if there are no `errors`."""

    industries: tuple[Industry, ...]
    errors: tuple[LineError, ...]


@cache
def table() -> MappingProxyType[str, Industry]:
    """Our own table, code → industry, in the order of the standard."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = (Industry(row["code"], row["parent"], row["name_zh"]) for row in csv.DictReader(lines))
        return MappingProxyType({row.code: row for row in rows})


def find(code: str | None) -> Industry | None:
    """The line of a code, or None if our table does not hold it."""
    return table().get(code or "")


@lru_cache(maxsize=4096)
def parse_code(text: str, field: str = "gbt_code") -> str:
    """A code as a person wrote it (full width, small letter, a section letter before digits: C2740 → 2740).

    The code must have the shape of one and lie in a division of the standard; it may be a class that our table
    does not hold. Raises `Invalid(field)`.
    """
    code = unicodedata.normalize("NFKC", text).strip().upper()
    if re.fullmatch(r"[A-T][0-9]{2,4}", code):
        if section_of(code[1:]) != code[0]:
            raise Invalid(field, N_("门类 %(section)s 里没有 %(code)s。"), section=code[0], code=code[1:])
        code = code[1:]
    if not _SHAPE.fullmatch(code):
        raise Invalid(field, N_("行业代码是门类字母 A–T，或 2 至 4 位数字，例如 2740。"))
    if section_of(code) is None:
        raise Invalid(field, N_("国民经济行业分类里没有大类 %(division)s。"), division=code[:2])
    return code


def section_of(code: str) -> str | None:
    """The section letter above a code ("2740" → "C"), or None if its division does not exist."""
    if code[:1].isalpha():
        return code if code in table() and len(code) == 1 else None
    division = table().get(code[:2])
    return division.parent if division else None


def name_of(code: str) -> str:
    """The name of a code; for a class outside our table the nearest name above it; "" for nonsense."""
    for length in (4, 3, 2, 1):
        if len(code) >= length and (found := table().get(code[:length])):
            return found.name
    return ""


def path_of(code: str) -> tuple[Industry, ...]:
    """From the section down to the code, as far as our table knows it."""
    section = section_of(code)
    if section is None:
        return ()
    codes = [section] if code.isalpha() else [section, code[:2], code[:3], code[:4]]
    return tuple(table()[c] for c in dict.fromkeys(codes) if c in table())


def children(code: str) -> tuple[Industry, ...]:
    """The lines of our table directly below a code; with "" the sections."""
    return tuple(row for row in table().values() if row.parent == code)


def covers(wider: str, code: str) -> bool:
    """Whether `code` is `wider` or lies below it ("C" and "27" cover "2740"): the meaning of a banned trade."""
    return section_of(code) == wider if wider.isalpha() else code.startswith(wider)


def search(words: str, limit: int = 20) -> tuple[Industry, ...]:
    """Lines whose code starts with, or whose name contains, every given word; classes first, then by code.

    A word of digits (with or without its section letter) is a code prefix. No words: nothing.
    """
    wanted = unicodedata.normalize("NFKC", words).upper().split()
    if not wanted:
        return ()
    found = [row for row in table().values() if all(_matches(row, word) for word in wanted)]
    found.sort(key=lambda row: (not any(word in row.name.upper() for word in wanted), -row.level, row.code))
    return tuple(found[:limit])


def _matches(row: Industry, word: str) -> bool:
    if word.isascii() and word.isdigit():
        return row.code.startswith(word)
    if re.fullmatch(r"[A-T][0-9]{0,4}", word):
        return section_of(row.code) == word[0] and (len(word) == 1 or row.code.startswith(word[1:]))
    return word in row.name.upper()


def read_full_table(path: Path) -> FullTable:
    """Read a full table from a CSV file with the columns code, (level,) parent, name_zh.

    UTF-8 with or without BOM, or GB18030. Every fault is reported with its line; nothing is repaired.
    """
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError as fault:
            line = raw.count(b"\n", 0, fault.start) + 1
            return FullTable((), (LineError(line, sentence(N_("不是 UTF-8 或 GB18030 文字。"))),))
    return parse_full_table(text.splitlines())


def parse_full_table(lines: Iterable[str]) -> FullTable:
    """`read_full_table` without the file: lines of CSV, header first."""
    reader = csv.reader(lines, strict=True)
    errors: list[LineError] = []
    rows: dict[str, Industry] = {}
    try:
        header = [cell.strip() for cell in next(reader, [])]
        missing = [name for name in ("code", "parent", "name_zh") if name not in header]
        if missing:
            problem = sentence(N_("表头缺少列 %(columns)s。"), columns="、".join(missing))
            return FullTable((), (LineError(1, problem),))
        columns = [header.index(name) for name in ("code", "parent", "name_zh")]
        for row in reader:
            if reader.line_num > _MAX_LINES:
                errors.append(LineError(reader.line_num, sentence(N_("行数太多，不像行业分类表。"))))
                break
            if not any(cell.strip() for cell in row):
                continue
            if problem := _read_line(row, columns, len(header), rows):
                errors.append(LineError(reader.line_num, problem))
    except csv.Error:
        errors.append(LineError(reader.line_num, sentence(N_("引号没有成对，或不是 CSV。"))))
    if not rows and not errors:
        errors.append(LineError(1, sentence(N_("表里没有一行行业。"))))
    return FullTable(tuple(rows.values()), tuple(errors))


def _read_line(row: list[str], columns: list[int], width: int, rows: dict[str, Industry]) -> Sentence | None:
    """Add one line to `rows`, or say what is wrong with it. A parent must stand above its children."""
    if len(row) != width:
        return sentence(N_("应有 %(width)d 列，现在是 %(count)d 列。"), width=width, count=len(row))
    code, parent, name = (row[column].strip() for column in columns)
    if not _SHAPE.fullmatch(code):
        return sentence(N_("代码「%(code)s」不是门类字母或 2 至 4 位数字。"), code=code[:20])
    if code in rows:
        return sentence(N_("代码 %(code)s 重复。"), code=code)
    if not name or len(name) > _MAX_NAME:
        return sentence(N_("代码 %(code)s 的名称为空或太长。"), code=code)
    if code.isalpha():
        right = parent == ""
    elif len(code) == 2:
        right = parent in rows and parent.isalpha()
    else:
        right = parent in rows and parent == code[:-1]
    if not right:
        return sentence(N_("代码 %(code)s 的上级「%(parent)s」不对或不在它前面。"), code=code, parent=parent[:20])
    rows[code] = Industry(code, parent, name)
    return None
