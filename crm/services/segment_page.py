"""One segment of a chain, with all that an officer wants beside it: neighbours, who aims at it, where it could go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from chains.engine.betweenness import betweenness
from chains.engine.flow import input_shares
from chains.engine.graph import build
from chains.engine.model import Edge, SegmentStatus
from crm.domain.access import Permission
from crm.domain.errors import NotFound
from crm.domain.labels import N_
from crm.domain.leads import LeadState
from crm.domain.pipeline import SideState, Stage
from crm.infra.clock import today
from crm.models import Lead, Match, Person, Project, Purchase
from crm.services import access, chain_facts, chain_members, purchases, targets
from crm.services.access import Actor
from crm.services.chain_facts import ChainFacts, RoomRow, SegmentFacts
from crm.services.reach import Step, to_strong

#: Rows of a card; whoever wants more opens the list behind it.
ROWS = 8
PLACES = 6
_OPEN = tuple(state for state in LeadState if state.is_open)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A direct supplier (its share of this segment's inputs) or customer (this segment's share of its inputs)."""

    segment: SegmentFacts
    share: Fraction


@dataclass(frozen=True, slots=True)
class AimRow:
    """A lead or project aimed at the segment. `fit`, `to_verify`: parks of its last matching; None: never matched."""

    kind: str
    id: int
    enterprise: str
    stage: Stage | LeadState
    area: tuple[int | None, int | None, int | None]
    fit: int | None
    to_verify: int
    owner: str | None
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Aimed:
    """The newest of those who aim at the segment, projects first, and how many there are."""

    rows: tuple[AimRow, ...]
    projects: int
    leads: int


@dataclass(frozen=True, slots=True)
class SegmentPage:
    """All of one segment's page. Lists that the reader may not see are empty, and `sees_…` says why."""

    chain: ChainFacts
    segment: SegmentFacts
    months: int
    suppliers: tuple[Neighbour, ...]
    customers: tuple[Neighbour, ...]
    step: Step | None
    aimed: Aimed
    sees_aims: bool
    places: tuple[RoomRow, ...]
    #: How many places pass the template, and the blocked ones nearest to passing where none does.
    passing: int
    nearly: tuple[RoomRow, ...]
    #: What local firms buy of this segment elsewhere, and what its own leaders buy of others.
    bought: Sequence[Purchase]
    wanted: Sequence[Purchase]
    targets: Sequence[targets.Shown]
    #: Of the shortest supply ways between all other segments, how many lead through it (shown, never scored).
    between: Fraction
    #: Whether the reader may edit the map.
    keeps: bool

    @property
    def group(self) -> chain_facts.GroupFacts | None:
        return next((each for each in self.chain.groups if each.key == self.segment.group), None)

    @property
    def missing_suppliers(self) -> tuple[Neighbour, ...]:
        """Suppliers whose segment is missing, the largest share first."""
        return tuple(each for each in self.suppliers if each.segment.state.status is SegmentStatus.MISSING)

    @property
    def missing_share(self) -> Fraction:
        """The part of this segment's inputs that missing segments would supply."""
        return sum((each.share for each in self.missing_suppliers), Fraction(0))


def segment_page(session: Session, actor: Actor, key: str, segment_key: str) -> SegmentPage:
    """One segment as this person may see it. NotFound for keys that are none."""
    access.require(actor, Permission.CHAINS_VIEW)
    chain = chain_facts.facts(session, key)
    segment = chain.segment(segment_key)
    if segment is None:
        raise NotFound(N_("这条产业链没有这个环节。"))
    suppliers, customers = _neighbours(chain, segment)
    places, passing, nearly = _places(session, segment)
    weak = segment.state.status in (SegmentStatus.WEAK, SegmentStatus.FILLING) and segment.state.count
    return SegmentPage(
        chain=chain,
        segment=segment,
        months=chain_facts.calendar(session, today()).months,
        suppliers=suppliers,
        customers=customers,
        step=to_strong(chain, segment) if weak else None,
        aimed=_aimed(session, actor, segment.id),
        sees_aims=actor.may(Permission.LEADS_VIEW) or actor.may(Permission.PROJECTS_VIEW),
        places=places,
        passing=passing,
        nearly=nearly,
        bought=_bought(session, actor, segment),
        wanted=_wanted(session, actor, segment),
        targets=targets.of_segment(session, actor, key, segment_key),
        between=_between(chain, segment),
        keeps=chain_members.keeps(session, actor, chain.id),
    )


