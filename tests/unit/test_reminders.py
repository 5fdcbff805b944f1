"""Dates of lights, the chain of escalation, and asking for more time: tables by hand from the calendar (DOMAIN §6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.errors import Invalid
from crm.domain.leads import Grade
from crm.domain.pipeline import Light
from crm.domain.reminders import (
    Clock,
    Level,
    Rule,
    Thresholds,
    check_snooze,
    escalation_day,
    level_on,
    lights,
    may_tell,
)

D = date.fromisoformat
RULES = Thresholds()
FREE: dict[date, bool] = {}


@pytest.mark.parametrize(
    ("rule", "started", "yellow", "red"),
    [
        # Due on Friday: yellow that day, red on Monday.
        (Rule.FOLLOW_UP_DUE, "2026-11-20", "2026-11-20", "2026-11-23"),
        (Rule.FOLLOW_UP_DUE, "2026-11-23", "2026-11-23", "2026-11-24"),
        # Due on Saturday: yellow that day, red on Monday.
        (Rule.FOLLOW_UP_DUE, "2026-11-21", "2026-11-21", "2026-11-23"),
        # 2026-10-10 is a Saturday worked to make up for National Day.
        (Rule.FOLLOW_UP_DUE, "2026-10-09", "2026-10-09", "2026-10-10"),
        # 30 September, then the holiday of 1 to 7 October.
        (Rule.FOLLOW_UP_DUE, "2026-09-30", "2026-09-30", "2026-10-08"),
        (Rule.LEAD_UNOWNED, "2026-09-30", "2026-10-08", "2026-10-09"),
        (Rule.LEAD_UNOWNED, "2026-11-20", "2026-11-23", "2026-11-24"),
        (Rule.LEAD_UNSCREENED, "2026-11-16", "2026-11-19", "2026-11-25"),
        # Across the holiday and the made-up Saturday: 8, 9, 10 October.
        (Rule.LEAD_UNSCREENED, "2026-09-30", "2026-10-10", "2026-10-15"),
        (Rule.REFERRER_UNTOLD, "2026-11-16", "2026-11-23", "2026-11-25"),
        (Rule.INTRODUCTION_UNANSWERED, "2026-11-18", "2026-11-23", "2026-11-25"),
        # Calendar days: the end of protection on 15 December.
        (Rule.PROTECTION_ENDING, "2026-12-15", "2026-12-01", "2026-12-15"),
    ],
)
def test_lights_turn_on_the_days_counted_by_hand(rule: Rule, started: str, yellow: str, red: str) -> None:
    found = lights(rule, D(started), RULES, FREE)
    assert (found.yellow_on, found.red_on) == (D(yellow), D(red))


@pytest.mark.parametrize(
    ("grade", "yellow", "red"),
    [
        (Grade.A, "2026-11-15", "2026-12-01"),
        (Grade.B, "2026-12-01", "2026-12-31"),
        (Grade.C, "2026-12-31", "2027-01-30"),
        (None, "2026-12-31", "2027-01-30"),
    ],
)
def test_silence_is_measured_by_class_and_an_unknown_class_has_the_most_time(
    grade: Grade | None, yellow: str, red: str
) -> None:
    found = lights(Rule.LEAD_SILENT, D("2026-11-01"), RULES, FREE, grade)
    assert (found.yellow_on, found.red_on) == (D(yellow), D(red))


def test_an_override_moves_a_deadline() -> None:
    day_off = {D("2026-11-23"): False}
    assert lights(Rule.FOLLOW_UP_DUE, D("2026-11-20"), RULES, day_off).red_on == D("2026-11-24")
    worked_saturday = {D("2026-11-21"): True}
    assert lights(Rule.FOLLOW_UP_DUE, D("2026-11-20"), RULES, worked_saturday).red_on == D("2026-11-21")


def test_a_light_is_green_before_yellow_and_red_from_its_day_on() -> None:
    found = lights(Rule.LEAD_UNSCREENED, D("2026-11-16"), RULES, FREE)
    seen = [found.at(D("2026-11-16") + timedelta(days=n)) for n in range(11)]
    assert seen == [Light.GREEN] * 3 + [Light.YELLOW] * 6 + [Light.RED] * 2


def test_yellow_is_told_from_nine_in_the_morning_of_shanghai() -> None:
    day = D("2026-11-23")
    assert not may_tell(day, datetime(2026, 11, 23, 0, 59, tzinfo=UTC), RULES)
    assert may_tell(day, datetime(2026, 11, 23, 1, 0, tzinfo=UTC), RULES)
    assert may_tell(day, datetime(2026, 11, 24, 0, 0, tzinfo=UTC), RULES)


def test_escalation_goes_to_chief_leader_and_red_box_counted_from_the_red_day() -> None:
    red = D("2026-11-23")
    days = {level: escalation_day(level, red, RULES, FREE) for level in Level}
    assert days == {
        Level.OWNER: D("2026-11-23"),
        Level.CHIEF: D("2026-11-26"),
        Level.LEADER: D("2026-12-02"),
        Level.RED_BOX: D("2026-12-07"),
    }
    steps = {
        "2026-11-22": Level.OWNER,
        "2026-11-25": Level.OWNER,
        "2026-11-26": Level.CHIEF,
        "2026-12-01": Level.CHIEF,
        "2026-12-02": Level.LEADER,
        "2026-12-06": Level.LEADER,
        "2026-12-07": Level.RED_BOX,
        "2027-03-01": Level.RED_BOX,
    }
    assert {day: level_on(D(day), red, RULES, FREE) for day in steps} == steps


def test_escalation_skips_the_national_holiday() -> None:
    assert escalation_day(Level.CHIEF, D("2026-09-30"), RULES, FREE) == D("2026-10-10")


def test_more_time_moves_both_lights_and_escalation_with_them() -> None:
    found = lights(Rule.LEAD_UNSCREENED, D("2026-11-02"), RULES, FREE, None, D("2026-11-27"))
    assert (found.yellow_on, found.red_on) == (D("2026-11-27"), D("2026-11-30"))
    assert level_on(D("2026-11-30"), found.red_on, RULES, FREE) is Level.OWNER


def test_more_time_never_brings_a_light_forward() -> None:
    plain = lights(Rule.PROTECTION_ENDING, D("2026-12-15"), RULES, FREE)
    asked = lights(Rule.PROTECTION_ENDING, D("2026-12-15"), RULES, FREE, None, D("2026-12-03"))
    assert asked.yellow_on == D("2026-12-03")
    assert asked.red_on == plain.red_on


@pytest.mark.parametrize(
    ("used", "until", "reason", "field"),
    [
        (2, "2026-11-26", "出差", ""),
        (0, "2026-11-26", "   ", "reason"),
        (0, "2026-11-24", "出差", "until"),
        (0, "2026-11-20", "出差", "until"),
        (1, "2026-12-09", "出差", "until"),
    ],
)
def test_more_time_is_refused_without_reason_for_the_past_for_too_long_and_a_third_time(
    used: int, until: str, reason: str, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        check_snooze(used, D(until), reason, D("2026-11-24"), RULES)
    assert refusal.value.field == field


def test_more_time_may_be_asked_for_twice() -> None:
    for used in (0, 1):
        check_snooze(used, D("2026-12-08"), "对方出差", D("2026-11-24"), RULES)


def test_thresholds_survive_the_settings_table() -> None:
    changed = Thresholds(lead_unscreened=Clock(2, 4), chief_after=2)
    assert Thresholds.from_json(changed.to_json()) == changed
    assert Thresholds.from_json(None) == RULES
    assert Thresholds.from_json({"leader_after": 8}).leader_after == 8


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"nonsense": 1}, "nonsense"),
        ({"lead_unowned": {"yellow": 3, "red": 2}}, "lead_unowned"),
        ({"lead_unowned": {"yellow": 1}}, "lead_unowned"),
        ({"lead_unowned": {"yellow": -1, "red": 2}}, "lead_unowned"),
        ({"lead_unowned": {"yellow": "1", "red": 2}}, "lead_unowned"),
        ({"lead_unowned": {"yellow": True, "red": 2}}, "lead_unowned"),
        ({"chief_after": 99999}, "chief_after"),
        ({"chief_after": -1}, "chief_after"),
        ({"chief_after": 9}, "chief_after"),
        ({"told_at": "25:00"}, "told_at"),
        ([1, 2], "reminders.thresholds"),
    ],
)
def test_nonsense_thresholds_are_refused_and_named(value: object, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Thresholds.from_json(value)
    assert refusal.value.field == field


@given(
    rule=st.sampled_from(list(Rule)),
    started=st.dates(D("2026-01-01"), D("2028-12-31")),
    grade=st.sampled_from([None, *Grade]),
    day=st.dates(D("2026-01-01"), D("2029-06-30")),
)
def test_lights_and_levels_only_ever_get_worse(rule: Rule, started: date, grade: Grade | None, day: date) -> None:
    found = lights(rule, started, RULES, FREE, grade)
    assert found.yellow_on <= found.red_on
    order = [Light.GREEN, Light.YELLOW, Light.RED]
    later = day + timedelta(days=1)
    assert order.index(found.at(day)) <= order.index(found.at(later))
    assert level_on(day, found.red_on, RULES, FREE).number <= level_on(later, found.red_on, RULES, FREE).number
    if found.at(day) is not Light.RED:
        assert level_on(day, found.red_on, RULES, FREE) is Level.OWNER
