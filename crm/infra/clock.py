"""The one source of time.

Instants are aware UTC datetimes; dates that people mean ("today", "this week", "overdue") are civil dates in
Asia/Shanghai and are computed here, never in UTC and never in SQL (RELIABILITY §2). Nothing is bound at
import, so time-machine moves every caller.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

#: The zone of every civil date in the product.
SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The civil date in Asia/Shanghai at this instant."""
    return civil_date(now())


def civil_date(instant: datetime) -> date:
    """The Shanghai date on which an aware `instant` falls. Raises ValueError for a naive datetime."""
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no civil date: instants carry their zone")
    return instant.astimezone(SHANGHAI).date()


def instant_at(day: date, at: time = time(0, 0)) -> datetime:
    """The UTC instant of wall-clock time `at` on civil date `day` in Asia/Shanghai."""
    return datetime.combine(day, at, tzinfo=SHANGHAI).astimezone(UTC)
