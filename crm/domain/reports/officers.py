"""What the officers' page says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from crm.domain.pipeline import Light
from crm.domain.reports.gaps import GapMove
from crm.domain.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that waits: a reminder that is on. `person` is named where it is somebody else's."""

    lead_id: int | None
    project_id: int | None
    name: str
    what: Sentence
    detail: Sentence | None
    light: Light
    red_days: int
    person: str | None
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """Due within the next seven days; `at` is None for a light that turns red on that day."""

    day: date
    at: datetime | None
    lead_id: int | None
    name: str
    what: Sentence
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Lacking:
    """A lead or project and what it lacks for the next gate: msgids, or words of the gate definitions.

    Those words are data with an English of their own (`facts_en`), which no catalogue knows.
    """

    lead_id: int | None
    name: str
    facts: tuple[str, ...]
    is_demo: bool
    project_id: int | None = None
    facts_en: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewMatch:
    """The best park that is new in a lead's list this week, and how many others are."""

    lead_id: int | None
    name: str
    park: str
    unit: str
    status: str
    low: int
    high: int
    others: int
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Step:
    """How many are at one step; `previous` is None where the log does not tell."""

    word: str
    count: int
    previous: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What the person did in the week, from the activity log."""

    follow_ups: int = 0
    introduced: int = 0
    viewings: int = 0
    signed: int = 0


@dataclass(frozen=True, slots=True)
class OfficerPart:
    section_name: str | None
    #: A section chief reads of the whole section.
    of_section: bool
    done: Done
    overdue: tuple[Matter, ...]
    coming: tuple[Coming, ...]
    silent: tuple[Matter, ...]
    lacking: tuple[Lacking, ...]
    fresh: tuple[NewMatch, ...]
    steps: tuple[Step, ...]
    #: Gaps closed and opened in segments that the person's leads, projects or targets aim at.
    gaps: tuple[GapMove, ...] = ()

    @property
    def is_empty(self) -> bool:
        lists = (self.overdue, self.coming, self.silent, self.lacking, self.fresh, self.steps, self.gaps)
        return not any(lists)

    @property
    def is_demo(self) -> bool:
        rows = (*self.overdue, *self.coming, *self.silent, *self.lacking, *self.fresh, *self.gaps)
        return any(row.is_demo for row in rows)
