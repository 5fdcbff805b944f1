"""Who to go after for a gap (靶向招商): which tier is wanted there, and how well a candidate answers (MATCHING B).

A score is 0…100 in whole points, each part shown: 40 for the tier that the segment wants, 30 for the share of its
neighbours that are in the district already, 30 when at least one offer could hold the candidate. Unknown gives none of
its points and is named, so that an officer knows what to ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Points of each part when it is wholly met.
TIER, LINKS, SPACE = 40, 30, 30
#: What a tier that is second on the list of wishes is worth.
SECOND_TIER = 20
_TIERS = ("mature", "growth", "incubation")


@dataclass(frozen=True, slots=True)
class Wish:
    """The tiers that a segment wants, the most wanted first, and whether it has nobody to lead it."""

    tiers: tuple[str, ...]
    lacks_leader: bool

    @property
    def first(self) -> str:
        return self.tiers[0]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of a firm that could come. `offers` counts fit and to-verify offers; None: its need is unknown."""

    tier: str | None
    is_leader: bool = False
    offers: int | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """Points by part; `unknown` names the parts that could not be judged: "tier", "links", "space"."""

    tier: int
    links: int
    space: int
    unknown: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return self.tier + self.links + self.space

    def as_parts(self) -> dict[str, object]:
        """Plain JSON, as a target list keeps it."""
        return {"tier": self.tier, "links": self.links, "space": self.space, "unknown": list(self.unknown)}


def wish(counts: Mapping[str, int], leaders: int) -> Wish:
    """What the segment wants by who is there: a leader first if there is none, then the tiers that are missing,
    then the thinnest. Mature firms stand in for a leader only where a leader is present."""
    lacks_leader = leaders == 0 and counts.get("mature", 0) == 0
    missing = [tier for tier in _TIERS if counts.get(tier, 0) == 0]
    present = sorted(
        (tier for tier in _TIERS if tier not in missing), key=lambda tier: (counts[tier], tier != "growth")
    )
    return Wish(tuple(missing + present), lacks_leader)


def score(wanted: Wish, candidate: Candidate, neighbours: int, present: int) -> Score:
    """Judge one candidate. `present` of the segment's `neighbours` (suppliers and customers) are in the district."""
    if not 0 <= present <= neighbours:
        raise ValueError(f"{present} of {neighbours} neighbours cannot be present")
    unknown = []
    if candidate.tier is None and not candidate.is_leader:
        unknown.append("tier")
    if neighbours == 0:
        unknown.append("links")
    if candidate.offers is None:
        unknown.append("space")
    return Score(
        tier=_tier_points(wanted, candidate),
        links=LINKS * present // neighbours if neighbours else 0,
        space=SPACE if candidate.offers else 0,
        unknown=tuple(unknown),
    )


def _tier_points(wanted: Wish, candidate: Candidate) -> int:
    if wanted.lacks_leader and candidate.is_leader:
        return TIER
    if candidate.tier is None:
        return 0
    return {0: TIER, 1: SECOND_TIER}.get(wanted.tiers.index(candidate.tier), 0)
