"""Importing records from files: what can be imported, and how far a run has come."""

from __future__ import annotations

from enum import StrEnum


class ImportKind(StrEnum):
    """What the rows of a file become."""

    LEADS = "leads"
    PROJECTS = "projects"
    ENTERPRISES = "enterprises"


class ImportState(StrEnum):
    """reading → mapping → preview → committing → committed (→ undoing → undone); refused and failed say why."""

    READING = "reading"
    REFUSED = "refused"
    MAPPING = "mapping"
    PREVIEW = "preview"
    COMMITTING = "committing"
    COMMITTED = "committed"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


class RowOutcome(StrEnum):
    """What became of one row."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    SKIPPED = "skipped"


class UndoOutcome(StrEnum):
    """The three buckets of an undo."""

    REVERSED = "reversed"
    KEPT = "kept"
    FAILED = "failed"
