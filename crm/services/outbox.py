"""The outbox: what is to be sent, who is sending it, and what became of it (RELIABILITY §1).

The database is the truth and the queue only a bell. Every change of state is compare-and-set: it names the state and
the token it expects, and tells whether it found them. Nobody holds a transaction while talking to a mail server:
`claim`, `mark_in_doubt` and `settle_*` are each one short unit of work of the caller's.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from crm.domain.delivery import MailState, Resolve, message_id, next_try, pause_unreachable
from crm.infra.clock import now
from crm.models import OutboxMail, Person
from crm.services.access import Actor, actor_for

#: Rows of one INSERT: SQLite takes 32,766 parameters.
_CHUNK = 500
_ERROR_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A mail to be sent once: `recipient_id`, `kind` and `period` together make it unique."""

    recipient_id: int
    kind: str
    period: str
    params: Mapping[str, object] = field(default_factory=dict)
    #: Not before this instant.
    at: datetime
    #: Not after this one; None for mails that stay worth sending.
    expires_at: datetime | None = None
    resolve: Resolve = Resolve.RESEND
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail that is ours until the lease ends; whoever settles it shows the token."""

    id: int
    recipient_id: int
    kind: str
    period: str
    params: Mapping[str, object]
    message_id: str
    attempts: int
    token: str
    lease_until: datetime
    #: It was in doubt before: look for evidence of its Message-ID first, and send only if there is none.
    verify: bool
    is_demo: bool


def put(session: Session, mails: Sequence[Planned], domain: str) -> int:
    """Plan mails; those that are planned already stay as they are. Returns how many are new.

    `domain` is the right side of Message-IDs, taken from the configured sender.
    """
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    new = 0
    for start in range(0, len(mails), _CHUNK):
        rows = [_row(mail, domain) for mail in mails[start : start + _CHUNK]]
        new += len(
            session.scalars(insert(OutboxMail).values(rows).on_conflict_do_nothing().returning(OutboxMail.id)).all()
        )
    return new


def _row(mail: Planned, domain: str) -> dict[str, object]:
    moment = now()
    return {
        "recipient_id": mail.recipient_id,
        "kind": mail.kind,
        "period": mail.period,
        "params": dict(mail.params),
        "message_id": message_id(mail.kind, mail.period, mail.recipient_id, domain),
        "state": MailState.PENDING.value,
        "attempts": 0,
        "next_at": mail.at,
        "expires_at": mail.expires_at,
        "resolve": mail.resolve.value,
        "is_demo": mail.is_demo,
        "created_at": moment,
        "updated_at": moment,
    }


# ── Claiming ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def tidy(session: Session, at: datetime | None = None) -> int:
    """Settle what nobody may claim any more: mails past their time expire, doubtful ones to be held are held.

    Returns how many changed. Needs a writing session.
    """
    at = at or now()
    waiting = _waiting(at)
    late = session.execute(
        update(OutboxMail)
        .where(waiting, OutboxMail.expires_at <= at)
        .values(_settled(MailState.EXPIRED, at, error="its time is over"))
    )
    held = session.execute(
        update(OutboxMail)
        .where(_abandoned(MailState.IN_DOUBT, at), OutboxMail.resolve == Resolve.HOLD.value)
        .values(_settled(MailState.HELD, at, error="nobody knows whether it arrived"))
    )
    return late.rowcount + held.rowcount


def claim(session: Session, limit: int, lease: timedelta, at: datetime | None = None) -> list[Claim]:
    """Take up to `limit` mails that are due, oldest first; each is ours until its lease ends.

    Due are pending mails whose time has come, and those whose last owner let the lease run out: claimed ones never
    left the house, doubtful ones are sent again or verified as their `resolve` says. Needs a writing session:
    PostgreSQL skips rows that another process is claiming, SQLite has one writer at a time.
    """
    at = at or now()
    query = (
        select(OutboxMail)
        .where(
            or_(
                _waiting(at),
                and_(_abandoned(MailState.IN_DOUBT, at), OutboxMail.resolve != Resolve.HOLD.value),
            ),
            or_(OutboxMail.expires_at.is_(None), OutboxMail.expires_at > at),
        )
        .order_by(OutboxMail.next_at, OutboxMail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_take(mail, at, lease) for mail in session.scalars(query)]


def _take(mail: OutboxMail, at: datetime, lease: timedelta) -> Claim:
    verify = mail.state == MailState.IN_DOUBT and mail.resolve == Resolve.VERIFY
    mail.state = MailState.CLAIMED.value
    mail.token = secrets.token_urlsafe(16)
    mail.lease_until = at + lease
    mail.attempts += 1
    return Claim(
        id=mail.id,
        recipient_id=mail.recipient_id,
        kind=mail.kind,
        period=mail.period,
        params=dict(mail.params),
        message_id=mail.message_id,
        attempts=mail.attempts,
        token=mail.token,
        lease_until=mail.lease_until,
        verify=verify,
        is_demo=mail.is_demo,
    )


def _waiting(at: datetime) -> ColumnElement[bool]:
    """Pending and due, or claimed by somebody who did not come back: nothing of it has left."""
    return or_(
        and_(OutboxMail.state == MailState.PENDING.value, OutboxMail.next_at <= at),
        _abandoned(MailState.CLAIMED, at),
    )


def _abandoned(state: MailState, at: datetime) -> ColumnElement[bool]:
    return and_(OutboxMail.state == state.value, OutboxMail.lease_until <= at)


# ── Settling: each returns whether the mail was still ours ───────────────────────────────────────────────────────────


def mark_in_doubt(session: Session, claimed: Claim, lease: timedelta, at: datetime | None = None) -> bool:
    """Immediately before the text leaves. False: the lease is over, somebody else may have it, do not send."""
    at = at or now()
    return _compare_and_set(
        session,
        claimed,
        (MailState.CLAIMED,),
        {"state": MailState.IN_DOUBT.value, "lease_until": at + lease, "updated_at": at},
        OutboxMail.lease_until > at,
    )


def settle_sent(session: Session, claimed: Claim, at: datetime | None = None) -> bool:
    """The server has taken it, or evidence of it was found."""
    at = at or now()
    values = _settled(MailState.SENT, at) | {"sent_at": at, "last_error": None}
    return _compare_and_set(session, claimed, (MailState.IN_DOUBT, MailState.CLAIMED), values)


def settle_refused(
    session: Session, claimed: Claim, error: str, *, final: bool = False, at: datetime | None = None
) -> bool:
    """It certainly did not arrive: try again later, or give it up if `final` or tried often enough."""
    at = at or now()
    again = None if final else next_try(claimed.attempts, at)
    if again is None:
        values = _settled(MailState.FAILED, at, error=error)
    else:
        values = _settled(MailState.PENDING, at, error=error) | {"next_at": again}
    return _compare_and_set(session, claimed, (MailState.CLAIMED, MailState.IN_DOUBT), values)


def give_back(session: Session, claimed: Claim, *, tried: bool, at: datetime | None = None) -> bool:
    """The mail server does not answer: back to pending for a moment. `tried` is False for a mail not yet begun with."""
    at = at or now()
    values = _settled(MailState.PENDING, at) | {"next_at": at + pause_unreachable(claimed.attempts)}
    if tried:
        values["last_error"] = "the mail server does not answer"
    else:
        values["attempts"] = claimed.attempts - 1
    return _compare_and_set(session, claimed, (MailState.CLAIMED,), values)


def settle_expired(session: Session, claimed: Claim, reason: str, at: datetime | None = None) -> bool:
    """There is no reason to send it any more: its matter is settled or its reader may not see it."""
    values = _settled(MailState.EXPIRED, at or now(), error=reason)
    return _compare_and_set(session, claimed, (MailState.CLAIMED,), values)


def settle_held(session: Session, claimed: Claim, reason: str, at: datetime | None = None) -> bool:
    """A person must decide."""
    values = _settled(MailState.HELD, at or now(), error=reason)
    return _compare_and_set(session, claimed, (MailState.CLAIMED, MailState.IN_DOUBT), values)


def _settled(state: MailState, at: datetime, error: str | None = None) -> dict[str, object]:
    values: dict[str, object] = {
        "state": state.value,
        "token": None,
        "lease_until": None,
        "updated_at": at,
    }
    if error is not None:
        values["last_error"] = error[:_ERROR_LENGTH]
    return values


def _compare_and_set(
    session: Session,
    claimed: Claim,
    states: Iterable[MailState],
    values: Mapping[str, object],
    *more: ColumnElement[bool],
) -> bool:
    changed = session.execute(
        update(OutboxMail)
        .where(
            OutboxMail.id == claimed.id,
            OutboxMail.token == claimed.token,
            OutboxMail.state.in_([state.value for state in states]),
            *more,
        )
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return changed.rowcount == 1


def reader(session: Session, claimed: Claim) -> tuple[Actor, str | None]:
    """Who is to read it, as an actor with today's rights, and their address. NotFound for a closed account."""
    actor = actor_for(session, claimed.recipient_id)
    return actor, session.scalar(select(Person.email).where(Person.id == claimed.recipient_id))


