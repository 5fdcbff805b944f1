"""Whether a database holds anything yet: `up` loads the district only into an empty one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Person, Platform


def is_empty(session: Session) -> bool:
    """True before anybody loaded a district or created an account."""
    has_district = session.scalar(select(Platform.id).limit(1)) is not None
    has_people = session.scalar(select(Person.id).limit(1)) is not None
    return not has_district and not has_people
