"""Editing what lies between segments and on them: supply edges, firms, and the words about the whole chain.

As in `chains.engine.edit`, every operation returns a new chain and refuses nonsense with an `EditError`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from chains.engine.model import Chain, Edge, Placement, Reference, Source, SpaceTemplate
from chains.engine.refusals import (
    EditError,
    Refusal,
    edges_grouped,
    leaf_of,
    must_flow,
    must_not_cycle,
    name_of,
    share_of,
    shares_must_hold,
)

Keyed = TypeVar("Keyed", Source, SpaceTemplate)

# ── Edges ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def add_edge(chain: Chain, frm: str, to: str, share: Fraction | None = None) -> Chain:
    """With `frm` supplying `to`."""
    supplier, customer = leaf_of(chain, frm), leaf_of(chain, to)
    if frm == to:
        raise EditError(Refusal.SELF, name=supplier.name_zh)
    if _edge(chain, frm, to) is not None:
        raise EditError(Refusal.EDGE_TAKEN, frm=supplier.name_zh, to=customer.name_zh)
    edge = Edge(frm, to, share_of(share))
    must_flow(chain, edge)
    new = edges_grouped(replace(chain, edges=(*chain.edges, edge)))
    must_not_cycle(new)
    shares_must_hold(new, {to})
    return new


def remove_edge(chain: Chain, frm: str, to: str) -> Chain:
    """Without that edge."""
    _known_edge(chain, frm, to)
    return replace(chain, edges=tuple(edge for edge in chain.edges if (edge.frm, edge.to) != (frm, to)))


def weigh_edge(chain: Chain, frm: str, to: str, share: Fraction | None) -> Chain:
    """With another share of `to`'s inputs; None is not known."""
    _known_edge(chain, frm, to)
    checked = share_of(share)
    edges = (replace(each, share=checked) if (each.frm, each.to) == (frm, to) else each for each in chain.edges)
    new = replace(chain, edges=tuple(edges))
    shares_must_hold(new, {to})
    return new


# ── Firms ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def place(chain: Chain, placement: Placement) -> Chain:
    """With a firm on a segment; it needs a source of some kind."""
    segment = leaf_of(chain, placement.segment)
    if _placement(chain, placement.enterprise, placement.segment) is not None:
        raise EditError(Refusal.PLACED, enterprise=placement.enterprise, name=segment.name_zh)
    if not placement.section and not placement.source:
        raise EditError(Refusal.NO_SOURCE)
    return replace(chain, placements=(*chain.placements, placement))


def change_placement(chain: Chain, enterprise: str, segment: str, **facts: object) -> Chain:
    """With other facts of a claim: leader, source, day, confidence, note."""
    old = _known_placement(chain, enterprise, segment)
    new = replace(old, **facts)
    if not new.section and not new.source:
        raise EditError(Refusal.NO_SOURCE)
    return replace(chain, placements=tuple(new if each is old else each for each in chain.placements))


def confirm(chain: Chain, enterprise: str, segment: str, on: str, confidence: str) -> Chain:
    """With the claim confirmed on a day."""
    return change_placement(chain, enterprise, segment, on=on, confidence=confidence)


def unplace(chain: Chain, enterprise: str, segment: str) -> Chain:
    """Without that firm on that segment."""
    old = _known_placement(chain, enterprise, segment)
    return replace(chain, placements=tuple(each for each in chain.placements if each is not old))


# ── The chain itself ─────────────────────────────────────────────────────────────────────────────────────────────────


def change_chain(chain: Chain, *, name_en: str, summary: str, reference: Reference | None) -> Chain:
    """With other words about the whole. The Chinese name is the district's."""
    return replace(chain, name_en=name_en, summary=summary, reference=reference)


def put_source(chain: Chain, source: Source) -> Chain:
    """With a source, new or described otherwise."""
    return replace(chain, sources=_put(chain.sources, source))


def put_space(chain: Chain, space: SpaceTemplate) -> Chain:
    """With a space template, new or described otherwise."""
    return replace(chain, spaces=_put(chain.spaces, space))


def remove_space(chain: Chain, key: str) -> Chain:
    """Without a space template that no segment names."""
    count = sum(segment.space == key for segment in chain.segments)
    gone = next((space for space in chain.spaces if space.key == key), None)
    if gone is None:
        raise EditError(Refusal.UNKNOWN_SPACE, space=key)
    if count:
        raise EditError(Refusal.SPACE_USED, name=gone.name_zh, count=count)
    return replace(chain, spaces=tuple(space for space in chain.spaces if space.key != key))


def _put(entries: tuple[Keyed, ...], entry: Keyed) -> tuple[Keyed, ...]:
    if any(each.key == entry.key for each in entries):
        return tuple(entry if each.key == entry.key else each for each in entries)
    return (*entries, entry)


def _edge(chain: Chain, frm: str, to: str) -> Edge | None:
    return next((edge for edge in chain.edges if (edge.frm, edge.to) == (frm, to)), None)


def _known_edge(chain: Chain, frm: str, to: str) -> Edge:
    edge = _edge(chain, frm, to)
    if edge is None:
        raise EditError(Refusal.NO_EDGE, frm=name_of(chain, frm), to=name_of(chain, to))
    return edge


def _placement(chain: Chain, enterprise: str, segment: str) -> Placement | None:
    return next((each for each in chain.placements if (each.enterprise, each.segment) == (enterprise, segment)), None)


def _known_placement(chain: Chain, enterprise: str, segment: str) -> Placement:
    found = _placement(chain, enterprise, segment)
    if found is None:
        raise EditError(Refusal.NOT_PLACED, enterprise=enterprise, name=name_of(chain, segment))
    return found
