"""The plan of a chain (一链一策): versions from hand to hand, tasks, and how both are shown (DOMAIN §1, issue of chains).

show(session, actor, key)                              a version with everything around it
save(session, actor, key, document, reason, base)      the next draft; stale guard
submit, withdraw, decide                               to the chief and back
tasks.add, change, end                                 who does what until when
"""

from crm.services.plans import tasks, wording
from crm.services.plans.indicators import WORDS as INDICATOR_WORDS
from crm.services.plans.indicators import Present
from crm.services.plans.keeping import Base, decide, key_of, newest, numbered, save, submit, versions, withdraw
from crm.services.plans.overview import Row, overview, waiting
from crm.services.plans.parks import park_choices, park_names
from crm.services.plans.shown import show
from crm.services.plans.surveys import Surveys, surveys
from crm.services.plans.tasks import TaskFacts, TaskRow
from crm.services.plans.view import GapRow, GoalRow, Item, PlanView

__all__ = [
    "INDICATOR_WORDS",
    "Base",
    "GapRow",
    "GoalRow",
    "Item",
    "PlanView",
    "Present",
    "Row",
    "Surveys",
    "TaskFacts",
    "TaskRow",
    "decide",
    "key_of",
    "newest",
    "numbered",
    "overview",
    "park_choices",
    "park_names",
    "save",
    "show",
    "submit",
    "surveys",
    "tasks",
    "versions",
    "waiting",
    "withdraw",
    "wording",
]
