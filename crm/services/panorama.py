"""The panorama of a chain (全景图谱): its segments in three columns, narrowed by what the reader asks for.

A card says what it can be narrowed by as marks, words of the form "status=weak": the page narrows in the browser by
the same marks, so that both mean the same. Leads and projects count within the reader's scope.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.engine.model import GapAction, Position, SegmentStatus
from crm.domain.access import Permission
from crm.domain.plans import PlanState
from crm.infra.clock import now, today
from crm.models import PlanVersion
from crm.services import access, chain_facts, chain_members, segment_changes
from crm.services.access import Actor
from crm.services.chain_facts import Aims, ChainFacts, GroupFacts, SegmentFacts
from crm.services.reach import Step, nearest
from crm.services.segment_changes import ChangeRow

#: Filters with one value each, in the order of the page; each is a mark "name=value" of the cards that pass it.
FILTERS = ("status", "action", "tier", "platform", "aimed", "room", "old", "branch")
TIERS = ("mature", "growth", "incubation")
#: Months before a survey lapses at which it counts as growing old.
_BEFORE = 3
RECENT = timedelta(days=30)
_NOBODY = Aims(0, 0, ())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the panorama is narrowed to: marks that a card must carry, and words that it must contain."""

    marks: frozenset[str] = frozenset()
    text: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.marks and not self.text


@dataclass(frozen=True, slots=True)
class Card:
    """One segment. `old`: its survey grows old, or there is none; `shown`: it passes what is wanted."""

    segment: SegmentFacts
    aims: Aims
    old: bool
    marks: frozenset[str]
    shown: bool

    @property
    def leader(self) -> str:
        """Names of the chain leaders here, "" without one."""
        return "、".join(firm.name for firm in self.segment.firms if firm.is_leader)


@dataclass(frozen=True, slots=True)
class Branch:
    """Segments of one group, in the order of the map. `group` None: they lie in none."""

    group: GroupFacts | None
    cards: tuple[Card, ...]

    @property
    def shown(self) -> bool:
        return any(card.shown for card in self.cards)


@dataclass(frozen=True, slots=True)
class Column:
    """One position with its branches; counts over all its cards, whatever is wanted."""

    position: Position
    branches: tuple[Branch, ...]
    statuses: Mapping[SegmentStatus, int]

    @property
    def total(self) -> int:
        return sum(len(branch.cards) for branch in self.branches)


@dataclass(frozen=True, slots=True)
class Panorama:
    """The whole page. `sees_aims`: the reader may see leads or projects at all, so that none means none."""

    chain: ChainFacts
    columns: tuple[Column, ...]
    others: tuple[ChainFacts, ...]
    chief: str | None
    months: int
    sees_aims: bool
    projects: int
    leads: int
    #: Missing segments, and those of them that space of the district may hold.
    missing: int
    roomy: int
    platforms: tuple[str, ...]
    #: The first gap to fill or extend to, how many surveys have lapsed, and the weak segment nearest to strong.
    first: Card | None
    lapsed: int
    near: Step | None
    #: Whether the reader may edit the map.
    keeps: bool
    changes: tuple[ChangeRow, ...] = field(default=())

    @property
    def cards(self) -> tuple[Card, ...]:
        return tuple(card for column in self.columns for branch in column.branches for card in branch.cards)

    @property
    def passing(self) -> int:
        return sum(card.shown for card in self.cards)


