"""Days: when they must move in, when we meet next, when the firm was founded. All from `today`, Asia/Shanghai."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from crm.domain.calendar import months_later
from crm.domain.labels import N_
from crm.domain.leads import FollowUpKind
from crm.domain.paste.model import Candidate, Certainty, Message, Taken
from crm.domain.sentences import Sentence, sentence

_MONTH_END = N_("取月末")
_QUARTER_END = N_("取季末")
_YEAR_END = N_("取年末")
_HALF_END = N_("取上半年末")
_FROM_TODAY = N_("从今天 %(day)s 算")
_ONLY_YEAR = N_("只有年份，须问清日期")
_MONTH_START = N_("只到月，取月初")

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "日": 7, "天": 7}
_HAN = r"[一二两三四五六七八九十]{1,3}"
_YEAR = r"(?P<year>(?:19|20)[0-9]{2} ?(?:年|[-/.](?=[0-9]))|今年|明年|后年)"
_FULL = re.compile(
    rf"(?:{_YEAR})? ?(?P<month>[01]?[0-9]|{_HAN})(?: ?月|[-/.](?=[0-3]?[0-9](?![0-9])))(?P<part>初|中旬?|下旬|底|末)?"
    rf"(?: ?(?P<day>[0-3]?[0-9]|{_HAN})(?: ?[日号]|(?![0-9万亿%㎡平元人个日号])))?"
)
_QUARTER = re.compile(
    r"(?P<year>今年|明年|后年|(?:19|20)[0-9]{2}年?)? ?(?:第?(?P<han>[一二三四1-4])季度?|q(?P<q>[1-4]))"
)
_HALF = re.compile(r"(?P<year>今年|明年|后年|20[0-9]{2}年?)(?P<half>上半年|下半年)")
_END = re.compile(r"(?P<year>今年|明年|后年|20[0-9]{2}年)?(?:年底|年末|底前|底)(?!薪|层|下|商)")
_WITHIN = re.compile(rf"(?P<n>[0-9]{{1,2}}|{_HAN}|半)(?:个)?(?P<unit>月|年|周|星期)(?:之?内|以内)")
_NEXT_MONTH = re.compile(r"(?P<next>下个?月|这个月|本月)(?:底|末)?")
_NEED = re.compile(
    r"到期|进场|进驻|入驻|入场|投产|搬|交付|使用|开业|落地|摘地|要定|定下来|能用|动工|开工|前|最晚|最迟|希望|要用|启用"
)
_NOT_NEED = re.compile(r"成立|注册|创立|收到|据报道|融资|推荐的|上市|营收")

_NEAR = re.compile(
    r"(?P<near>今天|今晚|明天|明早|后天|大后天|(?P<week>下下|下个?|这|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-6]))"
)
_CLOCK = re.compile(
    rf"^ ?(?P<half>早上|上午|中午|下午|傍晚|晚上|晚|早)? ?(?:(?P<hour>[0-2]?[0-9]|{_HAN})(?::(?P<minute>[0-5][0-9])|[点时](?P<thirty>半|[0-5]?[0-9]分?|一刻|三刻)?))?"
)
_HOURS = {"早上": 9, "早": 9, "上午": 10, "中午": 12, "下午": 14, "傍晚": 17, "晚上": 19, "晚": 19}
_MEET = re.compile(r"来访|过来|见|看|到访|拜访|方便|约|碰|聊|开会|考察|走|谈|过去|再联系|回访|跟进|有空")
#: What the meeting is: a walk through the space, or a talk.
_SITE = re.compile(
    r"看(?:一下|一看|看)?(?:场地|厂房|现场|房子|房源|载体|地块|铺位|那[一-鿿]{0,2}[栋层处个])|实地(?:看|考察)|踏勘"
)
_FOUNDED = re.compile(r"成立|创立|注册于|创办")


def days(message: Message, today: date) -> Iterator[Candidate]:
    """All dates of a message, each with what it is for; one without a purpose is left alone."""
    for field, start, end, _unit in message.labelled:
        found = _FULL.match(message.plain, start, end) if field == "founded_on" else None
        if found and (day := _full(found, today, past=True)):
            yield Candidate("founded_on", *found.span(), day.isoformat(), 9)
    used = Taken()
    yield from _meetings(message, today, used)
    yield from _founded(message, today, used)
    yield from _needs(message, today, used)


# ── When we meet ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _meetings(message: Message, today: date, used: Taken) -> Iterator[Candidate]:
    plain = message.plain
    for found in _NEAR.finditer(plain):
        if (
            plain[max(0, found.start() - 1) : found.start()] in ("上", "每", "逢")
            or plain[found.start() - 2 : found.start()] == "上个"
        ):
            continue
        day, clock = _near(found, today), _CLOCK.match(plain[found.end() : found.end() + 12])
        end, at = found.end(), _time(clock, found["near"])
        if clock:
            end += len(clock[0].rstrip())
        before, after = message.before(found.start(), 8), message.after(end, 14)
        if day < today or (not at and not _MEET.search(after + before)) or re.search("已经|刚才?$", before):
            continue
        used.add(found.start(), end)
        note = sentence(_FROM_TODAY, day=f"{today:%m-%d}")
        rank = 3 if _MEET.search(after + before) else 2
        yield Candidate("next_due", found.start(), end, f"{day.isoformat()}T{at or '10:00'}", rank, note=note)
        if site := _SITE.search(plain, end, end + len(message.after(end, 14))):
            yield Candidate("next_kind", *site.span(), FollowUpKind.SITE_VISIT.value, rank)
    for found in _FULL.finditer(plain):
        clock = _CLOCK.match(plain[found.end() : found.end() + 12])
        if not found["day"] or clock is None or not (clock["hour"] or clock["half"]):
            continue
        day = _full(found, today)
        if day is not None and day >= today:
            end = found.end() + len(clock[0].rstrip())
            used.add(found.start(), end)
            yield Candidate("next_due", found.start(), end, f"{day.isoformat()}T{_time(clock, '')}", 3)


def _near(found: re.Match[str], today: date) -> date:
    word = found["near"]
    offset = {"今天": 0, "今晚": 0, "明天": 1, "明早": 1, "后天": 2, "大后天": 3}.get(word)
    if offset is not None:
        return today + timedelta(days=offset)
    weekday = found["weekday"]
    number = int(weekday) if weekday.isdigit() else _DIGITS[weekday]
    weeks = {"下下": 2, "下": 1, "下个": 1}.get(found["week"] or "", 0)
    day = today - timedelta(days=today.weekday()) + timedelta(days=number - 1, weeks=weeks)
    # 「周三」 on a Thursday is the coming one.
    return day + timedelta(weeks=1) if not found["week"] and day < today else day


def _time(clock: re.Match[str] | None, near: str) -> str:
    """The hour that was said; a half of the day stands for a usual hour. Small hours are afternoons."""
    if clock is None or not (clock["half"] or clock["hour"]):
        return {"今晚": "19:00", "明早": "09:00"}.get(near, "")
    half, said = clock["half"] or "", clock["hour"]
    if not said:
        return f"{_HOURS[half]:02d}:00"
    hour = _small(said)
    minute = clock["minute"] or {"半": "30", "一刻": "15", "三刻": "45"}.get(clock["thirty"] or "", "")
    minute = minute or re.sub("分", "", clock["thirty"] or "0")
    if hour < 12 and (half in ("下午", "傍晚", "晚上", "晚") or near == "今晚" or (not half and 1 <= hour <= 6)):
        hour += 12
    return f"{hour:02d}:{int(minute):02d}" if hour < 24 else ""


# ── When it must be ready, when it began ─────────────────────────────────────────────────────────────────────────────


def _founded(message: Message, today: date, used: Taken) -> Iterator[Candidate]:
    for found in re.finditer(r"(?P<year>(?:19|20)[0-9]{2}) ?年(?! ?[01]?[0-9]月)", message.plain):
        if _FOUNDED.match(message.after(found.end(), 4)):
            used.add(*found.span())
            yield Candidate("founded_on", *found.span(), "", 1, Certainty.CONFIRM, sentence(_ONLY_YEAR))
    for found in _FULL.finditer(message.plain):
        before, after = message.before(found.start(), 6), message.after(found.end(), 5)
        if found["year"] and (_FOUNDED.match(after.lstrip("的")) or _FOUNDED.search(before)):
            day = _full(found, today, past=True)
            if day is not None and day <= today:
                used.add(*found.span())
                note = None if found["day"] else sentence(_MONTH_START)
                yield Candidate("founded_on", *found.span(), day.isoformat(), 3, note=note)


def _needs(message: Message, today: date, used: Taken) -> Iterator[Candidate]:
    """A day or the end of a month, quarter, half or year beside a word that says what must be by then."""
    for start, end, day, note in _ends(message.plain, today):
        if day < today or used.meets(start, end):
            continue
        first, last = message.clause(start)
        around = message.plain[first:last] + message.plain[last : last + 8]
        if not _NEED.search(around) or _NOT_NEED.search(message.plain[first:last]):
            continue
        used.add(start, end)
        yield Candidate("needed_on", start, end, day.isoformat(), 2, note=note)


def _ends(plain: str, today: date) -> Iterator[tuple[int, int, date, Sentence | None]]:
    for found in _FULL.finditer(plain):
        if day := _full(found, today):
            yield *found.span(), day, None if found["day"] else sentence(_MONTH_END)
    for found in _QUARTER.finditer(plain):
        quarter = int(found["q"] or "一二三四".find(found["han"]) + 1 or found["han"])
        yield *found.span(), _quarter_end(found["year"], quarter, today), sentence(_QUARTER_END)
    for found in _HALF.finditer(plain):
        year = _year(found["year"], today)
        upper = found["half"] == "上半年"
        yield (
            *found.span(),
            date(year, 6, 30) if upper else date(year, 12, 31),
            sentence(_HALF_END if upper else _YEAR_END),
        )
    for found in _END.finditer(plain):
        if "年" in found[0]:
            yield *found.span(), date(_year(found["year"], today), 12, 31), sentence(_YEAR_END)
    for found in _WITHIN.finditer(plain):
        if found["unit"] == "年":
            months = 6 if found["n"] == "半" else 12 * _small(found["n"])
            day = months_later(today, months)
        elif found["unit"] == "月":
            day = months_later(today, _small(found["n"])) if found["n"] != "半" else today + timedelta(days=15)
        else:
            day = today + timedelta(weeks=_small(found["n"]) if found["n"] != "半" else 1)
        yield *found.span(), day, sentence(_FROM_TODAY, day=f"{today:%m-%d}")
    for found in _NEXT_MONTH.finditer(plain):
        first = months_later(today.replace(day=1), 1 if found["next"].startswith("下") else 0)
        yield *found.span(), _month_end(first.year, first.month), sentence(_MONTH_END)


def _quarter_end(word: str | None, quarter: int, today: date) -> date:
    year = _year(word, today)
    day = _month_end(year, quarter * 3)
    return _month_end(year + 1, quarter * 3) if word is None and day < today else day


def _full(found: re.Match[str], today: date, *, past: bool = False) -> date | None:
    """The day; the last of a month (the first, for what is past) if only that is said. None for no date at all."""
    month = _small(found["month"])
    if not 1 <= month <= 12 or (not found["year"] and "月" not in found[0]):
        return None
    year = _year(found["year"], today)
    if not found["year"] and not past and (year, month) < (today.year, today.month):
        year += 1
    if not found["day"]:
        part = {"初": 10, "中": 20, "中旬": 20}.get(found["part"] or "")
        if past:
            return date(year, month, 1)
        return date(year, month, part) if part else _month_end(year, month)
    try:
        return date(year, month, _small(found["day"]))
    except ValueError:
        return None


def _year(word: str | None, today: date) -> int:
    offset = {"今年": 0, "明年": 1, "后年": 2}.get(word or "今年")
    return int((word or "")[:4]) if offset is None else today.year + offset


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _small(text: str) -> int:
    """A number up to 99 in digits or Chinese: 12, 十二, 二十."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS.get(text, 0)
    return (_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)
