"""A worksheet that is written line by line: what the writing library asks of every cell is settled once a column.

The library's own way costs a long export half its time, and takes a text between <r> and </r> for markup. Head, widths,
formats and everything around the lines remain the library's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from html import escape

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

#: A cell's text and the number of its row → its element, or "".
Cell = Callable[[str, int], str]

#: Excel keeps fifteen digits; a longer number stays text, and more characters than this no cell holds.
_MOST_DIGITS, _MOST_TEXT = 15, 32_767
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_DAY_ZERO = date(1899, 12, 30)
#: What a reader of the format would take for an escaped character, and what no XML may hold or keeps as it is.
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9a-fA-F]{4}_)")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


class LineSheet(Worksheet):
    """Lines below a head that was written with the library's methods; needs `constant_memory`."""

    def write_line(self, row: int, cells: Sequence[Cell], texts: Sequence[str]) -> None:
        """One line, below all others; empty texts leave their cell out."""
        # The library keeps the last row back; it goes first.
        self._write_single_row(row)
        self.dim_rowmax, self.dim_colmax = row, max(self.dim_colmax or 0, len(texts) - 1)
        line = "".join([cell(text, row + 1) for cell, text in zip(cells, texts, strict=True) if text])
        self.fh.write(f'<row r="{row + 1}">{line}</row>')


def text_cell(column: int, style: Format) -> Cell:
    """Text and nothing but text, whatever it looks like."""
    name, index = xl_col_to_name(column), style._get_xf_index()

    def cell(text: str, row: int) -> str:
        space = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
        return f'<c r="{name}{row}" s="{index}" t="inlineStr"><is><t{space}>{escaped(text)}</t></is></c>'

    return cell


def number_cell(column: int, style: Format) -> Cell:
    """A number as it is written; what is none, or longer than a spreadsheet keeps, as text."""
    name, as_text = xl_col_to_name(column), text_cell(column, style)

    def cell(text: str, row: int) -> str:
        if not _NUMBER.fullmatch(text) or len(text.replace(".", "").removeprefix("-")) > _MOST_DIGITS:
            return as_text(text, row)
        return f'<c r="{name}{row}"><v>{text}</v></c>'

    return cell


def day_cell(column: int, style: Format, text_style: Format) -> Cell:
    """A day as spreadsheets count them, from 1900 on; anything else as text."""
    name, index, as_text = xl_col_to_name(column), style._get_xf_index(), text_cell(column, text_style)

    def cell(text: str, row: int) -> str:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return as_text(text, row)
        if day.year <= 1900:
            return as_text(text, row)
        return f'<c r="{name}{row}" s="{index}"><v>{(day - _DAY_ZERO).days}</v></c>'

    return cell


def escaped(text: str) -> str:
    """Text as XML keeps it, control characters in the format's own way (_x000D_), cut to what a cell holds."""
    if len(text) > _MOST_TEXT // 2:
        text = _cut(text)
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    if not text.isprintable():
        text = _UNSAFE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return escape(text, quote=False)


def _cut(text: str) -> str:
    """At most what a cell holds, counted as the format counts: an emoji is two."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * _MOST_TEXT].decode("utf-16-le", "ignore")
