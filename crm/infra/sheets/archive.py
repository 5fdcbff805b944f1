"""Looking into an xlsx before anything parses it: real inflated bytes, real cells, no entities.

What the archive says of itself is not believed: sizes in its directory, the declared dimension of a sheet. The bytes
are inflated in pieces and counted, which refuses a bomb of 12 MB in less than half a second, and the cells are looked
for in what came out.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crm.infra.sheets.limits import MAX_INFLATED, MAX_MEMBERS, MAX_RATIO, MAX_ROWS, RATIO_FROM, Refusal, Refused

_PIECE = 1 << 20
#: A cell's opening tag is short; this much of the piece before is looked at again.
_OVERLAP = 1024
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_OPEN_CELL = rb"<(?:\w+:)?c\s[^<>]*?\br=[\"']"
#: Closes a cell's opening tag (not `/>`) and begins a value, so that cells that are only formatted do not count.
_HAS_VALUE = rb"\d*[\"'][^<>]*(?<!/)>\s*<(?:\w+:)?(?:v|is|f)\b"
#: GS is column 201.
_TOO_WIDE = re.compile(_OPEN_CELL + rb"(?:[A-Z]{3,}|[H-Z][A-Z]|G[S-Z])" + _HAS_VALUE)
#: Rows from 50,101 on: the header and the title above it do not count against the rows.
_TOO_LONG = re.compile(_OPEN_CELL + rb"[A-Z]+(?:[1-9]\d{5,}|[6-9]\d{4}|5[1-9]\d{3}|50[1-9]\d\d)(?!\d)" + _HAS_VALUE)
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s(?=[^<>]*\bt=[\"']e[\"'])[^<>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^<>]*>(.{0,400})", re.DOTALL
)
_ERROR_TEXT = re.compile(rb"<(?:\w+:)?v>([^<]{1,20})<")
_DTD = (b"<!doctype", b"<!entity")
#: More formula errors than this are not told one by one.
_MOST_ERRORS = 5_000


@dataclass(frozen=True, slots=True)
class Inspected:
    """Formula errors by sheet member, row and column (both from 0): the reader itself shows them as empty cells."""

    errors: dict[str, dict[tuple[int, int], str]]


def inspect(path: Path) -> Inspected:
    """Raise Refused for a bomb, a damaged or encrypted archive, entities, or content beyond the limits."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_directory(members)
            _count(archive, members)
            return Inspected(
                {
                    member.filename: _look(archive, member)
                    for member in members
                    if member.filename.lower().endswith((".xml", ".rels"))
                }
            )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as error:
        raise Refused(Refusal.BROKEN) from error


def _check_directory(members: list[zipfile.ZipInfo]) -> None:
    names = {member.filename.lower() for member in members}
    if len(members) > MAX_MEMBERS:
        raise Refused(Refusal.BOMB)
    if any(member.flag_bits & 1 for member in members):
        raise Refused(Refusal.ENCRYPTED)
    if "xl/workbook.bin" in names or "content.xml" in names or "word/document.xml" in names:
        raise Refused(Refusal.OTHER_OFFICE)
    if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Refused(Refusal.NOT_A_TABLE)


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as file:
        while piece := file.read(_PIECE):
            yield piece


def _count(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Inflate everything once and throw it away: only the number of bytes matters."""
    total = 0
    for member in members:
        size = 0
        for piece in _pieces(archive, member):
            size += len(piece)
            total += len(piece)
            squeezed = size > RATIO_FROM and size > MAX_RATIO * max(1, member.compress_size)
            if squeezed or total > MAX_INFLATED:
                raise Refused(Refusal.BOMB)


def _look(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> dict[tuple[int, int], str]:
    """Search one part for entities; a sheet also for cells beyond the limits and for formula errors."""
    is_sheet = _SHEET.fullmatch(member.filename) is not None
    errors: dict[tuple[int, int], str] = {}
    before = b""
    for piece in _pieces(archive, member):
        text = before + piece
        if not before and text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            # No program writes its parts in UTF-16; it would hide entities from this search.
            raise Refused(Refusal.ENTITIES)
        if b"<!" in text and any(word in text.lower() for word in _DTD):
            raise Refused(Refusal.ENTITIES)
        if is_sheet:
            if _TOO_WIDE.search(text):
                raise Refused(Refusal.TOO_WIDE)
            if _TOO_LONG.search(text):
                raise Refused(Refusal.TOO_LONG, most=MAX_ROWS)
            _note_errors(text, errors)
        before = text[-_OVERLAP:]
    return errors


def _note_errors(text: bytes, errors: dict[tuple[int, int], str]) -> None:
    if b't="e"' not in text and b"t='e'" not in text:
        return
    for found in _ERROR.finditer(text):
        value = _ERROR_TEXT.search(found[3])
        if len(errors) < _MOST_ERRORS:
            word = value[1].decode("ascii", "replace") if value else "#N/A"
            errors[int(found[2]) - 1, column_number(found[1].decode())] = word


def column_number(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
