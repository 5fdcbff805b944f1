"""Commitments both ways (承诺台账): what the district promised, what the investor promised (DOMAIN §4, §8.7)."""

from __future__ import annotations

from enum import StrEnum


class CommitmentSide(StrEnum):
    """Who promised."""

    OURS = "ours"
    THEIRS = "theirs"


class CommitmentState(StrEnum):
    """Nothing closes by itself: fulfilled, waived and broken are said by a person."""

    OPEN = "open"
    FULFILLED = "fulfilled"
    WAIVED = "waived"
    BROKEN = "broken"


class FairCompetition(StrEnum):
    """公平竞争审查条例 (in force 2024-08-01): rewards tied to tax paid are barred, so each commitment says how it stands."""

    NOT_NEEDED = "not_needed"
    TO_REVIEW = "to_review"
    PASSED = "passed"
    REJECTED = "rejected"
