"""示例 buildings, units, parcels and offers under the district's parks, and two parks of the demonstration's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.enterprises.pinyin import sort_key
from crm.domain.space import EnvClass, ParkKind, Tenure, UnitStatus
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
from crm.services.seed.demo import files
from crm.services.seed.demo.dates import Dates
from crm.services.seed.demo.files import MARK, Space
from crm.services.seed.upsert import Tally, write


def store_parks(session: Session, tally: Tally) -> dict[str, Park]:
    """The demonstration's own parks beside those of the district, all by key."""
    parks = {park.key: park for park in session.scalars(select(Park).where(Park.key.is_not(None)))}
    platforms = dict(session.execute(select(Platform.key, Platform.id)).all())
    chains = dict(session.execute(select(Chain.key, Chain.id)).all())
    for entry in files.parks():
        values = {
            "name": entry["name"],
            "pinyin": sort_key(entry["name"]),
            "platform_id": platforms.get(entry["platform"]),
            "kind": ParkKind(entry["kind"]),
            "positioning": "演示用的虚构园区，区内没有这个地方。",
            "focus": [],
            "facts": [],
            "tiers": list(entry.get("tiers", ())),
            "banned_codes": list(entry.get("banned", ())),
            "instruments": [],
        }
        park = write(session, tally, Park, None, values, key=entry["key"], is_demo=True)
        session.flush()
        parks[entry["key"]] = park
        _store_focus(session, tally, park, entry["focus"], chains)
    session.flush()
    return parks


def _store_focus(
    session: Session, tally: Tally, park: Park, focus: tuple[Mapping[str, Any], ...], chains: Mapping[str, int]
) -> None:
    for entry in focus:
        if entry["chain"] not in chains:
            continue
        chain_id = chains[entry["chain"]]
        where = (Segment.chain_id == chain_id, Segment.key == entry["segment"])
        segment_id = session.scalar(select(Segment.id).where(*where))
        ids = {"park_id": park.id, "chain_id": chain_id, "segment_id": segment_id}
        write(session, tally, ParkPositioning, None, {"weight": entry["weight"]}, **ids)


def store_space(session: Session, tally: Tally, parks: Mapping[str, Park], dates: Dates) -> dict[str, list[Offer]]:
    """Everything that can be offered; returns the offers by "park/building/unit" or "park/parcel"."""
    offers: dict[str, list[Offer]] = {}
    for key, name, floors, units in files.buildings():
        if key not in parks:
            tally.notes.append(f"no park '{key}' in this district: its demonstration building is left out")
            continue
        ids = {"park_id": parks[key].id, "name": name + MARK}
        building = write(session, tally, Building, None, {"floors": floors}, is_demo=True, **ids)
        session.flush()
        for space in units:
            unit = write(session, tally, Unit, None, _unit(space, dates), building_id=building.id, is_demo=True)
            session.flush()
            offers[f"{key}/{name}/{space.name}"] = _store_offers(session, tally, parks[key], space, unit_id=unit.id)
    for space in files.parcels():
        if space.park in parks:
            park = parks[space.park]
            values = _parcel(space, dates)
            parcel = write(session, tally, LandParcel, None, values, park_id=park.id, is_demo=True)
            session.flush()
            offers[f"{space.park}/{space.name}"] = _store_offers(session, tally, park, space, parcel_id=parcel.id)
    session.flush()
    return offers


def _common(space: Space, dates: Dates) -> dict[str, Any]:
    return {
        "name": space.name + MARK,
        "status": UnitStatus(space.status),
        "env_max": EnvClass(space.env) if space.env else None,
        "available_from": None if space.available is None else dates.day(space.available),
        "lease_end": None if space.end is None else dates.day(space.end),
        "verified_at": None if space.seen is None else dates.seen(space.seen),
        "fact_source": None if space.by is None else space.by + MARK,
        "power_kva": space.power,
    }


def _unit(space: Space, dates: Dates) -> dict[str, Any]:
    return _common(space, dates) | {
        "floor": space.floor,
        "total_m2": int(space.total),
        "free_m2": int(space.free),
        "min_lettable_m2": int(space.least),
        "storey_height_cm": _hundredfold(space.storey),
        "clear_height_cm": _hundredfold(space.clear),
        "floor_load_kg_m2": space.load,
        "freight_lift_kg": space.lift,
    }


def _parcel(space: Space, dates: Dates) -> dict[str, Any]:
    return _common(space, dates) | {
        "land_use": space.use,
        "total_cmu": _hundredfold(space.total),
        "free_cmu": _hundredfold(space.free),
        "min_cmu": _hundredfold(space.least),
    }


def _hundredfold(value: float | None) -> int | None:
    """Metres to cm, 亩 to 0.01 亩, yuan to fen."""
    return None if value is None else round(value * 100)


def _store_offers(session: Session, tally: Tally, park: Park, space: Space, **thing: int) -> list[Offer]:
    """One offer a way of taking the space; without a rent it is for rent at an unknown price."""
    if "parcel_id" in thing:
        prices = {Tenure.LAND: None if space.price is None else int(space.price)}
    else:
        prices = {Tenure.RENT: _hundredfold(space.rent)}
        if space.buy is not None:
            prices[Tenure.BUY] = int(space.buy)
    measures = {"instruments": list(space.instruments), "tiers": list(space.tiers)}
    found = [
        write(
            session,
            tally,
            Offer,
            None,
            {"price": price} | measures,
            park_id=park.id,
            tenure=tenure,
            is_demo=True,
            **thing,
        )
        for tenure, price in prices.items()
    ]
    session.flush()
    return found
