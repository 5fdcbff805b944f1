"""Worlds for the properties: drawn by seeded dice in the notation of golden cases, with unknowns.

Values lie around the need, so that offers pass and fail by little; most worlds must be full of matches,
blocks and near misses, or a property passes by having nothing to say. `holds` makes every property state
how often it spoke.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from crm.domain.matching import Assessment, Need, Offer, Ranking, World, assess_all, rank
from crm.domain.matching.golden import read_need, read_offer, read_tables, read_world

EXAMPLES = 120
_REGIONS = read_tables({})[1]


def _one(*values: Any) -> list[Any]:
    """The faces of a die."""
    return list(values)


def _often(*values: Any, unknown: int = 12) -> list[Any]:
    """The values on a die that shows unknown once in `unknown`."""
    return [*values * (unknown - 1), *[None] * len(values)]


LEADS = {
    "id": _one(1),
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
OFFERS = {
    "park": _one(0, 1, 2, 3),
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
_PARKS = {
    "F": _often(True, unknown=20),
    "plat": _often(*range(6), unknown=20),
    "allow": _often(*[[1, 1, 1]] * 6, [0, 1, 1], [1, 0, 0], unknown=20),
}
_FOCUS = _one(0, 125, 250, 400, 800, 1000)


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


def _throw(dice: Random, faces: Mapping[str, list[Any]]) -> dict[str, Any]:
    return {key: dice.choice(face) for key, face in faces.items()}


def _draw(dice: Random) -> Case:
    parks = [_throw(dice, _PARKS) for _ in range(4)]
    for park in parks:
        park["F"] = park["F"] and [dice.choice(_FOCUS) for _ in range(3)]
    offers = [_throw(dice, OFFERS) for _ in range(dice.randint(10, 14))]
    ids = dice.sample(range(1, len(offers) + 1), len(offers))
    return Case(
        lead=_throw(dice, LEADS),
        raw_offers=[{"id": number, **offer} for number, offer in zip(ids, offers, strict=True)],
        raw_world={key: [park[key] for park in parks] for key in _PARKS},
        dice=dice.randrange(2**16),
    )


def holds(check: Callable[[Case], Any], *, speaks: float, examples: int = EXAMPLES) -> None:
    """Run a property over generated worlds; it returns whether it had anything to say about one.

    Fails if it spoke about less than the share `speaks` of the worlds. The worlds of a property are
    always the same ones, so a share is a fact and not a matter of luck.
    """
    spoke = [bool(check(_draw(Random(f"{check.__qualname__} {number}")))) for number in range(examples)]
    assert sum(spoke) >= speaks * len(spoke), f"it had something to say in {sum(spoke)} of {len(spoke)} worlds"
