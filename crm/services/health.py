"""Is it alive, is it ready: the database, the broker, the beat's last sign of life, the oldest mail that waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import redis
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, joinedload

from crm.infra.clock import now
from crm.infra.config import Settings
from crm.models import Heartbeat, OutboxMail

#: Name of the heartbeat that ticks through beat, broker and worker.
WORKER = "worker"
#: A dead worker is visible within three minutes (RELIABILITY §1).
SILENT_AFTER = timedelta(minutes=3)
#: A mail that is due for longer than this means that delivery stands still.
LATE_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `note` is for administrators and holds no secret."""

    name: str
    good: bool
    note: str


def beat(session: Session, name: str) -> None:
    """Record a sign of life."""
    row = session.get(Heartbeat, name)
    if row is None:
        session.add(Heartbeat(name=name, beat_at=now()))
    else:
        row.beat_at = now()


def readiness(session: Session, settings: Settings) -> list[Check]:
    """All checks, in the order of what breaks first."""
    database = _database(session)
    checks = [database, _broker(settings)]
    if database.good:
        checks += [_heartbeat(session), _outbox(session)]
    return checks


def _database(session: Session) -> Check:
    try:
        session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return Check("database", False, type(error).__name__)
    return Check("database", True, session.get_bind().dialect.name)


def _broker(settings: Settings) -> Check:
    if settings.redis_url is None:
        return Check("broker", False, "LIANTU_REDIS_URL is not set; mails leave with `python -m crm mail run-once`")
    client = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2)
    try:
        client.ping()
    except redis.RedisError as error:
        return Check("broker", False, type(error).__name__)
    finally:
        client.close()
    return Check("broker", True, "answers")


def _heartbeat(session: Session) -> Check:
    row = session.get(Heartbeat, WORKER)
    if row is None:
        return Check("worker", False, "no sign of life yet")
    age = now() - row.beat_at
    return Check("worker", age < SILENT_AFTER, f"last sign of life {int(age.total_seconds())} s ago")


def _outbox(session: Session) -> Check:
    oldest = session.scalar(
        select(func.min(OutboxMail.next_at)).where(OutboxMail.state.in_(["pending", "claimed", "in_doubt"]))
    )
    failed = session.scalar(select(func.count(OutboxMail.id)).where(OutboxMail.state.in_(["failed", "held"]))) or 0
    late = oldest is not None and now() - oldest > LATE_AFTER
    waiting = f"oldest waits {int((now() - oldest).total_seconds())} s" if oldest and oldest < now() else "nothing due"
    return Check("outbox", not late, f"{waiting}; {failed} failed or held")


def outbox_counts(session: Session) -> dict[str, int]:
    """Mails by state, for metrics and the desk of administrators."""
    return dict(session.execute(select(OutboxMail.state, func.count(OutboxMail.id)).group_by(OutboxMail.state)).all())


def stuck_mails(session: Session, limit: int = 50) -> list[OutboxMail]:
    """Mails that need a person: refused for good, or held until somebody says so."""
    query = select(OutboxMail).where(OutboxMail.state.in_(["failed", "held"])).options(joinedload(OutboxMail.recipient))
    return list(session.scalars(query.order_by(OutboxMail.id.desc()).limit(limit)))
