"""The park manager's desk: answers owed first, then who matches here, who nearly does, and what must be re-verified.

Names of enterprises that nobody has introduced yet are masked to what they do ("某体外诊断试剂企业"), and no contact is
ever part of these rows (DOMAIN §2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain import matching
from crm.domain.calendar import china_date, working_days_between
from crm.domain.contacts import mask_name, mask_phone
from crm.domain.introductions import IntroductionState
from crm.domain.leads import LeadState
from crm.domain.matching.constraints import judge
from crm.domain.matching.misses import nearest
from crm.domain.matching.sides import explain_failure
from crm.domain.matching.summary import summary
from crm.domain.matching.wording import CONSTRAINTS, Text, miss_text, percent
from crm.domain.policies import Tier
from crm.domain.space import UnitStatus
from crm.infra.clock import now, today
from crm.models import Building, Enterprise, Introduction, Lead, Match, Park, Unit
from crm.services import matching as lead_matching
from crm.services.access import Actor
from crm.services.inventory import Inventory, Place, read_inventory

#: A unit's facts are stale after this many days (DOMAIN §6: available 30, others 90).
STALE_DAYS = {UnitStatus.AVAILABLE: 30}
STALE_DAYS_OTHER = 90
LEASE_YELLOW_DAYS = 180
#: Near misses are computed live, so the desk looks at the most recently active leads only.
LEADS_LOOKED_AT = 300
FRESH_DAYS = 14
SHOWN = 8
CELLS = (
    matching.Constraint.AREA,
    matching.Constraint.PRICE,
    matching.Constraint.LOAD,
    matching.Constraint.HEIGHT,
    matching.Constraint.POWER,
    matching.Constraint.DATE,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One requirement: what is offered, what is needed, and "pass", "fail" or "unknown"."""

    title: Text
    offered: Text
    needed: Text
    verdict: str


@dataclass(frozen=True, slots=True)
class ShownIntroduction:
    """An introduction as its park sees it; contact masked unless the officer released it."""

    introduction: Introduction
    segment_name: str | None
    tier: Tier | None
    place: Place | None
    waited_days: int
    cells: tuple[Cell, ...]
    contact_name: str | None
    contact_phone: str | None
    contact_title: str | None
    contact_shown: bool


@dataclass(frozen=True, slots=True)
class MaskedMatch:
    """An enterprise that matches a unit here, not yet introduced: what it does instead of its name."""

    segment_name: str | None
    tier: Tier | None
    status: str
    place: Place
    remarks: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class MaskedMiss:
    """An enterprise that fails one requirement of a unit here."""

    segment_name: str | None
    tier: Tier | None
    place: Place
    constraint: Text
    needed: Text
    offered: Text
    change: Text
    gap: str
    gap_per_mille: int


@dataclass(frozen=True, slots=True)
class StaleUnit:
    unit: Unit
    park_id: int
    name: str
    days: int | None


@dataclass(frozen=True, slots=True)
class LeaseEnd:
    unit: Unit
    park_id: int
    name: str
    days: int


@dataclass(frozen=True, slots=True)
class ParkDesk:
    parks: tuple[Park, ...]
    owed: tuple[ShownIntroduction, ...]
    viewing: tuple[ShownIntroduction, ...]
    answered: tuple[Introduction, ...]
    fresh: tuple[MaskedMatch, ...]
    misses: tuple[MaskedMiss, ...]
    stale: tuple[StaleUnit, ...]
    leases: tuple[LeaseEnd, ...]
    total_m2: int
    free_m2: int
    unknown_units: int


