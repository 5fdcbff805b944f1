"""The outbox on both databases, with real commits and real threads: every step is compare-and-set."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from crm.domain.delivery import MAX_ATTEMPTS, MailState, Resolve, message_id, next_try, pause_after
from crm.infra.clock import now
from crm.infra.db import Database
from crm.models import OutboxMail, Person
from crm.services import outbox
from tests.cast import make_cast

LEASE = timedelta(seconds=30)
DOMAIN = "example.org"


def fill(database: Database, count: int = 1, **changes: object) -> list[int]:
    """Plan mails to one person; returns their ids."""
    with database.writing() as session:
        person = session.scalar(select(Person.id).where(Person.login == "officer"))
        if person is None:
            person = make_cast(session).officer
        mails = [
            outbox.Planned(**{"recipient_id": person, "kind": "test", "period": str(n), "at": now()} | changes)
            for n in range(count)
        ]
        outbox.put(session, mails, DOMAIN)
        return list(session.scalars(select(OutboxMail.id).order_by(OutboxMail.id)))


def claim(database: Database, limit: int = 10, lease: timedelta = LEASE) -> list[outbox.Claim]:
    with database.writing() as session:
        return outbox.claim(session, limit, lease)


def row(database: Database, mail_id: int) -> OutboxMail:
    with database.reading() as session:
        found = session.get(OutboxMail, mail_id)
        session.expunge(found)
        return found


def later(database: Database, mail_id: int) -> None:
    """Let the lease of a mail run out."""
    with database.writing() as session:
        session.get(OutboxMail, mail_id).lease_until = now() - timedelta(seconds=1)


def test_planning_the_same_mail_twice_makes_one_row(database: Database) -> None:
    assert len(fill(database, 3)) == 3
    assert len(fill(database, 4)) == 4
    with database.reading() as session:
        ids = list(session.scalars(select(OutboxMail.message_id)))
    assert len(set(ids)) == 4


def test_a_mail_walks_from_pending_to_sent(database: Database) -> None:
    (mail_id,) = fill(database)
    (claimed,) = claim(database)
    assert row(database, mail_id).state == "claimed"
    assert claim(database) == []
    with database.writing() as session:
        assert outbox.mark_in_doubt(session, claimed, LEASE)
    assert row(database, mail_id).state == "in_doubt"
    with database.writing() as session:
        assert outbox.settle_sent(session, claimed)
    sent = row(database, mail_id)
    assert (sent.state, sent.attempts, sent.token) == ("sent", 1, None)
    assert sent.sent_at is not None
    with database.writing() as session:
        assert not outbox.settle_refused(session, claimed, "too late")
    assert row(database, mail_id).state == "sent"


def test_a_mail_is_not_claimed_before_its_time(database: Database) -> None:
    fill(database, at=now() + timedelta(hours=1))
    assert claim(database) == []


def test_a_claimed_mail_whose_owner_died_is_claimed_again_and_the_dead_one_can_do_nothing(database: Database) -> None:
    (mail_id,) = fill(database)
    (first,) = claim(database)
    later(database, mail_id)
    (second,) = claim(database)
    assert (second.attempts, second.verify) == (2, False)
    with database.writing() as session:
        assert not outbox.mark_in_doubt(session, first, LEASE)
        assert not outbox.settle_sent(session, first)
        assert not outbox.settle_refused(session, first, "ghost")
        assert not outbox.give_back(session, first, tried=True)
        assert outbox.mark_in_doubt(session, second, LEASE)


def test_nobody_sends_after_the_own_lease_is_over(database: Database) -> None:
    (mail_id,) = fill(database)
    (claimed,) = claim(database)
    later(database, mail_id)
    with database.writing() as session:
        assert not outbox.mark_in_doubt(session, claimed, LEASE)


@pytest.mark.parametrize(("resolve", "verify"), [(Resolve.RESEND, False), (Resolve.VERIFY, True)])
def test_a_doubtful_mail_is_taken_up_again_with_the_same_message_id(
    database: Database, resolve: Resolve, verify: bool
) -> None:
    (mail_id,) = fill(database, resolve=resolve)
    (first,) = claim(database)
    with database.writing() as session:
        outbox.mark_in_doubt(session, first, LEASE)
    assert claim(database) == []
    later(database, mail_id)
    (second,) = claim(database)
    assert second.message_id == first.message_id
    assert second.verify is verify


def test_a_doubtful_letter_that_a_person_must_decide_on_is_held(database: Database) -> None:
    (mail_id,) = fill(database, resolve=Resolve.HOLD)
    (first,) = claim(database)
    with database.writing() as session:
        outbox.mark_in_doubt(session, first, LEASE)
    later(database, mail_id)
    with database.writing() as session:
        assert outbox.tidy(session) == 1
    assert row(database, mail_id).state == "held"
    assert claim(database) == []
    with database.writing() as session:
        assert outbox.release(session, mail_id)
    assert len(claim(database)) == 1


def test_a_mail_past_its_time_expires_and_is_never_claimed(database: Database) -> None:
    (mail_id,) = fill(database, expires_at=now() - timedelta(seconds=1))
    assert claim(database) == []
    with database.writing() as session:
        assert outbox.tidy(session) == 1
    assert row(database, mail_id).state == "expired"


def test_a_refusal_is_tried_again_later_and_later_and_given_up_in_the_end(database: Database) -> None:
    (mail_id,) = fill(database)
    moment = now()
    pauses = []
    for _ in range(MAX_ATTEMPTS):
        with database.writing() as session:
            (claimed,) = outbox.claim(session, 1, LEASE, moment)
            assert outbox.settle_refused(session, claimed, "the server answered 451", at=moment)
        found = row(database, mail_id)
        if found.state == "pending":
            pauses.append(found.next_at - moment)
            moment = found.next_at
    assert found.state == "failed"
    assert found.last_error == "the server answered 451"
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=30)
    assert pauses[-1] == timedelta(hours=1)
    with database.writing() as session:
        assert outbox.retry(session, mail_id)
    assert row(database, mail_id).attempts == 0


def test_a_final_refusal_fails_at_once(database: Database) -> None:
    (mail_id,) = fill(database)
    (claimed,) = claim(database)
    with database.writing() as session:
        outbox.settle_refused(session, claimed, "the server answered 550", final=True)
    assert row(database, mail_id).state == "failed"


def test_a_silent_server_does_not_count_as_a_try_of_mails_not_begun(database: Database) -> None:
    first, second = fill(database, 2)
    claims = claim(database)
    with database.writing() as session:
        outbox.give_back(session, claims[0], tried=True)
        outbox.give_back(session, claims[1], tried=False)
    assert (row(database, first).attempts, row(database, second).attempts) == (1, 0)
    assert {row(database, first).state, row(database, second).state} == {"pending"}


def test_operators_cannot_touch_what_is_under_way_or_sent(database: Database) -> None:
    (mail_id,) = fill(database)
    (claimed,) = claim(database)
    for act in (outbox.retry, outbox.hold, outbox.release):
        with database.writing() as session:
            assert not act(session, mail_id)
    with database.writing() as session:
        outbox.mark_in_doubt(session, claimed, LEASE)
        outbox.settle_sent(session, claimed)
        assert not outbox.retry(session, mail_id)
        assert not outbox.hold(session, 987654)


def test_status_counts_states_and_names_the_oldest_waiting(database: Database) -> None:
    fill(database, 3)
    (claimed,) = claim(database, limit=1)
    with database.writing() as session:
        outbox.mark_in_doubt(session, claimed, LEASE)
        outbox.settle_sent(session, claimed)
    with database.reading() as session:
        found = outbox.status(session)
    assert (found.counts[MailState.PENDING], found.counts[MailState.SENT], found.due) == (2, 1, 2)
    assert found.oldest_due is not None


def test_eight_threads_claim_every_mail_exactly_once(own_database: Database) -> None:
    ids = fill(own_database, 120)
    taken: list[int] = []
    start = Barrier(8)

    def work() -> None:
        start.wait()
        while claims := claim(own_database, limit=3):
            taken.extend(found.id for found in claims)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(taken) == Counter(ids)


def test_of_many_rivals_one_marks_the_mail_in_doubt(own_database: Database) -> None:
    (mail_id,) = fill(own_database)
    claims = []
    for _ in range(6):
        claims += claim(own_database)
        later(own_database, mail_id)
    with own_database.writing() as session:
        session.get(OutboxMail, mail_id).lease_until = now() + LEASE
    won: list[str] = []
    start = Barrier(len(claims))

    def rival(claimed: outbox.Claim) -> None:
        start.wait()
        with own_database.writing() as session:
            if outbox.mark_in_doubt(session, claimed, LEASE):
                won.append(claimed.token)

    threads = [Thread(target=rival, args=(claimed,)) for claimed in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [claims[-1].token]


def test_two_planners_at_once_make_one_row_each(own_database: Database) -> None:
    fill(own_database)
    start = Barrier(4)

    def planner() -> None:
        start.wait()
        fill(own_database, 50)

    threads = [Thread(target=planner) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fill(own_database, 50)) == 50


def test_message_ids_are_the_same_for_a_copy_and_differ_otherwise() -> None:
    first = message_id("daily_digest", "2026-11-24", 7, "example.org")
    assert first == message_id("daily_digest", "2026-11-24", 7, "example.org")
    others = {
        message_id("daily_digest", "2026-11-25", 7, "example.org"),
        message_id("daily_digest", "2026-11-24", 8, "example.org"),
        message_id("weekly", "2026-11-24", 7, "example.org"),
        message_id("daily_digest", "2026-11/24", 7, "example.org"),
        message_id("daily_digest", "2026-11-24", 7, "example.net"),
    }
    assert len(others | {first}) == 6
    assert first.startswith("<")
    assert first.endswith("@example.org>")


def test_pauses_double_up_to_an_hour_and_tries_end() -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 3, 8, 40)] == [30, 60, 120, 3600, 3600]
    assert next_try(MAX_ATTEMPTS, now()) is None
