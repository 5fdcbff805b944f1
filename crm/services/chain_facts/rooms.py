"""Which places of the district could hold a segment, by its space template (MATCHING B, feasibility).

Judged with matching's own constraints, three-valued: a place fits only if every fact that the template asks for is known
and the facts were verified lately; otherwise somebody should look.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from threading import Lock

from sqlalchemy.orm import Session

from crm.domain.matching import constraints
from crm.domain.matching.model import Constraint, Need, Offer, Verdict
from crm.domain.matching.wording import CONSTRAINTS
from crm.domain.space import EnvClass, Tenure, UnitStatus
from crm.infra.clock import civil_date, today
from crm.services.chain_facts.model import Room
from crm.services.inventory import Inventory, Place, read_inventory
from crm.services.kept import kept
from crm.services.park_desk import STALE_DAYS

#: m² of floor as 0.01 亩 of land, if every square metre of floor took one of ground: the careful assumption.
_CMU_PER_M2 = (3, 20)
_FLOOR = (
    (Constraint.ENV, constraints.env),
    (Constraint.AREA, constraints.area),
    (Constraint.LOAD, constraints.load),
    (Constraint.HEIGHT, constraints.height),
    (Constraint.POWER, constraints.power),
)
#: What is built on land carries and clears what is wanted.
_LAND = tuple(pair for pair in _FLOOR if pair[0] not in (Constraint.LOAD, Constraint.HEIGHT))
_LACKING_SHOWN = 3


@dataclass(frozen=True, slots=True)
class RoomRow:
    """One offer beside a template: what it fails, what is not known, and whether its facts were verified lately."""

    offer: Offer
    place: Place
    failed: tuple[Constraint, ...]
    unknown: tuple[Constraint, ...]
    is_fresh: bool

    @property
    def verdict(self) -> str:
        """fit, to_verify or blocked."""
        if self.failed:
            return "blocked"
        return "to_verify" if self.unknown or not self.is_fresh else "fit"


@dataclass(frozen=True, slots=True)
class Rooms:
    """The offers of the district on one day; each template is judged once."""

    inventory: Inventory
    day: date
    _rooms: dict[str, Room] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def room(self, template: Mapping[str, object] | None) -> Room:
        """What the district has for a template; nothing without one."""
        if not template:
            return Room()
        key = json.dumps(template, sort_keys=True, ensure_ascii=False)
        with self._lock:
            if key not in self._rooms:
                self._rooms[key] = _room(self.rows(template))
            return self._rooms[key]

    def rows(self, template: Mapping[str, object]) -> list[RoomRow]:
        """Every offer that can be had, fitting ones first, then those to verify, then the blocked by failures."""
        floor, land = _needs(template)
        rows = []
        for offer in self.inventory.offers:
            if offer.active:
                place = self.inventory.places[offer.id]
                failed, unknown = _judge(land if offer.tenure is Tenure.LAND else floor, offer)
                rows.append(RoomRow(offer, place, failed, unknown, self._is_fresh(place)))
        rank = {"fit": 0, "to_verify": 1, "blocked": 2}
        return sorted(rows, key=lambda row: (rank[row.verdict], len(row.failed), len(row.unknown), row.offer.id))

    def _is_fresh(self, place: Place) -> bool:
        if place.verified_at is None:
            return False
        return civil_date(place.verified_at) >= self.day - timedelta(days=STALE_DAYS[UnitStatus.AVAILABLE])


def read_rooms(session: Session) -> Rooms:
    """The district's offers of today, kept while the inventory stays the same."""
    day = today()
    return kept(session, f"rooms on {day}", lambda _stamp: Rooms(read_inventory(session), day))


def _needs(template: Mapping[str, object]) -> tuple[Need, Need]:
    """The template as a need of floor space, and as one of land."""
    figures = {name: _figure(template, name) for name in ("area_min_m2", "area_max_m2")}
    smallest, largest = figures["area_min_m2"], figures["area_max_m2"]
    env = template.get("env_class")
    common = {
        "id": 0,
        "env": EnvClass(env) if env else None,
        "power_kva": _figure(template, "power_kva"),
    }
    floor = Need(
        **common,
        tenure=Tenure.RENT,
        area_min=smallest,
        area_max=largest,
        load_kg_m2=_figure(template, "load_kg_m2"),
        height_cm=_figure(template, "clear_height_cm"),
    )
    land = Need(**common, tenure=Tenure.LAND, area_min=_ground(smallest), area_max=_ground(largest))
    return floor, land


def _figure(template: Mapping[str, object], name: str) -> int | None:
    value = template.get(name)
    return value if isinstance(value, int) else None


def _ground(area: int | None) -> int | None:
    """Rounded up: a parcel must not be a strip too small."""
    return None if area is None else -(-area * _CMU_PER_M2[0] // _CMU_PER_M2[1])


def _judge(need: Need, offer: Offer) -> tuple[tuple[Constraint, ...], tuple[Constraint, ...]]:
    failed, unknown = [], []
    for constraint, check in _LAND if need.tenure is Tenure.LAND else _FLOOR:
        verdict = check(need, offer, None)
        if verdict is Verdict.FAIL:
            failed.append(constraint)
        elif verdict is Verdict.UNKNOWN:
            unknown.append(constraint)
    return tuple(failed), tuple(unknown)


def _room(rows: list[RoomRow]) -> Room:
    """Count places once, though a floor is offered for rent and for sale; the better verdict counts."""
    passing = [row for row in rows if not row.failed]
    verdicts: dict[tuple[int, str], str] = {}
    for row in passing:  # fitting ones come first
        verdicts.setdefault((row.place.park_id, row.place.unit_name), row.verdict)
    counts = Counter(verdicts.values())
    failures = Counter(constraint for row in rows for constraint in row.failed)
    return Room(
        fit=counts["fit"],
        to_verify=counts["to_verify"],
        parks=tuple(dict.fromkeys(row.place.park_name for row in passing)),
        platforms=tuple(dict.fromkeys(row.place.platform_name for row in passing if row.place.platform_name)),
        offer_ids=tuple(row.offer.id for row in passing),
        lacking=tuple(CONSTRAINTS[constraint] for constraint, _ in failures.most_common(_LACKING_SHOWN)),
    )
