"""What outside purchases do to the priority of their segments: visible points, before and after (issue 4, part 9)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from chains.engine.model import GapAction
from crm.services import chain_facts
from crm.services.chain_facts import ChainFacts, SegmentFacts


@dataclass(frozen=True, slots=True)
class Effect:
    """A segment's priority without and with the demand on it; priorities compare within one action only.

    `points` is the demand's part. `is_called`: without the demand nobody would be sought for the segment at all, because
    no local firm depends on it; then `before` is no priority of this action.
    """

    chain: ChainFacts
    segment: SegmentFacts
    points: int
    is_called: bool

    @property
    def after(self) -> int:
        return self.segment.state.priority

    @property
    def before(self) -> int:
        return self.after - self.points

    @property
    def counts(self) -> bool:
        """Strong segments and those that nobody surveyed get no points: nothing is sought for them now."""
        return self.points > 0


def effects(session: Session) -> dict[int, Effect]:
    """The effect of all open purchases together, by segment id; for every segment of every map."""
    return {
        segment.id: _effect(chain, segment) for chain in chain_facts.all_facts(session) for segment in chain.segments
    }


def _effect(chain: ChainFacts, segment: SegmentFacts) -> Effect:
    state = segment.state
    points = state.parts.get("demand", 0)
    called = state.action is GapAction.FILL and points > 0 and not state.dependence
    return Effect(chain, segment, points, called)
