"""The English catalogue is complete: every Chinese sentence of the product has its English, with the same values."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "_l": None, "N_": None}
METHODS = [
    ("crm/**.py", "python"),
    ("workers/**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
#: Names of places and firms, and what a person may type, keep their characters.
PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])|(%%)")


@pytest.fixture(scope="module")
def sentences() -> set[str]:
    found = set()
    for folder in ("crm", "workers"):
        for _file, _line, message, *_rest in extract_from_dir(
            ROOT / folder,
            [(p.partition("/")[2] if not p.startswith("**") else p, m) for p, m in METHODS],
            keywords=KEYWORDS,
        ):
            found.add(message if isinstance(message, str) else message[0])
    return found


@pytest.fixture(scope="module")
def english() -> Catalog:
    with (ROOT / "crm/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file)


def test_every_sentence_has_its_english(sentences, english):
    assert len(sentences) > 1500
    missing = sorted(text for text in sentences if text and not (english.get(text) and english.get(text).string))
    assert missing == []


def test_nothing_is_fuzzy_or_left_over(sentences, english):
    assert [message.id for message in english if message.id and message.fuzzy] == []
    assert sorted(message.id for message in english if message.id and message.id not in sentences) == []


def test_values_are_the_same_in_both_languages(english):
    wrong = [
        message.id
        for message in english
        if message.id and sorted(PLACEHOLDER.findall(message.id)) != sorted(PLACEHOLDER.findall(message.string))
    ]
    assert wrong == []


def test_english_is_english(english):
    """No full-width punctuation, and Chinese only where it quotes what a person would type or read."""
    wrong = [
        message.string
        for message in english
        if message.id and re.search(r"[，。；：！？、]", re.sub(r"“[^”]*”|「[^」]*」|《[^》]*》", "", message.string))
    ]
    assert wrong == []
