"""Accounts: passwords, server-side sessions, throttled sign-in, one-time links (RELIABILITY §4)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from crm.infra.clock import now
from crm.models import Person, UserSession
from crm.services.access import Actor, actor_of

#: Argon2id with the library's defaults (RFC 9106 low-memory profile).
hasher = PasswordHasher()


def token_hash(token: str) -> str:
    """What is stored of a token: whoever reads the table cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    session: Session, person: Person, *, hours: int, address: str | None = None, browser: str | None = None
) -> str:
    """Start a server-side session and return its token, which only the browser keeps."""
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=token_hash(token),
            person_id=person.id,
            created_at=now(),
            last_seen_at=now(),
            expires_at=now() + timedelta(hours=hours),
            address=address,
            browser=(browser or "")[:200] or None,
        )
    )
    return token


def actor_of_token(session: Session, token: str) -> Actor | None:
    """The actor behind a token, or None when the session ended, was revoked, or its person left."""
    found = session.scalar(
        select(UserSession)
        .where(UserSession.token_hash == token_hash(token))
        .options(joinedload(UserSession.person).joinedload(Person.section))
    )
    if found is None or found.revoked_at is not None or found.expires_at <= now() or not found.person.is_active:
        return None
    return actor_of(session, found.person)


def close_session(session: Session, token: str) -> None:
    """End one session; a replayed cookie is worthless afterwards."""
    session.execute(
        update(UserSession)
        .where(UserSession.token_hash == token_hash(token), UserSession.revoked_at.is_(None))
        .values(revoked_at=now())
    )


def password_matches(person: Person | None, password: str) -> bool:
    """Check a password. Without a person, or without a password set, the same work is done for the same time."""
    stored = person.password_hash if person is not None and person.password_hash else _NOBODY
    try:
        hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not _NOBODY


_NOBODY = hasher.hash(secrets.token_urlsafe(24))
