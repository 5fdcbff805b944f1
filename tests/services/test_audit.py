"""The audit trail holds: bound, gapless, and it says where it was tampered with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import update

from crm.models import AuditEntry
from crm.services import audit


def test_an_untouched_trail_verifies(database, cast):
    with database.writing() as session:
        for n in range(3):
            audit.record(session, cast.officer, "lead.edited", ("lead", n), {"a": n}, {"a": n + 1})
    with database.reading() as session:
        verdict = audit.verify(session)
    assert (verdict.checked, verdict.broken_at) == (3, None)


def test_a_changed_entry_is_named(database, cast):
    with database.writing() as session:
        for n in range(3):
            audit.record(session, cast.officer, "lead.edited", ("lead", n))
    with database.writing() as session:
        session.execute(update(AuditEntry).where(AuditEntry.sequence == 2).values(action="lead.viewed"))
    with database.reading() as session:
        assert audit.verify(session).broken_at == 2


def test_a_deleted_last_entry_is_named(database, cast):
    with database.writing() as session:
        for n in range(3):
            audit.record(session, None, "session.opened", ("person", n))
    with database.writing() as session:
        session.delete(session.query(AuditEntry).filter_by(sequence=3).one())
    with database.reading() as session:
        assert audit.verify(session).broken_at == 3


def test_parallel_writers_never_fork_the_chain(own_database):
    def write(n: int) -> None:
        with own_database.writing() as session:
            audit.record(session, None, "x.y", ("lead", n))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(40)))
    with own_database.reading() as session:
        verdict = audit.verify(session)
    assert (verdict.checked, verdict.broken_at) == (40, None)
