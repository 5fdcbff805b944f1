"""Signing in: one answer and one time for an unknown name and a wrong password; tries are counted in the database."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.accounts import FREE_TRIES_ACCOUNT, FREE_TRIES_ADDRESS, WINDOW, wait_after
from crm.domain.errors import Invalid, NotFound, Throttled
from crm.domain.labels import N_
from crm.infra.clock import now
from crm.models import Person, SignInAttempt
from crm.services import accounts, audit


def sign_in(
    session: Session, login: str, password: str, *, hours: int, address: str | None, browser: str | None
) -> tuple[str, Person]:
    """Check a name and password; returns the token of a new session and its person.

    Throttled while the account or the address has to wait; Invalid for a wrong pair. Both have been counted: the
    caller commits in spite of the error.
    """
    name = login.strip().lower()
    account, place = _account_key(name), f"address:{address or 'unknown'}"
    _refuse_while_waiting(session, account, place)
    person = session.scalar(select(Person).where(Person.login == name))
    good = accounts.password_matches(person, password) and person is not None and person.is_active
    for key in (account, place):
        session.add(SignInAttempt(key=key, at=now(), succeeded=good))
    if not good:
        audit.record(session, None, "session.refused", ("person", person.id) if person else None)
        session.flush()
        raise Invalid("password", N_("登录名或密码不对。"))
    token = accounts.open_session(session, person, hours=hours, address=address, browser=browser)
    audit.record(session, person.id, "session.opened", ("person", person.id))
    return token, person


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
        seconds = int(longest.total_seconds()) + 1
        raise Throttled(N_("试得太多了，请 %(seconds)s 秒后再试。"), seconds, seconds=seconds)


def _remaining(session: Session, key: str, free: int, *, since_success: bool) -> timedelta:
    """How much of the wait is left for one key. A success clears an account's count, never an address's."""
    start = now() - WINDOW
    if since_success:
        succeeded = select(func.max(SignInAttempt.at)).where(SignInAttempt.key == key, SignInAttempt.succeeded)
        last_good = session.scalar(succeeded)
        start = max(start, last_good) if last_good else start
    wrong, last = session.execute(
        select(func.count(SignInAttempt.id), func.max(SignInAttempt.at)).where(
            SignInAttempt.key == key, SignInAttempt.at > start, SignInAttempt.succeeded.is_(False)
        )
    ).one()
    if last is None:
        return timedelta()
    return max(timedelta(), last + wait_after(wrong, free) - now())


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
