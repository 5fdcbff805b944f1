"""The words of matching: what is asked, what is offered, and what an answer is made of (MATCHING A).

Everything is a whole number, so that any engine, and an officer with a pencil, comes to the same score:

========  =====================================================================================
area      m² for units; 0.01 亩 for land
price     分/m²/month for rent, 元/m² to buy, 万元/亩 for land: the unit belongs to the tenure
hardware  floor load kg/m², clear height cm, power kVA
dates     day numbers (``datetime.date.toordinal``); grace in days
scores    per mille, 0…1000; points = score × weight, so a total is 0…100000
========  =====================================================================================

``None`` means unknown. It is never read as 0 and never replaced by a guess.

Every magnitude is at most `LIMIT`; the largest intermediate value is 2000 × LIMIT = 2·10¹⁵, which leaves a
64-bit engine a factor of 4,000 (in 32 bits 2000 × (budget − price) overflows already above 1.07 million).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crm.domain.policies import Instrument, Tier
from crm.domain.space import EnvClass, Region, Tenure

LIMIT = 10**12
PERFECT = 1000


class Constraint(StrEnum):
    """The eleven hard constraints, in the order in which they are reported (A.1)."""

    STATUS = "status"
    TENURE = "tenure"
    TIER = "tier"
    NEGATIVE_LIST = "negative_list"
    ENV = "env"
    AREA = "area"
    PRICE = "price"
    LOAD = "load"
    HEIGHT = "height"
    POWER = "power"
    DATE = "date"


class Criterion(StrEnum):
    """The seven criteria, in the order of the table of A.2."""

    FOCUS = "focus"
    INSTRUMENT = "instrument"
    SPACE = "space"
    PRICE = "price"
    TECH = "tech"
    LOCATION = "location"
    TIMING = "timing"


class Side(StrEnum):
    """Whose concern a criterion is; each side has its own subtotal (A.3)."""

    ENTERPRISE = "enterprise"
    DISTRICT = "district"


DISTRICT_SIDE = frozenset({Criterion.FOCUS, Criterion.INSTRUMENT, Criterion.SPACE})


def side(criterion: Criterion) -> Side:
    return Side.DISTRICT if criterion in DISTRICT_SIDE else Side.ENTERPRISE


class Verdict(StrEnum):
    """What one hard constraint answers."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """What the constraints together say: 匹配, 待核实 or 不符."""

    FIT = "fit"
    TO_VERIFY = "to_verify"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Need:
    """What a lead asks for.

    `budget` is in the price unit of `tenure`. An absent budget, date, load, height or power asks
    for nothing and blocks nothing; 0 for load, height and power says the same. `platforms` empty:
    no preference.

    Raises ValueError for a number that no lead can mean (negative, above LIMIT, a target or budget
    of 0).
    """

    id: int
    tier: Tier | None = None
    segment: str | None = None
    code: str | None = None
    tenure: Tenure | None = None
    area_min: int | None = None
    area_target: int | None = None
    area_max: int | None = None
    budget: int | None = None
    load_kg_m2: int | None = None
    height_cm: int | None = None
    power_kva: int | None = None
    env: EnvClass | None = None
    platforms: frozenset[str] = frozenset()
    needed_by: int | None = None
    grace_days: int = 0

    def __post_init__(self) -> None:
        _whole(self, "area_min", "area_max", "load_kg_m2", "height_cm", "power_kva", "needed_by", "grace_days")
        _whole(self, "area_target", "budget", least=1)

    def budget_for(self, offer: Offer) -> int | None:
        """The budget in the offer's price unit; unknown while the tenure is: 45 may be 元/月 or 万元."""
        return self.budget if self.tenure is not None else None

    def states_area_like(self, offer: Offer) -> bool:
        """Whether the stated area can be compared: land is counted in 亩, so the tenure must be
        known for it."""
        return self.tenure is not None or offer.tenure is not Tenure.LAND


@dataclass(frozen=True, slots=True)
class Offer:
    """A unit or land parcel in one tenure: the thing that is ranked.

    `tiers`, `env_max` and `instruments` are the unit's own, or its park's where the unit says
    nothing: whoever builds the offer decides. `instruments` empty: known to have none; None: nobody
    said.

    Raises ValueError for a negative number or one above LIMIT.
    """

    id: int
    park: int
    tenure: Tenure
    active: bool | None = True
    tiers: frozenset[Tier] | None = None
    env_max: EnvClass | None = None
    free: int | None = None
    min_lettable: int | None = None
    price: int | None = None
    load_kg_m2: int | None = None
    height_cm: int | None = None
    power_kva: int | None = None
    available_from: int | None = None
    instruments: frozenset[Instrument] | None = None

    def __post_init__(self) -> None:
        _whole(self, "free", "min_lettable", "price", "load_kg_m2", "height_cm", "power_kva", "available_from")


