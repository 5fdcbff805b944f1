"""Target enterprises of a gap (靶向招商): the states of one entry of a target list (MATCHING B, targets)."""

from __future__ import annotations

from enum import StrEnum


class TargetState(StrEnum):
    """Life of a target: listed, being worked on, promoted to a lead, or dropped with a reason."""

    LISTED = "listed"
    CONTACTED = "contacted"
    PROMOTED = "promoted"
    DROPPED = "dropped"

    @property
    def is_open(self) -> bool:
        """Open targets have an owner and a due date and are reminded of."""
        return self in (TargetState.LISTED, TargetState.CONTACTED)
