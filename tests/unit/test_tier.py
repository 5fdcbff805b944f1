"""Tiers: each rule, their order, and a person's override (DOMAIN §3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.calendar import months_later
from crm.domain.enterprises.tier import TierFacts, TierOverride, decide_tier, is_young
from crm.domain.enterprises.words import Size, TierRule, Title
from crm.domain.errors import Invalid
from crm.domain.policies import Tier

TODAY = date(2026, 11, 24)
TRUTH = st.none() | st.booleans()
FACTS = st.builds(
    TierFacts,
    chain_leader=TRUTH,
    listed=TRUTH,
    top_500=TRUTH,
    size=st.sampled_from(Size),
    registered_above_scale=TRUTH,
    titles=st.frozensets(st.sampled_from(Title)),
    founded_on=st.none() | st.dates(date(1980, 1, 1), TODAY),
)


@pytest.mark.parametrize(
    ("facts", "tier", "rule"),
    [
        (TierFacts(chain_leader=True), Tier.MATURE, TierRule.CHAIN_LEADER),
        (TierFacts(listed=True), Tier.MATURE, TierRule.LISTED),
        (TierFacts(top_500=True), Tier.MATURE, TierRule.TOP_500),
        (TierFacts(size=Size.LARGE), Tier.MATURE, TierRule.SIZE_LARGE),
        (TierFacts(registered_above_scale=True), Tier.GROWTH, TierRule.REGISTERED_ABOVE_SCALE),
        (TierFacts(size=Size.MEDIUM), Tier.GROWTH, TierRule.SIZE_MEDIUM),
        (TierFacts(titles=frozenset({Title.GAZELLE})), Tier.GROWTH, TierRule.TITLED),
        (TierFacts(size=Size.SMALL), Tier.INCUBATION, TierRule.SIZE_SMALL),
        (TierFacts(size=Size.MICRO), Tier.INCUBATION, TierRule.SIZE_SMALL),
        (TierFacts(founded_on=date(2026, 1, 1)), Tier.INCUBATION, TierRule.YOUNG),
        (TierFacts(), None, TierRule.UNDECIDED),
        (TierFacts(size=Size.NOT_APPLICABLE), None, TierRule.UNDECIDED),
        (TierFacts(chain_leader=False, listed=False, founded_on=date(2000, 1, 1)), None, TierRule.UNDECIDED),
        # The first rule that holds decides: mature before growth before incubation.
        (TierFacts(listed=True, size=Size.MICRO), Tier.MATURE, TierRule.LISTED),
        (TierFacts(registered_above_scale=True, size=Size.SMALL), Tier.GROWTH, TierRule.REGISTERED_ABOVE_SCALE),
        (TierFacts(titles=frozenset(Title), founded_on=TODAY), Tier.GROWTH, TierRule.TITLED),
    ],
)
def test_the_first_rule_that_holds_decides(facts, tier, rule):
    found = decide_tier(facts, TODAY)
    assert (found.tier, found.rule, found.derived, found.derived_rule) == (tier, rule, tier, rule)
    assert str(found.reason)


def test_young_ends_on_the_day_forty_two_months_are_full():
    assert months_later(date(2023, 5, 24), 42) == TODAY
    assert not is_young(date(2023, 5, 24), TODAY)
    assert is_young(date(2023, 5, 25), TODAY)
    assert not is_young(date(2023, 5, 25), TODAY, months=41)
    assert "42 个月" in str(decide_tier(TierFacts(founded_on=TODAY), TODAY).reason)


def test_months_end_on_the_last_day_of_a_shorter_month():
    assert months_later(date(2023, 8, 31), 42) == date(2027, 2, 28)
    assert months_later(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert months_later(date(2024, 3, 31), -1) == date(2024, 2, 29)


def test_an_override_counts_and_keeps_what_the_rules_said():
    found = decide_tier(TierFacts(size=Size.SMALL), TODAY, TierOverride(Tier.MATURE, " 母公司为链主 "))
    assert (found.tier, found.rule) == (Tier.MATURE, TierRule.OVERRIDE)
    assert (found.derived, found.derived_rule) == (Tier.INCUBATION, TierRule.SIZE_SMALL)
    assert str(found.reason) == "人工判定：母公司为链主"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_an_override_without_a_proper_reason_is_refused(reason):
    with pytest.raises(Invalid) as refused:
        TierOverride(Tier.GROWTH, reason)
    assert refused.value.field == "tier_reason"


def test_a_reason_with_a_per_cent_sign_is_shown_as_written():
    found = decide_tier(TierFacts(), TODAY, TierOverride(Tier.GROWTH, "营收增长 30%(两年)"))
    assert str(found.reason) == "人工判定：营收增长 30%(两年)"


@given(FACTS, st.integers(0, 4000))
def test_time_alone_never_lifts_a_tier(facts, days):
    order = [None, Tier.INCUBATION, Tier.GROWTH, Tier.MATURE]
    now, later = decide_tier(facts, TODAY).tier, decide_tier(facts, TODAY + timedelta(days=days)).tier
    assert order.index(later) <= order.index(now)


@given(FACTS, st.sampled_from(Tier))
def test_an_override_always_wins(facts, tier):
    found = decide_tier(facts, TODAY, TierOverride(tier, "理由"))
    assert found.tier is tier
    assert found.derived is decide_tier(facts, TODAY).tier
