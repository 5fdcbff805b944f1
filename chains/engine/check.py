"""Judging a chain: is it a directed acyclic graph of well-described segments? [MATCHING B]

`check` never stops at the first finding and never changes anything; an empty answer means the chain is sound.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from chains.engine.model import ENV_CLASSES, Chain, Edge, Position, Segment


class ProblemKind(StrEnum):
    """What can be wrong with a chain."""

    DUPLICATE = "duplicate"
    PARENT = "parent"
    POSITION = "position"
    EDGE = "edge"
    CYCLE = "cycle"
    SHARE = "share"
    ORPHAN = "orphan"
    SOURCE = "source"
    SPACE = "space"
    CODE = "code"
    PLACEMENT = "placement"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: its kind, the keys it is about, a sentence, and the line of the file (0 = unknown)."""

    kind: ProblemKind
    subjects: tuple[str, ...]
    sentence: str
    line: int = 0


def check(chain: Chain, gbt_codes: Collection[str] | None = None) -> list[Problem]:
    """Everything that is wrong with the chain, by line; unknown GB/T codes too if `gbt_codes` is given."""
    known = {segment.key: segment for segment in chain.segments}
    problems = [
        *_duplicates(chain),
        *_parents(chain, known),
        *_positions(chain),
        *_edges(chain, known),
        *_cycles(chain, known),
        *_shares(chain),
        *_orphans(chain),
        *_sources(chain),
        *_spaces(chain),
        *_codes(chain, gbt_codes),
        *_placements(chain, known),
    ]
    return sorted(problems, key=lambda problem: (problem.line, problem.kind, problem.subjects))


def _duplicates(chain: Chain) -> Iterator[Problem]:
    for what, entries in (("segment", chain.segments), ("source", chain.sources), ("space", chain.spaces)):
        for key, times in Counter(entry.key for entry in entries).items():
            if times > 1:
                yield Problem(ProblemKind.DUPLICATE, (key,), f"{what} '{key}' is described {times} times")
    for (frm, to), times in Counter((edge.frm, edge.to) for edge in chain.edges).items():
        if times > 1:
            yield Problem(ProblemKind.DUPLICATE, (frm, to), f"'{frm}' supplies '{to}' {times} times")
    names = defaultdict(list)
    for segment in chain.segments:
        names[segment.name_zh].append(segment)
    for name, segments in names.items():
        if len(segments) > 1:
            keys = tuple(segment.key for segment in segments)
            sentence = f"the name '{name}' is used by {', '.join(keys)}"
            yield Problem(ProblemKind.DUPLICATE, keys, sentence, segments[-1].line)


def _parents(chain: Chain, known: dict[str, Segment]) -> Iterator[Problem]:
    for segment in chain.segments:
        if segment.parent is None:
            continue
        parent = known.get(segment.parent)
        if parent is None:
            sentence = f"'{segment.key}' names an unknown parent '{segment.parent}'"
        elif parent.parent is not None:
            sentence = f"'{segment.key}': its parent '{parent.key}' has a parent itself (two levels only)"
        elif segment.position and parent.position != segment.position:
            sentence = f"'{segment.key}' is {segment.position}, its parent '{parent.key}' {parent.position}"
        elif not segment.position:
            sentence = f"'{segment.key}' stands before its parent '{parent.key}' in the file"
        else:
            continue
        yield Problem(ProblemKind.PARENT, (segment.key, segment.parent), sentence, segment.line)


def _positions(chain: Chain) -> Iterator[Problem]:
    valid = {position.value for position in Position}
    for segment in chain.segments:
        inherits = not segment.position and segment.parent is not None
        if segment.position not in valid and not inherits:  # an inherited one is the parent's finding
            sentence = f"'{segment.key}' has an unknown position '{segment.position}'"
            yield Problem(ProblemKind.POSITION, (segment.key,), sentence, segment.line)
    for position in Position:
        if not any(segment.position == position for segment in chain.segments):
            yield Problem(ProblemKind.POSITION, (position.value,), f"no segment is {position.value}")


def _edges(chain: Chain, known: dict[str, Segment]) -> Iterator[Problem]:
    groups = chain.group_keys()
    rank = {position.value: position.rank for position in Position}
    for edge in chain.edges:
        for key in (edge.frm, edge.to):
            if key not in known:
                sentence = f"'{edge.frm}' → '{edge.to}': there is no segment '{key}'"
                yield Problem(ProblemKind.EDGE, (edge.frm, edge.to), sentence, edge.line)
            elif key in groups:
                sentence = f"'{edge.frm}' → '{edge.to}': '{key}' is a group; supply its segments instead"
                yield Problem(ProblemKind.EDGE, (edge.frm, edge.to), sentence, edge.line)
        if edge.frm in known and edge.to in known:
            supplier, customer = known[edge.frm], known[edge.to]
            if rank.get(supplier.position, 0) > rank.get(customer.position, 2):
                sentence = f"{supplier.position} '{edge.frm}' cannot supply {customer.position} '{edge.to}'"
                yield Problem(ProblemKind.EDGE, (edge.frm, edge.to), sentence, edge.line)


