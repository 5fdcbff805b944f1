"""The tables of A.2: how much each criterion weighs for a tier, and what each instrument is worth to it.

They are settings with a version: a stored match carries the version it was computed with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.domain.matching.model import PERFECT, Criterion
from crm.domain.policies import Instrument, Tier

Points = Mapping[Tier, Mapping[Instrument, int]]


@dataclass(frozen=True, slots=True)
class Weights:
    """One version of the tables.

    Raises ValueError if a tier or criterion is missing, a weight is not a whole number of 0…100,
    the weights of a tier do not add up to 100, or an instrument is worth less than 0 or more than
    1000.
    """

    version: str
    by_tier: Mapping[Tier, Mapping[Criterion, int]]
    points: Points

    def __post_init__(self) -> None:
        if not self.version.strip():
            raise ValueError("weights need a version name")
        for tier in Tier:
            _check_weights(tier, self.by_tier.get(tier, {}))
            _check_points(tier, self.points.get(tier, {}))

    def of(self, tier: Tier | None) -> Mapping[Criterion, int]:
        """The weights for a tier; growth's while the tier is unknown."""
        return self.by_tier[tier if tier is not None else Tier.GROWTH]

    def worth(self, tier: Tier, instruments: frozenset[Instrument]) -> int:
        """The best of the offer's instruments for a tier, 0…1000; 0 without any."""
        table = self.points[tier]
        return max((table.get(instrument, 0) for instrument in instruments), default=0)

    def as_json(self) -> dict[str, Any]:
        """Plain dictionaries of strings and numbers, for a stored setting."""
        return {
            "version": self.version,
            "weights": {t.value: {c.value: self.by_tier[t][c] for c in Criterion} for t in Tier},
            "points": {t.value: {i.value: self.points[t].get(i, 0) for i in Instrument} for t in Tier},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Weights:
        """The inverse of `as_json`. Raises ValueError for a table that is not one."""
        try:
            return cls(
                version=str(stored["version"]),
                by_tier={Tier(t): {Criterion(c): v for c, v in row.items()} for t, row in stored["weights"].items()},
                points={Tier(t): {Instrument(i): v for i, v in row.items()} for t, row in stored["points"].items()},
            )
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError(f"not a table of weights: {problem!r}") from problem


def _check_weights(tier: Tier, row: Mapping[Criterion, int]) -> None:
    for criterion in Criterion:
        weight = row.get(criterion)
        if type(weight) is not int or not 0 <= weight <= 100:
            raise ValueError(f"the weight of {criterion} for {tier} must be a whole number of 0…100, not {weight!r}")
    total = sum(row.values())
    if total != 100:
        raise ValueError(f"the weights for {tier} add up to {total}, not to 100")


def _check_points(tier: Tier, row: Mapping[Instrument, int]) -> None:
    for instrument, points in row.items():
        if type(points) is not int or not 0 <= points <= PERFECT:
            raise ValueError(f"{instrument} for {tier} must be worth 0…{PERFECT}, not {points!r}")


def _row(focus: int, instrument: int, space: int, price: int, tech: int, location: int, timing: int):
    return dict(zip(Criterion, (focus, instrument, space, price, tech, location, timing), strict=True))


DEFAULT = Weights(
    version="2026-11",
    by_tier={
        Tier.MATURE: _row(25, 20, 15, 5, 15, 10, 10),
        Tier.GROWTH: _row(25, 15, 15, 15, 10, 10, 10),
        Tier.INCUBATION: _row(20, 25, 10, 25, 5, 10, 5),
    },
    # 1000: the measure that the source names for the tier [S 四（三）2]; everything lower is our proposal.
    points={
        Tier.MATURE: {Instrument.LAND_QUOTA: 1000, Instrument.SPLIT_TRANSFER: 600},
        Tier.GROWTH: {
            Instrument.SPLIT_TRANSFER: 1000,
            Instrument.LAND_QUOTA: 400,
            Instrument.GUARANTEED_HOUSING: 400,
            Instrument.INCUBATOR: 400,
        },
        Tier.INCUBATION: {
            Instrument.GUARANTEED_HOUSING: 1000,
            Instrument.INCUBATOR: 1000,
            Instrument.SPLIT_TRANSFER: 200,
        },
    },
)
