"""A month of follow-ups: what was done with its outcome, and what is promised, overdue, due today or next week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from crm.domain.leads import FollowUpKind, LeadState
from crm.models import FollowUp
from crm.services import timeline
from crm.services.access import Actor
from crm.services.seed.demo import files
from crm.services.seed.demo.dates import Dates
from crm.services.seed.demo.leads import Told
from crm.services.seed.demo.people import People
from crm.services.seed.upsert import Tally

Entry = tuple[int, str, str, str, str]

#: Follow-ups older than this are not told: the demonstration shows a month.
MONTH = 24
MOST = 4


def store_follow_ups(session: Session, tally: Tally, people: People, dates: Dates, told: Told, random: Random) -> None:
    """The done ones of a lead, oldest first, and its open one."""
    doer = told.owner or people.chief_of(told.lead.section_id)
    last = told.received
    for days, at, kind, subject, outcome in _entries(told, random):
        moment = dates.past(days, at, after=last)
        _store_done(session, tally, told, doer, (kind, subject, outcome), moment)
        last = moment
    planned = _next(told, random)
    if planned is not None:
        _store_open(session, tally, dates, told, doer, planned, last)


def _entries(told: Told, random: Random) -> Sequence[Entry]:
    """The story's own log, or one made of common words for a lead that somebody works on."""
    story = told.story
    if story.log is not None:
        return story.log
    if told.owner is None or story.received < 2:
        return ()
    # Nobody does anything more while the next step is overdue, or after a verdict against the lead.
    overdue = -story.next[0] if story.next is not None else 0
    newest = max(1, overdue + 1, story.screened or 0) if not told.lead.state.is_open else max(1, overdue + 1)
    oldest = min(story.received - 1, MONTH)
    if oldest < newest:
        return ()
    count = min(MOST, 1 + (oldest - newest) // 5)
    days = sorted(random.sample(range(newest, oldest + 1), min(count, oldest - newest + 1)), reverse=True)
    first, *rest = files.texts("done")
    chosen = [first, *random.sample(rest, len(days) - 1)] if story.received <= MONTH else random.sample(rest, len(days))
    return [
        (day, f"{9 + random.randrange(8):02d}:{random.randrange(12) * 5:02d}", *words)
        for day, words in zip(days, chosen, strict=True)
    ]


def _store_done(
    session: Session, tally: Tally, told: Told, doer: Actor, words: tuple[str, str, str], moment: datetime
) -> None:
    kind, subject, outcome = words
    follow_up = FollowUp(
        lead_id=told.lead.id,
        kind=FollowUpKind(kind),
        subject=subject,
        due_at=moment,
        done_at=moment,
        outcome=outcome,
        owner_id=doer.id,
        created_by_id=doer.id,
        created_at=moment,
        postponements=[],
        is_demo=True,
    )
    session.add(follow_up)
    session.flush()
    tally.added["follow_up"] += 1
    timeline.note(
        session,
        doer,
        "follow_up.done",
        told.lead,
        at=moment,
        follow_up_id=follow_up.id,
        manner=kind,
        subject=subject,
        outcome=outcome,
    )
    if told.lead.state is LeadState.NEW:
        told.lead.state = LeadState.SCREENING


def _next(told: Told, random: Random) -> tuple[int, str, str, str] | None:
    story = told.story
    if story.next is not None or told.owner is None or not told.lead.state.is_open:
        return story.next
    # Some leads have nothing planned, as in life: the list of leads shows them.
    if story.log is not None or story.received > MONTH * 4 or not random.randrange(3):
        return None
    kind, subject = random.choice(files.texts("next"))
    return 1 + random.randrange(5), f"{9 + random.randrange(8):02d}:00", kind, subject


def _store_open(
    session: Session,
    tally: Tally,
    dates: Dates,
    told: Told,
    doer: Actor,
    planned: tuple[int, str, str, str],
    last: datetime,
) -> None:
    days, at, kind, subject = planned
    due = dates.due(days, at)
    # Promised right after the last contact, and in any case before it was due.
    moment = min(last + timedelta(minutes=1), dates.now, due)
    follow_up = FollowUp(
        lead_id=told.lead.id,
        kind=FollowUpKind(kind),
        subject=subject,
        due_at=due,
        owner_id=doer.id,
        created_by_id=doer.id,
        created_at=moment,
        postponements=[],
        is_demo=True,
    )
    session.add(follow_up)
    session.flush()
    tally.added["follow_up"] += 1
    timeline.note(
        session,
        doer,
        "follow_up.planned",
        told.lead,
        at=moment,
        follow_up_id=follow_up.id,
        manner=kind,
        subject=subject,
        due=due.isoformat(),
    )