def _cycles(chain: Chain, known: dict[str, Segment]) -> Iterator[Problem]:
    line = {(edge.frm, edge.to): edge.line for edge in chain.edges}
    for cycle in find_cycles(chain.edges):
        names = [known[key].name_zh if key in known else key for key in (*cycle, cycle[0])]
        sentence = f"cycle: {' → '.join(names)} ({' → '.join((*cycle, cycle[0]))})"
        yield Problem(ProblemKind.CYCLE, cycle, sentence, line[cycle[-1], cycle[0]])


def find_cycles(edges: Collection[Edge]) -> list[tuple[str, ...]]:
    """One cycle for each edge that closes one in a depth-first walk; empty if and only if acyclic."""
    customers: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        customers[edge.frm].append(edge.to)
    cycles: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in sorted(customers):
        if start in done:
            continue
        path: dict[str, None] = {start: None}  # ordered and searchable
        stack = [(start, iter(customers[start]))]
        while stack:
            key, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                del path[key]
                done.add(key)
            elif following in path:
                walked = list(path)
                cycles.append(tuple(walked[walked.index(following) :]))
            elif following not in done:
                path[following] = None
                stack.append((following, iter(customers.get(following, ()))))
    return cycles


def _shares(chain: Chain) -> Iterator[Problem]:
    totals: dict[str, Fraction] = defaultdict(Fraction)
    for edge in chain.edges:
        if edge.share is None:
            continue
        totals[edge.to] += edge.share
        if not 0 < edge.share <= 1:
            sentence = f"'{edge.frm}' → '{edge.to}': {edge.share} is not a share (above 0, at most 1)"
            yield Problem(ProblemKind.SHARE, (edge.frm, edge.to), sentence, edge.line)
    for key, total in totals.items():
        if total > 1:
            yield Problem(ProblemKind.SHARE, (key,), f"the input shares of '{key}' add up to {total}")


def _orphans(chain: Chain) -> Iterator[Problem]:
    linked = {key for edge in chain.edges for key in (edge.frm, edge.to)}
    for segment in chain.leaves():
        if segment.key not in linked:
            sentence = f"'{segment.key}' neither supplies nor is supplied"
            yield Problem(ProblemKind.ORPHAN, (segment.key,), sentence, segment.line)


def _sources(chain: Chain) -> Iterator[Problem]:
    sources = {source.key: source for source in chain.sources}
    for source in chain.sources:
        if source.date is None and source.status is None:
            sentence = f"source '{source.key}' has neither a date nor a status"
            yield Problem(ProblemKind.SOURCE, (source.key,), sentence)
    for segment in chain.segments:
        if not segment.sources:
            sentence = f"'{segment.key}' has no source"
            yield Problem(ProblemKind.SOURCE, (segment.key,), sentence, segment.line)
        for reference in segment.sources:
            source = sources.get(reference.key)
            if source is None:
                sentence = f"'{segment.key}' names an unknown source '{reference.key}'"
            elif source.date is None and reference.section is None:
                sentence = f"'{segment.key}' cites '{reference.key}' without a section"
            else:
                continue
            yield Problem(ProblemKind.SOURCE, (segment.key, reference.key), sentence, segment.line)


def _spaces(chain: Chain) -> Iterator[Problem]:
    spaces = {space.key for space in chain.spaces}
    for space in chain.spaces:
        if space.env_class not in ENV_CLASSES:
            sentence = f"space '{space.key}' has an unknown environmental class '{space.env_class}'"
            yield Problem(ProblemKind.SPACE, (space.key,), sentence)
        if not 0 < space.area_min_m2 <= space.area_max_m2:
            sentence = f"space '{space.key}': areas {space.area_min_m2}–{space.area_max_m2} m² are no range"
            yield Problem(ProblemKind.SPACE, (space.key,), sentence)
    for segment in chain.segments:
        if segment.space is not None and segment.space not in spaces:
            sentence = f"'{segment.key}' names an unknown space '{segment.space}'"
            yield Problem(ProblemKind.SPACE, (segment.key, segment.space), sentence, segment.line)


def _codes(chain: Chain, gbt_codes: Collection[str] | None) -> Iterator[Problem]:
    for segment in chain.leaves():
        if not segment.gbt:
            yield Problem(ProblemKind.CODE, (segment.key,), f"'{segment.key}' has no GB/T code", segment.line)
        for code in segment.gbt:
            if gbt_codes is not None and code not in gbt_codes:
                sentence = f"'{segment.key}': GB/T 4754-2017 has no code '{code}'"
                yield Problem(ProblemKind.CODE, (segment.key, code), sentence, segment.line)


def _placements(chain: Chain, known: dict[str, Segment]) -> Iterator[Problem]:
    groups = chain.group_keys()
    for placement in chain.placements:
        subjects = (placement.enterprise, placement.segment)
        if placement.segment not in known:
            sentence = f"'{placement.enterprise}' is placed on an unknown segment '{placement.segment}'"
        elif placement.segment in groups:
            sentence = f"'{placement.enterprise}' is placed on a group, '{placement.segment}'"
        elif not placement.section:
            sentence = f"'{placement.enterprise}' on '{placement.segment}' has no section"
        else:
            continue
        yield Problem(ProblemKind.PLACEMENT, subjects, sentence, placement.line)
