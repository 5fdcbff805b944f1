"""The plan of a chain (一链一策): states, what a version says, how two versions differ, and what is missing."""

from crm.domain.plans.compare import Difference, Kind, Part, compare, goal_words
from crm.domain.plans.document import (
    REVIEW_MONTHS,
    Indicator,
    PlanDocument,
    PlanGoal,
    PlanMeasure,
    PlanPark,
    Verdict,
    checked,
)
from crm.domain.plans.states import PlanState, TaskState

__all__ = [
    "REVIEW_MONTHS",
    "Difference",
    "Indicator",
    "Kind",
    "Part",
    "PlanDocument",
    "PlanGoal",
    "PlanMeasure",
    "PlanPark",
    "PlanState",
    "TaskState",
    "Verdict",
    "checked",
    "compare",
    "goal_words",
]
