"""The next question (A.3): the one missing fact whose answer could change the top of the list the
most.

Nobody else moves while one question is weighed, so an answer can do two things to the list: lift an
offer to a higher place, or block one that stands there. The question that touches the highest place
wins; then the one that may add the most points; then the one that settles the most offers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from crm.domain.matching.constraints import judge
from crm.domain.matching.criteria import ANYTHING, AT_BUDGET, AT_NEED, lateness, score
from crm.domain.matching.model import (
    PERFECT,
    Assessment,
    Criterion,
    Match,
    Need,
    Offer,
    Park,
    Part,
    Status,
    World,
    order,
)
from crm.domain.matching.unknowns import OF_CRITERION, Asked, Fact, behind_interval, behind_verdict
from crm.domain.matching.weights import Weights
from crm.domain.policies import Tier


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """One missing fact, whom to ask, and what the answer may do.

    `offer` is the one that gains most: of the question itself if it is the park manager's, an
    example if it is the investor's. Answered well it becomes `status` with a total of `low`…`high`,
    and may reach `place` (1 is the top; None if another offer of its park stays before it).
    `may_block`: a bad answer rules it out. `settles`: the number of offers for which the answer
    alone decides a constraint or closes an interval.
    """

    fact: Fact
    offer: Offer
    now: Status
    status: Status
    low: int
    high: int
    place: int | None
    may_block: bool
    settles: int

    @property
    def asked(self) -> Asked:
        return self.fact.asked


@dataclass(frozen=True, slots=True)
class _Outcome:
    """An offer after a good answer: `best` is the largest `low` that a good answer can give it."""

    status: Status
    low: int
    high: int
    best: int


class _Board:
    """The list as it stands: who holds which place, and where another score would stand."""

    def __init__(self, rows: Sequence[Match]):
        self._rows = rows
        self._keys = [row.order for row in rows]
        self._of_park = {row.offer.park: index for index, row in enumerate(rows)}

    def __len__(self) -> int:
        return len(self._rows)

    def holder(self, match: Match) -> int | None:
        """The place of an offer that represents its park, else None."""
        index = self._of_park[match.offer.park]
        return index + 1 if self._rows[index] is match else None

    def park_place(self, match: Match) -> int:
        return self._of_park[match.offer.park] + 1

    def place(self, match: Match, outcome: _Outcome) -> int | None:
        """The place it would take, everybody else unmoved; None behind another offer of its own park."""
        key = order(outcome.status, outcome.best, match.offer.id)
        before = bisect_left(self._keys, key)
        own = self._of_park[match.offer.park]
        if own >= before:
            return before + 1
        return before if self._rows[own] is match else None


def settled_by(match: Match, need: Need, park: Park) -> dict[Fact, bool]:
    """The facts that alone decide a verdict or close an interval of this match; True: a bad answer
    blocks it."""
    found: dict[Fact, bool] = {}
    for part in match.parts:
        if part.known:
            continue
        facts = behind_interval(part.criterion, need, match.offer, park)
        if len(facts) == 1:
            # Only a budget can block without being behind an unknown verdict: unstated, it passes.
            found[facts[0]] = facts[0] is Fact.NEED_BUDGET and match.offer.price > 0
    for constraint in match.unknown:
        facts = behind_verdict(constraint, need, match.offer, park)
        if len(facts) == 1:
            found[facts[0]] = True
    return found


def answered_well(fact: Fact, match: Match, need: Need, park: Park, world: World, weights: Weights) -> _Outcome:
    """What becomes of a match when a missing fact turns out to suit: over all answers that block
    nothing."""
    if fact is Fact.NEED_TIER or fact is Fact.NEED_TENURE:
        return _reassessed(fact, match, need, park, world, weights)
    low, high, best = match.low, match.high, match.low
    for part in match.parts:
        if not part.known and behind_interval(part.criterion, need, match.offer, park) == (fact,):
            worst, top = _scores(fact, part, match.offer, need, park, weights)
            low += part.weight * (worst - part.low)
            high += part.weight * (top - part.high)
            best += part.weight * (top - part.low)
    open_still = [c for c in match.unknown if behind_verdict(c, need, match.offer, park) != (fact,)]
    return _Outcome(Status.TO_VERIFY if open_still else Status.FIT, low, high, best)


def _scores(fact: Fact, part: Part, offer: Offer, need: Need, park: Park, weights: Weights) -> tuple[int, int]:
    """The scores that passing answers can give one criterion."""
    if fact in OF_CRITERION[Criterion.TECH]:
        return min(AT_NEED, part.high), part.high
    if fact is Fact.OFFER_PRICE or fact is Fact.NEED_BUDGET:
        return AT_BUDGET, PERFECT
    if fact is Fact.OFFER_AVAILABLE:
        return lateness(need, need.needed_by + need.grace_days), PERFECT
    if fact is Fact.NEED_SEGMENT:
        return 0, max((position.weight for position in park.positioning), default=0)
    if fact is Fact.OFFER_INSTRUMENTS:
        return 0, max(weights.points[need.tier].values(), default=0)
    return ANYTHING


def _reassessed(fact: Fact, match: Match, need: Need, park: Park, world: World, weights: Weights) -> _Outcome:
    """A tier brings its own weights and a tenure its own units: score anew for each answer that may
    suit."""
    if fact is Fact.NEED_TENURE:
        answers = [replace(need, tenure=match.offer.tenure)]
    else:
        accepted = match.offer.tiers if match.offer.tiers is not None else frozenset(Tier)
        answers = [replace(need, tier=tier) for tier in Tier if tier in accepted]
    outcomes = []
    for answer in answers:
        failed, unknown = judge(answer, match.offer, park)
        if not failed:
            parts = score(answer, match.offer, park, world, weights)
            outcomes.append((unknown, sum(p.points_low for p in parts), sum(p.points_high for p in parts)))
    if not outcomes:
        return _Outcome(match.status, match.low, match.high, match.low)
    status = Status.TO_VERIFY if all(unknown for unknown, _, _ in outcomes) else Status.FIT
    lows = [low for _, low, _ in outcomes]
    return _Outcome(status, min(lows), max(high for _, _, high in outcomes), max(lows))


def next_question(
    need: Need, assessed: Iterable[Assessment], rows: Sequence[Match], world: World, weights: Weights
) -> NextQuestion | None:
    """The question to ask first; None when no single answer settles anything. `rows`: every park's
    best match."""
    board = _Board(rows)
    groups: dict[tuple[Fact, int | None], list[tuple[Match, bool]]] = defaultdict(list)
    for assessment in assessed:
        if assessment.match:
            for fact, may_block in settled_by(assessment.match, need, world.park_of(assessment.offer)).items():
                groups[fact, _scope(fact, assessment.offer)].append((assessment.match, may_block))
    weighed = (_weigh(fact, matches, need, board, world, weights) for (fact, _), matches in groups.items())
    return min(weighed, key=lambda item: item[0], default=(None, None))[1]


def _scope(fact: Fact, offer: Offer) -> int | None:
    return {"need": None, "park": offer.park, "offer": offer.id}[fact.owner]


def _weigh(
    fact: Fact,
    matches: Sequence[tuple[Match, bool]],
    need: Need,
    board: _Board,
    world: World,
    weights: Weights,
) -> tuple[tuple[int, ...], NextQuestion]:
    """The weight of one question (smaller is better) by the offer that it moves most."""
    ranked = []
    for match, may_block in matches:
        outcome = answered_well(fact, match, need, world.park_of(match.offer), world, weights)
        place = board.place(match, outcome)
        touched = _touched(match, place, may_block, board)
        ranked.append((touched, match.low - outcome.best, match.offer.id, match, may_block, outcome, place))
    touched, lost, offer_id, match, may_block, outcome, place = min(ranked, key=lambda item: item[:3])
    question = NextQuestion(
        fact=fact,
        offer=match.offer,
        now=match.status,
        status=outcome.status,
        low=outcome.low,
        high=outcome.high,
        place=place,
        may_block=may_block,
        settles=len(matches),
    )
    return (touched, lost, -len(matches), list(Fact).index(fact), offer_id), question


def _touched(match: Match, place: int | None, may_block: bool, board: _Board) -> int:
    """The highest place that an answer may change; beyond the list if it changes none."""
    nowhere = len(board) + 1
    rises_to = place if place is not None and place < board.park_place(match) else nowhere
    held = board.holder(match)
    return min(rises_to, held if may_block and held is not None else nowhere)
