"""Cells of a list, written as markup here and not by macros: a page has five hundred of them, and macros that call
macros took two thirds of its time. What they draw is the same as `components/chips.html` and `record.html` draw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from flask import current_app
from markupsafe import Markup, escape

from crm.domain.calendar import days_overdue
from crm.domain.labels import label
from crm.domain.pipeline import Batch
from crm.domain.quantities import say_money
from crm.infra.clock import civil_date, today
from crm.services.listing import Column, Kind, Row
from crm.web import formats
from crm.web.language import gettext

#: Kinds that stand to the right, with figures of one width.
FIGURES = frozenset({Kind.NUMBER, Kind.MONEY, Kind.AREA, Kind.DAYS})
_TIER_PIPS = {"mature": 3, "growth": 2, "incubation": 1}


class Due(NamedTuple):
    """How urgent a promise is: a light and its words."""

    colour: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it is drawn."""

    id: int
    href: str
    edit: str
    cells: Markup


class Pen:
    """Writes the cells of one page; looks each word and sign up once."""

    def __init__(self, columns: list[Column]) -> None:
        self._sprite = current_app.jinja_env.globals["asset"]("img/icons.svg")
        self._words: dict[StrEnum, Markup] = {}
        self._drawn: dict[object, str] = {}
        self._verdicts = {
            True: (escape(gettext("匹配")), "✓", "fit"),
            False: (escape(gettext("待核实")), "?", "verify"),
        }
        self._unknown = f'<span class="lt-muted" aria-label="{escape(gettext("未知"))}">—</span>'
        self._columns = [(column, self._opening(column), self._writer(column.kind)) for column in columns]

    def line(self, row: Row, href: str, edit: str) -> Line:
        """One row; `href` leads to its record, `edit` to the record's form ("" if there is none)."""
        return Line(row.id, href, edit, self._cells(row, href))

    def _cells(self, row: Row, href: str) -> Markup:
        parts = []
        for column, opening, write in self._columns:
            value = column.value(row)
            if column.kind is Kind.NAME:
                text = self._name(row, value, href)
            elif column.kind is Kind.DAYS and value is not None:
                text = _days(column, value)
            else:
                text = write(value)
            parts.append(f"{opening}{text}</td>")
        return Markup("".join(parts))  # noqa: S704 - every writer escapes what people wrote

    # ── Kinds ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _opening(self, column: Column) -> str:
        more = " num" if column.kind in FIGURES else " c-title name" if column.kind is Kind.NAME else ""
        return f'<td class="c-{column.key}{more}" data-l="{escape(gettext(column.label))}">'

    def _writer(self, kind: Kind) -> Callable[[object], object]:
        drawn = {
            Kind.STEP: self._step,
            Kind.TIER: lambda tier: self._once(self._tier, tier),
            Kind.MATCH: self._match,
            Kind.STAGE: lambda stage: self._once(self._stage, stage),
            Kind.WORDS: self._tags,
        }
        plain = {
            Kind.WORD: self._word,
            Kind.AREA: _area,
            Kind.NUMBER: formats.grouped,
            Kind.MONEY: lambda fen: escape(say_money(fen).say(gettext)),
            Kind.DAY: formats.day,
            Kind.INSTANT: formats.day,
            Kind.FLAG: lambda value: gettext("是") if value else gettext("否"),
            Kind.LIGHT: lambda light: self._light(light.value, self._word(light)),
        }
        if kind in drawn:
            return drawn[kind]
        write = plain.get(kind, escape)
        return lambda value: self._unknown if value is None or value == "" else write(value)

    def _once(self, draw: Callable[[object], str], value: object) -> str:
        """What few words are drawn as, drawn once a page."""
        if (draw.__name__, value) not in self._drawn:
            self._drawn[draw.__name__, value] = draw(value)
        return self._drawn[draw.__name__, value]

    def _sign(self, name: str) -> str:
        return (
            f'<svg class="lt-sign lt-sign--{name}" aria-hidden="true" focusable="false">'
            f'<use href="{self._sprite}#s-{name}"/></svg>'
        )

    def _word(self, member: StrEnum) -> Markup:
        if member not in self._words:
            self._words[member] = escape(gettext(label(member)))
        return self._words[member]

    def _name(self, row: Row, value: str, href: str) -> str:
        number = getattr(row.record, "number", None)
        text = escape(value)
        demo = row.record.is_demo and "示例" not in value
        mark = f' <span class="lt-tag lt-tag--demo">{escape(gettext("示例"))}</span>' if demo else ""
        return f'<a href="{escape(href)}" title="{escape(number) + " " if number else ""}{text}">{text}</a>{mark}'

    def _light(self, colour: str, words: str) -> str:
        return f'<span class="lt-light lt-light--{colour}">{self._sign(colour)}{escape(words)}</span>'

    def _step(self, step) -> str:
        due = due_of(step)
        text = f'<span class="list-next-txt">{escape(step.subject)}</span>' if step is not None else ""
        return self._light(due.colour, due.words) + text

    def _tier(self, tier: StrEnum | None) -> str:
        value = tier.value if tier else "unknown"
        words = self._word(tier) if tier else escape(gettext("未知"))
        return f'<span class="lt-tier lt-tier--{value}">{self._sign(f"tier{_TIER_PIPS.get(value, 0)}")}{words}</span>'

    def _tags(self, words: list[str]) -> str:
        said = (self._word(word) if isinstance(word, StrEnum) else escape(word) for word in words)
        return " ".join(f'<span class="lt-tag lt-tag--plain">{word}</span>' for word in said)

    def _match(self, match) -> str:
        if match is None:
            none = escape(gettext("暂无合适房源"))
            return (
                f'<span class="list-v list-v--blocked" aria-hidden="true">✕</span><span class="list-park">{none}</span>'
            )
        words, sign, style = self._verdicts[match.status == "fit"]
        score = f"{match.low / 1000:.1f}" + (f"–{match.high / 1000:.1f}" if match.high != match.low else "")
        return (
            f'<span class="list-v list-v--{style}" title="{words}"><span aria-hidden="true">{sign}</span>'
            f'<span class="lt-sr">{words}</span></span><span class="list-score">{score}</span>'
            f'<span class="list-park">{escape(match.park.name)}</span>'
        )

    def _stage(self, stage) -> str:
        """Five steps: lead, then the four batches; ten stages could not be told apart at this size."""
        done = list(Batch).index(stage.batch) + 2 if stage else 1
        words = self._word(stage) if stage else escape(gettext("线索"))
        filled = ['class="on"'] * done + [""] * (len(Batch) + 1 - done)
        bars = "".join(f'<rect x="{n * 10}" width="8" height="4" {on}/>' for n, on in enumerate(filled))
        said = escape(gettext("第 %(done)s 段，共 %(total)s 段", done=done, total=len(Batch) + 1))
        return (
            f'<span class="lt-stagemini"><span>{words}</span><svg class="lt-stagemini-bar" viewBox="0 0 50 4"'
            f' preserveAspectRatio="none" role="img" aria-label="{said}">{bars}</svg></span>'
        )


