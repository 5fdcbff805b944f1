"""Accounts: passwords, server-side sessions, throttled sign-in, one-time links (RELIABILITY §4)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from crm.domain.accounts import check_password, clean_email
from crm.domain.errors import Invalid, NotFound
from crm.domain.labels import N_
from crm.infra.clock import now
from crm.models import AccountLink, Person, UserSession
from crm.services import audit
from crm.services.access import Actor, actor_of

#: A one-time link is good for this long.
LINK_DAYS = 7
#: A session's last sign of life is written at most this often.
TOUCH_EVERY = timedelta(minutes=10)
LOCALES = ("zh", "en")

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


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that is good now: whose it is, and whether its last use should be written down again."""

    actor: Actor
    touch_due: bool


def actor_of_token(session: Session, token: str) -> Actor | None:
    """The actor behind a token; None as for `live_session`."""
    found = live_session(session, token)
    return found.actor if found else None


def live_session(session: Session, token: str) -> LiveSession | None:
    """The session behind a token, or None when it ended, was revoked, or its person left."""
    found = session.scalar(
        select(UserSession)
        .where(UserSession.token_hash == token_hash(token))
        .options(joinedload(UserSession.person).joinedload(Person.section))
    )
    if found is None or found.revoked_at is not None or found.expires_at <= now() or not found.person.is_active:
        return None
    return LiveSession(actor_of(session, found.person), now() - found.last_seen_at >= TOUCH_EVERY)


def close_session(session: Session, token: str) -> None:
    """End one session; a replayed cookie is worthless afterwards."""
    session.execute(
        update(UserSession)
        .where(UserSession.token_hash == token_hash(token), UserSession.revoked_at.is_(None))
        .values(revoked_at=now())
    )


def sign_out(session: Session, actor: Actor, token: str) -> None:
    """End the session and write it down."""
    close_session(session, token)
    audit.record(session, actor.id, "session.closed", ("person", actor.id))


def password_matches(person: Person | None, password: str) -> bool:
    """Check a password. Without a person, or without a password set, the same work is done for the same time."""
    stored = person.password_hash if person is not None and person.password_hash else _NOBODY
    try:
        hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not _NOBODY


_NOBODY = hasher.hash(secrets.token_urlsafe(24))


def touch(session: Session, token: str, *, hours: int) -> None:
    """Note that the session is in use and let it live on; at most every ten minutes, for a write costs every page."""
    moment = now()
    session.execute(
        update(UserSession)
        .where(
            UserSession.token_hash == token_hash(token),
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > moment,
            UserSession.last_seen_at <= moment - TOUCH_EVERY,
        )
        .values(last_seen_at=moment, expires_at=moment + timedelta(hours=hours))
    )


def own_sessions(session: Session, actor: Actor) -> list[UserSession]:
    """The person's sessions that still work, newest first."""
    query = select(UserSession).where(
        UserSession.person_id == actor.id, UserSession.revoked_at.is_(None), UserSession.expires_at > now()
    )
    return list(session.scalars(query.order_by(UserSession.last_seen_at.desc())))


def revoke_own(session: Session, actor: Actor, session_id: int) -> None:
    """End one of the person's own sessions."""
    found = session.get(UserSession, session_id)
    if found is None or found.person_id != actor.id:
        raise NotFound(N_("没有这个登录，或它不是您的。"))
    found.revoked_at = found.revoked_at or now()
    audit.record(session, actor.id, "session.revoked", ("session", found.id))


def revoke_all(session: Session, person_id: int, *, but: str | None = None) -> None:
    """End every session of a person, except the one whose token is `but`."""
    change = update(UserSession).where(UserSession.person_id == person_id, UserSession.revoked_at.is_(None))
    if but is not None:
        change = change.where(UserSession.token_hash != token_hash(but))
    session.execute(change.values(revoked_at=now()))


def change_password(session: Session, person: Person, new: str, *, token: str) -> None:
    """A new password for who has just shown the old one (`sign_in.change_password`); every other session ends."""
    if password_matches(person, new):
        raise Invalid("new", N_("新密码和现在的一样。"))
    _set_password(session, person, new, field="new")
    revoke_all(session, person.id, but=token)
    audit.record(session, person.id, "password.changed", ("person", person.id))


def _set_password(session: Session, person: Person, password: str, *, field: str) -> None:
    check_password(password, person.login, person.name, field)
    person.password_hash = hasher.hash(password)
    person.password_changed_at = now()


def set_preferences(session: Session, actor: Actor, locale: str, email: str | None) -> None:
    """Change one's own language and mail address."""
    if locale not in LOCALES:
        raise Invalid("locale", N_("请选中文或英文。"))
    person = session.get(Person, actor.id)
    before = _preferences(person)
    person.locale, person.email = locale, clean_email(email or "")
    if before != _preferences(person):
        session.flush()
        audit.record(session, actor.id, "person.preferences", ("person", person.id), before, _preferences(person))


def _preferences(person: Person) -> dict[str, object]:
    """As the audit trail keeps them; the address masked."""
    local, _at, domain = (person.email or "").partition("@")
    return {"locale": person.locale, "email": f"{local[:1]}***@{domain}" if person.email else None}


def make_link(session: Session, person: Person, *, actor_id: int | None) -> str:
    """A token that sets the person's password once; earlier unused links of the person stop working."""
    drop_links(session, person.id)
    token = secrets.token_urlsafe(32)
    session.add(
        AccountLink(token_hash=token_hash(token), person_id=person.id, expires_at=now() + timedelta(days=LINK_DAYS))
    )
    audit.record(session, actor_id, "link.made", ("person", person.id))
    return token


def drop_links(session: Session, person_id: int) -> None:
    """Unused links of a person stop working now."""
    session.execute(
        update(AccountLink)
        .where(AccountLink.person_id == person_id, AccountLink.used_at.is_(None))
        .values(expires_at=now())
    )


def link_person(session: Session, token: str) -> Person:
    """Whose link it is. NotFound for a used, expired or invented one: the three are not told apart."""
    return session.get(Person, _link(session, token).person_id)


def _link(session: Session, token: str) -> AccountLink:
    link = session.scalar(select(AccountLink).where(AccountLink.token_hash == token_hash(token)).with_for_update())
    person = session.get(Person, link.person_id) if link else None
    if link is None or link.used_at is not None or link.expires_at <= now() or not person.is_active:
        raise NotFound(N_("这个链接已用过、已过期或不存在。请安全管理员再发一个。"))
    return link


def use_link(session: Session, token: str, password: str) -> Person:
    """Set the password; the link is used up and every older session ends."""
    link = _link(session, token)
    person = session.get(Person, link.person_id)
    _set_password(session, person, password, field="new")
    link.used_at = now()
    revoke_all(session, person.id)
    audit.record(session, person.id, "password.set", ("person", person.id))
    return person


def last_sign_in(session: Session) -> dict[int, object]:
    """When each person last opened a session, for those who manage accounts."""
    query = select(UserSession.person_id, func.max(UserSession.created_at)).group_by(UserSession.person_id)
    return dict(session.execute(query).all())


def person_of(session: Session, actor: Actor) -> Person:
    """The person's own row, for their own page."""
    return session.get(Person, actor.id)
