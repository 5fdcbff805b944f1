"""What the park managers' page says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from crm.domain.pipeline import Light
from crm.domain.sentences import Sentence
from crm.domain.space import UnitStatus


@dataclass(frozen=True, slots=True)
class Introduced:
    """An enterprise that was introduced to the park, so its name may be known; its contact is not here."""

    introduction_id: int | None
    name: str
    segment: str | None
    tier: Sentence | None
    need: Sentence
    unit: str | None
    sent_by: str
    sent_on: date
    state: Sentence
    waited_days: int
    light: Light
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Masked:
    """An enterprise that nobody has introduced: what it does instead of its name."""

    segment: str | None
    tier: Sentence | None
    unit: str
    status: str
    remarks: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """A masked enterprise that fails one requirement, in numbers."""

    segment: str | None
    tier: Sentence | None
    unit: str
    constraint: Sentence
    needed: Sentence
    offered: Sentence
    change: Sentence


@dataclass(frozen=True, slots=True)
class UnitDue:
    """A unit to look at: not verified for `days` (None: never), or a lease that ends in `days`."""

    park_id: int
    name: str
    area_m2: int | None
    days: int | None
    day: date | None
    light: Light
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Area:
    """Area of the parks' units in one status; `without_area` units do not say."""

    status: UnitStatus
    m2: int
    without_area: int


@dataclass(frozen=True, slots=True)
class ParkPart:
    #: Names of the parks that the reader keeps, by id.
    parks: Mapping[int, str]
    owed: tuple[Introduced, ...]
    introduced: tuple[Introduced, ...]
    fresh: tuple[Masked, ...]
    misses: tuple[Miss, ...]
    stale: tuple[UnitDue, ...]
    leases: tuple[UnitDue, ...]
    areas: tuple[Area, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.owed or self.introduced or self.fresh or self.misses or self.stale or self.leases)

    @property
    def is_demo(self) -> bool:
        return any(row.is_demo for row in (*self.owed, *self.introduced, *self.stale, *self.leases))
