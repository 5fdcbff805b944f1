"""In-app notices: told once per key, read at the bell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from crm.infra.clock import now
from crm.models import Notice, Person
from crm.services.access import Actor


def tell(
    session: Session,
    person_ids: Iterable[int],
    kind: str,
    key: str,
    subject: tuple[str, int] | None = None,
    **params: object,
) -> int:
    """Tell each active person once per `key`; returns how many were told now. Nobody is told of what they did."""
    wanted = set(person_ids)
    if not wanted:
        return 0
    known = set(session.scalars(select(Notice.person_id).where(Notice.key == key, Notice.person_id.in_(wanted))))
    people = session.execute(
        select(Person.id, Person.is_demo).where(Person.id.in_(wanted - known), Person.is_active)
    ).all()
    for person_id, is_demo in people:
        session.add(
            Notice(
                person_id=person_id,
                kind=kind,
                key=key,
                params=params,
                subject_kind=subject[0] if subject else None,
                subject_id=subject[1] if subject else None,
                created_at=now(),
                is_demo=is_demo,
            )
        )
    return len(people)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One notice to one person; person and key together make it unique."""

    person_id: int
    kind: str
    key: str
    subject: tuple[str, int] | None = None
    params: Mapping[str, object] = field(default_factory=dict)


def tell_many(session: Session, tellings: Sequence[Telling]) -> int:
    """Many notices in a few statements, each once by its key; returns how many were told now.

    Whoever calls has made sure that the people are active.
    """
    chunk = 400
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    keys = sorted({telling.key for telling in tellings})
    known: set[tuple[int, str]] = set()
    for start in range(0, len(keys), chunk):
        query = select(Notice.person_id, Notice.key).where(Notice.key.in_(keys[start : start + chunk]))
        known.update(tuple(row) for row in session.execute(query))
    new = [telling for telling in tellings if (telling.person_id, telling.key) not in known]
    demo: dict[int, bool] = {}
    if new:
        people = select(Person.id, Person.is_demo).where(Person.id.in_({t.person_id for t in new}))
        demo = dict(session.execute(people).all())
    for start in range(0, len(new), chunk):
        rows = [
            {
                "person_id": telling.person_id,
                "kind": telling.kind,
                "key": telling.key,
                "params": dict(telling.params),
                "subject_kind": telling.subject[0] if telling.subject else None,
                "subject_id": telling.subject[1] if telling.subject else None,
                "created_at": now(),
                "is_demo": demo.get(telling.person_id, False),
            }
            for telling in new[start : start + chunk]
        ]
        session.execute(insert(Notice).values(rows).on_conflict_do_nothing())
    return len(new)


def unread_count(session: Session, actor: Actor) -> int:
    """How many notices the person has not read; an index answers it."""
    return (
        session.scalar(
            select(func.count()).select_from(Notice).where(Notice.person_id == actor.id, Notice.read_at.is_(None))
        )
        or 0
    )


def recent(session: Session, actor: Actor, limit: int = 50) -> list[Notice]:
    """The person's own notices, newest first."""
    query = select(Notice).where(Notice.person_id == actor.id).order_by(Notice.id.desc()).limit(limit)
    return list(session.scalars(query))


def mark_read(session: Session, actor: Actor, notice_ids: Iterable[int] | None = None) -> None:
    """Mark the person's own notices as read: the given ones, or all."""
    change = update(Notice).where(Notice.person_id == actor.id, Notice.read_at.is_(None)).values(read_at=now())
    if notice_ids is not None:
        change = change.where(Notice.id.in_(list(notice_ids)))
    session.execute(change)
