"""Leads: states, sources, and the follow-ups that keep them alive (DOMAIN §4 row 0, §6)."""

from __future__ import annotations

from enum import StrEnum


class LeadState(StrEnum):
    """Life of a lead before it becomes a reserve project: new → screening → valid / invalid / duplicate."""

    NEW = "new"
    SCREENING = "screening"
    VALID = "valid"
    INVALID = "invalid"
    DUPLICATE = "duplicate"

    @property
    def is_open(self) -> bool:
        """Open leads are matched, reminded and counted in the pipeline."""
        return self in (LeadState.NEW, LeadState.SCREENING, LeadState.VALID)

    @property
    def is_screened(self) -> bool:
        """A verdict has been given; the screening clock of DOMAIN §6 stops."""
        return self in (LeadState.VALID, LeadState.INVALID, LeadState.DUPLICATE)


class LeadSource(StrEnum):
    """Where the lead came from; `REFERRAL` owes its referrer an answer (DOMAIN §6)."""

    PHONE = "phone"
    VISIT = "visit"
    REFERRAL = "referral"
    EVENT = "event"
    UPPER = "upper"
    PARK = "park"
    TARGETED = "targeted"
    WEBSITE = "website"
    OTHER = "other"


class FollowUpKind(StrEnum):
    """How the contact happened or will happen."""

    CALL = "call"
    VISIT = "visit"
    MEETING = "meeting"
    SITE_VISIT = "site_visit"
    MESSAGE = "message"
    DOCUMENT = "document"
    FEEDBACK = "feedback"


class Grade(StrEnum):
    """Class of a lead or project; decides how long it may stay silent (DOMAIN §6)."""

    A = "A"
    B = "B"
    C = "C"
