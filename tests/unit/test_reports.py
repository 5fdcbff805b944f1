"""The pure part of the weekly report: sums, bars, the year's progress, and data that comes back from JSON the same."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime

import pytest

from crm.domain.access import Permission, Role, allowed
from crm.domain.frozen import freeze, thaw
from crm.domain.pipeline import Batch, Light
from crm.domain.reminders import Rule
from crm.domain.reports import (
    DECISIONS,
    RECEIVERS,
    ChainState,
    Coming,
    Done,
    Flow,
    LeadCounts,
    LeaderPart,
    Moved,
    Movement,
    OfficerPart,
    RedItem,
    Stock,
    Voice,
    WeekData,
    YearToDate,
    bar_widths,
    known_sum,
    own_voice,
    passed_per_mille,
    text_bar,
)
from crm.domain.sentences import Sentence


def test_unknown_amounts_are_left_out_and_never_counted_as_nothing():
    assert known_sum([100, None, 50]) == 150
    assert known_sum([None, None]) is None
    flow = Flow(Movement.SIGNED, (Moved(1, "甲", None, True), Moved(2, "乙", 500, True)), 0)
    assert (flow.count, flow.amount_fen, flow.without_amount) == (2, 500, 1)


@pytest.mark.parametrize(
    ("values", "widths"),
    [((64, 21, 13, 9), (100, 32, 20, 14)), ((0, 0), (0, 0)), ((1000, 1, 0), (100, 1, 0)), ((), ())],
)
def test_bars_are_parts_of_the_greatest_and_what_is_not_nothing_is_seen(values, widths):
    assert bar_widths(values) == widths


def test_a_text_bar_has_always_twenty_blocks():
    assert [text_bar(p).count("█") for p in (0, 40, 100)] == [0, 8, 20]
    assert {len(text_bar(p)) for p in range(101)} == {20}


@pytest.mark.parametrize(
    ("until", "share"),
    [(date(2026, 1, 1), 1000), (date(2026, 1, 2), 2), (date(2026, 11, 23), 893), (date(2027, 1, 1), 1000)],
)
def test_the_share_of_the_year_gone_ends_with_the_last_day_counted(until, share):
    assert passed_per_mille(until) == share


def test_progress_is_measured_against_the_share_of_the_year_gone():
    year = YearToDate(2026, 9, 3_340_000, 0, 4_000_000, 893)
    assert year.done_per_mille == 835
    assert year.behind_fen == 232_000


def test_without_a_target_nothing_is_said_of_progress():
    year = YearToDate(2026, 9, 3_340_000, 0, None, 893)
    assert year.done_per_mille is None
    assert year.behind_fen is None


def test_every_rule_that_can_reach_the_leaders_asks_one_decision():
    assert set(DECISIONS) == set(Rule)


def test_each_role_that_reads_reports_has_at_most_one_voice_and_every_voice_a_receiver():
    counted = Counter(role for roles in RECEIVERS.values() for role in roles)
    assert set(counted.values()) == {1}
    assert all(allowed(role, Permission.REPORTS_VIEW) for role in counted)
    assert own_voice(Role.CHAIN_TEAM) is Voice.LEADER
    assert own_voice(Role.AUDITOR) is None


def week_data() -> WeekData:
    instant = datetime(2026, 11, 15, 16, tzinfo=UTC)
    nested = Sentence("%(what)s，已红 %(days)d 个工作日", {"what": Sentence("筛查"), "days": 12})
    leader = LeaderPart(
        flows=tuple(Flow(movement, (Moved(1, "甲（示例）", None, True, nested),), 2) for movement in Movement),
        stock=tuple(Stock(batch, 1, None, 1) for batch in Batch),
        year=YearToDate(2026, 1, None, 1, None, 893),
        reds=(RedItem("lead_unowned", 1, None, "甲", 5, nested, Sentence("决定"), None, 12, True),),
        chains=(ChainState("ivd", "体外诊断", 5, 2, ("甲",), ()),),
        counts=LeadCounts(logged=3),
    )
    coming = Coming(date(2026, 11, 24), instant, 1, "甲", nested, True)
    officer = OfficerPart("招商一科", False, Done(3, 2, 1, 0), (), (coming,), (), (), (), ())
    return WeekData("2026-W47", instant, instant, instant, date(2026, 11, 23), leader, {7: officer}, {})


def test_a_data_set_comes_back_from_json_as_it_was():
    data = week_data()
    again = thaw(WeekData, json.loads(json.dumps(freeze(data))))
    assert again == data
    assert again.leader.reds[0].why.say() == "筛查，已红 12 个工作日"
    assert again.leader.flow(Movement.LOST).projects[0].amount_fen is None


def test_older_data_without_a_later_field_can_be_read():
    plain = freeze(week_data())
    del plain["leader"]["targets"]
    assert thaw(WeekData, plain).leader.targets == ()


def test_what_would_not_come_back_is_refused():
    with pytest.raises(TypeError, match="float"):
        freeze(1.5)
    assert freeze(Light.RED) == "red"
