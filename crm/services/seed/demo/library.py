"""What the 示例 projects know and have proven: the facts and evidence of every gate behind them, and part of the next.

Everything follows from the gate definitions that the product ships, so a gate that asks for something new gets it here
as well: a value from library.yaml, or one invented from the project's own figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.gates import Definitions, Demand, Fact, FactKind
from crm.domain.pipeline import SideState, Stage
from crm.infra.clock import civil_date
from crm.models import Evidence, Match, MonthlyRecord, Project
from crm.services import gates
from crm.services.gates import facts as keeping
from crm.services.seed.demo import files
from crm.services.seed.demo.dates import Dates
from crm.services.seed.demo.files import MARK, Journey
from crm.services.seed.demo.leads import Told, invented_uscc
from crm.services.seed.upsert import Tally

#: Agreed days after the contract, by fact.
_AGREED = {"agreed_register_on": 30, "agreed_start_on": 75, "agreed_operating_on": 300}
#: Invented output and tax for a square metre or a mu, in fen.
_PER_AREA = {
    "output_per_m2": 900_000,
    "tax_per_m2": 38_000,
    "output_per_mu": 620_000_000,
    "tax_per_mu": 24_000_000,
}


@dataclass(frozen=True, slots=True)
class Walk:
    """One project with the stages it passed and when."""

    project: Project
    told: Told
    journey: Journey
    steps: Sequence[tuple[Stage, datetime]]

    def entered(self, stage: Stage) -> date:
        """When it entered a stage; a stage still ahead counts from the last one."""
        return civil_date(dict(self.steps).get(stage, self.steps[-1][1]))


def store_library(session: Session, tally: Tally, dates: Dates, walks: Sequence[Walk]) -> None:
    """Fill facts, evidence and months of each project; the next gate stays short of a few things."""
    definitions, lacks = gates.in_force(session), files.library()["lacks"]
    for number, walk in enumerate(walks):
        for demand, stage in _passed(definitions, walk):
            _fill(session, tally, walk, definitions, demand, stage, len(demand.facts), len(demand.evidence))
        following = definitions.following(walk.project.track, walk.project.stage)
        if walk.project.side_state is SideState.ACTIVE and following is not None:
            ahead = definitions.asked(walk.project.track, walk.project.stage, following)
            _fill_partly(session, tally, walk, definitions, ahead, following, lacks[number % len(lacks)])
        keeping.seal(walk.project, definitions)
        _store_months(session, tally, dates, walk)
    session.flush()


def _passed(definitions: Definitions, walk: Walk) -> list[tuple[Demand, Stage]]:
    """What the gates behind the project asked for, with the stage that each led into."""
    stages = [stage for stage, _at in walk.steps]
    track = walk.project.track
    return [
        (definitions.asked(track, before, stage), stage)
        for before, stage in zip([None, *stages[:-1]], stages, strict=True)
    ]


def _fill_partly(
    session: Session,
    tally: Tally,
    walk: Walk,
    definitions: Definitions,
    demand: Demand,
    stage: Stage,
    lacking: int,
) -> None:
    """All that the next gate asks for but the last `lacking` things: the evidence is what people have last."""
    wanted = len(demand.facts) + len(demand.evidence) - lacking
    proofs = max(0, wanted - len(demand.facts))
    _fill(session, tally, walk, definitions, demand, stage, wanted - proofs, proofs)


def _fill(
    session: Session,
    tally: Tally,
    walk: Walk,
    definitions: Definitions,
    demand: Demand,
    stage: Stage,
    most_facts: int,
    most_proofs: int,
) -> None:
    #: Facts that stand for another one are only given where that one cannot be.
    stands_for = {fact.instead: fact.key for fact in definitions.facts.values() if fact.instead}
    for fact in demand.facts[:most_facts]:
        known = keeping.values_of(walk.project, definitions)
        if fact.key in known or fact.instead in known or stands_for.get(fact.key) in known:
            continue
        value = _invent(session, walk, fact, stage)
        if value is None and fact.instead is not None:
            fact, value = (
                definitions.facts[fact.instead],
                _invent(session, walk, definitions.facts[fact.instead], stage),
            )
        if value is not None:
            keeping.write(walk.project, fact, value)
    held = session.scalars(select(Evidence.kind).where(Evidence.project_id == walk.project.id)).all()
    for group in demand.evidence[:most_proofs]:
        if any(kind.key in held for kind in group):
            continue
        # Screening notes and dated papers lie with the section; the demonstration has no files of its own.
        evidence = Evidence(
            project_id=walk.project.id,
            kind=group[0].key,
            note=f"{group[0].words.zh}{MARK}，原件存科室档案",
            dated_on=walk.entered(stage),
            added_by_id=walk.told.owner.id if walk.told.owner else None,
            created_at=dict(walk.steps).get(stage, walk.steps[-1][1]),
            is_demo=True,
        )
        session.add(evidence)
        tally.added["evidence"] += 1
    session.flush()


def _invent(session: Session, walk: Walk, fact: Fact, stage: Stage) -> object | None:
    """A value for one fact; None where nothing sensible can be said (a lead without a segment or a contact)."""
    texts: Mapping[str, Any] = files.library()
    project, lead = walk.project, walk.told.lead
    if fact.key in texts["facts"]:
        return texts["facts"][fact.key]
    if fact.key in _PER_AREA:
        return _PER_AREA[fact.key]
    if fact.key == "tier":
        return lead.enterprise.tier.value if lead.enterprise.tier else "growth"
    if fact.key == "env_class":
        return lead.env_class.value if lead.env_class else "registration"
    if fact.key == "local_uscc":
        return lead.enterprise.uscc or invented_uscc(5000 + project.id)
    if fact.kind is FactKind.MONEY:
        share = texts["money"].get(fact.key, 100)
        return None if project.investment_fen is None else project.investment_fen * share // 100
    if fact.kind is FactKind.RENT:
        return texts["rent"]
    if fact.kind is FactKind.AREA:
        return lead.area_target or lead.area_min
    if fact.kind is FactKind.DATE:
        return (walk.entered(stage) + timedelta(days=_AGREED.get(fact.key, 0))).isoformat()
    if fact.kind is FactKind.CONTACT:
        return lead.contact_id
    if fact.kind is FactKind.PARK:
        return project.park_id or session.scalar(
            select(Match.park_id).where(Match.lead_id == lead.id).order_by(Match.rank).limit(1)
        )
    return lead.segment_id if fact.kind is FactKind.SEGMENT else None


def _store_months(session: Session, tally: Tally, dates: Dates, walk: Walk) -> None:
    """A month's record for each month of building that is over, this month's for who is still at it."""
    started = dict(walk.steps).get(Stage.BUILDING)
    if started is None or walk.project.stage is not Stage.BUILDING:
        return
    months, month = [], civil_date(started).replace(day=1)
    while month <= dates.today:
        months.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    for number, month in enumerate(months, start=1):
        done = 46 * number // len(months)
        row = MonthlyRecord(
            project_id=walk.project.id,
            month=month,
            done_percent=done,
            planned_percent=min(100, done + 13 * number // len(months)),
            funds_fen=(walk.project.signed_fen or 0) * 38 * number // len(months) // 100 or None,
            note="主体和机电同步施工" + MARK,
            added_by_id=walk.told.owner.id if walk.told.owner else None,
            is_demo=True,
        )
        session.add(row)
        tally.added["monthly_record"] += 1
