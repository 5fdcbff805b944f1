"""Company names: which spellings are the same firm, which only look like it, and how they are typed in pinyin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.enterprises.names import core, normalised, same_name, similarity
from crm.domain.enterprises.pinyin import pinyin_keys, readings, sort_key

PARTS = ["广州", "广州市", "广东省", "（广州）", "(示例)", "（示例）", "集团", "有限公司", "股份有限公司", "（集团）"]
PARTS += [
    "立白",
    "大参林",
    "醫藥",
    "科技",
    "ＴＣＬ",
    "医院",
    " ",
    "（",
    "）",
    "·",
    "Ltd.",
    "Ⅱ",
    "ß",
    "ﬁ",
    "\u200b",
    "İ",
]
NAMES = st.lists(st.sampled_from(PARTS), max_size=7).map("".join) | st.text(max_size=20)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ＴＣＬ科技集团股份有限公司", "TCL科技集团股份有限公司"),
        ("廣州長隆集團有限公司", "广州长隆集团有限公司"),
        ("名创优品（广州）有限责任公司", "名创优品(广州)有限责任公司"),
        ("名创优品【广州】有限公司", "名创优品（广州）有限公司"),
        ("广州市穗岭微流控有限公司", "穗岭微流控股份有限公司"),
        ("广东省广州市穗岭微流控有限公司", "广州穗岭微流控有限公司"),
        ("立白（集团）有限公司", "立白集团"),
        ("广州 立白 企业集团有限公司", "广州立白企业集团有限公司"),
        ("穗岭微流控诊断技术有限公司（示例）", "穗岭微流控诊断技术有限公司"),
        ("Acme Medical Co., Ltd.", "ACME MEDICAL"),
    ],
)
def test_spellings_of_one_name_are_the_same(first, second):
    assert same_name(first, second)
    assert same_name(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("广东省人民医院", "广州市人民医院"),
        ("广州医药集团有限公司", "广东医药有限公司"),
        ("广州银行股份有限公司", "广东银行股份有限公司"),
        ("立白集团有限公司", "立白集团有限公司广州分公司"),
        ("（示例）", "有限公司"),
        ("（示例）有限公司", "有限公司"),
        ("甲（示例）", "乙（示例）"),
        ("广州有限公司", "广东有限公司"),
        ("", ""),
        ("（）", ""),
        ("。", "·"),
    ],
)
def test_names_that_only_share_their_wrapping_stay_apart(first, second):
    assert not same_name(first, second)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("广州立白企业集团有限公司", "立白"),
        ("名创优品（广州）有限责任公司", "名创优品"),
        ("深圳市大翔科技有限公司", "大翔"),
        ("广东省广州市荔湾区穗岭微流控有限公司（示例）", "穗岭微流控"),
        ("广州医药集团有限公司", "广州医药"),
        ("广东省建筑设计研究院", "广东省建筑设计研究院"),
        ("华南基金（有限合伙）", "华南基金"),
        ("科技有限公司", "科技"),
    ],
)
def test_the_core_is_the_distinctive_part(name, expected):
    assert core(name) == expected


def test_likeness_ranks_a_variant_above_a_relative_above_a_stranger():
    wanted = "广州穗岭微流控诊断技术有限公司"
    variant = similarity(wanted, "穗岭微流控诊断科技有限公司")
    relative = similarity(wanted, "荔芯微流控技术有限公司（示例）")
    stranger = similarity(wanted, "立白企业集团有限公司")
    assert variant == 100
    assert 40 < relative < 90
    assert stranger < 20
    assert similarity("", "") == similarity("（）", wanted) == 0


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("大参林医药集团股份有限公司", ["dashenlin", "dacanlin", "dsl", "dcl", "DSL", "da shen"]),
        ("广州长隆集团有限公司", ["changlong", "zhanglong", "cl"]),
        ("重药控股股份有限公司", ["chongyao", "zhongyao", "cy"]),
        ("广州立白企业集团有限公司", ["libai", "lb", "libaiqiye", "lbqy"]),
        ("TCL科技集团股份有限公司", ["tcl"]),
        ("曾氏单行乐器有限公司", ["zengshi", "cengshi"]),
        ("番禺厦门银行", ["panyuxiamenyinhang", "pyxmyh"]),
    ],
)
def test_a_name_is_found_by_each_of_its_readings(name, typed):
    keys = pinyin_keys(name)
    for text in typed:
        assert keys.matches(text), (text, keys)
    assert not keys.matches("")
    assert not keys.matches("xyz")


def test_the_likeliest_reading_sorts():
    assert sort_key("大参林医药集团股份有限公司") == "dashenlinyiyao"
    assert sorted(["重庆", "长隆", "立白"], key=sort_key) == ["长隆", "重庆", "立白"]


def test_names_full_of_ambiguous_letters_keep_a_dozen_readings():
    assert len(readings("长重参行乐曾单解")) == 12


@given(NAMES)
def test_normalising_twice_changes_nothing(name):
    once = normalised(name)
    assert normalised(once) == once


@given(NAMES)
def test_a_name_with_a_letter_never_becomes_empty(name):
    kept = any(character.isalnum() for character in normalised(name))
    assert bool(core(name)) == bool(normalised(name))
    assert kept or not any("\u4e00" <= character <= "\u9fff" for character in name)


@given(NAMES, NAMES)
def test_likeness_is_symmetric_and_a_percentage(first, second):
    assert 0 <= similarity(first, second) == similarity(second, first) <= 100


@given(NAMES)
def test_keys_are_what_a_keyboard_types(name):
    keys = pinyin_keys(name)
    for key in keys.full + keys.initials:
        assert key.isascii()
        assert key.isalnum()
        assert key == key.lower()
