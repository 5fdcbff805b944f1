"""Exports of any list as xlsx and CSV, with the list's filters, permissions and masks (issue part 11)."""

from crm.services.exports.columns import ExportColumn, Typed
from crm.services.exports.files import FORMATS, csv_text, write_xlsx
from crm.services.exports.making import (
    AT_ONCE,
    Asked,
    Count,
    count,
    file_name,
    finished,
    make_file,
    make_later,
    make_now,
)

__all__ = [
    "AT_ONCE",
    "FORMATS",
    "Asked",
    "Count",
    "ExportColumn",
    "Typed",
    "count",
    "csv_text",
    "file_name",
    "finished",
    "make_file",
    "make_later",
    "make_now",
    "write_xlsx",
]