def park_desk(session: Session, actor: Actor, *, fresh: tuple[datetime, datetime] | None = None) -> ParkDesk:
    """Everything for the parks that this person keeps.

    `fresh` is the span of instants in which a match must have been seen first to count as new; two weeks unless told.
    """
    parks = session.scalars(select(Park).where(Park.id.in_(actor.park_ids)).order_by(Park.pinyin)).all()
    inventory = read_inventory(session)
    opened = shown_introductions(inventory, _rows(session, actor, open_only=True))
    units = _units(session, actor)
    begin, end = fresh or (now() - timedelta(days=FRESH_DAYS), now())
    fresh_rows, misses = _reverse(session, actor, inventory, begin, end)
    total, free, unknown = _areas(units)
    return ParkDesk(
        parks=tuple(parks),
        owed=tuple(i for i in opened if i.introduction.state is IntroductionState.INTRODUCED),
        viewing=tuple(i for i in opened if i.introduction.state is IntroductionState.VIEWING),
        answered=tuple(_rows(session, actor, open_only=False)),
        fresh=fresh_rows,
        misses=misses,
        stale=tuple(_stale(units)),
        leases=tuple(_leases(units)),
        total_m2=total,
        free_m2=free,
        unknown_units=unknown,
    )


def _rows(session: Session, actor: Actor, *, open_only: bool) -> list[Introduction]:
    states = (
        (IntroductionState.INTRODUCED, IntroductionState.VIEWING)
        if open_only
        else (IntroductionState.ACCEPTED, IntroductionState.DECLINED)
    )
    query = (
        select(Introduction)
        .where(Introduction.park_id.in_(actor.park_ids), Introduction.state.in_(states))
        .options(
            joinedload(Introduction.lead).joinedload(Lead.enterprise).joinedload(Enterprise.segment),
            joinedload(Introduction.lead).joinedload(Lead.segment),
            joinedload(Introduction.lead).joinedload(Lead.contact),
            joinedload(Introduction.park),
            joinedload(Introduction.sent_by),
        )
    )
    if open_only:
        return list(session.scalars(query.order_by(Introduction.sent_at)))
    return list(session.scalars(query.order_by(Introduction.answered_at.desc()).limit(SHOWN)))


def shown_introductions(inventory: Inventory, rows: Iterable[Introduction]) -> list[ShownIntroduction]:
    """Rows as the park sees them; the caller has loaded them within the actor's scope."""
    offers = {offer.id: offer for offer in inventory.offers}
    shown = []
    for row in rows:
        lead = row.lead
        offer = offers.get(row.offer_id) if row.offer_id else None
        segment = lead.segment or lead.enterprise.segment
        released = row.contact_released_at is not None
        contact = lead.contact
        shown.append(
            ShownIntroduction(
                introduction=row,
                segment_name=segment.name if segment else None,
                tier=lead.enterprise.tier,
                place=inventory.places.get(row.offer_id) if row.offer_id else None,
                waited_days=working_days_between(china_date(row.sent_at), today()),
                cells=_cells(lead, offer, inventory) if offer else (),
                contact_name=(contact.name if released else mask_name(contact.name)) if contact else None,
                contact_phone=_phone(contact.phone, released) if contact else None,
                contact_title=contact.title if contact else None,
                contact_shown=released,
            )
        )
    return shown


def _phone(phone: str | None, released: bool) -> str | None:
    if not phone:
        return None
    return phone if released else mask_phone(phone)


def _cells(lead: Lead, offer: matching.Offer, inventory: Inventory) -> tuple[Cell, ...]:
    need = lead_matching.need_of(lead, inventory)
    failed, unknown = judge(need, offer, inventory.world.park_of(offer))
    cells = []
    for constraint in CELLS:
        needed, offered = explain_failure(constraint, need, offer, inventory.world, name=inventory.name)
        verdict = "fail" if constraint in failed else "unknown" if constraint in unknown else "pass"
        cells.append(Cell(Text(CONSTRAINTS[constraint]), offered, needed, verdict))
    return tuple(cells)


