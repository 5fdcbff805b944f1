"""Judging a chain: is it a directed acyclic graph of well-described segments? [MATCHING B]

`check` never stops at the first finding and never changes anything; an empty answer means the chain is sound.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
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
    DAY = "day"


#: Years of surveys, confirmed placements and counts of firms.
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: its kind, the keys it is about, a sentence, and the line of the file (0 = unknown).

    The sentence is `template` filled with `params`, for whoever says it in another language.
    """

    kind: ProblemKind
    subjects: tuple[str, ...]
    template: str
    line: int = 0
    params: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def sentence(self) -> str:
        return self.template % self.params if self.params else self.template

    @property
    def is_advice(self) -> bool:
        """Whether a map that is being drawn may be saved like this: something lacks, nothing contradicts."""
        return self.template in _ADVICE


def _problem(kind: ProblemKind, subjects: tuple[str, ...], template: str, line: int = 0, **params: object) -> Problem:
    return Problem(kind, subjects, template, line, params)


_NO_POSITION = "no segment is %(position)s"
_NO_LINK = "'%(key)s' neither supplies nor is supplied"
_NO_CODE = "'%(key)s' has no GB/T code"
_ADVICE = frozenset({_NO_POSITION, _NO_LINK, _NO_CODE})


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
        *_days(chain),
    ]
    return sorted(problems, key=lambda problem: (problem.line, problem.kind, problem.subjects))


def _duplicates(chain: Chain) -> Iterator[Problem]:
    for what, entries in (("segment", chain.segments), ("source", chain.sources), ("space", chain.spaces)):
        for key, times in Counter(entry.key for entry in entries).items():
            if times > 1:
                sentence = "%(what)s '%(key)s' is described %(times)s times"
                yield _problem(ProblemKind.DUPLICATE, (key,), sentence, what=what, key=key, times=times)
    for (frm, to), times in Counter((edge.frm, edge.to) for edge in chain.edges).items():
        if times > 1:
            sentence = "'%(frm)s' supplies '%(to)s' %(times)s times"
            yield _problem(ProblemKind.DUPLICATE, (frm, to), sentence, frm=frm, to=to, times=times)
    names = defaultdict(list)
    for segment in chain.segments:
        names[segment.name_zh].append(segment)
    for name, segments in names.items():
        if len(segments) > 1:
            keys = tuple(segment.key for segment in segments)
            sentence = "the name '%(name)s' is used by %(keys)s"
            line = segments[-1].line
            yield _problem(ProblemKind.DUPLICATE, keys, sentence, line, name=name, keys=", ".join(keys))


def _parents(chain: Chain, known: dict[str, Segment]) -> Iterator[Problem]:
    for segment in chain.segments:
        if segment.parent is None:
            continue
        parent = known.get(segment.parent)
        if parent is None:
            sentence = "'%(key)s' names an unknown parent '%(parent)s'"
        elif parent.parent is not None:
            sentence = "'%(key)s': its parent '%(parent)s' has a parent itself (two levels only)"
        elif segment.position and parent.position != segment.position:
            sentence = "'%(key)s' is %(position)s, its parent '%(parent)s' %(of_parent)s"
        elif not segment.position:
            sentence = "'%(key)s' stands before its parent '%(parent)s' in the file"
        else:
            continue
        yield _problem(
            ProblemKind.PARENT,
            (segment.key, segment.parent),
            sentence,
            segment.line,
            key=segment.key,
            parent=segment.parent,
            position=segment.position,
            of_parent=parent.position if parent else "",
        )


def _positions(chain: Chain) -> Iterator[Problem]:
    valid = {position.value for position in Position}
    for segment in chain.segments:
        inherits = not segment.position and segment.parent is not None
        if segment.position not in valid and not inherits:  # an inherited one is the parent's finding
            sentence = "'%(key)s' has an unknown position '%(position)s'"
            values = {"key": segment.key, "position": segment.position}
            yield _problem(ProblemKind.POSITION, (segment.key,), sentence, segment.line, **values)
    for position in Position:
        if not any(segment.position == position for segment in chain.segments):
            yield _problem(ProblemKind.POSITION, (position.value,), _NO_POSITION, position=position.value)


def _edges(chain: Chain, known: dict[str, Segment]) -> Iterator[Problem]:
    groups = chain.group_keys()
    rank = {position.value: position.rank for position in Position}
    for edge in chain.edges:
        ends = (edge.frm, edge.to)
        values = {"frm": edge.frm, "to": edge.to}
        for key in ends:
            if key not in known:
                sentence = "'%(frm)s' → '%(to)s': there is no segment '%(key)s'"
                yield _problem(ProblemKind.EDGE, ends, sentence, edge.line, key=key, **values)
            elif key in groups:
                sentence = "'%(frm)s' → '%(to)s': '%(key)s' is a group; supply its segments instead"
                yield _problem(ProblemKind.EDGE, ends, sentence, edge.line, key=key, **values)
        if edge.frm in known and edge.to in known:
            supplier, customer = known[edge.frm], known[edge.to]
            if rank.get(supplier.position, 0) > rank.get(customer.position, 2):
                sentence = "%(supplier)s '%(frm)s' cannot supply %(customer)s '%(to)s'"
                values |= {"supplier": supplier.position, "customer": customer.position}
                yield _problem(ProblemKind.EDGE, ends, sentence, edge.line, **values)


