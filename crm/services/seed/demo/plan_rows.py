"""A chain plan of the demonstration: goals with figures, the most pressing gaps, carriers with a share of the work, and
tasks with people and days; handed to the chief, who has not spoken yet. Every figure is 示例."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.engine.model import GapAction
from crm.domain.errors import NotFound
from crm.domain.plans import Indicator, PlanDocument, PlanGoal, PlanPark
from crm.models import Park
from crm.services import chain_facts, plans
from crm.services.plans import Base, TaskFacts
from crm.services.seed.demo.dates import Dates
from crm.services.seed.demo.people import People
from crm.services.seed.upsert import Tally

_KEY, _TEAM, _LEADER = "biomedicine", "demo-chain", "demo-leader"
#: (park, what it is to do): only parks that the document names for this chain.
_PARKS = (
    ("longxi_avenue", "诊断、原料与研发外包（示例分工）"),
    ("yangchuang", "器械与数字医疗（示例分工）"),
    ("lingnan_v", "孵化与检测（示例分工）"),
)
#: (what, whose, days from today)
_TASKS = (
    ("生化试剂与工具酶：建 10 家目标清单，走访前 3 家（示例）", "demo-officer", 12),
    ("龙溪大道起步区 3 号楼楼面荷载核实（示例）", "demo-park2", -5),
    ("半年未调研的环节补调研（示例）", "demo-chain", 30),
    ("体外诊断链主外购清单对接会（示例）", "demo-chief", 3),
)


def store_plan(session: Session, tally: Tally, people: People, dates: Dates) -> None:
    """The plan of one chain; nothing where the district has no such chain or the demonstration no chain team."""
    team = people.actors.get(_TEAM)
    try:
        chain = chain_facts.facts(session, _KEY)
    except NotFound:
        chain = None
    if team is None or chain is None:
        tally.notes.append(f"plan of {_KEY}: no such chain")
        return
    last = plans.newest(session, chain.id)
    document = PlanDocument.from_json(last.document) if last else PlanDocument()
    pressing = sorted(
        (each for each in chain.segments if each.state.action in (GapAction.FILL, GapAction.EXTEND)),
        key=lambda each: (-each.state.priority, each.key),
    )
    year = dates.today.year
    leader = people.actors.get(_LEADER)
    row = plans.save(
        session,
        team,
        _KEY,
        replace(
            document,
            period=(year, year + 1),
            chief=leader.name if leader else None,
            lead_unit="招商一科（示例）",
            goals=(*_goals(chain, year), *document.goals),
            gaps=tuple(each.key for each in pressing[:6]),
            parks=_parks(session),
            review_months=6,
        ),
        "写目标、选缺环、分载体（示例）",
        Base(number=last.number if last else 0, version=last.version if last else 0),
    )
    for text, login, days in _TASKS:
        person = people.actors.get(login)
        task = TaskFacts(text=text, owner_id=person.id if person else None, due_on=dates.day(max(days, 0)))
        made = plans.tasks.add(session, team, _KEY, task)
        made.due_on = dates.day(days)
    session.flush()
    plans.submit(session, team, _KEY, Base(number=row.number, version=row.version))
    tally.added["plan_version"] += 1
    tally.added["plan_task"] += len(_TASKS)


def _goals(chain: chain_facts.ChainFacts, year: int) -> tuple[PlanGoal, ...]:
    missing = sum(1 for each in chain.segments if each.state.status == "missing")
    strong = sum(1 for each in chain.segments if each.state.status == "strong")
    return (
        _goal("补齐缺环（示例）", year + 1, max(0, missing - 4), "个", Indicator.GAPS_MISSING),
        _goal("强环节（示例）", year + 1, strong + 5, "个", Indicator.SEGMENTS_STRONG),
        _goal("签约额（示例）", year, 18, "亿元", Indicator.SIGNED_YI),
        _goal("达到模板的载体（示例）", year + 1, 60_000, "㎡", Indicator.FREE_M2),
    )


def _goal(text: str, year: int, value: int, unit: str, indicator: Indicator) -> PlanGoal:
    return PlanGoal(text=text, year=year, value=Decimal(value), unit=unit, indicator=indicator)


def _parks(session: Session) -> tuple[PlanPark, ...]:
    known = set(session.scalars(select(Park.key).where(Park.key.in_([key for key, _role in _PARKS]))))
    return tuple(PlanPark(park=key, role=role) for key, role in _PARKS if key in known)
