"""The issue ledger (问题台账): what keeps a project from walking on, which department solves it, until when."""

from __future__ import annotations

from enum import StrEnum


class IssueState(StrEnum):
    """Life of an issue; `RESOLVED` is the department's word, `CLOSED` the officer's who checked it."""

    OPEN = "open"
    WORKING = "working"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        return self in (IssueState.OPEN, IssueState.WORKING)
