"""The issue ledger (问题台账): what keeps a project from walking on, which department solves it, until when."""

from __future__ import annotations

from enum import StrEnum

from crm.domain.errors import Invalid
from crm.domain.marking import N_


class IssueState(StrEnum):
    """Life of an issue; `RESOLVED` is the department's word, `CLOSED` the officer's who checked it."""

    OPEN = "open"
    WORKING = "working"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        return self in (IssueState.OPEN, IssueState.WORKING)


#: The steps that a person may take; back to WORKING is a reopening and needs its reason.
_STEPS: dict[IssueState, tuple[IssueState, ...]] = {
    IssueState.OPEN: (IssueState.WORKING, IssueState.RESOLVED),
    IssueState.WORKING: (IssueState.RESOLVED,),
    IssueState.RESOLVED: (IssueState.CLOSED, IssueState.WORKING),
    IssueState.CLOSED: (IssueState.WORKING,),
}


def next_states(state: IssueState) -> tuple[IssueState, ...]:
    """Where an issue may go from here, the usual step first."""
    return _STEPS[state]


def is_reopening(now: IssueState, to: IssueState) -> bool:
    return not now.is_open and to.is_open


def check_step(now: IssueState, to: IssueState, note: str) -> None:
    """Raise Invalid for a step that does not exist, a solution without words, a reopening without a reason."""
    if to not in _STEPS[now]:
        raise Invalid("state", N_("问题的状态刚变过，不能这样改；请看最新状态再办。"))
    if to is IssueState.RESOLVED and not note:
        raise Invalid("note", N_("请写怎么解决的。"))
    if is_reopening(now, to) and not note:
        raise Invalid("note", N_("请写为什么重新打开。"))
