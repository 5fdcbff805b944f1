"""What the pages of an import show, made of what the use cases say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import abort, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from crm.domain.importing.fields import Field, by_key
from crm.domain.imports import ImportKind, ImportState, RowOutcome, UndoOutcome
from crm.domain.labels import N_
from crm.domain.sentences import Sentence
from crm.services import imports
from crm.services.access import Actor

PAGE = 50
#: (word, kind of the tag, sign)
OUTCOMES = {
    RowOutcome.ADDED: (N_("新增"), "ok", "+"),
    RowOutcome.CHANGED: (N_("更新"), "info", "↻"),
    RowOutcome.SAME: (N_("已存在"), "plain", "="),
    RowOutcome.SKIPPED: (N_("跳过"), "plain", "–"),
}
UNDONE = {
    UndoOutcome.REVERSED: (N_("已撤销"), "ok", "✓"),
    UndoOutcome.KEPT: (N_("保留"), "warning", "!"),
    UndoOutcome.FAILED: (N_("未能撤销"), "accent", "✕"),
}
STATES = {
    ImportState.READING: (N_("处理中"), "info"),
    ImportState.REFUSED: (N_("读不了"), "accent"),
    ImportState.MAPPING: (N_("待对列"), "warning"),
    ImportState.PREVIEW: (N_("待确认"), "warning"),
    ImportState.COMMITTING: (N_("写入中"), "info"),
    ImportState.COMMITTED: (N_("已导入"), "ok"),
    ImportState.FAILED: (N_("失败"), "accent"),
    ImportState.UNDOING: (N_("撤销中"), "info"),
    ImportState.UNDONE: (N_("已撤销"), "plain"),
}
#: What the job at work is doing, in words for the bar.
DOING = {
    ImportState.READING: N_("正在读取和检查"),
    ImportState.COMMITTING: N_("正在写入"),
    ImportState.UNDOING: N_("正在撤销"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the grid."""

    column: int
    field: Field
    text: str
    error: str = ""
    understood: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row of the grid; `other` are errors of fields that no column feeds."""

    id: int
    line: int
    word: str
    tag: str
    sign: str
    record: str
    href: str
    cells: list[Cell]
    other: list[str]
    is_skipped: bool
    error_count: int
    reason: str = ""


def state_words(run) -> tuple[str, str]:
    word, tag = STATES[run.state]
    return gettext(word), tag


def heading(run) -> dict[str, object]:
    """What every page of a run has."""
    word, tag = state_words(run)
    return {
        "run": run,
        "kind_words": {
            ImportKind.LEADS: gettext("线索"),
            ImportKind.PROJECTS: gettext("项目"),
            ImportKind.ENTERPRISES: gettext("企业"),
        }[run.kind],
        "state_word": word,
        "state_tag": tag,
        "error": Sentence.load(run.error).say(gettext) if run.error else "",
        "doing": gettext(DOING.get(run.state, "")) if run.state in DOING else "",
        "counts": run.counts,
    }


def preview(session: Session, actor: Actor, run, args: Mapping[str, str]) -> dict[str, object]:
    """The grid with its filters."""
    shown = args.get("show", "")
    page = imports.rows(session, run, shown, _line(args), PAGE)
    return {
        **heading(run),
        **some_rows(session, run, page.rows),
        **_paged(run, page, shown, args),
        "tabs": filters(run, shown),
    }


def filters(run, shown: str) -> list[tuple[str, str, bool, int, bool]]:
    """The tabs above the grid, with their numbers."""
    counts = run.counts
    found = [("", gettext("全部"), counts.get("rows", 0)), ("errors", gettext("有错"), counts.get("errors", 0))]
    found += [(each.value, gettext(OUTCOMES[each][0]), counts.get(each.value, 0)) for each in RowOutcome]
    return _tabs(run, found, shown)


def report(session: Session, run, args: Mapping[str, str]) -> dict[str, object]:
    """What became of the rows."""
    shown = args.get("show", "")
    page = imports.rows(session, run, shown, _line(args), PAGE)
    counts = run.counts
    found = [("", gettext("全部"), counts.get("rows", 0))]
    found += [(each.value, gettext(OUTCOMES[each][0]), counts.get(each.value, 0)) for each in RowOutcome]
    if run.state is ImportState.UNDONE:
        found += [(each.value, gettext(UNDONE[each][0]), counts.get(each.value, 0)) for each in UndoOutcome]
    return {
        **heading(run),
        **some_rows(session, run, page.rows),
        **_paged(run, page, shown, args),
        "tabs": _tabs(run, [each for each in found if each[2] or not each[0]], shown),
        "undone": run.state is ImportState.UNDONE,
        "can_undo": run.state is ImportState.COMMITTED and bool(counts.get("added") or counts.get("changed")),
        "left_over": counts.get("kept", 0) + counts.get("failed", 0)
        if run.state is ImportState.UNDONE
        else counts.get("skipped", 0),
    }


def one_row(session: Session, run, row_id: int) -> dict[str, object]:
    """One row as a form of its own."""
    row = imports.row_of(session, run, row_id)
    if row is None:
        abort(404)
    return {**heading(run), "row": _grid(session, run, [row])[0], "columns": columns(run)}


def some_rows(session: Session, run, rows: Sequence) -> dict[str, object]:
    return {"run": run, "counts": run.counts, "rows": _grid(session, run, rows), "columns": columns(run)}


def columns(run) -> list[tuple[int, Field, str]]:
    """The mapped columns in the order of the file: (column, field, header as written)."""
    known = by_key(run.kind)
    return [
        (int(at), known[key], run.headers[int(at)])
        for at, key in sorted(run.mapping.items(), key=lambda each: int(each[0]))
    ]


def _grid(session: Session, run, rows: Sequence) -> list[GridRow]:
    names = imports.names_of(session, run, list(rows))
    read = imports.understood(session, run, rows)
    shown = columns(run)
    fields = {each.key for _at, each, _header in shown}
    labels = by_key(run.kind)
    found = []
    for row in rows:
        errors = {key: imports.error_words(error, gettext) for key, error in row.errors.items()}
        word, tag, sign = _status(row)
        cells = [
            Cell(
                at,
                each,
                row.cells[at] if at < len(row.cells) else "",
                errors.get(each.key, ""),
                read.get(row.id, {})[each.key].say(gettext) if each.key in read.get(row.id, {}) else "",
            )
            for at, each, _header in shown
        ]
        other = [
            gettext("%(field)s：%(error)s", field=gettext(labels[key].label) if key in labels else key, error=text)
            for key, text in errors.items()
            if key not in fields
        ]
        reason = Sentence.load(row.undo_reason).say(gettext) if row.undo_reason else ""
        gone = row.undo is UndoOutcome.REVERSED and row.outcome is RowOutcome.ADDED
        record = "" if gone else names.get(row.id, "")
        href = _address(run, row.subject_id) if record else ""
        found.append(
            GridRow(
                row.id,
                row.line,
                gettext(word),
                tag,
                sign,
                record,
                href,
                cells,
                other,
                row.is_skipped,
                row.error_count,
                reason,
            )
        )
    return found


def _status(row) -> tuple[str, str, str]:
    if row.undo is not None:
        return UNDONE[row.undo]
    if row.error_count:
        return N_("有错"), "accent", "!"
    return OUTCOMES.get(row.outcome, (N_("待查"), "plain", "·"))


def _address(run, record_id: int) -> str:
    if run.kind is ImportKind.LEADS:
        return url_for("leads.show", lead_id=record_id)
    if run.kind is ImportKind.PROJECTS:
        return url_for("projects.show", project_id=record_id)
    return url_for("enterprises.show", enterprise_id=record_id)


def _tabs(run, found: Sequence[tuple[str, str, int]], shown: str) -> list[tuple[str, str, bool, int, bool]]:
    return [
        (
            text,
            url_for("imports.show", run_id=run.id, show=word or None),
            word == shown,
            count,
            word == "errors" and count > 0,
        )
        for word, text, count in found
    ]


def _paged(run, page, shown: str, args: Mapping[str, str]) -> dict[str, object]:
    here = {"run_id": run.id, "show": shown or None}
    return {
        "shown": shown,
        "next_url": url_for("imports.show", **here, after=page.next_line) if page.next_line else "",
        "first_url": url_for("imports.show", **here) if args.get("after") else "",
    }


def _line(args: Mapping[str, str]) -> int:
    text = args.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
