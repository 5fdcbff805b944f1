"""Collecting a week's data set, freezing it, and reading it back: frozen if it was, live otherwise (DOMAIN §7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, joinedload

from crm.domain.calendar import IsoWeek, week_bounds
from crm.domain.frozen import freeze, thaw
from crm.domain.reports import RECEIVERS, Voice, WeekData
from crm.infra.clock import civil_date, now
from crm.models import Person, WeeklySnapshot
from crm.services.access import Actor, actor_of
from crm.services.reports import gaps
from crm.services.reports.history import walks
from crm.services.reports.officers import officer_part
from crm.services.reports.parks import park_part
from crm.services.reports.pipeline import leader_part


@dataclass(frozen=True, slots=True)
class Week:
    """A week's data and when it was frozen; None while it still runs or was never planned."""

    data: WeekData
    frozen_at: datetime | None


def receivers(session: Session, voice: Voice | None = None) -> list[Person]:
    """Active people who get the report, of one voice or of all, in a stable order."""
    roles = RECEIVERS[voice] if voice else frozenset().union(*RECEIVERS.values())
    query = select(Person).where(Person.is_active, Person.role.in_(roles)).options(joinedload(Person.section))
    return list(session.scalars(query.order_by(Person.id)))


def collect(session: Session, week: IsoWeek, at: datetime | None = None, readers: Iterable[Actor] = ()) -> WeekData:
    """The data set as it is now: the leaders' part always, the parts of officers and managers for `readers`."""
    at = at or now()
    from_at, until_at = week_bounds(week)
    readers = list(readers)
    officers = [actor for actor in readers if actor.role in RECEIVERS[Voice.OFFICER]]
    steps = walks(session, until_at) if officers else []
    moved = gaps.moves(session, from_at, until_at)
    return WeekData(
        week=str(week),
        from_at=from_at,
        until_at=until_at,
        taken_at=at,
        day=civil_date(at),
        leader=leader_part(session, from_at, until_at, at, moved),
        officers={actor.id: officer_part(session, actor, steps, (from_at, until_at), at, moved) for actor in officers},
        parks={
            actor.id: park_part(session, actor, from_at, until_at)
            for actor in readers
            if actor.role in RECEIVERS[Voice.PARK]
        },
    )


def freeze_week(session: Session, week: IsoWeek, at: datetime | None = None) -> bool:
    """Store the week's data set, once. False if it is stored already. Needs a writing session."""
    if _stored(session, week) is not None:
        return False
    readers = [actor_of(session, person) for person in receivers(session)]
    data = collect(session, week, at, readers)
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    row = {
        "week": data.week,
        "from_at": data.from_at,
        "until_at": data.until_at,
        "frozen_at": data.taken_at,
        "data": freeze(data),
    }
    made = session.execute(insert(WeeklySnapshot).values(row).on_conflict_do_nothing().returning(WeeklySnapshot.id))
    return made.first() is not None


def read_week(session: Session, week: IsoWeek, readers: Sequence[Actor] = ()) -> Week:
    """The frozen data set; for a week that was not frozen, what the log says now."""
    stored = _stored(session, week)
    if stored is not None:
        return Week(thaw(WeekData, stored.data), stored.frozen_at)
    return Week(collect(session, week, readers=readers), None)


def frozen_weeks(session: Session, limit: int = 26) -> list[Week]:
    """The newest frozen weeks, newest first."""
    query = select(WeeklySnapshot).order_by(WeeklySnapshot.from_at.desc()).limit(limit)
    return [Week(thaw(WeekData, row.data), row.frozen_at) for row in session.scalars(query)]


def _stored(session: Session, week: IsoWeek) -> WeeklySnapshot | None:
    return session.scalar(select(WeeklySnapshot).where(WeeklySnapshot.week == str(week)))
