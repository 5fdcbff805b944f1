"""The gaps board (缺环看板): every segment of every chain under what to do about it, the most pressing first.

Priorities compare within one action only (MATCHING B); a segment that a signed project is filling stands apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from chains.engine.model import GapAction, SegmentStatus
from chains.engine.targets import Wish
from crm.domain.access import Permission
from crm.services import access, chain_facts, targets
from crm.services.access import Actor
from crm.services.chain_facts import Aims, ChainFacts, SegmentFacts
from crm.services.targets.judging import wish_of

FILLING = "filling"
#: The order of the board; `filling` is a status that stands beside the actions.
GROUPS = (
    GapAction.FILL.value,
    GapAction.EXTEND.value,
    GapAction.STRENGTHEN.value,
    FILLING,
    GapAction.SURVEY.value,
    GapAction.WATCH.value,
    GapAction.CONSOLIDATE.value,
)
#: Rows of each group while all of them are shown; surveys, watching and consolidating only by name.
SHORT = {GapAction.FILL.value: 8, GapAction.EXTEND.value: 4, GapAction.STRENGTHEN.value: 6, FILLING: 4}
ROOMS = ("fit", "verify", "none", "unknown")
_NOBODY = Aims(0, 0, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the board is narrowed to; "" and None narrow nothing."""

    chain: str = ""
    group: str = ""
    #: fit: an offer fits · verify: one may fit · none: no offer fits · unknown: the map says not what it needs.
    room: str = ""
    #: The tier that the segment wants most.
    tier: str = ""
    #: True: leads or projects aim at it, False: none does.
    aimed: bool | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One segment. `rank` counts within its group over all chains, whatever the board is narrowed to."""

    chain: ChainFacts
    segment: SegmentFacts
    group: str
    rank: int
    wish: Wish
    room: str
    aims: Aims
    targets: int


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the board: the rows shown, and how many there are in all."""

    key: str
    rows: tuple[Row, ...]
    total: int

    @property
    def rest(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class Board:
    """The whole board. `counts` by group after narrowing by everything but the group; the rest over all chains."""

    groups: tuple[Group, ...]
    counts: Mapping[str, int]
    chains: tuple[ChainFacts, ...]
    missing: int
    filling: int
    unknown: int
    #: Missing segments that space could hold and nobody aims at, the most pressing first.
    ready: tuple[Row, ...]
    #: Missing segments that no space of the district could hold.
    roomless: int


def board(session: Session, actor: Actor, wanted: Wanted) -> Board:
    """The board as this person may see it: leads, projects and targets count within their scope."""
    access.require(actor, Permission.CHAINS_VIEW)
    chains = chain_facts.all_facts(session)
    aims = chain_facts.aims(session, actor, None)
    listed = targets.counts(session, actor)
    everything = [row for rows in _ranked(chains, aims, listed).values() for row in rows]
    narrowed = [row for row in everything if _meets(row, wanted)]
    counts = {key: sum(1 for row in narrowed if row.group == key) for key in GROUPS}
    shown = [_group(key, narrowed, wanted) for key in GROUPS if not wanted.group or key == wanted.group]
    statuses = [row.segment.state.status for row in everything]
    missing = [row for row in everything if row.segment.state.status is SegmentStatus.MISSING]
    ready = [row for row in missing if row.room == "fit" and not row.aims.leads and not row.aims.projects]
    return Board(
        groups=tuple(group for group in shown if group.total),
        counts=counts,
        chains=chains,
        missing=len(missing),
        filling=statuses.count(SegmentStatus.FILLING),
        unknown=statuses.count(SegmentStatus.UNKNOWN),
        ready=tuple(row for row in ready if row.group != GapAction.WATCH.value),
        roomless=sum(1 for row in missing if row.room == "none"),
    )


def every_row(session: Session, actor: Actor, wanted: Wanted) -> list[Row]:
    """Every row that is wanted, in the order of the board: for a file."""
    access.require(actor, Permission.CHAINS_VIEW)
    aims, listed = chain_facts.aims(session, actor, None), targets.counts(session, actor)
    ranked = _ranked(chain_facts.all_facts(session), aims, listed)
    keys = [wanted.group] if wanted.group else GROUPS
    return [row for key in keys for row in ranked[key] if _meets(row, wanted)]


def row_of(session: Session, actor: Actor, chain_key: str, segment_key: str) -> Row:
    """One segment as the board shows it. NotFound for keys that are none."""
    targets.reading.find(session, chain_key, segment_key)
    everything = _ranked(
        chain_facts.all_facts(session), chain_facts.aims(session, actor, None), targets.counts(session, actor)
    )
    return next(
        row
        for rows in everything.values()
        for row in rows
        if row.chain.key == chain_key and row.segment.key == segment_key
    )


def chains(session: Session) -> tuple[ChainFacts, ...]:
    """The chains that have a map, for filters."""
    return chain_facts.all_facts(session)


def room_of(segment: SegmentFacts) -> str:
    """Whether the district has space for what the segment typically needs: one of `ROOMS`."""
    if not segment.template:
        return "unknown"
    if segment.room.fit:
        return "fit"
    return "verify" if segment.room.to_verify else "none"


def _ranked(
    chains: tuple[ChainFacts, ...], aims: Mapping[int, Aims], listed: Mapping[int, int]
) -> dict[str, list[Row]]:
    found: dict[str, list[tuple[ChainFacts, SegmentFacts]]] = {key: [] for key in GROUPS}
    for chain in chains:
        for segment in chain.segments:
            found[segment.group_of_work].append((chain, segment))
    return {
        key: [
            Row(
                chain=chain,
                segment=segment,
                group=key,
                rank=segment.rank,
                wish=wish_of(segment),
                room=room_of(segment),
                aims=aims.get(segment.id, _NOBODY),
                targets=listed.get(segment.id, 0),
            )
            for chain, segment in sorted(rows, key=lambda pair: pair[1].rank)
        ]
        for key, rows in found.items()
    }


def _group(key: str, rows: list[Row], wanted: Wanted) -> Group:
    inside = tuple(row for row in rows if row.group == key)
    return Group(key, inside if wanted.group == key else inside[: SHORT.get(key, 0)], len(inside))


def _meets(row: Row, wanted: Wanted) -> bool:
    """Whether the row is among what is wanted, leaving aside the group."""
    text = wanted.text.strip().casefold()
    names = (row.segment.name, row.segment.name_en or "", row.chain.name, *row.segment.products, *row.segment.words)
    return (
        (not wanted.chain or row.chain.key == wanted.chain)
        and (not wanted.room or row.room == wanted.room)
        and (not wanted.tier or row.wish.first == wanted.tier)
        and (wanted.aimed is None or bool(row.aims.leads or row.aims.projects) == wanted.aimed)
        and (not text or any(text in name.casefold() for name in names))
    )
