"""Which files may be handed in: extension and content must agree, and nothing that runs gets through."""

from __future__ import annotations

import io
import zipfile

import pytest

from crm.domain import files
from crm.domain.errors import Invalid

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
PDF = b"%PDF-1.7\n1 0 obj\n"


def packed(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return content.getvalue()


GOOD = {
    "意向书.pdf": PDF,
    "批复.OFD": packed("OFD.xml", "Doc_0/Document.xml"),
    "拜访纪要.docx": packed("[Content_Types].xml", "word/document.xml"),
    "报价.xlsx": packed("[Content_Types].xml", "xl/workbook.xml"),
    "介绍.pptx": packed("[Content_Types].xml", "ppt/presentation.xml"),
    "旧合同.doc": OLE + "WordDocument".encode("utf-16-le"),
    "旧表.xls": OLE + "Workbook".encode("utf-16-le"),
    "金山.et": OLE + "Workbook".encode("utf-16-le"),
    "现场.JPG": b"\xff\xd8\xff\xe0" + b"\0" * 20,
    "图.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 20,
    "图.webp": b"RIFF\x10\0\0\0WEBPVP8 ",
    "IMG_0417.HEIC": b"\0\0\0\x18ftypheic\0\0\0\0",
    "记录.txt": "对方要 4.5 米净高\r\n".encode("gb18030"),
    "名单.csv": "\ufeff企业,面积\n示例,1200\n".encode(),
    "宽.txt": "宽字符".encode("utf-16"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_officers_are_given_is_accepted(name):
    content = io.BytesIO(GOOD[name])
    kind = files.recognise(name, content)
    assert name.lower().endswith(kind.suffix)
    assert content.tell() == 0


BAD = {
    "网页.pdf": b"<html><script>alert(1)</script></html>",
    "藏在前面.pdf": b"<script></script>\n%PDF-1.7",
    "网页.txt": b"\n<!DOCTYPE html><p>",
    "图.txt": b"<svg onload=alert(1)>",
    "程序.txt": b"MZ\x90\0\x03\0\0\0",
    "程序.csv": b"a,b\n\0\0",
    "只是压缩包.docx": packed("readme.txt"),
    "表格改名.docx": packed("[Content_Types].xml", "xl/workbook.xml"),
    "带宏.docx": packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "半个.xlsx": packed("[Content_Types].xml", "xl/workbook.xml")[:60],
    "旧宏.xls": OLE + "Workbook".encode("utf-16-le") + "_VBA_PROJECT".encode("utf-16-le"),
    "安装包.doc": OLE + "Property".encode("utf-16-le"),
    "图.png": b"\xff\xd8\xff\xe0",
    "视频.heic": b"\0\0\0\x18ftypisom\0\0\0\0",
    "声音.webp": b"RIFF\x10\0\0\0WAVEfmt ",
}


@pytest.mark.parametrize("name", BAD)
def test_content_that_is_not_what_the_name_says_is_refused(name):
    with pytest.raises(Invalid) as refused:
        files.recognise(name, io.BytesIO(BAD[name]))
    assert "内容不是" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("合同.pdf.exe", "不收 .exe"),
        ("页.html", "不收 .html"),
        ("图.svg", "不收 .svg"),
        ("全部.zip", "压缩包"),
        ("表.xlsm", "宏"),
        ("没有扩展名", "没有扩展名"),
        ("空.pdf", "空文件"),
        ("夹\u202efdp.exe", "不收 .exe"),
    ],
)
def test_kinds_that_run_or_hide_are_refused_with_a_reason(name, words):
    with pytest.raises(Invalid) as refused:
        files.recognise(name, io.BytesIO(b""))
    assert words in str(refused.value)
    assert refused.value.field == "files"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\桌面\\拜访 纪要.docx", "拜访 纪要.docx"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("报价\u202e单\x00.pdf", "报价单.pdf"),
        ('a<b>:"c|?*.pdf', "a_b___c___.pdf"),
        ("...pdf", "附件.pdf"),
        ("", "附件"),
        ("长" * 300 + ".pdf", "长" * files.NAME_LENGTH + ".pdf"),
    ],
)
def test_names_are_cleaned(given, kept):
    assert files.clean_name(given) == kept


def test_a_text_cut_within_a_character_is_still_text():
    long = ("汉" * 40_000).encode()
    assert files.recognise("长文.txt", io.BytesIO(long)).media_type == "text/plain"
