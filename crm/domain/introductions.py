"""Introductions: a match that an officer sent to a park, and the park's answer.

recommended → introduced → viewing → accepted / declined / withdrawn. A decline carries a coded reason and the unmet
requirement with its value, because that is what the lost-demand ledger counts (DOMAIN §4, §8.1).
"""

from __future__ import annotations

from enum import StrEnum


class IntroductionState(StrEnum):
    RECOMMENDED = "recommended"
    INTRODUCED = "introduced"
    VIEWING = "viewing"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """The park still owes an answer."""
        return self in (IntroductionState.INTRODUCED, IntroductionState.VIEWING)


_NEXT: dict[IntroductionState, frozenset[IntroductionState]] = {
    IntroductionState.RECOMMENDED: frozenset({IntroductionState.INTRODUCED, IntroductionState.WITHDRAWN}),
    IntroductionState.INTRODUCED: frozenset(
        {
            IntroductionState.VIEWING,
            IntroductionState.ACCEPTED,
            IntroductionState.DECLINED,
            IntroductionState.WITHDRAWN,
        }
    ),
    IntroductionState.VIEWING: frozenset(
        {IntroductionState.ACCEPTED, IntroductionState.DECLINED, IntroductionState.WITHDRAWN}
    ),
    IntroductionState.ACCEPTED: frozenset({IntroductionState.WITHDRAWN}),
    IntroductionState.DECLINED: frozenset(),
    IntroductionState.WITHDRAWN: frozenset(),
}


def can_move(current: IntroductionState, to: IntroductionState) -> bool:
    """Whether the state machine allows the step; a declined or withdrawn introduction is sent anew, not revived."""
    return to in _NEXT[current]
