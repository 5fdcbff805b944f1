"""Changes of the audit trail in words: money, units that follow the tenure, names for ids, nothing for nothing."""

from __future__ import annotations

import pytest

from crm.domain.history import Change, changes, references, tenure_before, words

NAMES = {
    "person": {7: "陈思敏", 8: "何志强"},
    "segment": {3: "体外诊断试剂"},
    "platform": {"hailongwei": "海龙围科创区", "baietan": "白鹅潭商务区"},
    "section": {1: "招商一科", 2: "招商二科"},
}


@pytest.mark.parametrize(
    ("word", "value", "tenure", "said"),
    [
        ("investment", 6_000_000_000, None, "6,000 万元"),
        ("signed_fen", 12_000_000_000, None, "1.2 亿元"),
        ("budget", 4500, "rent", "45 元/㎡/月"),
        ("budget", 9000, "buy", "9,000 元/㎡"),
        ("budget", 80, "land", "80 万元/亩"),
        ("area", [1200, 1400, None], "rent", "1,200 ㎡ / 1,400 ㎡ / —"),
        ("area", [None, 2000, None], "land", "— / 20 亩 / —"),
        ("area", [None, None, None], "rent", "—"),
        ("floor_load", 765, None, "7.5 kN/㎡（0.765 t/㎡）"),
        ("clear_height", 450, None, "4.5 m"),
        ("grade", "A", None, "A 类"),
        ("tenure", "land", None, "拿地"),
        ("titles", ["gazelle", "unicorn"], None, "瞪羚、独角兽"),
        ("platforms", ["baietan", "hailongwei"], None, "白鹅潭商务区、海龙围科创区"),
        ("owner_id", 7, None, "陈思敏"),
        ("owner_id", 99, None, "99"),
        ("segment", 3, None, "体外诊断试剂"),
        ("needed_on", ["2027-03-02", 90], None, "2027-03-02，宽限 90 天"),
        ("needed_on", ["2027-03-02", 0], None, "2027-03-02"),
        ("above_scale_registered", True, None, "是"),
        ("is_listed", False, None, "否"),
        ("contact", ["张**", "138****0000"], None, "张** 138****0000"),
        ("credit", {"1": 60, "2": 40}, None, "招商一科 60%，招商二科 40%"),
        ("due_at", "2026-11-25T06:30:00+00:00", None, "2026-11-25 14:30"),
        ("grade", "Z", None, "Z"),
        ("content", "", None, "—"),
        ("investment", None, None, "—"),
    ],
)
def test_values_are_said_as_people_say_them(word, value, tenure, said):
    assert str(words(word, value, NAMES, tenure)) == said


def test_only_what_differs_is_shown_and_machine_words_are_not():
    found = changes(
        {"grade": "B", "content": "同", "segment": None},
        {"grade": "A", "content": "同", "segment": 3, "fields": ["grade", "segment"], "sha256": "0"},
        NAMES,
    )
    shown = [Change(str(each.field), str(each.before), str(each.after)) for each in found]
    assert shown == [Change("类别", "B 类", "A 类"), Change("产业环节", "—", "体外诊断试剂")]


def test_units_follow_the_tenure_of_their_side():
    before, after = {"tenure": "rent", "area": [None, 1200, None]}, {"tenure": "land", "area": [None, 2000, None]}
    assert tenure_before(before, "land") == "rent"
    found = changes(before, after, NAMES, ("rent", "land"))
    assert (str(found[1].before), str(found[1].after)) == ("— / 1,200 ㎡ / —", "— / 20 亩 / —")
    assert tenure_before({"grade": "A"}, "land") == "land"


def test_a_word_that_nobody_worded_shows_as_itself():
    (change,) = changes(None, {"whatever": "x"}, NAMES)
    assert (change.field, change.before, change.after) == ("whatever", "—", "x")


def test_ids_are_collected_by_kind():
    found = references([{"owner_id": 7, "platforms": ["a", "b"]}, None, {"credit": {"1": 60}, "segment": None}])
    assert found == {"person": {7}, "platform": {"a", "b"}, "section": {1}}
