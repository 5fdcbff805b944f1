"""Words that the product knows: segments of the chains, and platforms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from crm.domain.labels import N_
from crm.domain.paste.model import Candidate, Certainty, Guess, Message, Term
from crm.domain.sentences import sentence

_EITHER = N_("可能是 %(first)s 或 %(second)s，请选")
_BY_NAME = N_("从企业名称看像%(name)s，请核对")
_DENIED = re.compile(r"^[^,，。\n]{0,4}?(?:不要|不考虑|不行|除外|太远|不合适|不去|不想)|^那边不")
_DENIED_BEFORE = re.compile(r"(?:不要|不考虑|不去|除了|除)$")
#: Words of segments that any message may hold without meaning them.
_COMMON = frozenset(["五金", "设计", "真空", "过滤", "除尘", "控制器", "包装盒", "电商平台", "医院", "门店", "商圈", "后勤", "消毒",
                     "质检", "仿真", "户外", "二手", "广告", "外贸", "供应链", "模具", "备件", "睡眠", "急救", "总部", "区域总部", "研发中心", "填料", "辅料", "试剂", "耗材",
                     "实验室", "办公楼", "写字楼", "变压器", "规上工业", "手机", "环评", "展会", "投资", "租赁"])  # fmt: skip
#: Least strength of a guess; below it the field stays empty.
_LEAST = 36
#: Another segment comes near from this share of the best one's strength, in per cent.
_NEAR = 85
#: From this length a word in a firm's name says what it does.
_SURE_IN_NAME = 4


def segments(message: Message, guesses: Iterable[Guess], names: Sequence[tuple[int, int]] = ()) -> Iterator[Candidate]:
    """The segment that the message speaks of most; `guesses` best first, `names` the places of firms' names.

    It is taken only if no other comes near. One that a short word in the firm's name alone says waits for a person: names
    are chosen for their sound, too; one short word anywhere says nothing.
    """
    meant = [(guess, words) for guess in guesses if guess.strength >= _LEAST and (words := _telling(guess))]
    places = [(guess, words, place) for guess, words in meant if (place := _place(message, words, names)) is not None]
    if not places:
        return
    best, words, (start, end, inside) = places[0]
    rivals = [guess for guess, _words, _place in places[1:] if 100 * guess.strength >= _NEAR * best.strength]
    if rivals:
        note = sentence(_EITHER, first=_named(best, rivals[0]), second=_named(rivals[0], best))
        yield Candidate("segment_id", start, end, "", 1, Certainty.CONFIRM, note)
    elif inside and max(map(len, words)) < _SURE_IN_NAME:
        yield Candidate("segment_id", start, end, best.key, 1, Certainty.CONFIRM, sentence(_BY_NAME, name=best.name))
    elif len(words) > 1 or len(words[0]) > 2:
        yield Candidate("segment_id", start, end, best.key)


def _telling(guess: Guess) -> tuple[str, ...]:
    """Its words without those that any message may hold."""
    return tuple(word for word in guess.words if word not in _COMMON)


def _place(message: Message, words: tuple[str, ...], names: Sequence[tuple[int, int]]) -> tuple[int, int, bool] | None:
    """Where the message says one of the words, outside of firms' names if it can be, and whether it could not be."""
    inside = None
    for word in words:
        for found in re.finditer(r"\s*".join(map(re.escape, word)), message.plain):
            if not any(first <= found.start() and found.end() <= last for first, last in names):
                return found.start(), found.end(), False
            inside = inside or (found.start(), found.end(), True)
    return inside


def _named(guess: Guess, other: Guess) -> str:
    return guess.name if guess.name != other.name else f"{guess.name}（{guess.chain}）"


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
