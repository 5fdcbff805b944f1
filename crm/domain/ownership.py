"""Whose a lead is: hand-overs within a section, transfers between sections, the public pool (公海) and its claims."""

from __future__ import annotations

from enum import StrEnum


class TransferKind(StrEnum):
    """How a lead changed hands."""

    ASSIGN = "assign"
    HAND_OVER = "hand_over"
    TRANSFER = "transfer"
    RELEASE = "release"
    CLAIM = "claim"


class TransferState(StrEnum):
    """A transfer between sections waits for the other section's answer; everything else is done at once."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
