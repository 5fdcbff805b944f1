"""Follow-ups: what was done, what came of it, and what comes next; one open promise is what reminders watch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission
from crm.domain.errors import Duplicate, Invalid, NotAllowed, Stale
from crm.domain.labels import N_
from crm.domain.leads import FollowUpKind, LeadState
from crm.domain.text import clean_text
from crm.infra.clock import civil_date, now, today
from crm.models import FollowUp, Lead
from crm.services import access, audit, timeline
from crm.services.access import Actor

SUBJECT_LENGTH = 200
OUTCOME_LENGTH = 2000
REASON_LENGTH = 300
#: More time may be asked for twice (DOMAIN §6).
MAX_POSTPONED = 2
#: A promise further away than this is a slip of the pen, not a plan.
MAX_AHEAD_DAYS = 366 * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What is to be done next, how, and when (an instant)."""

    kind: FollowUpKind
    subject: str
    due_at: datetime
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a follow-up, and the next one if there is one already."""

    outcome: str
    next_step: NextStep | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A contact that nobody had planned: kind, what it was about, what came of it, when it took place."""

    kind: FollowUpKind
    subject: str
    outcome: str
    at: datetime | None = None
    next_step: NextStep | None = None
    request_id: str | None = None


def plan(session: Session, actor: Actor, lead: Lead, step: NextStep) -> FollowUp:
    """Promise a next step on a lead that the actor may edit; the same `request_id` again returns the first row.

    The lead's owner is to do it; while nobody owns the lead, the actor.
    """
    _require_edit(actor, lead)
    if earlier := _by_request(session, actor, step.request_id):
        return earlier
    return add(session, actor, lead, step)


def add(session: Session, actor: Actor, lead: Lead, step: NextStep) -> FollowUp:
    """`plan` without the question whether the actor may: for use cases that have asked it."""
    subject = clean_text(step.subject, SUBJECT_LENGTH, "next_subject")
    if not subject:
        raise Invalid("next_subject", N_("请写下一步要做什么。"))
    _check_due(step.due_at, "next_due")
    follow_up = FollowUp(
        request_id=step.request_id,
        lead_id=lead.id,
        kind=step.kind,
        subject=subject,
        due_at=step.due_at,
        owner_id=lead.owner_id or actor.id,
        created_by_id=actor.id,
        postponed=0,
        postponements=[],
        is_demo=lead.is_demo,
    )
    follow_up, is_new = _insert(session, actor, follow_up)
    if not is_new:
        return follow_up
    timeline.note(
        session,
        actor,
        "follow_up.planned",
        lead,
        follow_up_id=follow_up.id,
        manner=step.kind.value,
        subject=subject,
        due=step.due_at.isoformat(),
    )
    return follow_up


def complete(session: Session, actor: Actor, follow_up: FollowUp, done: Done) -> FollowUp | None:
    """Write down what came of it and, in the same step, what comes next; returns the next one.

    A second submit of the same form changes nothing. Stale if somebody changed the follow-up since it was shown.
    """
    lead = _lead_of(session, actor, follow_up)
    outcome = _outcome(done.outcome)
    if follow_up.done_at is not None:
        earlier = _by_request(session, actor, done.next_step.request_id if done.next_step else None)
        if earlier is not None or follow_up.outcome == outcome:
            return earlier
        raise Stale(N_("这次跟进刚被标为完成，您写的结果没有保存；请另记一次跟进。"))
    if done.version is not None and follow_up.version != done.version:
        raise Stale(N_("这次跟进刚被别人改过，请对照最新内容再提交。"))
    follow_up.done_at = now()
    follow_up.outcome = outcome
    _note_done(session, actor, lead, follow_up)
    return add(session, actor, lead, done.next_step) if done.next_step else None


def log_done(session: Session, actor: Actor, lead: Lead, happened: Happened) -> FollowUp:
    """Write down a contact that took place, planned or not; the same `request_id` again returns the first row."""
    _require_edit(actor, lead)
    if earlier := _by_request(session, actor, happened.request_id):
        return earlier
    subject = clean_text(happened.subject, SUBJECT_LENGTH, "subject")
    if not subject:
        raise Invalid("subject", N_("请写这次是为了什么。"))
    at = happened.at or now()
    if at > now():
        raise Invalid("happened_at", N_("这个时间还没到；将来的事请排为下次跟进。"))
    follow_up = FollowUp(
        request_id=happened.request_id,
        lead_id=lead.id,
        kind=happened.kind,
        subject=subject,
        done_at=at,
        outcome=_outcome(happened.outcome),
        owner_id=actor.id,
        created_by_id=actor.id,
        postponed=0,
        postponements=[],
        is_demo=lead.is_demo,
    )
    follow_up, is_new = _insert(session, actor, follow_up)
    if not is_new:
        return follow_up
    _note_done(session, actor, lead, follow_up)
    if happened.next_step:
        add(session, actor, lead, happened.next_step)
    return follow_up


