"""Editing a map: a new chain each time, the old one as it was, and every nonsense refused by name."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from chains.engine import edit, links
from chains.engine.edit import Ends
from chains.engine.model import Chain, Edge, Placement, Segment, Source, SourceRef, SpaceTemplate, Survey
from chains.engine.refusals import EditError, Refusal


def segment(key: str, position: str = "midstream", **more: object) -> Segment:
    facts = {"sources": (SourceRef("industry"),), "gbt": ("1530",), **more}
    return Segment(key=key, name_zh=f"环节{key}", name_en=key, position=position, **facts)


def small() -> Chain:
    """Two groups: 上游 g(a, b), 中游 h(c, d), 下游 e without a group; a→c→e, b→c, d→e."""
    return Chain(
        key="x",
        name_zh="例",
        name_en="example",
        summary="例",
        sections=(),
        sources=(Source("industry", "industry knowledge", date="2026-11-24"),),
        spaces=(SpaceTemplate("hall", "厂房", 10, 20, "exempt"),),
        segments=(
            segment("g", "upstream"),
            segment("a", "upstream", parent="g", products=("茶青",)),
            segment("b", "upstream", parent="g", space="hall"),
            segment("h"),
            segment("c", parent="h", aliases=("旧名",)),
            segment("d", parent="h"),
            segment("e", "downstream"),
        ),
        edges=(Edge("a", "c", Fraction(3, 4)), Edge("b", "c"), Edge("c", "e"), Edge("d", "e")),
        placements=(Placement("甲公司", "a", section="四"), Placement("乙公司", "c", source="走访", leader=True)),
    )


def keys(chain: Chain) -> list[str]:
    return [each.key for each in chain.segments]


def pairs(chain: Chain) -> list[tuple[str, str]]:
    return [(edge.frm, edge.to) for edge in chain.edges]


def refused(refusal: Refusal, call, *args: object, **named: object) -> EditError:
    with pytest.raises(EditError) as caught:
        call(*args, **named)
    assert caught.value.refusal is refusal
    return caught.value


def test_a_segment_is_added_behind_a_sibling_and_takes_the_place_of_its_group():
    chain = small()
    grown = edit.add_segment(chain, segment("n", "downstream", parent="g"), after="a")
    assert keys(grown) == ["g", "a", "n", "b", "h", "c", "d", "e"]
    assert grown.segment("n").position == "upstream"
    assert chain == small()


def test_a_segment_without_a_group_stands_at_the_end_of_its_position():
    assert keys(edit.add_segment(small(), segment("n", "upstream")))[:4] == ["g", "a", "b", "n"]


@pytest.mark.parametrize(
    ("new", "refusal"),
    [
        (segment("a"), Refusal.KEY_TAKEN),
        (replace(segment("n"), name_zh="环节a"), Refusal.NAME_TAKEN),
        (replace(segment("n"), name_zh=""), Refusal.NO_NAME),
        (segment("n", "sideways"), Refusal.NO_POSITION),
        (segment("n", parent="a"), Refusal.TWO_LEVELS),
        (segment("n", parent="e"), Refusal.IN_USE),
        (segment("n", parent="nobody"), Refusal.UNKNOWN),
        (segment("n", space="tower"), Refusal.UNKNOWN_SPACE),
        (segment("n", sources=(SourceRef("rumour"),)), Refusal.UNKNOWN_SOURCE),
    ],
)
def test_a_segment_that_cannot_be_added_is_refused(new, refusal):
    refused(refusal, edit.add_segment, small(), new)


def test_facts_and_names_change_and_the_key_stays():
    chain = edit.rename(small(), "c", "精制", "Refining")
    chain = edit.change_segment(chain, "c", products=("成品",), reference=12)
    changed = chain.segment("c")
    assert (changed.name_zh, changed.name_en, changed.products, changed.reference) == (
        "精制",
        "Refining",
        ("成品",),
        12,
    )
    assert pairs(chain) == pairs(small())
    refused(Refusal.NAME_TAKEN, edit.rename, chain, "c", "环节d", "")
    with pytest.raises(ValueError, match="place and key"):
        edit.change_segment(chain, "c", parent=None)


def test_a_segment_moves_to_another_group_and_a_group_takes_its_members_along():
    chain = edit.move_segment(small(), "d", position="upstream", parent="g")
    assert keys(chain) == ["g", "a", "b", "d", "h", "c", "e"]
    assert chain.segment("d").position == "upstream"
    moved = edit.move_segment(small(), "g", position="midstream")
    assert [moved.segment(key).position for key in "gab"] == ["midstream"] * 3
    assert keys(moved) == ["h", "c", "d", "g", "a", "b", "e"]


def test_moves_that_make_nonsense_are_refused():
    error = refused(Refusal.AGAINST_FLOW, edit.move_segment, small(), "a", position="downstream")
    assert error.params == {"frm": "环节a", "to": "环节c"}
    refused(Refusal.TWO_LEVELS, edit.move_segment, small(), "g", position="midstream", parent="h")
    refused(Refusal.NO_POSITION, edit.move_segment, small(), "d", position="")
    alone = edit.move_segment(small(), "d", position="upstream", parent="g")
    error = refused(Refusal.ORPHAN_GROUP, edit.move_segment, alone, "c", position="midstream")
    assert error.params == {"name": "环节c", "group": "环节h"}


def test_steps_stop_at_either_end():
    chain = small()
    assert keys(edit.step(chain, "a", 1)) == ["g", "b", "a", "h", "c", "d", "e"]
    assert edit.step(chain, "a", -1) == chain
    assert edit.step(chain, "b", 1) == chain


def test_a_split_shares_out_edges_and_firms():
    ends = Ends(suppliers=frozenset("a"), customers=frozenset("e"), firms=frozenset(["乙公司"]))
    chain = edit.split_segment(small(), "c", segment("n"), ends)
    assert keys(chain) == ["g", "a", "b", "h", "c", "n", "d", "e"]
    assert pairs(chain) == [("a", "n"), ("b", "c"), ("n", "e"), ("d", "e")]
    assert chain.edges[0].share == Fraction(3, 4)
    assert [(each.enterprise, each.segment) for each in chain.placements] == [("甲公司", "a"), ("乙公司", "n")]


def test_after_a_split_into_both_the_shares_are_not_known():
    chain = edit.split_segment(small(), "c", segment("n"), Ends(frozenset("a"), frozenset("e"), both=True))
    assert set(pairs(chain)) == {("a", "c"), ("a", "n"), ("b", "c"), ("c", "e"), ("n", "e"), ("d", "e")}
    assert all(edge.share is None for edge in chain.edges)


def test_a_merge_unites_and_makes_no_loop():
    chain = links.add_edge(small(), "c", "d")
    merged = edit.merge_segments(chain, "c", "d")
    assert keys(merged) == ["g", "a", "b", "h", "d", "e"]
    assert pairs(merged) == [("a", "d"), ("b", "d"), ("d", "e")]
    kept = merged.segment("d")
    assert kept.aliases == ("环节c", "旧名")
    assert [(each.enterprise, each.segment) for each in merged.placements] == [("甲公司", "a"), ("乙公司", "d")]


def test_a_merge_that_closes_a_circle_is_refused_with_its_way_round():
    chain = edit.add_segment(small(), segment("m", parent="h"))
    for frm, to in (("c", "m"), ("m", "d")):
        chain = links.add_edge(chain, frm, to)
    error = refused(Refusal.CYCLE, edit.merge_segments, chain, "d", "c")
    assert error.params["names"] in ("环节c → 环节m → 环节c", "环节m → 环节c → 环节m")
    refused(Refusal.SAME, edit.merge_segments, chain, "c", "c")
    refused(Refusal.GROUP, edit.merge_segments, chain, "c", "h")
    refused(Refusal.AGAINST_FLOW, edit.merge_segments, chain, "a", "e")


def test_a_removed_segment_takes_its_edges_and_firms_along():
    chain = edit.remove_segment(small(), "c")
    assert pairs(chain) == [("d", "e")]
    assert [each.segment for each in chain.placements] == ["a"]
    refused(Refusal.ORPHAN_GROUP, edit.remove_segment, chain, "d")


def test_the_members_of_a_removed_group_stand_without_one():
    chain = edit.remove_segment(small(), "h")
    assert [chain.segment(key).parent for key in "cd"] == [None, None]
    assert pairs(chain) == pairs(small())


def test_the_last_segment_stays():
    chain = small()
    for key in ("g", "h", "a", "b", "c", "d"):
        chain = edit.remove_segment(chain, key)
    refused(Refusal.LAST, edit.remove_segment, chain, "e")


@pytest.mark.parametrize(
    ("frm", "to", "refusal"),
    [
        ("a", "a", Refusal.SELF),
        ("a", "c", Refusal.EDGE_TAKEN),
        ("g", "c", Refusal.GROUP),
        ("e", "a", Refusal.AGAINST_FLOW),
        ("a", "z", Refusal.UNKNOWN),
    ],
)
def test_edges_that_make_nonsense_are_refused(frm, to, refusal):
    refused(refusal, links.add_edge, small(), frm, to)


def test_a_cycle_is_named_all_round():
    chain = links.add_edge(small(), "c", "d")
    error = refused(Refusal.CYCLE, links.add_edge, chain, "d", "c")
    assert error.params["names"] == "环节c → 环节d → 环节c"
    assert "cycle" in str(error)


def test_shares_hold_together():
    chain = links.weigh_edge(small(), "b", "c", Fraction(1, 4))
    assert chain.edges[1].share == Fraction(1, 4)
    error = refused(Refusal.SHARES, links.weigh_edge, chain, "b", "c", Fraction(1, 2))
    assert error.params == {"name": "环节c", "total": Fraction(5, 4)}
    refused(Refusal.SHARE, links.weigh_edge, chain, "b", "c", Fraction(0))
    refused(Refusal.SHARE, links.weigh_edge, chain, "b", "c", Fraction(1, 10**7))
    refused(Refusal.NO_EDGE, links.weigh_edge, chain, "a", "e", None)
    assert pairs(links.remove_edge(chain, "a", "c")) == [("b", "c"), ("c", "e"), ("d", "e")]


def test_firms_are_placed_confirmed_and_taken_away():
    chain = links.place(small(), Placement("丙公司", "d", source="电话"))
    chain = links.confirm(chain, "丙公司", "d", "2026-11-24", "verified")
    assert chain.placements[-1].on == "2026-11-24"
    refused(Refusal.PLACED, links.place, chain, Placement("丙公司", "d", source="电话"))
    refused(Refusal.NO_SOURCE, links.place, chain, Placement("丁公司", "d"))
    refused(Refusal.NO_SOURCE, links.change_placement, chain, "丙公司", "d", source=None)
    refused(Refusal.GROUP, links.place, chain, Placement("丁公司", "h", source="电话"))
    refused(Refusal.NOT_PLACED, links.unplace, chain, "丁公司", "d")
    assert links.unplace(chain, "丙公司", "d") == small()


def test_a_survey_belongs_to_a_segment_and_not_to_a_group():
    found = Survey(on="2026-11-24", by="吴专班")
    assert edit.survey(small(), "a", found).segment("a").survey == found
    refused(Refusal.GROUP, edit.survey, small(), "g", found)


def test_space_templates_in_use_stay():
    error = refused(Refusal.SPACE_USED, links.remove_space, small(), "hall")
    assert error.params == {"name": "厂房", "count": 1}
    free = edit.change_segment(small(), "b", space=None)
    assert links.remove_space(free, "hall").spaces == ()
    refused(Refusal.UNKNOWN_SPACE, links.remove_space, free, "tower")