def panorama(session: Session, actor: Actor, key: str, wanted: Wanted) -> Panorama:
    """One chain as this person may see it. NotFound for a key that is none, or whose chain has no map."""
    access.require(actor, Permission.CHAINS_VIEW)
    chain = chain_facts.facts(session, key)
    months = chain_facts.calendar(session, today()).months
    aims = chain_facts.aims(session, actor, chain.id)
    found = _found(chain, wanted.text)
    cards = {segment.key: _card(segment, aims, months, wanted, found) for segment in chain.segments}
    missing = [each for each in chain.segments if each.state.status is SegmentStatus.MISSING]
    return Panorama(
        chain=chain,
        columns=tuple(_column(chain, position, cards) for position in Position),
        others=chain_facts.all_facts(session),
        chief=chief_of(session, chain.id),
        months=months,
        sees_aims=actor.may(Permission.PROJECTS_VIEW),
        projects=sum(each.projects for each in aims.values()),
        leads=sum(each.leads for each in aims.values()),
        missing=len(missing),
        roomy=sum(1 for each in missing if each.room.fit or each.room.to_verify),
        platforms=tuple(sorted({name for each in chain.segments for name in each.room.platforms})),
        first=_first(cards),
        lapsed=chain.statuses[SegmentStatus.UNKNOWN],
        near=nearest(chain),
        keeps=chain_members.keeps(session, actor, chain.id),
        changes=tuple(segment_changes.recent(session, chain.id, now() - RECENT)),
    )


def find(session: Session, actor: Actor, key: str, text: str) -> Collection[str]:
    """Keys of the segments whose name, products, words or firms contain the text."""
    access.require(actor, Permission.CHAINS_VIEW)
    return _found(chain_facts.facts(session, key), text)


def chief_of(session: Session, chain_id: int) -> str | None:
    """The chain's chief (链长) as its approved plan names them, None where none does."""
    query = (
        select(PlanVersion.document)
        .where(PlanVersion.chain_id == chain_id, PlanVersion.state == PlanState.APPROVED)
        .order_by(PlanVersion.number.desc())
        .limit(1)
    )
    document = session.scalar(query)
    chief = document.get("chief") if document else None
    return chief if isinstance(chief, str) and chief else None


def _found(chain: ChainFacts, text: str) -> frozenset[str]:
    wanted = text.strip().casefold()
    return frozenset(
        segment.key
        for segment in chain.segments
        if not wanted
        or any(
            wanted in name.casefold()
            for name in (
                segment.name,
                segment.name_en or "",
                *segment.products,
                *segment.words,
                *(firm.name for firm in segment.firms),
            )
        )
    )


def _card(segment: SegmentFacts, aims: Mapping[int, Aims], months: int, wanted: Wanted, found: Collection[str]) -> Card:
    own = aims.get(segment.id, _NOBODY)
    old = segment.survey_age is None or segment.survey_age >= months - _BEFORE
    marks = _marks(segment, own, old)
    return Card(segment, own, old, marks, wanted.marks <= marks and segment.key in found)


def _marks(segment: SegmentFacts, aims: Aims, old: bool) -> frozenset[str]:
    state = segment.state
    marks = {f"status={state.status}", f"action={state.action}", f"branch={segment.group or ''}"}
    marks |= {f"tier={tier}" for tier in TIERS if getattr(state, tier)}
    marks |= {f"platform={name}" for name in segment.room.platforms}
    if aims.projects:
        marks.add("aimed=1")
    if segment.template and not segment.room.fit and not segment.room.to_verify:
        marks.add("room=none")
    if old:
        marks.add("old=1")
    return frozenset(marks)


def _column(chain: ChainFacts, position: Position, cards: Mapping[str, Card]) -> Column:
    groups = {group.key: group for group in chain.groups}
    branches: dict[str | None, list[Card]] = {}
    for segment in chain.segments:
        if segment.position == position:
            branches.setdefault(segment.group, []).append(cards[segment.key])
    found = [card.segment.state.status for each in branches.values() for card in each]
    return Column(
        position,
        tuple(Branch(groups.get(key) if key else None, tuple(each)) for key, each in branches.items()),
        {status: found.count(status) for status in SegmentStatus},
    )


def _first(cards: Mapping[str, Card]) -> Card | None:
    """The gap to go for first: one to fill, else one to extend to, that no signed project fills yet."""
    for action in (GapAction.FILL, GapAction.EXTEND):
        gaps = [
            card
            for card in cards.values()
            if card.segment.state.action is action and card.segment.state.status is SegmentStatus.MISSING
        ]
        if gaps:
            return min(gaps, key=lambda card: card.segment.standing_in_chain.place)
    return None
