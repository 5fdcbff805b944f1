"""Names of what the fields of two records point at: segments, platforms, contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Contact, Platform, Segment
from crm.services.merging.compare import FieldRow


@dataclass(frozen=True, slots=True)
class Names:
    """By id or key; contacts in full, for the page to mask."""

    segments: Mapping[int, str] = field(default_factory=dict)
    platforms: Mapping[str, str] = field(default_factory=dict)
    contacts: Mapping[int, str] = field(default_factory=dict)


def names(session: Session, rows: tuple[FieldRow, ...]) -> Names:
    """The names that these fields need: at most three statements."""
    values: dict[str, set[object]] = {"segment_id": set(), "platforms": set(), "contact_id": set()}
    for row in rows:
        for side in (row.winner, row.loser):
            for column in values.keys() & side.keys():
                value = side[column]
                values[column] |= set(value) if isinstance(value, list) else {value} - {None}
    return Names(
        segments=_named(session, Segment.id, Segment.name, values["segment_id"]),
        platforms=_named(session, Platform.key, Platform.name, values["platforms"]),
        contacts=_named(session, Contact.id, Contact.name, values["contact_id"]),
    )


def _named(session: Session, key, name, wanted: set[object]) -> dict:
    return dict(session.execute(select(key, name).where(key.in_(wanted))).all()) if wanted else {}
