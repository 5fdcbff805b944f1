"""Workbooks that people fill in: the template of a kind, and the rows of a run that were not written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO

import xlsxwriter
from sqlalchemy.orm import Session

from crm.domain.importing.fields import Field, fields_of
from crm.domain.importing.typist import EXAMPLE_MARK
from crm.domain.imports import ImportKind
from crm.domain.labels import N_
from crm.domain.sentences import Sentence
from crm.models import ImportRow, ImportRun
from crm.services.imports.lookups import segment_choices
from crm.services.imports.show import failed_rows

#: Rows of the template that have drop-down lists.
_ROWS = 2000
_OPTIONS = {
    "constant_memory": False,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}
Say = Callable[[str], str]
LINE, REASON, SKIPPED = N_("行号"), N_("原因"), N_("已跳过")


def template(session: Session, kind: ImportKind, title: str, say: Say) -> bytes:
    """An empty table with the fields of a kind: lists of choices, an example row that imports leave out, notes."""
    fields = fields_of(kind)
    content = BytesIO()
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        sheet = book.add_worksheet(title[:31])
        head = book.add_format(
            {"bold": True, "bg_color": "#EEF2F7", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        must = book.add_format(
            {
                "bold": True,
                "bg_color": "#EEF2F7",
                "bottom": 1,
                "font_color": "#B42318",
                "text_wrap": True,
                "valign": "vcenter",
            }
        )
        as_text = book.add_format({"num_format": "@"})
        pale = book.add_format({"num_format": "@", "italic": True, "font_color": "#6B7785"})
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 30)
        lists = _choices(session, fields)
        shown = book.add_worksheet("选项") if lists else None
        for at, each in enumerate(fields):
            # Everything is text: no program may turn a phone into 1.38E+10 or a code into a number.
            sheet.set_column(at, at, 28 if each.key in ("name", "content", "project_name") else 16, as_text)
            sheet.write_string(0, at, each.header + ("*" if each.needed else ""), must if each.needed else head)
            if each.note:
                sheet.write_comment(0, at, say(each.note))
            sheet.write_string(1, at, EXAMPLE_MARK + each.example if at == 0 else each.example, pale)
            if each.key in lists and shown is not None:
                _offer(sheet, shown, at, list(lists).index(each.key), lists[each.key], each)
        notes = book.add_worksheet("说明")
        notes.set_column(0, 0, 24)
        notes.set_column(1, 1, 90)
        for at, each in enumerate(fields, start=1):
            notes.write_string(at, 0, each.header)
            notes.write_string(at, 1, say(each.note) if each.note else "、".join(each.choices))
    return content.getvalue()


def _choices(session: Session, fields: Sequence[Field]) -> dict[str, list[str]]:
    found = {each.key: list(each.choices) for each in fields if each.choices}
    if any(each.key == "segment" for each in fields):
        segments = segment_choices(session)
        if segments:
            found["segment"] = segments
    return found


def _offer(sheet, shown, at: int, column: int, words: Sequence[str], each: Field) -> None:
    """A drop-down list that stands on a sheet of its own: a list inside the rule ends after 255 characters."""
    shown.write_string(0, column, each.label)
    for row, word in enumerate(words, start=1):
        shown.write_string(row, column, word)
    letter = xlsxwriter.utility.xl_col_to_name(column)
    sheet.data_validation(
        1,
        at,
        _ROWS,
        at,
        {
            "validate": "list",
            "source": f"=选项!${letter}$2:${letter}${len(words) + 1}",
            # Several titles may stand in one cell, and another word is told in the preview.
            "error_type": "information",
        },
    )


def failed_file(session: Session, run: ImportRun, say: Say) -> bytes:
    """The rows that were not written (or not taken back) as they stood in the file, each with what is wrong."""
    labels = {each.key: each.label for each in fields_of(run.kind)}
    content = BytesIO()
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        sheet = book.add_worksheet("未导入")
        head = book.add_format({"bold": True, "bg_color": "#EEF2F7", "bottom": 1})
        as_text = book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        # Behind the columns of the file, so that the corrected file is uploaded as it is.
        headers = [*run.headers, say(LINE), say(REASON)]
        for at, text in enumerate(headers):
            sheet.write_string(0, at, text, head)
        for number, row in enumerate(failed_rows(session, run), start=1):
            for at, text in enumerate(row.cells[: len(run.headers)]):
                sheet.write_string(number, at, text, as_text)
            sheet.write_string(number, len(run.headers), str(row.line))
            sheet.write_string(number, len(run.headers) + 1, reason_of(row, labels, say))
    return content.getvalue()


def reason_of(row: ImportRow, labels: dict[str, str], say: Say) -> str:
    """What is wrong with a row, field by field, in one text."""
    if row.undo_reason:
        return Sentence.load(row.undo_reason).say(say)
    told = [f"{say(labels.get(key, key))}：{error_words(error, say)}" for key, error in row.errors.items()]
    return "；".join(told) or (say(SKIPPED) if row.is_skipped else "")


def error_words(error: object, say: Say) -> str:
    """One error as the row keeps it, in words."""
    msgid, params = error if isinstance(error, (list, tuple)) else (str(error), {})
    return Sentence(str(msgid), params).say(say)