# ── What operators see and do ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Status:
    """How many mails are in each state, and since when the oldest due one waits."""

    counts: Mapping[MailState, int]
    due: int
    oldest_due: datetime | None


def status(session: Session, at: datetime | None = None) -> Status:
    """The outbox at a glance, for `mail status` and readiness."""
    at = at or now()
    found = session.execute(select(OutboxMail.state, func.count()).group_by(OutboxMail.state)).all()
    counts = dict.fromkeys(MailState, 0) | {MailState(state): number for state, number in found}
    waiting = or_(_waiting(at), _abandoned(MailState.IN_DOUBT, at))
    due, oldest = session.execute(select(func.count(), func.min(OutboxMail.next_at)).where(waiting)).one()
    return Status(counts, due, oldest)


def retry(session: Session, mail_id: int) -> bool:
    """Send a failed, held or expired mail at the next opportunity, with its count of tries set back to none."""
    return _by_hand(
        session,
        mail_id,
        (MailState.FAILED, MailState.HELD, MailState.EXPIRED, MailState.PENDING),
        {"state": MailState.PENDING.value, "next_at": now(), "attempts": 0, "expires_at": None},
    )


def hold(session: Session, mail_id: int) -> bool:
    """Keep a mail that has not left from being sent until somebody releases it."""
    values = {"state": MailState.HELD.value, "last_error": "held by hand"}
    return _by_hand(session, mail_id, (MailState.PENDING, MailState.FAILED), values)


def release(session: Session, mail_id: int) -> bool:
    """Let a held mail go."""
    values = {"state": MailState.PENDING.value, "next_at": now(), "last_error": None}
    return _by_hand(session, mail_id, (MailState.HELD,), values)


def _by_hand(session: Session, mail_id: int, states: Iterable[MailState], values: Mapping[str, object]) -> bool:
    changed = session.execute(
        update(OutboxMail)
        .where(OutboxMail.id == mail_id, OutboxMail.state.in_([state.value for state in states]))
        .values({"token": None, "lease_until": None, "updated_at": now(), **values})
        .execution_options(synchronize_session=False)
    )
    return changed.rowcount == 1
