"""The public search of space: each public offer compared with what the visitor stated, by the rules of matching.

The verdict is the engine's (MATCHING A.1), over the constraints that the visitor stated; what was left open is
neither held against an offer nor for it. No score is shown: the public sees facts and what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain import matching
from crm.domain.matching.constraints import judge
from crm.domain.matching.misses import nearest
from crm.domain.matching.wording import Text, miss_text, percent
from crm.domain.policies import Instrument, Tier
from crm.domain.space import ParkKind, Tenure, UnitStatus
from crm.models import Building, Chain, Offer, Park, ParkPositioning, Platform, Unit
from crm.services.inventory import engine_offer

Constraint = matching.Constraint
Status = matching.Status
#: Results on one page: the district has tens of parks; more than this is no answer to a question.
SHOWN = 40
_NO_CARRIER = (ParkKind.LANDMARK, ParkKind.PLANNED, ParkKind.OUTSIDE)


@dataclass(frozen=True, slots=True)
class SpaceQuery:
    """What a visitor stated; None and empty mean not stated. Units as in matching: m² or 0.01 亩, fen, kg, cm, kVA."""

    tenure: Tenure = Tenure.RENT
    area_min: int | None = None
    area_max: int | None = None
    budget: int | None = None
    load_kg_m2: int | None = None
    height_cm: int | None = None
    power_kva: int | None = None
    needed_on: date | None = None
    tier: Tier | None = None
    chain: str | None = None
    platforms: frozenset[str] = frozenset()

    @property
    def stated(self) -> frozenset[Constraint]:
        """The constraints that this query asks about; status and tenure always are."""
        asked = {
            Constraint.AREA: self.area_min is not None or self.area_max is not None,
            Constraint.PRICE: self.budget is not None,
            Constraint.LOAD: bool(self.load_kg_m2),
            Constraint.HEIGHT: bool(self.height_cm),
            Constraint.POWER: bool(self.power_kva),
            Constraint.DATE: self.needed_on is not None,
            Constraint.TIER: self.tier is not None,
        }
        return frozenset({Constraint.STATUS, Constraint.TENURE} | {c for c, is_asked in asked.items() if is_asked})

    def need(self) -> matching.Need:
        """The query in the engine's words."""
        target = self.area_min if self.area_min is not None else self.area_max
        return matching.Need(
            id=0,
            tier=self.tier,
            tenure=self.tenure,
            area_min=self.area_min,
            area_target=target or None,
            area_max=self.area_max,
            budget=self.budget or None,
            load_kg_m2=self.load_kg_m2,
            height_cm=self.height_cm,
            power_kva=self.power_kva,
            needed_by=self.needed_on.toordinal() if self.needed_on else None,
        )


@dataclass(frozen=True, slots=True)
class SpaceRow:
    """One offer as the public sees it. Figures are the engine's offer; None is unknown."""

    offer: matching.Offer
    park_id: int
    park_name: str
    unit_name: str
    platform: str | None
    focus: tuple[str, ...]
    instruments: tuple[Instrument, ...]
    land: bool
    available_from: date | None
    verified_at: datetime | None
    is_demo: bool
    status: Status
    unknown: frozenset[Constraint]
    weight: int


@dataclass(frozen=True, slots=True)
class PublicMiss:
    """An offer that one stated condition keeps away, and the smallest change that would let it in."""

    row: SpaceRow
    gap: str
    change: Text


@dataclass(frozen=True, slots=True)
class SilentPark:
    """A public park whose offers are not in the library: named, because it may be asked about."""

    id: int
    name: str
    platform: str | None
    focus: tuple[str, ...]
    section: str | None
    is_demo: bool


@dataclass(frozen=True, slots=True)
class SpaceAnswer:
    """Rows: fit first, then to verify; `hidden` counts the rows beyond the page."""

    rows: tuple[SpaceRow, ...]
    fit: int
    to_verify: int
    hidden: int
    misses: tuple[PublicMiss, ...]
    silent: tuple[SilentPark, ...]


