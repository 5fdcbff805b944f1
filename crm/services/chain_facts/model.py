"""What is known of a chain, worked out: plain values that all requests of a process share and nobody changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from chains.engine.gaps import SegmentState
from chains.engine.model import Confidence, GapAction, SegmentStatus


@dataclass(frozen=True, slots=True)
class FirmFacts:
    """An enterprise on a segment. `tier` None is unknown; `age` whole months since it was confirmed, None: undated."""

    placement_id: int
    enterprise_id: int
    name: str
    tier: str | None
    is_leader: bool
    section: str | None
    source: str | None
    surveyed_on: date | None
    age: int | None
    confidence: Confidence | None
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Room:
    """Where a segment could go: places (a unit or parcel counts once) that pass its space template.

    `fit` places pass with facts that somebody verified lately, `to_verify` lack a fact or its verification. `parks` are
    names, those of fitting places first; `platforms` of the same. `offer_ids` likewise, every tenure. `lacking`: what
    the blocked ones fail on most, as words to be translated. All empty without a template.
    """

    fit: int = 0
    to_verify: int = 0
    parks: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    offer_ids: tuple[int, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rank:
    """The place among segments that call for the same (a gap that is being filled stands apart): 1 is first of `of`."""

    place: int
    of: int


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """One segment with its reckoned state. `group` is the key of the group it lies in."""

    id: int
    version: int
    key: str
    name: str
    name_en: str | None
    position: str
    group: str | None
    products: tuple[str, ...]
    codes: tuple[str, ...]
    words: tuple[str, ...]
    template: Mapping[str, object] | None
    sources: tuple[Mapping[str, object], ...]
    surveyed_on: date | None
    #: Whole months since then; None: never.
    survey_age: int | None
    survey_by: str | None
    survey_note: str | None
    reference_count: int | None
    state: SegmentState
    #: Status as last recorded (`segment_changes`); None before the first time.
    recorded: SegmentStatus | None
    #: Among all chains' segments, and among this chain's.
    standing: Rank
    standing_in_chain: Rank
    firms: tuple[FirmFacts, ...]
    #: Projects aimed at it that are signed or later, walk on, and do not produce yet.
    signed_projects: tuple[int, ...]
    room: Room
    #: Open purchases outside the district, with or without a volume (`state.demand` has the volume).
    purchases: int
    suppliers: tuple[str, ...]
    customers: tuple[str, ...]

    @property
    def rank(self) -> int:
        return self.standing.place

    @property
    def rank_in_chain(self) -> int:
        return self.standing_in_chain.place

    @property
    def group_of_work(self) -> str:
        """Among whom it ranks: the action's word, or "filling"."""
        return group_of_work(self.state)


def group_of_work(state: SegmentState) -> str:
    return str(SegmentStatus.FILLING if state.status is SegmentStatus.FILLING else state.action)


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group of segments: what stands between position and segment on the screen."""

    id: int
    key: str
    name: str
    name_en: str | None
    position: str
    sources: tuple[Mapping[str, object], ...]
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EdgeFacts:
    """`supplier` delivers to `customer`, by key; `share` as entered, None = not known (then shared equally)."""

    supplier: str
    customer: str
    share: Fraction | None


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """One chain. `segments` are those that firms stand on, in the order of the map."""

    id: int
    key: str
    name: str
    name_en: str | None
    group: str | None
    section: str | None
    revision: int
    updated_at: datetime
    summary: str | None
    reference_total: int | None
    reference_source: str | None
    segments: tuple[SegmentFacts, ...]
    groups: tuple[GroupFacts, ...]
    edges: tuple[EdgeFacts, ...]
    #: Segments by status, and by action; every word has a count.
    statuses: Mapping[SegmentStatus, int]
    actions: Mapping[GapAction, int]
    #: Different enterprises on it, and by tier ("untiered" where unknown).
    firms: int
    tiers: Mapping[str, int]
    #: S: size of all segments together; and the order from suppliers to customers, by key.
    size: int
    order: tuple[str, ...]
    #: The oldest survey's age in months among surveyed segments; None: none ever was.
    oldest_survey: int | None
    is_demo: bool
    _by_key: Mapping[str, SegmentFacts] = field(repr=False, compare=False, default_factory=dict)

    def segment(self, key: str) -> SegmentFacts | None:
        """The segment of that key, None if there is none."""
        return self._by_key.get(key)
