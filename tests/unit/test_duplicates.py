"""When names look or sound alike, and what a merge proposes."""

from __future__ import annotations

import pytest

from crm.domain.duplicates import Sameness, Side, Spelling, likeness, muffled, proposed, proposed_name


@pytest.mark.parametrize(
    ("one", "other", "sameness", "least"),
    [
        ("穗岭微流控诊断技术有限公司", "荔芯微流控技术有限公司", Sameness.ALIKE, 60),
        ("穗岭诊断", "岁岭诊断", Sameness.SOUND, 100),
        ("穗岭科技有限公司", "岁林科技有限公司", Sameness.SOUND, 85),
        ("大参林医药集团", "大参林药业", Sameness.ALIKE, 60),
        ("广州立白企业集团有限公司", "立白集团", Sameness.ALIKE, 100),
    ],
)
def test_names_that_are_worth_a_look(one, other, sameness, least):
    for first, second in ((one, other), (other, one)):
        found = likeness(Spelling.of(first), Spelling.of(second))
        assert found is not None
        assert (found.sameness, found.per_cent >= least) == (sameness, True)
        assert found.per_cent <= 100


@pytest.mark.parametrize(
    ("one", "other"),
    [("穗岭生物", "粤海汽车零部件"), ("广州医药有限公司", "广州地铁集团有限公司"), ("李记", "立技"), ("", "穗岭")],
)
def test_names_that_are_not(one, other):
    assert likeness(Spelling.of(one), Spelling.of(other)) is None


def test_a_muffled_ear_hears_southern_differences_only():
    assert muffled("zhangshan") == muffled("zansan")
    assert muffled("suiling") != muffled("suiding")


@pytest.mark.parametrize(
    ("winner", "loser", "newer", "side"),
    [
        ([None], [86], False, Side.LOSER),
        ([86], [None], True, Side.WINNER),
        ([86], [90], True, Side.LOSER),
        ([86], [90], False, Side.WINNER),
        ([None], [None], True, Side.WINNER),
        ([1000, None, None], [1000, 1200, 1500], False, Side.LOSER),
        ([[]], [["gazelle"]], False, Side.LOSER),
    ],
)
def test_a_merge_proposes_the_fuller_value_and_of_equals_the_newer(winner, loser, newer, side):
    assert proposed(winner, loser, loser_is_newer=newer) is side


def test_a_merge_proposes_the_longer_name():
    assert proposed_name("立白", "广州立白企业集团有限公司") is Side.LOSER
    assert proposed_name("粤岭甲", "粤岭乙") is Side.WINNER
