"""A reading as the page shows it: the message in marked pieces, and under each field the words it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext, lazy_gettext

from crm.domain.paste import Reading, Span
from crm.web.leads import readings
from crm.web.leads.forms import LeadForm

_ = lazy_gettext

#: Short names of fields for the marks, in the message's own room.
MARKS = {
    "name": _("企业"),
    "uscc": _("信用代码"),
    "segment_id": _("环节"),
    "employees": _("人数"),
    "revenue": _("营收"),
    "founded_on": _("成立"),
    "tenure": _("方式"),
    "area_min": _("面积"),
    "area_target": _("面积"),
    "area_max": _("面积"),
    "budget": _("价格"),
    "floor_load": _("荷载"),
    "clear_height": _("净高"),
    "power": _("用电"),
    "env_class": _("环评"),
    "platforms": _("片区"),
    "needed_on": _("时间"),
    "investment": _("总投资"),
    "contact_name": _("姓名"),
    "contact_title": _("职务"),
    "phone": _("电话"),
    "email": _("邮箱"),
    "next_due": _("下次"),
    "next_kind": _("下次"),
    "source": _("来源"),
    "referrer": _("引荐人"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the message: plain, or marked with what was read there."""

    text: str
    labels: tuple[str, ...] = ()
    warn: bool = False
    #: The field that the mark leads to.
    field: str = ""

    @property
    def head(self) -> str:
        return self.text[: -len(self.tail)]

    @property
    def tail(self) -> str:
        """The last two characters: the label must not stand alone on the next line."""
        return self.text[-2:]


@dataclass(frozen=True, slots=True)
class Quote:
    """The words under a field. `takes` are values that one click puts into it: (value, what the button says)."""

    text: str
    note: str
    warn: bool
    takes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """The message as the page draws it."""

    pieces: tuple[Piece, ...]
    read: int
    unsure: int
    quotes: dict[str, Quote]

    @property
    def marks(self) -> int:
        return self.read + self.unsure


def shown(reading: Reading, form: LeadForm) -> Shown | None:
    """The reading against what stands in the form; None without a message."""
    if not reading.text:
        return None
    pieces = tuple(_pieces(reading))
    return Shown(
        pieces,
        sum(bool(piece.labels) and not piece.warn for piece in pieces),
        sum(piece.warn for piece in pieces),
        {name: quote for name in MARKS if (quote := _quote(reading.of(name), form)) is not None},
    )


def _pieces(reading: Reading) -> Iterable[Piece]:
    """The message cut where marks begin and end; overlapping marks become one with several labels."""
    at = 0
    for group in _groups(reading.found):
        start, end = group[0].start, max(span.end for span in group)
        if start > at:
            yield Piece(reading.text[at:start])
        warn = any(not span.is_sure for span in group)
        labels = dict.fromkeys(_label(span) for span in group if not _is_told_by(span, group))
        yield Piece(reading.text[start:end], tuple(labels), warn, group[0].field)
        at = end
    if at < len(reading.text):
        yield Piece(reading.text[at:])


def _groups(found: Iterable[Span]) -> Iterable[list[Span]]:
    group: list[Span] = []
    for span in found:
        if group and span.start >= max(each.end for each in group):
            yield group
            group = []
        group.append(span)
    if group:
        yield group


def _label(span: Span) -> str:
    """The mark's word; a storey height is not called the clear height that it might be taken for."""
    return gettext("层高") if span.field == "clear_height" and not span.value else str(MARKS[span.field])


def _is_told_by(span: Span, group: list[Span]) -> bool:
    """引荐人 says already that the source is a referral."""
    return span.field == "source" and any(each.field == "referrer" for each in group)


def _quote(spans: tuple[Span, ...], form: LeadForm) -> Quote | None:
    if not spans:
        return None
    field, text = spans[0].field, "」「".join(span.text.strip() for span in spans)
    note = spans[0].note.say(gettext) if spans[0].note else ""
    unsure = [span for span in spans if not span.is_sure]
    if unsure:
        takes = [(span.value, gettext("用 %(value)s", value=_said(form, span))) for span in unsure if span.value]
        settled = bool(current(form, field))
        return Quote(text, note, not settled, tuple(takes))
    if field == "platforms":
        return Quote(text, note, False)
    span = spans[0]
    if not _agrees(form, span):
        kept = gettext("与您填的不同，已保留您的")
        return Quote(text, kept, True, ((span.value, gettext("改用 %(value)s", value=_said(form, span))),))
    if not note and _plain(text) == _plain(span.value):
        return None
    return Quote(text, note, False)


def current(form: LeadForm, name: str) -> str:
    """What stands in a field, as a reading writes it."""
    value = form[name].data
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value or "").strip()


def _agrees(form: LeadForm, span: Span) -> bool:
    stands = current(form, span.field)
    if _plain(stands) == _plain(span.value):
        return True
    return readings.same(span.field, stands, span.value, form.tenure.data or "")


def _plain(text: str) -> str:
    return "".join(text.replace("-", "").split()).casefold()


def _said(form: LeadForm, span: Span) -> str:
    """A value as people read it: the word of a choice, a time without its T."""
    field = form[span.field]
    if hasattr(field, "iter_choices"):
        rows = (
            [row for _group, rows in field.iter_groups() for row in rows]
            if field.has_groups()
            else field.iter_choices()
        )
        return next((str(text) for value, text, *_rest in rows if str(value) == span.value), span.value)
    return span.value.replace("T", " ")
