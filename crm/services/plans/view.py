"""A plan as page, print and file show it: plain rows with every word that is worked out, and nothing about layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chains.engine.model import SegmentStatus
from crm.domain.plans import PlanDocument, PlanGoal, PlanMeasure, PlanPark
from crm.domain.policies import Tier
from crm.domain.sentences import Sentence
from crm.models import Park, Person, PlanVersion, Target
from crm.services.chain_facts import Aims, ChainFacts, SegmentFacts
from crm.services.plans.indicators import Present
from crm.services.plans.tasks import TaskRow


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal, and the value of now where the product knows it."""

    goal: PlanGoal
    present: Present | None


@dataclass(frozen=True, slots=True)
class PositionRow:
    """Segments of one position by status, and its different firms. `position` is empty for the total."""

    position: str
    segments: int
    counts: dict[SegmentStatus, int]
    firms: int


@dataclass(frozen=True, slots=True)
class LeaderRow:
    """A firm that the map marks as leader or the source lists; without segments nobody has placed it yet."""

    name: str
    segments: tuple[SegmentFacts, ...]
    is_leader: bool
    sections: tuple[str, ...]
    is_demo: bool


@dataclass(frozen=True, slots=True)
class GapRow:
    """A gap with its action, priority, room and what is aimed at it, and the open tasks that serve it."""

    segment: SegmentFacts
    aims: Aims | None
    tasks: int


@dataclass(frozen=True, slots=True)
class ParkRow:
    """A park's part in the chain. `park` None: the plan names one that is gone."""

    entry: PlanPark
    park: Park | None
    name: str
    positioning: str
    sections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """What is done for firms of one tier, and whom of the chain it concerns, as far as the person may see."""

    tier: Tier
    measures: tuple[PlanMeasure, ...]
    sections: tuple[str, ...]
    names: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to settle before the plan is handed in. `where` is edit, tasks, task, chain or gaps."""

    title: Sentence
    detail: Sentence
    where: str
    task_id: int | None = None


@dataclass(frozen=True, slots=True)
class MapChange:
    """A segment whose status is another one than when the version was saved."""

    segment: SegmentFacts
    before: SegmentStatus
    after: SegmentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """One version of a chain's plan with everything around it. `version` None: there is no plan yet."""

    facts: ChainFacts
    version: PlanVersion | None
    versions: Sequence[PlanVersion]
    document: PlanDocument
    goals: tuple[GoalRow, ...]
    district_goals: Sequence[Target]
    positions: tuple[PositionRow, ...]
    leaders: tuple[LeaderRow, ...]
    gaps: tuple[GapRow, ...]
    #: False: the plan takes on none yet, and these are the map's most pressing ones.
    gaps_chosen: bool
    parks: tuple[ParkRow, ...]
    parks_chosen: bool
    measures: tuple[MeasureRow, ...]
    tasks: tuple[TaskRow, ...]
    checklist: tuple[Item, ...]
    changes: tuple[MapChange, ...]
    members: Sequence[Person]
    on: date
    may_edit: bool
    may_approve: bool

    @property
    def is_newest(self) -> bool:
        return self.version is None or self.version.number == self.versions[0].number

    @property
    def earlier(self) -> PlanVersion | None:
        """The version before the shown one."""
        if self.version is None:
            return None
        return next((each for each in self.versions if each.number < self.version.number), None)

    @property
    def figures(self) -> tuple[GoalRow, ...]:
        """Goals with a figure, drawn large."""
        return tuple(row for row in self.goals if row.goal.value is not None or row.present is not None)

    @property
    def wishes(self) -> tuple[GoalRow, ...]:
        """Goals in words only."""
        return tuple(row for row in self.goals if row.goal.value is None and row.present is None)

    @property
    def is_demo(self) -> bool:
        return bool(self.version and self.version.is_demo)
