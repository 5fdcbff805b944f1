"""Whether a database holds anything yet: `up` and `seed` load the district only where there is none."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Person, Platform


def has_district(session: Session) -> bool:
    """True once a district is loaded."""
    return session.scalar(select(Platform.id).limit(1)) is not None


def is_empty(session: Session) -> bool:
    """True before anybody loaded a district or created an account."""
    has_people = session.scalar(select(Person.id).limit(1)) is not None
    return not has_district(session) and not has_people
