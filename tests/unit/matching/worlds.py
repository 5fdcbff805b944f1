"""Worlds for the properties: generated in the notation of golden cases, with unknowns.

Values lie around the need, so that offers pass and fail by little; most worlds must be full of matches,
blocks and near misses, or a property passes by having nothing to say. `holds` makes every property state
how often it spoke.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from crm.domain.matching import Assessment, Need, Offer, Ranking, World, assess_all, rank
from crm.domain.matching.golden import read_need, read_offer, read_tables, read_world

EXAMPLES = 40
_REGIONS = read_tables({})[1]


def _one(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def _often(*values: Any, unknown: int = 12) -> st.SearchStrategy[Any]:
    """One of the values, or unknown once in `unknown`; one draw, as a world needs hundreds."""
    return st.sampled_from([*values * (unknown - 1), *[None] * len(values)])


LEADS = st.fixed_dictionaries(
    {
        "id": st.just(1),
        "tier": _often(0, 1, 2),
        "node": _often(0, 1, 2),
        "gb": _often(0, 1, 2),
        "tenure": _often(*[0] * 22, 1, 2, unknown=24),
        "a_min": _often(400, 700, 1000, unknown=20),
        "a_tgt": _often(1000, 1100, 1250, unknown=20),
        "a_max": _often(1300, 1600, 3000, unknown=20),
        "price": _often(3500, 4500, 5000, 5001),
        "load": _one(None, 0, 500, 500, 765),
        "height": _one(None, 0, 400, 400, 450),
        "power": _one(None, 0, 200, 200, 315),
        "env": _often(0, 1, 1, 1, 2, 3),
        "pref": _one(0, 0, 1, 4, 8, 18),
        "need": _one(None, 300, 310, 400),
        "grace": _one(0, 30, 90),
    }
)
OFFERS = st.fixed_dictionaries(
    {
        "park": st.integers(0, 3),
        "active": _often(*[1] * 14, 0, unknown=40),
        "tenure": _one(*[0] * 18, 1, 2),
        "tier_mask": _often(*[7] * 9, 6, 3, 5, unknown=20),
        "free": _often(700, 1000, 1000, 1150, 1250, 1400, 2000, 5000, unknown=20),
        "split": _often(1, 300, 500, 700, 1000, 1000, 1500, unknown=20),
        "price": _often(0, 2900, 3500, 3500, 4000, 4400, 4500, 5000, 5400, unknown=20),
        "load": _often(450, 500, 765, 800, 900, 1500, 1500, unknown=16),
        "height": _often(390, 400, 450, 450, 480, 480, 600, unknown=16),
        "power": _often(199, 200, 315, 400, 400, 800, unknown=16),
        "env_max": _often(1, 2, 3, 3, 3, 3, unknown=20),
        "avail": _often(100, 200, 300, 300, 305, 330, 391, 480, unknown=20),
        "instr": _often(*range(8), unknown=20),
    }
)
_FOCUS = st.lists(_one(0, 125, 250, 400, 800, 1000), min_size=3, max_size=3)
_PARK = st.tuples(
    st.integers(1, 20).flatmap(lambda die: st.none() if die == 20 else _FOCUS),
    _often(*range(6), unknown=20),
    _often(*[[1, 1, 1]] * 6, [0, 1, 1], [1, 0, 0], unknown=20),
)


@dataclass(frozen=True)
class Case:
    """One generated world, raw and as the product reads it."""

    lead: dict[str, Any]
    raw_offers: list[dict[str, Any]]
    raw_world: dict[str, Any]
    dice: int

    @cached_property
    def world(self) -> World:
        return read_world(self.raw_world, _REGIONS)

    @cached_property
    def need(self) -> Need:
        return read_need(self.lead, self.raw_world, _REGIONS)

    @cached_property
    def offers(self) -> list[Offer]:
        return [read_offer(raw, "offer", 4) for raw in self.raw_offers]

    @cached_property
    def assessed(self) -> dict[int, Assessment]:
        return assess_all(self.need, self.offers, self.world)

    @cached_property
    def ranking(self) -> Ranking:
        return rank(self.need, self.offers, self.world)

    def reread(self, **changes: Any) -> Need:
        """The need after a change of the raw lead."""
        return read_need({**self.lead, **changes}, self.raw_world, _REGIONS)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    parks = draw(st.lists(_PARK, min_size=4, max_size=4))
    offers = draw(st.lists(OFFERS, min_size=10, max_size=14))
    ids = draw(st.permutations(range(1, len(offers) + 1)))
    return Case(
        lead=draw(LEADS),
        raw_offers=[{"id": number, **offer} for number, offer in zip(ids, offers, strict=True)],
        raw_world={key: [park[i] for park in parks] for i, key in enumerate(("F", "plat", "allow"))},
        dice=draw(st.integers(0, 2**16)),
    )


def holds(check: Callable[[Case], Any], *, speaks: float, examples: int = EXAMPLES) -> None:
    """Run a property over generated worlds; it returns whether it had anything to say about one.

    Fails if it spoke about less than the share `speaks` of the worlds. The worlds of a property are
    always the same ones, so a share is a fact and not a matter of luck.
    """
    spoke: list[bool] = []

    @seed(zlib.crc32(check.__qualname__.encode()))
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # the worlds are small enough to read as they are
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(cases())
    def every(case: Case) -> None:
        spoke.append(bool(check(case)))

    every()
    assert sum(spoke) >= speaks * len(spoke), f"it had something to say in {sum(spoke)} of {len(spoke)} worlds"
