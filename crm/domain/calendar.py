"""Working days, ISO weeks and instants, in Asia/Shanghai (DOMAIN §1). Nothing here asks what day it is.

Working days follow the State Council calendar with make-up days as far as the package `chinesecalendar` knows it; an
administrator's table of overrides (date → is it a working day) wins over it. For a year without a notice the
statutory holidays and weekends count, holidays on a weekend are made up by the next working day, and every answer
that touches such a year says `estimated`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import chinese_calendar
from chinese_calendar.constants import holidays as known_holidays

from crm.domain.errors import Invalid
from crm.domain.marking import N_

CHINA = ZoneInfo("Asia/Shanghai")
ESTIMATED = N_("调休安排未公布，期限为估算")
Overrides = Mapping[date, bool]

_NONE: Overrides = MappingProxyType({})
_FIRST_KNOWN = min(known_holidays).year
_LAST_KNOWN = max(known_holidays).year
_ONE = timedelta(days=1)
_MAX_DAYS = 10_000

# Spring Festival (1st of the 1st lunar month), Dragon Boat, Mid-autumn: month and day. Needed only for years without
# a notice; a year outside the table counts weekends and the fixed days only.
_LUNAR: dict[int, tuple[int, int, int, int, int, int]] = {
    2027: (2, 6, 6, 9, 9, 15),
    2028: (1, 26, 5, 28, 10, 3),
    2029: (2, 13, 6, 16, 9, 22),
    2030: (2, 3, 6, 5, 9, 12),
    2031: (1, 23, 6, 24, 10, 1),
    2032: (2, 11, 6, 12, 9, 19),
    2033: (1, 31, 6, 1, 9, 8),
    2034: (2, 19, 6, 20, 9, 27),
    2035: (2, 8, 6, 10, 9, 16),
    2036: (1, 28, 5, 30, 10, 4),
    2037: (2, 15, 6, 18, 9, 24),
    2038: (2, 4, 6, 7, 9, 13),
    2039: (1, 24, 5, 27, 10, 2),
    2040: (2, 12, 6, 14, 9, 20),
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """A due day, and whether it hangs on a year whose make-up days are not published."""

    day: date
    estimated: bool


def statutory_holidays(year: int) -> frozenset[date]:
    """Days off of a year by the regulation alone (全国年节及纪念日放假办法, 2025 text), with make-ups for weekends."""
    blocks = [[date(year, 1, 1)], [date(year, 5, 1), date(year, 5, 2)], [date(year, 10, d) for d in (1, 2, 3)]]
    if 2000 <= year <= 2100:
        terms = chinese_calendar.get_solar_terms(date(year, 4, 3), date(year, 4, 7))
        blocks.append([day for day, name in terms if name == "清明"])
    if lunar := _LUNAR.get(year):
        spring = date(year, lunar[0], lunar[1])
        blocks.append([spring + timedelta(days=offset) for offset in (-1, 0, 1, 2)])
        blocks.append([date(year, lunar[2], lunar[3])])
        blocks.append([date(year, lunar[4], lunar[5])])
    off = {day for block in blocks for day in block}
    for block in sorted(blocks, key=lambda days: days[:1]):
        owed = sum(day.weekday() >= 5 for day in block)
        day = block[-1] if block else date(year, 1, 1)
        while owed:
            day += _ONE
            if day.weekday() < 5 and day not in off:
                off.add(day)
                owed -= 1
    return frozenset(off)


_statutory = lru_cache(maxsize=64)(statutory_holidays)


def is_published(year: int, overrides: Overrides = _NONE) -> bool:
    """Whether the year's make-up days are known: by the package, or because an administrator has entered them.

    A weekend day that the override table marks as worked can only come from the notice of that year.
    """
    if _FIRST_KNOWN <= year <= _LAST_KNOWN:
        return True
    return any(works and day.year == year and day.weekday() >= 5 for day, works in overrides.items())


def is_working_day(day: date, overrides: Overrides = _NONE) -> bool:
    """Whether offices work on that civil day."""
    day = _civil(day)
    if day in overrides:
        return overrides[day]
    if _FIRST_KNOWN <= day.year <= _LAST_KNOWN:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5 and day not in _statutory(day.year)


def is_estimated(start: date, end: date, overrides: Overrides = _NONE) -> bool:
    """Whether the span touches a year whose make-up days are not published (then say `ESTIMATED`)."""
    first, last = sorted((start.year, end.year))
    return not all(is_published(year, overrides) for year in range(first, last + 1))


def add_working_days(day: date, count: int, overrides: Overrides = _NONE) -> date:
    """The `count`-th working day after `day` (before it if negative); 0 is `day` itself, worked or not.

    Raises ValueError beyond 10,000 working days.
    """
    day = _civil(day)
    if abs(count) > _MAX_DAYS:
        raise ValueError(f"{count} working days are beyond any deadline")
    step = _ONE if count > 0 else -_ONE
    left = abs(count)
    while left:
        day += step
        if is_working_day(day, overrides):
            left -= 1
    return day


def deadline(day: date, count: int, overrides: Overrides = _NONE) -> Deadline:
    """`add_working_days` together with whether it is an estimate."""
    due = add_working_days(day, count, overrides)
    return Deadline(due, is_estimated(day, due, overrides))


def working_days_between(start: date, end: date, overrides: Overrides = _NONE) -> int:
    """How many working days after `start` up to and including `end`; so `between(d, add(d, n)) == n`.

    With `end` before `start`: minus the working days from `end` up to the day before `start`.
    """
    start, end = _civil(start), _civil(end)
    if end < start:
        return -sum(is_working_day(day, overrides) for day in _days(end, start))
    return sum(is_working_day(day, overrides) for day in _days(start + _ONE, end + _ONE))


def next_working_day(day: date, overrides: Overrides = _NONE, *, include: bool = False) -> date:
    """The first working day after `day`; with `include` that day itself if it is worked."""
    if include and is_working_day(day, overrides):
        return _civil(day)
    return add_working_days(day, 1, overrides)


def previous_working_day(day: date, overrides: Overrides = _NONE) -> date:
    """The last working day before `day`."""
    return add_working_days(day, -1, overrides)


def days_overdue(due: date, as_of: date, overrides: Overrides = _NONE) -> int:
    """Working days past the due day, 0 if it is not past: 「逾期 2 个工作日」."""
    return max(0, working_days_between(due, as_of, overrides)) if as_of > due else 0


def months_later(day: date, months: int) -> date:
    """The same day of a later (or, with a negative number, earlier) month; its last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _days(start: date, stop: date) -> list[date]:
    return [start + timedelta(days=offset) for offset in range((stop - start).days)]