def _area(area) -> str:
    if area.land:
        high = f"–{area.high / 100:g}" if area.high != area.low else ""
        return f"{area.low / 100:g}{high} {escape(gettext('亩'))}"
    return f"{area.low:,}" + (f"–{area.high:,}" if area.high != area.low else "")


def _days(column: Column, days: int) -> str:
    warn = column.warn
    warns = warn is not None and (days >= warn if warn > 0 else days <= -warn)
    return f'<b class="list-warn">{days}</b>' if warns else str(days)


def due_of(step) -> Due:
    """The light of a promise: yellow on its day, red from the next working day (DOMAIN §6)."""
    if step is None:
        return Due("none", gettext("未排"))
    day, now = civil_date(step.due_at), today()
    if day > now + timedelta(days=1):
        return Due("green", formats.day(day))
    clock = f"{formats.local(step.due_at):%H:%M}"
    if day > now:
        return Due("green", gettext("明天 %(time)s", time=clock))
    if day == now:
        return Due("yellow", gettext("今天 %(time)s", time=clock))
    late = _working_days_late(day, now)
    if late > 0:
        return Due("red", gettext("逾期 %(days)s 个工作日", days=late))
    return Due("yellow", gettext("%(day)s 已到期", day=formats.day(day)))


#: Many rows of a page are due on one day, and counting working days asks the calendar for each day between.
_working_days_late = lru_cache(maxsize=512)(days_overdue)
