"""The audit trail: one entry per login, change, reveal, export and permission change, in the same transaction.

Entries are chained by SHA-256 under the lock of one head row; without the lock the chain forked 99 times in 360 on
PostgreSQL (RELIABILITY §4). `verify` walks the chain and names the first entry that does not fit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace

from sqlalchemy import Executable, event, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction
from sqlalchemy.sql.visitors import iterate

from crm.infra.clock import now
from crm.models import AuditEntry, AuditHead

GENESIS = "0" * 64

#: Request or job id and the browser's address, set by the web and the worker at the start of their work.
request_context: ContextVar[tuple[str | None, str | None]] = ContextVar("request_context", default=(None, None))


@dataclass(frozen=True, slots=True)
class Deed:
    """What `record_many` writes down of one record."""

    action: str
    subject: tuple[str, int] | None = None
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


def record(
    session: Session,
    actor_id: int | None,
    action: str,
    subject: tuple[str, int] | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Add one entry. `before` and `after` hold plain JSON values with personal data already masked.

    What was changed so far is flushed; the entry itself waits in the session and is chained with the others just
    before the commit (or before this session reads the trail), so that the head, for which every writer of the house
    waits, is locked for three statements and not for a whole request. A rolled back savepoint takes its entries along.
    """
    record_many(session, actor_id, [Deed(action, subject, before, after)])


def record_many(session: Session, actor_id: int | None, deeds: Sequence[Deed]) -> None:
    """The same for the thousands of records of one import."""
    session.flush()
    request_id, address = request_context.get()
    at = now()
    session.info.setdefault(_WAITING, []).extend(
        {
            "at": at,
            "actor_id": actor_id,
            "action": deed.action,
            "subject_kind": deed.subject[0] if deed.subject else None,
            "subject_id": deed.subject[1] if deed.subject else None,
            "before": dict(deed.before) if deed.before is not None else None,
            "after": dict(deed.after) if deed.after is not None else None,
            "request_id": request_id,
            "address": address,
        }
        for deed in deeds
    )


# ── Chaining ─────────────────────────────────────────────────────────────────────────────────────────────────────────

#: Key in `Session.info` for entries that are not in the chain yet, and for how many there were at each savepoint.
_WAITING, _MARKS = "audit_waiting", "audit_marks"
_CHUNK = 500


def chain(session: Session) -> None:
    """Put the entries that wait into the chain; the head stays locked until the transaction ends."""
    waiting = session.info.get(_WAITING)
    # Inside a savepoint they would be lost with it, also those that were written down before it.
    if not waiting or session.in_nested_transaction():
        return
    session.flush()
    rows, session.info[_WAITING] = waiting, []
    sequence, previous = _lock_head(session)
    for row in rows:
        sequence += 1
        row |= {"sequence": sequence, "previous_hash": previous}
        previous = row["hash"] = digest(SimpleNamespace(**row))  # type: ignore[arg-type]
    for start in range(0, len(rows), _CHUNK):
        session.execute(insert(AuditEntry.__table__), rows[start : start + _CHUNK])  # type: ignore[arg-type]
    session.execute(_HEAD.update().values(sequence=sequence, hash=previous))


_HEAD = AuditHead.__table__


def _lock_head(session: Session) -> tuple[int, str]:
    """Sequence and hash of the head row, locked until the transaction ends; made by the first writer ever."""
    query = select(_HEAD.c.sequence, _HEAD.c.hash).with_for_update()
    head = session.execute(query).first()
    if head is None:
        try:
            with session.begin_nested():
                session.execute(_HEAD.insert().values(id=1, sequence=0, hash=GENESIS))
        except IntegrityError:
            # Another first writer was faster; its row is there now.
            pass
        head = session.execute(query).one()
    return head.sequence, head.hash


def _chain_at_commit(session: Session) -> None:
    """The release of a savepoint comes here too, and is no commit: its entries go on waiting."""
    chain(session)


def _chain_before_reading(state: ORMExecuteState) -> None:
    """A unit of work that reads the trail finds its own entries there."""
    if state.session.info.get(_WAITING) and state.is_select and _reads_trail(state.statement):
        chain(state.session)


