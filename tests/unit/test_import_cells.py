"""Cells as people write them, headers as tables have them (issue part 10)."""

from __future__ import annotations

from datetime import date

import pytest

from crm.domain.errors import Invalid
from crm.domain.importing import cells
from crm.domain.importing.cells import Around, Lookups, Masked
from crm.domain.importing.fields import by_key, fields_of, in_header_words
from crm.domain.importing.headers import find_header, fold, guess, unit_of
from crm.domain.importing.typist import Typist
from crm.domain.imports import ImportKind
from crm.domain.leads import LeadSource
from crm.domain.space import Tenure

LEADS = by_key(ImportKind.LEADS)


def read(key: str, text: str, tenure: str = "", unit: str = "", lookups: Lookups | None = None) -> object:
    return LEADS[key].read(text, key, Around(lookups or Lookups(), tenure, unit))


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("founded_on", "2026-03-01", date(2026, 3, 1)),
        ("founded_on", "2026/3/1", date(2026, 3, 1)),
        ("founded_on", "2026.3.1", date(2026, 3, 1)),
        ("founded_on", "2026年3月1日", date(2026, 3, 1)),
        ("founded_on", "２０２６年３月", date(2026, 3, 1)),
        ("founded_on", "20260301", date(2026, 3, 1)),
        ("founded_on", "46082", date(2026, 3, 1)),
        ("founded_on", "2026-03-01 10:30", date(2026, 3, 1)),
        ("investment", "3000万", 3_000_000_000),
        ("investment", "1.2亿元", 12_000_000_000),
        ("investment", "3000", 3_000_000_000),
        ("investment", "3,000.5", 3_000_500_000),
        ("investment", "1.2E+4", 12_000_000_000),
        ("area_target", "约1200㎡", 1200),
        ("area_target", "１２００平方米", 1200),
        ("phone", "+86 138 0000 0000", "13800000000"),
        ("phone", "13800000000.0", "13800000000"),
        ("phone", "'13800000000", "13800000000"),
        ("phone", "１３８０００００００0", "13800000000"),
        ("phone", "（020）8123 4567", "020-81234567"),
        ("uscc", "'91440101ma59gy3x0f", "91440101MA59GY3X0F"),
        ("source", "展会", LeadSource.EVENT),
        ("source", "phone", LeadSource.PHONE),
        ("tenure", "租赁", Tenure.RENT),
        ("is_listed", "√", True),
        ("is_listed", "否", False),
        ("content", "'x", "'x"),
        ("content", "一\r\n二", "一\n二"),
    ],
)
def test_cells_are_read_as_people_write_them(key, text, value):
    assert read(key, text) == value


def test_the_unit_of_the_header_stands_behind_bare_numbers_only():
    assert read("investment", "1.2", unit="亿元") == 12_000_000_000
    assert read("investment", "3000万元", unit="亿元") == 3_000_000_000
    assert read("area_target", "20", tenure="land") == 2000
    assert read("area_target", "20亩", tenure="land") == 2000


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("phone", "1.38E+10", "科学计数法"),
        ("uscc", "9.14E+17", "科学计数法"),
        ("founded_on", "去年", "2026-03-01"),
        ("founded_on", "2026-02-30", "没有这一天"),
        ("source", "朋友", "可填"),
        ("is_listed", "也许", "「是」或「否」"),
        ("area_target", "20亩", "拿地"),
        ("uscc", "91440101MA59GY3X00", "校验码"),
        ("segment", "没有的环节", "没有「没有的环节」这个环节"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(key, text, words):
    with pytest.raises(Invalid) as caught:
        read(key, text)
    assert words in str(caught.value)


@pytest.mark.parametrize(("key", "text"), [("phone", "138****0000"), ("contact_name", "张**"), ("email", "z***@example.com"), ("phone", "020-****4567")])  # fmt: skip
def test_what_an_export_masked_says_nothing(key, text):
    with pytest.raises(Masked):
        read(key, text)


def test_a_segment_of_two_chains_must_say_which():
    lookups = Lookups(segments={cells.name_key("研发"): (1, 2), cells.name_key("医药/研发"): (1,)})
    assert read("segment", "医药 / 研发", lookups=lookups) == 1
    with pytest.raises(Invalid, match="几条链"):
        read("segment", "研发", lookups=lookups)


def test_a_row_is_typed_with_the_tenure_first_and_errors_beside_their_fields():
    headers = ["面积", "方式", "电话", "总投资（亿元）", "诉求"]
    mapping = {"0": "area_target", "1": "tenure", "2": "phone", "3": "investment", "4": "content"}
    typed = Typist(ImportKind.LEADS, headers, mapping, Lookups()).read(["20亩", "拿地", "1.38E+10", "1.2", "#REF!"])
    assert typed.values == {"area_target": 2000, "tenure": Tenure.LAND, "investment": 12_000_000_000}
    assert set(typed.errors) == {"phone", "content"}
    assert typed.words == {"area_target": "20亩", "investment": "1.2"}


# ── Headers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def found(rows: list[list[str]], merged=(), kind: ImportKind = ImportKind.LEADS) -> dict[str, str]:
    header = find_header(kind, list(enumerate(rows, start=1)), merged)
    assert header is not None
    return {header.texts[at]: key for at, key in guess(header.texts, in_header_words(kind, fold)).items()}


def test_titles_above_the_header_are_passed_over():
    rows = [["荔湾区线索台账"], ["单位：万元", "2026 年"], ["企业全称", "联系电话", "来源"], ["甲", "138", "走访"]]
    assert found(rows) == {"企业全称": "name", "联系电话": "phone", "来源": "source"}


def test_a_title_directly_above_is_no_heading_of_the_first_column():
    assert found([["台账"], ["企业名称", "来源"]]) == {"企业名称": "name", "来源": "source"}


def test_two_rows_of_merged_heads_are_read_together():
    rows = [
        ["企业名称", "联系人", "", "投资情况", ""],
        ["", "姓名", "手机号", "总投资（亿元）", "面积"],
        ["甲", "张", "1", "2", "3"],
    ]
    keys = found(rows, merged=[((0, 1), (0, 2)), ((0, 3), (0, 4))])
    assert list(keys.values()) == ["name", "contact_name", "phone", "investment", "area_target"]


@pytest.mark.parametrize(("header", "unit"), [("总投资（亿元）", "亿元"), ("面积(平方米)", "㎡"), ("电话*（必填）", ""), ("荷载【单位：t/m2】", "t/㎡")])  # fmt: skip
def test_units_stand_in_the_brackets_of_a_header(header, unit):
    assert unit_of(header) == unit


def test_a_table_without_a_known_name_has_no_header():
    assert find_header(ImportKind.LEADS, [(1, ["a", "b"]), (2, ["1", "2"])]) is None


@pytest.mark.parametrize("kind", list(ImportKind))
def test_every_header_of_a_template_is_found_again(kind):
    headers = [each.header + ("*" if each.needed else "") for each in fields_of(kind)]
    assert list(guess(headers, in_header_words(kind, fold)).values()) == [each.key for each in fields_of(kind)]
