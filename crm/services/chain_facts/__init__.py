"""What is known of every chain, worked out: segments with status, action, priority, firms, space (MATCHING B).

`facts(session, key)` and `all_facts(session)` are kept by the process until maps, projects, purchases or the inventory
change, or the day does; they know no actor, so that whoever shows leads or projects asks `aims`, which does.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.domain.errors import NotFound
from crm.domain.labels import N_
from crm.infra.clock import today
from crm.services.chain_facts.aims import Aims, aims
from crm.services.chain_facts.building import build
from crm.services.chain_facts.model import (
    ChainFacts,
    EdgeFacts,
    FirmFacts,
    GroupFacts,
    Rank,
    Room,
    SegmentFacts,
)
from crm.services.chain_facts.reading import MONTHS_KEY, Calendar, calendar, read_rows
from crm.services.chain_facts.rooms import RoomRow, read_rooms
from crm.services.kept import kept_maps

__all__ = [
    "MONTHS_KEY",
    "Aims",
    "Calendar",
    "ChainFacts",
    "EdgeFacts",
    "FirmFacts",
    "GroupFacts",
    "Rank",
    "Room",
    "RoomRow",
    "SegmentFacts",
    "aims",
    "all_facts",
    "calendar",
    "facts",
    "read_rooms",
    "room_rows",
]


def all_facts(session: Session) -> tuple[ChainFacts, ...]:
    """Every chain that has a map, in the order of pages."""
    days = calendar(session, today())

    def read(_stamp: str | None) -> tuple[ChainFacts, ...]:
        return build(read_rows(session), read_rooms(session), days)

    return kept_maps(session, f"chain facts on {days.today}, surveys of {days.months} months", read)


def facts(session: Session, key: str) -> ChainFacts:
    """One chain. NotFound for a key that is none, or whose chain has no map."""
    for chain in all_facts(session):
        if chain.key == key:
            return chain
    raise NotFound(N_("没有这条产业链。"))


def room_rows(session: Session, segment: SegmentFacts) -> list[RoomRow]:
    """Every offer that can be had beside the segment's template, fitting ones first; nothing without a template."""
    return read_rooms(session).rows(segment.template) if segment.template else []
