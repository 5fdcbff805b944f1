"""The audit trail holds: bound, gapless, and it says where it was tampered with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete, func, select, update

from crm.domain.errors import Throttled
from crm.models import AuditEntry, ContactReveal, Lead
from crm.services import audit, contacts
from crm.services.access import actor_for
from tests.cast import make_cast
from tests.factories import make_lead
from tests.statements import counted


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


def _fill(database, count: int = 5) -> None:
    for n in range(count):
        with database.writing() as session:
            audit.record(session, None, "lead.edited", ("lead", n), {"a": n}, {"a": n + 1})


def _verdict(database) -> tuple[int | None, str | None]:
    with database.reading() as session:
        found = audit.verify(session)
    return found.broken_at, found.reason


def _rehash(session, entry) -> None:
    entry.hash = audit.digest(entry)


def test_a_changed_value_is_named_even_with_a_hash_made_to_fit(database):
    _fill(database)
    with database.writing() as session:
        entry = session.query(AuditEntry).filter_by(sequence=2).one()
        entry.after = {"a": 99}
        _rehash(session, entry)
    assert _verdict(database) == (3, "not bound to the entry before")


def test_a_removed_entry_is_named(database):
    _fill(database)
    with database.writing() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.sequence == 3))
    assert _verdict(database) == (3, "missing entry")


def test_a_removed_first_entry_is_named(database):
    _fill(database)
    with database.writing() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.sequence == 1))
    assert _verdict(database) == (1, "missing entry")


def test_a_removed_entry_whose_successors_were_moved_up_is_named(database):
    _fill(database)
    with database.writing() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.sequence == 3))
        for sequence in (4, 5):
            session.execute(update(AuditEntry).where(AuditEntry.sequence == sequence).values(sequence=sequence - 1))
    assert _verdict(database) == (3, "not bound to the entry before")


def test_a_cut_off_end_is_named_also_when_much_is_missing(database):
    _fill(database)
    with database.writing() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.sequence > 2))
    assert _verdict(database) == (3, "entries at the end are missing")


def test_an_inserted_entry_is_named(database):
    _fill(database)
    with database.writing() as session:
        session.execute(update(AuditEntry).where(AuditEntry.sequence == 5).values(sequence=6))
        session.execute(update(AuditEntry).where(AuditEntry.sequence == 4).values(sequence=5))
        before = session.query(AuditEntry).filter_by(sequence=3).one()
        forged = AuditEntry(sequence=4, at=before.at, action="lead.edited", previous_hash=before.hash, hash="")
        _rehash(session, forged)
        session.add(forged)
    assert _verdict(database) == (5, "not bound to the entry before")


def test_an_appended_entry_that_the_head_does_not_know_is_named(database):
    _fill(database)
    with database.writing() as session:
        before = session.query(AuditEntry).filter_by(sequence=5).one()
        forged = AuditEntry(sequence=6, at=before.at, action="x.y", previous_hash=before.hash, hash="")
        _rehash(session, forged)
        session.add(forged)
    assert _verdict(database)[0] is not None


def test_two_entries_that_changed_places_are_named(database):
    _fill(database)
    with database.writing() as session:
        for old, new in ((3, 90), (4, 3), (90, 4)):
            session.execute(update(AuditEntry).where(AuditEntry.sequence == old).values(sequence=new))
    assert _verdict(database) == (3, "not bound to the entry before")


def test_a_trail_without_entries_but_with_a_head_is_named(database):
    _fill(database, 1)
    with database.writing() as session:
        session.execute(delete(AuditEntry))
    assert _verdict(database) == (1, "entries at the end are missing")


def test_the_head_is_locked_once_just_before_the_commit(database):
    _fill(database, 1)
    with counted() as statements, database.writing() as session:
        for n in range(20):
            audit.record(session, None, "lead.edited", ("lead", n))
        assert statements == []
    touching = [statement for statement in statements if "audit_" in statement]
    assert [statement.split()[0] for statement in touching] == ["SELECT", "INSERT", "UPDATE"]
    assert _verdict(database) == (None, None)


def test_an_entry_is_there_for_who_reads_the_trail_in_the_same_unit_of_work(database):
    with database.writing() as session:
        audit.record(session, None, "lead.edited", ("lead", 1))
        assert session.scalars(select(AuditEntry.action)).all() == ["lead.edited"]
        audit.record(session, None, "lead.screened", ("lead", 1))
    with database.reading() as session:
        assert audit.verify(session).checked == 2


def test_a_rolled_back_savepoint_takes_its_entries_along_and_no_others(database):
    with database.writing() as session:
        audit.record(session, None, "a.before")
        undone = session.begin_nested()
        audit.record(session, None, "b.undone")
        with session.begin_nested():
            audit.record(session, None, "c.undone too")
        undone.rollback()
        with session.begin_nested():
            audit.record(session, None, "d.kept")
        audit.record(session, None, "e.after")
    with database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)).all()
        assert actions == ["a.before", "d.kept", "e.after"]
        assert audit.verify(session).broken_at is None


def test_a_rolled_back_unit_of_work_leaves_no_entry(database):
    session = database.open(writer=True)
    audit.record(session, None, "a.undone")
    database.finish(session, commit=False)
    with database.reading() as session:
        assert audit.verify(session).checked == 0


def test_eight_writers_with_several_entries_each_never_fork_the_chain(own_database):
    """Real connections; a third of the units of work are rolled back half-way, some write inside savepoints."""

    def write(n: int) -> None:
        try:
            with own_database.writing() as session:
                audit.record(session, None, "x.first", ("lead", n))
                with session.begin_nested():
                    audit.record(session, None, "x.second", ("lead", n))
                if n % 3 == 0:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(120)))
    with own_database.reading() as session:
        verdict = audit.verify(session)
        kept = session.scalars(select(AuditEntry.subject_id).order_by(AuditEntry.sequence)).all()
    assert (verdict.checked, verdict.broken_at) == (160, None)
    assert sorted(kept) == sorted([n for n in range(120) if n % 3] * 2)


def test_the_hourly_limit_of_shown_contacts_holds_for_eight_at_once(own_database):
    with own_database.writing() as session:
        cast = make_cast(session)
        lead = make_lead(session, cast.officer)
        lead_id, contact_id = lead.id, lead.contact_id

    def look(_n: int) -> bool:
        try:
            with own_database.writing() as session:
                actor = actor_for(session, cast.officer)
                contacts.reveal(session, actor, session.get(Lead, lead_id), contact_id)
        except Throttled:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        shown = list(pool.map(look, range(40)))
    limit = contacts.REVEALS_PER_HOUR
    assert sum(shown) == limit
    with own_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ContactReveal)) == limit
        revealed = select(func.count(AuditEntry.id)).where(AuditEntry.action == "contact.revealed")
        assert session.scalar(revealed) == limit
        assert audit.verify(session).broken_at is None
