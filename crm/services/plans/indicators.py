"""Present values of the figures that a plan's goals name: worked out now, never typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chains.engine.model import SegmentStatus
from crm.domain.access import Role
from crm.domain.labels import N_
from crm.domain.pipeline import SideState
from crm.domain.plans import Indicator
from crm.domain.sentences import Sentence
from crm.domain.space import UnitStatus
from crm.infra.clock import today
from crm.models import Building, Park, Project, Segment, Unit
from crm.services.access import Actor
from crm.services.chain_facts import ChainFacts

FEN_PER_YI = 10_000_000_000
#: Indicator → (what it counts, its unit).
WORDS = {
    Indicator.GAPS_MISSING: (N_("缺环数"), N_("个")),
    Indicator.SEGMENTS_STRONG: (N_("强环节数"), N_("个")),
    Indicator.SIGNED_YI: (N_("今年签约额"), N_("亿元")),
    Indicator.FREE_M2: (N_("承接载体可租售面积"), N_("平方米")),
}
_COUNTED = (SideState.ACTIVE, SideState.ON_HOLD)
#: Who sees every project of a chain; a sum over a part of them would be another figure for everybody.
_SEES_ALL = (Role.LEADER, Role.CHAIN_TEAM)


@dataclass(frozen=True, slots=True)
class Present:
    """A value as it is now, in the indicator's unit; None is unknown or not for this person, and `note` says which."""

    value: Decimal | None
    note: Sentence | None = None


def present(
    session: Session, actor: Actor, facts: ChainFacts, park_ids: Iterable[int], wanted: set[Indicator]
) -> dict[Indicator, Present]:
    """The values that are asked for: no statement for the map's own, one each for amounts and areas."""
    found: dict[Indicator, Present] = {}
    if Indicator.GAPS_MISSING in wanted:
        found[Indicator.GAPS_MISSING] = Present(Decimal(facts.statuses[SegmentStatus.MISSING]), _unknown(facts))
    if Indicator.SEGMENTS_STRONG in wanted:
        found[Indicator.SEGMENTS_STRONG] = Present(Decimal(facts.statuses[SegmentStatus.STRONG]))
    if Indicator.SIGNED_YI in wanted:
        found[Indicator.SIGNED_YI] = _signed(session, actor, facts.id)
    if Indicator.FREE_M2 in wanted:
        found[Indicator.FREE_M2] = _free(session, list(park_ids))
    return found


def _unknown(facts: ChainFacts) -> Sentence | None:
    """Nobody says that an unknown segment is missing; the goal must say how many there are."""
    count = facts.statuses[SegmentStatus.UNKNOWN]
    return Sentence(N_("另有 %(count)s 个未摸清"), {"count": count}) if count else None


def _signed(session: Session, actor: Actor, chain_id: int) -> Present:
    """First contracts of this year, each project once; those without an amount are counted beside."""
    if actor.role not in _SEES_ALL:
        return Present(None, Sentence(N_("按权限不显示")))
    first = date(today().year, 1, 1)
    total, signed, priced = session.execute(
        select(func.sum(Project.signed_fen), func.count(Project.id), func.count(Project.signed_fen))
        .join(Segment, Segment.id == Project.segment_id)
        .where(
            Segment.chain_id == chain_id,
            Project.signed_on >= first,
            Project.signed_on <= today(),
            Project.repeats_id.is_(None),
            Project.side_state.in_(_COUNTED),
        )
    ).one()
    missing = signed - priced
    note = Sentence(N_("%(count)s 项无金额"), {"count": missing}) if missing else None
    if signed and not priced:
        return Present(None, note)
    return Present((Decimal(int(total or 0)) / FEN_PER_YI).quantize(Decimal("0.01")).normalize(), note)


def _free(session: Session, park_ids: list[int]) -> Present:
    """Free floor of the parks that the plan assigns; units whose area nobody stated are counted beside."""
    if not park_ids:
        return Present(None, Sentence(N_("还没有安排载体")))
    free, units, stated = session.execute(
        select(func.sum(Unit.free_m2), func.count(Unit.id), func.count(Unit.free_m2))
        .join(Building, Building.id == Unit.building_id)
        .join(Park, Park.id == Building.park_id)
        .where(Park.id.in_(park_ids), Unit.status == UnitStatus.AVAILABLE)
    ).one()
    if not stated:
        return Present(None, Sentence(N_("面积未录入")))
    note = Sentence(N_("%(count)s 个单元面积未知"), {"count": units - stated}) if units - stated else None
    return Present(Decimal(int(free or 0)), note)
