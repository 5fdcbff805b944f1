"""Telephones, addresses and names of people: cleaned when typed, never whole when masked."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import contacts as c
from crm.domain.errors import Invalid
from crm.domain.text import clean_text

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
LANDLINES = st.from_regex(r"(010|02[0-9]|0[3-9][0-9]{2})-[2-9][0-9]{6,7}", fullmatch=True)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800000000", "13800000000"),
        ("138 0000 0000", "13800000000"),
        ("138-0000-0000", "13800000000"),
        ("+86 138 0000 0000", "13800000000"),
        ("(+86)13800000000", "13800000000"),
        ("0086-13800000000", "13800000000"),
        ("8613800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("138\u200b0000\u20600000", "13800000000"),
        ("020-81234567", "020-81234567"),
        ("02081234567", "020-81234567"),
        ("（020）8123 4567", "020-81234567"),
        ("+86 20 8123 4567", "020-81234567"),
        ("0757-8123456", "0757-8123456"),
        ("020-81234567转801", "020-81234567转801"),
        ("020-81234567 ext.801", "020-81234567转801"),
        ("400-123-4567", "4001234567"),
        ("+852 9123 4567", "+85291234567"),
        ("00852-91234567", "+85291234567"),
        ("", ""),
        (None, ""),
        ("  ", ""),
    ],
)
def test_a_number_is_kept_in_one_spelling(written, number):
    assert c.clean_phone(written) == number
    assert c.clean_phone(number) == number


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1380000000", "现在是 10 位"),
        ("138000000000", "现在是 12 位"),
        ("81234567", "带区号"),
        ("12000000000", "读不懂"),
        ("电话", "读不懂"),
        ("138000000OO", "读不懂"),
        ("-1", "手机号应为 11 位"),
        ("138\x0000000000", "控制字符"),
        ("\u202e13800000000", "文字方向"),
        ("1" * 300, "太长"),
        ("٠٢٠81234567", "读不懂"),
    ],
)
def test_what_is_no_number_is_a_sentence(written, said):
    with pytest.raises(Invalid, match=said) as refused:
        c.clean_phone(written, "phone")
    assert refused.value.field == "phone"


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13800000000", "138****0000"),
        ("020-81234567", "020-****4567"),
        ("020-81234567转801", "020-****4567"),
        ("+85291234567", "+85****4567"),
        ("4001234567", "400****4567"),
        ("12345", "****"),
        ("", ""),
    ],
)
def test_a_masked_number_keeps_its_ends(number, masked):
    assert c.mask_phone(number) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三丰", "张**"),
        ("刘备", "刘*"),
        ("欧阳锋", "欧阳*"),
        ("欧阳", "欧*"),
        ("张", "*"),
        ("John Smith", "J**"),
        ("", ""),
        (" 罗小姐 ", "罗**"),
    ],
)
def test_a_masked_name_keeps_the_family_name(name, masked):
    assert c.mask_name(name) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [("zhang@example.com", "z***@example.com"), ("z@example.com", "***@example.com"), ("zhang", "***"), ("", "")],
)
def test_a_masked_address_keeps_the_firm(address, masked):
    assert c.mask_email(address) == masked


def test_addresses_and_names_are_cleaned():
    assert c.clean_email(" Zhang@Example.COM ") == "Zhang@example.com"
    assert c.clean_email("ｚ@example.com") == "z@example.com"
    assert c.clean_email(None) == ""
    assert c.clean_person(" 张  三 ") == "张 三"
    for wrong in (
        "zhang",
        "a@b",
        "a b@example.com",
        "a@b@example.com",
        "<a@example.com>",
        "a@example.com\nBcc: x@example.com",
    ):
        with pytest.raises(Invalid):
            c.clean_email(wrong)
    with pytest.raises(Invalid):
        c.clean_person("张" * 61)


def test_numbers_inside_free_text_are_masked_and_other_figures_stay():
    text = "罗小姐 13800000000，座机 020-81234567 或 +86 138 0000 0001；面积 1200㎡，2026-11-24，信用代码 91110000600037341L"
    masked = c.mask_numbers(text)
    assert "138****0000" in masked
    assert "138****0001" in masked
    assert "****4567" in masked
    assert "81234567" not in masked
    for kept in ("1200㎡", "2026-11-24", "91110000600037341L"):
        assert kept in masked


@given(MOBILES | LANDLINES)
def test_a_masked_number_never_contains_the_whole(number):
    masked = c.mask_phone(c.clean_phone(number))
    digits = re.sub(r"\D", "", number)
    assert digits not in re.sub(r"\D", "", masked)
    assert len(re.sub(r"\D", "", masked)) <= len(digits) - 3
    in_text = c.mask_numbers(f"电话{number}，请回")
    assert digits not in re.sub(r"\D", "", in_text)
    assert in_text.startswith("电话")


@given(st.text(max_size=30))
def test_masking_any_text_shows_at_most_its_ends(text):
    assert len(c.mask_name(text)) <= max(3, len(text.strip()))
    if len(text.strip()) > 1:
        assert text.strip() != c.mask_name(text) or set(text.strip()[1:]) == {"*"}
    shown = c.mask_phone(text)
    assert shown == "" or "****" in shown


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_a_sentence(text):
    try:
        number = c.clean_phone(text)
    except Invalid:
        return
    assert c.clean_phone(number) == number


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (None, ""),
        ("  张三 ", "张三"),
        ("好😀", "好😀"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("一\t二\r\n三", "一 二 三"),
        ("\ufeff名\u200e称", "名称"),
    ],
)
def test_text_is_stripped_and_emoji_stay(written, kept):
    assert clean_text(written, 50, "note") == kept


def test_lines_are_kept_where_lines_are_wanted():
    assert clean_text(" 一\r\n二\r三\t四 ", 50, "note", multiline=True) == "一\n二\n三\t四"


@pytest.mark.parametrize(
    "hostile",
    ["a\x00b", "a\x07b", "a\u202eb", "a\u2066b", "a\ud800b", "a\ufffeb", "a\U0001ffffb", "a\x7fb", "a\x85b", "x" * 51],
)
def test_text_that_would_harm_is_refused_at_its_field(hostile):
    for multiline in (False, True):
        with pytest.raises(Invalid) as refused:
            clean_text(hostile, 50, "note", multiline=multiline)
        assert refused.value.field == "note"


@given(st.text(max_size=60), st.booleans())
def test_cleaning_twice_changes_nothing(text, multiline):
    try:
        once = clean_text(text, 50, "note", multiline=multiline)
    except Invalid:
        return
    assert clean_text(once, 50, "note", multiline=multiline) == once