def postpone(
    session: Session, actor: Actor, follow_up: FollowUp, new_due: datetime, reason: str, version: int | None = None
) -> None:
    """Put an open follow-up off to a later instant, with a reason, twice at most (DOMAIN §6)."""
    lead = _lead_of(session, actor, follow_up)
    if follow_up.done_at is not None or follow_up.due_at is None:
        raise Invalid("", N_("这次跟进已经完成，不用顺延。"))
    if version is not None and follow_up.version != version:
        raise Stale(N_("这次跟进刚被别人改过，请对照最新内容再提交。"))
    words = clean_text(reason, REASON_LENGTH, "reason", multiline=True)
    if not words:
        raise Invalid("reason", N_("请写明为什么顺延。"))
    if follow_up.postponed >= MAX_POSTPONED:
        raise Invalid("", N_("已经顺延 %(count)d 次，不能再顺延：请完成它，或另排一次。"), count=MAX_POSTPONED)
    _check_due(new_due, "new_due")
    if new_due <= follow_up.due_at:
        raise Invalid("new_due", N_("顺延后的时间要晚于原定时间。"))
    follow_up.postponements = [
        *follow_up.postponements,
        {
            "at": now().isoformat(),
            "by": str(actor.id),
            "from": follow_up.due_at.isoformat(),
            "to": new_due.isoformat(),
            "reason": words,
        },
    ]
    follow_up.postponed += 1
    follow_up.due_at = new_due
    timeline.note(
        session,
        actor,
        "follow_up.postponed",
        lead,
        follow_up_id=follow_up.id,
        subject=follow_up.subject,
        to=civil_date(new_due).isoformat(),
        note=words,
    )
    audit.record(
        session,
        actor.id,
        "follow_up.postponed",
        ("follow_up", follow_up.id),
        after={"due_at": new_due.isoformat(), "reason": words, "count": follow_up.postponed},
    )


def open_of_lead(session: Session, lead_id: int) -> list[FollowUp]:
    """Open follow-ups of a lead, the next due first. The caller has loaded the lead through `access.lead`."""
    query = (
        select(FollowUp)
        .where(FollowUp.lead_id == lead_id, FollowUp.done_at.is_(None), FollowUp.due_at.is_not(None))
        .options(joinedload(FollowUp.owner))
        .order_by(FollowUp.due_at, FollowUp.id)
    )
    return list(session.scalars(query))


def _require_edit(actor: Actor, lead: Lead) -> None:
    access.require(actor, Permission.LEADS_EDIT)
    if not access.may_edit_lead(actor, lead):
        raise NotAllowed(N_("这条线索由他人负责，您可以查看，不能修改。"))


def _lead_of(session: Session, actor: Actor, follow_up: FollowUp) -> Lead:
    """The lead of a follow-up that the actor may close or move: their own, or one on a lead they may edit."""
    access.require(actor, Permission.LEADS_EDIT)
    lead = access.lead(session, actor, follow_up.lead_id)
    if follow_up.owner_id != actor.id and not access.may_edit_lead(actor, lead):
        raise NotAllowed(N_("这条跟进由他人负责，您可以查看，不能修改。"))
    return lead


def _by_request(session: Session, actor: Actor, request_id: str | None) -> FollowUp | None:
    """The row that the same opened form made before, if it did."""
    if not request_id:
        return None
    found = session.scalar(select(FollowUp).where(FollowUp.request_id == request_id))
    if found is not None and found.created_by_id != actor.id:
        raise Duplicate(N_("这张表单已经由别人提交过，请重新打开页面。"))
    return found


def _insert(session: Session, actor: Actor, follow_up: FollowUp) -> tuple[FollowUp, bool]:
    """Add the row, or give the one that a simultaneous submit of the same form has just added; whether it is new."""
    try:
        with session.begin_nested():
            session.add(follow_up)
    except IntegrityError:
        earlier = _by_request(session, actor, follow_up.request_id)
        if earlier is None:
            raise
        return earlier, False
    return follow_up, True


def _outcome(text: str) -> str:
    outcome = clean_text(text, OUTCOME_LENGTH, "outcome", multiline=True)
    if not outcome:
        raise Invalid("outcome", N_("请写一句这次的结果：谈了什么，对方怎么说。"))
    return outcome


def _check_due(due_at: datetime, field: str) -> None:
    if civil_date(due_at) < today():
        raise Invalid(field, N_("这个日期已经过去，请选今天或以后。"))
    if (civil_date(due_at) - today()).days > MAX_AHEAD_DAYS:
        raise Invalid(field, N_("离今天超过两年，请检查年份。"))


def _note_done(session: Session, actor: Actor, lead: Lead, follow_up: FollowUp) -> None:
    timeline.note(
        session,
        actor,
        "follow_up.done",
        lead,
        at=follow_up.done_at,
        follow_up_id=follow_up.id,
        manner=follow_up.kind.value,
        subject=follow_up.subject,
        outcome=follow_up.outcome,
    )
    audit.record(session, actor.id, "follow_up.done", ("follow_up", follow_up.id), after={"subject": follow_up.subject})
    if lead.state is LeadState.NEW:
        lead.state = LeadState.SCREENING
