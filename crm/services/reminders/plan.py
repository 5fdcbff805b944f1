"""The planner: lights on and off, who is told, and whose digest is due. Every tick, and always the same answer.

Everything is computed from civil dates, so a missed day heals itself; rows are inserted once by their unique keys, so
that planning twice, or two planners at once, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from crm.domain.access import Role
from crm.domain.calendar import Overrides, china_instant, is_working_day
from crm.domain.delivery import Resolve
from crm.domain.pipeline import Light
from crm.domain.reminders import NEVER, Level, Lights, Rule, Thresholds, level_on, lights, may_tell
from crm.infra.clock import civil_date, now
from crm.models import ParkManager, Person, Reminder
from crm.services import notices, outbox
from crm.services.reminders.condition import Condition, Key
from crm.services.reminders.conditions import conditions, overrides, thresholds
from crm.services.reminders.subjects import OWN_PAGES

DIGEST = "daily_digest"
_CHUNK = 400
#: Records that a notice leads to themselves; for others it leads to their lead.
_OWN_PAGE = OWN_PAGES | {"introduction"}


@dataclass(frozen=True, slots=True)
class Planned:
    """What one planning changed."""

    begun: int = 0
    ended: int = 0
    told: int = 0
    mails: int = 0


@dataclass(frozen=True, slots=True)
class _World:
    """What a planning needs to know besides the conditions, read once."""

    at: datetime
    today: date
    rules: Thresholds
    overrides: Overrides
    people: Mapping[int, Person]
    managers: Mapping[int, Sequence[int]]

    def chiefs(self, section_id: int | None) -> list[int]:
        """The section's chief; of a lead that no section has taken yet, all chiefs."""
        chiefs = [p for p in self.people.values() if p.role is Role.CHIEF]
        return [p.id for p in chiefs if section_id is None or p.section_id == section_id]

    def supervising(self, condition: Condition) -> list[int]:
        """Whom it is escalated to first; a matter of a chain that is in no section's hands has no chief."""
        if condition.chain_id is not None and condition.section_id is None:
            return []
        return self.chiefs(condition.section_id)

    def leaders(self) -> list[int]:
        return [p.id for p in self.people.values() if p.role is Role.LEADER]

    def acting(self, condition: Condition) -> list[int]:
        """Who must act: the person in charge, else who keeps the chain or the chief; and the park that owes an answer."""
        people = [condition.person_id] if condition.person_id in self.people else []
        people = people or [keeper for keeper in condition.keepers if keeper in self.people]
        people = people or self.supervising(condition)
        return [*people, *self.managers.get(condition.park_id or 0, ())]


def plan(session: Session, domain: str, at: datetime | None = None) -> Planned:
    """Bring reminders, notices and digests up to the instant `at` (now). Needs a writing session.

    `domain` is the right side of Message-IDs. Returns what changed; a second call changes nothing.
    """
    at = at or now()
    people = {p.id: p for p in session.scalars(select(Person).where(Person.is_active))}
    managers: dict[int, list[int]] = {}
    for park_id, person_id in session.execute(select(ParkManager.park_id, ParkManager.person_id)):
        if person_id in people:
            managers.setdefault(park_id, []).append(person_id)
    world = _World(at, civil_date(at), thresholds(session), overrides(session), people, managers)
    found = {condition.key: condition for condition in conditions(session)}
    rows, begun, ended = _keep_rows(session, world, found)
    told = _tell(session, world, found, rows) + _announce_starts(session, world, found.values())
    mails = _plan_digests(session, world, found, rows, domain)
    return Planned(begun, ended, told, mails)


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Row:
    """A reminder that is on, with the dates that hold for it now."""

    id: int
    lights: Lights
    level: Level
    snoozed_until: date | None


def _keep_rows(session: Session, world: _World, found: Mapping[Key, Condition]) -> tuple[dict[Key, _Row], int, int]:
    """End what is over, begin what has reached yellow, correct what has moved."""
    kept: dict[Key, _Row] = {}
    changes: list[dict[str, object]] = []
    over: list[int] = []
    for row in session.execute(select(*Reminder.__table__.columns).where(Reminder.ended_at.is_(None))):
        key = (row.rule, row.subject_kind, row.subject_id, row.started_on)
        condition = found.get(key)
        if condition is None:
            over.append(row.id)
            continue
        kept[key] = _Row(row.id, *_dates(world, condition, row.snoozed_until), row.snoozed_until)
        values = _values(condition, kept[key].lights, kept[key].level)
        if any(getattr(row, name) != value for name, value in values.items()):
            changes.append({"id": row.id, **values})
    for start in range(0, len(over), _CHUNK):
        session.execute(update(Reminder).where(Reminder.id.in_(over[start : start + _CHUNK])).values(ended_at=world.at))
    if changes:
        session.execute(update(Reminder), changes)
    begun = _begin(session, world, [c for key, c in found.items() if key not in kept])
    return kept | begun, len(begun), len(over)


def _dates(world: _World, condition: Condition, snoozed_until: date | None) -> tuple[Lights, Level]:
    when = lights(
        condition.rule,
        condition.started_on,
        world.rules,
        world.overrides,
        condition.grade,
        snoozed_until,
        condition.points,
    )
    return when, level_on(world.today, when.red_on, world.rules, world.overrides)


def _values(condition: Condition, when: Lights, level: Level) -> dict[str, object]:
    return {
        "person_id": condition.person_id,
        "lead_id": condition.lead_id,
        "yellow_on": when.yellow_on,
        "red_on": when.red_on if when.red_on != NEVER else None,
        "level": level.number,
    }


