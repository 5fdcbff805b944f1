"""Three-way merge by field: who changed what, what needs a person, and fields that stand or fall together."""

from __future__ import annotations

from itertools import product

import pytest

from crm.domain.merging_edits import merge


def state(**values: str | tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {name: value if isinstance(value, tuple) else ((value,) if value else ()) for name, value in values.items()}


def test_each_side_keeps_what_it_alone_changed():
    merged = merge(state(a="1", b="1", c="1"), state(a="2", b="1", c="1"), state(a="1", b="3", c="1"))
    assert merged.values == state(a="2", b="3", c="1")
    assert (merged.mine, merged.theirs, merged.conflicts) == (("a",), ("b",), ())


def test_the_same_change_by_both_is_no_conflict():
    merged = merge(state(a="1"), state(a="2"), state(a="2"))
    assert not merged.conflicts
    assert merged.values == state(a="2")
    assert merged.mine == merged.theirs == ()


def test_different_changes_of_one_field_need_a_person():
    merged = merge(state(a="1", b=""), state(a="2", b="x"), state(a="3", b=""))
    (conflict,) = merged.conflicts
    assert (conflict.key, conflict.base, conflict.mine, conflict.theirs) == (
        "a", state(a="1"), state(a="2"), state(a="3"),
    )  # fmt: skip
    # Until somebody decides, what I typed is what there is.
    assert merged.values == state(a="2", b="x")


def test_emptying_a_field_is_a_change():
    assert merge(state(a="1"), state(a=""), state(a="1")).values == state(a="")
    assert merge(state(a="1"), state(a=""), state(a="2")).conflicts


def test_check_boxes_are_one_value():
    merged = merge(state(a=("x",)), state(a=("x", "y")), state(a=("x",)))
    assert merged.values["a"] == ("x", "y")


def test_without_a_base_every_difference_is_a_conflict():
    merged = merge(None, state(a="1", b="2"), state(a="1", b="3"))
    assert [each.key for each in merged.conflicts] == ["b"]
    assert merged.conflicts[0].base is None


BOUND = {"tenure": ("area", "budget")}


def test_fields_follow_the_one_that_gives_them_their_unit():
    """I say land and 20 亩 while they correct 1200 ㎡ to 1400 ㎡: nobody may get 1400 亩."""
    base = state(tenure="rent", area="1200", budget="45", note="")
    merged = merge(base, state(tenure="land", area="20", budget="45", note=""), base | state(area="1400"), bound=BOUND)
    (conflict,) = merged.conflicts
    assert conflict.fields == ("tenure", "area", "budget")
    # They alone touch the area and the tenure stays: nothing to ask.
    merged = merge(base, base | state(budget="50"), base | state(area="1400"), bound=BOUND)
    assert not merged.conflicts
    assert merged.values == state(tenure="rent", area="1400", budget="50", note="")


def test_a_moved_leader_takes_its_fields_along_when_only_one_side_changed():
    base = state(tenure="rent", area="1200", budget="45")
    theirs = state(tenure="land", area="20", budget="")
    merged = merge(base, base, theirs, bound=BOUND)
    assert merged.values == theirs
    assert merged.theirs == ("tenure", "area", "budget")


def test_two_spellings_can_be_one_value():
    def same(_field, one, other):
        return [text.replace(",", "") for text in one] == [text.replace(",", "") for text in other]

    merged = merge(state(a="1200"), state(a="1,200"), state(a="1300"), same=same)
    assert not merged.conflicts
    assert merged.values == state(a="1300")


@pytest.mark.parametrize(("mine", "theirs"), list(product(["1", "2", "3"], repeat=2)))
def test_swapping_the_sides_swaps_the_outcome(mine, theirs):
    """Who came first must not decide: the two orders give the same merge, or the same conflict mirrored."""
    one = merge(state(a="1"), state(a=mine), state(a=theirs))
    other = merge(state(a="1"), state(a=theirs), state(a=mine))
    assert bool(one.conflicts) == bool(other.conflicts)
    assert (one.mine, one.theirs) == (other.theirs, other.mine)
    if not one.conflicts:
        assert one.values == other.values