def _cycles(chain: Chain, known: dict[str, Segment]) -> Iterator[Problem]:
    line = {(edge.frm, edge.to): edge.line for edge in chain.edges}
    for cycle in find_cycles(chain.edges):
        around = (*cycle, cycle[0])
        names = " → ".join(known[key].name_zh if key in known else key for key in around)
        sentence = "cycle: %(names)s (%(keys)s)"
        closing = line[cycle[-1], cycle[0]]
        yield _problem(ProblemKind.CYCLE, cycle, sentence, closing, names=names, keys=" → ".join(around))


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
            sentence = "'%(frm)s' → '%(to)s': %(share)s is not a share (above 0, at most 1)"
            values = {"frm": edge.frm, "to": edge.to, "share": edge.share}
            yield _problem(ProblemKind.SHARE, (edge.frm, edge.to), sentence, edge.line, **values)
    for key, total in totals.items():
        if total > 1:
            sentence = "the input shares of '%(key)s' add up to %(total)s"
            yield _problem(ProblemKind.SHARE, (key,), sentence, key=key, total=total)


def _orphans(chain: Chain) -> Iterator[Problem]:
    linked = {key for edge in chain.edges for key in (edge.frm, edge.to)}
    for segment in chain.leaves():
        if segment.key not in linked:
            yield _problem(ProblemKind.ORPHAN, (segment.key,), _NO_LINK, segment.line, key=segment.key)


def _sources(chain: Chain) -> Iterator[Problem]:
    sources = {source.key: source for source in chain.sources}
    for source in chain.sources:
        if source.date is None and source.status is None:
            sentence = "source '%(source)s' has neither a date nor a status"
            yield _problem(ProblemKind.SOURCE, (source.key,), sentence, source=source.key)
    for segment in chain.segments:
        if not segment.sources:
            yield _problem(ProblemKind.SOURCE, (segment.key,), "'%(key)s' has no source", segment.line, key=segment.key)
        for reference in segment.sources:
            source = sources.get(reference.key)
            if source is None:
                sentence = "'%(key)s' names an unknown source '%(source)s'"
            elif source.date is None and reference.section is None:
                sentence = "'%(key)s' cites '%(source)s' without a section"
            else:
                continue
            subjects = (segment.key, reference.key)
            values = {"key": segment.key, "source": reference.key}
            yield _problem(ProblemKind.SOURCE, subjects, sentence, segment.line, **values)


def _spaces(chain: Chain) -> Iterator[Problem]:
    spaces = {space.key for space in chain.spaces}
    for space in chain.spaces:
        if space.env_class not in ENV_CLASSES:
            sentence = "space '%(space)s' has an unknown environmental class '%(env)s'"
            yield _problem(ProblemKind.SPACE, (space.key,), sentence, space=space.key, env=space.env_class)
        if not 0 < space.area_min_m2 <= space.area_max_m2:
            sentence = "space '%(space)s': areas %(low)s–%(high)s m² are no range"
            values = {"space": space.key, "low": space.area_min_m2, "high": space.area_max_m2}
            yield _problem(ProblemKind.SPACE, (space.key,), sentence, **values)
    for segment in chain.segments:
        if segment.space is not None and segment.space not in spaces:
            sentence = "'%(key)s' names an unknown space '%(space)s'"
            values = {"key": segment.key, "space": segment.space}
            yield _problem(ProblemKind.SPACE, (segment.key, segment.space), sentence, segment.line, **values)


def _codes(chain: Chain, gbt_codes: Collection[str] | None) -> Iterator[Problem]:
    for segment in chain.leaves():
        if not segment.gbt:
            yield _problem(ProblemKind.CODE, (segment.key,), _NO_CODE, segment.line, key=segment.key)
        for code in segment.gbt:
            if gbt_codes is not None and code not in gbt_codes:
                sentence = "'%(key)s': GB/T 4754-2017 has no code '%(code)s'"
                values = {"key": segment.key, "code": code}
                yield _problem(ProblemKind.CODE, (segment.key, code), sentence, segment.line, **values)


def _placements(chain: Chain, known: dict[str, Segment]) -> Iterator[Problem]:
    groups = chain.group_keys()
    for placement in chain.placements:
        if placement.segment not in known:
            sentence = "'%(enterprise)s' is placed on an unknown segment '%(key)s'"
        elif placement.segment in groups:
            sentence = "'%(enterprise)s' is placed on a group, '%(key)s'"
        elif not placement.section and not placement.source:
            sentence = "'%(enterprise)s' on '%(key)s' has neither a section nor a source"
        else:
            continue
        subjects = (placement.enterprise, placement.segment)
        values = {"enterprise": placement.enterprise, "key": placement.segment}
        yield _problem(ProblemKind.PLACEMENT, subjects, sentence, placement.line, **values)
    ends = Counter((placement.enterprise, placement.segment) for placement in chain.placements)
    for (enterprise, key), times in ends.items():
        if times > 1:
            sentence = "'%(enterprise)s' is placed on '%(key)s' %(times)s times"
            values = {"enterprise": enterprise, "key": key, "times": times}
            yield _problem(ProblemKind.DUPLICATE, (enterprise, key), sentence, **values)


def _days(chain: Chain) -> Iterator[Problem]:
    """Claims carry days of this age; others are slips of the pen."""
    claims = [
        ((segment.key,), segment.survey.on, segment.line) for segment in chain.segments if segment.survey is not None
    ]
    claims += [((each.enterprise, each.segment), each.on, each.line) for each in chain.placements if each.on]
    if chain.reference is not None and chain.reference.date is not None:
        claims.append(((chain.key,), chain.reference.date, 0))
    for subjects, day, line in claims:
        if not _is_day(day):
            sentence = "%(about)s: '%(day)s' is not a day from %(first)s to %(last)s"
            values = {"about": " / ".join(subjects), "day": day, "first": _FIRST_YEAR, "last": _LAST_YEAR}
            yield _problem(ProblemKind.DAY, subjects, sentence, line, **values)


def _is_day(text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day.isoformat() == text and _FIRST_YEAR <= day.year <= _LAST_YEAR
