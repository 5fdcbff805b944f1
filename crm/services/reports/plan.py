"""Planning the weekly mails: on Monday 08:30, or the next working day, for the ISO week before (DOMAIN §7).

Asked at every tick and always with the same answer: the week is frozen once, each mail is planned once by its period.
A Monday on which nothing ran heals itself for as long as the mail is worth reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from crm.domain.calendar import IsoWeek, Overrides, china_instant, iso_week, previous_week, report_day
from crm.domain.delivery import Resolve
from crm.domain.reports import Voice
from crm.infra.clock import civil_date, now
from crm.infra.config import Settings
from crm.models import Person
from crm.services import outbox
from crm.services.reminders import overrides, thresholds
from crm.services.reports.snapshot import freeze_week, receivers

#: A weekly mail is worth sending until the next one is due.
WORTH = timedelta(days=7)
#: The longest holidays push a Monday by less than this many weeks.
_LOOK_BACK = 4


def plan_weekly(session: Session, settings: Settings, at: datetime | None = None) -> int:
    """Freeze the weeks whose report is due and plan their mails; how many mails are new. Needs a writing session."""
    at = at or now()
    rules = thresholds(session)
    planned = 0
    for week, day in due_weeks(civil_date(at), overrides(session)):
        due_at = china_instant(day, rules.digest_at)
        if not due_at <= at < due_at + WORTH:
            continue
        freeze_week(session, week, at)
        mails = [_mail(person, voice, week, due_at) for voice in Voice for person in receivers(session, voice)]
        mails = [mail for mail in mails if mail is not None]
        planned += outbox.put(session, mails, settings.mail_from.rpartition("@")[2]) if mails else 0
    return planned


def due_weeks(today: date, days: Overrides) -> Iterator[tuple[IsoWeek, date]]:
    """The last weeks whose report day has come, oldest first, each with that day."""
    week = iso_week(today)
    found = []
    for _ in range(_LOOK_BACK):
        week = previous_week(week)
        day = report_day(week, days)
        if day <= today:
            found.append((week, day))
    yield from reversed(found)


def _mail(person: Person, voice: Voice, week: IsoWeek, due_at: datetime) -> outbox.Planned | None:
    if not person.email:
        return None
    return outbox.Planned(
        recipient_id=person.id,
        kind=voice.kind,
        period=str(week),
        params={"week": str(week)},
        at=due_at,
        expires_at=due_at + WORTH,
        resolve=Resolve.RESEND,
        is_demo=person.is_demo,
    )
