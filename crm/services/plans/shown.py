"""Putting a plan together for whoever looks at it: the version, the map as it stands now, tasks, and what is aimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.engine.model import GapAction, SegmentStatus
from crm.domain.access import Permission
from crm.domain.errors import NotFound
from crm.domain.labels import N_
from crm.domain.pipeline import SideState
from crm.domain.plans import PlanDocument, PlanPark
from crm.domain.policies import Tier
from crm.infra.clock import today
from crm.models import Enterprise, GapTarget, Park, ParkPositioning, Project, Segment, Target
from crm.services import access, chain_facts, chain_members
from crm.services.access import Actor
from crm.services.chain_facts import ChainFacts, SegmentFacts
from crm.services.plans import tasks as plan_tasks
from crm.services.plans.checklist import checklist
from crm.services.plans.indicators import present
from crm.services.plans.keeping import chain, versions
from crm.services.plans.parks import ref, referred
from crm.services.plans.tasks import TaskRow
from crm.services.plans.view import (
    GapRow,
    GoalRow,
    LeaderRow,
    MapChange,
    MeasureRow,
    ParkRow,
    PlanView,
    PositionRow,
)
from crm.services.targets.reading import OPEN
from crm.services.targets.reading import scope as target_scope

#: Rows that are proposed where the plan has chosen none.
PROPOSED = 6
_WORK = (GapAction.FILL, GapAction.EXTEND, GapAction.STRENGTHEN)
_POSITIONS = ("upstream", "midstream", "downstream")


def show(session: Session, actor: Actor, key: str, number: int | None = None) -> PlanView:
    """A version (the newest) as the actor may see it. NotFound for a chain or version that there is not."""
    facts = chain(session, actor, key)
    rows = versions(session, facts.id)
    version = rows[0] if rows and number is None else next((each for each in rows if each.number == number), None)
    if number is not None and version is None:
        raise NotFound(N_("没有这一版方案。"))
    document = PlanDocument.from_json(version.document) if version else PlanDocument()
    open_tasks = plan_tasks.of_chain(session, facts.id)
    leaders = _leaders(session, facts, document)
    parks = _parks(session, facts, document)
    gaps = _gaps(session, actor, facts, document, open_tasks)
    changes = _changes(facts, document)
    return PlanView(
        facts=facts,
        version=version,
        versions=rows,
        document=document,
        goals=_goals(session, actor, facts, document, parks),
        district_goals=_district_goals(session),
        positions=_positions(facts),
        leaders=leaders,
        gaps=gaps,
        gaps_chosen=bool(document.gaps),
        parks=parks,
        parks_chosen=bool(document.parks),
        measures=_measures(session, actor, facts, document),
        tasks=tuple(open_tasks),
        checklist=checklist(document, leaders, gaps, open_tasks, changes),
        changes=changes,
        members=chain_members.members(session, facts.id),
        on=today(),
        may_edit=chain_members.keeps(session, actor, facts.id),
        may_approve=actor.may(Permission.PLANS_APPROVE),
    )


def _goals(
    session: Session, actor: Actor, facts: ChainFacts, document: PlanDocument, parks: Sequence[ParkRow]
) -> tuple[GoalRow, ...]:
    wanted = {goal.indicator for goal in document.goals if goal.indicator is not None}
    park_ids = [row.park.id for row in parks if row.park is not None] if document.parks else []
    values = present(session, actor, facts, park_ids, wanted)
    return tuple(GoalRow(goal, values.get(goal.indicator) if goal.indicator else None) for goal in document.goals)


def _district_goals(session: Session) -> Sequence[Target]:
    """The district's own figures of the next target year, which no chain's plan may pass over."""
    query = select(Target).where(Target.year >= today().year, Target.value.is_not(None))
    rows = session.scalars(query.order_by(Target.year, Target.id)).all()
    return [row for row in rows if row.year == rows[0].year]


def _positions(facts: ChainFacts) -> tuple[PositionRow, ...]:
    found = [
        _position(name, [segment for segment in facts.segments if segment.position == name]) for name in _POSITIONS
    ]
    return (*found, _position("", facts.segments))


def _position(name: str, segments: Sequence[SegmentFacts]) -> PositionRow:
    counts = {status: sum(each.state.status is status for each in segments) for status in SegmentStatus}
    firms = {firm.enterprise_id for segment in segments for firm in segment.firms}
    return PositionRow(name, len(segments), counts, len(firms))


def _leaders(session: Session, facts: ChainFacts, document: PlanDocument) -> tuple[LeaderRow, ...]:
    """Leaders of the map first, then the firms that the source lists for the chain, placed or not."""
    places: dict[str, list[SegmentFacts]] = {}
    marks: dict[str, set[str]] = {}
    led: dict[str, bool] = {}
    demo: set[str] = set()
    for segment in facts.segments:
        for firm in segment.firms:
            places.setdefault(firm.name, []).append(segment)
            marks.setdefault(firm.name, set()).update([firm.section] if firm.section else [])
            led[firm.name] = led.get(firm.name, False) or firm.is_leader
            demo.update([firm.name] if firm.is_demo else [])
    listed = document.firms
    if listed:
        query = select(Enterprise.name, Enterprise.sections).where(Enterprise.name.in_(listed))
        for name, sections in session.execute(query):
            marks.setdefault(name, set()).update(sections or [])
    names = [name for name, leads in led.items() if leads] + [name for name in listed if not led.get(name)]
    return tuple(
        LeaderRow(
            name,
            tuple(places.get(name, ())),
            led.get(name, False),
            tuple(sorted(marks.get(name, ()))),
            name in demo,
        )
        for name in names
    )


def _gaps(
    session: Session, actor: Actor, facts: ChainFacts, document: PlanDocument, tasks: Sequence[TaskRow]
) -> tuple[GapRow, ...]:
    """The gaps that the plan takes on, by action and priority; where it takes on none, the most pressing ones."""
    if document.gaps:
        wanted = [segment for key in document.gaps if (segment := facts.segment(key)) is not None]
    else:
        wanted = [segment for segment in facts.segments if segment.state.action in _WORK]
    order = list(GapAction)
    wanted.sort(key=lambda each: (order.index(each.state.action), -each.state.priority, each.key))
    aims = chain_facts.aims(session, actor, facts.id)
    serving = [row.task.segment_id for row in tasks if row.task.ended_on is None]
    rows = [GapRow(segment, aims.get(segment.id), serving.count(segment.id)) for segment in wanted]
    return tuple(rows if document.gaps else rows[:PROPOSED])


def _parks(session: Session, facts: ChainFacts, document: PlanDocument) -> tuple[ParkRow, ...]:
    """The parks that the plan assigns; where it assigns none, those whose positioning names the chain, heaviest first."""
    if document.parks:
        known = referred(session, tuple(entry.park for entry in document.parks))
        return tuple(_park(entry, known.get(entry.park)) for entry in document.parks)
    query = select(ParkPositioning.park_id, ParkPositioning.weight).where(ParkPositioning.chain_id == facts.id)
    weights: dict[int, int] = {}
    for park_id, weight in session.execute(query):
        weights[park_id] = max(weight, weights.get(park_id, 0))
    parks = session.scalars(select(Park).where(Park.id.in_(weights))).all() if weights else []
    parks = sorted(parks, key=lambda park: (-weights[park.id], park.pinyin, park.id))[:PROPOSED]
    return tuple(_park(PlanPark(park=ref(park)), park) for park in parks)


def _park(entry: PlanPark, park: Park | None) -> ParkRow:
    if park is None:
        return ParkRow(entry, None, entry.park, "", (entry.section,) if entry.section else ())
    sections = [str(fact["section"]) for fact in park.facts or [] if fact.get("section")]
    if entry.section:
        sections.insert(0, entry.section)
    positioning = park.positioning or "、".join(park.focus or [])
    return ParkRow(entry, park, park.name, positioning, tuple(dict.fromkeys(sections)))


def _measures(session: Session, actor: Actor, facts: ChainFacts, document: PlanDocument) -> tuple[MeasureRow, ...]:
    firms = _concerned(session, actor, facts.id) if document.measures else {}
    rows = []
    for tier in Tier:
        own = tuple(each for each in document.measures if each.tier is tier)
        if own:
            sections = tuple(dict.fromkeys(each.section for each in own if each.section))
            names = firms.get(tier, [])
            rows.append(MeasureRow(tier, own, sections, tuple(names[:2]), len(names)))
    return tuple(rows)


def _concerned(session: Session, actor: Actor, chain_id: int) -> Mapping[Tier, list[str]]:
    """Firms of open targets and of projects that walk on, by tier, as far as the actor sees them."""
    queries = [
        select(Enterprise.tier, Enterprise.name)
        .join(Project, Project.enterprise_id == Enterprise.id)
        .join(Segment, Segment.id == Project.segment_id)
        .where(Project.side_state == SideState.ACTIVE, access.project_scope(actor), Segment.chain_id == chain_id)
        .order_by(Project.id)
    ]
    if actor.may(Permission.TARGETS_VIEW):
        queries.append(
            select(Enterprise.tier, Enterprise.name)
            .join(GapTarget, GapTarget.enterprise_id == Enterprise.id)
            .join(Segment, Segment.id == GapTarget.segment_id)
            # Asked apart: the scope speaks of enterprises of its own.
            .where(GapTarget.id.in_(select(GapTarget.id).where(target_scope(actor))))
            .where(GapTarget.state.in_(OPEN), Segment.chain_id == chain_id)
            .order_by(GapTarget.id)
        )
    found: dict[Tier, dict[str, None]] = {}
    for query in queries:
        for tier, name in session.execute(query):
            if tier is not None:
                found.setdefault(tier, {})[name] = None
    return {tier: list(names) for tier, names in found.items()}


def _changes(facts: ChainFacts, document: PlanDocument) -> tuple[MapChange, ...]:
    found = []
    for segment in facts.segments:
        before, after = document.seen.get(segment.key), segment.state.status
        if before is not None and before != after.value:
            found.append(MapChange(segment, SegmentStatus(before), after))
    return tuple(found)
