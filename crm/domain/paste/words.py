"""Words that the product knows: segments of the chains, and platforms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crm.domain.labels import N_
from crm.domain.paste.model import Candidate, Certainty, Message, Term
from crm.domain.paste.prepare import prepare
from crm.domain.sentences import sentence

_EITHER = N_("可能是 %(first)s 或 %(second)s，请选")
_DENIED = re.compile(r"^[^,，。\n]{0,4}?(?:不要|不考虑|不行|除外|太远|不合适|不去|不想)|^那边不")
_DENIED_BEFORE = re.compile(r"(?:不要|不考虑|不去|除了|除)$")
#: In front of what a firm makes or does.
_DOING = re.compile(r"(?:做|生产|主营|从事|研发|经营|专注|专业|制造|加工|开|是)[一-鿿]{0,4}$")
#: Words of segments that any message may hold without meaning them.
_COMMON = frozenset(["五金", "设计", "真空", "过滤", "除尘", "控制器", "包装盒", "电商平台", "医院", "门店", "商圈", "后勤", "消毒",
                     "质检", "仿真", "户外", "二手", "广告", "外贸", "供应链", "模具", "备件", "睡眠", "急救", "总部", "区域总部", "研发中心", "填料", "辅料", "试剂", "耗材"])  # fmt: skip
#: A shared piece of a name counts from this many characters.
_PIECE = 4
#: Least score of a guess; below it the field stays empty.
_LEAST = 9


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    score: int


def segments(message: Message, terms: Iterable[Term]) -> Iterator[Candidate]:
    """The segment whose words the message holds most of. Two that hold the same words are both named, none is taken."""
    scored = [(hit, term) for term in terms if (hit := _hit(message, term)) is not None and hit.score >= _LEAST]
    if not scored:
        return
    scored.sort(key=lambda pair: -pair[0].score)
    best, term = scored[0]
    rivals = [other for hit, other in scored[1:] if hit.score == best.score and other.name != term.name]
    if rivals:
        note = sentence(_EITHER, first=term.name, second=rivals[0].name)
        yield Candidate("segment_id", best.start, best.end, "", 1, Certainty.CONFIRM, note)
        return
    yield Candidate("segment_id", best.start, best.end, term.key)


def _hit(message: Message, term: Term) -> _Hit | None:
    """Where the message says the term, and how much of it: the longest words count, squared, and add up a little."""
    best: _Hit | None = None
    extra = 0
    for word in {term.name, *term.words}:
        found = _find(message, word, is_name=word == term.name)
        if found is None:
            continue
        extra += 1
        if best is None or found.score > best.score:
            best = found
    return None if best is None else _Hit(best.start, best.end, best.score + min(extra - 1, 3))


def _find(message: Message, word: str, *, is_name: bool) -> _Hit | None:
    plain = prepare(word).plain.replace(" ", "")
    if len(plain) < 2 or plain in _COMMON:
        return None
    at = message.plain.find(plain)
    if at >= 0:
        length = len(plain)
        if plain.isascii():
            alone = not re.search(r"[a-z0-9]$", message.plain[:at]) and not re.match(
                r"[a-z0-9]", message.plain[at + length :]
            )
            return _Hit(at, at + length, length * length + 2) if alone and length >= 3 else None
        bonus = 5 if _DOING.search(message.before(at, 8)) else 0
        return _Hit(at, at + length, length * length + bonus + (2 if is_name else 0))
    if is_name and len(plain) > _PIECE:
        for size in range(len(plain) - 1, _PIECE - 1, -1):
            for start in range(len(plain) - size + 1):
                at = message.plain.find(plain[start : start + size])
                if at >= 0:
                    return _Hit(at, at + size, size * size - 4)
    return None


def platforms(message: Message, terms: Iterable[Term]) -> Iterator[Candidate]:
    """Every platform that is wanted by name; one that is denied is left out."""
    for term in terms:
        for word in sorted({term.name, *term.words}, key=len, reverse=True):
            at = message.plain.find(word)
            if at < 0:
                continue
            end = at + len(word)
            if not _DENIED.match(message.after(end, 10)) and not _DENIED_BEFORE.search(message.before(at, 3)):
                yield Candidate("platforms", at, end, term.key)
            break
