"""Marking sentences for translation without translating them: pure code cannot import a translation library."""

from __future__ import annotations


def N_(sentence: str) -> str:
    """The sentence itself. The catalogue extractor knows this name, and pages pass the result through `_()`."""
    return sentence
