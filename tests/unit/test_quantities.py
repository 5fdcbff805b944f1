"""Figures as people write them: what is understood, what is refused, and that writing back changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import quantities as q
from crm.domain.errors import Invalid
from crm.web.leads import readings


@pytest.mark.parametrize(
    ("read", "text", "number", "words"),
    [
        (q.read_money, "1.2亿", 12_000_000_000, "1.2 亿元"),
        (q.read_money, "１．２亿", 12_000_000_000, "1.2 亿元"),
        (q.read_money, "6000", 6_000_000_000, "6,000 万元"),
        (q.read_money, "1800万元", 1_800_000_000, "1,800 万元"),
        (q.read_money, "500000元", 50_000_000, "50 万元"),
        (q.read_money, "3千万", 3_000_000_000, "3,000 万元"),
        (q.read_money, "约 2,000 万 左右", 2_000_000_000, "2,000 万元"),
        (q.read_people, "40来人", 40, "40 人"),
        (q.read_people, "1,200", 1200, "1,200 人"),
        (q.read_area, "约3000㎡", 3000, "3,000 ㎡"),
        (q.read_area, "1200平", 1200, "1,200 ㎡"),
        (q.read_area, "1.2万平方米", 12_000, "12,000 ㎡"),
        (q.read_area, "1200 m2 以上", 1200, "1,200 ㎡"),
        (q.read_rent, "12元/㎡/月", 1200, "12 元/㎡/月"),
        (q.read_rent, "３５元/平/月", 3500, "35 元/㎡/月"),
        (q.read_rent, "45", 4500, "45 元/㎡/月"),
        (q.read_rent, "1.5元/平/天", 4500, "45 元/㎡/月"),
        (q.read_rent, "每月45块每平方米", None, None),
        (q.read_price, "1.2万/平", 12_000, "12,000 元/㎡"),
        (q.read_price, "9800元/㎡", 9800, "9,800 元/㎡"),
        (q.read_land_price, "80万/亩", 80, "80 万元/亩"),
        (q.read_load, "1吨/平", 1000, "9.81 kN/㎡（1 t/㎡）"),
        (q.read_load, "7.5", 765, "7.5 kN/㎡（0.77 t/㎡）"),
        (q.read_load, "800公斤", 800, "7.85 kN/㎡（0.8 t/㎡）"),
        (q.read_height, "8米", 800, "8 m"),
        (q.read_height, "净高4.5m", 450, "4.5 m"),
        (q.read_height, "450cm", 450, "4.5 m"),
        (q.read_power, "250kVA左右", 250, "250 kVA"),
        (q.read_power, "1MVA", 1000, "1,000 kVA"),
        (q.read_days, "3个月", 90, "90 天"),
    ],
)
def test_a_figure_is_read_with_its_unit(read, text, number, words):
    if number is None:
        with pytest.raises(Invalid):
            read(text, "field")
        return
    reading = read(text, "field")
    assert (reading.number, reading.words.say()) == (number, words)


@pytest.mark.parametrize(
    ("text", "number"), [("30亩", 3000), ("20", 2000), ("2公顷", 3000), ("20000㎡", 3000), ("1.5亩", 150)]
)
def test_land_is_read_in_mu(text, number):
    assert q.read_area(text, "area", land=True).number == number


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (q.read_area, "三千"),
        (q.read_area, "1000-1500平"),
        (q.read_area, "1000~1500"),
        (q.read_area, "30亩"),
        (q.read_area, "1200kg"),
        (q.read_area, "-5"),
        (q.read_area, "1e5"),
        (q.read_area, "9" * 20),
        (q.read_area, "12\x00"),
        (q.read_area, "1\u202e2"),
        (q.read_area, "x" * 500),
        (q.read_height, "层高4.5米"),
        (q.read_height, "4.5吨"),
        (q.read_load, "5米"),
        (q.read_money, "5㎡"),
        (q.read_money, "USD 5"),
        (q.read_power, "5kW"),
        (q.read_days, "2年"),
        (q.read_rent, "45元/亩"),
    ],
)
def test_what_is_not_understood_is_refused_at_its_field(read, text):
    with pytest.raises(Invalid) as refused:
        read(text, "somewhere")
    assert refused.value.field == "somewhere"


def test_a_plain_figure_needs_no_explanation_but_a_load_always_says_both_units():
    assert not q.read_area("1,200", "f").differs
    assert q.read_area("约1200", "f").differs
    assert q.read_load("7.5", "f").differs


@given(
    name=st.sampled_from(sorted(readings.READERS)),
    number=st.integers(0, 10**9),
    tenure=st.sampled_from(["", "rent", "buy", "land"]),
)
def test_a_stored_figure_written_into_its_field_is_read_as_the_same(name, number, tenure):
    written = readings.write(name, number, tenure)
    assert readings.READERS[name](written, name, tenure).number == number


@given(text=st.text(max_size=60), name=st.sampled_from(sorted(readings.READERS)))
def test_any_text_is_either_read_or_refused(text, name):
    try:
        reading = readings.READERS[name](text, name, "rent")
    except Invalid:
        return
    assert reading.number >= 0
    assert reading.words.say()
