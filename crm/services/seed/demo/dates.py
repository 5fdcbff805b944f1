"""When things happened in the demonstration: always counted from today, in working days where offices do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from crm.domain.calendar import add_working_days, iso_week, previous_week
from crm.infra import clock


@dataclass(frozen=True, slots=True)
class Dates:
    """All dates of one load; `now` is taken once, so that nothing drifts while it runs."""

    now: datetime
    today: date

    @classmethod
    def from_clock(cls) -> Dates:
        return cls(clock.now(), clock.today())

    def past(self, when: int | str, at: str = "10:00", *, after: datetime | None = None) -> datetime:
        """A moment gone by: so many working days ago, or "W-1.3" for Wednesday of last week.

        Never in the future and, with `after`, never before that moment: early on a Monday much happened on Friday.
        """
        if isinstance(when, str):
            week = previous_week(iso_week(self.today))
            day = week.monday + timedelta(days=int(when.removeprefix("W-1.")) - 1)
        else:
            day = add_working_days(self.today, -when)
        moment = clock.instant_at(day, time.fromisoformat(at))
        if moment > self.now:
            moment = self.now - timedelta(minutes=20)
        if after is not None and moment <= after:
            moment = min(after + timedelta(minutes=7), self.now)
        return moment

    def due(self, days: int, at: str) -> datetime:
        """A moment that was or will be due: working days from today, negative for overdue."""
        return clock.instant_at(add_working_days(self.today, days), time.fromisoformat(at))

    def day(self, days: int) -> date:
        """A civil date, so many calendar days from today."""
        return self.today + timedelta(days=days)

    def seen(self, days: int) -> datetime:
        """When somebody looked last, in calendar days."""
        moment = clock.instant_at(self.today - timedelta(days=days), time(11, 0))
        return min(moment, self.now - timedelta(minutes=30))
