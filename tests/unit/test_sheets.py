"""Every trap of RELIABILITY §3: hostile and broken files get a sentence, quickly, and only a child ever opens them."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
import xlsxwriter

from crm.domain.importing.refusals import sentence_of
from crm.infra import sheets
from crm.infra.sheets import Refusal, Refused
from crm.infra.sheets.text import neutral, plain

TYPES = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"


def refusal(path: Path, **options: float) -> Refused:
    with pytest.raises(Refused) as caught:
        list(sheets.read(path, **options).rows)
    # Each refusal has a sentence, and its values fit in.
    assert sentence_of(caught.value.reason.value, caught.value.params).say()
    return caught.value


def cells(path: Path) -> list[list[str]]:
    return [row.cells for row in sheets.read(path).rows]


def archive(path: Path, sheet: Iterable[bytes], **parts: bytes) -> Path:
    """An xlsx of our own making: `sheet` are the pieces of its only sheet."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr("[Content_Types].xml", TYPES)
        file.writestr("xl/workbook.xml", "<workbook/>")
        for name, content in parts.items():
            file.writestr(name, content)
        with file.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            for piece in sheet:
                member.write(piece)
    return path


def workbook(path: Path, rows: list[list[object]], **options: object) -> Path:
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


# ── Archives ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bomb_of_twelve_megabytes_is_refused_at_once(tmp_path):
    row = b'<row r="1"><c r="A1"><v>1</v></c></row>' * 27_000
    path = archive(tmp_path / "bomb.xlsx", (row for _ in range(2000)))
    assert path.stat().st_size > 12_000_000
    started = time.process_time()
    from crm.infra.sheets import archive as inspected

    with pytest.raises(Refused) as caught:
        inspected.inspect(path)
    assert caught.value.reason is Refusal.BOMB
    assert time.process_time() - started < 0.5
    assert refusal(path).reason is Refusal.BOMB


def test_a_bomb_that_squeezes_little_ends_at_the_limit_of_bytes(tmp_path):
    import random

    noise = random.Random(1)
    pieces = (bytes(noise.choices(b"0123456789abcdef", k=4096)) * 256 for _ in range(220))
    assert refusal(archive(tmp_path / "big.xlsx", pieces)).reason is Refusal.BOMB


def test_sizes_in_the_directory_are_not_believed(tmp_path):
    path = archive(tmp_path / "liar.xlsx", (b" " * (1 << 20) for _ in range(60)))
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = (100).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    assert refusal(path).reason in (Refusal.BOMB, Refusal.BROKEN)


def test_a_declared_dimension_is_not_believed(tmp_path):
    sheet = b'<worksheet><dimension ref="A1:XFD1048576"/><sheetData/></worksheet>'
    path = archive(tmp_path / "small.xlsx", [sheet])
    assert path.stat().st_size < 1700
    assert refusal(path).reason in (Refusal.BROKEN, Refusal.EMPTY, Refusal.NO_SHEET)


def test_real_content_beyond_the_caps_is_refused_and_mere_formats_are_not(tmp_path):
    wide = workbook(tmp_path / "wide.xlsx", [["企业名称"] * 201])
    assert refusal(wide).reason is Refusal.TOO_WIDE
    path = tmp_path / "far.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, colour = book.add_worksheet(), book.add_format({"bg_color": "red"})
        sheet.write(0, 0, "企业名称")
        sheet.write_blank(1_048_575, 16_383, None, colour)
    assert cells(path) == [["企业名称"]]
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write(1_048_575, 0, "甲")
    assert refusal(path).reason is Refusal.TOO_LONG


def test_a_hundred_thousand_columns_are_refused(tmp_path):
    row = (
        b"<worksheet><sheetData><row>" + b'<c r="XFD1" t="n"><v>1</v></c>' * 100_000 + b"</row></sheetData></worksheet>"
    )
    assert refusal(archive(tmp_path / "columns.xlsx", [row])).reason is Refusal.TOO_WIDE
    (tmp_path / "columns.csv").write_text("企业名称" + "," * 100_000 + "末", encoding="utf-8")
    assert refusal(tmp_path / "columns.csv").reason is Refusal.TOO_WIDE


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"])
def test_entities_are_refused_in_every_part(tmp_path, part):
    hostile = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    path = tmp_path / "xxe.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        for name in {"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", part}:
            file.writestr(name, hostile if name == part else TYPES)
    assert refusal(path).reason is Refusal.ENTITIES
    hidden = hostile.decode().encode("utf-16")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", TYPES)
        file.writestr("xl/workbook.xml", hidden)
    assert refusal(path).reason is Refusal.ENTITIES


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Refusal.EMPTY),
        (b"  \r\n ", Refusal.EMPTY),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, Refusal.OLD_XLS),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), Refusal.ENCRYPTED),
        (b"PK\x03\x04 broken", Refusal.BROKEN),
        (b"<html><table><tr><td>a</td></tr></table></html>", Refusal.WEB_PAGE),
        (b"%PDF-1.7 ...", Refusal.NOT_A_TABLE),
        (b"\x89PNG\r\n\x1a\n....", Refusal.NOT_A_TABLE),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, reason):
    path = tmp_path / "file.xlsx"
    path.write_bytes(content)
    assert refusal(path).reason is reason


