"""Imports of leads, projects and enterprises: upload, map, preview, write all or nothing, take back (issue part 10)."""

from crm.services.imports.arrival import MOST_BYTES, NEEDS, Upload, earlier_of_same_file, load, recent, upload
from crm.services.imports.check import edit_row, skip_errors, skip_row
from crm.services.imports.mapping import choose, samples
from crm.services.imports.show import failed_rows, names_of, row_of, rows, settle_failed
from crm.services.imports.template import error_words, failed_file, reason_of, template
from crm.services.imports.understood import understood
from crm.services.imports.undoing import undo
from crm.services.imports.writing import commit

__all__ = [
    "MOST_BYTES",
    "NEEDS",
    "Upload",
    "choose",
    "commit",
    "earlier_of_same_file",
    "edit_row",
    "error_words",
    "failed_file",
    "failed_rows",
    "load",
    "names_of",
    "reason_of",
    "recent",
    "row_of",
    "rows",
    "samples",
    "settle_failed",
    "skip_errors",
    "skip_row",
    "template",
    "understood",
    "undo",
    "upload",
]
