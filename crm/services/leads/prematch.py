"""What the district could offer for a need that is still being typed: counts and the next question, nothing stored."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.matching.wording import Text
from crm.domain.policies import Tier
from crm.models import Enterprise, Lead
from crm.services import access, matching
from crm.services.access import Actor
from crm.services.inventory import read_inventory
from crm.services.leads.commands import LogLead
from crm.services.leads.log import take_over


@dataclass(frozen=True, slots=True)
class PreMatch:
    """How many offers fit, need a check, or do not fit; what to ask next and whom."""

    fit: int
    to_verify: int
    blocked: int
    question: Text | None
    asked: Text | None
    has_demo: bool


def prematch(session: Session, actor: Actor, command: LogLead, tier: Tier | None) -> PreMatch | None:
    """Rank the inventory for what a form says so far; None while it is not said how the space is taken.

    `tier` is what the rules make of the form's enterprise. The command need not be complete, only its figures read.
    """
    access.require(actor, Permission.LEADS_CREATE)
    if command.needs.tenure is None:
        return None
    # Neither is added to the session: they only carry the values to the engine.
    lead = Lead()
    take_over(lead, command)
    lead.enterprise = Enterprise(name="", tier=tier)
    inventory = read_inventory(session)
    view = matching.ranked(matching.need_of(lead, inventory), inventory, matching.weights_in_force(session))
    return PreMatch(
        view.ranking.fit,
        view.ranking.to_verify,
        view.ranking.blocked,
        view.question.sentence if view.question else None,
        view.question.asked if view.question else None,
        view.has_demo,
    )
