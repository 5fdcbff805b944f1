"""An industry chain as values: segments in three positions, supply edges, firms, and its plan (一链一策).

A chain is data, never an enumeration (DOMAIN §1). The values may describe a wrong chain (an edit in progress,
a file with mistakes): `chains.engine.check` says what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Position(StrEnum):
    """Where a segment stands; upstream supplies midstream supplies downstream (上游 / 中游 / 下游)."""

    UPSTREAM = "upstream"
    MIDSTREAM = "midstream"
    DOWNSTREAM = "downstream"

    @property
    def rank(self) -> int:
        return list(Position).index(self)


class SegmentStatus(StrEnum):
    """What a district has of a segment (MATCHING B). Unknown is not missing: nobody looked within twelve months."""

    STRONG = "strong"
    WEAK = "weak"
    MISSING = "missing"
    FILLING = "filling"
    UNKNOWN = "unknown"


class GapAction(StrEnum):
    """What to do about a segment, exactly one: 补链 延链 强链 巩固 观察 (MATCHING B), and 待调研 where it is unknown."""

    FILL = "fill"
    EXTEND = "extend"
    STRENGTHEN = "strengthen"
    CONSOLIDATE = "consolidate"
    WATCH = "watch"
    SURVEY = "survey"


class Confidence(StrEnum):
    """How sure a claim is: seen on the spot, told by somebody who knows, or concluded from other facts."""

    VERIFIED = "verified"
    REPORTED = "reported"
    INFERRED = "inferred"


#: Environmental assessment classes in rising order of impact, as `crm.domain.space.EnvClass` spells them.
ENV_CLASSES = ("exempt", "registration", "report_table", "report_book")


@dataclass(frozen=True, slots=True)
class Source:
    """What a chain's claims rest on: a document (`title`, `status`) or dated knowledge of the industry."""

    key: str
    title: str
    date: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class SourceRef:
    """One reference of a segment: the key of a `Source` and, for a document, its section."""

    key: str
    section: str | None = None


@dataclass(frozen=True, slots=True)
class SpaceTemplate:
    """What the smallest viable site of a segment typically needs; every figure is a floor, None = nothing.

    Load in kg/m², clear height in cm, power in kVA, area in m². `estimate` marks figures that rest on
    knowledge of the trade, not on a survey of local firms.
    """

    key: str
    name_zh: str
    area_min_m2: int
    area_max_m2: int
    env_class: str
    load_kg_m2: int | None = None
    clear_height_cm: int | None = None
    power_kva: int | None = None
    estimate: bool = True


@dataclass(frozen=True, slots=True)
class Survey:
    """Somebody looked who in the district stands on a segment: on which day (ISO date), who, and what was found."""

    on: str
    by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """The firms of the wider area (a city, a province) that location quotients compare with: how many, by which register."""

    total: int
    source: str
    date: str | None = None


#: Where a segment stands: its position, and the group in it that it lies in (None: none).
Place = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment (环节), or a group of segments when others name it as `parent`; groups carry no edges.

    `position` is a `Position` value when the segment is sound. `line` is where the file describes it,
    0 if it came from elsewhere.
    """

    key: str
    name_zh: str
    name_en: str
    position: str
    parent: str | None = None
    products: tuple[str, ...] = ()
    gbt: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    space: str | None = None
    sources: tuple[SourceRef, ...] = ()
    #: Firms of the reference area on this segment, local ones excluded; None is unknown.
    reference: int | None = None
    survey: Survey | None = None
    line: int = 0

    @property
    def place(self) -> Place:
        return self.position, self.parent


@dataclass(frozen=True, slots=True)
class Edge:
    """`frm` supplies `to`; `share` is the part of `to`'s inputs that come from `frm`, None = not known."""

    frm: str
    to: str
    share: Fraction | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Placement:
    """A firm or institution on a segment, as a source says it. `leader` None: the source does not say.

    The source is a `section` of the district's document, or `source` in words; `on` is the ISO date when the claim was
    last confirmed, None for what the document says.
    """

    enterprise: str
    segment: str
    section: str | None = None
    leader: bool | None = None
    note: str | None = None
    source: str | None = None
    on: str | None = None
    confidence: str | None = None
    uscc: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain map. `segments` keep the order of the file, which is the order of the screen."""

    key: str
    name_zh: str
    name_en: str
    summary: str
    sections: tuple[str, ...]
    sources: tuple[Source, ...]
    spaces: tuple[SpaceTemplate, ...]
    segments: tuple[Segment, ...]
    edges: tuple[Edge, ...]
    placements: tuple[Placement, ...] = ()
    reference: Reference | None = None
    path: str = field(default="", compare=False)

    def group_keys(self) -> frozenset[str]:
        """Keys that other segments name as their parent."""
        return frozenset(segment.parent for segment in self.segments if segment.parent)

    def leaves(self) -> tuple[Segment, ...]:
        """The segments that firms and edges attach to: everything that is not a group."""
        groups = self.group_keys()
        return tuple(segment for segment in self.segments if segment.key not in groups)

    def segment(self, key: str) -> Segment:
        """The segment of that key; KeyError if there is none."""
        for segment in self.segments:
            if segment.key == key:
                return segment
        raise KeyError(key)

    def space_of(self, segment: Segment) -> SpaceTemplate | None:
        """The segment's space template, None when it names none."""
        return next((space for space in self.spaces if space.key == segment.space), None)


@dataclass(frozen=True, slots=True)
class Measure:
    """What the district does for firms of a tier (mature / growth / incubation), with the section."""

    tier: str
    text: str
    section: str
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """What the plan wants to reach, in our own words; year, figure and section only where somebody gave them.

    `indicator` names a figure that the product works out itself (`gaps_missing`, `segments_strong` …), so that the
    present value stands beside the goal.
    """

    text: str
    section: str | None = None
    year: int | None = None
    operator: str | None = None
    value: Decimal | None = None
    unit: str | None = None
    indicator: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A task of a plan in our own words, the section it rests on, the carriers it names, and an ISO date if one is set."""

    text: str
    section: str
    carriers: tuple[str, ...] = ()
    due: str | None = None


@dataclass(frozen=True, slots=True)
class ParkRole:
    """What a park (by key or name) does for the chain."""

    park: str
    role: str
    section: str | None = None


@dataclass(frozen=True, slots=True)
class ChainPlan:
    """The plan of one chain (一链一策). `chief` and `lead_unit` are None until somebody is named.

    `period` is the first and the last year; `gaps` are keys of segments that the plan takes on.
    """

    chain: str
    standing: str
    measures: tuple[Measure, ...]
    goals: tuple[Goal, ...] = ()
    tasks: tuple[Statement, ...] = ()
    firms: tuple[str, ...] = ()
    firms_note: str | None = None
    chief: str | None = None
    lead_unit: str | None = None
    period: tuple[int, int] | None = None
    gaps: tuple[str, ...] = ()
    parks: tuple[ParkRole, ...] = ()
    review_months: int | None = None
