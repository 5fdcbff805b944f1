"""Where an enterprise stands on the chain maps, what its segments lack around them, and where else it may belong."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from chains.engine.model import SegmentStatus
from crm.infra.clock import today
from crm.models import Enterprise
from crm.services import chain_facts, segments
from crm.services.chain_facts import ChainFacts, FirmFacts, SegmentFacts
from crm.services.segments import SegmentIdea

_LACKING = (SegmentStatus.MISSING, SegmentStatus.FILLING)


@dataclass(frozen=True, slots=True)
class Standing:
    """An enterprise on a segment: the claim, whether it has grown old, and the neighbours that nobody local is yet."""

    chain: ChainFacts
    segment: SegmentFacts
    claim: FirmFacts
    #: Confirmed longer ago than surveys hold, or never on a day that somebody wrote down.
    is_faded: bool
    lacking_suppliers: tuple[SegmentFacts, ...]
    lacking_customers: tuple[SegmentFacts, ...]


def standings(session: Session, enterprise_id: int) -> list[Standing]:
    """Every place of the enterprise, in the order of the maps. The caller has loaded it within the reader's scope."""
    months = chain_facts.calendar(session, today()).months
    return [
        Standing(
            chain,
            segment,
            claim,
            claim.section is None and (claim.age is None or claim.age >= months),
            _lacking(chain, segment.suppliers),
            _lacking(chain, segment.customers),
        )
        for chain in chain_facts.all_facts(session)
        for segment in chain.segments
        for claim in segment.firms
        if claim.enterprise_id == enterprise_id
    ]


def ideas(session: Session, firm: Enterprise, known: list[Standing]) -> list[SegmentIdea]:
    """Segments that the enterprise's words and code speak for, without those where it stands already."""
    taken = {at.segment.id for at in known}
    return [idea for idea in segments.of_enterprise(session, firm) if idea.row.id not in taken]


def _lacking(chain: ChainFacts, keys: tuple[str, ...]) -> tuple[SegmentFacts, ...]:
    found = (chain.segment(key) for key in keys)
    return tuple(segment for segment in found if segment is not None and segment.state.status in _LACKING)
