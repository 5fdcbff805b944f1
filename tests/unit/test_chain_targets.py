"""Scores of target candidates: each part by hand, and what must hold whatever the segment is like."""

from __future__ import annotations

import random

import pytest

from chains.engine.targets import Candidate, score, wish

TIERS = ("mature", "growth", "incubation")


def test_an_empty_segment_wants_a_leader_first():
    wanted = wish({}, leaders=0)
    assert wanted.lacks_leader
    assert wanted.tiers == TIERS


@pytest.mark.parametrize(
    ("counts", "leaders", "tiers"),
    [
        ({"mature": 1}, 1, ("growth", "incubation", "mature")),
        ({"mature": 1, "growth": 2, "incubation": 5}, 1, ("mature", "growth", "incubation")),
        ({"growth": 3, "incubation": 1}, 0, ("mature", "incubation", "growth")),
        ({"mature": 2, "growth": 2, "incubation": 2}, 0, ("growth", "mature", "incubation")),
    ],
)
def test_missing_tiers_come_before_thin_ones(counts, leaders, tiers):
    assert wish(counts, leaders).tiers == tiers


def test_the_parts_add_up_as_with_a_pencil():
    # Nobody there: a mature firm is wanted (40); 3 of 4 neighbours are here: 30·3/4 = 22; one offer fits: 30.
    got = score(wish({}, 0), Candidate("mature", offers=1), neighbours=4, present=3)
    assert (got.tier, got.links, got.space, got.total, got.unknown) == (40, 22, 30, 92, ())
    second = score(wish({}, 0), Candidate("growth", offers=0), neighbours=4, present=3)
    assert (second.tier, second.links, second.space) == (20, 22, 0)
    assert score(wish({}, 0), Candidate("incubation", offers=0), 4, 3).tier == 0


def test_what_is_unknown_gives_no_points_and_is_named():
    got = score(wish({}, 0), Candidate(None), neighbours=0, present=0)
    assert got.total == 0
    assert got.unknown == ("tier", "links", "space")
    assert got.as_parts() == {"tier": 0, "links": 0, "space": 0, "unknown": ["tier", "links", "space"]}


def test_a_chain_leader_is_wanted_where_none_is_whatever_its_tier():
    assert score(wish({"growth": 4}, 0), Candidate(None, is_leader=True, offers=2), 2, 2).total == 100


def test_impossible_neighbours_are_refused():
    with pytest.raises(ValueError, match="3 of 2 neighbours"):
        score(wish({}, 0), Candidate("growth"), neighbours=2, present=3)


def test_scores_stay_in_bounds_and_rise_with_what_is_good():
    dice, telling = random.Random(20261124), 0
    for _ in range(500):
        counts = {tier: dice.choice((0, 0, 1, 2, 7)) for tier in TIERS}
        wanted = wish(counts, leaders=dice.choice((0, 1)))
        assert sorted(wanted.tiers) == sorted(TIERS)
        neighbours = dice.randint(0, 6)
        present = dice.randint(0, neighbours)
        candidate = Candidate(dice.choice((*TIERS, None)), dice.random() < 0.2, dice.choice((None, 0, 3)))
        got = score(wanted, candidate, neighbours, present)
        assert 0 <= got.total <= 100
        if present < neighbours:
            telling += 1
            assert score(wanted, candidate, neighbours, present + 1).links >= got.links
        assert score(wanted, Candidate(candidate.tier, candidate.is_leader, 1), neighbours, present).total >= got.total
    assert telling > 250
