"""The inventory as the matching engine sees it: offers, parks, segments and platforms, read in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain import matching
from crm.domain.policies import Instrument, Tier
from crm.domain.space import UnitStatus
from crm.models import (
    Building,
    Chain,
    LandParcel,
    Offer,
    Park,
    ParkPositioning,
    Platform,
    Segment,
    Unit,
)
from crm.services.kept import kept


@dataclass(frozen=True, slots=True)
class Place:
    """Where an offer lies and how fresh its facts are: what a page shows beside a score."""

    offer_id: int
    park_id: int
    park_name: str
    platform_name: str | None
    #: e.g. "3 号楼 4 层"; the parcel's name for land.
    unit_name: str
    verified_at: datetime | None
    fact_source: str | None
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that one lead is ranked against."""

    offers: tuple[matching.Offer, ...]
    world: matching.World
    places: Mapping[int, Place]
    #: Names of segments, chains and platforms by engine key.
    names: Mapping[str, str]
    #: Engine keys of segments by row id.
    segment_keys: Mapping[int, str]
    #: The stamp under which it was read (`models.inventory`): equal stamps mean equal content. None is unstamped.
    stamp: str | None = None

    def name(self, key: str) -> str:
        return self.names.get(key, key)


def segment_key(chain_key: str, key: str) -> str:
    """A segment's key is unique in its chain only; the engine wants one that is unique everywhere."""
    return f"{chain_key}/{key}"


def read_inventory(session: Session) -> Inventory:
    """The whole inventory: what this process has read already if nothing changed since, else read anew."""
    return kept(session, "inventory", lambda stamp: _read(session, stamp))


def _read(session: Session, stamp: str | None) -> Inventory:
    """Read it from the tables. Statements do not grow with its size."""
    platforms = session.execute(select(Platform.id, Platform.key, Platform.name, Platform.region)).all()
    segments, names, keys = _segments(session)
    names.update({row.key: row.name for row in platforms})
    parks = {park.id: park for park in session.scalars(select(Park).options(joinedload(Park.platform)))}
    positioning = _positioning(session, keys)
    world = matching.World(
        parks={
            park.id: matching.Park(
                id=park.id,
                platform=park.platform.key if park.platform else None,
                positioning=tuple(positioning[park.id]),
                banned=tuple(park.banned_codes),
            )
            for park in parks.values()
        },
        segments=segments,
        platforms={row.key: row.region for row in platforms},
    )
    offers, places = [], {}
    for offer in session.scalars(_offers_query()):
        park = parks[offer.park_id]
        offers.append(engine_offer(offer, park))
        places[offer.id] = _place(offer, park)
    return Inventory(tuple(offers), world, places, names, keys, stamp)


def _offers_query():
    return select(Offer).options(
        joinedload(Offer.unit).joinedload(Unit.building).load_only(Building.name),
        joinedload(Offer.parcel),
    )


def _segments(session: Session) -> tuple[dict[str, matching.Segment], dict[str, str], dict[int, str]]:
    """Engine segments by key, names by key (chains included), and engine keys by row id (chains as negative ids)."""
    columns = (Segment.id, Segment.key, Segment.name, Segment.parent_id)
    query = select(Chain.id.label("chain_id"), Chain.key.label("chain"), Chain.name.label("chain_name"), *columns)
    rows = session.execute(query.outerjoin(Segment, Segment.chain_id == Chain.id)).all()
    placed = [row for row in rows if row.id is not None]
    keys = {row.id: segment_key(row.chain, row.key) for row in placed}
    segments = {
        keys[row.id]: matching.Segment(
            key=keys[row.id], chain=row.chain, parent=keys.get(row.parent_id) if row.parent_id else None
        )
        for row in placed
    }
    names = {row.chain: row.chain_name for row in rows} | {keys[row.id]: row.name for row in placed}
    return segments, names, keys | {-row.chain_id: row.chain for row in rows}


def _positioning(session: Session, keys: Mapping[int, str]) -> dict[int, list[matching.Position]]:
    found: dict[int, list[matching.Position]] = defaultdict(list)
    columns = (
        ParkPositioning.park_id,
        ParkPositioning.chain_id,
        ParkPositioning.segment_id,
        ParkPositioning.weight,
    )
    for row in session.execute(select(*columns).order_by(ParkPositioning.id)):
        key = keys[row.segment_id] if row.segment_id is not None else keys[-row.chain_id]
        found[row.park_id].append(matching.Position(key, row.weight))
    return found


def engine_offer(offer: Offer, park: Park) -> matching.Offer:
    """One offer in the engine's words; the unit's own limits and measures come before the park's."""
    space: Unit | LandParcel = offer.unit if offer.unit is not None else offer.parcel
    land = offer.unit is None
    tiers = offer.tiers or park.tiers
    return matching.Offer(
        id=offer.id,
        park=offer.park_id,
        tenure=offer.tenure,
        active=offer.is_active and space.status is UnitStatus.AVAILABLE,
        tiers=frozenset(Tier(tier) for tier in tiers) if tiers else frozenset(Tier),
        env_max=space.env_max or park.env_max,
        free=space.free_cmu if land else space.free_m2,
        min_lettable=space.min_cmu if land else space.min_lettable_m2,
        price=offer.price,
        load_kg_m2=None if land else space.floor_load_kg_m2,
        height_cm=None if land else space.clear_height_cm,
        power_kva=space.power_kva,
        available_from=_day(space.available_from),
        instruments=frozenset(Instrument(i) for i in offer.instruments or park.instruments),
    )


def _day(day: date | None) -> int | None:
    return day.toordinal() if day else None


def _place(offer: Offer, park: Park) -> Place:
    space: Unit | LandParcel = offer.unit if offer.unit is not None else offer.parcel
    unit_name = f"{offer.unit.building.name} {offer.unit.name}" if offer.unit else offer.parcel.name
    return Place(
        offer_id=offer.id,
        park_id=park.id,
        park_name=park.name,
        platform_name=park.platform.name if park.platform else None,
        unit_name=unit_name,
        verified_at=space.verified_at,
        fact_source=space.fact_source,
        is_demo=offer.is_demo,
    )
