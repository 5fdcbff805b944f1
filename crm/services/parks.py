"""Parks and their space: lists, one park with everything known of it, and keeping a unit's facts true.

Unknown stays unknown: an empty field empties the value, and nothing is derived. A confirmation without a change is a
fact of its own (DOMAIN §5, §8.4).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from crm.domain.errors import Invalid, NotFound, Stale
from crm.domain.labels import N_
from crm.domain.space import EnvClass, ParkKind, Tenure, UnitStatus
from crm.domain.text import clean_text
from crm.infra.clock import now
from crm.models import Building, LandParcel, Offer, Park, ParkAlias, ParkManager, ParkPositioning, Person, Unit
from crm.services import access, audit
from crm.services.access import Actor

#: Nothing here is larger: a wrong unit (cm for m, 亩 for m²) is caught before it is saved.
MOST_M2 = 2_000_000
MOST_HEIGHT_CM = 5_000
MOST_LOAD_KG = 20_000
MOST_KVA = 200_000


@dataclass(frozen=True, slots=True)
class ParkRow:
    """One line of the list."""

    park: Park
    offers: int
    #: Free m² over units that state it; None when no unit does.
    free_m2: int | None


@dataclass(frozen=True, slots=True)
class ParkView:
    """One park as officers and its managers see it."""

    park: Park
    aliases: tuple[ParkAlias, ...]
    positionings: tuple[ParkPositioning, ...]
    buildings: tuple[Building, ...]
    parcels: tuple[LandParcel, ...]
    managers: tuple[str, ...]
    can_edit: bool


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What a manager may state of a unit; None is unknown."""

    status: UnitStatus
    total_m2: int | None
    free_m2: int | None
    min_lettable_m2: int | None
    storey_height_cm: int | None
    clear_height_cm: int | None
    floor_load_kg_m2: int | None
    power_kva: int | None
    freight_lift_kg: int | None
    env_max: EnvClass | None
    available_from: date | None
    lease_end: date | None
    fact_source: str | None
    rent_fen: int | None
    buy_yuan: int | None


def listed(
    session: Session, actor: Actor, *, platform: str = "", kind: str = "", words: str = "", with_space: bool = False
) -> list[ParkRow]:
    """The parks that the person may see, by platform and pinyin."""
    query = select(Park).where(access.park_scope(actor)).options(joinedload(Park.platform))
    if platform:
        query = query.where(Park.platform.has(key=platform))
    if kind in {each.value for each in ParkKind}:
        query = query.where(Park.kind == ParkKind(kind))
    if words := clean_text(words, 40, "q"):
        like = f"%{words.lower()}%"
        alias = select(ParkAlias.park_id).where(ParkAlias.name.ilike(like))
        query = query.where(or_(Park.name.ilike(like), Park.pinyin.ilike(like), Park.id.in_(alias)))
    parks = session.scalars(query).all()
    offers = _offer_counts(session)
    free = _free_areas(session)
    rows = [ParkRow(park, offers.get(park.id, 0), free.get(park.id)) for park in parks]
    if with_space:
        rows = [row for row in rows if row.offers]
    return sorted(rows, key=lambda row: (row.park.platform.sort if row.park.platform else 99, row.park.pinyin))


def _offer_counts(session: Session) -> dict[int, int]:
    query = select(Offer.park_id, func.count(Offer.id)).where(Offer.is_active).group_by(Offer.park_id)
    return dict(session.execute(query).all())


def _free_areas(session: Session) -> dict[int, int]:
    free: dict[int, int] = defaultdict(int)
    query = (
        select(Building.park_id, Unit.free_m2)
        .join(Unit.building)
        .where(Unit.free_m2.is_not(None), Unit.status == UnitStatus.AVAILABLE)
    )
    for park_id, area in session.execute(query):
        free[park_id] += area
    return dict(free)


