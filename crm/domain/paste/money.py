"""Prices, investment, size of the firm: money and people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from crm.domain import quantities as q
from crm.domain.labels import N_
from crm.domain.paste.model import Candidate, Certainty, Labelled, Message
from crm.domain.paste.numbers import AROUND, LOOSE, NUMBER, SQUARE, approximate, number_of, plain_number
from crm.domain.sentences import sentence

_LOOKS_TOTAL = N_("像是总价，不是每平方米的价")
_FOREIGN = N_("外币，须折成人民币")
_YUAN = r"(?:万)?(?:元|块钱|块)"
_PER_M2 = rf"(?:/|每|一|1)? ?{SQUARE}"
_PERIOD = r"(?:(?:/|·|每|一)? ?(?:个)?(?P<period>月|天|日|年))"
_BOUND = r"(?:以内|以下|左右|封顶)?"
_UNIT_PRICE = re.compile(
    rf"(?P<n>{NUMBER}) ?(?:(?P<yuan>{_YUAN}){_BOUND}/? ?{_PER_M2}|(?P<wan>万)?{_BOUND}(?:/|每|一) ?{SQUARE}){_PERIOD}?"
)
_MONTH_FIRST = re.compile(rf"(?P<n>{NUMBER}) ?(?P<yuan>{_YUAN})/(?P<period>月|天|年)[/·]{SQUARE}")
_PER_BEFORE = re.compile(
    r"(?:每|一)(?P<period>月|天|日)(?:每|一)?"
    + SQUARE
    + rf"?{AROUND}$|(?P<day>日)租金?{AROUND}$|每{SQUARE}(?:每|一)(?P<later>月|天){AROUND}$"
)
_PREFIXED = re.compile(
    rf"(?:(?:每|一)(?P<period>月|天)每{SQUARE}|每{SQUARE}(?:每|一)(?P<other>月|天)){AROUND} ?(?P<n>{NUMBER}) ?(?:元|块)"
)
_LAND_PRICE = re.compile(rf"(?P<n>{NUMBER}) ?(?P<yuan>万元|万|元)?(?:/|每|一)亩")
_NOT_LAND_PRICE = re.compile(r"(?:投资|税收|产值|亩均)[^，,]{0,8}$")
_BARE_RENT = re.compile(
    rf"(?:租金|月租)(?:预算)?{AROUND} ?(?P<n>[0-9]+(?:\.[0-9]+)?)(?! ?(?:万|千|百|元/|块/|[0-9.]|月|号|%|％)) ?(?:元|块)?(?! ?/| ?每| ?一)"
)
_TOTAL = re.compile(rf"(?:租金|月租|预算|房租)[^，,。\n0-9]{{0,10}}(?P<n>{NUMBER}) ?(?:元|块)?")
#: Not the price of what they look for.
_OTHER_PRICE = re.compile(r"物业费|管理费|押金|水电|现租|现在|目前|原来|原租|定金|服务费|空调费")
_WANTED = re.compile(r"新址|想要|需要|希望|可以到|能接受|预算|新的")
_MOST_RENT, _LEAST_PRICE = 1_000, 1_000

_MONEY = rf"{NUMBER} ?{LOOSE}(?P<scale>[万亿])?(?P<unit>元|块|美元|美金|港币|港元|欧元|人民币|usd)?"
_INVEST = re.compile(
    rf"(?P<what>(?:一期|二期|首期|前期|设备|固定资产|亩均|注册|已|累计|年)?(?:项目)?(?:计划|预计|拟|总)?(?:总)?投资?(?:额|总额|规模)?|固投|total investment)"
    rf"(?:{AROUND}|[^，,。\n0-9]{{0,3}}?) ?(?P<money>(?P<foreign>usd|hkd|美元|港币)? ?{_MONEY}( ?million)?)"
)
_PART = re.compile(r"一期|二期|首期|前期|设备|固定资产|固投|亩均|注册|已|累计|年投")
_REVENUE = re.compile(rf"(?:营收|营业收入|年收入|销售额|年销售|销售收入){AROUND} ?(?P<money>{_MONEY})")
_FORECAST = re.compile(r"(?:预计|预期|达产|计划|未来|目标|力争)[^，,。]{0,10}$")
_PEOPLE = re.compile(
    rf"(?P<label>员工|从业人员|从业人数|人数|团队|职工|人员)?(?P<about>{AROUND}) ?(?P<n>{NUMBER}) ?(?P<loose>{LOOSE})(?P<hao>号)?(?P<unit>个人|人(?!份|次|民|均|类|天)|名(?:员工|职工))?"
)
_GUESTS = re.compile(r"(?:来|一行|同行|陪同|到访|参观|安排|带|等|派)(?:了|约|共|的)?$")


def budgets(message: Message, tenure: str) -> Iterator[Candidate]:
    """The highest price, in the unit of the tenure. A total is marked: the field wants it by the square metre."""
    if tenure == "land":
        yield from _land_prices(message)
        return
    found_any = False
    for cell in message.labelled:
        if cell.field == "budget" and (value := _cell_price(message, cell, tenure)):
            found_any = True
            yield Candidate("budget", cell.start, cell.end, value, rank=9)
    for pattern in (_PREFIXED, _MONTH_FIRST, _UNIT_PRICE):
        for found in pattern.finditer(message.plain):
            if _other(message, found.start()):
                continue
            value, start = _unit_price(message, found, tenure)
            if value is not None:
                found_any = True
                yield Candidate("budget", start, found.end(), value, rank=3 if pattern is not _UNIT_PRICE else 2)
    if found_any or tenure == "buy":
        return
    for found in _BARE_RENT.finditer(message.plain):
        if not _other(message, found.start()) and 5 <= Decimal(found["n"]) <= 300:
            found_any = True
            yield Candidate("budget", found.start(), found.end(), plain_number(Decimal(found["n"])), rank=1)
    if not found_any:
        for found in _TOTAL.finditer(message.plain):
            if not _other(message, found.start()) and (number_of(found["n"], q.read_people) or 0) >= _MOST_RENT:
                yield Candidate(
                    "budget", found.start(), found.end(), "", certainty=Certainty.CONFIRM, note=sentence(_LOOKS_TOTAL)
                )


def _cell_price(message: Message, cell: Labelled, tenure: str) -> str | None:
    """A bare price whose unit stands in its heading: 可承受租金（元/平方米·月）."""
    figure = message.plain[cell.start : cell.end].strip()
    if not cell.unit or not re.fullmatch(r"[0-9.,]+", figure):
        return None
    if tenure == "buy":
        price = number_of(figure + cell.unit, q.read_price)
        return plain_number(price) if price and price >= _LEAST_PRICE else None
    fen = number_of(figure + cell.unit, q.read_rent)
    return plain_number(Decimal(fen) / 100) if fen and fen <= _MOST_RENT * 100 else None


def _unit_price(message: Message, found: re.Match[str], tenure: str) -> tuple[str | None, int]:
    """The price as the field of the tenure takes it; None for a price that belongs to another tenure."""
    groups = found.groupdict()
    start = found.start()
    period = groups.get("period") or groups.get("other")
    if period is None and (before := _PER_BEFORE.search(message.before(start, 14))):
        period = before["period"] or before["day"] or before["later"]
        start -= len(before[0])
    wan = "万" if "万" in (groups.get("yuan") or groups.get("wan") or "") and "万" not in found["n"] else ""
    figure = found["n"].replace(" ", "") + wan
    if tenure == "buy":
        price = number_of(figure + "元/㎡", q.read_price)
        return (plain_number(price) if price is not None and price >= _LEAST_PRICE and not period else None), start
    unit = {"天": "元/㎡/天", "日": "元/㎡/天", "年": "元/㎡/年"}.get(period or "", "元/㎡/月")
    fen = number_of(figure + unit, q.read_rent)
    if fen is None or not 0 < fen <= _MOST_RENT * 100:
        return None, start
    return plain_number(Decimal(fen) / 100), start


def _land_prices(message: Message) -> Iterator[Candidate]:
    for found in _LAND_PRICE.finditer(message.plain):
        if _NOT_LAND_PRICE.search(message.before(found.start(), 12)):
            continue
        price = number_of(found["n"] + (found["yuan"] or "") + "/亩", q.read_land_price)
        if price:
            yield Candidate("budget", found.start(), found.end(), plain_number(price), rank=2)


def _other(message: Message, at: int) -> bool:
    """Whether the words before speak of another price: a fee, or what they pay now."""
    spoken = message.plain[message.sentence(at)[0] : at + 4]
    others = [each.end() for each in _OTHER_PRICE.finditer(spoken)]
    return bool(others) and not _WANTED.search(spoken[others[-1] :])


def _fen(found: re.Match[str]) -> int | None:
    """Fen of an amount that has a scale or 元; a bare number of a message is nobody's 万元."""
    words = re.sub(r"[来多余几]", "", found["money"])
    if not re.search(r"[万亿w千百]|元|块|[一二三四五六七八九十]", words):
        return None
    return number_of(words, q.read_money)


