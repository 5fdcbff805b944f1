"""Which files may be handed in: judged by extension AND content, never by what the browser says (RELIABILITY §3).

Allowed is what an investment officer is given and what opens without running anything: PDF and OFD, the office
formats of Microsoft and WPS without macros, pictures, plain text and tables. Refused are archives (nobody can say what
is inside), macros, web pages and SVG (they run in a browser), programs, and anything whose content is not what its
name says.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.text import BIDI_CONTROLS, INVISIBLE_MARKS

FIELD = "files"
NAME_LENGTH = 120
#: Default of the setting `files.most_mb`.
MOST_MB = 20
#: How much of a text is read to judge it.
_TEXT_SAMPLE = 64 * 1024
#: Entries of an office file beyond this are no document.
_MOST_ENTRIES = 20_000

_OOXML = "application/vnd.openxmlformats-officedocument."
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is: the suffix under which it is kept and the media type with which it is served."""

    suffix: str
    media_type: str

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")


def recognise(name: str, content: BinaryIO) -> Kind:
    """The kind of a file whose name and content agree; the content is left at its beginning.

    Invalid (field `files`) for an extension that is not allowed, an empty file, or content of another kind.
    """
    suffix = suffix_of(name)
    if suffix not in _KINDS:
        raise _refusal(suffix)
    media_type, fits = _KINDS[suffix]
    content.seek(0)
    is_empty = not content.read(1)
    content.seek(0)
    if is_empty:
        raise Invalid(FIELD, N_("「%(name)s」是空文件。"), name=clean_name(name))
    fitting = fits(content)
    content.seek(0)
    if not fitting:
        sentence = N_("「%(name)s」的内容不是 %(kind)s：可能改过扩展名或已损坏，请用原来的程序另存后再传。")
        raise Invalid(FIELD, sentence, name=clean_name(name), kind=suffix.lstrip(".").upper())
    return Kind(suffix, media_type)


def suffix_of(name: str) -> str:
    """The extension in lower case with its dot, "" without one: only the last one counts (合同.pdf.exe is .exe)."""
    found = re.search(r"\.([A-Za-z0-9]{1,8})\s*$", unicodedata.normalize("NFKC", name or ""))
    return f".{found[1].lower()}" if found else ""


