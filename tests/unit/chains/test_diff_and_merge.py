"""What changed between two maps, and two people's changes of one map put together."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from chains.engine import edit, links
from chains.engine.check import check
from chains.engine.diff import Change, ChangeKind, diff
from chains.engine.edit import Ends
from chains.engine.merge import Side, merge
from chains.engine.model import Chain, Edge, Placement, Survey
from chains.engine.refusals import EditError
from chains.engine.subjects import Subject, SubjectKind, assemble, lay_flat
from tests.unit.chains.test_edit import segment, small

SEGMENT, EDGE, PLACEMENT = SubjectKind.SEGMENT, SubjectKind.EDGE, SubjectKind.PLACEMENT


def of(kind: SubjectKind, *key: str) -> Subject:
    return Subject(kind, key)


def names(changes: tuple[Change, ...]) -> list[tuple[str, str]]:
    return [(change.kind.value, "/".join(change.subject.key)) for change in changes]


def test_the_same_map_has_no_difference():
    assert diff(small(), small()) == ()


def test_each_kind_of_change_is_named_once():
    old = small()
    new = edit.rename(old, "a", "鲜叶", "Leaf")
    new = edit.move_segment(new, "d", position="upstream", parent="g")
    new = edit.change_segment(new, "b", reference=5)
    new = edit.add_segment(new, segment("n"))
    new = links.weigh_edge(new, "b", "c", Fraction(1, 4))
    new = links.unplace(new, "甲公司", "a")
    changes = diff(old, new)
    assert names(changes) == [
        ("renamed", "a"),
        ("changed", "b"),
        ("moved", "d"),
        ("added", "n"),
        ("changed", "b/c"),
        ("removed", "甲公司/a"),
    ]
    assert changes[0].fields == (("name_zh", "环节a", "鲜叶"), ("name_en", "a", "Leaf"))
    assert changes[2].fields == (("position", "midstream", "upstream"), ("parent", "h", "g"))
    assert changes[4].fields == (("share", None, Fraction(1, 4)),)


def test_one_step_is_one_move():
    old = small()
    for key in "kmn":
        old = edit.add_segment(old, segment(key, parent="h"))
    new = edit.step(edit.step(old, "n", -1), "n", -1)
    assert diff(old, new) == (Change(ChangeKind.MOVED, of(SEGMENT, "n")),)


def test_a_map_laid_flat_is_put_together_again():
    flat = lay_flat(small())
    assert assemble(flat.entries, flat.order) == small()


def test_changes_in_different_places_merge():
    base = small()
    mine = edit.rename(base, "a", "鲜叶", "a")
    theirs = links.add_edge(edit.change_segment(base, "a", products=("芽",)), "d", "c")
    merged = merge(base, mine, theirs)
    assert merged.conflicts == ()
    both = merged.chain.segment("a")
    assert (both.name_zh, both.products) == ("鲜叶", ("芽",))
    assert ("d", "c") in {(edge.frm, edge.to) for edge in merged.chain.edges}


def test_the_same_field_changed_twice_is_decided_by_a_person():
    base = small()
    mine, theirs = edit.rename(base, "a", "鲜叶", "a"), edit.rename(base, "a", "茶青", "a")
    merged = merge(base, mine, theirs)
    (conflict,) = merged.undecided
    assert (conflict.base, conflict.mine, conflict.theirs) == ("环节a", "鲜叶", "茶青")
    for side, name in ((Side.MINE, "鲜叶"), (Side.THEIRS, "茶青")):
        decided = merge(base, mine, theirs, {conflict.key: side})
        assert decided.undecided == ()
        assert decided.chain.segment("a").name_zh == name


def test_the_same_change_made_twice_is_no_conflict():
    changed = edit.rename(small(), "a", "鲜叶", "a")
    assert merge(small(), changed, changed).conflicts == ()
    assert merge(small(), changed, changed).chain == changed


def test_a_place_is_one_thing():
    base = small()
    mine = edit.move_segment(base, "d", position="upstream", parent="g")
    theirs = edit.move_segment(base, "d", position="downstream")
    (conflict,) = merge(base, mine, theirs).undecided
    assert conflict.field == "place"
    merged = merge(base, mine, theirs, {conflict.key: Side.THEIRS}).chain.segment("d")
    assert (merged.position, merged.parent) == ("downstream", None)


def test_removed_here_and_changed_there():
    base = small()
    mine = edit.remove_segment(base, "c")
    theirs = edit.rename(base, "c", "精制", "c")
    (conflict,) = merge(base, mine, theirs).undecided
    assert (conflict.subject, conflict.field) == (of(SEGMENT, "c"), "")
    gone = merge(base, mine, theirs, {conflict.key: Side.MINE}).chain
    assert gone == mine
    kept = merge(base, mine, theirs, {conflict.key: Side.THEIRS}).chain
    assert kept.segment("c").name_zh == "精制"
    assert set(kept.edges) == set(base.edges)
    assert set(kept.placements) == set(base.placements)


def test_removed_here_and_needed_there():
    base = small()
    mine = edit.remove_segment(base, "d")
    theirs = links.place(links.add_edge(base, "a", "d"), Placement("丙公司", "d", source="走访"))
    (conflict,) = merge(base, mine, theirs).undecided
    assert conflict.subject == of(SEGMENT, "d")
    assert merge(base, mine, theirs, {conflict.key: Side.MINE}).chain == mine
    assert merge(base, mine, theirs, {conflict.key: Side.THEIRS}).chain == theirs


def test_one_side_arranges_and_the_other_adds():
    base = small()
    mine = edit.step(base, "b", -1)
    theirs = edit.add_segment(base, segment("n", "upstream", parent="g"), after="a")
    merged = merge(base, mine, theirs)
    assert merged.conflicts == ()
    assert [each.key for each in merged.chain.segments][:4] == ["g", "b", "a", "n"]


def test_both_arrange_one_group_otherwise():
    base = edit.add_segment(small(), segment("n", "upstream", parent="g"))
    mine, theirs = edit.step(base, "a", 1), edit.step(base, "n", -1)
    (conflict,) = merge(base, mine, theirs).undecided
    assert (conflict.field, conflict.mine, conflict.theirs) == ("order", ("b", "a", "n"), ("a", "n", "b"))
    merged = merge(base, mine, theirs, {conflict.key: Side.THEIRS})
    assert [each.key for each in merged.chain.segments][:4] == ["g", "a", "n", "b"]


def test_each_arranges_another_group():
    base = small()
    mine, theirs = edit.step(base, "a", 1), edit.step(base, "c", 1)
    merged = merge(base, mine, theirs)
    assert merged.conflicts == ()
    assert [each.key for each in merged.chain.segments] == ["g", "b", "a", "h", "d", "c", "e"]


def test_a_segment_put_elsewhere_stands_where_it_was_put():
    base = small()
    mine = edit.add_segment(base, segment("n"))
    mine = edit.step(edit.move_segment(mine, "a", position="midstream"), "a", -1)
    for merged in (merge(base, mine, base), merge(base, base, mine)):
        assert merged.chain == mine


def test_a_member_added_there_follows_a_group_moved_here():
    base = small()
    mine = edit.move_segment(base, "g", position="midstream")
    theirs = edit.add_segment(base, segment("n", "upstream", parent="g"))
    merged = merge(base, mine, theirs)
    assert merged.conflicts == ()
    assert merged.chain.segment("n").position == "midstream"


def test_two_halves_of_a_cycle_are_the_checkers_matter():
    base = edit.add_segment(small(), segment("m", parent="h"))
    mine, theirs = links.add_edge(base, "c", "m"), links.add_edge(base, "m", "c")
    merged = merge(base, mine, theirs)
    assert merged.conflicts == ()
    assert "cycle" in {problem.kind.value for problem in check(merged.chain)}


# ── Any edits ────────────────────────────────────────────────────────────────────────────────────────────────────────


@st.composite
def edited(draw, start: Chain) -> Chain:
    """The start after some edits of any kind; those that are refused do nothing."""
    chain = start
    for number in range(draw(st.integers(0, 5))):
        key, other = (draw(st.sampled_from([each.key for each in chain.segments])) for _ in range(2))
        new = segment(f"n{number}{draw(st.integers(0, 9))}", draw(st.sampled_from(["upstream", "midstream"])))
        edits = (
            lambda c, k=key, n=new: edit.add_segment(c, n),
            lambda c, k=key, n=new: edit.add_segment(c, replace(n, parent=k)),
            lambda c, k=key, n=number: edit.rename(c, k, f"新名{n}", "new"),
            lambda c, k=key, o=other: edit.move_segment(c, k, position="midstream", parent=o),
            lambda c, k=key: edit.move_segment(c, k, position="upstream"),
            lambda c, k=key: edit.step(c, k, 1),
            lambda c, k=key, o=other: edit.merge_segments(c, k, o),
            lambda c, k=key: edit.remove_segment(c, k),
            lambda c, k=key, o=other: links.add_edge(c, k, o, Fraction(1, 9)),
            lambda c, k=key, o=other: links.remove_edge(c, k, o),
            lambda c, k=key: links.place(c, Placement("丙公司", k, source="走访")),
            lambda c, k=key: edit.survey(c, k, Survey(on="2026-11-24")),
            lambda c, k=key, n=new: edit.split_segment(c, k, n, Ends(frozenset("ac"), frozenset("e"))),
        )
        try:
            chain = draw(st.sampled_from(edits))(chain)
        except EditError:
            continue
    return chain


def sound(chain: Chain) -> bool:
    return all(problem.is_advice for problem in check(chain))


@given(edited(small()))
def test_edits_never_make_an_unsound_map(chain):
    assert sound(chain), [problem.sentence for problem in check(chain)]
    assert small() == small()


@given(edited(small()), edited(small()))
def test_a_diff_is_empty_only_between_equal_maps(one, other):
    assert diff(one, one) == ()
    flat = [lay_flat(each) for each in (one, other)]
    assert (diff(one, other) == ()) == (flat[0] == flat[1])


@given(edited(small()))
def test_merging_with_somebody_who_did_nothing_changes_nothing(chain):
    base = small()
    for merged in (merge(base, chain, base), merge(base, base, chain), merge(base, chain, chain)):
        assert merged.conflicts == ()
        assert diff(merged.chain, chain) == ()


@given(edited(small()), edited(small()), st.sampled_from(list(Side)))
def test_once_everything_is_decided_nothing_hangs_in_the_air(mine, theirs, side):
    first = merge(small(), mine, theirs)
    merged = merge(small(), mine, theirs, {conflict.key: side for conflict in first.conflicts})
    assert merged.undecided == ()
    known = {each.key for each in merged.chain.segments}
    assert all({edge.frm, edge.to} <= known for edge in merged.chain.edges)
    assert all(each.segment in known for each in merged.chain.placements)
    assert all(each.parent in known for each in merged.chain.segments if each.parent)


def test_edges_without_change_keep_their_line_out_of_the_comparison():
    other = replace(small(), edges=tuple(replace(edge, line=9) for edge in small().edges), path="elsewhere")
    assert diff(small(), other) == ()
    assert Edge("a", "c") != Edge("a", "c", line=9)
