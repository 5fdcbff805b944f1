"""Parks as plans name them: by key, or by name where a park has no key."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Park


def ref(park: Park) -> str:
    """How a plan refers to the park."""
    return park.key or park.name


def park_names(session: Session) -> Mapping[str, str]:
    """Name by reference, in the order of pinyin."""
    rows = session.execute(select(Park.key, Park.name).order_by(Park.pinyin, Park.id))
    return {key or name: name for key, name in rows}


def park_choices(session: Session) -> list[tuple[int, str]]:
    """Every park by id, in the order of pinyin."""
    return [(key, name) for key, name in session.execute(select(Park.id, Park.name).order_by(Park.pinyin, Park.id))]


def referred(session: Session, refs: tuple[str, ...]) -> Mapping[str, Park]:
    """The parks that a plan names, by reference; one that is gone is absent."""
    if not refs:
        return {}
    rows = session.scalars(select(Park).where(Park.key.in_(refs) | Park.name.in_(refs)))
    found: dict[str, Park] = {}
    for park in rows:
        for name in (park.key, park.name):
            if name in refs:
                found[name] = park
    return found