def shown(session: Session, actor: Actor, park_id: int) -> ParkView:
    """Everything known of one park. NotFound outside the scope."""
    park = access.park(session, actor, park_id)
    buildings = session.scalars(
        select(Building)
        .where(Building.park_id == park_id)
        .options(selectinload(Building.units).selectinload(Unit.offers))
        .order_by(Building.name)
    ).all()
    parcels = session.scalars(
        select(LandParcel).where(LandParcel.park_id == park_id).options(selectinload(LandParcel.offers))
    ).all()
    positionings = session.scalars(
        select(ParkPositioning)
        .where(ParkPositioning.park_id == park_id)
        .options(joinedload(ParkPositioning.chain), joinedload(ParkPositioning.segment))
        .order_by(ParkPositioning.weight.desc(), ParkPositioning.id)
    ).all()
    aliases = session.scalars(select(ParkAlias).where(ParkAlias.park_id == park_id).order_by(ParkAlias.id)).all()
    managers = session.scalars(
        select(Person.name).join(ParkManager, ParkManager.person_id == Person.id).where(ParkManager.park_id == park_id)
    ).all()
    return ParkView(
        park=park,
        aliases=tuple(aliases),
        positionings=tuple(positionings),
        buildings=tuple(buildings),
        parcels=tuple(parcels),
        managers=tuple(managers),
        can_edit=park.id in actor.park_ids,
    )


def unit(session: Session, actor: Actor, park_id: int, unit_id: int, *, edit: bool = False) -> Unit:
    """Load one unit of one park, through the park's scope."""
    access.park(session, actor, park_id, edit=edit)
    found = session.scalar(
        select(Unit)
        .join(Unit.building)
        .where(Unit.id == unit_id, Building.park_id == park_id)
        .options(joinedload(Unit.building), selectinload(Unit.offers))
    )
    if found is None:
        raise NotFound(N_("这个园区没有这个单元。"))
    return found


def confirm(session: Session, actor: Actor, found: Unit, version: int) -> None:
    """ "Still true": every fact of the unit is as it stands."""
    _same_version(found, version)
    before = found.verified_at
    found.verified_at = now()
    found.verified_by_id = actor.id
    audit.record(
        session,
        actor.id,
        "unit.confirmed",
        ("unit", found.id),
        before={"verified_at": before.isoformat() if before else None},
        after={"verified_at": found.verified_at.isoformat()},
    )


def state_facts(session: Session, actor: Actor, found: Unit, version: int, facts: UnitFacts) -> None:
    """Write a unit's facts; saying them is verifying them. Contradictions are refused at their field."""
    _same_version(found, version)
    _check(facts)
    before, after = {}, {}
    for field in fields(UnitFacts):
        if field.name in ("rent_fen", "buy_yuan"):
            continue
        old, new = getattr(found, field.name), getattr(facts, field.name)
        if old != new:
            before[field.name], after[field.name] = _plain(old), _plain(new)
            setattr(found, field.name, new)
    for offer in found.offers:
        price = {Tenure.RENT: facts.rent_fen, Tenure.BUY: facts.buy_yuan}.get(offer.tenure)
        if offer.price != price:
            before[f"price_{offer.tenure.value}"], after[f"price_{offer.tenure.value}"] = offer.price, price
            offer.price = price
    found.verified_at = now()
    found.verified_by_id = actor.id
    audit.record(session, actor.id, "unit.stated", ("unit", found.id), before=before, after=after)


def _same_version(found: Unit, version: int) -> None:
    if found.version != version:
        raise Stale(N_("这个单元刚被别人改过，请对照最新内容再提交。"))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _check(facts: UnitFacts) -> None:
    bounds = (
        ("total_m2", facts.total_m2, MOST_M2),
        ("free_m2", facts.free_m2, MOST_M2),
        ("min_lettable_m2", facts.min_lettable_m2, MOST_M2),
        ("storey_height", facts.storey_height_cm, MOST_HEIGHT_CM),
        ("clear_height", facts.clear_height_cm, MOST_HEIGHT_CM),
        ("floor_load", facts.floor_load_kg_m2, MOST_LOAD_KG),
        ("power_kva", facts.power_kva, MOST_KVA),
    )
    for field, value, most in bounds:
        if value is not None and not 0 <= value <= most:
            raise Invalid(field, N_("这个数不可能：请核对单位和小数点。"))
    if _above(facts.free_m2, facts.total_m2):
        raise Invalid("free_m2", N_("可供面积大于总面积，请核对。"))
    if _above(facts.min_lettable_m2, facts.free_m2) and facts.free_m2:
        raise Invalid("min_lettable_m2", N_("最小出租面积大于可供面积，请核对。"))
    if _above(facts.clear_height_cm, facts.storey_height_cm):
        raise Invalid("clear_height", N_("净高大于层高，两个数可能填反了。"))


def _above(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one > other
