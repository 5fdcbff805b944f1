"""What the floor must bear and offer: load, clear height, power, environmental class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from crm.domain import quantities as q
from crm.domain.labels import N_
from crm.domain.paste.model import Candidate, Certainty, Labelled, Message
from crm.domain.paste.numbers import AROUND, NUMBER, SQUARE, approximate, number_of, plain_number
from crm.domain.sentences import sentence

_STOREY = N_("层高不是净高，须问清")
_KW = N_("kW 不是变压器容量 kVA，须问清")
_NOTHING = N_("没有特别要求")
_LOAD_UNIT = r"(?:吨|t(?![a-z])|公斤|千克|kg|千牛|kn|kpa)"
_LOAD = re.compile(
    rf"(?:荷载|承重|负载|载荷|承载)[^，,。\n0-9一二三四五六七八九十两]{{0,8}}(?P<n>{NUMBER}) ?(?P<unit>{_LOAD_UNIT})?(?P<half>半)?(?: ?(?:/|每) ?{SQUARE})?"
)
_LOAD_ALONE = re.compile(rf"(?P<n>{NUMBER}) ?(?P<unit>{_LOAD_UNIT})(?P<half>半)? ?(?:/|每|一) ?{SQUARE}")
_LOAD_FLOOR = re.compile(
    rf"(?:首层|标准层|[一二三四五]楼|二层|其他层)[^，,。\n0-9]{{0,4}}?(?P<n>{NUMBER}) ?(?P<unit>{_LOAD_UNIT})(?P<half>半)?"
)
_LOAD_NONE = re.compile(r"(?:荷载|承重)(?:方面)?(?:没有?|无)(?:什么|特别|特殊)?要求")
_HEIGHT = re.compile(
    rf"(?P<kind>净高|梁下|层高)[^，,。\n0-9一二三四五六七八九十两净层]{{0,8}}(?P<n>{NUMBER}) ?(?P<unit>米|m(?![a-z0-9])|cm|厘米|公分|mm)(?P<tail>[0-9一二三四五六七八九](?![0-9]))?"
)
_KVA = re.compile(rf"(?P<n>{NUMBER}) ?(?:个)?(?P<unit>kva|千伏安|mva|兆伏安)")
_KVA_BARE = re.compile(
    rf"(?:变压器|用电容量|电力容量|容量)[^，,。\n0-9]{{0,6}}(?P<n>{NUMBER})(?! ?(?:kw|千瓦|kv|度|m|平|㎡|元|万))(?P<unit>)"
)
_KW_SAID = re.compile(rf"(?:功率|用电|电力|负荷|电)?{AROUND} ?(?P<n>{NUMBER}) ?(?:kw(?!h)|千瓦(?!时))")
_ENV = (("report_book", "报告书"), ("report_table", "报告表"), ("registration", "登记表"), ("exempt", "豁免"))
_ENV_NOT = re.compile(r"(?:不用|不需要|不必|无需|不做|不是|可行性|检测|体检|审计|尽调)(?:做|编|要)?$")


def _cells(message: Message, field: str) -> Iterator[tuple[str, Labelled]]:
    """Bare figures behind a heading, whose unit may stand in the heading: 用电负荷（kVA）：315."""
    for cell in message.labelled:
        figure = message.plain[cell.start : cell.end].strip()
        if cell.field == field and re.fullmatch(r"[0-9.,]+", figure):
            yield figure, cell


def loads(message: Message) -> Iterator[Candidate]:
    """kN/㎡, as said or converted from tonnes and kilograms."""
    for found in _LOAD_NONE.finditer(message.plain):
        yield Candidate("floor_load", found.start(), found.end(), "0", note=sentence(_NOTHING))
    for figure, cell in _cells(message, "floor_load"):
        if cell.unit and (kg := number_of(figure + cell.unit, q.read_load)):
            kn = (Decimal(kg) / q.KG_PER_KN).quantize(Decimal("0.0001"))
            yield Candidate("floor_load", cell.start, cell.end, plain_number(kn), rank=9)
    for pattern in (_LOAD, _LOAD_ALONE, _LOAD_FLOOR):
        for found in pattern.finditer(message.plain):
            start, end = message.sentence(found.start())
            if pattern is _LOAD_FLOOR and not re.search("荷载|承重|负载", message.plain[start:end]):
                continue
            unit = (found["unit"] or "").replace("公斤", "kg").replace("千克", "kg").replace("千牛", "kn")
            if (kg := number_of(found["n"] + unit, q.read_load)) is not None:
                kg += 500 if found["half"] and unit in ("吨", "t") else 0  # 一吨半
                # Four decimals: reading the field again must give the very kilograms that were meant.
                kn = (Decimal(kg) / q.KG_PER_KN).quantize(Decimal("0.0001"))
                if unit in ("", "kn", "kpa") and re.fullmatch("[0-9.]+", found["n"]):
                    kn = Decimal(found["n"])
                yield Candidate("floor_load", found.start(), found.end(), plain_number(kn), rank=2)


def heights(message: Message) -> Iterator[Candidate]:
    """The clear height in metres. A storey height is only pointed at (DOMAIN §1)."""
    for figure, cell in _cells(message, "clear_height"):
        if cm := number_of(figure + (cell.unit or "m"), q.read_height):
            yield Candidate("clear_height", cell.start, cell.end, plain_number(Decimal(cm) / 100), rank=9)
    for found in _HEIGHT.finditer(message.plain):
        if found["kind"] == "层高":
            note = sentence(_STOREY)
            yield Candidate("clear_height", found.start(), found.end(), "", 1, Certainty.CONFIRM, note)
            continue
        unit = found["unit"].replace("公分", "厘米")
        tail = found["tail"] or ""
        tail = str("零一二三四五六七八九".find(tail)) if tail in tuple("一二三四五六七八九") else tail
        if tail:
            whole = number_of(found["n"], q.read_people)
            cm = None if whole is None else number_of(f"{whole}.{tail}米", q.read_height)
        else:
            cm = number_of(found["n"] + unit, q.read_height)
        if cm and 150 <= cm <= 5000:
            yield Candidate("clear_height", found.start(), found.end(), plain_number(Decimal(cm) / 100), rank=2)


def powers(message: Message) -> Iterator[Candidate]:
    """Transformer capacity in kVA; kW is another quantity and is only pointed at."""
    for figure, cell in _cells(message, "power"):
        if kva := number_of(figure + (cell.unit or "kva"), q.read_power):
            yield Candidate("power", cell.start, cell.end, plain_number(kva), rank=9)
    for pattern in (_KVA, _KVA_BARE):
        for found in pattern.finditer(message.plain):
            if (kva := number_of(found["n"] + found["unit"], q.read_power)) and kva >= 10:
                note = approximate("", message.after(found.end(), 3))
                yield Candidate(
                    "power", found.start(), found.end(), plain_number(kva), 3 if pattern is _KVA else 2, note=note
                )
    for found in _KW_SAID.finditer(message.plain):
        yield Candidate("power", found.start(), found.end(), "", 1, Certainty.CONFIRM, sentence(_KW))


def env_classes(message: Message) -> Iterator[Candidate]:
    """The class that is named, unless the name is denied or that of another report."""
    for value, word in _ENV:
        for found in re.finditer(word, message.plain):
            before = message.before(found.start(), 8)
            if _ENV_NOT.search(before) or (value == "exempt" and not re.search("环评|环保", before)):
                continue
            yield Candidate("env_class", found.start(), found.end(), value)
