"""Which segments of the chain maps a lead, an enterprise or a product may mean: `chains.engine.suggest` asked of the maps.

A suggestion is a proposal with the words it was read from; people choose. Only leaves are proposed: groups hold nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from chains.engine.suggest import Entry, Index, build, suggest
from crm.domain.access import Permission
from crm.models import Chain, Enterprise, EnterpriseAlias, Segment
from crm.services import access
from crm.services.access import Actor
from crm.services.kept import kept

#: How many are proposed.
MOST = 5


@dataclass(frozen=True, slots=True)
class ChainName:
    """A chain as far as choosing in it needs."""

    id: int
    key: str
    name: str
    name_en: str | None


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A leaf of a map as far as choosing it needs."""

    id: int
    chain: ChainName
    key: str
    name: str
    name_en: str | None
    #: Other words for it, that a filter of choices looks into.
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SegmentIdea:
    """A proposed segment: the words of the text that speak for it, and the digits of the code that agree ("" for none)."""

    row: SegmentRow
    score: int
    words: tuple[str, ...]
    code: str
    #: How many of the words, the first ones, are words of the segment; and how strong the proposal is (`Suggestion`).
    whole: int = 0
    strength: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    rows: dict[tuple[str, str], SegmentRow]
    index: Index


def suggested(session: Session, text: str, code: str | None = None, limit: int = MOST) -> list[SegmentIdea]:
    """The segments that a text and a GB/T code speak for, best first; none without a reason. Knows no person."""
    known = _known(session)
    return [
        SegmentIdea(
            known.rows[found.chain, found.segment], found.score, found.words, found.code, found.whole, found.strength
        )
        for found in suggest(known.index, text, code, limit)
    ]


def for_lead(
    session: Session, actor: Actor, *, name: str = "", content: str = "", pasted: str = "", code: str | None = None
) -> list[SegmentIdea]:
    """What a lead that is being written may be about: its words first, then the firm's name, which says what it does."""
    access.require(actor, Permission.LEADS_CREATE)
    return suggested(session, "\n".join((content, pasted, name)), code)


def for_enterprise(session: Session, actor: Actor, enterprise_id: int) -> list[SegmentIdea]:
    """Where an enterprise may stand, by what is stored of itself: name, aliases, what the source says, its code."""
    return of_enterprise(session, access.enterprise(session, actor, enterprise_id))


def of_enterprise(session: Session, firm: Enterprise) -> list[SegmentIdea]:
    """The same for an enterprise that the caller has loaded within the reader's scope."""
    aliases = session.scalars(select(EnterpriseAlias.name).where(EnterpriseAlias.enterprise_id == firm.id)).all()
    return suggested(session, "\n".join((firm.note or "", firm.name, *aliases)), firm.gbt_code)


def row_of(session: Session, segment_id: int | None) -> SegmentRow | None:
    """The leaf of that id, None where there is none."""
    return next((row for row in _known(session).rows.values() if row.id == segment_id), None)


def choices(session: Session) -> list[tuple[ChainName, list[SegmentRow]]]:
    """Chains with their leaves, in the order of the maps."""
    grouped: dict[str, tuple[ChainName, list[SegmentRow]]] = {}
    for row in _known(session).rows.values():
        grouped.setdefault(row.chain.key, (row.chain, []))[1].append(row)
    return list(grouped.values())


def _known(session: Session) -> _Known:
    return kept(session, "segments.known", lambda _stamp: _read(session))


def _read(session: Session) -> _Known:
    parent = aliased(Segment)
    groups = select(Segment.parent_id).where(Segment.parent_id.is_not(None))
    query = (
        select(Segment, Chain, parent.name)
        .join(Chain, Chain.id == Segment.chain_id)
        .outerjoin(parent, parent.id == Segment.parent_id)
        .where(Segment.id.not_in(groups))
        .order_by(Chain.sort, Chain.id, Segment.sort, Segment.id)
    )
    rows: dict[tuple[str, str], SegmentRow] = {}
    entries = []
    for segment, chain, group in session.execute(query):
        words = tuple(segment.words or ())
        over = ChainName(chain.id, chain.key, chain.name, chain.name_en)
        rows[chain.key, segment.key] = SegmentRow(segment.id, over, segment.key, segment.name, segment.name_en, words)
        entries.append(
            Entry(
                chain=chain.key,
                segment=segment.key,
                name=segment.name,
                english=segment.name_en or "",
                group=group or "",
                aliases=words,
                products=tuple(segment.products or ()),
                codes=tuple(segment.gbt_codes or ()),
            )
        )
    return _Known(rows, _index(tuple(entries)))


@lru_cache(maxsize=2)
def _index(entries: tuple[Entry, ...]) -> Index:
    """The inventory's stamp changes more often than the maps: what is built of the same segments is built once."""
    return build(entries)
