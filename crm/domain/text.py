"""Cleaning of what people type before any rule reads it."""

from __future__ import annotations

import unicodedata

from crm.domain.errors import Invalid
from crm.domain.marking import N_

# Embeddings, overrides and isolates reorder what a reader sees: a name could show as another one.
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Marks that phones and web pages leave behind; invisible and without meaning here, so they are dropped.
INVISIBLE_MARKS = frozenset("\u200e\u200f\u061c\u200b\u2060\ufeff\u00ad")
_DROP_MARKS = {ord(mark): None for mark in INVISIBLE_MARKS}


def reject_unprintable(text: str, field: str, *, multiline: bool = False) -> None:
    """Raise `Invalid` for NUL and other control characters, bidi controls and code points that no database stores."""
    if text.isprintable():
        # Nearly all texts: printable excludes every category that is looked for below.
        return
    for character in text:
        if character in BIDI_CONTROLS:
            raise Invalid(field, N_("含有改变文字方向的隐藏字符，请删去后重新输入。"))
        category = unicodedata.category(character)
        if category == "Cc" and not (multiline and character in "\n\t"):
            raise Invalid(field, N_("含有不可见的控制字符，请删去后重新输入。"))
        if category == "Cs" or (ord(character) & 0xFFFE) == 0xFFFE:
            raise Invalid(field, N_("含有无法保存的字符，请删去后重新输入。"))


def clean_text(value: str | None, max_length: int, field: str, *, multiline: bool = False) -> str:
    """Stripped text of at most `max_length` code points; "" for None or blank.

    Emoji and other 4-byte characters stay. Line ends become "\\n" (only with `multiline`; otherwise a line end or
    tab inside the text becomes a space, as when a name is pasted from a sheet). Raises `Invalid(field)` for NUL,
    control and bidi-control characters and for text that is too long.
    """
    if not value:
        return ""
    text = value.strip()
    if not text.isprintable():
        # Few texts: line ends, invisible marks and everything that is refused are not printable.
        text = text.translate(_DROP_MARKS).replace("\r\n", "\n").replace("\r", "\n")
        if not multiline:
            text = text.replace("\n", " ").replace("\t", " ")
        text = text.strip()
        reject_unprintable(text, field, multiline=multiline)
    if len(text) > max_length:
        raise Invalid(field, N_("太长：最多 %(max)d 个字，现在是 %(length)d 个字。"), max=max_length, length=len(text))
    return text
