"""The names that cells may mention, read once a file: segments, platforms, people, parks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.importing.cells import Lookups, name_key
from crm.models import Chain, Park, ParkAlias, Person, Platform, Segment


def lookups(session: Session) -> Lookups:
    """Everything that a name in a table may mean. What the person may do with it is decided later."""
    return Lookups(
        segments=_named(segment_names(session)),
        platforms=_platforms(session),
        people=_named(
            (name, person_id)
            for name, person_id in session.execute(
                select(Person.name, Person.id).where(Person.role.in_((Role.OFFICER, Role.CHIEF)))
            )
        ),
        parks=_named(
            [
                *((name, park_id) for name, park_id in session.execute(select(Park.name, Park.id))),
                *((name, park_id) for name, park_id in session.execute(select(ParkAlias.name, ParkAlias.park_id))),
            ]
        ),
    )


def segment_names(session: Session) -> list[tuple[str, int]]:
    """Each segment under its own name and as 「产业链/环节」."""
    rows = session.execute(select(Chain.name, Segment.name, Segment.id).join(Segment.chain)).all()
    return [pair for chain, name, key in rows for pair in ((name, key), (f"{chain}/{name}", key))]


def segment_choices(session: Session) -> list[str]:
    """「产业链/环节」 for the drop-down list of a template, in the order of the maps."""
    rows = session.execute(
        select(Chain.name, Segment.name).join(Segment.chain).order_by(Chain.sort, Chain.id, Segment.sort, Segment.id)
    )
    return [f"{chain}/{name}" for chain, name in rows]


def names_to_write(session: Session) -> dict[str, dict]:
    """The other direction, for exports: by field, what an id is called so that `lookups` finds it again."""
    return {
        "segment": {
            key: f"{chain}/{name}"
            for chain, name, key in session.execute(select(Chain.name, Segment.name, Segment.id).join(Segment.chain))
        },
        "owner": dict(session.execute(select(Person.id, Person.name)).all()),
        "park": dict(session.execute(select(Park.id, Park.name)).all()),
        "platforms": dict(session.execute(select(Platform.key, Platform.name)).all()),
    }


def _platforms(session: Session) -> dict[str, str]:
    rows = session.execute(select(Platform.name, Platform.key)).all()
    return {name_key(word): key for name, key in rows for word in (name, key)}


def _named(pairs: Iterable[tuple[str, int]]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, set[int]] = defaultdict(set)
    for name, key in pairs:
        found[name_key(name)].add(key)
    return {name: tuple(sorted(keys)) for name, keys in found.items()}
