"""What edits of a chain refuse, with the sentence, and the questions that they ask of a chain first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction

from chains.engine.check import find_cycles
from chains.engine.model import Chain, Edge, Position, Segment


class Refusal(StrEnum):
    """Why an edit cannot be done; the value is the sentence, filled with the error's `params`."""

    UNKNOWN = "there is no segment '%(key)s'"
    KEY_TAKEN = "the key '%(key)s' is taken"
    NAME_TAKEN = "'%(name)s' is the name of another segment"
    NO_NAME = "a segment needs a name"
    NO_POSITION = "'%(position)s' is not a position"
    CYCLE = "this would make a cycle: %(names)s"
    SELF = "'%(name)s' cannot supply itself"
    EDGE_TAKEN = "'%(frm)s' supplies '%(to)s' already"
    NO_EDGE = "'%(frm)s' does not supply '%(to)s'"
    AGAINST_FLOW = "'%(frm)s' stands after '%(to)s' in the chain and cannot supply it"
    SHARE = "%(share)s is not a share (above 0, at most 1, denominator up to 999999)"
    SHARES = "the input shares of '%(name)s' would add up to %(total)s"
    GROUP = "'%(name)s' is a group; choose one of its segments"
    TWO_LEVELS = "'%(name)s' lies in a group itself or holds one: groups do not nest"
    IN_USE = "'%(name)s' has edges or firms and cannot become a group"
    ORPHAN_GROUP = "'%(name)s' is the last segment of the group '%(group)s'; remove the group first"
    SAME = "a segment cannot be merged with itself"
    PLACED = "'%(enterprise)s' stands on '%(name)s' already"
    NOT_PLACED = "'%(enterprise)s' does not stand on '%(name)s'"
    NO_SOURCE = "a placement needs a section of the document or a source in words"
    UNKNOWN_SOURCE = "there is no source '%(source)s'"
    UNKNOWN_SPACE = "there is no space template '%(space)s'"
    SPACE_USED = "the space template '%(name)s' is used by %(count)s segments"
    LAST = "the last segment of a chain stays"


class EditError(Exception):
    """An edit is refused: `refusal` says why, `params` what it is about (names as people see them)."""

    def __init__(self, refusal: Refusal, **params: object) -> None:
        super().__init__(refusal.value % params if params else refusal.value)
        self.refusal = refusal
        self.params = params


def ordered(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """In the order of the screen: by position, each group followed by its members, else as given."""
    given = list(segments)
    members: dict[str, list[Segment]] = {}
    keys = {each.key for each in given}
    for each in given:
        if each.parent in keys:
            members.setdefault(str(each.parent), []).append(each)
    rank = {position.value: position.rank for position in Position}
    tops = [each for each in given if each.parent not in keys]
    tops.sort(key=lambda each: rank.get(each.position, len(rank)))
    found = []
    for top in tops:
        found += [top, *members.pop(top.key, ())]
    # Members of members are wrong, but nothing may be lost: the checker names them.
    return (*found, *(each for rest in members.values() for each in rest))


def grouped(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Edges of one supplier together, suppliers in the order in which they come first."""
    by_supplier: dict[str, list[Edge]] = {}
    for edge in edges:
        by_supplier.setdefault(edge.frm, []).append(edge)
    return tuple(edge for found in by_supplier.values() for edge in found)


def segment_of(chain: Chain, key: str) -> Segment:
    """The segment of that key."""
    found = next((each for each in chain.segments if each.key == key), None)
    if found is None:
        raise EditError(Refusal.UNKNOWN, key=key)
    return found


def leaf_of(chain: Chain, key: str) -> Segment:
    """The segment of that key, which is no group."""
    found = segment_of(chain, key)
    if members_of(chain, key):
        raise EditError(Refusal.GROUP, name=found.name_zh)
    return found


def members_of(chain: Chain, key: str) -> list[Segment]:
    """The segments of a group, none of a segment that is none."""
    return [each for each in chain.segments if each.parent == key]


def name_of(chain: Chain, key: str) -> str:
    """Its Chinese name; the key of one that is gone."""
    return next((each.name_zh for each in chain.segments if each.key == key), key)


def in_order(chain: Chain) -> Chain:
    """With its segments in the order of the screen."""
    return replace(chain, segments=ordered(chain.segments))


def edges_grouped(chain: Chain) -> Chain:
    """With the edges of one supplier together."""
    return replace(chain, edges=grouped(chain.edges))


def facts_must_hold(chain: Chain, segment: Segment) -> None:
    """Refuse a nameless segment, a name twice, and references to nothing."""
    if not segment.name_zh:
        raise EditError(Refusal.NO_NAME)
    if segment.position not in list(Position):
        raise EditError(Refusal.NO_POSITION, position=segment.position)
    for other in chain.segments:
        if other.key != segment.key and other.name_zh == segment.name_zh:
            raise EditError(Refusal.NAME_TAKEN, name=segment.name_zh)
    if segment.space is not None and segment.space not in {space.key for space in chain.spaces}:
        raise EditError(Refusal.UNKNOWN_SPACE, space=segment.space)
    known = {source.key for source in chain.sources}
    for reference in segment.sources:
        if reference.key not in known:
            raise EditError(Refusal.UNKNOWN_SOURCE, source=reference.key)


def must_be_group(chain: Chain, group: Segment) -> None:
    """Refuse to put members into what is no group and cannot become one."""
    if group.parent is not None:
        raise EditError(Refusal.TWO_LEVELS, name=group.name_zh)
    used = any(group.key in (edge.frm, edge.to) for edge in chain.edges)
    if used or any(each.segment == group.key for each in chain.placements):
        raise EditError(Refusal.IN_USE, name=group.name_zh)


def must_leave_somebody(chain: Chain, segment: Segment) -> None:
    """A group whose last member leaves would become a segment that nobody described."""
    if segment.parent is not None and len(members_of(chain, segment.parent)) == 1:
        group = segment_of(chain, segment.parent)
        raise EditError(Refusal.ORPHAN_GROUP, name=segment.name_zh, group=group.name_zh)


def share_of(share: Fraction | None) -> Fraction | None:
    """A share that the file format can hold; None is not known."""
    if share is not None and not (0 < share <= 1 and share.denominator < 1_000_000):
        raise EditError(Refusal.SHARE, share=share)
    return share


def must_flow(chain: Chain, edge: Edge) -> None:
    """Refuse what supplies backwards."""
    supplier, customer = segment_of(chain, edge.frm), segment_of(chain, edge.to)
    if Position(supplier.position).rank > Position(customer.position).rank:
        raise EditError(Refusal.AGAINST_FLOW, frm=supplier.name_zh, to=customer.name_zh)


def must_not_cycle(chain: Chain) -> None:
    """Refuse the first cycle, named all round."""
    for cycle in find_cycles(chain.edges):
        raise EditError(Refusal.CYCLE, names=" → ".join(name_of(chain, key) for key in (*cycle, cycle[0])))


def shares_must_hold(chain: Chain, customers: Collection[str]) -> None:
    """Refuse shares of more than everything."""
    totals: Mapping[str, Fraction] = {
        key: sum((edge.share for edge in chain.edges if edge.to == key and edge.share is not None), Fraction())
        for key in customers
    }
    for key, total in totals.items():
        if total > 1:
            raise EditError(Refusal.SHARES, name=name_of(chain, key), total=total)