def _reads_trail(statement: Executable) -> bool:
    """Whether the table stands anywhere in it; asked only while entries wait."""
    return any(getattr(part, "name", None) == AuditEntry.__tablename__ for part in iterate(statement))


def _mark_savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        marks = session.info.setdefault(_MARKS, {})
        marks[transaction] = len(session.info.get(_WAITING, ()))


def _drop_undone(session: Session, transaction: SessionTransaction) -> None:
    """What was rolled back did not happen: its entries are dropped."""
    waiting, marks = session.info.get(_WAITING, []), session.info.get(_MARKS, {})
    if transaction.nested:
        del waiting[marks.pop(transaction, len(waiting)) :]
    elif transaction.parent is None:
        waiting.clear()
    # Else it is a failed flush: the savepoint or transaction around it will come here itself.


def _forget_savepoints(session: Session, transaction: SessionTransaction) -> None:
    # A savepoint's mark must outlive its own end: the rollback is told of afterwards.
    if transaction.parent is None:
        session.info.pop(_MARKS, None)


def watch() -> None:
    """Hang the listeners on all sessions, after those that write before a commit; a second call does nothing."""
    if event.contains(Session, "before_commit", _chain_at_commit):
        return
    event.listen(Session, "before_commit", _chain_at_commit)
    event.listen(Session, "do_orm_execute", _chain_before_reading)
    event.listen(Session, "after_transaction_create", _mark_savepoint)
    event.listen(Session, "after_soft_rollback", _drop_undone)
    event.listen(Session, "after_transaction_end", _forget_savepoints)


def digest(entry: AuditEntry) -> str:
    """SHA-256 over the canonical JSON of everything in the entry but its own hash."""
    content = {
        "sequence": entry.sequence,
        "at": _moment(entry.at),
        "actor_id": entry.actor_id,
        "action": entry.action,
        "subject": [entry.subject_kind, entry.subject_id],
        "before": entry.before,
        "after": entry.after,
        "request_id": entry.request_id,
        "address": entry.address,
        "previous": entry.previous_hash,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of `verify`: how many entries were walked, and the first that does not fit."""

    checked: int
    broken_at: int | None = None
    reason: str | None = None


def verify(session: Session, last: int | None = None) -> Verdict:
    """Walk the chain: gapless sequence, each hash right, each bound to the one before, head at the end.

    With `last` only that many entries at the end are walked, for pages that cannot wait; `checked` counts them.
    """
    chain(session)
    start = _start(session, last)
    previous, expected = GENESIS, 1
    if start > 1:
        before = session.scalar(select(AuditEntry).where(AuditEntry.sequence == start - 1))
        if before is None:
            return Verdict(0, start - 1, "missing entry")
        previous, expected = before.hash, start
    walked = _walk(session, previous, expected)
    return Verdict(walked.checked - start + 1, walked.broken_at, walked.reason)


def _start(session: Session, last: int | None) -> int:
    head = session.get(AuditHead, 1, populate_existing=True)
    return max(1, head.sequence - last + 1) if last is not None and head is not None else 1


def _walk(session: Session, previous: str, expected: int) -> Verdict:
    """Walk from the entry `expected` on; `checked` is the last sequence that fits."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.sequence >= expected)
        .order_by(AuditEntry.sequence)
        .execution_options(yield_per=1000)
    )
    with closing(session.scalars(query)) as entries:
        for entry in entries:
            if entry.sequence != expected:
                return Verdict(expected - 1, expected, "missing entry")
            if entry.previous_hash != previous:
                return Verdict(expected - 1, expected, "not bound to the entry before")
            if digest(entry) != entry.hash:
                return Verdict(expected - 1, expected, "content was changed")
            previous, expected = entry.hash, expected + 1
    head = session.get(AuditHead, 1, populate_existing=True)
    if head is not None and (head.sequence != expected - 1 or head.hash != previous):
        return Verdict(expected - 1, expected, "entries at the end are missing")
    return Verdict(expected - 1)
