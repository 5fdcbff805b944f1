"""How much space, on what terms: tenure and area (m² for floors, 亩 for land)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from crm.domain import quantities as q
from crm.domain.paste.model import Candidate, Message, Taken
from crm.domain.paste.numbers import LOOSE, NUMBER, SQUARE, approximate, number_of, plain_number

_LAND = re.compile(r"拿地|拿[^，,。\n]{0,6}亩|要地|买地|供地|摘地|购地|招拍挂|工业用地|产业用地|自建")
_BUY = re.compile(
    r"(?<![采收代网团选申])(?<!采 )购(?! ?总|物|销|药|汇)(?:置|买|入)?|(?<!不)买(?!卖|单|家)|\bbuy\b|purchase"
)
_RENT = re.compile(
    r"(?<![现原已转月日年])租(?!约|客|户|期|金|售|给|赁期|的地方|在|赁合同)(?:赁|用|下|个)?|出租|承租|求租|\blease\b|\brent\b"
)
#: What only hints at renting: a rent, a price per month.
_RENT_HINT = re.compile(r"租金|月租|/月|每月每平|一平一个月")
#: What they have, not what they want.
_PRESENT = re.compile(
    r"现租|现在租|现有|现址|目前(?:租|在|的)|原来的?|原租|旧厂|老厂|已有|上家|据报道|统计|新建载体|新增|截至|已签约|入驻率"
)
_TOO_SMALL = re.compile(r"^ ?(?:的|已经?)?(?:太小|太大|不够|小了|满了|住满)")
_WANTED = re.compile(r"新址|新的|想要|需要|希望|计划|打算|拟|还要|再租|另外|要租|要买|找|换")
_FIGURE = rf"{NUMBER} ?{LOOSE}"
_RANGE = re.compile(
    rf"(?P<low>{_FIGURE}) ?(?:{SQUARE}|亩)? ?(?:-|–|—|~|至|到) ?(?P<high>{_FIGURE}) ?(?P<unit>{SQUARE}|亩|公顷|方(?!案|式|面|便|向))"
)
_SINGLE = re.compile(rf"(?P<one>{_FIGURE}) ?(?P<unit>{SQUARE}|亩|公顷|方(?!案|式|面|便|向))")
_IN_CELL = re.compile(rf"(?P<low>{NUMBER})(?: ?(?:-|–|—|~|至|到) ?(?P<high>{NUMBER}))?(?P<unit>)$")
#: 六七百平 is said for 600–700.
_SPOKEN = re.compile(
    rf"(?P<first>[一二三四五六七八])(?P<next>[二三四五六七八九])(?P<scale>[百千万]) ?(?P<unit>{SQUARE}|亩)"
)
_BARE_BEST = re.compile(rf"(?P<one>{NUMBER})(?=最好|最合适|最理想)")
_AT_LEAST = re.compile(r"(?:不少于|不低于|不小于|至少|最少|起码|大于|(?<!不)(?<!别)超过|≥|>=?) ?(?:要|有)? ?$")
_AT_MOST = re.compile(r"(?:不超过|不大于|不多于|最多|最大|顶多|别超过|小于|≤|<=?) ?$")
_PRICE_BEFORE = re.compile(r"(?:元|块|块钱|/|每|吨|t|kg|公斤|kn|万|毛)$")
#: No tenant asks for more floor than this: a larger one is news.
_MOST_FLOOR = 300_000
_LEAST_FLOOR = 10


def tenures(message: Message) -> Iterator[Candidate]:
    """Rent, buy or land by their verbs; a rent alone means renting, 亩 alone land."""
    text = message.plain
    for field, start, end, _unit in message.labelled:
        if field == "tenure":
            for value, pattern in (("land", _LAND), ("buy", _BUY), ("rent", _RENT)):
                if pattern.search(text[start:end]):
                    yield Candidate("tenure", start, end, value, rank=9)
                    break
    for found in _LAND.finditer(text):
        yield Candidate("tenure", found.start(), found.end(), "land", rank=4)
    for value, pattern in (("buy", _BUY), ("rent", _RENT)):
        for found in pattern.finditer(text):
            if not _is_present(message, found.start()):
                yield Candidate("tenure", found.start(), found.end(), value, rank=3)
    for found in _RENT_HINT.finditer(text):
        if not _is_present(message, found.start()):
            yield Candidate("tenure", found.start(), found.end(), "rent", rank=1)


def areas(message: Message, tenure: str) -> Iterator[Candidate]:
    """Smallest, target and largest area in the unit of the tenure; what they have now is left alone."""
    land = tenure == "land"
    used = Taken()
    for field, start, end, _unit in message.labelled:
        if field == "area" and (found := _IN_CELL.match(message.plain, start, end)):
            used.add(*found.span())
            yield from _range(found, land) if found["high"] else _one(message, found, "low", land)
    for found in _SPOKEN.finditer(message.plain):
        if _follow(found["first"], found["next"]) and _counts(message, found, land, used):
            used.add(*found.span())
            low, high = (_stored(found[end] + found["scale"], found["unit"], land) for end in ("first", "next"))
            if low and high:
                yield Candidate("area_min", *found.span(), low, rank=2)
                yield Candidate("area_max", *found.span(), high, rank=2)
    for found in _RANGE.finditer(message.plain):
        if _counts(message, found, land, used):
            used.add(*found.span())
            yield from _range(found, land)
    for found in _SINGLE.finditer(message.plain):
        if _counts(message, found, land, used):
            used.add(*found.span())
            yield from _one(message, found, "one", land)
    for found in _BARE_BEST.finditer(message.plain):
        start, end = message.sentence(found.start())
        if used.meets(start, end) and _counts(message, found, land, used, unit=False):
            yield from _one(message, found, "one", land, rank=3)


def _follow(first: str, second: str) -> bool:
    """Whether two Chinese digits are neighbours, as in 六七百."""
    digits = "一二三四五六七八九"
    return digits.index(second) == digits.index(first) + 1


def _counts(message: Message, found: re.Match[str], land: bool, used: Taken, *, unit: bool = True) -> bool:
    if used.meets(*found.span()):
        return False
    if unit and (found["unit"] in ("亩", "公顷")) is not land:
        return False
    if _PRICE_BEFORE.search(message.before(found.start(), 3)) or message.plain[found.end() :].lstrip().startswith(
        "/月"
    ):
        return False
    return not _TOO_SMALL.match(message.after(found.end(), 6)) and not _is_present(message, found.start())


def _is_present(message: Message, at: int) -> bool:
    """Whether the sentence up to here speaks of what they have, and has not turned to what they want."""
    spoken = message.plain[message.sentence(at)[0] : at]
    present = [each.end() for each in _PRESENT.finditer(spoken)]
    return bool(present) and not _WANTED.search(spoken[present[-1] :])


def _stored(text: str, unit: str, land: bool) -> str | None:
    """The area as the field takes it: plain m² or 亩."""
    words = re.sub(r"[来多余几]", "", text).strip() + ("公顷" if unit == "公顷" else "")
    number = number_of(words, lambda typed, field: q.read_area(typed, field, land=land))
    if number is None or (not land and not _LEAST_FLOOR <= number <= _MOST_FLOOR):
        return None
    return plain_number(Decimal(number) / 100 if land else number)


def _range(found: re.Match[str], land: bool) -> Iterator[Candidate]:
    high = _stored(found["high"], found["unit"], land)
    low_text = found["low"]
    if "万" in found["high"] and "万" not in low_text and Decimal(_digits(low_text) or 0) < 100:
        low_text += "万"  # 1-2万平
    low = _stored(low_text, found["unit"], land)
    if low is None or high is None or Decimal(low) > Decimal(high):
        return
    yield Candidate("area_min", found.start(), found.end(), low, rank=2)
    yield Candidate("area_max", found.start(), found.end(), high, rank=2)


def _digits(text: str) -> str:
    return "".join(re.findall(r"[0-9.]", text))


def _one(message: Message, found: re.Match[str], group: str, land: bool, rank: int = 2) -> Iterator[Candidate]:
    value = _stored(found[group], found["unit"] if "unit" in found.groupdict() else "", land)
    if value is None:
        return
    before, after = message.before(found.start(), 8), message.after(found.end(), 4).strip()
    start = found.start()
    if bound := _AT_LEAST.search(before):
        field, start = "area_min", start - len(bound[0])
    elif bound := _AT_MOST.search(before):
        field, start = "area_max", start - len(bound[0])
    elif after.startswith(("以上", "起")):
        field = "area_min"
    elif after.startswith(("以内", "以下", "封顶")):
        field = "area_max"
    else:
        field = "area_target"
        if about := re.search(r"(?:大约|大概|差不多|约)$", before):
            start -= len(about[0])
    # 「面积改为…」 takes back what was said before.
    if re.search(r"改(?:为|成|到)?$", before):
        rank = 8
    yield Candidate(field, start, found.end(), value, rank=rank, note=approximate(found[0] + before[-3:], after))
