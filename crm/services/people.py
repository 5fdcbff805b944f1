"""Accounts as the security administrator keeps them: who exists, with which role, in which section, with which parks.

Duties are separated (DOMAIN §2): whoever does this sees no lead and edits no record, and nobody changes their own
role, section or parks. Every change ends the person's sessions and stands in the audit trail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission, Role
from crm.domain.accounts import SECTION_ROLES, clean_email, clean_login
from crm.domain.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from crm.domain.labels import N_
from crm.domain.leads import LeadState
from crm.domain.text import clean_text
from crm.infra.clock import now
from crm.models import AccountLink, Lead, Park, ParkManager, Person, Section, UserSession
from crm.services import access, accounts, audit
from crm.services.access import Actor

NAME_LENGTH = 80
_OPEN = [state for state in LeadState if state.is_open]


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the form says about an account. Sections are for officers and chiefs, parks for park managers."""

    name: str
    role: Role
    section_id: int | None = None
    park_ids: frozenset[int] = field(default_factory=frozenset)
    email: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One account in the list."""

    id: int
    login: str
    name: str
    role: Role
    section_name: str | None
    park_names: tuple[str, ...]
    email: str | None
    is_active: bool
    is_demo: bool
    #: False until the one-time link was used.
    has_password: bool
    #: When the link that waits for them ends; None if none does.
    link_until: datetime | None
    last_sign_in: datetime | None


def listed(
    session: Session, actor: Actor, *, words: str = "", role: Role | None = None, active: bool | None = None
) -> list[Row]:
    """Accounts by role and name; four statements, however many there are."""
    access.require(actor, Permission.USERS_VIEW)
    query = select(Person).options(joinedload(Person.section)).order_by(Person.is_active.desc(), Person.login)
    if words:
        like = f"%{words.replace('%', '').replace('_', '')}%"
        query = query.where(Person.login.ilike(like) | Person.name.ilike(like))
    if role is not None:
        query = query.where(Person.role == role)
    if active is not None:
        query = query.where(Person.is_active.is_(active))
    people = session.scalars(query).all()
    parks = _park_names(session)
    last = accounts.last_sign_in(session)
    links = dict(
        session.execute(
            select(AccountLink.person_id, func.max(AccountLink.expires_at))
            .where(AccountLink.used_at.is_(None), AccountLink.expires_at > now())
            .group_by(AccountLink.person_id)
        ).all()
    )
    return [
        Row(
            id=person.id,
            login=person.login,
            name=person.name,
            role=person.role,
            section_name=person.section.name if person.section else None,
            park_names=tuple(parks.get(person.id, ())),
            email=person.email,
            is_active=person.is_active,
            is_demo=person.is_demo,
            has_password=person.password_hash is not None,
            link_until=links.get(person.id),
            last_sign_in=last.get(person.id),
        )
        for person in people
    ]


def _park_names(session: Session) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    query = select(ParkManager.person_id, Park.name).join(Park, Park.id == ParkManager.park_id).order_by(Park.pinyin)
    for person_id, name in session.execute(query):
        found.setdefault(person_id, []).append(name)
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """One account with what depends on it."""

    person: Person
    park_ids: frozenset[int]
    open_sessions: int
    #: Open leads that would be without an active owner if the account were closed.
    open_leads: int
    is_self: bool


def shown(session: Session, actor: Actor, person_id: int) -> Shown:
    """One account. NotFound for none."""
    access.require(actor, Permission.USERS_VIEW)
    person = _person(session, person_id)
    live = select(func.count(UserSession.id)).where(
        UserSession.person_id == person.id, UserSession.revoked_at.is_(None), UserSession.expires_at > now()
    )
    leads = select(func.count(Lead.id)).where(Lead.owner_id == person.id, Lead.state.in_(_OPEN))
    return Shown(
        person=person,
        park_ids=_park_ids(session, person.id),
        open_sessions=session.scalar(live) or 0,
        open_leads=session.scalar(leads) or 0,
        is_self=person.id == actor.id,
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers."""

    sections: Sequence[Section]
    parks: Sequence[Park]


def choices(session: Session) -> Choices:
    """Sections by name and parks by pinyin."""
    sections = session.scalars(select(Section).order_by(Section.name, Section.id)).all()
    parks = session.scalars(select(Park).order_by(Park.pinyin, Park.id)).all()
    return Choices(sections, parks)


# ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def create(session: Session, actor: Actor | None, login: str, facts: PersonFacts) -> tuple[Person, str]:
    """A new account and the token of its one-time link. Without an actor: whoever holds the server's command line.

    Raises Invalid for a bad login, name, address or section, Duplicate for a login that is taken.
    """
    if actor is not None:
        access.require(actor, Permission.USERS_MANAGE)
    person = Person(login=clean_login(login))
    _fill(session, person, facts)
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError as error:
        raise Duplicate(N_("登录名 %(login)s 已经有人用了。"), login=person.login) from error
    _set_parks(session, person, facts)
    maker = actor.id if actor else None
    audit.record(session, maker, "person.created", ("person", person.id), after=_plain(session, person))
    return person, accounts.make_link(session, person, actor_id=maker)


def change(session: Session, actor: Actor, person_id: int, version: int, facts: PersonFacts) -> Person:
    """Change name, role, section, parks and address. A new role or scope ends the person's sessions.

    NotAllowed for the own account, Stale when somebody saved since the form was opened.
    """
    person = _other(session, actor, person_id)
    if person.version != version:
        raise Stale(N_("这个账号刚被别人改过，请刷新后再改。"))
    before = _plain(session, person)
    _fill(session, person, facts)
    _set_parks(session, person, facts)
    # Parks lie in a table of their own: the row of the account must change for its version to rise.
    person.updated_at = now()
    session.flush()
    after = _plain(session, person)
    if before == after:
        return person
    if any(before[key] != after[key] for key in ("role", "section", "parks")):
        accounts.revoke_all(session, person.id)
    audit.record(session, actor.id, "person.changed", ("person", person.id), before=before, after=after)
    return person


