"""How well a firm answers a gap, judged now: `chains.engine.targets` fed from the map, the firm and its leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from chains.engine import targets as engine
from crm.domain.leads import LeadState
from crm.models import Enterprise, Lead
from crm.services import access
from crm.services.access import Actor
from crm.services.chain_facts import ChainFacts, SegmentFacts
from crm.services.inventory import read_inventory
from crm.services.matching import need_of, ranked, weights_in_force

OPEN = tuple(state for state in LeadState if state.is_open)


@dataclass(frozen=True, slots=True)
class Judged:
    """A firm's score for a gap, and the open lead whose need was matched (None: the segment's template was)."""

    score: engine.Score
    lead: Lead | None


def wish_of(segment: SegmentFacts) -> engine.Wish:
    """The tiers that the segment wants."""
    state = segment.state
    counts = {"mature": state.mature, "growth": state.growth, "incubation": state.incubation}
    return engine.wish(counts, state.leaders)


def neighbours_of(chain: ChainFacts, segment: SegmentFacts) -> tuple[int, int]:
    """How many suppliers and customers the segment has, and on how many of them somebody stands here."""
    by_key = {each.key: each for each in chain.segments}
    around = {*segment.suppliers, *segment.customers}
    return len(around), sum(1 for key in around if by_key[key].state.count > 0)


def judge(
    session: Session, actor: Actor, chain: ChainFacts, segment: SegmentFacts, firms: Iterable[Enterprise]
) -> dict[int, Judged]:
    """The score of each firm, by its id. Three statements, and one ranking for each firm with an open lead."""
    firms = list(firms)
    leads = _open_leads(session, actor, [firm.id for firm in firms])
    inventory, weights = read_inventory(session), weights_in_force(session)
    wish = wish_of(segment)
    neighbours, present = neighbours_of(chain, segment)
    template = segment.room.fit + segment.room.to_verify if segment.template else None
    found = {}
    for firm in firms:
        lead = _fittest(leads.get(firm.id, ()), segment.id)
        offers = template
        if lead is not None and lead.area_target is not None:
            ranking = ranked(need_of(lead, inventory), inventory, weights).ranking
            offers = ranking.fit + ranking.to_verify
        tier = firm.tier.value if firm.tier else None
        candidate = engine.Candidate(tier, firm.is_chain_leader, offers)
        found[firm.id] = Judged(engine.score(wish, candidate, neighbours, present), lead)
    return found


def _open_leads(session: Session, actor: Actor, firms: list[int]) -> Mapping[int, list[Lead]]:
    found: dict[int, list[Lead]] = defaultdict(list)
    if not firms:
        return found
    query = (
        select(Lead)
        .where(Lead.enterprise_id.in_(firms), Lead.state.in_(OPEN), access.lead_scope(actor))
        .options(joinedload(Lead.enterprise), joinedload(Lead.owner))
        .order_by(Lead.id.desc())
    )
    for lead in session.scalars(query):
        found[lead.enterprise_id].append(lead)
    return found


def _fittest(leads: Iterable[Lead], segment_id: int) -> Lead | None:
    """The lead aimed at the segment, else the newest."""
    leads = list(leads)
    return next((lead for lead in leads if lead.segment_id == segment_id), leads[0] if leads else None)
