"""Sums and bar widths of the weekly report: unknown is counted apart, never added as 0."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from crm.domain.pipeline import Stage


def known_sum(amounts: Iterable[int | None]) -> int | None:
    """The sum of the amounts that are known; None if none is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def bar_widths(values: Iterable[int]) -> tuple[int, ...]:
    """Widths in per cent of the greatest value, whole numbers. What is not nothing is seen: at least 1."""
    numbers = [max(0, value) for value in values]
    most = max(numbers, default=0)
    return tuple(max(1, value * 100 // most) if value else 0 for value in numbers)


def text_bar(percent: int, width: int = 20) -> str:
    """The same bar for a plain-text mail: ██████░░░░."""
    full = min(width, max(0, (percent * width + 50) // 100))
    return "█" * full + "░" * (width - full)


def passed_per_mille(until: date) -> int:
    """Share of the year gone when the day before `until` ends."""
    last = date.fromordinal(until.toordinal() - 1)
    first, following = date(last.year, 1, 1), date(last.year + 1, 1, 1)
    return (until - first).days * 1000 // (following - first).days


#: Stages in the order in which people read them.
STAGES = tuple(Stage)
