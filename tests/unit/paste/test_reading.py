"""Single rules of reading, where a message would hide which one failed; and texts that were made to hurt."""

from __future__ import annotations

import time
from datetime import date

import pytest

from crm.domain.errors import Invalid
from crm.domain.paste import LONGEST, Certainty, Guess, read
from crm.domain.quantities import read_load

MONDAY = date(2026, 11, 23)


def value(text: str, field: str, today: date = MONDAY) -> str | None:
    return read(text, today=today).values.get(field)


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ("明天上午10点见", "2026-11-24T10:00"),
        ("后天下午过去看", "2026-11-25T14:00"),
        ("周三下午三点半来访", "2026-11-25T15:30"),
        ("下周一9:15过来", "2026-11-30T09:15"),
        ("下下周二见", "2026-12-08T10:00"),
        ("今晚再联系", "2026-11-23T19:00"),
        ("12月8日14:30来访", "2026-12-08T14:30"),
        ("周五3点碰一下", "2026-11-27T15:00"),
    ],
)
def test_next_meeting(words: str, due: str) -> None:
    assert value(words, "next_due") == due


def test_a_walk_through_the_space_is_no_call() -> None:
    assert value("下周三下午方便看场地", "next_kind") == "site_visit"
    assert value("明天上午过去看白鹅潭那两栋，之前发场地图", "next_kind") is None
    assert value("看场地的事再说", "next_kind") is None


@pytest.mark.parametrize("words", ["上周三来过", "每周三下午开会", "下午开会", "昨天见了", "2026年10月8日14:30来访过"])
def test_past_and_vague_days_are_no_meeting(words: str) -> None:
    assert value(words, "next_due") is None


def test_weekday_that_has_passed_is_the_coming_one() -> None:
    assert value("周三来访", "next_due", date(2026, 11, 26)) == "2026-12-02T10:00"


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("明年3月租约到期", "2027-03-31"),
        ("年底前进场", "2026-12-31"),
        ("明年年底前投产", "2027-12-31"),
        ("2027年Q2投产", "2027-06-30"),
        ("最晚2027-02-15搬", "2027-02-15"),
        ("半年内要用", "2027-05-23"),
        ("两个月内入驻", "2027-01-23"),
        ("2月份要搬", "2027-02-28"),
    ],
)
def test_when_it_must_be_ready(words: str, day: str) -> None:
    assert value(words, "needed_on") == day


def test_day_that_has_passed_is_not_needed() -> None:
    assert value("2025年3月到期", "needed_on") is None
    assert value("2027年2月30日前搬", "needed_on") is None


@pytest.mark.parametrize(
    ("words", "kilograms"),
    [("荷载1吨", 1000), ("承重750公斤每平米", 750), ("荷载一吨半", 1500), ("楼面荷载7.5kN/㎡", 765), ("0.8t/㎡", 800)],
)
def test_load_is_read_back_as_the_kilograms_that_were_said(words: str, kilograms: int) -> None:
    typed = value(words, "floor_load")
    assert typed is not None
    assert read_load(typed, "floor_load").number == kilograms


def test_storey_height_is_shown_and_never_taken() -> None:
    (span,) = read("层高不低于4.5米", today=MONDAY).found
    assert (span.field, span.value, span.certainty) == ("clear_height", "", Certainty.CONFIRM)
    assert "净高" in str(span.note)


def test_contradiction_shows_both_values() -> None:
    reading = read("租1200平，又说租2000平", today=MONDAY)
    assert [(span.value, span.certainty) for span in reading.of("area_target")] == [
        ("1200", Certainty.CONFIRM),
        ("2000", Certainty.CONFIRM),
    ]
    assert "area_target" not in reading.values
    assert {str(span.note) for span in reading.of("area_target")} == {"前后不一致，须确认"}


def test_correction_takes_back_what_was_said_before() -> None:
    assert value("原说1200平，面积改为1800平，租", "area_target") == "1800"


@pytest.mark.parametrize(
    ("words", "budget"),
    [
        ("租，租金35元/㎡/月", "35"),
        ("租金每平米每月42元", "42"),
        ("租金1.2元/㎡/天", "36"),
        ("租金32以内", "32"),
        ("购，1.5万/平", "15000"),
        ("拿地，80万/亩", "80"),
    ],
)
def test_price_in_the_unit_of_the_tenure(words: str, budget: str) -> None:
    assert value(words, "budget") == budget


