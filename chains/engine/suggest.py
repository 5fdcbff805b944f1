"""Which segments a text speaks of: a firm's scope of business, a lead's words, a product (issue 4, part 10).

Integers only, so that the same text always gives the same list and every point can be told. A segment is known by its
names, its aliases, its products, its group's name and its GB/T 4754 codes. Three things score:

- **words** of a segment that the text holds whole: the more the rarer their pieces are among all segments;
- **pairs of characters** (bigrams; Latin words whole) that the text shares with them, each once, by rarity;
- the **code**: the class itself, less for its group, little for its division, shared by all segments that carry it.

Rarity is ⌊8·log2(N/n)⌋ + 1 for n of N segments, exactly.
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
#: Weight of a field's pieces when the text holds only pieces of it, and what its whole word adds, in eighths.
_WEIGHT = {"alias": (8, 20), "product": (8, 20), "name": (7, 18), "english": (4, 8), "group": (3, 4)}
#: Points of a code by how many digits agree, divided by the square root of how many segments carry that much.
_CODE = {4: 900, 3: 300, 2: 90}

_RUN = re.compile(r"[a-z0-9]+|[㐀-鿿]+")
#: What every scope of business says, and no segment is known by.
_FORMULAS = re.compile(
    "依法须经批准的项目|经相关部门批准后方可开展经营活动|除依法须经批准的项目外|凭营业执照依法自主开展经营活动|"
    "技术服务、?技术开发、?技术咨询、?技术交流、?技术转让、?技术推广|技术开发|技术咨询|技术转让|技术推广|技术交流|"
    "货物进出口|技术进出口|进出口代理|经营范围|一般项目|许可项目|有限责任公司|股份有限公司|有限公司|分公司|"
    "国内贸易|信息咨询服务|企业管理咨询"
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
    """A segment the text may mean: the words of the text that say so, and the code's digits that agree ("" for none)."""

    chain: str
    segment: str
    score: int
    words: tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class _Term:
    entry: int
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
    #: Whole words (as text without marks) → who is known by it, as what.
    words: Mapping[str, tuple[_Term, ...]]
    #: digits → entries that carry a code beginning so.
    codes: Mapping[str, tuple[int, ...]]
    #: Lengths of whole words, longest first.
    lengths: tuple[int, ...]


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
    weights: list[dict[str, int]] = []
    words: dict[str, dict[tuple[int, str], _Term]] = defaultdict(dict)
    codes: dict[str, set[int]] = defaultdict(set)
    for at, entry in enumerate(ordered):
        held: dict[str, int] = {}
        for kind, word in _fields(entry):
            plain = _plain(word, formulas=False)
            pieces = _pieces(plain)
            for piece in pieces:
                held[piece] = max(held.get(piece, 0), _WEIGHT[kind][0])
            if pieces:
                words[_joined(plain)].setdefault((at, kind), _Term(at, pieces, kind))
        weights.append(held)
        for code in entry.codes:
            for digits in range(2, len(code) + 1):
                codes[code[:digits]].add(at)
    spread = Counter(piece for held in weights for piece in held)
    total = max(1, len(ordered))
    holders: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, held in enumerate(weights):
        for piece, weight in held.items():
            holders[piece].append((at, weight))
    return Index(
        entries=ordered,
        rarity={piece: _rarity(total, count) for piece, count in spread.items()},
        holders={piece: tuple(found) for piece, found in holders.items()},
        words={word: tuple(found.values()) for word, found in words.items()},
        codes={code: tuple(sorted(found)) for code, found in codes.items()},
        lengths=tuple(sorted({len(word) for word in words}, reverse=True)),
    )


def suggest(index: Index, text: str, code: str | None = None, limit: int = 5) -> list[Suggestion]:
    """The segments that a text and a GB/T code speak for most, best first; at most `limit`, none without a reason.

    `code` has two to four digits; anything else is passed over. Ties go by the keys of chain and segment.
    """
    plain = _plain(text[:LONGEST])
    scores: Counter[int] = Counter()
    said: dict[int, dict[str, int]] = defaultdict(dict)
    for piece in dict.fromkeys(_pieces(plain)):
        rarity = index.rarity.get(piece, 0)
        for at, weight in index.holders.get(piece, ()):
            scores[at] += rarity * weight
            said[at][piece] = rarity
    whole: set[int] = set()
    for word, term in _whole_words(index, plain):
        whole.add(term.entry)
        scores[term.entry] += _WEIGHT[term.kind][1] * sum(index.rarity[piece] for piece in term.pieces)
        said[term.entry][word] = 10_000 + len(word)
    matched = _code_points(index, code or "")
    for at, (points, _digits) in matched.items():
        scores[at] += points
    ranked = sorted(
        ((score, at) for at, score in scores.items() if score >= LEAST or at in whole),
        key=lambda pair: (-pair[0], pair[1]),
    )
    return [
        Suggestion(
            index.entries[at].chain,
            index.entries[at].segment,
            score,
            _shown(said.get(at, {})),
            matched[at][1] if at in matched else "",
        )
        for score, at in ranked[:limit]
    ]


def _fields(entry: Entry) -> Iterable[tuple[str, str]]:
    yield "name", entry.name
    yield "english", entry.english
    yield "group", entry.group
    yield from (("alias", word) for word in entry.aliases)
    yield from (("product", word) for word in entry.products)


def _plain(text: str, *, formulas: bool = True) -> str:
    """Half width, lower case, spaces and marks as single spaces; of a text, formulas of business scopes left out."""
    text = unicodedata.normalize("NFKC", text).lower()
    return " ".join(_RUN.findall(_FORMULAS.sub(" ", text) if formulas else text))


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


def _whole_words(index: Index, plain: str) -> Iterable[tuple[str, _Term]]:
    """Every word of a segment that stands in the text, once for each segment and kind; Latin ones as words of their own."""
    text = _joined(plain)
    starts_of_runs = _boundaries(plain)
    seen: set[tuple[str, int, str]] = set()
    for length in index.lengths:
        for start in range(len(text) - length + 1):
            word = text[start : start + length]
            for term in index.words.get(word, ()):
                if (word, term.entry, term.kind) in seen or not _stands_alone(text, starts_of_runs, start, length):
                    continue
                seen.add((word, term.entry, term.kind))
                yield word, term


def _boundaries(plain: str) -> frozenset[int]:
    """Where runs begin in the text without spaces, and its end."""
    places, at = [], 0
    for run in plain.split():
        places.append(at)
        at += len(run)
    return frozenset([*places, at])


def _stands_alone(text: str, boundaries: frozenset[int], start: int, length: int) -> bool:
    """Whether neither end cuts a Latin word in two."""
    end = start + length
    return (not text[start].isascii() or start in boundaries) and (not text[end - 1].isascii() or end in boundaries)


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


def _shown(said: Mapping[str, int]) -> tuple[str, ...]:
    """The words to show, the most telling first: whole words, and pieces that lie in none of them."""
    ordered = sorted(said, key=lambda word: (-said[word], word))
    kept: list[str] = []
    for word in ordered:
        if not any(word in other for other in kept):
            kept.append(word)
    return tuple(kept[:4])
