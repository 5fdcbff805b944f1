"""Reading the audit trail: filtered, newest first, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.calendar import china_instant
from crm.models import AuditEntry, Person
from crm.services import access
from crm.services.access import Actor

PAGE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; empty fields narrow nothing. `before` is a sequence: the next page."""

    action: str = ""
    person_id: int | None = None
    subject_kind: str = ""
    subject_id: int | None = None
    before: int | None = None
    #: Civil days, both included; None is open.
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    entry: AuditEntry
    person: str | None


def listed(session: Session, actor: Actor, wanted: Wanted) -> tuple[list[Line], bool]:
    """One page of entries with the names of who acted, and whether there are more."""
    access.require(actor, Permission.AUDIT_VIEW)
    query = select(AuditEntry)
    if wanted.action:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.person_id is not None:
        query = query.where(AuditEntry.actor_id == wanted.person_id)
    if wanted.subject_kind:
        query = query.where(AuditEntry.subject_kind == wanted.subject_kind)
    if wanted.subject_id is not None:
        query = query.where(AuditEntry.subject_id == wanted.subject_id)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= china_instant(wanted.since))
    if wanted.until is not None:
        query = query.where(AuditEntry.at < china_instant(wanted.until + timedelta(days=1)))
    if wanted.before is not None:
        query = query.where(AuditEntry.sequence < wanted.before)
    entries = session.scalars(query.order_by(AuditEntry.sequence.desc()).limit(PAGE + 1)).all()
    ids = {entry.actor_id for entry in entries if entry.actor_id is not None}
    names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(ids))).all())
    return [Line(entry, names.get(entry.actor_id)) for entry in entries[:PAGE]], len(entries) > PAGE


def actions(session: Session) -> Sequence[str]:
    """The words there are, for the filter."""
    return session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)).all()


def people(session: Session) -> list[tuple[int, str]]:
    """Everybody with an account, for the filter."""
    return list(session.execute(select(Person.id, Person.name).order_by(Person.name)).all())
