"""What a district's files say, as values. Reading them is `crm.services.seed.district`, storing them `load`.

Every fact names the section of the source document it rests on (DOMAIN §8.10). Unknown stays None or empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from crm.domain.policies import Instrument, Tier
from crm.domain.space import ParkKind, Region


@dataclass(frozen=True, slots=True)
class Document:
    """The source document: `status` says how far it is binding (征求意见稿 is a draft)."""

    title: str
    status: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of the document with our short title."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a key and a name that a section introduces: a region or a group of parks."""

    key: str
    name: str
    section: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name and, where the document writes it so, the section."""

    name: str
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement in our own words with its section."""

    section: str
    text: str


@dataclass(frozen=True, slots=True)
class Focus:
    """A park's weight, 1…1000, for a segment, or for a chain as a whole. The weight is our proposal [P]."""

    chain: str
    weight: int
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class PlatformRecord:
    """A platform. `region_basis` is `inference` where the document does not say which half it belongs to."""

    key: str
    name: str
    name_en: str
    positioning: str
    industries: tuple[str, ...]
    region: Region
    region_basis: str
    section: str
    region_note: str | None = None


@dataclass(frozen=True, slots=True)
class ParkRecord:
    """A park or carrier: one record per place.

    `words` are the document's own words for its focus; `titles` are further names it gives the same place.
    """

    key: str
    name: str
    kind: ParkKind
    facts: tuple[Fact, ...]
    platform: str | None = None
    parent: str | None = None
    groups: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    titles: tuple[Alias, ...] = ()
    anchors: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    focus: tuple[Focus, ...] = ()
    land_area_mu: int | None = None
    note: str | None = None

    @property
    def sections(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(fact.section for fact in self.facts))

    @property
    def positioning(self) -> str:
        return "；".join(fact.text for fact in self.facts)


@dataclass(frozen=True, slots=True)
class EnterpriseRecord:
    """An enterprise or institution. `leader` is true only where the document calls it 龙头 or 链主."""

    key: str
    name: str
    is_institution: bool
    role: str
    leader: bool
    facts: tuple[Fact, ...]
    aliases: tuple[Alias, ...] = ()
    field: str | None = None
    carriers: tuple[str, ...] = ()

    @property
    def sections(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(fact.section for fact in self.facts))


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A target of the district; `value` is None exactly when it is qualitative."""

    key: str
    year: int
    indicator: str
    pillar: str
    section: str
    operator: str | None = None
    value: Decimal | None = None
    unit: str | None = None
    note: str | None = None

    @property
    def is_qualitative(self) -> bool:
        return self.value is None


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A policy instrument. Empty `tiers`: the document sets no limit; `tier_note` marks ours [P]."""

    key: str
    title: str
    category: str
    section: str
    summary: str
    tiers: tuple[Tier, ...] = ()
    instrument: Instrument | None = None
    condition: str | None = None
    tier_note: str | None = None


@dataclass(frozen=True, slots=True)
class TierRecord:
    """What the document offers one tier [S 四（三）2]; a measure may be an instrument of the engine."""

    tier: Tier
    applies_to: tuple[str, ...]
    measures: tuple[tuple[str, Instrument | None], ...]
    section: str
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class ChainGroupRecord:
    """The document's own grouping of chains; it names firms for the group, not for one chain."""

    key: str
    name: str
    section: str
    aliases: tuple[str, ...] = ()
    firms: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ChainRecord:
    """A chain that the document names; `has_map` says that `chains/data` holds its map."""

    key: str
    name: str
    group: str
    section: str
    has_map: bool
    aliases: tuple[str, ...] = ()
    city_chain: str | None = None
    stages: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """An entry of the document's frame: a pillar, a promised system, an organ or a regional idea."""

    kind: str
    name: str
    section: str
    text: str
    focus: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class District:
    """Everything a district's folder says."""

    key: str
    name: str
    city: str
    province: str
    document: Document
    passages: tuple[Passage, ...]
    regions: tuple[Named, ...]
    groups: tuple[Named, ...]
    platforms: tuple[PlatformRecord, ...]
    parks: tuple[ParkRecord, ...]
    enterprises: tuple[EnterpriseRecord, ...]
    targets: tuple[TargetRecord, ...]
    policies: tuple[PolicyRecord, ...]
    tiers: tuple[TierRecord, ...]
    chain_frame: tuple[str, int, str]
    chain_groups: tuple[ChainGroupRecord, ...]
    chains: tuple[ChainRecord, ...]
    frame: tuple[Statement, ...]