def search_space(session: Session, query: SpaceQuery) -> SpaceAnswer:
    """Compare every available public offer with the query. Statements do not grow with the inventory."""
    weights = _chain_weights(session, query.chain)
    parks = _parks(session, query, weights)
    judged = [_judged(offer, parks[offer.park_id], query, weights) for offer in _offers(session, set(parks), query)]
    shown = sorted(
        (row for row, failed in judged if not failed),
        key=lambda row: (row.status is not Status.FIT, -row.weight, row.offer.id),
    )
    misses = _misses(query, [(row, failed) for row, failed in judged if failed])
    with_offers = set(session.scalars(select(Offer.park_id).where(Offer.is_active).distinct()))
    return SpaceAnswer(
        rows=tuple(shown[:SHOWN]),
        fit=sum(row.status is Status.FIT for row in shown),
        to_verify=sum(row.status is Status.TO_VERIFY for row in shown),
        hidden=max(0, len(shown) - SHOWN),
        misses=misses,
        silent=tuple(
            _silent(park) for park in parks.values() if park.id not in with_offers and park.kind not in _NO_CARRIER
        ),
    )


def _chain_weights(session: Session, chain: str | None) -> dict[int, int] | None:
    """Each park's greatest weight on the chain; None when no chain was stated."""
    if chain is None:
        return None
    rows = session.execute(
        select(ParkPositioning.park_id, ParkPositioning.weight)
        .join(Chain, Chain.id == ParkPositioning.chain_id)
        .where(Chain.key == chain)
    )
    weights: dict[int, int] = {}
    for park_id, weight in rows:
        weights[park_id] = max(weight, weights.get(park_id, 0))
    return weights


def _parks(session: Session, query: SpaceQuery, weights: dict[int, int] | None) -> dict[int, Park]:
    statement = (
        select(Park)
        .where(Park.is_public)
        .options(joinedload(Park.platform))
        .order_by(Park.platform_id, Park.pinyin, Park.id)
    )
    if query.platforms:
        statement = statement.join(Platform, Platform.id == Park.platform_id).where(Platform.key.in_(query.platforms))
    parks = {park.id: park for park in session.scalars(statement)}
    return parks if weights is None else {park_id: parks[park_id] for park_id in parks if park_id in weights}


def _offers(session: Session, park_ids: set[int], query: SpaceQuery) -> list[Offer]:
    statement = (
        select(Offer)
        .where(Offer.is_active, Offer.tenure == query.tenure)
        .options(
            joinedload(Offer.unit).joinedload(Unit.building).load_only(Building.name),
            joinedload(Offer.parcel),
        )
        .order_by(Offer.id)
    )
    offers = session.scalars(statement)
    return [
        offer
        for offer in offers
        if offer.park_id in park_ids and (offer.unit or offer.parcel).status is UnitStatus.AVAILABLE
    ]


def _judged(
    offer: Offer, park: Park, query: SpaceQuery, weights: dict[int, int] | None
) -> tuple[SpaceRow, tuple[Constraint, ...]]:
    """The row of an offer, and the stated conditions that it fails."""
    own = engine_offer(offer, park)
    failed, unknown = judge(query.need(), own, matching.Park(id=park.id, banned=tuple(park.banned_codes)))
    failed = tuple(c for c in failed if c in query.stated)
    open_points = frozenset(c for c in unknown if c in query.stated)
    space = offer.unit if offer.unit is not None else offer.parcel
    status = Status.BLOCKED if failed else Status.TO_VERIFY if open_points else Status.FIT
    row = SpaceRow(
        offer=own,
        park_id=park.id,
        park_name=park.name,
        unit_name=f"{offer.unit.building.name} {offer.unit.name}" if offer.unit else offer.parcel.name,
        platform=park.platform.name if park.platform else None,
        focus=tuple(park.focus),
        instruments=tuple(sorted(own.instruments or ())),
        land=offer.unit is None,
        available_from=space.available_from,
        verified_at=space.verified_at,
        is_demo=offer.is_demo,
        status=status,
        unknown=open_points,
        weight=(weights or {}).get(park.id, 0),
    )
    return row, failed


def _misses(query: SpaceQuery, blocked: list[tuple[SpaceRow, tuple[Constraint, ...]]]) -> tuple[PublicMiss, ...]:
    rows = {row.offer.id: row for row, _failed in blocked}
    assessed = [
        matching.Assessment(row.offer, Status.BLOCKED, failed, tuple(row.unknown), None) for row, failed in blocked
    ]
    return tuple(
        PublicMiss(replace(rows[miss.offer.id], status=Status.BLOCKED), percent(miss.gap), miss_text(miss))
        for miss in nearest(query.need(), assessed)
    )


def _silent(park: Park) -> SilentPark:
    sections = [str(fact["section"]) for fact in park.facts if fact.get("section")]
    return SilentPark(
        id=park.id,
        name=park.name,
        platform=park.platform.name if park.platform else None,
        focus=tuple(park.focus),
        section=sections[0] if sections else None,
        is_demo=park.is_demo,
    )
