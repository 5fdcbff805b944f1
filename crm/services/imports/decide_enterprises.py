"""A row of enterprises: a new one, facts for a known one, or nothing new."""

from __future__ import annotations

from crm.domain.imports import RowOutcome
from crm.services import enterprises
from crm.services.imports import facts
from crm.services.imports.deciding import Desk, Plan
from crm.services.imports.existing import Existing


def decide(desk: Desk, plan: Plan, known: Existing) -> None:
    """Give the plan its outcome, or raise Invalid with the field that is wrong."""
    desk.firm_once(plan)
    enterprises.clean(facts.enterprise_facts(plan.values, segment=True))
    if plan.firm is None:
        plan.outcome = RowOutcome.ADDED
        return
    stored = facts.values_of_enterprise(plan.firm)
    changes = facts.differing(plan.values, stored)
    if plan.firm.id not in known.visible:
        # What another section knows stays theirs: only what is unknown is filled in, as by a form.
        changes = [key for key in changes if not stored.get(key)]
    plan.settle(changes)
