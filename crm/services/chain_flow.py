"""The flow of a chain (sankey): who supplies whom, and how much local activity asks for each segment."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from chains.engine.flow import Flow, FlowNode, flow
from chains.engine.model import Edge, Position
from crm.infra.clock import today
from crm.services import chain_facts
from crm.services.chain_facts import ChainFacts, SegmentFacts
from crm.services.kept import kept_maps

HEIGHT = 720


@dataclass(frozen=True, slots=True)
class ChainFlow:
    """The picture, and what it was drawn by: "size" (local activity) or "equal" (every segment counts one)."""

    chain: ChainFacts
    measure: str
    flow: Flow

    def segment(self, key: str) -> SegmentFacts:
        return next(each for each in self.chain.segments if each.key == key)


def chain_flow(session: Session, key: str, measure: str = "size") -> ChainFlow:
    """The flow of one chain. Where nobody is local yet, every segment counts one. NotFound as `chain_facts.facts`."""
    chain = chain_facts.facts(session, key)
    used = "size" if measure == "size" and chain.size else "equal"
    picture = kept_maps(session, f"flow of {key} by {used} on {today()}", lambda _stamp: _draw(chain, used))
    return ChainFlow(chain, used, picture)


def _draw(chain: ChainFacts, measure: str) -> Flow:
    nodes = [
        FlowNode(each.key, Position(each.position).rank, Fraction(each.state.size if measure == "size" else 1))
        for each in chain.segments
    ]
    edges = [Edge(edge.supplier, edge.customer, edge.share) for edge in chain.edges]
    return flow(nodes, edges, height=HEIGHT)
