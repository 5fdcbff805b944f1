"""The rules that administrators may change while the product runs: thresholds, weights, days off.

Each change is validated by the rule's own module, becomes a version with a reason, and is audited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain import matching, reminders
from crm.domain.access import Permission
from crm.domain.errors import Duplicate, Invalid, NotFound
from crm.domain.labels import N_
from crm.domain.matching import Criterion, Weights
from crm.domain.ownership import OwnershipRules
from crm.domain.policies import Tier
from crm.domain.reminders import Thresholds
from crm.domain.text import clean_text
from crm.infra.clock import today
from crm.models import CalendarDay, SettingVersion
from crm.services import access, audit, chain_facts, contacts, ownership, settings
from crm.services.access import Actor
from crm.services.matching import WEIGHTS_KEY, weights_in_force

REASON_LENGTH = 200


def thresholds(session: Session) -> Thresholds:
    """The reminder thresholds in force."""
    return Thresholds.from_json(settings.get(session, reminders.SETTING, None))


def set_thresholds(session: Session, actor: Actor, values: Mapping[str, object], reason: str) -> SettingVersion:
    """Put new thresholds in force; Invalid names the one that makes no sense."""
    return settings.set_value(session, actor, reminders.SETTING, Thresholds.from_json(values).to_json(), reason)


def weights(session: Session) -> Weights:
    """The matching weights in force."""
    return weights_in_force(session)


def set_weights(
    session: Session, actor: Actor, table: Mapping[Tier, Mapping[Criterion, int]], version: str, reason: str
) -> SettingVersion:
    """Put a new weight version in force; each tier must sum to 100. Lists are computed anew when they are next asked
    for, and every stored match names the version it was computed with."""
    name = clean_text(version, 40, "version")
    present = weights_in_force(session)
    if not name or name == present.version:
        raise Invalid("version", N_("请给新版本起一个名字，例如 2026-12。"))
    for tier in Tier:
        if sum(table[tier].values()) != 100:
            raise Invalid(tier.value, N_("三个层级的权重各自要合计 100。"))
    try:
        changed = matching.Weights(version=name, by_tier=table, points=present.points)
    except ValueError as error:
        raise Invalid("", N_("权重要是 0 到 100 的整数。")) from error
    return settings.set_value(session, actor, WEIGHTS_KEY, changed.as_json(), reason)


def days(session: Session) -> list[CalendarDay]:
    """Days that the published calendar has wrong or not yet, newest first."""
    return list(session.scalars(select(CalendarDay).order_by(CalendarDay.day.desc())))


def add_day(session: Session, actor: Actor, day: date, is_working: bool, reason: str) -> CalendarDay:
    """Override one civil date; the reason names the notice that says so."""
    access.require(actor, Permission.SETTINGS_EDIT)
    why = clean_text(reason, REASON_LENGTH, "reason")
    if not why:
        raise Invalid("reason", N_("请写明依据哪个通知。"))
    row = CalendarDay(day=day, is_working=is_working, reason=why)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Duplicate(N_("这一天已经改过，先删掉再加。")) from error
    after = {"day": day.isoformat(), "is_working": is_working, "reason": why}
    audit.record(session, actor.id, "calendar.changed", ("calendar_day", row.id), after=after)
    return row


def remove_day(session: Session, actor: Actor, day_id: int) -> None:
    """Take an override back."""
    access.require(actor, Permission.SETTINGS_EDIT)
    row = session.get(CalendarDay, day_id)
    if row is None:
        raise NotFound(N_("没有这一天的调整。"))
    before = {"day": row.day.isoformat(), "is_working": row.is_working}
    audit.record(session, actor.id, "calendar.changed", ("calendar_day", row.id), before=before)
    session.delete(row)


# ── Ownership and contacts ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class OfficeRules:
    """What the office decides: protection, pool, claims, how often contacts are shown, how long a survey counts."""

    ownership: OwnershipRules
    reveals_per_hour: int
    survey_months: int

    def as_values(self) -> dict[str, int]:
        return {**asdict(self.ownership), **{name: getattr(self, name) for name in _NUMBERS}}


#: Single numbers: name → (setting, least, most).
_NUMBERS = {
    "reveals_per_hour": (contacts.REVEALS_KEY, *contacts.REVEALS_BOUNDS),
    "survey_months": (chain_facts.MONTHS_KEY, 1, 120),
}


def office(session: Session) -> OfficeRules:
    """The numbers in force."""
    months = chain_facts.calendar(session, today()).months
    return OfficeRules(ownership.in_force(session), contacts.reveals_per_hour(session), months)


def set_office(session: Session, actor: Actor, values: Mapping[str, object], reason: str) -> None:
    """Put new numbers in force; only what differs gets a version. Invalid names the one that makes no sense."""
    before = office(session).as_values()
    numbers = {name: _number(name, values.get(name)) for name in _NUMBERS}
    rest = {name: value for name, value in values.items() if name not in _NUMBERS}
    asked = OwnershipRules.read(rest)
    if {**asdict(asked), **numbers} == before:
        raise Invalid("", N_("没有改动：数值和现在的一样。"))
    if asked != ownership.in_force(session):
        ownership.set_rules(session, actor, rest, reason)
    for name, number in numbers.items():
        if number != before[name]:
            settings.set_value(session, actor, _NUMBERS[name][0], number, reason)


def _number(name: str, value: object) -> int:
    _key, least, most = _NUMBERS[name]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Invalid(name, N_("应为 %(least)d 到 %(most)d 之间的整数。"), least=least, most=most)
    return value


def office_history(session: Session) -> list[SettingVersion]:
    """All versions of these numbers, newest first."""
    found = [*ownership.rule_history(session)]
    for key, _least, _most in _NUMBERS.values():
        found += settings.history(session, key)
    return sorted(found, key=lambda version: version.id, reverse=True)
