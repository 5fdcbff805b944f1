"""The gaps board as a workbook: one line a segment, every part of its priority in a column of its own."""

from __future__ import annotations

import io
from collections.abc import Iterable

import xlsxwriter
from flask_babel import gettext

from crm.domain.labels import label
from crm.services.gaps import Row
from crm.web.formats import listed, named
from crm.web.gaps import words


def board_sheet(rows: Iterable[Row]) -> bytes:
    """The workbook. Texts are written as texts, whatever they look like."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(gettext("缺环看板")[:31])
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    titles = [
        gettext("动作"),
        gettext("序"),
        gettext("产业链"),
        gettext("环节"),
        gettext("状态"),
        gettext("优先级"),
        *(str(name) for name, _kind in words.PARTS.values()),
        gettext("需要层级"),
        gettext("可行性"),
        gettext("可承接载体"),
        gettext("线索"),
        gettext("项目"),
        gettext("目标"),
        gettext("上次调研"),
    ]
    sheet.write_row(0, 0, titles, head)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(_cells(row)):
            if isinstance(value, int):
                sheet.write_number(line, column, value)
            else:
                sheet.write_string(line, column, value)
    sheet.freeze_panes(1, 4)
    sheet.set_column(2, 3, 24)
    sheet.set_column(13, 14, 18)
    book.close()
    return stream.getvalue()


def _cells(row: Row) -> list[str | int]:
    segment, state = row.segment, row.segment.state
    return [
        str(words.GROUPS[row.group][0]),
        row.rank,
        named(row.chain),
        named(segment),
        gettext(label(state.status)),
        state.priority,
        *(state.parts.get(key, 0) for key in words.PARTS),
        str(words.TIERS[row.wish.first]),
        str(words.ROOMS[row.room]),
        listed(segment.room.parks),
        row.aims.leads,
        row.aims.projects,
        row.targets,
        segment.surveyed_on.isoformat() if segment.surveyed_on else "",
    ]
