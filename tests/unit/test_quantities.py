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
        (q.read_price, "1.2万/平", 12_000, "12,000 元/㎡"),
        (q.read_price, "9800元/㎡", 9800, "9,800 元/㎡"),
        (q.read_land_price, "80万/亩", 80, "80 万元/亩"),
        (q.read_load, "1吨/平", 1000, "9.81 kN/㎡（1 t/㎡）"),
        (q.read_load, "7.5", 765, "7.5 kN/㎡（0.765 t/㎡）"),
        (q.read_load, "800公斤", 800, "7.85 kN/㎡（0.8 t/㎡）"),
        (q.read_height, "8米", 800, "8 m"),
        (q.read_height, "净高4.5m", 450, "4.5 m"),
        (q.read_height, "450cm", 450, "4.5 m"),
        (q.read_power, "250kVA左右", 250, "250 kVA"),
        (q.read_power, "1MVA", 1000, "1,000 kVA"),
        (q.read_days, "3个月", 90, "90 天"),
        # Compound, Chinese and colloquial numbers.
        (q.read_money, "1亿2千万", 12_000_000_000, "1.2 亿元"),
        (q.read_money, "一千万", 1_000_000_000, "1,000 万元"),
        (q.read_money, "两百万元", 200_000_000, "200 万元"),
        (q.read_money, "一亿二千万", 12_000_000_000, "1.2 亿元"),
        (q.read_money, "1.2w", 1_200_000, "1.2 万元"),
        (q.read_money, "¥500万", 500_000_000, "500 万元"),
        (q.read_money, "人民币 5,000 万元。", 5_000_000_000, "5,000 万元"),
        (q.read_money, "3000多万", 3_000_000_000, "3,000 万元"),
        (q.read_money, "总投资约1800万元", 1_800_000_000, "1,800 万元"),
        (q.read_money, "≥2000万", 2_000_000_000, "2,000 万元"),
        (q.read_money, "0", 0, "0 万元"),
        (q.read_people, "两百来人", 200, "200 人"),
        (q.read_people, "十五个人", 15, "15 人"),
        (q.read_people, "两百零五人", 205, "205 人"),
        (q.read_people, "1200余人", 1200, "1,200 人"),
        (q.read_area, "三千平", 3000, "3,000 ㎡"),
        (q.read_area, "三千五", 3500, "3,500 ㎡"),
        (q.read_area, "一万二千平米", 12_000, "12,000 ㎡"),
        (q.read_area, "1万2平", 12_000, "12,000 ㎡"),
        (q.read_area, "近3000平", 3000, "3,000 ㎡"),
        (q.read_area, "3000多平", 3000, "3,000 ㎡"),
        (q.read_area, "面积：1200㎡。", 1200, "1,200 ㎡"),
        (q.read_area, "1 200 ㎡", 1200, "1,200 ㎡"),
        (q.read_area, "１，２００㎡", 1200, "1,200 ㎡"),
        (q.read_area, "不少于1,200㎡", 1200, "1,200 ㎡"),
        (q.read_rent, "35块一平", 3500, "35 元/㎡/月"),
        (q.read_rent, "35块钱一平一个月", 3500, "35 元/㎡/月"),
        (q.read_rent, "三十五块一平", 3500, "35 元/㎡/月"),
        (q.read_rent, "35元每平每月", 3500, "35 元/㎡/月"),
        (q.read_rent, "35元/平方米·月", 3500, "35 元/㎡/月"),
        (q.read_rent, "￥35/㎡/月", 3500, "35 元/㎡/月"),
        (q.read_rent, "420元/㎡/年", 3500, "35 元/㎡/月"),
        (q.read_rent, "35元/㎡/月以内", 3500, "35 元/㎡/月"),
        (q.read_price, "1.2万元每平", 12_000, "12,000 元/㎡"),
        (q.read_price, "一万二/平", 12_000, "12,000 元/㎡"),
        (q.read_land_price, "800000元/亩", 80, "80 万元/亩"),
        (q.read_land_price, "80", 80, "80 万元/亩"),
        (q.read_load, "一吨/平", 1000, "9.81 kN/㎡（1 t/㎡）"),
        (q.read_load, "1吨一平", 1000, "9.81 kN/㎡（1 t/㎡）"),
        (q.read_load, "7.5千牛", 765, "7.5 kN/㎡（0.765 t/㎡）"),
        (q.read_load, "765kg/㎡", 765, "7.5 kN/㎡（0.765 t/㎡）"),
        (q.read_load, "500千克每平", 500, "4.91 kN/㎡（0.5 t/㎡）"),
        (q.read_height, "4米5", 450, "4.5 m"),
        (q.read_height, "八米", 800, "8 m"),
        (q.read_height, "4500mm", 450, "4.5 m"),
        (q.read_power, "250千伏安", 250, "250 kVA"),
        (q.read_power, "一千千伏安", 1000, "1,000 kVA"),
    ],
)
def test_a_figure_is_read_with_its_unit(read, text, number, words):
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
        (q.read_rent, "5万元/月"),
        (q.read_rent, "12元/月"),
        (q.read_money, "5000万美元"),
        (q.read_money, "1,2"),
        (q.read_money, "12,00"),
        (q.read_money, "999999999999999万亿"),
        (q.read_money, "0.00000001"),
        (q.read_money, "负5万"),
        (q.read_money, "一二三"),
        (q.read_money, "几千万"),
        (q.read_money, "1800万😀"),
        (q.read_area, "1200 1300"),
        (q.read_area, "三千到五千平"),
        (q.read_area, "0.4"),
        (q.read_area, "¥1200"),
        (q.read_area, "٣٠٠"),
        (q.read_people, "1.5"),
        (q.read_height, "3千米"),
        (q.read_land_price, "80元/㎡"),
        (q.read_power, "10kV"),
        (q.read_power, "250度"),
    ],
)
def test_what_is_not_understood_is_refused_at_its_field(read, text):
    with pytest.raises(Invalid) as refused:
        read(text, "somewhere")
    assert refused.value.field == "somewhere"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("7.5吨/平", "是不是 7.5 kN/㎡"),
        ("1kN/㎡", "是不是 1 t/㎡"),
        ("1.2", "是不是 1.2 t/㎡"),
        ("765", "是不是 kg/㎡"),
    ],
)
def test_a_load_that_no_floor_bears_names_the_unit_that_was_probably_meant(text, said):
    with pytest.raises(Invalid, match=said):
        q.read_load(text, "floor_load")


def test_a_power_in_kilowatts_is_refused_by_name():
    with pytest.raises(Invalid, match="有功功率"):
        q.read_power("250kW", "power")


@given(st.integers(1, 9_999), st.sampled_from(["千", "万", "百万", "千万", "亿"]))
def test_a_scale_word_multiplies(number, scale):
    factor = {"千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}[scale]
    assert q.read_money(f"{number}{scale}元", "f").number == number * factor * 100
    assert q.read_area(f"{number:,}", "f").number == number


@given(st.integers(1, 99_999_999))
def test_a_number_spelt_in_chinese_is_read_as_itself(number):
    assert q.read_money(chinese(number) + "元", "f").number == number * 100


def chinese(number: int) -> str:
    """Written out in full, e.g. 12005 → 一万二千零五; the tests' own spelling, apart from the reader's."""
    if number >= 10_000:
        head, rest = divmod(number, 10_000)
        gap = "零" if 0 < rest < 1_000 else ""
        return chinese(head) + "万" + gap + (chinese(rest) if rest else "")
    text, zero = "", False
    for scale, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit:
            text += ("零" if zero and text else "") + "零一二三四五六七八九"[digit] + word
            zero = False
        else:
            zero = bool(text)
    return text


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
