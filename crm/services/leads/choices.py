"""What a lead form offers to choose from: segments under their chains, platforms."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Chain, Platform, Segment
from crm.services.kept import kept

Segments = list[tuple[str, list[tuple[int, str, str]]]]


def segments(session: Session) -> Segments:
    """Chains with their segments as (id, name, other words for it), in the order of the maps."""
    return kept(session, "choices.segments", lambda _stamp: _segments(session))


def _segments(session: Session) -> Segments:
    rows = session.execute(
        select(Chain.name, Segment.id, Segment.name, Segment.words)
        .join(Segment.chain)
        .order_by(Chain.sort, Chain.id, Segment.sort, Segment.id)
    )
    grouped: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for chain, segment_id, name, words in rows:
        grouped[chain].append((segment_id, name, " ".join(words or ())))
    return list(grouped.items())


def chains(session: Session) -> list[tuple[str, str]]:
    """Chains that have a map, as (key, name)."""
    query = select(Chain.key, Chain.name).where(Chain.has_map).order_by(Chain.sort, Chain.id)
    return kept(session, "choices.chains", lambda _stamp: [tuple(row) for row in session.execute(query)])


def platforms(session: Session) -> list[tuple[str, str]]:
    """Platforms as (key, name)."""
    query = select(Platform.key, Platform.name).order_by(Platform.id)
    return kept(session, "choices.platforms", lambda _stamp: [tuple(row) for row in session.execute(query)])