def _begin(session: Session, world: _World, new: Iterable[Condition]) -> dict[Key, _Row]:
    """Insert what has reached yellow; a condition that has come back takes up its old row."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    dated = {c.key: (c, *_dates(world, c, None)) for c in new}
    due = [(c, when, level) for c, when, level in dated.values() if when.at(world.today) is not Light.GREEN]
    begun: dict[Key, _Row] = {}
    for start in range(0, len(due), _CHUNK):
        values = [
            {
                "rule": c.rule.value,
                "subject_kind": c.subject_kind,
                "subject_id": c.subject_id,
                "started_on": c.started_on,
                "snoozes": 0,
                "is_demo": c.is_demo,
                **_values(c, when, level),
            }
            for c, when, level in due[start : start + _CHUNK]
        ]
        statement = insert(Reminder).values(values)
        statement = statement.on_conflict_do_update(
            index_elements=["rule", "subject_kind", "subject_id", "started_on"], set_={"ended_at": None}
        ).returning(
            Reminder.id,
            Reminder.rule,
            Reminder.subject_kind,
            Reminder.subject_id,
            Reminder.started_on,
            Reminder.snoozed_until,
        )
        for row_id, rule, kind, subject_id, started_on, snoozed_until in session.execute(statement):
            key = (rule, kind, subject_id, started_on)
            condition, when, level = dated[key]
            if snoozed_until is not None:
                when, level = _dates(world, condition, snoozed_until)
            begun[key] = _Row(row_id, when, level, snoozed_until)
    return begun


# ── Telling ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tell(session: Session, world: _World, found: Mapping[Key, Condition], rows: Mapping[Key, _Row]) -> int:
    """Notices: each once by its key; only the state of now is told, not those that a missed day jumped over."""
    tellings: list[notices.Telling] = []
    for key, row in rows.items():
        light = row.lights.at(world.today)
        if light is Light.GREEN:
            continue
        turned = row.lights.red_on if light is Light.RED else row.lights.yellow_on
        if not may_tell(turned, world.at, world.rules):
            continue
        condition = found[key]
        acting = world.acting(condition)
        tellings += _telling(acting, f"reminder.{light.value}", condition, row, turned)
        if row.level.number >= Level.CHIEF.number:
            chiefs = [chief for chief in world.supervising(condition) if chief not in acting]
            tellings += _telling(chiefs, "reminder.chief", condition, row, turned)
        if row.level.number >= Level.LEADER.number:
            tellings += _telling(world.leaders(), "reminder.leader", condition, row, turned)
    return notices.tell_many(session, tellings)


def _announce_starts(session: Session, world: _World, found: Iterable[Condition]) -> int:
    """A word before an agreed start, once, without a light (DOMAIN §6: −30 notice)."""
    tellings = []
    for condition in found:
        left = (condition.started_on - world.today).days
        if condition.rule is not Rule.START_OVERDUE or not 0 < left <= world.rules.start_notice:
            continue
        params = {
            "enterprise": condition.enterprise,
            "date": condition.started_on.isoformat(),
            "days": left,
        }
        key = f"reminder.start_near:{condition.subject_id}:{condition.started_on}"
        subject = ("project", condition.subject_id)
        tellings += [
            notices.Telling(person_id=person, kind="reminder.start_near", key=key, subject=subject, params=params)
            for person in dict.fromkeys(world.acting(condition))
        ]
    return notices.tell_many(session, tellings) if tellings else 0


def _telling(people: Iterable[int], kind: str, condition: Condition, row: _Row, turned: date) -> list[notices.Telling]:
    if condition.subject_kind in _OWN_PAGE or condition.lead_id is None:
        subject = (condition.subject_kind, condition.subject_id)
    else:
        subject = ("lead", condition.lead_id)
    return [
        notices.Telling(
            person_id=person_id,
            kind=kind,
            key=f"{kind}:{row.id}:{turned}",
            subject=subject,
            params={
                "rule": condition.rule.value,
                "enterprise": condition.enterprise,
                "reminder_id": row.id,
            },
        )
        for person_id in dict.fromkeys(people)
    ]


# ── Digests ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _plan_digests(
    session: Session,
    world: _World,
    found: Mapping[Key, Condition],
    rows: Mapping[Key, _Row],
    domain: str,
) -> int:
    """One digest a person a working day, for those to whom there is something to say; due at 08:30, gone by night."""
    due_at = china_instant(world.today, world.rules.digest_at)
    if world.at < due_at or not is_working_day(world.today, world.overrides):
        return 0
    readers: set[int] = set()
    for key, row in rows.items():
        if row.lights.at(world.today) is Light.GREEN:
            continue
        condition = found[key]
        readers.update(world.acting(condition))
        if row.level.number >= Level.CHIEF.number:
            readers.update(world.supervising(condition))
        if row.level.number >= Level.LEADER.number:
            readers.update(world.leaders())
    mails = [
        outbox.Planned(
            recipient_id=person_id,
            kind=DIGEST,
            period=world.today.isoformat(),
            params={"day": world.today.isoformat()},
            at=due_at,
            expires_at=china_instant(world.today + timedelta(days=1)),
            resolve=Resolve.RESEND,
            is_demo=world.people[person_id].is_demo,
        )
        for person_id in sorted(readers)
        if world.people[person_id].email
    ]
    return outbox.put(session, mails, domain) if mails else 0