def clean_name(name: str) -> str:
    """The name people gave, fit to be shown and to be saved on any system.

    Folders, control characters and marks that turn the direction of writing go; signs that no file system likes
    become _. A name of which nothing is left is 附件.
    """
    text = unicodedata.normalize("NFC", name or "").replace("\\", "/").rsplit("/", 1)[-1]
    hidden = BIDI_CONTROLS | INVISIBLE_MARKS
    text = "".join(c for c in text if c not in hidden and unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn"))
    text = re.sub(r'[<>:"|?*]', "_", text)
    stem, dot, ending = text.rpartition(".")
    if not dot:
        stem, ending = text, ""
    stem, ending = stem.strip(" ."), ending.strip()
    stem = " ".join(stem.split())[:NAME_LENGTH] or "附件"
    return f"{stem}.{ending[:8]}" if ending else stem


def accepted() -> str:
    """The extensions for the `accept` of a file input."""
    return ",".join(_KINDS)


def _refusal(suffix: str) -> Invalid:
    if suffix in (".zip", ".rar", ".7z", ".gz", ".tar"):
        return Invalid(FIELD, N_("压缩包看不到里面是什么，不收；请解开后逐个上传。"))
    if suffix in (".docm", ".xlsm", ".pptm", ".dotm", ".xltm"):
        return Invalid(FIELD, N_("带宏的文件会运行程序，不收；请另存为不带宏的 docx、xlsx 或 pptx。"))
    if not suffix:
        return Invalid(FIELD, N_("文件名没有扩展名，认不出是什么文件。"))
    return Invalid(
        FIELD,
        N_("不收 %(suffix)s 文件。可以传 PDF、OFD、Word、Excel、PPT、WPS、图片（JPG、PNG、WebP、HEIC）、TXT、CSV。"),
        suffix=suffix,
    )


# ── What the content must be ─────────────────────────────────────────────────────────────────────────────────────────


def _starts(*signatures: bytes) -> Callable[[BinaryIO], bool]:
    def fits(content: BinaryIO) -> bool:
        return content.read(max(map(len, signatures))).startswith(signatures)

    return fits


def _webp(content: BinaryIO) -> bool:
    head = content.read(12)
    return head[:4] == b"RIFF" and head[8:] == b"WEBP"


def _heic(content: BinaryIO) -> bool:
    """An ISO media file whose brand is a still picture of HEIF."""
    head = content.read(12)
    return head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis")


def _ole(stream: str) -> Callable[[BinaryIO], bool]:
    """An old office file: a compound document that names the stream of its program in its directory, without macros."""
    wanted, macros = stream.encode("utf-16-le"), "_VBA_PROJECT".encode("utf-16-le")

    def fits(content: BinaryIO) -> bool:
        if content.read(8) != _OLE_MAGIC:
            return False
        has_stream, tail = False, b""
        while block := content.read(1 << 20):
            window = tail + block
            if macros in window:
                return False
            has_stream = has_stream or wanted in window
            tail = window[-64:]
        return has_stream

    return fits


def _packed(*entries: str) -> Callable[[BinaryIO], bool]:
    """An office file in a zip: the listed entries are there, macros and programs are not. Only its directory is read."""

    def fits(content: BinaryIO) -> bool:
        if content.read(4) != b"PK\x03\x04":
            return False
        try:
            with zipfile.ZipFile(content) as packed:
                names = [info.filename for info in packed.infolist()]
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
            return False
        dangerous = any(name.lower().endswith(("vbaproject.bin", ".exe", ".js", ".vbs")) for name in names)
        return len(names) <= _MOST_ENTRIES and not dangerous and all(entry in names for entry in entries)

    return fits


def _text(content: BinaryIO) -> bool:
    """Readable text in one of the encodings of this country that is no web page or picture in disguise."""
    sample = content.read(_TEXT_SAMPLE)
    text = _decoded(sample)
    if text is None or any(unicodedata.category(c) == "Cc" and c not in "\n\r\t\f" for c in text):
        return False
    return not re.match(r"\s*(?:<\?xml|<!doctype|<html|<head|<body|<script|<svg|<!--|#!|MZ)", text, re.IGNORECASE)


def _decoded(sample: bytes) -> str | None:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _try(sample[: len(sample) // 2 * 2], "utf-16")
    for encoding in ("utf-8-sig", "gb18030"):
        # The sample may end within a character.
        for cut in range(4):
            if (text := _try(sample[: len(sample) - cut], encoding)) is not None:
                return text
    return None


def _try(sample: bytes, encoding: str) -> str | None:
    try:
        return sample.decode(encoding)
    except UnicodeDecodeError:
        return None


_JPEG = ("image/jpeg", _starts(b"\xff\xd8\xff"))
_KINDS: dict[str, tuple[str, Callable[[BinaryIO], bool]]] = {
    ".pdf": ("application/pdf", _starts(b"%PDF-")),
    ".ofd": ("application/ofd", _packed("OFD.xml")),
    ".docx": (_OOXML + "wordprocessingml.document", _packed("[Content_Types].xml", "word/document.xml")),
    ".xlsx": (_OOXML + "spreadsheetml.sheet", _packed("[Content_Types].xml", "xl/workbook.xml")),
    ".pptx": (_OOXML + "presentationml.presentation", _packed("[Content_Types].xml", "ppt/presentation.xml")),
    ".doc": ("application/msword", _ole("WordDocument")),
    ".xls": ("application/vnd.ms-excel", _ole("Workbook")),
    ".ppt": ("application/vnd.ms-powerpoint", _ole("PowerPoint Document")),
    ".wps": ("application/vnd.ms-works", _ole("WordDocument")),
    ".et": ("application/vnd.ms-excel", _ole("Workbook")),
    ".dps": ("application/vnd.ms-powerpoint", _ole("PowerPoint Document")),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".png": ("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    ".webp": ("image/webp", _webp),
    ".heic": ("image/heic", _heic),
    ".txt": ("text/plain", _text),
    ".csv": ("text/csv", _text),
}
