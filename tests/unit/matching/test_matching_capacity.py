"""Space that several leads want: never more than there is, and nobody is passed over (MATCHING A.4)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.matching.capacity import KAPPA, LIVE_PER_LEAD, Request, expose, reserve

FREE = st.dictionaries(st.integers(1, 4), st.integers(0, 2000), min_size=4, max_size=4)
REQUESTS = st.lists(
    st.builds(
        Request,
        lead=st.integers(1, 8),
        offer=st.integers(1, 8),
        space=st.integers(1, 4),
        area=st.sampled_from((200, 400, 700, 1000)),
        low=st.sampled_from((60000, 70000, 80000, 90000)),
        approved_class=st.integers(0, 2),
        submitted=st.integers(0, 3),
    ),
    min_size=4,
    max_size=20,
    unique_by=lambda request: (request.lead, request.offer),
)


def _turn(request: Request) -> tuple:
    return request.approved_class, -request.low, request.submitted, request.lead, request.offer


def test_capacity_is_never_exceeded_and_no_lead_may_justly_envy_another():
    refused = 0

    @settings(max_examples=100, deadline=None, derandomize=True)
    @given(REQUESTS, FREE)
    def check(requests: list[Request], free: dict[int, int]) -> None:
        nonlocal refused
        plan = reserve(requests, free)
        held = [r for r in requests if plan.assigned.get(r.lead) == r.offer]
        for space, area in free.items():
            used = sum(r.area for r in held if r.space == space)
            assert used + plan.left[space] == area
            assert plan.left[space] >= 0
        assert len({r.lead for r in held}) == len(held) == len(plan.assigned)
        assert set(plan.unassigned) | set(plan.assigned) == {r.lead for r in requests}
        for refusal in plan.refusals:
            asked = refusal.request
            before = [r for r in held if r.space == asked.space and _turn(r) < _turn(asked)]
            assert sum(r.area for r in before) + asked.area > free[asked.space]
            assert refusal.full_from == min((r.low for r in before), default=None)
        refused += bool(plan.refusals)

    check()
    assert refused >= 40


def test_recommendations_stay_under_the_exposure_cap():
    capped = 0

    @settings(max_examples=100, deadline=None, derandomize=True)
    @given(REQUESTS, FREE)
    def check(requests: list[Request], free: dict[int, int]) -> None:
        nonlocal capped
        shown = expose(requests, free)
        for space, area in free.items():
            assert sum(r.area for r in shown if r.space == space) <= KAPPA * area
        for lead in {r.lead for r in requests}:
            assert sum(r.lead == lead for r in shown) <= LIVE_PER_LEAD
        capped += len(shown) < len(requests)

    check()
    assert capped >= 40


def test_one_floor_for_rent_and_for_sale_is_let_once():
    rent = Request(lead=1, offer=1, space=7, area=900, low=80000)
    sale = Request(lead=2, offer=2, space=7, area=900, low=90000)
    plan = reserve([rent, sale], {7: 1000})
    assert plan.assigned == {2: 2}
    assert plan.unassigned == (1,)
    assert plan.refusals[0].full_from == 90000


def test_a_space_that_is_too_small_for_anybody_is_not_called_full():
    plan = reserve([Request(lead=1, offer=1, space=1, area=900, low=80000)], {1: 100})
    assert plan.refusals[0].full_from is None


def test_a_space_without_a_stated_area_is_refused():
    with pytest.raises(ValueError, match="space 3"):
        reserve([Request(lead=1, offer=1, space=3, area=1, low=1)], {})
    with pytest.raises(ValueError, match="space 3"):
        expose([Request(lead=1, offer=1, space=3, area=1, low=1)], {})
