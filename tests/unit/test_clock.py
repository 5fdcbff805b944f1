"""Today is a civil date in Shanghai, whatever the machine's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from crm.infra import clock


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 23, 16, 0, 0, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(instant, day):
    with time_machine.travel(instant, tick=False):
        assert clock.now() == instant
        assert clock.today() == day


def test_now_is_aware_and_in_utc():
    assert clock.now().utcoffset() == timedelta(0)


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="naive"):
        clock.civil_date(datetime(2026, 11, 24, 8, 0))  # noqa: DTZ001 - the point of the test


def test_a_wall_clock_time_becomes_its_instant():
    assert clock.instant_at(date(2026, 11, 24), time(9, 30)) == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert clock.instant_at(date(2026, 11, 24)) == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
