"""The plan of a chain (一链一策): the states of its versions and tasks."""

from __future__ import annotations

from enum import StrEnum


class PlanState(StrEnum):
    """A version is written, handed to the chain's chief (链长), and approved; one is approved at a time."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REPLACED = "replaced"


class TaskState(StrEnum):
    """A task of a plan."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"