def _cell_fen(cell: str, unit: str) -> int | None:
    """Fen of a cell, whose unit may stand in its heading: 总投资(亿元). Without any it is 万元."""
    return number_of(cell + unit if re.fullmatch(r"[0-9.,]+", cell) else cell, q.read_money)


def investments(message: Message) -> Iterator[Candidate]:
    """Total investment in 万元. A phase, fixed assets alone, or registered capital are other figures."""
    for field, start, end, unit in message.labelled:
        cell = message.plain[start:end].strip()
        if field == "investment" and (fen := _cell_fen(cell, unit)):
            yield Candidate("investment", start, end, _wan(fen), rank=9)
    for found in _INVEST.finditer(message.plain):
        if _PART.search(found["what"]) or _PART.search(message.before(found.start(), 3)):
            continue
        if not found["what"].strip() or message.before(found.start(), 1) in ("招", "融"):
            continue
        rank = 4 if "总" in found["what"] or "total" in found["what"] else 2
        if found["foreign"] or (found["unit"] or "") not in ("", "元", "块", "人民币"):
            note = sentence(_FOREIGN)
            yield Candidate("investment", *found.span("money"), "", rank, Certainty.CONFIRM, note)
            continue
        if (fen := _fen(found)) and fen >= q.FEN_PER_WAN:
            after = message.after(found.end(), 3)
            yield Candidate(
                "investment", found.start(), found.end(), _wan(fen), rank, note=approximate(found[0], after)
            )


