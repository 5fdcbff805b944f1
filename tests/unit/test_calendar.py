"""Working days, weeks and instants in Asia/Shanghai."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import calendar as c
from crm.domain.errors import Invalid

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "data" / "cn_holidays_2025_2027.csv"
DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))
NEAR = st.dates(date(2026, 6, 1), date(2027, 6, 30))
OVERRIDES = st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.booleans(), max_size=8)
D = date.fromisoformat


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-11-24", True),
        ("2026-11-28", False),
        ("2026-10-01", False),
        ("2026-10-10", True),  # a Saturday worked to make up
        ("2026-02-17", False),
        ("2027-02-05", False),  # New Year's Eve, by the regulation
        ("2027-02-10", False),  # made up for the weekend inside the holiday
        ("2027-02-11", True),
        ("2027-04-05", False),
        ("2050-01-01", False),
        ("1999-12-31", True),
    ],
)
def test_offices_work_on_the_days_of_the_notice_or_else_of_the_regulation(day, worked):
    assert c.is_working_day(D(day)) is worked


def test_an_override_wins_over_the_package_and_over_the_regulation():
    overrides = {D("2026-11-24"): False, D("2026-11-28"): True, D("2027-02-11"): False}
    assert not c.is_working_day(D("2026-11-24"), overrides)
    assert c.is_working_day(D("2026-11-28"), overrides)
    assert c.add_working_days(D("2026-11-23"), 1, overrides) == D("2026-11-25")
    assert c.add_working_days(D("2027-02-04"), 1, overrides) == D("2027-02-12")


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2026-11-24", 0, "2026-11-24"),
        ("2026-11-24", 1, "2026-11-25"),
        ("2026-11-27", 1, "2026-11-30"),
        ("2026-11-28", 1, "2026-11-30"),
        ("2026-11-28", 0, "2026-11-28"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-11-30", -1, "2026-11-27"),
        ("2026-12-31", 1, "2027-01-04"),
    ],
)
def test_a_deadline_counts_working_days_only(start, count, due):
    assert c.add_working_days(D(start), count) == D(due)


def test_a_deadline_in_a_year_without_a_notice_is_an_estimate_until_its_make_up_days_are_entered():
    assert c.deadline(D("2026-11-24"), 5) == c.Deadline(D("2026-12-01"), estimated=False)
    assert c.deadline(D("2026-12-30"), 5).estimated
    assert c.is_estimated(D("2027-03-01"), D("2026-03-01"))
    # A single day off says nothing about the notice; a worked weekend day can only come from it.
    assert not c.is_published(2027, {D("2027-03-03"): False})
    assert c.is_published(2027, {D("2027-02-20"): True})
    assert not c.deadline(D("2026-12-30"), 5, {D("2027-02-20"): True}).estimated


def test_what_is_overdue_counts_working_days_past_the_due_day():
    assert c.days_overdue(D("2026-11-20"), D("2026-11-24")) == 2
    assert c.days_overdue(D("2026-11-20"), D("2026-11-22")) == 0
    assert c.days_overdue(D("2026-11-24"), D("2026-11-20")) == 0


def test_the_next_working_day_may_be_the_day_itself_when_asked():
    assert c.next_working_day(D("2026-11-27")) == D("2026-11-30")
    assert c.next_working_day(D("2026-11-27"), include=True) == D("2026-11-27")
    assert c.next_working_day(D("2026-11-28"), include=True) == D("2026-11-30")
    assert c.previous_working_day(D("2026-11-30")) == D("2026-11-27")


def test_instants_and_absurd_counts_are_refused_instead_of_guessed():
    with pytest.raises(TypeError):
        c.is_working_day(datetime(2026, 11, 24, tzinfo=UTC))
    with pytest.raises(ValueError, match="beyond any deadline"):
        c.add_working_days(D("2026-11-24"), 10_001)
    with pytest.raises(ValueError, match="naive"):
        c.china_date(datetime(2026, 11, 24))  # noqa: DTZ001 - the naive one is what is refused


def test_a_day_and_a_week_begin_at_midnight_in_shanghai():
    assert c.china_date(datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)) == D("2026-11-23")
    assert c.china_date(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == D("2026-11-24")
    assert c.china_instant(D("2026-11-23"), time(8, 30)) == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    start, end = c.week_bounds(c.parse_iso_week("2026-W47"))
    assert start == datetime(2026, 11, 15, 16, tzinfo=UTC)
    assert end - start == timedelta(days=7)
    assert c.day_bounds(D("2026-11-16"))[0] == start


@pytest.mark.parametrize(
    ("day", "week"),
    [("2026-11-24", "2026-W48"), ("2026-12-31", "2026-W53"), ("2027-01-03", "2026-W53"), ("2024-12-30", "2025-W01")],
)
def test_a_day_lies_in_its_iso_week(day, week):
    assert str(c.iso_week(D(day))) == week
    assert c.parse_iso_week(week) == c.iso_week(D(day))
    assert c.iso_week(D(day)).monday <= D(day) <= c.iso_week(D(day)).sunday


def test_weeks_follow_one_another_across_the_year():
    assert str(c.previous_week(c.parse_iso_week("2027-W01"))) == "2026-W53"
    assert str(c.next_week(c.parse_iso_week("2026-W53"))) == "2027-W01"
    assert c.parse_iso_week(" 2026w5 ") == c.IsoWeek(2026, 5)


@pytest.mark.parametrize(
    "text", ["", "2026-47", "2025-W53", "2026-W00", "2026-W54", "0000-W01", "２０２６-W47", "9999-W52x"]
)
def test_text_that_is_no_week_is_refused(text):
    with pytest.raises(Invalid) as refused:
        c.parse_iso_week(text, "week")
    assert refused.value.field == "week"


def test_the_last_week_that_a_calendar_holds_is_read_or_refused_but_never_fails():
    for text in ("9999-W51", "9999-W52", "9999-W53", "0001-W01"):
        try:
            week = c.parse_iso_week(text)
        except Invalid:
            continue
        assert str(week) == text


def test_the_report_waits_when_its_monday_is_off():
    assert c.report_day(c.parse_iso_week("2026-W47")) == D("2026-11-23")
    # Monday 2026-10-05 lies in the holiday of 1 to 7 October.
    assert c.report_day(c.parse_iso_week("2026-W40")) == D("2026-10-08")
    assert c.report_day(c.parse_iso_week("2026-W47"), {D("2026-11-23"): False}) == D("2026-11-24")


def test_every_estimated_year_has_its_thirteen_days_and_the_weekend_days_made_up():
    for year in range(2027, 2041):
        off = c.statutory_holidays(year)
        assert len(off) >= 13
        assert all(day.year == year for day in off)
        # Whatever falls on a weekend gives a weekday off in return: no holiday is lost.
        assert sum(day.weekday() < 5 for day in off) >= 12, year


@given(DAYS, st.integers(-60, 60), OVERRIDES)
def test_counting_undoes_adding(day, count, overrides):
    due = c.add_working_days(day, count, overrides)
    assert c.working_days_between(day, due, overrides) == count
    assert count == 0 or c.is_working_day(due, overrides)


@given(DAYS, st.integers(0, 40), st.integers(0, 40))
def test_adding_in_two_steps_is_adding_at_once(day, first, second):
    at_once = c.add_working_days(day, first + second)
    assert c.add_working_days(c.add_working_days(day, first), second) == at_once


@given(NEAR, NEAR, NEAR)
def test_counts_of_adjoining_spans_add_up(one, two, three):
    early, middle, late = sorted((one, two, three))
    parts = c.working_days_between(early, middle) + c.working_days_between(middle, late)
    assert parts == c.working_days_between(early, late)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_each_instant_lies_in_the_bounds_of_its_day_and_week(instant):
    day = c.china_date(instant)
    assert c.day_bounds(day)[0] <= instant < c.day_bounds(day)[1]
    start, end = c.week_bounds(c.iso_week(day))
    assert start <= instant < end
    assert c.parse_iso_week(c.format_iso_week(c.iso_week(day))) == c.iso_week(day)


if REFERENCE.exists():  # the reference lies outside the project; the days above are always tested

    def test_every_day_of_three_years_agrees_with_the_reference():
        with REFERENCE.open(encoding="utf-8-sig", newline="") as lines:
            kinds = {D(row["date"]): row["type"] for row in csv.DictReader(lines)}
        for offset in range((D("2028-01-01") - D("2025-01-01")).days):
            day = D("2025-01-01") + timedelta(days=offset)
            kind = kinds.get(day)
            worked = kind == "make_up_workday" or (kind is None and day.weekday() < 5)
            assert c.is_working_day(day) is worked, (day, kind)
            assert c.is_published(day.year) is (kind != "off_statutory_estimate" and day.year < 2027)
