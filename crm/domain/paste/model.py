"""What a reading is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from crm.domain.sentences import Sentence

#: Characters of a message that are read and kept; more than a mail with its history has.
LONGEST = 20_000


class Certainty(StrEnum):
    """SURE fills its field. CONFIRM is shown and marked, and fills nothing: a person decides."""

    SURE = "sure"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Span:
    """One value and the words it was read from: `text` is the message between `start` and `end`.

    `field` is a field of the lead form; `value` is written as that field takes it. A span to be confirmed may carry the
    value that would be taken ("" where the words hold none, as a storey height does for the clear height).
    """

    field: str
    start: int
    end: int
    text: str
    value: str
    certainty: Certainty = Certainty.SURE
    note: Sentence | None = None

    @property
    def is_sure(self) -> bool:
        return self.certainty is Certainty.SURE


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read from a text, in its order."""

    text: str
    found: tuple[Span, ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """What the form gets: the sure values by field."""
        return {span.field: span.value for span in self.found if span.is_sure}

    @property
    def unsure(self) -> tuple[Span, ...]:
        return tuple(span for span in self.found if not span.is_sure)

    def of(self, name: str) -> tuple[Span, ...]:
        """The spans of one field."""
        return tuple(span for span in self.found if span.field == name)


@dataclass(frozen=True, slots=True)
class Term:
    """A word list that the message is searched for: a platform. `key` is the value of the field."""

    key: str
    name: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """A segment that the message may mean, as `chains.engine.suggest` found it: `words` are words of the segment that the
    message holds (without spaces), `strength` how much they say. `key` is the value of the field.
    """

    key: str
    name: str
    chain: str
    words: tuple[str, ...]
    strength: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible value. Of one field only those of the highest `rank` count; if they differ, people decide."""

    field: str
    start: int
    end: int
    value: str
    rank: int = 1
    certainty: Certainty = Certainty.SURE
    note: Sentence | None = None


class Labelled(NamedTuple):
    """A piece whose label says which field it is, and in which unit: 总投资(亿元)."""

    field: str
    start: int
    end: int
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A text in the two forms that rules use, of equal length: offsets of one are offsets of the other."""

    text: str
    #: Half width, simplified, lower case, spoken digits as digits, quoted history blanked with NUL.
    plain: str
    #: Pieces with a label before them: 「联系人：…」, a cell under its heading.
    labelled: tuple[Labelled, ...] = ()

    def before(self, at: int, count: int) -> str:
        """The plain text in front of a place, not beyond its sentence."""
        piece = self.plain[max(0, at - count) : at]
        for mark in "。\n!?;\x00":
            piece = piece[piece.rfind(mark) + 1 :]
        return piece

    def after(self, at: int, count: int) -> str:
        piece = self.plain[at : at + count]
        for mark in "。\n!?;\x00":
            piece = piece.split(mark, 1)[0]
        return piece

    def clause(self, at: int) -> tuple[int, int]:
        """The bounds of the clause around a place: between two commas or stronger marks."""
        return _bounds(self.plain, at, "，,。;\n\t!?\x00")

    def sentence(self, at: int) -> tuple[int, int]:
        return _bounds(self.plain, at, "。;\n!?\x00")


#: No clause is looked at beyond this: a text without marks would cost its length for every find.
_REACH = 300


def _bounds(text: str, at: int, marks: str) -> tuple[int, int]:
    first, last = max(0, at - _REACH), min(len(text), at + _REACH)
    starts = [place + 1 for mark in marks if (place := text.rfind(mark, first, at)) >= 0]
    ends = [place for mark in marks if (place := text.find(mark, at, last)) >= 0]
    return max(starts, default=first), min(ends, default=last)


class Taken:
    """The places of a message that a rule has read already, so that no shorter rule reads a part of them again."""

    def __init__(self) -> None:
        self._places: set[int] = set()

    def add(self, start: int, end: int) -> None:
        self._places.update(range(start, end))

    def meets(self, start: int, end: int) -> bool:
        """Whether any place between is taken."""
        return not self._places.isdisjoint(range(start, end))
