"""Which places of the district could hold a segment, by its space template (MATCHING B, feasibility).

Judged with matching's own constraints, three-valued: a place fits only if every fact that the template asks for is known
and the facts were verified lately; otherwise somebody should look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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
#: What a place must hold out, and the facts of a need that each asks about.
_FLOOR = (
    (Constraint.ENV, constraints.env, ("env",)),
    (Constraint.AREA, constraints.area, ("area_min", "area_max")),
    (Constraint.LOAD, constraints.load, ("load_kg_m2",)),
    (Constraint.HEIGHT, constraints.height, ("height_cm",)),
    (Constraint.POWER, constraints.power, ("power_kva",)),
)
#: What is built on land carries and clears what is wanted.
_LAND = tuple(entry for entry in _FLOOR if entry[0] not in (Constraint.LOAD, Constraint.HEIGHT))
#: What a template asks for.
_ASKED = ("area_min_m2", "area_max_m2", "env_class", "load_kg_m2", "clear_height_cm", "power_kva")
_LACKING_SHOWN = 3
_RANK = {"fit": 0, "to_verify": 1, "blocked": 2}


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
class _Lot:
    """Offers of one kind (floors, or land) that can be had, and their verdicts on what was asked of them so far.

    Templates ask for few different figures, so that each figure is judged once for all of them.
    """

    offers: tuple[tuple[Offer, Place, bool], ...]
    checks: tuple[tuple[Constraint, Callable[[Need, Offer, None], Verdict], tuple[str, ...]], ...]
    verdicts: dict[object, list[Verdict]] = field(default_factory=dict, repr=False)

    def rows(self, need: Need) -> Iterator[RoomRow]:
        names = [constraint for constraint, _check, _facts in self.checks]
        columns = [self._column(check, need, facts) for _constraint, check, facts in self.checks]
        for (offer, place, is_fresh), *verdicts in zip(self.offers, *columns, strict=True):
            failed = tuple(name for name, verdict in zip(names, verdicts, strict=True) if verdict is Verdict.FAIL)
            unknown = tuple(name for name, verdict in zip(names, verdicts, strict=True) if verdict is Verdict.UNKNOWN)
            yield RoomRow(offer, place, failed, unknown, is_fresh)

    def _column(
        self, check: Callable[[Need, Offer, None], Verdict], need: Need, facts: tuple[str, ...]
    ) -> list[Verdict]:
        key = (check, *(getattr(need, fact) for fact in facts))
        if key not in self.verdicts:
            self.verdicts[key] = [check(need, offer, None) for offer, _place, _is_fresh in self.offers]
        return self.verdicts[key]


@dataclass(frozen=True, slots=True)
class Rooms:
    """The offers of the district on one day; each template is judged once."""

    floors: _Lot
    land: _Lot
    _rooms: dict[tuple[object, ...], Room] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def room(self, template: Mapping[str, object] | None) -> Room:
        """What the district has for a template; nothing without one."""
        if not template:
            return Room()
        figures = tuple(template.get(name) for name in _ASKED)
        with self._lock:
            if figures not in self._rooms:
                self._rooms[figures] = _room(self._rows(_needs(template)))
            return self._rooms[figures]

    def rows(self, template: Mapping[str, object]) -> list[RoomRow]:
        """Every offer that can be had, fitting ones first, then those to verify, then the blocked by failures."""
        with self._lock:
            return self._rows(_needs(template))

    def _rows(self, needs: tuple[Need, Need]) -> list[RoomRow]:
        rows = [*self.floors.rows(needs[0]), *self.land.rows(needs[1])]
        return sorted(rows, key=lambda row: (_RANK[row.verdict], len(row.failed), len(row.unknown), row.offer.id))


def read_rooms(session: Session) -> Rooms:
    """The district's offers of today, kept while the inventory stays the same."""
    day = today()
    return kept(session, f"rooms on {day}", lambda _stamp: _same_or_new(read_inventory(session), day))


_last: list[Rooms] = []


def _same_or_new(inventory: Inventory, day: date) -> Rooms:
    """An edited map gives the inventory a new stamp, though no offer has changed: then nothing is judged again."""
    oldest = day - timedelta(days=STALE_DAYS[UnitStatus.AVAILABLE])
    had: tuple[list[tuple[Offer, Place, bool]], list[tuple[Offer, Place, bool]]] = ([], [])
    for offer in inventory.offers:
        if offer.active:
            place = inventory.places[offer.id]
            is_fresh = place.verified_at is not None and civil_date(place.verified_at) >= oldest
            had[offer.tenure is Tenure.LAND].append((offer, place, is_fresh))
    floors, land = (tuple(each) for each in had)
    for rooms in _last:
        if rooms.floors.offers == floors and rooms.land.offers == land:
            return rooms
    _last[:] = [Rooms(_Lot(floors, _FLOOR), _Lot(land, _LAND))]
    return _last[0]


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