def _reverse(
    session: Session, actor: Actor, inventory: Inventory, begin: datetime, end: datetime
) -> tuple[tuple[MaskedMatch, ...], tuple[MaskedMiss, ...]]:
    """Open leads against the offers of these parks only: who fits newly, and who fails by one requirement."""
    ours = [offer for offer in inventory.offers if offer.park in actor.park_ids]
    if not ours:
        return (), ()
    introduced = set(session.scalars(select(Introduction.lead_id).where(Introduction.park_id.in_(actor.park_ids))))
    recent = set(
        session.scalars(
            select(Match.lead_id).where(
                Match.park_id.in_(actor.park_ids), Match.first_seen_at >= begin, Match.first_seen_at <= end
            )
        )
    )
    weights = lead_matching.weights_in_force(session)
    fresh: list[MaskedMatch] = []
    misses: list[MaskedMiss] = []
    for lead in _open_leads(session):
        if lead.id in introduced:
            continue
        need = lead_matching.need_of(lead, inventory)
        assessed = matching.assess_all(need, ours, inventory.world, weights)
        best = matching.arrange(need, assessed, inventory.world, weights)
        segment = lead.segment or lead.enterprise.segment
        name, tier = (segment.name if segment else None), lead.enterprise.tier
        if best.rows and lead.id in recent:
            row = best.rows[0]
            remarks = summary(row, need, inventory.world, name=inventory.name)
            fresh.append(MaskedMatch(name, tier, row.status.value, inventory.places[row.offer.id], remarks))
        elif not best.rows:
            misses += [_miss(miss, need, inventory, name, tier) for miss in nearest(need, assessed.values(), 1)]
    misses.sort(key=lambda miss: (miss.gap_per_mille, miss.place.offer_id))
    return tuple(fresh[:SHOWN]), tuple(misses[:SHOWN])


def _open_leads(session: Session) -> list[Lead]:
    states = [state for state in LeadState if state.is_open]
    query = (
        select(Lead)
        .where(Lead.state.in_(states), Lead.tenure.is_not(None))
        .options(joinedload(Lead.enterprise).joinedload(Enterprise.segment), joinedload(Lead.segment))
        .order_by(Lead.last_activity_at.desc())
        .limit(LEADS_LOOKED_AT)
    )
    return list(session.scalars(query))


def _miss(
    miss: matching.NearMiss, need: matching.Need, inventory: Inventory, name: str | None, tier: Tier | None
) -> MaskedMiss:
    needed, offered = explain_failure(miss.constraint, need, miss.offer, inventory.world, name=inventory.name)
    return MaskedMiss(
        segment_name=name,
        tier=tier,
        place=inventory.places[miss.offer.id],
        constraint=Text(CONSTRAINTS[miss.constraint]),
        needed=needed,
        offered=offered,
        change=miss_text(miss),
        gap=percent(miss.gap),
        gap_per_mille=miss.gap,
    )


def _units(session: Session, actor: Actor) -> list[Unit]:
    query = (
        select(Unit)
        .join(Unit.building)
        .where(Building.park_id.in_(actor.park_ids))
        .options(joinedload(Unit.building))
        .order_by(Building.name, Unit.floor, Unit.name)
    )
    return list(session.scalars(query))


def _areas(units: Iterable[Unit]) -> tuple[int, int, int]:
    """Whole area, free area, and how many units do not say one of the two."""
    total = free = unknown = 0
    for unit in units:
        if unit.total_m2 is None or unit.free_m2 is None:
            unknown += 1
            continue
        total += unit.total_m2
        free += unit.free_m2
    return total, free, unknown


def _stale(units: Iterable[Unit]) -> list[StaleUnit]:
    stale = []
    for unit in units:
        limit = STALE_DAYS.get(unit.status, STALE_DAYS_OTHER)
        days = (today() - china_date(unit.verified_at)).days if unit.verified_at else None
        if days is None or days > limit:
            stale.append(StaleUnit(unit, unit.building.park_id, f"{unit.building.name} {unit.name}", days))
    # Never verified first, then the oldest.
    return sorted(stale, key=lambda item: -(item.days if item.days is not None else 10**6))


def _leases(units: Iterable[Unit]) -> list[LeaseEnd]:
    ends: list[tuple[date, Unit]] = sorted(
        ((unit.lease_end, unit) for unit in units if unit.lease_end is not None), key=lambda item: (item[0], item[1].id)
    )
    return [
        LeaseEnd(unit, unit.building.park_id, f"{unit.building.name} {unit.name}", (end - today()).days)
        for end, unit in ends
        if 0 <= (end - today()).days <= LEASE_YELLOW_DAYS
    ]
