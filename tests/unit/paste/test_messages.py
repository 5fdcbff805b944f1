"""Messages as officers receive them, read by the rules: what must be read, what must not, and how well each field does.

`messages.yaml` was written before the rules. `holdout.yaml` was written after them; the results of its first try stand in its head.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from chains.engine.loader import load_all
from chains.engine.suggest import Index, build, entries_of, suggest
from crm.domain.paste import Guess, Reading, Term, read

TODAY = date(2026, 11, 23)
HERE = Path(__file__).parent
PLATFORMS = (
    Term("baietan", "白鹅潭商务区", ("白鹅潭",)),
    Term("wenshanglv", "荔湾文商旅活力区", ("文商旅",)),
    Term("hailongwei", "海龙围科创区", ("海龙围",)),
)


@cache
def maps() -> tuple[Index, dict[tuple[str, str], tuple[str, str]]]:
    """The index of the real chain maps, and the names of segment and chain by key."""
    chains = load_all()
    names = {(chain.key, leaf.key): (leaf.name_zh, chain.name_zh) for chain in chains for leaf in chain.leaves()}
    return build(entry for chain in chains for entry in entries_of(chain)), names


def guesses(text: str) -> list[Guess]:
    """As services.leads.paste makes them; the segment's name stands for its id."""
    index, names = maps()
    return [
        Guess(
            *names[each.chain, each.segment][:1],
            *names[each.chain, each.segment],
            each.words[: each.whole],
            each.strength,
        )
        for each in suggest(index, text)
    ]


def messages(name: str) -> list[dict]:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


def reading_of(message: dict) -> Reading:
    known = message.get("known_people", ())
    return read(message["text"], today=TODAY, segments=guesses, platforms=PLATFORMS, known_people=known)


def found_in(reading: Reading) -> dict[str, str]:
    """Sure values by field, the segment under `segment`, several platforms joined."""
    found = {("segment" if name == "segment_id" else name): value for name, value in reading.values.items()}
    found.pop("next_kind", None)  # read beside the meeting; test_reading.py
    if "platforms" in found:
        found["platforms"] = ",".join(sorted(span.value for span in reading.of("platforms")))
    return found


def unsure_in(reading: Reading) -> set[str]:
    return {"segment" if span.field == "segment_id" else span.field for span in reading.unsure}


ALL = messages("messages.yaml") + messages("holdout.yaml")


@pytest.mark.parametrize("message", ALL, ids=[each["id"] for each in ALL])
def test_message(message: dict) -> None:
    reading = reading_of(message)
    found = found_in(reading)
    for field, value in message["read"].items():
        if field not in message.get("maybe", ()):
            assert found.get(field) == value, f"{field}: {found.get(field)!r}"
    for field in message.get("confirm", ()):
        assert field in unsure_in(reading), field
        assert field not in found, f"{field} is filled although it must be confirmed"
    for forbidden in message.get("not", ()):
        field, _equals, value = forbidden.partition("=")
        assert found.get(field) is None if not value else found.get(field) != value, forbidden
    surplus = set(found) - set(message["read"]) - set(message.get("maybe", ()))
    assert not surplus, {field: found[field] for field in surplus}
    for span in reading.found:
        assert reading.text[span.start : span.end] == span.text


def test_precision_and_recall_by_field(record_property: Callable[[str, object], None]) -> None:
    """Every field that ten messages hold is read in nine of ten, and of what is read nineteen in twenty are right."""
    right, wrong, missed = defaultdict(int), defaultdict(int), defaultdict(int)
    for message in ALL:
        found = {k: v for k, v in found_in(reading_of(message)).items() if k not in message.get("maybe", ())}
        wanted = {k: v for k, v in message["read"].items() if k not in message.get("maybe", ())}
        for field in found.keys() | wanted.keys():
            if found.get(field) == wanted.get(field):
                right[field] += 1
            else:
                wrong[field] += field in found
                missed[field] += field in wanted
    for field in sorted(right.keys() | wrong.keys() | missed.keys()):
        precision = right[field] / max(1, right[field] + wrong[field])
        recall = right[field] / max(1, right[field] + missed[field])
        record_property(f"paste_{field}", f"precision {precision:.2f}, recall {recall:.2f}, {right[field]} right")
        assert precision >= 0.95, f"{field}: {wrong[field]} wrong"
        assert recall >= 0.9, f"{field}: {missed[field]} missed"
    assert sum(right.values()) > 300
