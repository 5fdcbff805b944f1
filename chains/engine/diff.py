"""What changed between two states of a chain map, as values: who shows them finds the words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from chains.engine.model import Chain
from chains.engine.subjects import Flat, Subject, SubjectKind, facts_of, lay_flat


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `fields` are (name, before, after); empty for what was added, removed, or only moved in rank."""

    kind: ChangeKind
    subject: Subject
    fields: tuple[tuple[str, object, object], ...] = ()


_KINDS = list(SubjectKind)
#: Which fields make a change a renaming or a move; the others are changes.
_OF_THE_NAME = ("name_zh", "name_en")
_OF_THE_PLACE = ("position", "parent")


def diff(before: Chain, after: Chain) -> tuple[Change, ...]:
    """All differences, by kind of subject and in the order of the maps; empty if and only if nothing differs.

    Lines and paths are no part of a map. A segment that only changed places with its siblings is MOVED without fields,
    and no more segments are named as moved than must be.
    """
    old, new = lay_flat(before), lay_flat(after)
    found = [*_gone(old, new), *_changed(old, new), *_stepped(old, new)]
    rank = {subject: index for index, subject in enumerate(dict.fromkeys((*new.entries, *old.entries)))}
    return tuple(sorted(found, key=lambda each: (_KINDS.index(each.subject.kind), rank[each.subject])))


def _gone(old: Flat, new: Flat) -> Iterator[Change]:
    for subject in new.entries:
        if subject not in old.entries:
            yield Change(ChangeKind.ADDED, subject)
    for subject in old.entries:
        if subject not in new.entries:
            yield Change(ChangeKind.REMOVED, subject)


def _changed(old: Flat, new: Flat) -> Iterator[Change]:
    for subject, entry in new.entries.items():
        if subject not in old.entries:
            continue
        was = facts_of(old.entries[subject])
        unlike = tuple((name, was[name], value) for name, value in facts_of(entry).items() if was[name] != value)
        is_segment = subject.kind is SubjectKind.SEGMENT
        named = tuple(each for each in unlike if is_segment and each[0] in _OF_THE_NAME)
        placed = tuple(each for each in unlike if is_segment and each[0] in _OF_THE_PLACE)
        others = tuple(each for each in unlike if each not in named and each not in placed)
        for kind, fields in ((ChangeKind.RENAMED, named), (ChangeKind.MOVED, placed), (ChangeKind.CHANGED, others)):
            if fields:
                yield Change(kind, subject, fields)


def _stepped(old: Flat, new: Flat) -> Iterator[Change]:
    before = old.siblings()
    for place, keys in new.siblings().items():
        stayed = [key for key in before.get(place, ()) if key in keys]
        rank = {key: index for index, key in enumerate(stayed)}
        for key in out_of_order([key for key in keys if key in rank], rank):
            yield Change(ChangeKind.MOVED, Subject(SubjectKind.SEGMENT, (key,)))


def out_of_order(keys: Sequence[str], rank: dict[str, int]) -> list[str]:
    """The fewest of `keys` that must be taken out so that the rest stands by rank (longest increasing run)."""
    tails: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for index, key in enumerate(keys):
        at = bisect_left(tails, rank[key])
        previous.append(last[at - 1] if at else -1)
        if at == len(tails):
            tails.append(rank[key])
            last.append(index)
        else:
            tails[at], last[at] = rank[key], index
    kept: set[int] = set()
    index = last[-1] if last else -1
    while index >= 0:
        kept.add(index)
        index = previous[index]
    return [key for index, key in enumerate(keys) if index not in kept]