@pytest.mark.parametrize(
    "words", ["租，单价1.5万元/平", "购，租金35元/㎡/月", "租，物业费5元/㎡/月", "拿地，亩均投资500万/亩"]
)
def test_price_of_another_kind_is_left_alone(words: str) -> None:
    assert value(words, "budget") is None


def test_our_own_people_are_nobodys_contact() -> None:
    text = "联系人陈思敏，电话13800000000"
    assert value(text, "contact_name") == "陈思敏"
    assert "contact_name" not in read(text, today=MONDAY, known_people=["陈思敏"]).values


def guessed(*guesses: Guess):
    """The segment read from a message, of which the chain maps say this."""
    return lambda _text: guesses


def test_two_segments_with_the_same_words_are_both_named_and_none_taken() -> None:
    names = ("第三方医学检验", "临床医学检验")
    twins = [Guess(str(n), name, "健康", ("医学检验",), 60) for n, name in enumerate(names)]
    (span,) = read("做医学检验的", today=MONDAY, segments=guessed(*twins)).of("segment_id")
    assert (span.text, span.value, span.certainty) == ("医学检验", "", Certainty.CONFIRM)
    assert all(name in str(span.note) for name in names)
    same = [Guess(str(n), "中药饮片", chain, ("中药饮片",), 60) for n, chain in enumerate(("生物医药", "中医药"))]
    (span,) = read("做中药饮片的", today=MONDAY, segments=guessed(*same)).of("segment_id")
    assert "中药饮片（生物医药）" in str(span.note)
    assert "中药饮片（中医药）" in str(span.note)


def test_a_segment_is_taken_where_the_message_says_it_and_no_other_comes_near() -> None:
    first, far = Guess("7", "检验试剂", "医药", ("核酸试剂",), 100), Guess("8", "耗材供应", "健康", ("核酸试剂",), 80)
    (span,) = read("主要做核酸 试剂", today=MONDAY, segments=guessed(first, far)).of("segment_id")
    assert (span.text, span.value, span.certainty) == ("核酸 试剂", "7", Certainty.SURE)


@pytest.mark.parametrize("words", [("核酸",), ("实验室", "办公楼"), ("别处的词",), ()])
def test_one_short_word_or_words_of_any_message_take_no_segment(words: tuple[str, ...]) -> None:
    guess = Guess("7", "检验试剂", "医药", words, 100)
    assert not read("做核酸的，实验室加办公楼", today=MONDAY, segments=guessed(guess)).of("segment_id")


def test_a_weak_guess_is_none() -> None:
    assert not read("做核酸试剂", today=MONDAY, segments=guessed(Guess("7", "检验", "医药", ("核酸试剂",), 20))).of(
        "segment_id"
    )


def test_what_only_the_firms_name_says_waits_for_a_person() -> None:
    text = "单位名称：清源水处理（示例）有限公司，租900平"
    (span,) = read(text, today=MONDAY, segments=guessed(Guess("7", "环保装备", "节能", ("水处理",), 60))).of(
        "segment_id"
    )
    assert (span.value, span.certainty) == ("7", Certainty.CONFIRM)
    assert "从企业名称看像环保装备" in str(span.note)


def test_spans_point_into_the_text_as_pasted() -> None:
    text = "企业：荔川光电（示例）有限公司，面積８００～１０００㎡，租"
    reading = read(text, today=MONDAY)
    assert {span.field: span.text for span in reading.found}["area_min"] == "８００～１０００㎡"
    assert all(reading.text[span.start : span.end] == span.text for span in reading.found)


@pytest.mark.parametrize("text", ["一" * (LONGEST + 1), "租1200平\x00", "租1200平\u202e"])
def test_text_that_cannot_be_kept_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(text, today=MONDAY)
    assert refused.value.field == "pasted"
    assert refused.value.sentence.endswith("。")


@pytest.mark.parametrize(
    "piece", ["约", "1", "一", "1 ", "(", "有限", "联系人", "1200平,", "年底", "1平-", "a@", "> ", "总投资", "\n"]
)
def test_hostile_text_is_read_in_time(piece: str) -> None:
    started = time.process_time()
    read((piece * LONGEST)[:LONGEST].strip(), today=MONDAY)
    assert time.process_time() - started < 3


def test_nothing_is_read_from_nothing() -> None:
    assert read("", today=MONDAY).found == ()
    assert read("  \n ", today=MONDAY).found == ()