def test_other_documents_in_an_archive_are_named(tmp_path):
    for name, reason in {
        "content.xml": Refusal.OTHER_OFFICE,
        "word/document.xml": Refusal.OTHER_OFFICE,
        "readme.txt": Refusal.NOT_A_TABLE,
    }.items():
        path = tmp_path / "other.xlsx"
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(name, "x")
        assert refusal(path).reason is reason


def test_a_child_that_takes_too_long_is_stopped(tmp_path):
    path = workbook(tmp_path / "slow.xlsx", [["企业名称"], ["甲"]])
    started = time.monotonic()
    assert refusal(path, wall_seconds=0.01).reason is Refusal.TOO_HEAVY
    assert time.monotonic() - started < 5


def test_a_child_that_needs_too_much_memory_says_nothing_and_we_live(tmp_path, monkeypatch):
    # Sparse on purpose: two cells that span more than the reader may hold, hidden from the search by odd spelling.
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c t="n"\n r = "XFD1048576"><v>1</v></c></row>'
        b"</sheetData></worksheet>"
    )
    source = workbook(tmp_path / "source.xlsx", [["a"]])
    path = tmp_path / "sparse.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
    assert refusal(path).reason in (Refusal.TOO_HEAVY, Refusal.TOO_WIDE, Refusal.TOO_LONG, Refusal.BROKEN)


# ── What cells say ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_numbers_days_truths_and_formula_errors_become_text(tmp_path):
    from datetime import datetime

    path = tmp_path / "cells.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_number(2, 1, 13_800_000_000)
        sheet.write_number(2, 2, 0.1 + 0.2)
        sheet.write_datetime(2, 3, datetime(2026, 3, 1), day)  # noqa: DTZ001 a cell has no zone
        sheet.write_datetime(2, 4, datetime(2026, 3, 1, 10, 30), day)  # noqa: DTZ001
        sheet.write_boolean(2, 5, True)
        sheet.write_formula(2, 6, "=1/0", value="#DIV/0!")
        sheet.write_formula(2, 7, "=1+4", value=5)
        sheet.write_string(2, 8, "'x")
    table = sheets.read(path)
    (row,) = table.rows
    assert row.line == 3
    assert row.cells == ["", "13800000000", "0.3", "2026-03-01", "2026-03-01 10:30", "是", "#DIV/0!", "5", "'x"]


def test_the_first_visible_sheet_with_content_is_read_and_the_others_are_named(tmp_path):
    path = tmp_path / "sheets.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("填写说明").write(0, 0, "先看这里")
        hidden = book.add_worksheet("旧")
        hidden.write(0, 0, "藏")
        hidden.hide()
        book.add_worksheet("空")
        book.add_worksheet("台账").write(0, 0, "企业名称")
        book.add_worksheet("二季度").write(0, 0, "企业名称")
    table = sheets.read(path)
    assert (table.sheet, table.left_out) == ("台账", ["二季度"])
    assert [row.cells for row in table.rows] == [["企业名称"]]


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

TEXT = "企业名称,诉求\n甲公司,想租一层\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_that_people_have_is_read(tmp_path, encoding):
    path = tmp_path / "table.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert cells(path) == [["企业名称", "诉求"], ["甲公司", "想租一层"]]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_every_separator_is_found(tmp_path, sign):
    path = tmp_path / "table.csv"
    path.write_text(sign.join(["企业名称", "诉求"]) + "\n" + sign.join(["甲", '"一,二;三"']) + "\n", encoding="utf-8")
    assert cells(path) == [["企业名称", "诉求"], ["甲", "一,二;三"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_broken_byte_names_its_line(tmp_path, encoding):
    path = tmp_path / "table.csv"
    good = "企业名称,诉求\n".encode(encoding)
    path.write_bytes(good + "甲公司,想租一层厂房\n".encode(encoding.removesuffix("-sig")) + b"\xe4\xb9\xff\xff,x\n")
    found = refusal(path)
    assert (found.reason, found.params) == (Refusal.BAD_BYTE, {"line": 3})


def test_quotes_that_do_not_close_name_their_line(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('企业名称,诉求\n甲,"一"x\n', encoding="utf-8")
    found = refusal(path)
    assert (found.reason, found.params) == (Refusal.BAD_QUOTES, {"line": 2})


def test_lines_are_counted_in_the_file_also_behind_cells_of_several_lines(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('企业名称,诉求\n\n甲,"一\n二"\n乙,三\n', encoding="utf-8")
    assert [(row.line, row.cells[0]) for row in sheets.read(path).rows] == [(1, "企业名称"), (3, "甲"), (5, "乙")]


def test_more_rows_than_allowed_are_refused(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("企业名称\n" + "甲\n" * 50_200, encoding="utf-8")
    assert refusal(path).reason is Refusal.TOO_LONG


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("-5.2", "-5.2"),
        ("+8613800000000", "+8613800000000"),
        ("+86 138-0000-0000", "+86 138-0000-0000"),
        ("'=1", "''=1"),
        ("'x", "'x"),
        ("0012", "0012"),
        ("\t=1", "'\t=1"),
    ],
)
def test_csv_is_neutralised_without_damage(text, written):
    assert neutral(text) == written
    assert plain(written) == text


def test_a_row_of_nothing_but_blanks_is_no_row():
    from crm.infra.sheets.text import rows

    assert list(rows("a,b\n ,\n,\nc\n", ",")) == [(1, ["a", "b"]), (4, ["c"])]