def _neighbours(chain: ChainFacts, segment: SegmentFacts) -> tuple[tuple[Neighbour, ...], tuple[Neighbour, ...]]:
    """Suppliers and customers, the largest share first."""
    by_key = {each.key: each for each in chain.segments}
    shares = input_shares(by_key, _edges(chain))

    def side(pairs: Iterable[tuple[str, str]], other: int) -> tuple[Neighbour, ...]:
        found = [Neighbour(by_key[pair[other]], shares[pair]) for pair in pairs]
        return tuple(sorted(found, key=lambda each: -each.share))

    return (
        side(((supplier, segment.key) for supplier in segment.suppliers), 0),
        side(((segment.key, customer) for customer in segment.customers), 1),
    )


def _between(chain: ChainFacts, segment: SegmentFacts) -> Fraction:
    graph = build((each.key for each in chain.segments), _edges(chain))
    return betweenness(graph)[graph.index[segment.key]]


def _edges(chain: ChainFacts) -> list[Edge]:
    return [Edge(edge.supplier, edge.customer, edge.share) for edge in chain.edges]


# ── Who aims at it ───────────────────────────────────────────────────────────────────────────────────────────────────


def _aimed(session: Session, actor: Actor, segment_id: int) -> Aimed:
    """Projects that walk on, then open leads that no project has grown from; the newest of each."""
    walking = (Project.segment_id == segment_id, Project.side_state == SideState.ACTIVE, access.project_scope(actor))
    open_leads = (
        Lead.segment_id == segment_id,
        Lead.state.in_(_OPEN),
        access.lead_scope(actor),
        ~exists().where(Project.lead_id == Lead.id),
    )
    options = [joinedload(Project.enterprise), joinedload(Project.owner), joinedload(Project.lead)]
    query = select(Project).where(*walking).options(*options).order_by(Project.id.desc()).limit(ROWS)
    projects = session.scalars(query).all()
    query = select(Lead).where(*open_leads).options(joinedload(Lead.enterprise), joinedload(Lead.owner))
    leads = session.scalars(query.order_by(Lead.id.desc()).limit(ROWS)).all()
    matches = _matches(session, [*(each.lead_id for each in projects if each.lead_id), *(each.id for each in leads)])
    rows = [
        *(_row("project", each, each.lead, each.stage, matches) for each in projects),
        *(_row("lead", each, each, each.state, matches) for each in leads),
    ]
    return Aimed(
        tuple(rows[:ROWS]),
        _count(session, Project, walking) if len(projects) == ROWS else len(projects),
        _count(session, Lead, open_leads) if len(leads) == ROWS else len(leads),
    )


def _count(session: Session, model: type, conditions: tuple) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def _row(
    kind: str, record: Project | Lead, lead: Lead | None, stage: Stage | LeadState, matches: Mapping[int, Counter]
) -> AimRow:
    found = matches.get(lead.id) if lead else None
    owner: Person | None = record.owner
    return AimRow(
        kind=kind,
        id=record.id,
        enterprise=record.enterprise.name,
        stage=stage,
        area=(lead.area_min, lead.area_target, lead.area_max) if lead else (None, None, None),
        fit=found["fit"] if found else None,
        to_verify=found["to_verify"] if found else 0,
        owner=owner.name if owner else None,
        is_demo=record.is_demo,
    )


def _matches(session: Session, lead_ids: Sequence[int]) -> dict[int, Counter]:
    if not lead_ids:
        return {}
    query = select(Match.lead_id, Match.status, func.count()).where(Match.lead_id.in_(lead_ids))
    found: dict[int, Counter] = defaultdict(Counter)
    for lead_id, status, count in session.execute(query.group_by(Match.lead_id, Match.status)):
        found[lead_id][status] = count
    return dict(found)


# ── Where it could go, what is bought ────────────────────────────────────────────────────────────────────────────────


def _places(session: Session, segment: SegmentFacts) -> tuple[tuple[RoomRow, ...], int, tuple[RoomRow, ...]]:
    """Places that pass, one row each whatever the tenure; where none does, those that fail on the least."""
    rows = chain_facts.room_rows(session, segment)
    seen: dict[tuple[int, str], RoomRow] = {}
    for row in rows:
        seen.setdefault((row.place.park_id, row.place.unit_name), row)
    passing = [row for row in seen.values() if not row.failed]
    nearly = [row for row in seen.values() if row.failed] if not passing else []
    return tuple(passing[:PLACES]), len(passing), tuple(nearly[:3])


def _bought(session: Session, actor: Actor, segment: SegmentFacts) -> Sequence[Purchase]:
    if not segment.purchases or not actor.may(Permission.PURCHASES_VIEW):
        return ()
    return purchases.of_segment(session, actor, segment.id)[:ROWS]


def _wanted(session: Session, actor: Actor, segment: SegmentFacts) -> Sequence[Purchase]:
    """What the leaders that stand here buy elsewhere."""
    if not actor.may(Permission.PURCHASES_VIEW):
        return ()
    leaders = [firm.enterprise_id for firm in segment.firms if firm.is_leader]
    return [row for each in leaders[:3] for row in purchases.of_enterprise(session, actor, each)][:ROWS]
