"""When two records may be one (DOMAIN §4), and which of two values a merge proposes: pure rules.

重复 is a fact: the same credit code, the same normalised name or alias, the same phone. 相似 is a question: names that
look alike, or sound alike as 穗岭 and 岁岭 do, with the per cent and the reason said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from rapidfuzz import fuzz

from crm.domain.enterprises.names import core, normalised
from crm.domain.enterprises.pinyin import pinyin_keys

#: Per cent from which two names are worth a look side by side.
ALIKE = 60
#: What sounds the same to an ear of the south: 张 zhang and 藏 zang, 岭 ling and 林 lin.
_MUFFLED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))
#: Fewer letters than this sound like anything.
_LEAST_SOUND = 5


class Sameness(StrEnum):
    """Why a record is named: the first three are duplicates, the others are only worth a look."""

    USCC = "uscc"
    NAME = "name"
    PHONE = "phone"
    ALIKE = "alike"
    SOUND = "sound"

    @property
    def is_duplicate(self) -> bool:
        return self in (Sameness.USCC, Sameness.NAME, Sameness.PHONE)


@dataclass(frozen=True)
class Spelling:
    """A name in the forms that are compared; `sounds` are its readings in full pinyin."""

    normalised: str
    core: str
    sounds: tuple[str, ...]

    @cached_property
    def muffled(self) -> frozenset[str]:
        """What is left of the readings to an ear that misses the finer differences."""
        return frozenset(muffled(sound) for sound in self.sounds)

    @classmethod
    def of(cls, name: str) -> Spelling:
        return cls(normalised(name), core(name), pinyin_keys(name).full)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two names are, 0…100, and by what."""

    per_cent: int
    sameness: Sameness


def likeness(one: Spelling, other: Spelling) -> Likeness | None:
    """How alike two names look, or that they sound the same, whichever is more; None if neither is worth a look."""
    looks = int(max(fuzz.ratio(one.core, other.core), fuzz.ratio(one.normalised, other.normalised)))
    sounds = 0
    if not one.muffled.isdisjoint(other.muffled):
        sounds = max((_sounding(mine, theirs) for mine in one.sounds for theirs in other.sounds), default=0)
    if sounds > looks:
        return Likeness(sounds, Sameness.SOUND)
    return Likeness(looks, Sameness.ALIKE) if looks >= ALIKE else None


def _sounding(one: str, other: str) -> int:
    """100 for the same reading, a little less where only a careful ear hears the difference, else 0."""
    if min(len(one), len(other)) < _LEAST_SOUND or muffled(one) != muffled(other):
        return 0
    return int(fuzz.ratio(one, other))


def muffled(sound: str) -> str:
    """A reading without the differences that are easily missed."""
    for careful, plain in _MUFFLED:
        sound = sound.replace(careful, plain)
    return sound


# ── Merging ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Side(StrEnum):
    """Which record a value is taken from: the one that stays, or the one that is folded in."""

    WINNER = "winner"
    LOSER = "loser"


def proposed(winner: Sequence[object], loser: Sequence[object], *, loser_is_newer: bool) -> Side:
    """Whose value a merge proposes for one field: the fuller one, and of two equally full ones the newer record's."""
    mine, theirs = fullness(winner), fullness(loser)
    if mine == theirs:
        return Side.LOSER if loser_is_newer and theirs else Side.WINNER
    return Side.LOSER if theirs > mine else Side.WINNER


def proposed_name(winner: str, loser: str) -> Side:
    """The longer name, as registered ones are; of two equally long ones that of the record that stays."""
    return Side.LOSER if len(loser) > len(winner) else Side.WINNER


def fullness(values: Iterable[object]) -> int:
    """How many of a field's values are known; unknown is None, and nothing written is as good as unknown."""
    return sum(1 for value in values if value not in (None, "", [], False))
