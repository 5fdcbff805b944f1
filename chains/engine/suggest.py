"""Which segments a text speaks of: a firm's scope of business, a lead's words, a product (issue 4, part 10).

Integers only, so that the same text always gives the same list and every point can be told. A segment is known by its
names, its aliases, its products, its group's name and its GB/T 4754 codes. Three things score:

- **pieces**: pairs of Chinese characters (Latin words whole) that the text shares with it, each once, by rarity;
- **words**: how much of each of its words the text holds. A whole one counts most; of a part, the square of the share.
  Of words that overlap, what the better one has counted already does not count again;
- the **code**: the class itself, less for its group, little for its division, shared by all segments that carry it.

Rarity is ⌊8·log2(N/n)⌋ + 1 for n of N segments, exactly. A word at the end of its phrase says what is made or done,
one in front of another noun only for what; whom something is done for (给医院…) and where somebody wants to sit (要写字楼)
say little of what they do.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chains.engine.model import Chain

#: Characters of a text that are read; a scope of business has some hundreds.
LONGEST = 4_000
#: Points below which nothing is said without a whole word: one rare pair of characters alone is no reason.
LEAST = 150
#: Weight of a shared piece by the best field that holds it, and of a word, by what it is to the segment.
_PIECE = {"name": 7, "english": 3, "group": 2, "alias": 7, "product": 7}
_WORD = {"name": 34, "english": 16, "group": 6, "alias": 32, "product": 32}
#: How much a word is worth by its pieces, in tenths: long ones say more, but not in proportion.
_LENGTH = (0, 10, 16, 21, 25)
#: A word in front of another noun, or said of a customer, in tenths of a word that stands for itself.
_MODIFIER, _CUSTOMER = 6, 4
#: Marks a whole word among the words to show.
_WHOLE = 1_000_000
#: What has less than this part of the best one's points is not proposed beside it.
_FARTHEST = 6
#: Points of a code by how many digits agree, divided by the square root of how many segments carry that much.
_CODE = {4: 1600, 3: 500, 2: 120}

_RUN = re.compile(r"[a-z0-9]+|[㐀-鿿]+")
#: What every scope of business says, and no segment is known by.
_FORMULAS = re.compile(
    "依法须经批准的项目|经相关部门批准后方可开展经营活动|除依法须经批准的项目外|凭营业执照依法自主开展经营活动|"
    "技术服务、?技术开发、?技术咨询、?技术交流、?技术转让、?技术推广|技术开发|技术咨询|技术转让|技术推广|技术交流|"
    "货物进出口|技术进出口|进出口代理|经营范围|一般项目|许可项目|有限责任公司|股份有限公司|有限公司|分公司|"
    "国内贸易|信息咨询服务|企业管理咨询"
)
#: The room that is wanted: 要写字楼 1000 平, 想找 1500 平左右的厂房.
_ROOM = re.compile(
    r"(?:想|要|需|找|租|求|选|设|建)[^,，。;；\n]{0,16}?(?:写字楼|办公楼|办公室|厂房|仓库|车间|展厅|物业|场地|层高|洁净区|装配区|实验室)"
)
#: Before a word: it names a customer. After a word: it ends there, and is no part of another noun.
_FOR = ("给", "为", "向", "供", "面向", "服务", "服务于")
_ENDS = frozenset("的和及与或等是做从在向为了也都有要想生研制销服加批供设运经出企公厂商总品")
_END_WORDS = (
    "实验室",
    "机构",
    "中心",
    "平台",
    "项目",
    "基地",
    "工作室",
    "工坊",
    "一体化",
    "国产",
    "连锁",
    "档口",
    "团队",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a segment is known by. `chain` and `segment` are keys and come back with each suggestion."""

    chain: str
    segment: str
    name: str
    english: str = ""
    group: str = ""
    aliases: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A segment the text may mean: the words of the text that say so, and the code's digits that agree ("" for none).

    The first `whole` words are words of the segment, the others stretches that it shares. `strength` is the score by the
    rarity of a piece that one segment alone has: it compares between maps of different size.
    """

    chain: str
    segment: str
    score: int
    words: tuple[str, ...] = ()
    code: str = ""
    whole: int = 0
    strength: int = 0


@dataclass(frozen=True, slots=True)
class _Term:
    """A word of a segment: the text without marks or spaces, its pieces, and what it is to the segment."""

    entry: int
    word: str
    pieces: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Index:
    """All segments, ready to be asked; immutable, so that a process builds it once for each state of the maps."""

    entries: tuple[Entry, ...]
    #: Rarity of a piece.
    rarity: Mapping[str, int]
    #: piece → (entry, weight), the best weight of the fields that hold it.
    holders: Mapping[str, tuple[tuple[int, int], ...]]
    terms: tuple[_Term, ...]
    #: piece → terms that hold it, by number.
    spelled: Mapping[str, tuple[int, ...]]
    #: digits → entries that carry a code beginning so.
    codes: Mapping[str, tuple[int, ...]]


def entries_of(chain: Chain) -> tuple[Entry, ...]:
    """The leaves of a chain map as entries."""
    names = {segment.key: segment.name_zh for segment in chain.segments}
    return tuple(
        Entry(
            chain=chain.key,
            segment=leaf.key,
            name=leaf.name_zh,
            english=leaf.name_en,
            group=names.get(leaf.parent or "", ""),
            aliases=leaf.aliases,
            products=leaf.products,
            codes=leaf.gbt,
        )
        for leaf in chain.leaves()
    )


def build(entries: Iterable[Entry]) -> Index:
    """The index over segments, in any order: suggestions do not depend on it."""
    ordered = tuple(sorted(entries, key=lambda entry: (entry.chain, entry.segment)))
    held: dict[str, dict[int, int]] = defaultdict(dict)
    terms: dict[tuple[int, str], _Term] = {}
    codes: dict[str, set[int]] = defaultdict(set)
    for at, entry in enumerate(ordered):
        for kind, word in _fields(entry):
            plain = _plain(word, formulas=False)
            pieces = _pieces(plain)
            for piece in pieces:
                held[piece][at] = max(held[piece].get(at, 0), _PIECE[kind])
            if pieces:
                terms.setdefault((at, _joined(plain)), _Term(at, _joined(plain), pieces, kind))
        for code in entry.codes:
            for digits in range(2, len(code) + 1):
                codes[code[:digits]].add(at)
    spelled: dict[str, list[int]] = defaultdict(list)
    for number, term in enumerate(terms.values()):
        for piece in term.pieces:
            spelled[piece].append(number)
    total = max(1, len(ordered))
    return Index(
        entries=ordered,
        rarity={piece: _rarity(total, len(found)) for piece, found in held.items()},
        holders={piece: tuple(found.items()) for piece, found in held.items()},
        terms=tuple(terms.values()),
        spelled={piece: tuple(found) for piece, found in spelled.items()},
        codes={code: tuple(sorted(found)) for code, found in codes.items()},
    )


def suggest(index: Index, text: str, code: str | None = None, limit: int = 5) -> list[Suggestion]:
    """The segments that a text and a GB/T code speak for, best first; at most `limit`, none without a reason.

    `code` has two to four digits; anything else is passed over. Ties go by the keys of chain and segment.
    """
    plain = _plain(text[:LONGEST])
    pieces = _pieces(plain)
    scores: Counter[int] = Counter()
    said: dict[int, dict[str, int]] = defaultdict(dict)
    for piece in pieces:
        rarity = index.rarity.get(piece, 0)
        for at, weight in index.holders.get(piece, ()):
            scores[at] += rarity * weight
            said[at][piece] = rarity
    whole: set[int] = set()
    for at, word, points, is_whole in _words(index, plain, pieces):
        scores[at] += points
        if is_whole:
            whole.add(at)
            said[at][word] = _WHOLE + points
    matched = _code_points(index, code or "")
    for at, (points, _digits) in matched.items():
        scores[at] += points
    ranked = sorted(
        ((score, at) for at, score in scores.items() if score >= LEAST or at in whole),
        key=lambda pair: (-pair[0], pair[1]),
    )
    ranked = [pair for pair in ranked if pair[0] * _FARTHEST >= ranked[0][0]]
    rarest = _rarity(max(1, len(index.entries)), 1)
    found = []
    for score, at in ranked[:limit]:
        words, known = _shown(said.get(at, {}), plain)
        digits = matched[at][1] if at in matched else ""
        entry = index.entries[at]
        found.append(Suggestion(entry.chain, entry.segment, score, words, digits, known, score // rarest))
    return found


def _fields(entry: Entry) -> Iterable[tuple[str, str]]:
    yield "name", entry.name
    yield "english", entry.english
    yield "group", entry.group
    yield from (("alias", word) for word in entry.aliases)
    yield from (("product", word) for word in entry.products)


def _plain(text: str, *, formulas: bool = True) -> str:
    """Half width, lower case, spaces and marks as single spaces; of a text, formulas and the room wanted left out."""
    text = unicodedata.normalize("NFKC", text).lower()
    if formulas:
        text = _ROOM.sub(" ", _FORMULAS.sub(" ", text))
    return " ".join(_RUN.findall(text))


def _joined(plain: str) -> str:
    """A word as it is looked for: without the spaces that people set between Chinese and Latin or leave out."""
    return plain.replace(" ", "")


def _pieces(plain: str) -> tuple[str, ...]:
    """Pairs of Chinese characters, and Latin words and numbers whole, each once."""
    found: dict[str, None] = {}
    for run in plain.split():
        if run[0].isascii():
            if not run.isdigit() and len(run) > 1:
                found[run] = None
        else:
            found.update(dict.fromkeys(run[at : at + 2] for at in range(len(run) - 1)))
    return tuple(found)


def _words(index: Index, plain: str, pieces: Iterable[str]) -> Iterable[tuple[int, str, int, bool]]:
    """Entry, word, points and whether the text holds it whole, for every word that the text holds half of at least."""
    found = set(pieces)
    touched = Counter(number for piece in found for number in index.spelled.get(piece, ()))
    text, starts = _joined(plain), _boundaries(plain)
    by_entry: dict[int, list[tuple[int, _Term, bool]]] = defaultdict(list)
    for number, count in touched.items():
        term = index.terms[number]
        if 2 * count < len(term.pieces):
            continue
        standing = _standing(text, starts, term.word) if count == len(term.pieces) else 0
        points = _points(index, term, found, standing)
        by_entry[term.entry].append((points, term, standing > 0))
    for at, terms in by_entry.items():
        counted: set[str] = set()
        for points, term, is_whole in sorted(terms, key=lambda each: (-each[0], each[1].word)):
            fresh = sum(piece in found and piece not in counted for piece in term.pieces)
            counted.update(piece for piece in term.pieces if piece in found)
            yield at, term.word, points * fresh // len(term.pieces), is_whole


def _points(index: Index, term: _Term, found: set[str], standing: int) -> int:
    """What a word is worth: its kind, the mean rarity of its pieces, its length, and how it stands or how much is there."""
    size = len(term.pieces)
    shared = sum(piece in found for piece in term.pieces)
    mean = sum(index.rarity[piece] for piece in term.pieces) // size
    whole = _WORD[term.kind] * mean * _LENGTH[min(max(size, 1 + term.word.isascii()), len(_LENGTH) - 1)]
    if standing:
        return whole * standing // 100
    return whole * shared * shared // (size * size * 20)


def _standing(text: str, starts: frozenset[int], word: str) -> int:
    """How the word stands at its best place, in tenths (10: for itself); 0 where the text does not hold it."""
    best, at = 0, text.find(word)
    while at >= 0 and best < 10:
        end = at + len(word)
        if (not word[0].isascii() or at in starts) and (not word[-1].isascii() or end in starts):
            customer = text[:at].endswith(_FOR) and at not in starts
            ends = end in starts or text[end] in _ENDS or text.startswith(_END_WORDS, end)
            best = max(best, _CUSTOMER if customer else 10 if ends else _MODIFIER)
        at = text.find(word, at + 1)
    return best


def _boundaries(plain: str) -> frozenset[int]:
    """Where runs begin in the text without spaces, and its end."""
    places, at = [], 0
    for run in plain.split():
        places.append(at)
        at += len(run)
    return frozenset([*places, at])


def _code_points(index: Index, code: str) -> dict[int, tuple[int, str]]:
    """Points and the digits that agree, for every segment that a code speaks for: the most digits only."""
    points: dict[int, tuple[int, str]] = {}
    if not (code.isascii() and code.isdigit() and 2 <= len(code) <= 4):
        return points
    for digits in range(len(code), 1, -1):
        carriers = index.codes.get(code[:digits], ())
        for at in carriers:
            if at not in points:
                points[at] = (_CODE[digits] * 8 // _root(64 * len(carriers)), code[:digits])
    return points


def _root(number: int) -> int:
    low = 1
    while (low + 1) * (low + 1) <= number:
        low += 1
    return low


def _rarity(total: int, count: int) -> int:
    """⌊8·log2(total/count)⌋ + 1, by integers."""
    return (total**8 // count**8).bit_length()


def _shown(said: Mapping[str, int], plain: str) -> tuple[tuple[str, ...], int]:
    """The words to show, the most telling first: whole words (how many), then what of the text it shares beside them."""
    ordered = sorted((word for word in said if said[word] >= _WHOLE), key=lambda word: (-said[word], word))
    shared = sorted(_stretches(said, plain), key=lambda stretch: (-stretch[1], stretch[0]))
    kept: list[str] = []
    for word in ordered:
        if not any(word in other for other in kept):
            kept.append(word)
    for stretch, _rarity in shared:
        if not any(stretch in other or (other in stretch and len(other) > len(stretch) // 2) for other in kept):
            kept.append(stretch)
    return tuple(kept[:4]), sum(said.get(word, 0) >= _WHOLE for word in kept[:4])


def _stretches(said: Mapping[str, int], plain: str) -> Iterable[tuple[str, int]]:
    """Longest stretches of the text whose every pair of characters is shared, with the greatest rarity in each."""
    for run in plain.split():
        if run[0].isascii():
            if run in said:
                yield run, said[run]
            continue
        start, best = 0, 0
        for at in range(len(run)):
            piece = run[at : at + 2]
            if len(piece) == 2 and piece in said:
                best = max(best, said[piece])
            else:
                if best:
                    yield run[start : at + 1], best
                start, best = at + 1, 0
