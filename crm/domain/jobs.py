"""Long work with progress (imports, exports): states that a page can show and a reload cannot lose."""

from __future__ import annotations

from enum import StrEnum


class JobKind(StrEnum):
    """What is being done."""

    READ_FILE = "read_file"
    CHECK_ROWS = "check_rows"
    IMPORT = "import"
    UNDO_IMPORT = "undo_import"
    MATCH_LEADS = "match_leads"
    EXPORT = "export"


class JobState(StrEnum):
    """Life of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED)
