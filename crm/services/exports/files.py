"""Writing tables row by row in constant memory: xlsx with every text typed as text, CSV that no program takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

import xlsxwriter

from crm.infra.sheets.text import neutral
from crm.services.exports.columns import ExportColumn, Typed

FORMATS = ("xlsx", "csv")
#: Excel keeps fifteen digits; a longer number stays text.
_MOST_DIGITS = 15


def write_xlsx(
    path: Path, title: str, columns: Sequence[ExportColumn], rows: Iterable[Sequence[str]], notes: Sequence[str] = ()
) -> int:
    """Write a workbook; returns the number of rows. `notes` stand on a sheet of their own, which imports leave out."""
    options = {
        "constant_memory": True,
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    number = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(title[:31])
        head = book.add_format({"bold": True, "bg_color": "#EEF2F7", "bottom": 1})
        as_day, as_text = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width, as_text if column.typed is Typed.TEXT else None)
            sheet.write_string(0, at, column.header, head)
        kinds = [column.typed for column in columns]
        for number, cells in enumerate(rows, start=1):
            for at, text in enumerate(cells):
                if not text:
                    continue
                kind = kinds[at]
                if kind is Typed.NUMBER and (value := _number(text)) is not None:
                    sheet.write_number(number, at, value)
                elif kind is Typed.DAY and (day := _day(text)) is not None:
                    sheet.write_datetime(number, at, day, as_day)
                else:
                    sheet.write_string(number, at, text, as_text)
        if notes:
            aside = book.add_worksheet("说明")
            aside.set_column(0, 0, 90)
            for at, note in enumerate(notes):
                aside.write_string(at, 0, note)
    return number


def _number(text: str) -> float | None:
    if sum(character.isdigit() for character in text) > _MOST_DIGITS:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Spreadsheets know no day before 1900.
    return datetime(day.year, day.month, day.day) if day.year > 1900 else None  # noqa: DTZ001 a cell has no zone


def write_csv(path: Path, columns: Sequence[ExportColumn], rows: Iterable[Sequence[str]]) -> int:
    """Write CSV in UTF-8 with BOM, as the spreadsheet programs expect it; returns the number of rows."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        return write_lines(file, columns, rows)


def write_lines(file: TextIO, columns: Sequence[ExportColumn], rows: Iterable[Sequence[str]]) -> int:
    writer, number = csv.writer(file), 0
    writer.writerow([column.header for column in columns])
    for cells in rows:
        writer.writerow([neutral(text) for text in cells])
        number += 1
    return number


def csv_text(columns: Sequence[ExportColumn], rows: Iterable[Sequence[str]]) -> str:
    """A small CSV as text."""
    file = io.StringIO(newline="")
    write_lines(file, columns, rows)
    return file.getvalue()