def set_active(session: Session, actor: Actor | None, person_id: int, *, active: bool) -> Person:
    """Close an account, or open it again; closing ends its sessions and its unused links. History stays."""
    person = _other(session, actor, person_id) if actor else _person(session, person_id)
    if person.is_active == active:
        return person
    person.is_active = active
    if not active:
        accounts.revoke_all(session, person.id)
        accounts.drop_links(session, person.id)
    session.flush()
    action = "person.enabled" if active else "person.disabled"
    audit.record(session, actor.id if actor else None, action, ("person", person.id), after={"login": person.login})
    return person


def new_link(session: Session, actor: Actor | None, person_id: int) -> tuple[Person, str]:
    """A one-time link that sets a new password; the old password works until it is used.

    NotAllowed for the own account (change the password instead) and for closed ones.
    """
    person = _other(session, actor, person_id) if actor else _person(session, person_id)
    if not person.is_active:
        raise NotAllowed(N_("账号已停用，先启用再发链接。"))
    return person, accounts.make_link(session, person, actor_id=actor.id if actor else None)


def by_login(session: Session, login: str) -> Person:
    """The account with that login, for the command line. NotFound for none."""
    found = session.scalar(select(Person).where(Person.login == login.strip().casefold()))
    if found is None:
        raise NotFound(N_("没有这个账号：%(login)s"), login=login)
    return found


def section_by_key(session: Session, key: str) -> Section:
    """The section with that key or name, for the command line. Invalid names the ones there are."""
    sections = session.scalars(select(Section).order_by(Section.key)).all()
    for section in sections:
        if key in (section.key, section.name):
            return section
    known = ", ".join(f"{section.key} ({section.name})" for section in sections) or "-"
    raise Invalid("section", N_("没有这个科室；已有：%(known)s"), known=known)


def make_section(session: Session, key: str, name: str) -> Section:
    """A section, for a fresh installation; the one that is there already when the key is taken."""
    found = session.scalar(select(Section).where(Section.key == key))
    if found is None:
        found = Section(key=clean_login(key)[:40], name=clean_text(name, NAME_LENGTH, "section"))
        session.add(found)
        session.flush()
        audit.record(session, None, "section.created", ("section", found.id), after={"key": key, "name": found.name})
    return found


def _person(session: Session, person_id: int) -> Person:
    found = session.get(Person, person_id, options=[joinedload(Person.section)])
    if found is None:
        raise NotFound(N_("没有这个账号。"))
    return found


def _other(session: Session, actor: Actor, person_id: int) -> Person:
    """An account that the actor may change: never their own."""
    access.require(actor, Permission.USERS_MANAGE)
    person = _person(session, person_id)
    if person.id == actor.id:
        raise NotAllowed(N_("不能改自己的角色和状态，请另一位安全管理员来改。"))
    return person


def _fill(session: Session, person: Person, facts: PersonFacts) -> None:
    name = clean_text(facts.name, NAME_LENGTH, "name")
    if not name:
        raise Invalid("name", N_("请填姓名。"))
    section_id = facts.section_id if facts.role in SECTION_ROLES else None
    if facts.role in SECTION_ROLES and (section_id is None or session.get(Section, section_id) is None):
        raise Invalid("section_id", N_("招商专员和科长要选所在科室。"))
    person.name, person.role, person.section_id = name, facts.role, section_id
    person.email = clean_email(facts.email)


def _set_parks(session: Session, person: Person, facts: PersonFacts) -> None:
    wanted = facts.park_ids if facts.role is Role.PARK_MANAGER else frozenset()
    held = _park_ids(session, person.id)
    if wanted - held:
        known = set(session.scalars(select(Park.id).where(Park.id.in_(wanted))))
        if wanted - known:
            raise Invalid("park_ids", N_("没有这个园区。"))
    session.add_all(ParkManager(park_id=park_id, person_id=person.id) for park_id in sorted(wanted - held))
    if held - wanted:
        session.execute(
            delete(ParkManager).where(ParkManager.person_id == person.id, ParkManager.park_id.in_(held - wanted))
        )
    session.flush()


def _park_ids(session: Session, person_id: int) -> frozenset[int]:
    return frozenset(session.scalars(select(ParkManager.park_id).where(ParkManager.person_id == person_id)))


def _plain(session: Session, person: Person) -> dict[str, object]:
    """The account as the audit trail keeps it; the address masked."""
    local, _at, domain = (person.email or "").partition("@")
    return {
        "login": person.login,
        "name": person.name,
        "role": person.role.value,
        "section": person.section_id,
        "parks": sorted(_park_ids(session, person.id)),
        "email": f"{local[:1]}***@{domain}" if person.email else None,
    }


def park_by_key(session: Session, key: str) -> Park:
    """The park with that key or name, for the command line. NotFound for none."""
    found = session.scalar(select(Park).where((Park.key == key) | (Park.name == key)))
    if found is None:
        raise NotFound(N_("没有这个园区：%(key)s"), key=key)
    return found


def everybody(session: Session) -> list[Person]:
    """All accounts by login, for the command line."""
    return list(session.scalars(select(Person).order_by(Person.login)))


def section_names(session: Session) -> list[tuple[int, str]]:
    """Id and name of every section, for filters of who sees them all."""
    return [(key, name) for key, name in session.execute(select(Section.id, Section.name).order_by(Section.id))]
