"""Industry codes: our own table, finding in it, and reading a full table with its faults by line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.enterprises import gbt4754
from crm.domain.errors import Invalid

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "data" / "gbt4754-2017.csv"
HEAD = "code,level,parent,name_zh\n"


def test_all_sections_and_divisions_are_there_and_every_line_hangs_on_one():
    rows = gbt4754.table().values()
    assert sum(row.level == 1 for row in rows) == 20
    assert sum(row.level == 2 for row in rows) == 97
    assert sum(row.level == 4 for row in rows) >= 250
    for row in rows:
        assert row.level == 1 or row.parent in gbt4754.table()
        assert row.name == row.name.strip() != ""
        assert [step.code for step in gbt4754.path_of(row.code)][-1] == row.code


def test_a_code_is_found_and_named_with_what_stands_above_it():
    assert gbt4754.find("2740") is not None
    assert gbt4754.find(None) is gbt4754.find("x") is None
    assert [row.code for row in gbt4754.path_of("2740")] == ["C", "27", "274", "2740"]
    assert gbt4754.section_of("2740") == "C"
    assert gbt4754.section_of("98") is gbt4754.section_of("CC") is None
    # A class outside our table is named by its nearest kin above.
    assert gbt4754.find("2740")
    assert not gbt4754.find("2011")
    assert gbt4754.name_of("2011") == gbt4754.name_of("20")
    assert gbt4754.name_of("99") == ""
    assert {row.code for row in gbt4754.children("27")} >= {"271", "274", "276"}
    assert len(gbt4754.children("")) == 20


@pytest.mark.parametrize(
    ("wider", "code", "covered"),
    [("C", "2740", True), ("27", "2740", True), ("2740", "27", False), ("D", "2740", False), ("26", "2740", False)],
)
def test_a_banned_trade_covers_what_lies_below_it(wider, code, covered):
    assert gbt4754.covers(wider, code) is covered


@pytest.mark.parametrize(
    ("written", "code"), [("２７４０", "2740"), (" c2740 ", "2740"), ("c", "C"), ("27", "27"), ("274", "274")]
)
def test_a_code_is_read_as_people_write_it(written, code):
    assert gbt4754.parse_code(written) == code


@pytest.mark.parametrize("written", ["", "A2740", "U", "2", "27405", "98", "C98", "二七", "27.4", "٢٧٤٠", "2740\x00"])
def test_what_is_no_code_is_refused(written):
    with pytest.raises(Invalid) as refused:
        gbt4754.parse_code(written, "code")
    assert refused.value.field == "code"


def test_words_find_classes_first_and_digits_are_a_prefix():
    assert gbt4754.search("化妆品")[0].code == "2682"
    assert {"5134", "5234"} <= {row.code for row in gbt4754.search("化妆品")}
    assert all(row.code.startswith("27") for row in gbt4754.search("27"))
    assert all(gbt4754.section_of(row.code) == "C" for row in gbt4754.search("C27"))
    assert gbt4754.search("3D 打印")[0].code == "7517"
    assert [row.code for row in gbt4754.search("增材")] == ["3493"]
    assert gbt4754.search("") == gbt4754.search("  ") == gbt4754.search("没有这一行") == ()
    assert len(gbt4754.search("制造", limit=7)) == 7


def test_a_full_table_is_read_in_utf8_with_bom_and_in_gb18030(tmp_path):
    text = HEAD + "C,1,,制造业\n27,2,C,医药制造业\n274,3,27,中成药生产\n2740,4,274,中成药生产\n\n"
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes(text.encode(encoding))
        full = gbt4754.read_full_table(path)
        assert full.errors == ()
        assert [row.code for row in full.industries] == ["C", "27", "274", "2740"]


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("C,1,,制造业\n27,2,C,\n", 3, "名称为空"),
        ("C,1,,制造业\nC,1,,制造业\n", 3, "重复"),
        ("27,2,C,医药制造业\n", 2, "上级"),
        ("C,1,,制造业\n27,2,C,医药制造业\n284,3,27,错\n", 4, "上级"),
        ("C,1,,制造业\n27,2,C\n", 3, "应有 4 列"),
        ("c1,1,,x\n", 2, "不是门类字母"),
        ('C,1,,"制造业\n', 2, "引号"),
        ("C,1,C,制造业\n", 2, "上级"),
        ("", 1, "没有一行"),
    ],
)
def test_a_fault_is_named_with_its_line(body, line, said):
    errors = gbt4754.parse_full_table((HEAD + body).splitlines()).errors
    assert [error.line for error in errors] == [line]
    assert said in str(errors[0])
    assert str(errors[0]).startswith(f"第 {line} 行")


def test_files_that_are_no_table_are_a_sentence(tmp_path):
    broken = tmp_path / "broken.csv"
    broken.write_bytes(HEAD.encode() + b"C,1,,\xff\xff\xff\n")
    assert gbt4754.read_full_table(broken).errors[0].line == 2
    assert "缺少列" in str(gbt4754.parse_full_table(["a,b"]).errors[0])
    assert gbt4754.parse_full_table([]).errors
    long = [HEAD.strip(), *(f"C{n},1,,x" for n in range(6_000))]
    assert "行数太多" in str(gbt4754.parse_full_table(long).errors[-1])


@given(st.lists(st.text(alphabet='C27,"\x00制\n', max_size=12), max_size=6))
def test_any_text_is_read_or_refused(lines):
    full = gbt4754.parse_full_table(lines)
    assert full.errors or full.industries


if REFERENCE.exists():  # the published table lies outside the project; our own is always tested above

    def test_every_line_of_ours_stands_in_the_published_table_and_no_division_is_missing():
        with REFERENCE.open(encoding="utf-8-sig", newline="") as lines:
            published = {row["code"]: (row["parent"], row["name_zh"]) for row in csv.DictReader(lines)}
        ours = {row.code: (row.parent, row.name) for row in gbt4754.table().values()}
        assert ours.items() <= published.items()
        assert {code for code in published if len(code) <= 2} <= ours.keys()

    def test_the_published_table_is_imported_without_a_fault():
        full = gbt4754.read_full_table(REFERENCE)
        assert full.errors == ()
        assert len(full.industries) > 1_900
