"""Editing a chain map: every operation returns a new chain, never changes one in place, and refuses nonsense.

Groups are segments that others name as their parent; they carry no edges and no firms. After each operation the
segments stand in the order of the screen: position by position, each group followed by its members. Edges and firms
are edited by `chains.engine.links`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from chains.engine.model import Chain, Edge, Placement, Position, Segment, Survey
from chains.engine.refusals import (
    EditError,
    Refusal,
    edges_grouped,
    facts_must_hold,
    in_order,
    members_of,
    must_be_group,
    must_flow,
    must_leave_somebody,
    must_not_cycle,
    segment_of,
    shares_must_hold,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ends:
    """How a split shares the edges out: keys of suppliers and customers, and names of firms, that go to the new
    segment; those of `both` stay besides."""

    suppliers: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()
    firms: frozenset[str] = frozenset()
    both: bool = False


def add_segment(chain: Chain, segment: Segment, *, after: str | None = None) -> Chain:
    """With a new segment at the end of its group or position, or behind a sibling."""
    if any(each.key == segment.key for each in chain.segments):
        raise EditError(Refusal.KEY_TAKEN, key=segment.key)
    if segment.parent is not None:
        group = segment_of(chain, segment.parent)
        must_be_group(chain, group)
        segment = replace(segment, position=group.position)
    facts_must_hold(chain, segment)
    segments = list(chain.segments)
    index = len(segments) if after is None else segments.index(segment_of(chain, after)) + 1
    segments.insert(index, segment)
    return in_order(replace(chain, segments=tuple(segments)))


def change_segment(chain: Chain, key: str, **facts: object) -> Chain:
    """With other facts of one segment: names, products, codes, aliases, space, sources, reference. Not its place."""
    old = segment_of(chain, key)
    new = replace(old, **facts)
    if (new.key, new.place) != (old.key, old.place):
        raise ValueError("place and key are not changed like this")
    facts_must_hold(chain, new)
    return _with(chain, new)


def rename(chain: Chain, key: str, name_zh: str, name_en: str) -> Chain:
    """With another name; the key, and all that hangs on it, stays."""
    return change_segment(chain, key, name_zh=name_zh, name_en=name_en)


def move_segment(chain: Chain, key: str, *, position: str, parent: str | None = None) -> Chain:
    """With the segment (a group with its members) at the end of another group or position."""
    old = segment_of(chain, key)
    if parent is not None:
        group = segment_of(chain, parent)
        if parent == key or members_of(chain, key):
            raise EditError(Refusal.TWO_LEVELS, name=old.name_zh)
        must_be_group(chain, group)
        position = group.position
    if position not in list(Position):
        raise EditError(Refusal.NO_POSITION, position=position)
    if (position, parent) == old.place:
        return chain
    if parent != old.parent:
        must_leave_somebody(chain, old)
    moved = [replace(old, position=position, parent=parent)]
    moved += [replace(member, position=position) for member in members_of(chain, key)]
    going = {each.key for each in moved}
    rest = [each for each in chain.segments if each.key not in going]
    new = replace(chain, segments=(*rest, *moved))
    for edge in new.edges:
        if {edge.frm, edge.to} & going:
            must_flow(new, edge)
    return in_order(new)


def step(chain: Chain, key: str, by: int) -> Chain:
    """With the segment one place earlier (-1) or later (1) among its siblings; unchanged at either end."""
    old = segment_of(chain, key)
    siblings = [each for each in chain.segments if each.place == old.place]
    here = siblings.index(old)
    there = here + by
    if not 0 <= there < len(siblings):
        return chain
    order = {each.key: index for index, each in enumerate(siblings)}
    order[old.key], order[siblings[there].key] = there, here
    arranged = iter(sorted(siblings, key=lambda each: order[each.key]))
    return in_order(
        replace(chain, segments=tuple(next(arranged) if each in siblings else each for each in chain.segments))
    )


def split_segment(chain: Chain, key: str, new: Segment, ends: Ends) -> Chain:
    """With `new` split off, at the same place: it takes the edges and firms that `ends` names, the old one keeps the
    rest. Shares stay as they are where an edge moves; an edge that both take has no share."""
    old = segment_of(chain, key)
    if members_of(chain, key):
        raise EditError(Refusal.GROUP, name=old.name_zh)
    grown = add_segment(chain, replace(new, position=old.position, parent=old.parent), after=key)
    edges: list[Edge] = []
    for edge in grown.edges:
        goes = (edge.to == key and edge.frm in ends.suppliers) or (edge.frm == key and edge.to in ends.customers)
        twin = replace(edge, frm=new.key if edge.frm == key else edge.frm, to=new.key if edge.to == key else edge.to)
        if not goes:
            edges.append(edge)
        elif ends.both:
            edges += [replace(edge, share=None), replace(twin, share=None)]
        else:
            edges.append(twin)
    placements: list[Placement] = []
    for placement in grown.placements:
        goes = placement.segment == key and placement.enterprise in ends.firms
        if not goes or ends.both:
            placements.append(placement)
        if goes:
            placements.append(replace(placement, segment=new.key))
    return edges_grouped(replace(grown, edges=tuple(edges), placements=tuple(placements)))


def merge_segments(chain: Chain, key: str, into: str) -> Chain:
    """With `key` gone and everything of it on `into`: products, codes, words, edges (no loop between the two), firms.

    The name of the vanished one becomes a word of the other; of two edges to one neighbour the share is not known any
    more unless only one of them had one.
    """
    old, kept = segment_of(chain, key), segment_of(chain, into)
    if key == into:
        raise EditError(Refusal.SAME)
    for each in (old, kept):
        if members_of(chain, each.key):
            raise EditError(Refusal.GROUP, name=each.name_zh)
    must_leave_somebody(chain, old)
    joined = replace(
        kept,
        products=_union(kept.products, old.products),
        gbt=_union(kept.gbt, old.gbt),
        aliases=_union(kept.aliases, (old.name_zh, *old.aliases), without=kept.name_zh),
        sources=_union(kept.sources, old.sources),
        space=kept.space or old.space,
        reference=_sum(kept.reference, old.reference),
        survey=_older(kept.survey, old.survey),
    )
    segments = tuple(joined if each.key == into else each for each in chain.segments if each.key != key)
    edges: dict[tuple[str, str], Edge] = {}
    for edge in chain.edges:
        frm, to = (into if end == key else end for end in (edge.frm, edge.to))
        if frm == to:
            continue
        there = edges.get((frm, to))
        share = edge.share if there is None else _either(there.share, edge.share)
        edges[frm, to] = replace(edge, frm=frm, to=to, share=share)
    placements: dict[tuple[str, str], Placement] = {}
    for placement in chain.placements:
        moved = replace(placement, segment=into) if placement.segment == key else placement
        placements.setdefault((moved.enterprise, moved.segment), moved)
    new = replace(chain, segments=segments, edges=tuple(edges.values()), placements=tuple(placements.values()))
    for edge in new.edges:
        if into in (edge.frm, edge.to):
            must_flow(new, edge)
    must_not_cycle(new)
    shares_must_hold(new, {edge.to for edge in new.edges})
    return in_order(edges_grouped(new))


def remove_segment(chain: Chain, key: str) -> Chain:
    """Without the segment, its edges and its firms; the members of a removed group stand without a group."""
    old = segment_of(chain, key)
    if len(chain.segments) == 1:
        raise EditError(Refusal.LAST)
    must_leave_somebody(chain, old)
    return in_order(
        replace(
            chain,
            segments=tuple(
                replace(each, parent=None) if each.parent == key else each for each in chain.segments if each.key != key
            ),
            edges=tuple(edge for edge in chain.edges if key not in (edge.frm, edge.to)),
            placements=tuple(each for each in chain.placements if each.segment != key),
        )
    )


def survey(chain: Chain, key: str, found: Survey) -> Chain:
    """With the record that somebody looked who stands on the segment."""
    segment = segment_of(chain, key)
    if members_of(chain, key):
        raise EditError(Refusal.GROUP, name=segment.name_zh)
    return _with(chain, replace(segment, survey=found))


def _with(chain: Chain, segment: Segment) -> Chain:
    return replace(chain, segments=tuple(segment if each.key == segment.key else each for each in chain.segments))


def _union(one: tuple[T, ...], other: tuple[T, ...], without: object = None) -> tuple[T, ...]:
    return tuple(dict.fromkeys(each for each in (*one, *other) if each != without))


def _sum(one: int | None, other: int | None) -> int | None:
    """Two counts of firms of the wider area: unknown if either is."""
    return None if one is None or other is None else one + other


def _either(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is not None and other is not None else one if one is not None else other


def _older(one: Survey | None, other: Survey | None) -> Survey | None:
    """What was surveyed of both: nothing if either was never looked at, else the older look counts."""
    return None if one is None or other is None else min(one, other, key=lambda each: each.on)
