"""What the templates of leads show: built once per request from what the use cases give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask_babel import gettext

from crm.domain.access import Permission, Role
from crm.domain.calendar import next_working_day
from crm.domain.labels import label
from crm.domain.pipeline import Light
from crm.domain.reminders import Rule
from crm.infra.clock import civil_date, today
from crm.services import reminders
from crm.services.access import Actor, may_edit_lead
from crm.services.leads.show import owes_feedback
from crm.web import formats, timelines
from crm.web.cells import Due, due_of

#: When people are usually called.
MORNING = time(10, 0)


@dataclass(frozen=True, slots=True)
class May:
    """What the reader of a lead's page may do with it."""

    edit: bool
    take: bool
    assign: bool
    screen: bool
    introduce: bool
    reveal: bool
    hand_over: bool
    transfer: bool
    release: bool
    merge: bool


def may(actor: Actor, lead) -> May:
    """Which buttons stand on the page; the use cases ask again."""
    edit = may_edit_lead(actor, lead)
    own_section = lead.section_id in (None, actor.section_id)
    return May(
        edit=edit,
        take=lead.owner_id is None and own_section and actor.role in (Role.OFFICER, Role.CHIEF),
        assign=edit and actor.may(Permission.LEADS_ASSIGN),
        screen=edit and actor.may(Permission.LEADS_SCREEN),
        introduce=edit and lead.state.is_open and actor.may(Permission.INTRODUCTIONS_SEND),
        reveal=actor.may(Permission.CONTACTS_REVEAL),
        hand_over=edit and lead.owner_id is not None,
        transfer=edit and actor.may(Permission.LEADS_TRANSFER) and lead.section_id == actor.section_id,
        release=edit and lead.state.is_open and lead.pooled_at is None,
        merge=edit and actor.may(Permission.RECORDS_MERGE),
    )


def to_do(steps) -> list[timelines.Event]:
    """Open promises as they head the timeline: red where one is late."""
    found = []
    for step in steps:
        due = due_of(step)
        found.append(
            timelines.Event(
                title=gettext("待办：%(kind)s · %(subject)s", kind=gettext(label(step.kind)), subject=step.subject),
                when=formats.moment(step.due_at),
                who=step.owner.name,
                pieces=((due.words, False),),
                kind="due" if due.colour == "red" else "open",
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Shine:
    """The light of a lead with its reason, for the head of its page."""

    colour: str
    word: str
    reason: str


def shine(light: reminders.LeadLight, due: Due) -> Shine:
    """A green light names the clock that runs out first, a lit one what is owed and since when."""
    rule = light.words.say(gettext) if light.words else ""
    detail = light.detail.say(gettext) if light.detail else ""
    if light.rule is Rule.FOLLOW_UP_DUE:
        detail = due.words
    reason = detail if light.light is Light.GREEN else gettext("%(rule)s：%(detail)s", rule=rule, detail=detail)
    return Shine(light.light.value, gettext(label(light.light)), reason if detail else rule)


def quick_dates() -> list[tuple[str, date]]:
    """明天, the next Wednesday, next Monday, in two weeks: each moved to a working day."""
    now = today()
    wednesday = now + timedelta(days=(2 - now.weekday() - 1) % 7 + 1)
    monday = now + timedelta(days=7 - now.weekday())
    tomorrow = now + timedelta(days=1)
    days = [
        (gettext("明天"), tomorrow),
        (gettext("周三"), wednesday),
        (gettext("下周一"), monday),
        (gettext("2 周后"), now + timedelta(days=14)),
    ]
    seen: set[date] = set()
    kept = []
    for name, day in days:
        moved = next_working_day(day, include=True)
        if moved not in seen:
            kept.append((name if moved == day else formats.day(moved), moved))
            seen.add(moved)
    return kept


def proposed_due() -> datetime:
    """The next working day at ten, as a first proposal."""
    return datetime.combine(next_working_day(today()), MORNING)


def protection(lead) -> tuple[int, int] | None:
    """Days left and days in all of the first-contact protection; None without one."""
    if lead.protected_until is None:
        return None
    whole = max(1, (lead.protected_until - civil_date(lead.received_at)).days)
    return (lead.protected_until - today()).days, whole


def referrer_line(lead) -> tuple[str, str]:
    """Light and words about the answer that a referrer is owed."""
    if owes_feedback(lead):
        return "yellow", gettext("还没反馈引荐人")
    return "green", gettext("已反馈引荐人")
