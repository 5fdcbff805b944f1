"""The gap engine against golden cases, a pencil, and the properties of MATCHING B."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chains.engine.betweenness import betweenness
from chains.engine.cases import audit
from chains.engine.gaps import (
    Analysis,
    Circumstances,
    CycleError,
    Firm,
    ReferenceCounts,
    SegmentState,
    analyse,
    judge,
)
from chains.engine.graph import build
from chains.engine.model import Edge, GapAction, SegmentStatus
from chains.engine.tally import Tally
from tests.unit.chains.pencil import Book, World, draw

CASES = Path(__file__).with_name("cases.json")
SPECIFICATION = Path(__file__).resolve().parents[4] / "shared" / "data" / "matching_cases.json"

#: Worlds are thrown with dice of which Hypothesis chooses the seed only.
seeds = given(seed=st.integers(0, 10**9))
examples = settings(max_examples=120, deadline=None, derandomize=True)


def analysed(world: World) -> Analysis:
    return analyse(world.segments, world.edges, world.firms, **world.options())


def test_every_golden_case_agrees():
    report = audit(CASES)
    assert report.differences == ()
    assert report.cases == 26
    assert report.figures > 150


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the specification's own file is not here")
def test_the_specification_s_cases_stand_in_ours_unchanged():
    theirs = json.loads(SPECIFICATION.read_text(encoding="utf-8"))["chain"]
    ours = json.loads(CASES.read_text(encoding="utf-8"))
    assert ours["cases"][: len(theirs["cases"])] == theirs["cases"]
    assert (ours["size_points"], ours["k"]) == (theirs["size_points"], theirs["k"])
    assert audit(SPECIFICATION).differences == ()


def test_the_worlds_have_something_to_say():
    """A property that most worlds satisfy by being empty would prove nothing."""
    worlds = [draw(seed) for seed in range(300)]
    states = [analysed(world).states.values() for world in worlds]

    def share(holds) -> float:
        return sum(any(holds(state) for state in found) for found in states) / len(states)

    assert share(lambda state: state.count > 0) > 0.95
    assert share(lambda state: state.status is SegmentStatus.MISSING and state.dependence > 0) > 0.5
    assert share(lambda state: 0 < state.dependence < 1) > 0.7
    assert share(lambda state: state.status is SegmentStatus.FILLING) > 0.4
    assert share(lambda state: state.quotient is not None) > 0.6
    for action in GapAction:
        assert share(lambda state, action=action: state.action is action) > 0.2, action
    assert sum(any(edge.share is not None for edge in world.edges) for world in worlds) > 150
    assert sum(any(passes > 0 for passes in betweenness(build(w.segments, w.edges))) for w in worlds) > 200


@examples
@seeds
def test_the_engine_agrees_with_a_pencil(seed):
    world = draw(seed)
    book, found = Book(world), analysed(world)
    assert found.total == book.total
    for key in world.segments:
        state = found.states[key]
        assert (state.count, state.size) == (len(book.firms(key)), book.size(key))
        assert state.requirement == book.requirement(key)
        assert state.dependence == book.dependence(key)
        assert state.quotient == book.quotient(key)
        assert state.coverage == book.coverage(key)
        assert (state.strength, state.status) == (book.strength(key), book.status(key))
        assert (state.presence, state.downstream) == (book.presence(key), book.downstream(key))
        assert (state.action, state.priority) == book.priority(key)


@examples
@seeds
def test_betweenness_agrees_with_counting_ways(seed):
    world = draw(seed)
    graph, book = build(world.segments, world.edges), Book(world)
    assert betweenness(graph) == [book.betweenness(key) for key in world.segments]


@examples
@seeds
def test_order_and_repetition_of_input_are_irrelevant(seed):
    world, dice = draw(seed), Random(seed)
    mixed = replace(
        world,
        segments=dice.sample(world.segments, len(world.segments)),
        edges=dice.sample(world.edges * 2, 2 * len(world.edges)),
        firms=dice.sample(world.firms, len(world.firms)),
    )
    assert dict(analysed(mixed).states) == dict(analysed(world).states)


@examples
@seeds
def test_parts_sum_up_and_shares_are_shares(seed):
    for state in analysed(draw(seed)).states.values():
        assert 0 <= state.dependence <= 1
        assert 0 <= state.presence <= 1
        assert 0 <= state.downstream <= 1
        assert 0 <= state.coverage <= 1
        assert 0 <= state.strength <= 100
        assert state.priority == sum(state.parts.values())
        assert all(points >= 0 for points in state.parts.values())


@examples
@seeds
def test_with_everything_surveyed_missing_is_where_nobody_is(seed):
    for state in analysed(draw(seed, plain=True)).states.values():
        assert (state.status is SegmentStatus.MISSING) == (state.count == 0)
        assert (state.action is GapAction.FILL) == (state.count == 0 and state.dependence > 0)
        assert state.action is not GapAction.SURVEY


@examples
@seeds
def test_what_is_required_of_sources_is_what_all_others_do(seed):
    """Conservation: every unit of activity beyond the sources is traced to them, none twice and none lost."""
    world = draw(seed)
    states = analysed(world).states
    sources = set(world.segments) - {edge.to for edge in world.edges}
    traced = sum(states[key].requirement for key in sources)
    assert traced == sum(states[key].size for key in world.segments if key not in sources)


@examples
@seeds
def test_a_new_firm_strengthens_its_own_and_asks_of_ancestors_only(seed):
    world, dice = draw(seed), Random(seed)
    key = dice.choice(world.segments)
    firm = Firm(key, dice.choice(["mature", "growth", "incubation", None]), dice.random() < 0.3)
    before, after = analysed(world).states, analysed(replace(world, firms=[*world.firms, firm])).states
    assert after[key].strength >= before[key].strength
    changed = {each for each in world.segments if before[each].requirement != after[each].requirement}
    assert changed == Book(world).above(key)
    assert all(after[each].requirement > before[each].requirement for each in changed)


@examples
@seeds
def test_firms_that_come_and_go_leave_what_a_count_of_all_would_give(seed):
    world, dice = draw(seed), Random(seed)
    graph = build(world.segments, world.edges)
    known = Circumstances(**world.options())
    tally, firms = Tally(graph, world.firms), list(world.firms)
    for _ in range(8):
        if firms and dice.random() < 0.5:
            tally.remove_firm(firms.pop(dice.randrange(len(firms))))
        else:
            firm = draw(dice.randrange(10**6)).firms[0]
            firms.append(replace(firm, segment=dice.choice(world.segments)))
            tally.add_firm(firms[-1])
        assert judge(tally, known) == judge(Tally(graph, firms), known)
    if world.reference is not None and tally.total_firms:
        pairs = zip(*tally.quotients(world.reference), strict=True)
        found = [Fraction(above, below) if below else None for above, below in pairs]
        assert found == [tally.quotient(node, world.reference) for node in range(len(graph.keys))]
    pairs = zip(*tally.dependences(), strict=True)
    assert [Fraction(above, below) for above, below in pairs] == [tally.dependence(n) for n in range(len(graph.keys))]


@examples
@seeds
def test_the_order_puts_suppliers_first(seed):
    world = draw(seed)
    order = analysed(world).order
    assert sorted(order) == sorted(world.segments)
    assert all(order.index(edge.frm) < order.index(edge.to) for edge in world.edges)


@examples
@seeds
def test_a_cycle_is_named_by_exactly_its_members(seed):
    world = draw(seed)
    book = Book(world)
    start = next((key for key in world.segments if book.below(key)), None)
    if start is None:
        return
    end = Random(seed).choice(sorted(book.below(start)))
    with pytest.raises(CycleError) as refused:
        analyse(world.segments, [*world.edges, Edge(end, start)], world.firms)
    between = {key for key in book.below(start) if key == end or end in book.below(key)} | {start}
    assert set(refused.value.nodes) == between
    path = refused.value.path
    pairs = {(edge.frm, edge.to) for edge in world.edges} | {(end, start)}
    assert {(a, b) for a, b in zip(path, (*path[1:], path[0]), strict=True)} <= pairs


def _one(firms: list[Firm], **options: object) -> SegmentState:
    return analyse(["a"], [], firms, **options).states["a"]


def test_without_firms_or_reference_nothing_is_invented():
    empty = _one([], reference=ReferenceCounts(100, {"a": 5}))
    assert (empty.quotient, empty.strength, empty.dependence, empty.downstream) == (None, 0, 0, 0)
    assert _one([Firm("a", None, active=False)]).status is SegmentStatus.MISSING
    assert _one([Firm("a", "growth")], reference=ReferenceCounts(100, {})).strength_parts[0] is None


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (lambda: analyse(["a", "a"], [], []), "'a' is named twice"),
        (lambda: analyse(["a"], [Edge("a", "b")], []), "there is no segment 'b'"),
        (lambda: analyse(["a", "b"], [Edge("a", "b", 0)], []), "is not above 0"),
        (lambda: analyse(["a", "b"], [Edge("a", "b", 1), Edge("a", "b")], []), "different shares"),
        (lambda: analyse(["a"], [], [Firm("b", "mature")]), "unknown segment 'b'"),
        (lambda: analyse(["a"], [], [Firm("a", "huge")]), "'huge' is not a tier"),
        (lambda: analyse(["a"], [], [], demand={"b": 1}), "there is no segment 'b'"),
        (lambda: analyse(["a"], [], [], filling={"b"}), "there is no segment 'b'"),
        (lambda: analyse(["a"], [], [], demand={"a": -1}), "less than nothing"),
        (lambda: ReferenceCounts(0), "at least one firm"),
        (lambda: Tally(build(["a"], [])).remove_firm(Firm("a", "mature")), "no such firm"),
    ],
)
def test_what_makes_no_sense_is_refused(work, sentence):
    with pytest.raises(ValueError, match=sentence):
        work()
