"""What a record is found by, and what a person's words ask for: the same tokens on both sides (pure).

Chinese has no blanks, so a name is kept as the pairs of its neighbouring characters (大参林 → 大参 参林 林); what is
typed is cut the same way, and a record is found when it has every piece. No scan is needed for two characters, which
is what officers type. A token is ASCII or Chinese text without blanks; its first letter names the kind of record, so
that the parks of a district are not looked for among its leads, and its second the drawer:

- `g`, grams: pairs of Chinese characters, Latin words and numbers, readings in pinyin. The last one typed may be
  unfinished.
- `h`, heads: a whole name or number. Exact and beginning names come first in a list of answers.
- `n`, names of people, in grams: only for readers who may look at contacts, since pages mask them.
- `x`, exact: phone numbers and their last four digits. Never by their beginning, or a masked number could be read off
  digit by digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from crm.domain.enterprises import pinyin
from crm.domain.enterprises.names import core, folded

#: Longer text is no name that anybody looks for.
LONGEST = 80
#: So many pieces find whatever more would find.
MOST_TERMS = 16
HEAD = 60

_RUNS = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")
_LATIN = re.compile(r"[0-9a-z]+")
_NUMBER = re.compile(r"([a-z]{2}-?[0-9]{4})-?([a-z]?[0-9]{3,})")
#: A series and a year: thousands of numbers begin so, and none is meant.
_SERIES = re.compile(r"[a-z]{2}[0-9]{4}")
#: What a phone number is written with; anything else makes it no phone number.
_PHONE = re.compile(r"\+?[0-9][0-9\s\-()（）转]{2,24}")
_PHONE_TAIL = 4
_USCC_TAIL = 6


class SearchKind(StrEnum):
    """Kinds of record that can be looked for; the values are the names of their tables."""

    LEAD = "lead"
    PROJECT = "project"
    ENTERPRISE = "enterprise"
    CONTACT = "contact"
    PARK = "park"
    CHAIN = "chain"
    SEGMENT = "segment"
    POLICY = "policy"


_LETTERS = {
    SearchKind.LEAD: "l",
    SearchKind.PROJECT: "p",
    SearchKind.ENTERPRISE: "e",
    SearchKind.CONTACT: "c",
    SearchKind.PARK: "k",
    SearchKind.CHAIN: "h",
    SearchKind.SEGMENT: "s",
    SearchKind.POLICY: "y",
}
#: Kinds whose entries hold names and numbers of contacts: one section sees them.
_PERSONAL = frozenset({SearchKind.LEAD, SearchKind.CONTACT})


@dataclass(frozen=True, slots=True)
class Term:
    """One of the `tokens` must be there; with `is_prefix`, one that begins so."""

    tokens: tuple[str, ...]
    is_prefix: bool = False


#: All terms of a row must be there; one row of several is enough.
Query = tuple[tuple[Term, ...], ...]


# ── What a record is found by ────────────────────────────────────────────────────────────────────────────────────────


def tokens(
    kind: SearchKind,
    *,
    names: Sequence[str] = (),
    numbers: Iterable[str] = (),
    readings: Iterable[str] | None = None,
    cores: Iterable[str] | None = None,
    uscc: str | None = None,
    people: Sequence[str] = (),
    phones: Iterable[str] = (),
) -> list[str]:
    """The tokens of one record, sorted and without repeats.

    `names` are read in pinyin by every reading that is known and reduced to their core, unless `readings` and `cores`
    are kept with the record: working them out is most of what an import waits for.
    `people` and `phones` are personal: they belong to leads and contacts only, which one section sees.
    """
    kept = tuple(readings or ())
    found = set(_named_tokens(tuple(names), None if cores is None else tuple(cores), kept))
    for number in numbers:
        found |= _number_tokens(number)
    for person in people:
        found |= {f"n{key}" for key in _person_keys(person)}
    if uscc:
        code = uscc.lower()
        found |= {f"g{code}", f"h{code}", f"g{code[-_USCC_TAIL:]}"}
    for phone in phones:
        found |= {f"x{each}" for each in _phone_keys(phone)}
    letter = _LETTERS[kind]
    return sorted(letter + token for token in found)


@lru_cache(maxsize=4096)
def _named_tokens(names: tuple[str, ...], cores: tuple[str, ...] | None, readings: tuple[str, ...]) -> frozenset[str]:
    """What the names alone are found by: the same for a firm, its leads and its projects, which are kept one after the other."""
    found = {f"g{gram}" for name in names for gram in _name_grams(name)}
    whole = [*names, *(map(core, names) if cores is None else cores)]
    found |= {f"h{head[:HEAD]}" for name in whole if (head := _squeezed(folded(name)))}
    for reading in readings or (key for name in names for key in _readings(name)):
        found |= {f"g{reading}", f"g{reading[0]}"}
    return frozenset(found)


@lru_cache(maxsize=8192)
def _name_grams(name: str) -> frozenset[str]:
    text = folded(name)[: LONGEST * 2]
    # Brackets come and go: 海龙围（科创）区 is found by 围科 too.
    pieces = [*_RUNS.findall(text), *_RUNS.findall(_squeezed(text))]
    return frozenset(gram for piece in pieces for gram in _grams(piece))


@lru_cache(maxsize=8192)
def _person_keys(name: str) -> frozenset[str]:
    """Grams and pinyin of a person's name, which is no firm's: nothing is taken off it."""
    spoken = [[syllable for syllable in reading if syllable] for reading in pinyin.readings(_squeezed(folded(name)))]
    full = {"".join(syllables) for syllables in spoken if syllables}
    initials = {"".join(syllable[0] for syllable in syllables) for syllables in spoken if syllables}
    return _name_grams(name) | full | initials


def _readings(name: str) -> tuple[str, ...]:
    keys = pinyin.pinyin_keys(name)
    return keys.full + keys.initials


def _grams(run: str) -> list[str]:
    """A Latin run as it is; Chinese as pairs, and its last character alone: a single one is looked for as a beginning."""
    if _LATIN.fullmatch(run):
        return [run]
    return [run[at : at + 2] for at in range(len(run))]


def _number_tokens(number: str) -> set[str]:
    """XS-2026-0417 whole, its year XS-2026, and 0417."""
    text = folded(number)
    whole = _squeezed(text)
    found = {f"g{whole}", f"h{whole}"}
    if counted := _NUMBER.fullmatch(text):
        series, count = counted[1], counted[2]
        found |= {f"g{_squeezed(series)}", f"g{count}", f"h{count}", f"g{count.lstrip('0') or '0'}"}
    return found


def _phone_keys(phone: str) -> set[str]:
    digits = "".join(c for c in phone.partition("转")[0] if c.isdigit())
    return {digits, digits[-_PHONE_TAIL:]} if len(digits) >= _PHONE_TAIL else set()


def _squeezed(text: str) -> str:
    """Letters and digits only."""
    return "".join(_RUNS.findall(text))


# ── What a person's words ask for ────────────────────────────────────────────────────────────────────────────────────


def asked(kind: SearchKind, text: str, *, people: bool = True) -> Query:
    """What finds the records of a kind for what was typed; () when nothing that could be found was typed.

    Words between blanks must all be there, in any order. A text of digits may be a number, a code or a phone.
    Without `people`, names and numbers of contacts find nothing.
    """
    typed = folded(text)[:LONGEST].strip()
    letter = _LETTERS[kind]
    people = people and kind in _PERSONAL
    drawers = [f"{letter}g", f"{letter}n"] if people else [f"{letter}g"]
    rows: list[tuple[tuple[str, bool], ...]] = []
    words = _RUNS.findall(typed)
    whole = "".join(words)
    if words and not _NUMBER.match(whole):
        rows.append(_words(words))
    # da shen lin, XS-2026-0417: what was typed in pieces is one token.
    if whole and _LATIN.fullmatch(whole) and (len(words) > 1 or not rows):
        rows.append((_latin(whole),))
    found = [
        tuple(Term(tuple(drawer + gram for drawer in drawers), is_prefix) for gram, is_prefix in row) for row in rows
    ]
    if people and (phone := _asked_phone(typed)):
        found.append((Term((f"{letter}x{phone}",)),))
    return tuple(found)


def _words(words: list[str]) -> tuple[tuple[str, bool], ...]:
    """Grams of the words, each with whether it may be unfinished."""
    found: dict[tuple[str, bool], None] = {}
    for word in words:
        if _LATIN.fullmatch(word):
            found[_latin(word)] = None
        elif len(word) == 1:
            found[word, True] = None
        else:
            found.update(((word[at : at + 2], False), None) for at in range(len(word) - 1))
    return tuple(found)[:MOST_TERMS]


def _latin(word: str) -> tuple[str, bool]:
    """A word that may be unfinished, if it is long enough to tell records apart."""
    long_enough = len(word) > (2 if word.isdigit() else 1)
    return word, long_enough and not _SERIES.fullmatch(word)


def _asked_phone(typed: str) -> str:
    if not _PHONE.fullmatch(typed):
        return ""
    digits = "".join(c for c in typed.partition("转")[0] if c.isdigit())
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    return digits if len(digits) == _PHONE_TAIL or len(digits) >= 7 else ""


def heads(kind: SearchKind, text: str) -> tuple[Query, Query]:
    """What finds a record whose name or number is exactly what was typed, and one that begins so."""
    whole = _squeezed(folded(text)[:LONGEST])[:HEAD]
    if not whole:
        return (), ()
    token = f"{_LETTERS[kind]}h{whole}"
    return ((Term((token,)),),), ((Term((token,), is_prefix=True),),)
