"""Signing in, sessions, passwords and one-time links, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from crm.domain.accounts import FREE_TRIES_ACCOUNT, FREE_TRIES_ADDRESS
from crm.domain.errors import Invalid, NotFound, Throttled
from crm.infra.clock import now
from crm.models import AccountLink, AuditEntry, Notice, Person, SignInAttempt, UserSession
from crm.services import accounts, people
from crm.services import sign_in as signing
from crm.services.access import actor_for

PASSWORD = "seven green boats"
HERE = {"hours": 12, "address": "10.0.0.9", "browser": "Firefox"}


@pytest.fixture
def session(database, cast):
    with database.writing() as session:
        person = session.get(Person, cast.officer)
        person.password_hash = accounts.hasher.hash(PASSWORD)
        session.flush()
        yield session


def enter(session, login="officer", password=PASSWORD, **changes):
    return signing.sign_in(session, login, password, **(HERE | changes))


def fail(session, times, **changes):
    for _ in range(times):
        with pytest.raises(Invalid):
            enter(session, password="wrong", **changes)


def actions(session):
    return session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)).all()


def test_the_right_password_opens_a_session_whose_token_is_stored_as_a_hash_only(session, cast):
    token, person = enter(session, login="  OFFICER ")
    assert person.id == cast.officer
    row = session.scalar(select(UserSession))
    assert row.token_hash == accounts.token_hash(token) != token
    assert (row.address, row.browser) == ("10.0.0.9", "Firefox")
    assert accounts.actor_of_token(session, token).id == cast.officer
    assert actions(session) == ["session.opened"]


@pytest.mark.parametrize("login", ["nobody", "colleague", "x\x00y", "", "陈" * 300, "officer' or 1=1 --"])
def test_every_wrong_pair_gets_the_same_sentence(session, login):
    with pytest.raises(Invalid) as unknown:
        enter(session, login=login, password="wrong")
    with pytest.raises(Invalid) as wrong:
        enter(session, password="wrong")
    assert str(unknown.value) == str(wrong.value)
    assert unknown.value.field == wrong.value.field


def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(session, monkeypatch):
    verified = []
    real = accounts.hasher

    class Counting:
        def verify(self, stored, password):
            verified.append(stored[:20])
            return real.verify(stored, password)

    monkeypatch.setattr(accounts, "hasher", Counting())
    for login in ("officer", "nobody", "colleague"):
        with pytest.raises(Invalid):
            enter(session, login=login, password="wrong")
    assert len(verified) == 3
    assert len(set(verified)) == 1  # the same algorithm with the same parameters


def test_a_closed_account_does_not_get_in_and_is_not_told_apart(session, cast):
    session.get(Person, cast.officer).is_active = False
    session.flush()
    with pytest.raises(Invalid, match="登录名或密码不对"):
        enter(session)


def test_after_the_free_tries_even_the_right_password_has_to_wait(session):
    fail(session, FREE_TRIES_ACCOUNT)
    with pytest.raises(Throttled) as caught:
        enter(session)
    assert 1 <= caught.value.retry_after <= 60
    assert str(caught.value.retry_after) in str(caught.value)


def test_unknown_names_are_throttled_in_the_same_way(session):
    fail(session, FREE_TRIES_ACCOUNT, login="nobody")
    with pytest.raises(Throttled):
        enter(session, login="nobody", password="wrong")


def test_the_wait_ends_by_itself_and_a_success_clears_the_account(session):
    with time_machine.travel(now(), tick=False) as clock:
        fail(session, FREE_TRIES_ACCOUNT)
        clock.shift(timedelta(minutes=16))
        enter(session)
        clock.shift(timedelta(seconds=1))
        fail(session, FREE_TRIES_ACCOUNT - 1)
        enter(session)


def test_waiting_tries_are_not_counted_so_nobody_is_locked_out_for_ever(session):
    fail(session, FREE_TRIES_ACCOUNT)
    before = session.scalar(select(func.count(SignInAttempt.id)))
    for _ in range(3):
        with pytest.raises(Throttled):
            enter(session)
    assert session.scalar(select(func.count(SignInAttempt.id))) == before


def test_one_address_that_tries_many_names_has_to_wait_and_others_do_not(session):
    for number in range(FREE_TRIES_ADDRESS):
        with pytest.raises(Invalid):
            enter(session, login=f"name{number}", password="wrong")
    with pytest.raises(Throttled):
        enter(session)
    enter(session, address="10.0.0.10")


def test_names_that_were_tried_are_not_stored_in_the_clear(session):
    with pytest.raises(Invalid):
        enter(session, login="mypassword123", password="x")
    assert "mypassword" not in "".join(session.scalars(select(SignInAttempt.key)))
    entry = session.scalar(select(AuditEntry))
    assert entry.action == "session.refused"
    assert "mypassword" not in f"{entry.before}{entry.after}"


def test_guessing_is_told_to_the_security_administrator_once(session, cast):
    with time_machine.travel(now(), tick=False) as clock:
        fail(session, FREE_TRIES_ACCOUNT)
        clock.shift(timedelta(minutes=5))
        fail(session, 1)
    told = session.scalars(select(Notice)).all()
    assert [(notice.person_id, notice.kind, notice.params["login"]) for notice in told] == [
        (cast.security, "session.guessed", "officer")
    ]


def test_a_burst_of_guesses_from_many_threads_gets_no_more_than_the_free_tries(own_database):
    from tests.cast import make_cast

    with own_database.writing() as session:
        cast = make_cast(session)
        session.get(Person, cast.officer).password_hash = accounts.hasher.hash(PASSWORD)
    heard = []

    def guess():
        database_session = own_database.open(writer=True)
        try:
            signing.sign_in(database_session, "officer", "wrong", **HERE)
        except (Invalid, Throttled) as error:
            heard.append(type(error))
        own_database.finish(database_session, commit=True)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard.count(Invalid) == FREE_TRIES_ACCOUNT
    assert heard.count(Throttled) == 12 - FREE_TRIES_ACCOUNT


# ── Sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_session_ends_unused_and_lives_on_in_use(session):
    with time_machine.travel(now(), tick=False) as clock:
        token, _person = enter(session)
        clock.shift(timedelta(hours=11))
        found = accounts.live_session(session, token)
        assert found.touch_due
        accounts.touch(session, token, hours=12)
        session.expire_all()
        assert not accounts.live_session(session, token).touch_due
        clock.shift(timedelta(hours=11))
        assert accounts.actor_of_token(session, token)
        clock.shift(timedelta(hours=2))
        assert accounts.actor_of_token(session, token) is None
        accounts.touch(session, token, hours=12)
        session.expire_all()
        assert accounts.actor_of_token(session, token) is None


def test_a_fresh_session_is_not_written_again(session):
    token, _person = enter(session)
    assert not accounts.live_session(session, token).touch_due


def test_signing_out_kills_the_token(session, cast):
    token, _person = enter(session)
    accounts.sign_out(session, actor_for(session, cast.officer), token)
    session.expire_all()
    assert accounts.actor_of_token(session, token) is None
    assert actions(session)[-1] == "session.closed"


def test_closing_the_account_ends_its_sessions(session, cast):
    token, person = enter(session)
    people.set_active(session, None, person.id, active=False)
    session.expire_all()
    assert accounts.actor_of_token(session, token) is None


def test_own_sessions_can_be_ended_and_nobody_elses(session, cast):
    token, _person = enter(session)
    row = accounts.own_sessions(session, actor_for(session, cast.officer))[0]
    with pytest.raises(NotFound):
        accounts.revoke_own(session, actor_for(session, cast.colleague), row.id)
    accounts.revoke_own(session, actor_for(session, cast.officer), row.id)
    session.flush()
    assert accounts.actor_of_token(session, token) is None


# ── Passwords and links ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_password_ends_every_other_session(session, cast):
    mine, _person = enter(session)
    other, _person = enter(session)
    actor = actor_for(session, cast.officer)
    signing.change_password(session, actor, PASSWORD, "eight yellow kites", token=mine)
    session.expire_all()
    assert accounts.actor_of_token(session, mine)
    assert accounts.actor_of_token(session, other) is None
    enter(session, password="eight yellow kites")
    with pytest.raises(Invalid):
        enter(session)
    assert "password.changed" in actions(session)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", "eight yellow kites", "old"), (PASSWORD, PASSWORD, "new"), (PASSWORD, "short", "new")],
)
def test_a_password_change_that_is_refused_changes_nothing(session, cast, old, new, field):
    with pytest.raises(Invalid) as caught:
        signing.change_password(session, actor_for(session, cast.officer), old, new, token="t")
    assert caught.value.field == field
    enter(session)


def test_the_old_password_cannot_be_guessed_from_an_open_session(session, cast):
    actor = actor_for(session, cast.officer)
    for _ in range(FREE_TRIES_ACCOUNT):
        with pytest.raises(Invalid):
            signing.change_password(session, actor, "wrong", "eight yellow kites", token="t")
    with pytest.raises(Throttled):
        signing.change_password(session, actor, PASSWORD, "eight yellow kites", token="t")


def test_a_link_sets_the_password_once(session, cast):
    person = session.get(Person, cast.colleague)
    token = accounts.make_link(session, person, actor_id=None)
    session.flush()
    assert session.scalar(select(AccountLink)).token_hash == accounts.token_hash(token)
    assert accounts.link_person(session, token).id == cast.colleague
    with pytest.raises(Invalid):
        accounts.use_link(session, token, "short")
    accounts.use_link(session, token, PASSWORD)
    session.flush()
    enter(session, login="colleague")
    with pytest.raises(NotFound):
        accounts.use_link(session, token, "eight yellow kites")
    with pytest.raises(NotFound):
        accounts.link_person(session, token)


def test_a_used_an_expired_a_replaced_and_an_invented_link_answer_alike(session, cast):
    person = session.get(Person, cast.colleague)
    with time_machine.travel(now(), tick=False) as clock:
        replaced = accounts.make_link(session, person, actor_id=None)
        expired = accounts.make_link(session, person, actor_id=None)
        clock.shift(timedelta(days=accounts.LINK_DAYS, seconds=1))
        used = accounts.make_link(session, person, actor_id=None)
        accounts.use_link(session, used, PASSWORD)
        session.flush()
        said = set()
        for token in (replaced, expired, used, "invented", "x" * 500):
            with pytest.raises(NotFound) as caught:
                accounts.link_person(session, token)
            said.add(str(caught.value))
    assert len(said) == 1


def test_a_link_ends_the_sessions_of_whoever_held_the_account(session, cast):
    token, person = enter(session)
    link = accounts.make_link(session, person, actor_id=cast.security)
    session.flush()
    accounts.use_link(session, link, "eight yellow kites")
    session.expire_all()
    assert accounts.actor_of_token(session, token) is None


def test_own_language_and_address_are_kept_and_the_address_is_masked_in_the_trail(session, cast):
    actor = actor_for(session, cast.officer)
    accounts.set_preferences(session, actor, "en", "new@example.org")
    person = session.get(Person, cast.officer)
    assert (person.locale, person.email) == ("en", "new@example.org")
    entry = session.scalars(select(AuditEntry)).one()
    assert entry.after == {"locale": "en", "email": "n***@example.org"}
    with pytest.raises(Invalid):
        accounts.set_preferences(session, actor, "fr", "")
    with pytest.raises(Invalid):
        accounts.set_preferences(session, actor, "zh", "no address")


def test_demo_doors_lead_to_demo_people_only(session, cast):
    from crm.domain.access import Role

    with pytest.raises(NotFound):
        signing.demo_sign_in(session, Role.OFFICER, **HERE)
    session.get(Person, cast.officer).is_demo = True
    session.flush()
    _token, person = signing.demo_sign_in(session, Role.OFFICER, **HERE)
    assert person.id == cast.officer
    assert set(signing.demo_people(session)) == {Role.OFFICER}


def test_the_product_hashes_with_the_low_memory_profile_of_rfc_9106(product_hasher):
    """Tests hash cheaply (tests/conftest.py); this is what people's passwords get."""
    assert product_hasher.hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
