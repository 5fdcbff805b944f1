"""Pictures of chains: nothing overlaps, nothing leaves the sheet, the same chain always looks the same."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from random import Random

import pytest

from chains.engine.flow import MARGIN, FlowNode, flow, input_shares
from chains.engine.graph import CycleError
from chains.engine.layout import NET_WIDTH, SHEET_WIDTH, neighbourhood, sheet, strip, thickness
from chains.engine.loader import load_all
from chains.engine.model import Edge, Position


def apart(one, other) -> bool:
    return (
        one.right <= other.x + 1e-9
        or other.right <= one.x + 1e-9
        or one.bottom <= other.y + 1e-9
        or other.bottom <= one.y + 1e-9
    )


def all_apart(boxes) -> bool:
    return all(apart(one, other) for one, other in combinations(boxes, 2))


def all_inside(boxes, width, height) -> bool:
    return all(box.x >= 0 and box.y >= 0 and box.right <= width and box.bottom <= height for box in boxes)


def equal(names: str) -> list[tuple[str, Fraction]]:
    return [(name, Fraction(1, len(names))) for name in names]


@pytest.mark.parametrize("draw", [neighbourhood, strip])
@pytest.mark.parametrize(("left", "right"), [("", ""), ("a", ""), ("", "xyz"), ("abcdefghijkl", "x"), ("ab", "xyzw")])
def test_a_neighbourhood_is_tidy(draw, left, right):
    picture = draw("me", equal(left), equal(right))
    assert len(picture.boxes) == 1 + len(left) + len(right)
    assert all_apart(picture.boxes)
    assert all_inside(picture.boxes, picture.width, picture.height)


def test_suppliers_left_customers_right_the_thickest_first():
    picture = neighbourhood("me", [("a", Fraction(1, 7)), ("b", Fraction(4, 7)), ("c", Fraction(2, 7))], equal("x"))
    me = picture.box("me", "self")
    suppliers = [box for box in picture.boxes if box.side == "supplier"]
    assert [box.key for box in suppliers] == ["b", "c", "a"]
    assert all(box.right < me.x for box in suppliers)
    assert picture.box("x", "customer").x > me.right
    assert [curve.thickness for curve in picture.curves[:3]] == sorted(
        (curve.thickness for curve in picture.curves[:3]), reverse=True
    )
    assert (picture.curves[0].supplier, picture.curves[0].customer) == ("b", "me")
    assert (picture.curves[-1].supplier, picture.curves[-1].customer) == ("me", "x")
    assert max(box.right for box in picture.boxes) <= NET_WIDTH


def test_a_share_of_more_than_all_is_drawn_as_all():
    assert thickness(Fraction(3)) == thickness(Fraction(1)) > thickness(Fraction(1, 2)) > thickness(Fraction(0)) > 1


def columns_of(chain):
    groups = {group.key: [] for group in chain.segments if group.key in chain.group_keys()}
    for leaf in chain.leaves():
        groups.setdefault(leaf.parent or leaf.position, []).append(leaf)
    return [
        (
            position.value,
            [
                (key, [leaf.key for leaf in leaves if leaf.position == position])
                for key, leaves in groups.items()
                if any(leaf.position == position for leaf in leaves)
            ],
        )
        for position in Position
    ]


@pytest.mark.parametrize("chain", load_all(), ids=lambda chain: chain.key)
def test_every_chain_of_the_district_fits_its_sheet(chain):
    columns = columns_of(chain)
    picture = sheet(columns, top=90)
    assert sorted(card.key for card in picture.cards) == sorted(leaf.key for leaf in chain.leaves())
    assert all_apart((*picture.cards, *picture.groups, *picture.heads))
    assert all_inside(picture.cards, SHEET_WIDTH, picture.height)
    assert picture == sheet(columns, top=90)


def test_an_empty_chain_has_an_empty_sheet():
    assert sheet([]).cards == ()
    assert sheet([(position.value, []) for position in Position]).cards == ()


def nodes_of(chain, seed=0):
    dice = Random(seed)
    return [
        FlowNode(leaf.key, Position(leaf.position).rank, Fraction(dice.choice((0, 0, 1, 3, 14))))
        for leaf in chain.leaves()
    ]


@pytest.mark.parametrize("chain", load_all(), ids=lambda chain: chain.key)
def test_every_chain_flows_inside_its_picture(chain):
    nodes = nodes_of(chain)
    picture = flow(nodes, chain.edges, height=700)
    assert len(picture.bars) == len(nodes)
    assert all_apart(picture.bars)
    assert all_inside(picture.bars, picture.width, picture.height)
    assert all(bar.y >= MARGIN for bar in picture.bars)
    assert {(stream.supplier, stream.customer) for stream in picture.streams} == {(e.frm, e.to) for e in chain.edges}
    backwards = list(chain.edges)
    Random(1).shuffle(backwards)
    assert flow(nodes, backwards, height=700) == picture
    layer = {bar.key: int(bar.side) for bar in picture.bars}
    rank = {node.key: node.band for node in nodes}
    assert all(layer[e.frm] < layer[e.to] for e in chain.edges if rank[e.frm] <= rank[e.to])


@pytest.mark.parametrize("seed", range(6))
def test_what_comes_into_a_segment_passes_through_it(seed):
    chain = load_all()[0]
    nodes = nodes_of(chain, seed)
    picture = flow(nodes, chain.edges)
    sizes = {node.key: node.size for node in nodes}
    customers = {edge.to for edge in chain.edges}
    for node in nodes:
        coming = sum((each.weight for each in picture.streams if each.customer == node.key), Fraction(0))
        leaving = sum((each.weight for each in picture.streams if each.supplier == node.key), Fraction(0))
        assert picture.throughput[node.key] == sizes[node.key] + leaving
        assert node.key not in customers or coming == picture.throughput[node.key]
    assert any(size for size in sizes.values())


def test_shares_of_inputs_add_up():
    edges = [Edge("a", "d"), Edge("b", "d", Fraction(1, 2)), Edge("c", "d")]
    assert input_shares("abcd", edges) == {
        ("a", "d"): Fraction(1, 4),
        ("b", "d"): Fraction(1, 2),
        ("c", "d"): Fraction(1, 4),
    }


def test_a_cycle_is_refused():
    nodes = [FlowNode("a", 0, Fraction(1)), FlowNode("b", 0, Fraction(1))]
    with pytest.raises(CycleError):
        flow(nodes, [Edge("a", "b"), Edge("b", "a")])


def test_nothing_flows_in_an_empty_chain():
    assert flow([], []).bars == ()
