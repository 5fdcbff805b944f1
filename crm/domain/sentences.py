"""Sentences that rules say about their own decisions: a Chinese msgid and its values, translated where it is shown.

Same idea as `errors.DomainError` (sentence + params), for answers that are not errors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

Translate = Callable[[str], str]


def _same(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Sentence:
    """A msgid (see `labels.N_`) with parameters; a parameter may itself be a sentence and is translated with it."""

    msgid: str
    params: Mapping[str, object] = field(default_factory=dict)

    def say(self, translate: Translate = _same) -> str:
        """The text in the language of `translate` (gettext-like); without one, in Chinese."""
        text = translate(self.msgid)
        if not self.params:
            return text
        values = {
            name: value.say(translate) if isinstance(value, Sentence) else value for name, value in self.params.items()
        }
        return text % values

    def __str__(self) -> str:
        return self.say()

    def dump(self) -> str:
        """As one text that a column keeps; `load` gives it back. Parameters must be plain values."""
        return json.dumps([self.msgid, dict(self.params)], ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> Sentence:
        """What `dump` wrote; any other text is a sentence without parameters."""
        try:
            msgid, params = json.loads(text)
        except ValueError:
            return cls(text)
        return cls(msgid, params)


def sentence(msgid: str, **params: object) -> Sentence:
    """Shorter spelling of `Sentence(msgid, params)`."""
    return Sentence(msgid, params)


def say_all(parts: Iterable[Sentence], translate: Translate = _same, separator: str = "；") -> str:
    """Several sentences as one text."""
    return separator.join(part.say(translate) for part in parts)
