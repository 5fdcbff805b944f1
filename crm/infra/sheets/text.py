"""CSV in the encodings and separators that people have: UTF-8 with or without BOM, GB18030, UTF-16; comma, semicolon, tab."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from crm.infra.sheets.limits import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Refusal, Refused

#: So many Chinese characters in a row are UTF-8 and not GB18030 by chance.
_SURE = 4
_DELIMITERS = (",", ";", "\t", "，")
_SNIFFED_LINES = 20
#: What an export put an apostrophe before, so that no spreadsheet program takes it for a formula.
_NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    encoding: str


def decode(raw: bytes) -> Decoded:
    """The text and the encoding it was in. Refused(BAD_BYTE) names the line of the first byte that fits nowhere."""
    if raw.startswith(b"\xef\xbb\xbf"):
        return Decoded(_strict(raw[3:], "utf-8"), "utf-8-sig")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Decoded(_strict(raw, "utf-16"), "utf-16")
    if guessed := _utf16_without_bom(raw):
        return Decoded(_strict(raw, guessed), guessed)
    try:
        return Decoded(raw.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        if sum(1 for character in before if ord(character) > 0x2FF) >= _SURE:
            raise _bad_byte(raw, error) from error
    return Decoded(_strict(raw, "gb18030"), "gb18030")


def _strict(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise _bad_byte(raw, error) from error


def _bad_byte(raw: bytes, error: UnicodeDecodeError) -> Refused:
    end = b"\n\x00" if error.encoding.endswith("le") else b"\x00\n" if error.encoding.endswith("be") else b"\n"
    return Refused(Refusal.BAD_BYTE, line=raw[: error.start].count(end) + 1)


def _utf16_without_bom(raw: bytes) -> str | None:
    """A separator or line end of two bytes, one of them NUL, tells; plain CSV has no NUL at all."""
    head = raw[:4096]
    if b"\x00" not in head:
        return None
    if any(sign in head for sign in (b",\x00", b"\t\x00", b";\x00", b"\n\x00")):
        return "utf-16-le"
    return "utf-16-be" if any(sign in head for sign in (b"\x00,", b"\x00\t", b"\x00;", b"\x00\n")) else None


def delimiter_of(text: str) -> str:
    """The separator that the first lines agree on; the comma if none does."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in text[:65_536].splitlines()[:_SNIFFED_LINES] if line.strip()]
    best = max(
        _DELIMITERS, key=lambda sign: (sum(line.count(sign) > 0 for line in lines), sum(map(_counter(sign), lines)))
    )
    return best if any(best in line for line in lines) else ","


def _counter(sign: str):
    return lambda line: line.count(sign)


def rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Records as (line on which each begins, cells); empty lines are left out."""
    csv.field_size_limit(MAX_CELL * 4)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins, count = 1, 0
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise Refused(Refusal.BAD_QUOTES, line=begins) from error
        if record is None:
            return
        line, begins = begins, reader.line_num + 1
        if not any(cell.strip() for cell in record):
            continue
        count += 1
        while record and not record[-1].strip():
            record.pop()
        if count > MAX_ROWS + 100:
            raise Refused(Refusal.TOO_LONG, most=MAX_ROWS)
        if len(record) > MAX_COLUMNS:
            raise Refused(Refusal.TOO_WIDE)
        if any(len(cell) > MAX_CELL for cell in record):
            raise Refused(Refusal.CELL_TOO_LONG, line=line, most=MAX_CELL)
        yield line, [plain(cell) for cell in record]


def neutral(text: str) -> str:
    """The text as a CSV cell that no spreadsheet program takes for a formula; numbers and phones stay as they are."""
    if _RISKY.match(text) and not _HARMLESS.fullmatch(text):
        return "'" + text
    return text


_RISKY = re.compile(r"'*[=+\-@\t\r]")
#: -5.2, +8613800000000, +86 138-0000-0000, -1,200.50: no function can be called without a letter.
_HARMLESS = re.compile(r"[+-][0-9][0-9 .,()\-]*")


def plain(text: str) -> str:
    """The opposite of `neutral`: one apostrophe less where an export put one."""
    return text[1:] if _NEUTRALISED.match(text) else text
