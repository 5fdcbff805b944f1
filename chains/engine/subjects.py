"""A chain map laid flat: what it speaks of (subjects) and the facts of each, so that two maps can be compared.

A subject is the chain itself, a source, a space template, a segment, an edge or a placement. `assemble` puts a chain
together again; the order of segments travels beside the facts, because one move must not look like many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum

from chains.engine.model import Chain, Edge, Placement, Segment, Source, SpaceTemplate
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


Facts = Mapping[str, object]
#: Siblings in order, by (position, parent).
Orders = Mapping[tuple[str, str | None], tuple[str, ...]]

_CHAIN_FIELDS = ("name_zh", "name_en", "summary", "sections", "reference")
_MODELS: Mapping[SubjectKind, type] = {
    SubjectKind.SOURCE: Source,
    SubjectKind.SPACE: SpaceTemplate,
    SubjectKind.SEGMENT: Segment,
    SubjectKind.EDGE: Edge,
    SubjectKind.PLACEMENT: Placement,
}
#: Fields that are the key, or where something was read.
_KEYS = {"key", "frm", "to", "enterprise", "segment", "line"}


@dataclass(frozen=True, slots=True)
class Flat:
    """A chain laid flat. `order` is all segments in the order of the screen."""

    key: str
    facts: Mapping[Subject, Facts]
    order: tuple[str, ...]

    def siblings(self) -> Orders:
        """The order of the screen, group by group."""
        found: dict[tuple[str, str | None], list[str]] = {}
        for key in self.order:
            facts = self.facts[Subject(SubjectKind.SEGMENT, (key,))]
            found.setdefault((str(facts["position"]), facts["parent"]), []).append(key)  # type: ignore[arg-type]
        return {place: tuple(keys) for place, keys in found.items()}


def lay_flat(chain: Chain) -> Flat:
    """Every subject of the chain with its facts."""
    facts: dict[Subject, Facts] = {
        Subject(SubjectKind.CHAIN): {name: getattr(chain, name) for name in _CHAIN_FIELDS},
    }
    facts |= {Subject(SubjectKind.SOURCE, (each.key,)): _facts(each) for each in chain.sources}
    facts |= {Subject(SubjectKind.SPACE, (each.key,)): _facts(each) for each in chain.spaces}
    segments = ordered(chain.segments)
    facts |= {Subject(SubjectKind.SEGMENT, (each.key,)): _facts(each) for each in segments}
    facts |= {Subject(SubjectKind.EDGE, (each.frm, each.to)): _facts(each) for each in chain.edges}
    facts |= {
        Subject(SubjectKind.PLACEMENT, (each.enterprise, each.segment)): _facts(each) for each in chain.placements
    }
    return Flat(chain.key, facts, tuple(each.key for each in segments))


def assemble(key: str, facts: Mapping[Subject, Facts], order: Sequence[str]) -> Chain:
    """The chain of these subjects; segments that `order` does not name come last."""
    segments = {
        subject.key[0]: Segment(key=subject.key[0], **found)
        for subject, found in facts.items()
        if subject.kind is SubjectKind.SEGMENT
    }
    place = {each: index for index, each in enumerate(order)}
    arranged = sorted(segments.values(), key=lambda each: place.get(each.key, len(place)))
    return Chain(
        key=key,
        **facts[Subject(SubjectKind.CHAIN)],
        sources=tuple(_made(facts, SubjectKind.SOURCE)),
        spaces=tuple(_made(facts, SubjectKind.SPACE)),
        segments=ordered(arranged),
        edges=grouped(_made(facts, SubjectKind.EDGE)),
        placements=tuple(_made(facts, SubjectKind.PLACEMENT)),
    )


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


def _facts(entry: object) -> Facts:
    return {each.name: getattr(entry, each.name) for each in fields(entry) if each.name not in _KEYS}  # type: ignore[arg-type]


def _made(facts: Mapping[Subject, Facts], kind: SubjectKind) -> Iterable:
    model = _MODELS[kind]
    names = {
        SubjectKind.EDGE: ("frm", "to"),
        SubjectKind.PLACEMENT: ("enterprise", "segment"),
    }.get(kind, ("key",))
    for subject, found in facts.items():
        if subject.kind is kind:
            yield model(**dict(zip(names, subject.key, strict=True)), **found)