def _civil(day: date) -> date:
    # A datetime is a date to isinstance, but its civil day depends on the zone: refuse instead of guessing.
    if isinstance(day, datetime):
        raise TypeError("a civil date is wanted; use china_date(instant)")
    return day


# Instants


def china_date(instant: datetime) -> date:
    """The civil day in Asia/Shanghai of an aware instant."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no civil day")
    return instant.astimezone(CHINA).date()


def china_instant(day: date, at: time = time(0, 0)) -> datetime:
    """The UTC instant of a wall-clock time in Asia/Shanghai."""
    return datetime.combine(_civil(day), at, CHINA).astimezone(UTC)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """UTC instants of the civil day: start inclusive, end exclusive."""
    return china_instant(day), china_instant(day + _ONE)


# ISO weeks

_WEEK = re.compile(r"([0-9]{4})-?W([0-9]{1,2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class IsoWeek:
    """An ISO week; `str()` gives "2026-W47"."""

    year: int
    week: int

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.week:02d}"

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)


def iso_week(day: date) -> IsoWeek:
    """The ISO week that a civil day lies in (31 December may lie in week 1 of the next year)."""
    year, week, _ = _civil(day).isocalendar()
    return IsoWeek(year, week)


def parse_iso_week(text: str, field: str = "week") -> IsoWeek:
    """Read "2026-W47" (or 2026W47, w7). Raises `Invalid(field)` for other text and for a week 53 that is none."""
    found = _WEEK.fullmatch(text.strip())
    if not found:
        raise Invalid(field, N_("周次写作「2026-W47」。"))
    week = IsoWeek(int(found[1]), int(found[2]))
    try:
        date.fromisocalendar(week.year, week.week, 7)
    except (ValueError, OverflowError):
        raise Invalid(field, N_("%(year)d 年没有第 %(week)d 周。"), year=week.year, week=week.week) from None
    return week


def format_iso_week(week: IsoWeek) -> str:
    """ "2026-W47"."""
    return str(week)


def week_bounds(week: IsoWeek) -> tuple[datetime, datetime]:
    """UTC instants of Monday 00:00 Asia/Shanghai of this week (inclusive) and of the next (exclusive)."""
    return china_instant(week.monday), china_instant(week.monday + timedelta(days=7))


def previous_week(week: IsoWeek) -> IsoWeek:
    return iso_week(week.monday - timedelta(days=7))


def next_week(week: IsoWeek) -> IsoWeek:
    return iso_week(week.monday + timedelta(days=7))


def report_day(week: IsoWeek, overrides: Overrides = _NONE) -> date:
    """The day on which the report about `week` is sent: the next Monday, or the next working day if that is off."""
    return next_working_day(next_week(week).monday, overrides, include=True)
