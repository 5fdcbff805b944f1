"""The shipped plans (一链一策) into the database: a draft that nobody has approved, and its tasks, each once.

The source document names neither people nor days, so tasks come without; whoever keeps the chain says who does what
until when. As soon as somebody writes in a plan it is theirs: a later load leaves it alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.engine import model as engine
from chains.engine.loader import DATA
from chains.engine.reading import FileError
from crm.domain.errors import DomainError
from crm.domain.plans import Indicator, PlanDocument, PlanGoal, PlanMeasure, PlanPark, PlanState, TaskState, checked
from crm.domain.policies import Tier
from crm.models import Chain, Park, ParkAlias, PlanTask, PlanVersion, Segment
from crm.services.seed.upsert import Tally, write

SHIPPED = "随产品提供，未经链长审定"


def store_plans(
    session: Session, tally: Tally, chains: Mapping[str, Chain], plans: Mapping[str, engine.ChainPlan]
) -> None:
    """The plans of chains that the district has. Raises `FileError` for one that cannot stand."""
    parks = _parks(session)
    for key, plan in plans.items():
        if key in chains:
            _check(session, tally, chains[key], plan, parks)
            _store(session, tally, chains[key], _document(plan, parks), plan.tasks, parks)
    session.flush()


def _check(session: Session, tally: Tally, chain: Chain, plan: engine.ChainPlan, parks: Mapping[str, Park]) -> None:
    """A gap that the map does not have is a mistake of the file; a park of another district is noted."""
    known = set(session.scalars(select(Segment.key).where(Segment.chain_id == chain.id))) if plan.gaps else set()
    for gap in plan.gaps:
        if gap not in known:
            raise FileError(DATA / plan.chain / "plan.yaml", 0, f"the map has no segment '{gap}'")
    for entry in plan.parks:
        if entry.park not in parks:
            tally.notes.append(f"plan of {chain.key}: {entry.park} is no park of this district")


def _store(
    session: Session,
    tally: Tally,
    chain: Chain,
    document: PlanDocument,
    tasks: Sequence[engine.Statement],
    parks: Mapping[str, Park],
) -> None:
    query = select(PlanVersion).where(PlanVersion.chain_id == chain.id).order_by(PlanVersion.number.desc()).limit(1)
    newest = session.scalars(query).first()
    if newest is not None and _is_peoples(newest):
        if not _ships_the_same(session, chain, document):
            tally.notes.append(f"plan of {chain.key}: people have written in it, the shipped one is left alone")
        return
    before = PlanDocument.from_json(newest.document).shipped_tasks if newest is not None else ()
    values = {"document": document.to_json(), "reason": SHIPPED}
    write(session, tally, PlanVersion, newest, values, chain_id=chain.id, number=1, state=PlanState.DRAFT)
    for sort, task in enumerate(tasks, start=1):
        if task.text not in before:
            _store_task(session, tally, chain, task, sort, parks)


def _is_peoples(newest: PlanVersion) -> bool:
    """Whether somebody has written in the plan, handed it in or answered it."""
    answered = PlanDocument.from_json(newest.document).verdict is not None
    return newest.author_id is not None or newest.state is not PlanState.DRAFT or answered


def _ships_the_same(session: Session, chain: Chain, document: PlanDocument) -> bool:
    """Whether the product ships now what it shipped when people went on from it."""
    query = select(PlanVersion.document).where(
        PlanVersion.chain_id == chain.id, PlanVersion.number == 1, PlanVersion.author_id.is_(None)
    )
    first = session.scalar(query)
    return first is not None and {**first, "verdict": None} == {**document.to_json(), "verdict": None}


def _store_task(
    session: Session,
    tally: Tally,
    chain: Chain,
    task: engine.Statement,
    sort: int,
    parks: Mapping[str, Park],
) -> None:
    """A task names one park by reference; several are kept in its words, so that none is lost."""
    known = [parks[name] for name in task.carriers if name in parks]
    text = task.text if len(task.carriers) < 2 else f"{task.text}（{'、'.join(task.carriers)}）"
    values = {
        "text": text,
        "section": task.section,
        "park_id": known[0].id if len(task.carriers) == 1 and known else None,
        "state": TaskState.OPEN,
        "sort": sort,
    }
    write(session, tally, PlanTask, None, values, chain_id=chain.id)


def _document(plan: engine.ChainPlan, parks: Mapping[str, Park]) -> PlanDocument:
    try:
        return checked(
            PlanDocument(
                standing=plan.standing,
                period=plan.period,
                chief=plan.chief,
                lead_unit=plan.lead_unit,
                goals=tuple(_goal(goal) for goal in plan.goals),
                firms=plan.firms,
                firms_note=plan.firms_note,
                gaps=plan.gaps,
                parks=tuple(_park(entry, parks) for entry in plan.parks),
                measures=tuple(
                    PlanMeasure(tier=Tier(each.tier), text=each.text, condition=each.condition, section=each.section)
                    for each in plan.measures
                ),
                review_months=plan.review_months,
                shipped_tasks=tuple(task.text for task in plan.tasks),
            )
        )
    except (DomainError, ValueError) as error:
        raise FileError(DATA / plan.chain / "plan.yaml", 0, str(error)) from error


def _goal(goal: engine.Goal) -> PlanGoal:
    return PlanGoal(
        text=goal.text,
        section=goal.section,
        year=goal.year,
        operator=goal.operator,
        value=goal.value,
        unit=goal.unit,
        indicator=Indicator(goal.indicator) if goal.indicator else None,
    )


def _park(entry: engine.ParkRole, parks: Mapping[str, Park]) -> PlanPark:
    park = parks.get(entry.park)
    return PlanPark(park=(park.key or park.name) if park else entry.park, role=entry.role, section=entry.section)


def _parks(session: Session) -> dict[str, Park]:
    """Parks by key, name and every other name."""
    found: dict[str, Park] = {}
    by_id = {park.id: park for park in session.scalars(select(Park))}
    for park_id, name in session.execute(select(ParkAlias.park_id, ParkAlias.name)):
        found[name] = by_id[park_id]
    for park in by_id.values():
        found |= {park.name: park, **({park.key: park} if park.key else {})}
    return found
