"""Writing tables row by row in constant memory: xlsx with every text typed as text, CSV that no program takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

import xlsxwriter
from xlsxwriter.format import Format

from crm.infra.sheets.text import neutral
from crm.services.exports.columns import ExportColumn, Typed
from crm.services.exports.workbook import Cell, LineSheet, day_cell, number_cell, text_cell

FORMATS = ("xlsx", "csv")


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
        sheet = book.add_worksheet(title[:31], worksheet_class=LineSheet)
        head = book.add_format({"bold": True, "bg_color": "#EEF2F7", "bottom": 1})
        as_day, as_text = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width, as_text if column.typed is Typed.TEXT else None)
            sheet.write_string(0, at, column.header, head)
        shapes = [_shape(at, column.typed, as_day, as_text) for at, column in enumerate(columns)]
        for number, cells in enumerate(rows, start=1):
            sheet.write_line(number, shapes, cells)
        if notes:
            aside = book.add_worksheet("说明")
            aside.set_column(0, 0, 90)
            for at, note in enumerate(notes):
                aside.write_string(at, 0, note)
    return number


def _shape(at: int, typed: Typed, as_day: Format, as_text: Format) -> Cell:
    if typed is Typed.NUMBER:
        return number_cell(at, as_text)
    return day_cell(at, as_day, as_text) if typed is Typed.DAY else text_cell(at, as_text)


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
