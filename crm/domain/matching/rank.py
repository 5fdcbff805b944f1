"""The reference matching engine (MATCHING A): what every other engine must agree with, bit for bit.

`rank` answers one lead against an inventory. Its two steps are public for whoever keeps answers up
to date: `assess_all` judges each offer on its own, `arrange` makes the list; `revise` re-judges
only what changed, and arranging the result is the same as ranking anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm.domain.matching.constraints import judge
from crm.domain.matching.criteria import allocation, score
from crm.domain.matching.misses import NearMiss, nearest
from crm.domain.matching.model import Assessment, Constraint, Match, Need, Offer, Status, World
from crm.domain.matching.questions import NextQuestion, next_question
from crm.domain.matching.weights import DEFAULT, Weights

TOP = 10

Assessments = Mapping[int, Assessment]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer to one lead.

    `rows`: at most `top` matches, one per park, best first. `fit + to_verify + blocked` is the
    whole inventory. `blocked_counts`: how many offers each constraint fails; an offer may fail
    several. `reasons`: the same, but an offer of another tenure counts under tenure only, because
    its price is in another unit; for people to read.
    """

    need: Need
    version: str
    rows: tuple[Match, ...]
    fit: int
    to_verify: int
    blocked: int
    blocked_counts: Mapping[Constraint, int]
    reasons: Mapping[Constraint, int]
    misses: tuple[NearMiss, ...]
    question: NextQuestion | None

    @property
    def inventory(self) -> int:
        return self.fit + self.to_verify + self.blocked


def assess(need: Need, offer: Offer, world: World, weights: Weights = DEFAULT) -> Assessment:
    """Judge one offer, and score it unless something blocks it.

    Raises ValueError if the offer's park is not in the world.
    """
    park = world.park_of(offer)
    failed, unknown = judge(need, offer, park)
    if failed:
        return Assessment(offer, Status.BLOCKED, failed, unknown, None)
    status = Status.TO_VERIFY if unknown else Status.FIT
    parts = score(need, offer, park, world, weights)
    match = Match(
        offer=offer,
        status=status,
        unknown=unknown,
        parts=parts,
        alloc=allocation(need, offer),
        low=sum(part.points_low for part in parts),
        high=sum(part.points_high for part in parts),
    )
    return Assessment(offer, status, failed, unknown, match)


def assess_all(need: Need, offers: Iterable[Offer], world: World, weights: Weights = DEFAULT) -> dict[int, Assessment]:
    """Judge every offer. Raises ValueError if two offers share an id."""
    assessed: dict[int, Assessment] = {}
    for offer in offers:
        if offer.id in assessed:
            raise ValueError(f"offer {offer.id} is in the inventory twice")
        assessed[offer.id] = assess(need, offer, world, weights)
    return assessed


def revise(
    assessed: Assessments,
    need: Need,
    world: World,
    weights: Weights = DEFAULT,
    *,
    changed: Iterable[Offer] = (),
    removed: Iterable[int] = (),
) -> dict[int, Assessment]:
    """The assessments after some offers were added, altered or removed; the others are not touched.

    When a park's own facts changed, its offers are the changed ones.
    """
    gone = frozenset(removed)
    kept = {offer_id: assessment for offer_id, assessment in assessed.items() if offer_id not in gone}
    return kept | assess_all(need, changed, world, weights)


def best_per_park(assessed: Assessments) -> tuple[Match, ...]:
    """Every park's best match, in the order of the list."""
    seen: set[int] = set()
    rows: list[Match] = []
    for match in sorted((a.match for a in assessed.values() if a.match), key=lambda match: match.order):
        if match.offer.park not in seen:
            seen.add(match.offer.park)
            rows.append(match)
    return tuple(rows)


def arrange(
    need: Need, assessed: Assessments, world: World, weights: Weights = DEFAULT, *, top: int | None = TOP
) -> Ranking:
    """Make the list, the counts, the near misses and the next question; `top` None keeps every park."""
    rows = best_per_park(assessed)
    statuses = Counter(a.status for a in assessed.values())
    blocked = [a for a in assessed.values() if a.failed]
    return Ranking(
        need=need,
        version=weights.version,
        rows=rows[:top],
        fit=statuses[Status.FIT],
        to_verify=statuses[Status.TO_VERIFY],
        blocked=statuses[Status.BLOCKED],
        blocked_counts=_in_order(Counter(c for a in blocked for c in a.failed)),
        reasons=_in_order(Counter(c for a in blocked for c in _readable(a.failed))),
        misses=nearest(need, blocked),
        question=next_question(need, assessed.values(), rows, world, weights),
    )


def rank(
    need: Need, offers: Iterable[Offer], world: World, weights: Weights = DEFAULT, *, top: int | None = TOP
) -> Ranking:
    """Answer one lead: the best offer of each park in order, with everything that explains it."""
    return arrange(need, assess_all(need, offers, world, weights), world, weights, top=top)


def _readable(failed: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    return (Constraint.TENURE,) if Constraint.TENURE in failed else failed


def _in_order(counts: Counter[Constraint]) -> dict[Constraint, int]:
    return {constraint: counts[constraint] for constraint in Constraint if counts[constraint]}
