"""Unified social credit codes: what is accepted, and which sentence says what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as gb32100

from crm.domain.enterprises.uscc import is_valid, parse_uscc
from crm.domain.errors import Invalid

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
EXAMPLE = "91110000600037341L"  # the worked example of the package's documentation


def complete(seventeen: str) -> str:
    return seventeen + gb32100.calc_check_digit(seventeen)


@pytest.mark.parametrize(
    "written",
    [
        EXAMPLE,
        "91110000600037341l",
        " 9111 0000 6000 37341L ",
        "91110000-6000-37341L",
        "９１１１００００６０００３７３４１Ｌ",
        "911100006000\u200b37341L",
    ],
)
def test_a_code_is_cleaned_of_what_pasting_adds(written):
    assert parse_uscc(written) == EXAMPLE


def test_a_village_collective_with_letters_in_front_is_accepted_where_the_package_refuses():
    code = complete("N244010300000012X")
    assert not gb32100.is_valid(code)
    assert parse_uscc(code) == code


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "请填写"),
        ("　", "请填写"),
        (EXAMPLE[:-1], "应为 18 位，现在是 17 位"),
        (EXAMPLE + "1", "应为 18 位，现在是 19 位"),
        ("440103000012345", "旧工商注册号"),
        ("9111OOOO600037341L", "第 5 位是字母 O"),
        ("9I110000600037341L", "第 2 位是字母 I"),
        ("91110000600037341Z", "第 18 位是字母 Z"),
        ("S1110000600037341L", "第 1 位是字母 S"),
        ("91110000V00037341L", "第 9 位是字母 V"),
        ("9111000060003734鑫L", "第 17 位「鑫」"),
        ("91110000600037341M", "校验码"),
        ("91110000600037314L", "校验码"),
    ],
)
def test_the_sentence_names_what_is_wrong(written, said):
    with pytest.raises(Invalid) as refused:
        parse_uscc(written, "uscc")
    assert said in str(refused.value)
    assert refused.value.field == "uscc"


def test_the_expected_check_digit_is_never_told():
    with pytest.raises(Invalid) as refused:
        parse_uscc(EXAMPLE[:-1] + "1")
    assert "L" not in str(refused.value)


@pytest.mark.parametrize("hostile", ["9111\x000000600037341L", "\u202e" + EXAMPLE, "9" * 10_000, "😀" * 18])
def test_hostile_text_is_a_sentence(hostile):
    with pytest.raises(Invalid):
        parse_uscc(hostile)


@given(st.text(ALPHABET, min_size=17, max_size=17), st.data())
def test_each_code_with_its_check_digit_is_valid_and_each_single_slip_is_not(seventeen, data):
    code = complete(seventeen)
    assert parse_uscc(code.lower()) == code
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from([c for c in ALPHABET if c != code[place]]))
    assert not is_valid(code[:place] + other + code[place + 1 :])