def revenues(message: Message) -> Iterator[Candidate]:
    """Yearly revenue in 万元, not what is hoped for."""
    for field, start, end, unit in message.labelled:
        cell = message.plain[start:end].strip()
        if field == "revenue" and (fen := _cell_fen(cell, unit)):
            yield Candidate("revenue", start, end, _wan(fen), rank=9)
    for found in _REVENUE.finditer(message.plain):
        if not _FORECAST.search(message.before(found.start(), 12)) and (fen := _fen(found)):
            yield Candidate("revenue", found.start(), found.end(), _wan(fen), rank=2)


def _wan(fen: int) -> str:
    return plain_number(Decimal(fen) / q.FEN_PER_WAN)


def employees(message: Message) -> Iterator[Candidate]:
    """How many people the firm has; visitors who are announced are not its staff."""
    for field, start, end, _unit in message.labelled:
        number = number_of(message.plain[start:end].strip(), q.read_people)
        if field == "employees" and number:
            yield Candidate("employees", start, end, plain_number(number), rank=9)
    for found in _PEOPLE.finditer(message.plain):
        if not (found["label"] or found["unit"]):
            continue
        start = found.start() if found["label"] else found.start("n")
        before = message.before(start, 6)
        number = number_of(found["n"], q.read_people)
        if number is None or _GUESTS.search(before) or re.search(r"[万亿]$", found["n"]):
            continue
        after = message.after(found.end(), 1)
        if found["label"] and not found["unit"] and re.match(r"[万亿%倍]", after):
            continue
        if not found["label"] and (
            number < 8 or re.search(r"(?:第|每|新增|招聘|招|解决|带动|容纳|就业|岗位|其中)[^,，。]{0,4}$", before)
        ):
            continue
        note = approximate(found["loose"] + (found["hao"] or "") + found["about"], found["hao"] or "")
        yield Candidate("employees", start, found.end(), plain_number(number), 3 if found["label"] else 2, note=note)
