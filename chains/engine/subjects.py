"""A chain map laid flat: what it speaks of (subjects) and what it says of each, so that two maps can be compared.

A subject is the chain itself, a source, a space template, a segment, an edge or a placement. `assemble` puts a chain
together again; the order of segments travels beside the entries, because one move must not look like many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import TypeVar

from chains.engine.model import Chain, Edge, Place, Placement, Segment, Source, SpaceTemplate
from chains.engine.refusals import grouped, ordered


class SubjectKind(StrEnum):
    CHAIN = "chain"
    SOURCE = "source"
    SPACE = "space"
    SEGMENT = "segment"
    EDGE = "edge"
    PLACEMENT = "placement"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One thing that a map speaks of; `key` is a segment's key, the two ends of an edge, firm and segment."""

    kind: SubjectKind
    key: tuple[str, ...] = ()

    @property
    def segments(self) -> tuple[str, ...]:
        """Keys of the segments that it cannot be without."""
        match self.kind:
            case SubjectKind.EDGE:
                return self.key
            case SubjectKind.PLACEMENT:
                return self.key[1:]
            case SubjectKind.SEGMENT:
                return self.key
            case _:
                return ()


#: What a map says of a subject. The chain's own holds no other subject, and none the line that it was read from.
Entry = Chain | Source | SpaceTemplate | Segment | Edge | Placement
Kind = TypeVar("Kind", Source, SpaceTemplate, Segment, Edge, Placement)
#: Siblings in order, by the place where they stand.
Orders = Mapping[Place, tuple[str, ...]]

_OF_THE_CHAIN = ("name_zh", "name_en", "summary", "sections", "reference")
#: Fields that are the key, or where something was read.
_NO_FACTS = {"key", "frm", "to", "enterprise", "segment", "line"}


def facts_of(entry: Entry) -> dict[str, object]:
    """What an entry says, by name of the field, without what it is the entry of."""
    if isinstance(entry, Chain):
        return {name: getattr(entry, name) for name in _OF_THE_CHAIN}
    return {each.name: getattr(entry, each.name) for each in fields(entry) if each.name not in _NO_FACTS}


@dataclass(frozen=True, slots=True)
class Flat:
    """A chain laid flat. `order` is all segments in the order of the screen."""

    entries: Mapping[Subject, Entry]
    order: tuple[str, ...]

    def siblings(self) -> Orders:
        """The order of the screen, group by group."""
        places = {segment.key: segment.place for segment in _all(self.entries, Segment)}
        found: dict[Place, list[str]] = {}
        for key in self.order:
            found.setdefault(places[key], []).append(key)
        return {place: tuple(keys) for place, keys in found.items()}


def lay_flat(chain: Chain) -> Flat:
    """Every subject of the chain with what it says of it."""
    segments = ordered(chain.segments)
    alone = replace(chain, sources=(), spaces=(), segments=(), edges=(), placements=(), path="")
    entries: dict[Subject, Entry] = {Subject(SubjectKind.CHAIN): alone}
    entries |= {Subject(SubjectKind.SOURCE, (each.key,)): each for each in chain.sources}
    entries |= {Subject(SubjectKind.SPACE, (each.key,)): each for each in chain.spaces}
    entries |= {Subject(SubjectKind.SEGMENT, (each.key,)): replace(each, line=0) for each in segments}
    entries |= {Subject(SubjectKind.EDGE, (each.frm, each.to)): replace(each, line=0) for each in chain.edges}
    entries |= {
        Subject(SubjectKind.PLACEMENT, (each.enterprise, each.segment)): replace(each, line=0)
        for each in chain.placements
    }
    return Flat(entries, tuple(each.key for each in segments))


def assemble(entries: Mapping[Subject, Entry], order: Sequence[str]) -> Chain:
    """The chain of these subjects; segments that `order` does not name come last."""
    place = {each: index for index, each in enumerate(order)}
    arranged = sorted(_all(entries, Segment), key=lambda each: place.get(each.key, len(place)))
    alone = next(entry for entry in entries.values() if isinstance(entry, Chain))
    return replace(
        alone,
        sources=_all(entries, Source),
        spaces=_all(entries, SpaceTemplate),
        segments=ordered(arranged),
        edges=grouped(_all(entries, Edge)),
        placements=_all(entries, Placement),
    )


def _all(entries: Mapping[Subject, Entry], kind: type[Kind]) -> tuple[Kind, ...]:
    return tuple(entry for entry in entries.values() if isinstance(entry, kind))


def texts_of(chain: Chain) -> Iterator[str]:
    """Every text in the chain, keys and names alike."""
    waiting: list[object] = [chain]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            waiting.extend(value)
        elif is_dataclass(value):
            waiting.extend(getattr(value, each.name) for each in fields(value))
