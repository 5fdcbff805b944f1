"""一链一策: the plan of each chain, its versions from hand to hand, and its tasks."""

from crm.web.plans import editing, tasks
from crm.web.plans.views import blueprint

__all__ = ["blueprint", "editing", "tasks"]
