"""From a pasted text to the form that rules match: same length, so that every find points into what was pasted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from crm.domain.enterprises.names import folded
from crm.domain.paste.model import Labelled, Message

_SPOKEN = {digit: str(value) for value, digit in enumerate("零一二三四五六七八九")} | {"〇": "0", "幺": "1", "两": "2"}
#: Seven spoken digits in a row are a number that was dictated, not a quantity.
_DICTATED = re.compile(f"[{''.join(_SPOKEN)}]{{7,}}")
_QUOTED_LINE = re.compile(r"^[ \t]*[>＞|].*$", re.MULTILINE)
_HISTORY = re.compile(
    r"^[ \t]*(?:-{2,}\s*(?:原始邮件|original message|转发的?邮件|forwarded message).*|"
    r"(?:发件人|from)\s*:.*\n(?:.*\n){0,3}?.*(?:发送时间|日期|收件人|主题|sent|to|date|subject)\s*:.*|"
    r".{0,60}(?:写道|wrote)\s*:\s*)$",
    re.MULTILINE,
)
#: Headings of columns and lines, by field; the first that a heading contains counts.
_HEADINGS: tuple[tuple[str, str], ...] = (
    ("ignored", r"传真|fax|邮编|地址|账号|帐号|卡号|身份证|开户行|业主|房东|竞争对手|对手|现租|现址|目前"),
    ("uscc", r"信用代码|税号|纳税人识别号"),
    ("founded_on", r"成立(?:日期|时间)|注册(?:日期|时间)"),
    ("contact_title", r"职务|职位|岗位"),
    ("email", r"邮箱|电邮|邮件|e-?mail"),
    ("name", r"(?:企业|公司|单位|客户)(?:名称|全称)?$|户名|项目方|投资方|企业名"),
    ("contact_name", r"(?:联系人|联络人|对接人|经办人|负责人|姓名)(?:姓名)?$"),
    ("phone", r"电话|手机|联系方式|tel|mobile"),
    ("employees", r"人数|员工|从业人员"),
    ("revenue", r"营收|营业收入"),
    ("investment", r"总?投资(?:总额|额)?$"),
    ("budget", r"租金|单价|地价|价格"),
    ("tenure", r"^(?:租购)?方式$|载体方式|取得方式"),
    ("area", r"面积$"),
    ("power", r"用电|电力|变压器"),
    ("floor_load", r"荷载|承重"),
    ("clear_height", r"净高"),
)
_COLON = re.compile(r"(?:^|(?<=[\n，,。;；\s】]))([^\s:，,。;\n\t]{1,24}?) ?: *(?=\S)", re.MULTILINE)
_VALUE_ENDS = re.compile(r"[\n\t，,。;]|$")


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """One character for one: what folding makes longer (㎡ → m2) stays."""
    if character.isascii():
        return character.lower()
    short = folded(character)
    return short if len(short) == 1 else character


def prepare(text: str, *, with_history: bool = False) -> Message:
    """The message of a cleaned text; what it quotes of earlier mails is blanked unless `with_history`."""
    plain = "".join(map(_plain, text))
    plain = "".join(" " if unicodedata.category(each) == "Zs" else each for each in plain)
    plain = _DICTATED.sub(lambda found: "".join(_SPOKEN[each] for each in found[0]), plain)
    if with_history:
        return Message(text, plain, tuple(_labelled(plain)))
    plain = _QUOTED_LINE.sub(lambda found: "\x00" * len(found[0]), plain)
    if history := _HISTORY.search(plain):
        # A mail that begins with its own head has no history above it.
        if plain[: history.start()].strip("\x00\n\t "):
            plain = plain[: history.start()] + "\x00" * (len(plain) - history.start())
    return Message(text, plain, tuple(_labelled(plain)))


def heading(text: str) -> tuple[str, str] | None:
    """The field that a heading names, and the unit in its brackets."""
    text, _bracket, unit = text.strip(" *【】[]").partition("(")
    if not text or len(text) > 12:
        return None
    field = next((field for field, words in _HEADINGS if re.search(words, text)), None)
    return (field, unit.rstrip(")")) if field else None


def _labelled(plain: str) -> Iterator[Labelled]:
    """Cells under or behind their headings, and what stands behind 「label：」."""
    rows = _rows(plain)
    for at, row in enumerate(rows):
        heads = [heading(cell) for cell, _start in row]
        following = rows[at + 1] if at + 1 < len(rows) else []
        if len(row) >= 3 and sum(head is not None for head in heads) >= max(2, len(row) // 2):
            for head, (cell, start) in zip(heads, following, strict=False):
                if head and cell.strip():
                    yield Labelled(head[0], start, start + len(cell), head[1])
        elif len(row) == 2 and heads[0] and not heads[1]:
            cell, start = row[1]
            yield Labelled(heads[0][0], start, start + len(cell), heads[0][1])
    for found in _COLON.finditer(plain):
        head, ends = heading(found[1]), _VALUE_ENDS.search(plain, found.end())
        if head and ends:
            yield Labelled(head[0], found.end(), ends.start(), head[1])


def _rows(plain: str) -> list[list[tuple[str, int]]]:
    """Lines with tabs as cells with their places; a line without one is an empty row."""
    rows, at = [], 0
    for line in plain.split("\n"):
        cells, start = [], at
        for cell in line.split("\t") if "\t" in line else ():
            cells.append((cell, start))
            start += len(cell) + 1
        rows.append(cells)
        at += len(line) + 1
    return rows
