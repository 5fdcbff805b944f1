"""@某人 in free text: which colleagues a comment names, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: An @ that follows a Latin letter or digit belongs to a mail address.
_AT = re.compile(r"(?<![A-Za-z0-9._-])[@＠]")


@dataclass(frozen=True, slots=True)
class Mention:
    """`text[start:end]` is the @ with the name after it."""

    start: int
    end: int
    name: str


def mentions(text: str, names: Iterable[str]) -> list[Mention]:
    """The names that stand behind an @, in the order of the text; of 林 and 林同事 the longer one is meant.

    An @ before anything else is plain text: nobody is guessed.
    """
    known = sorted({name for name in names if name}, key=len, reverse=True)
    found = []
    for at in _AT.finditer(text):
        name = next((name for name in known if text.startswith(name, at.end())), None)
        if name is not None:
            found.append(Mention(at.start(), at.end() + len(name), name))
    return found


def split(text: str, names: Iterable[str]) -> Sequence[tuple[str, bool]]:
    """The text in pieces, each with whether it is a mention: for a page that draws them apart."""
    pieces, place = [], 0
    for mention in mentions(text, names):
        pieces += [(text[place : mention.start], False), (text[mention.start : mention.end], True)]
        place = mention.end
    pieces.append((text[place:], False))
    return [piece for piece in pieces if piece[0]]