def _whole(record: Need | Offer, *names: str, least: int = 0) -> None:
    for name in names:
        value = getattr(record, name)
        if value is None:
            continue
        if type(value) is not int:
            raise ValueError(f"{name} must be a whole number, not {value!r}")
        if not least <= value <= LIMIT:
            raise ValueError(f"{name} must lie between {least} and {LIMIT}, not {value}")


@dataclass(frozen=True, slots=True)
class Position:
    """One entry of a park's positioning: a segment (or a whole chain), and its weight per mille."""

    segment: str
    weight: int

    def __post_init__(self) -> None:
        if type(self.weight) is not int or not 0 <= self.weight <= PERFECT:
            raise ValueError(f"a positioning weight lies between 0 and {PERFECT}, not {self.weight!r}")


@dataclass(frozen=True, slots=True)
class Park:
    """What matching must know of a park.

    `positioning` None: not stated, () : open to everything and focused on nothing. `banned`: GB/T
    4754 codes, each banning itself and all codes below it ("26" bans "2614"); () bans nothing,
    None: nobody said.
    """

    id: int
    platform: str | None = None
    positioning: tuple[Position, ...] | None = None
    banned: tuple[str, ...] | None = None

    def bans(self, code: str) -> bool:
        return any(code.startswith(prefix) for prefix in self.banned or ())


@dataclass(frozen=True, slots=True)
class Segment:
    """Where a chain segment stands: its chain and, unless it is at the top, the segment above it."""

    key: str
    chain: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class World:
    """The facts that leads and offers share: parks by id, segments by key, regions by platform key."""

    parks: Mapping[int, Park]
    segments: Mapping[str, Segment] = field(default_factory=dict)
    platforms: Mapping[str, Region] = field(default_factory=dict)

    def park_of(self, offer: Offer) -> Park:
        """Raises ValueError if the offer lies in a park that this world does not hold."""
        try:
            return self.parks[offer.park]
        except KeyError:
            raise ValueError(f"offer {offer.id} lies in park {offer.park}, which is not in the world") from None

    def kinship(self, wanted: str, positioned: str) -> int | None:
        """What a positioning's weight is divided by: 1 the segment itself, 2 under the same parent,
        4 in the same chain, None unrelated.

        A park positioned on the parent itself counts like its children; one positioned on a whole
        chain, like any other segment of that chain.
        """
        if positioned == wanted:
            return 1
        ours, theirs = self.segments.get(wanted), self.segments.get(positioned)
        if ours is None:
            return None
        if ours.parent is not None and ours.parent in (positioned, theirs and theirs.parent):
            return 2
        return 4 if ours.chain == (theirs.chain if theirs else positioned) else None

    def affinity(self, wanted: str, position: Position) -> int:
        """How much one positioning serves a segment, 0…1000."""
        divisor = self.kinship(wanted, position.segment)
        return position.weight // divisor if divisor else 0

    def focus(self, wanted: str, park: Park) -> int:
        """The best affinity over the park's stated positioning, 0…1000."""
        return max((self.affinity(wanted, position) for position in park.positioning or ()), default=0)


@dataclass(frozen=True, slots=True)
class Part:
    """One criterion of one match: score low…high per mille, times its weight."""

    criterion: Criterion
    weight: int
    low: int
    high: int

    @property
    def points_low(self) -> int:
        return self.weight * self.low

    @property
    def points_high(self) -> int:
        return self.weight * self.high

    @property
    def known(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Match:
    """An offer that nothing blocks, scored. `low` and `high` are totals of 0…100000; `alloc` is the
    area given."""

    offer: Offer
    status: Status
    unknown: tuple[Constraint, ...]
    parts: tuple[Part, ...]
    alloc: int | None
    low: int
    high: int

    @property
    def coverage(self) -> int:
        """Per cent of the weight that rests on known values."""
        return sum(part.weight for part in self.parts if part.known)

    @property
    def order(self) -> tuple[bool, int, int]:
        """The sort key of every list: fit before to_verify, low descending, offer id ascending."""
        return order(self.status, self.low, self.offer.id)

    def part(self, criterion: Criterion) -> Part:
        return next(part for part in self.parts if part.criterion is criterion)

    def subtotal(self, of: Side) -> tuple[int, int]:
        """Points low…high of the criteria on one side; the two sides add up to the total."""
        mine = [part for part in self.parts if side(part.criterion) is of]
        return sum(part.points_low for part in mine), sum(part.points_high for part in mine)


def order(status: Status, low: int, offer_id: int) -> tuple[bool, int, int]:
    return status is not Status.FIT, -low, offer_id


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on one offer of the inventory; `match` is there unless it is blocked."""

    offer: Offer
    status: Status
    failed: tuple[Constraint, ...]
    unknown: tuple[Constraint, ...]
    match: Match | None
