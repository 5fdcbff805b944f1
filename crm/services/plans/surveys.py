"""What is to be surveyed again on a chain: segments whose survey, or whose firms' placements, are old (MATCHING B)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.errors import NotFound
from crm.domain.labels import N_
from crm.infra.clock import today
from crm.services import access, chain_facts
from crm.services.access import Actor
from crm.services.chain_facts import ChainFacts, FirmFacts, SegmentFacts


@dataclass(frozen=True, slots=True)
class Stale:
    """A segment to look at again: its own survey is old, or these firms' placements are."""

    segment: SegmentFacts
    survey_is_old: bool
    firms: tuple[FirmFacts, ...]


@dataclass(frozen=True, slots=True)
class Surveys:
    """The chain, what is old (the oldest first), how many segments nobody has ever surveyed, and the months in force."""

    facts: ChainFacts
    stale: Sequence[Stale]
    never: int
    months: int


def surveys(session: Session, actor: Actor, chain_id: int) -> Surveys:
    """What the reminder of a chain counts. NotFound for an id without a map."""
    access.require(actor, Permission.CHAINS_VIEW)
    facts = next((each for each in chain_facts.all_facts(session) if each.id == chain_id), None)
    if facts is None:
        raise NotFound(N_("没有这条产业链。"))
    days = chain_facts.calendar(session, today())
    found = []
    for segment in facts.segments:
        old = segment.surveyed_on is not None and not days.is_fresh(segment.surveyed_on)
        firms = tuple(
            firm for firm in segment.firms if firm.surveyed_on is not None and not days.is_fresh(firm.surveyed_on)
        )
        if old or firms:
            found.append(Stale(segment, old, firms))
    found.sort(key=_oldest)
    never = sum(segment.surveyed_on is None for segment in facts.segments)
    return Surveys(facts, found, never, days.months)


def _oldest(row: Stale) -> tuple[object, ...]:
    dates = [firm.surveyed_on for firm in row.firms]
    if row.survey_is_old:
        dates.append(row.segment.surveyed_on)
    return (min(dates), row.segment.key)
