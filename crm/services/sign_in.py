"""Signing in: one answer and one time for an unknown name and a wrong password; tries are counted in the database."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.accounts import FREE_TRIES_ACCOUNT, FREE_TRIES_ADDRESS, WINDOW, clean_login, wait_after
from crm.domain.errors import Invalid, NotFound, Throttled
from crm.domain.labels import N_
from crm.infra.clock import now
from crm.models import Person, SignInAttempt
from crm.services import accounts, audit, notices
from crm.services.access import Actor


def sign_in(
    session: Session, login: str, password: str, *, hours: int, address: str | None, browser: str | None
) -> tuple[str, Person]:
    """Check a name and password; returns the token of a new session and its person.

    Throttled while the account or the address has to wait; Invalid for a wrong pair. Both have been counted: the
    caller commits in spite of the error.
    """
    name = login.strip().casefold()
    account, place = _account_key(name), f"address:{address or 'unknown'}"
    one_at_a_time(session, account)
    _refuse_while_waiting(session, account, place)
    person = _person(session, name)
    good = accounts.password_matches(person, password) and person is not None and person.is_active
    for key in (account, place):
        session.add(SignInAttempt(key=key, at=now(), succeeded=good))
    if not good:
        audit.record(session, None, "session.refused", ("person", person.id) if person else None)
        session.flush()
        _warn(session, account, person, address)
        raise Invalid("password", N_("登录名或密码不对。"))
    token = accounts.open_session(session, person, hours=hours, address=address, browser=browser)
    audit.record(session, person.id, "session.opened", ("person", person.id))
    return token, person


def _person(session: Session, name: str) -> Person | None:
    """The account of that name; what cannot be a name at all (NUL, say) is not asked for."""
    try:
        return session.scalar(select(Person).where(Person.login == clean_login(name)))
    except Invalid:
        return None


def one_at_a_time(session: Session, key: str) -> None:
    """Tries for one account queue up, or a hundred at once would each see none wrong. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(key))))


def _warn(session: Session, account: str, person: Person | None, address: str | None) -> None:
    """When the free tries are used up, the security administrators are told that somebody guesses."""
    wrong, _last = _wrong_tries(session, account, since_success=True)
    if wrong != FREE_TRIES_ACCOUNT:
        return
    keepers = session.scalars(select(Person.id).where(Person.role == Role.SECURITY, Person.is_active)).all()
    subject = ("person", person.id) if person else None
    key = f"session.guessed:{account[8:40]}:{now():%Y%m%d%H}"
    params = {"login": person.login if person else "?", "address": address or "?", "times": wrong}
    notices.tell(session, keepers, "session.guessed", key, subject, **params)


def _account_key(name: str) -> str:
    """The name is hashed: people type their password into the wrong field."""
    return f"account:{hashlib.sha256(name.encode()).hexdigest()}"


def _refuse_while_waiting(session: Session, account: str, place: str) -> None:
    waits = (
        _remaining(session, account, FREE_TRIES_ACCOUNT, since_success=True),
        _remaining(session, place, FREE_TRIES_ADDRESS, since_success=False),
    )
    longest = max(waits)
    if longest > timedelta():
        raise _wait(longest)


def _wait(left: timedelta) -> Throttled:
    seconds = int(left.total_seconds()) + 1
    return Throttled(N_("试得太多了，请 %(seconds)s 秒后再试。"), seconds, seconds=seconds)


def _remaining(session: Session, key: str, free: int, *, since_success: bool) -> timedelta:
    """How much of the wait is left for one key."""
    wrong, last = _wrong_tries(session, key, since_success=since_success)
    if last is None:
        return timedelta()
    return max(timedelta(), last + wait_after(wrong, free) - now())


def _wrong_tries(session: Session, key: str, *, since_success: bool) -> tuple[int, datetime | None]:
    """Wrong tries in the window and the last of them. A success clears an account's count, never an address's."""
    start = now() - WINDOW
    if since_success:
        succeeded = select(func.max(SignInAttempt.at)).where(SignInAttempt.key == key, SignInAttempt.succeeded)
        last_good = session.scalar(succeeded)
        start = max(start, last_good) if last_good else start
    return session.execute(
        select(func.count(SignInAttempt.id), func.max(SignInAttempt.at)).where(
            SignInAttempt.key == key, SignInAttempt.at > start, SignInAttempt.succeeded.is_(False)
        )
    ).one()


def change_password(session: Session, actor: Actor, old: str, new: str, *, token: str) -> None:
    """Change one's own password; the old one is asked for and guessed no faster than at the door.

    Raises Throttled while the account has to wait, Invalid("old") or Invalid("new"); all but the last are counted, so
    the caller commits in spite of the error.
    """
    person = session.get(Person, actor.id)
    key = _account_key(person.login)
    one_at_a_time(session, key)
    left = _remaining(session, key, FREE_TRIES_ACCOUNT, since_success=True)
    if left > timedelta():
        raise _wait(left)
    if not accounts.password_matches(person, old):
        session.add(SignInAttempt(key=key, at=now(), succeeded=False))
        session.flush()
        raise Invalid("old", N_("现在的密码不对。"))
    accounts.change_password(session, person, new, token=token)


def demo_people(session: Session) -> dict[Role, Person]:
    """One demonstration account of each role, the first of its kind."""
    people = session.scalars(select(Person).where(Person.is_demo, Person.is_active).order_by(Person.id))
    found: dict[Role, Person] = {}
    for person in people:
        found.setdefault(person.role, person)
    return {role: found[role] for role in Role if role in found}


def demo_sign_in(
    session: Session, role: Role, *, hours: int, address: str | None, browser: str | None
) -> tuple[str, Person]:
    """Open a session for the role's demonstration account. The web allows it in demo mode and from loopback only."""
    person = demo_people(session).get(role)
    if person is None:
        raise NotFound(N_("没有这个角色的演示账号。"))
    token = accounts.open_session(session, person, hours=hours, address=address, browser=browser)
    audit.record(session, person.id, "session.opened", ("person", person.id), after={"by": "demo"})
    return token, person
