"""What the public site shows: platforms, chains, tier measures, policies and parks. Public fields only.

No actor: everybody may ask. Nothing of leads, people, leases or inner scores leaves from here; parks that are not
public, and their offers, do not exist for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from crm.domain.policies import Instrument, Tier
from crm.domain.space import ParkKind
from crm.models import Chain, Park, ParkPositioning, Platform, Policy, Segment, TierMeasure

#: Places of the source that are no carriers of enterprises: not named as one on a platform's card.
_NOT_CARRIERS = frozenset({ParkKind.LANDMARK, ParkKind.PLANNED, ParkKind.OUTSIDE})
CARRIERS_SHOWN = 3
POLICIES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PlatformCard:
    """One platform with the first names of its carriers; `park_count` counts all that are public."""

    key: str
    name: str
    name_en: str | None
    positioning: str
    industries: tuple[str, ...]
    carriers: tuple[str, ...]
    park_count: int
    section: str


@dataclass(frozen=True, slots=True)
class ChainCard:
    """One chain: what is known of it, and the names of its top segments by position."""

    key: str
    name: str
    name_en: str | None
    section: str | None
    has_map: bool
    summary: str | None
    #: (position, ((name, English name), …)) in the order upstream, midstream, downstream; empty without a map.
    positions: tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...]
    #: Public parks positioned on it: (park id, name).
    parks: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ChainGroup:
    """The source's own grouping of chains."""

    name: str
    sections: tuple[str, ...]
    chains: tuple[ChainCard, ...]


@dataclass(frozen=True, slots=True)
class TierCard:
    """What the source names for one tier [S 四（三）2]."""

    tier: Tier
    applies_to: tuple[str, ...]
    measures: tuple[str, ...]
    condition: str | None
    section: str


@dataclass(frozen=True, slots=True)
class PolicyCard:
    """One policy instrument in our words, with its section."""

    key: str
    title: str
    summary: str
    category: str
    tiers: tuple[Tier, ...]
    instrument: Instrument | None
    condition: str | None
    section: str


@dataclass(frozen=True, slots=True)
class PolicyList:
    """The policies chosen, the categories that exist, and how many policies there are in all."""

    policies: tuple[PolicyCard, ...]
    categories: tuple[str, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Home:
    """Everything on the landing page."""

    platforms: tuple[PlatformCard, ...]
    groups: tuple[ChainGroup, ...]
    tiers: tuple[TierCard, ...]
    policies: PolicyList
    park_count: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What the search form offers: (key, name, English name)."""

    chains: tuple[tuple[str, str, str | None], ...] = ()
    platforms: tuple[tuple[str, str, str | None], ...] = field(default_factory=tuple)


def home(session: Session, category: str | None = None) -> Home:
    """The landing page. `category` filters the policies shown; an unknown one shows none."""
    park_count = session.scalar(select(func.count()).select_from(Park).where(Park.is_public)) or 0
    return Home(
        platforms=platforms(session),
        groups=chain_groups(session, detailed=False),
        tiers=tier_cards(session),
        policies=policies(session, category=category),
        park_count=park_count,
    )


def platforms(session: Session) -> tuple[PlatformCard, ...]:
    """The platforms in their order, each with its carriers."""
    rows = session.execute(
        select(Park.platform_id, Park.name, Park.kind)
        .where(Park.is_public, Park.platform_id.is_not(None))
        .order_by(Park.id)
    ).all()
    names: dict[int, list[str]] = defaultdict(list)
    counts: dict[int, int] = defaultdict(int)
    for row in rows:
        counts[row.platform_id] += 1
        if row.kind not in _NOT_CARRIERS:
            names[row.platform_id].append(row.name)
    return tuple(
        PlatformCard(
            key=row.key,
            name=row.name,
            name_en=row.name_en,
            positioning=row.positioning,
            industries=tuple(row.industries),
            carriers=tuple(names[row.id][:CARRIERS_SHOWN]),
            park_count=counts[row.id],
            section=row.section,
        )
        for row in session.scalars(select(Platform).order_by(Platform.sort, Platform.id))
    )


def chain_groups(session: Session, *, detailed: bool = True) -> tuple[ChainGroup, ...]:
    """The chains by the source's groups. Without `detailed`, names only: no segments and no parks are read."""
    segments = _top_segments(session) if detailed else {}
    parks = _positioned_parks(session) if detailed else {}
    grouped: dict[str, list[ChainCard]] = {}
    for chain in session.scalars(select(Chain).order_by(Chain.sort, Chain.id)):
        grouped.setdefault(chain.group or "", []).append(
            ChainCard(
                key=chain.key,
                name=chain.name,
                name_en=chain.name_en,
                section=chain.section,
                has_map=chain.has_map,
                summary=_summary(chain.plan),
                positions=segments.get(chain.id, ()),
                parks=parks.get(chain.id, ()),
            )
        )
    return tuple(
        ChainGroup(name, tuple(dict.fromkeys(c.section for c in cards if c.section)), tuple(cards))
        for name, cards in grouped.items()
    )


def _summary(plan: dict[str, object] | None) -> str | None:
    found = (plan or {}).get("summary")
    return found if isinstance(found, str) else None


def _top_segments(
    session: Session,
) -> dict[int, tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...]]:
    columns = (Segment.chain_id, Segment.position, Segment.name, Segment.name_en)
    found: dict[int, dict[str, list[tuple[str, str | None]]]] = defaultdict(lambda: defaultdict(list))
    for row in session.execute(select(*columns).where(Segment.parent_id.is_(None)).order_by(Segment.sort, Segment.id)):
        found[row.chain_id][row.position].append((row.name, row.name_en))
    order = ("upstream", "midstream", "downstream")
    return {
        chain: tuple((position, tuple(by_position[position])) for position in order if by_position[position])
        for chain, by_position in found.items()
    }


