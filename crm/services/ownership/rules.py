"""The rules of ownership in force, and changing them: each value is a setting with versions of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.ownership import OwnershipRules
from crm.models import SettingVersion
from crm.services import settings
from crm.services.access import Actor

_KEYS = {f"leads.{item.name}": item.name for item in fields(OwnershipRules)}


def in_force(session: Session) -> OwnershipRules:
    """The rules as last set; the defaults where nobody ever set one."""
    stored = {name: settings.get(session, key, None) for key, name in _KEYS.items()}
    return OwnershipRules.read({name: int(str(value)) for name, value in stored.items() if value is not None})


def set_rules(session: Session, actor: Actor, values: Mapping[str, object], reason: str) -> list[SettingVersion]:
    """Put new numbers in force; only those that differ get a version. Invalid names the one that makes no sense."""
    before, after = asdict(in_force(session)), asdict(OwnershipRules.read(values))
    changed = {name: value for name, value in after.items() if before[name] != value}
    if not changed:
        raise Invalid("", N_("没有改动：数值和现在的一样。"))
    return [settings.set_value(session, actor, f"leads.{name}", value, reason) for name, value in changed.items()]


def rule_history(session: Session) -> list[SettingVersion]:
    """All versions of all rules, newest first."""
    query = select(SettingVersion).where(SettingVersion.key.in_(_KEYS)).options(joinedload(SettingVersion.author))
    return list(session.scalars(query.order_by(SettingVersion.id.desc())))
