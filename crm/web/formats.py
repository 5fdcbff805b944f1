"""Template filters: how dates, instants and numbers are written on a page.

``register(environment)`` is called once by ``create_app``. The rules:
an unknown value is a word, never 0; dates are civil dates of Asia/Shanghai; instants arrive
as aware UTC datetimes and are shown in Asia/Shanghai; the year is written only when it is
not the current one. Quantities with units are written by ``crm.domain.quantities``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from flask_babel import get_locale
from jinja2 import Environment

from crm.domain.labels import N_
from crm.infra.clock import SHANGHAI, today
from crm.web.language import gettext as _

_WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))


def weekday(value: date) -> str:
    """周一 … 周日, in the reader's language."""
    return _(_WEEKDAYS[value.weekday()])


def local(value: datetime) -> datetime:
    """Return the instant on the clock of Asia/Shanghai. ValueError for a naive datetime."""
    if value.tzinfo is None:
        raise ValueError("an instant must be aware (UTC); a naive datetime was given to a template")
    return value.astimezone(SHANGHAI)


def _short(value: date) -> str:
    return f"{value:%m-%d}" if value.year == today().year else f"{value:%Y-%m-%d}"


def day(value: date | datetime | None) -> str:
    """11-25 周三, or 2027-01-15 in another year. None → 未定."""
    if value is None:
        return _("未定")
    civil = local(value).date() if isinstance(value, datetime) else value
    text = _short(civil)
    return text if len(text) > 5 else f"{text} {weekday(civil)}"


def day_long(value: date | datetime | None) -> str:
    """11 月 25 日 星期三 in Chinese, Wednesday 25 Nov in English: for the head of a page."""
    if value is None:
        return _("未定")
    civil = local(value).date() if isinstance(value, datetime) else value
    long_names = (
        _("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日"),
    )  # fmt: skip
    return _(
        "%(month)s 月 %(day)s 日 %(weekday)s",
        month=civil.month, day=civil.day, weekday=long_names[civil.weekday()],
    )  # fmt: skip


def moment(value: datetime | None) -> str:
    """11-20 16:12 on the clock of Asia/Shanghai; with the year when it is not this one. None → 未定."""
    if value is None:
        return _("未定")
    on_clock = local(value)
    return f"{_short(on_clock.date())} {on_clock:%H:%M}"


def grouped(value: int | float | None) -> str:
    """1234567 → 1,234,567. None → 未知."""
    if value is None:
        return _("未知")
    return f"{value:,}"


def floor_load(value: int | None) -> str:
    """kg/m² as kN/㎡ first with t/㎡ in brackets: 765 → 7.5 kN/㎡（0.76 t/㎡）. 1 t/m² = 9.81 kN/m² (DOMAIN §1)."""
    if value is None:
        return _("未知")
    tonnes = Decimal(value) / 1000
    kilonewtons = (tonnes * Decimal("9.81")).quantize(Decimal("0.1"))
    return _("%(kn)s kN/㎡（%(t)s t/㎡）", kn=kilonewtons, t=tonnes.quantize(Decimal("0.01")))


def or_unknown(value: object) -> object:
    """The value, or the word 未知 for None and the empty text. 0 stays 0."""
    return _("未知") if value is None or value == "" else value


def listed(words: Iterable[object]) -> str:
    """Words of one rank on one line, with the separator of the reader's language: 、 or a comma."""
    separator = "、" if str(get_locale()).startswith("zh") else ", "
    return separator.join(str(word) for word in words)


def named(thing: object) -> str:
    """The name of a chain, segment or group in the reader's language: the Chinese one where there is no English."""
    english = None if str(get_locale()).startswith("zh") else getattr(thing, "name_en", None)
    return english or thing.name  # type: ignore[attr-defined]


def file_size(value: int) -> str:
    """Bytes as people read them: 1.3 MB, 812 KB."""
    return f"{value / 1_048_576:.1f} MB" if value >= 1_000_000 else f"{max(1, round(value / 1024))} KB"


def sentences(parts: Iterable[str]) -> str:
    """Whole sentences one after the other: Chinese ones without a blank between them."""
    return ("" if str(get_locale()).startswith("zh") else " ").join(parts)


def register(environment: Environment) -> None:
    """Add the filters to the Jinja environment of the application, after Flask-Babel has set it up."""
    # Jinja's own `_` wants the template's context and cannot be handed on; `text.render(_)` needs one that can.
    environment.globals.update(_=_, gettext=_)
    environment.filters.update(
        day=day,
        day_long=day_long,
        moment=moment,
        weekday=weekday,
        grouped=grouped,
        floor_load=floor_load,
        or_unknown=or_unknown,
        listed=listed,
        named=named,
        file_size=file_size,
    )
