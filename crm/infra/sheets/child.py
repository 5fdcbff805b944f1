"""The process that opens a file: `python -m crm.infra.sheets.child FILE` prints its cells as JSON lines.

First line: what it is; then `[line, [cells]]` for each row with content; last `{"end": rows}`. A refusal is one line.
A child that dies before its last line was stopped by its limits.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path

from crm.infra.sheets import archive, text
from crm.infra.sheets.limits import (
    CPU_SECONDS,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    MEMORY_BYTES,
    Refusal,
    Refused,
)

#: Sheets of this name explain or list choices; a template has them beside the one with the records.
_ASIDE = ("说明", "填写说明", "选项", "notes", "choices")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def limit_myself() -> None:
    """No more memory, processor time or written bytes than reading a table takes."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # A container may have set less already.
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def read(path: Path) -> Iterator[object]:
    """What is printed, in order."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise Refused(Refusal.EMPTY)
    if head.startswith(_OLE):
        raise Refused(Refusal.ENCRYPTED if _ENCRYPTED in path.read_bytes() else Refusal.OLD_XLS)
    if head.startswith(b"PK"):
        yield from _workbook(path)
        return
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta")):
        raise Refused(Refusal.WEB_PAGE)
    if start.startswith(
        (b"%pdf", b"\x89png", b"\xff\xd8\xff", b"rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"gif8", b"{\\rtf")
    ):
        raise Refused(Refusal.NOT_A_TABLE)
    yield from _csv(path.read_bytes())


def _csv(raw: bytes) -> Iterator[object]:
    decoded = text.decode(raw)
    if "\x00" in decoded.text:
        raise Refused(Refusal.NOT_A_TABLE)
    delimiter = text.delimiter_of(decoded.text)
    yield {"kind": "csv", "encoding": decoded.encoding, "sheet": "", "left_out": [], "merged": []}
    yield from ([line, cells] for line, cells in text.rows(decoded.text, delimiter))


def _workbook(path: Path) -> Iterator[object]:
    import python_calamine

    inspected = archive.inspect(path)
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        sheets = {name: workbook.get_sheet_by_name(name) for name in names if name.strip().lower() not in _ASIDE}
        filled = [name for name, sheet in sheets.items() if sheet.start is not None]
        if not filled:
            raise Refused(Refusal.EMPTY if sheets else Refusal.NO_SHEET)
        sheet = sheets[filled[0]]
        yield {
            "kind": "xlsx",
            "encoding": "",
            "sheet": filled[0],
            "left_out": filled[1:],
            "merged": [list(map(list, area)) for area in sheet.merged_cell_ranges or ()],
        }
        errors = _errors_of(inspected, workbook.sheet_names.index(filled[0]))
        yield from _cells(sheet, errors)
    except python_calamine.PasswordError as error:
        raise Refused(Refusal.ENCRYPTED) from error
    except python_calamine.CalamineError as error:
        raise Refused(Refusal.BROKEN) from error


def _errors_of(inspected: archive.Inspected, index: int) -> dict[tuple[int, int], str]:
    """Formula errors of the sheet that is read; where the parts are named otherwise, of all sheets."""
    by_name = inspected.errors.get(f"xl/worksheets/sheet{index + 1}.xml")
    if by_name is not None:
        return by_name
    return {place: word for found in inspected.errors.values() for place, word in found.items()}


def _cells(sheet, errors: dict[tuple[int, int], str]) -> Iterator[object]:
    first = sheet.start[1]
    if sheet.end[1] >= MAX_COLUMNS:
        raise Refused(Refusal.TOO_WIDE)
    count = 0
    failed: dict[int, dict[int, str]] = {}
    for (row, column), word in errors.items():
        failed.setdefault(row, {})[column] = word
    for number, values in enumerate(sheet.iter_rows()):
        cells = [""] * first + [_written(value) for value in values]
        for column, word in failed.get(number, {}).items():
            if column < len(cells) and not cells[column]:
                cells[column] = word
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        count += 1
        if count > MAX_ROWS + 100:
            raise Refused(Refusal.TOO_LONG, most=MAX_ROWS)
        if any(len(cell) > MAX_CELL for cell in cells):
            raise Refused(Refusal.CELL_TOO_LONG, line=number + 1, most=MAX_CELL)
        yield [number + 1, cells]


def _written(value: object) -> str:
    """A cell's value as a person would write it: whole numbers without a point, days as 2026-03-01."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "minutes")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)


def main(path: str) -> int:
    limit_myself()
    out, count = sys.stdout, 0
    try:
        for item in read(Path(path)):
            out.write(json.dumps(item, ensure_ascii=True) + "\n")
            count += isinstance(item, list)
    except Refused as refused:
        out.write(json.dumps({"refused": refused.reason.value, "params": refused.params}) + "\n")
        return 0
    except MemoryError:
        return 3
    out.write(json.dumps({"end": count}) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