def _positioned_parks(session: Session) -> dict[int, tuple[tuple[int, str], ...]]:
    rows = session.execute(
        select(ParkPositioning.chain_id, Park.id, Park.name, func.max(ParkPositioning.weight))
        .join(Park, Park.id == ParkPositioning.park_id)
        .where(Park.is_public)
        .group_by(ParkPositioning.chain_id, Park.id, Park.name)
        .order_by(func.max(ParkPositioning.weight).desc(), Park.id)
    )
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for chain_id, park_id, name, _weight in rows:
        found[chain_id].append((park_id, name))
    return {chain: tuple(parks) for chain, parks in found.items()}


def tier_cards(session: Session) -> tuple[TierCard, ...]:
    """The measures by tier, mature first."""
    rows = {row.tier: row for row in session.scalars(select(TierMeasure))}
    return tuple(
        TierCard(
            tier=tier,
            applies_to=tuple(rows[tier].applies_to),
            measures=tuple(_words(rows[tier].measures)),
            condition=rows[tier].condition,
            section=rows[tier].section,
        )
        for tier in Tier
        if tier in rows
    )


def _words(measures: Iterable[object]) -> list[str]:
    return [str(m["text"]) if isinstance(m, dict) else str(m) for m in measures]


def policies(session: Session, *, category: str | None = None, tier: Tier | None = None) -> PolicyList:
    """Policies of a category and for a tier; a policy without tiers is for every tier."""
    statement = select(Policy).order_by(Policy.sort, Policy.id)
    if category:
        statement = statement.where(Policy.category == category)
    cards = tuple(_policy(row) for row in session.scalars(statement))
    if tier is not None:
        cards = tuple(card for card in cards if not card.tiers or tier in card.tiers)
    names = session.execute(
        select(Policy.category, func.min(Policy.sort)).group_by(Policy.category).order_by(func.min(Policy.sort))
    )
    total = session.scalar(select(func.count(distinct(Policy.id)))) or 0
    return PolicyList(cards, tuple(row.category for row in names), total)


def _policy(row: Policy) -> PolicyCard:
    return PolicyCard(
        key=row.key,
        title=row.title,
        summary=row.summary,
        category=row.category,
        tiers=tuple(Tier(tier) for tier in row.tiers),
        instrument=row.instrument,
        condition=row.condition,
        section=row.section,
    )


def choices(session: Session) -> Choices:
    """Chains and platforms for the search form."""
    chains = session.execute(select(Chain.key, Chain.name, Chain.name_en).order_by(Chain.sort, Chain.id))
    places = session.execute(select(Platform.key, Platform.name, Platform.name_en).order_by(Platform.sort, Platform.id))
    return Choices(
        chains=tuple((row.key, row.name, row.name_en) for row in chains),
        platforms=tuple((row.key, row.name, row.name_en) for row in places),
    )
