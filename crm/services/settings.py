"""Settings that people change while the product runs: every value keeps its versions, with author and reason."""

from __future__ import annotations

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.text import clean_text
from crm.models import SettingVersion
from crm.services import access, audit
from crm.services.access import Actor

REASON_LENGTH = 300


_KNOWN = "settings in force"


def get(session: Session, key: str, default: object) -> object:
    """The value in force: the newest version's, or `default` when nobody ever set one.

    The first question of a transaction reads all of them, a handful of rows; the others cost no statement.
    """
    transaction = session.get_transaction()
    known = session.info.get(_KNOWN)
    if known is None or transaction is None or known[0] is not transaction:
        values = _in_force(session)
        known = session.info[_KNOWN] = (session.get_transaction(), values)
    return known[1].get(key, default)


def _in_force(session: Session) -> dict[str, object]:
    newest = select(SettingVersion.key, func.max(SettingVersion.number)).group_by(SettingVersion.key)
    rows = select(SettingVersion.key, SettingVersion.value).where(
        tuple_(SettingVersion.key, SettingVersion.number).in_(newest)
    )
    return dict(session.execute(rows).all())


def set_value(session: Session, actor: Actor, key: str, value: object, reason: str) -> SettingVersion:
    """Put a new version in force. The reason is required; the change is audited. Validation is the caller's."""
    access.require(actor, Permission.SETTINGS_EDIT)
    why = clean_text(reason, REASON_LENGTH, "reason")
    if not why:
        raise Invalid("reason", N_("请写明为什么改。"))
    newest = _newest(session, key)
    version = SettingVersion(
        key=key, number=newest.number + 1 if newest else 1, value=value, author_id=actor.id, reason=why
    )
    session.add(version)
    session.flush()
    session.info.pop(_KNOWN, None)
    audit.record(
        session,
        actor.id,
        "setting.changed",
        ("setting", version.id),
        before={"key": key, "value": newest.value if newest else None},
        after={"key": key, "value": value, "reason": why},
    )
    return version


def history(session: Session, key: str) -> list[SettingVersion]:
    """All versions of one setting, newest first."""
    query = select(SettingVersion).where(SettingVersion.key == key).order_by(SettingVersion.number.desc())
    return list(session.scalars(query.options(joinedload(SettingVersion.author))))


def _newest(session: Session, key: str) -> SettingVersion | None:
    query = select(SettingVersion).where(SettingVersion.key == key).order_by(SettingVersion.number.desc()).limit(1)
    return session.scalar(query)
