"""The light of one lead, now: the same conditions and clocks as its reminders, asked of records that are loaded.

Reminders are planned by the clock of the house; a page must not wait for it. A follow-up that was done a second ago
makes the lead green at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.introductions import IntroductionState
from crm.domain.leads import Grade, LeadSource
from crm.domain.notices import rule_words
from crm.domain.pipeline import Light, SideState, Stage
from crm.domain.reminder_words import basis
from crm.domain.reminders import NEVER, Lights, Rule, clock_of, lights
from crm.domain.sentences import Sentence
from crm.infra.clock import civil_date, today
from crm.models import FollowUp, Introduction, Lead, Project, Reminder
from crm.services.reminders.conditions import LeadFacts, of_lead_facts, overrides, thresholds

#: Rules that `_running` asks of the records themselves; the others are read from what the planner keeps.
_ASKED_HERE = frozenset(
    {
        Rule.FOLLOW_UP_DUE,
        Rule.LEAD_UNOWNED,
        Rule.LEAD_UNSCREENED,
        Rule.REFERRER_UNTOLD,
        Rule.INTRODUCTION_UNANSWERED,
        Rule.PROTECTION_ENDING,
        Rule.LEAD_SILENT,
        Rule.PROJECT_SILENT,
        Rule.ARCHIVE_PROPOSED,
    }
)
_ORDER = (Light.RED, Light.YELLOW, Light.GREEN)


@dataclass(frozen=True, slots=True)
class LeadLight:
    """The most serious light of a lead, the rule that decides it, and the clock in words (None: the date says all)."""

    light: Light
    rule: Rule | None
    words: Sentence | None
    detail: Sentence | None


def of_lead(
    session: Session,
    lead: Lead,
    project: Project | None,
    steps: Iterable[FollowUp],
    introductions: Iterable[Introduction],
) -> LeadLight:
    """The light of a lead that the caller has loaded, with its project, open promises and introductions."""
    day, rules, free_days = today(), thresholds(session), overrides(session)
    kept = _kept(session, lead)
    snoozed = _snoozed(kept)
    found: list[tuple[Light, date, Rule, date]] = []
    for rule, kind, subject_id, started_on in _running(lead, project, steps, introductions):
        until = snoozed.get((rule.value, kind, subject_id, started_on))
        turn = lights(rule, started_on, rules, free_days, _grade(rule, lead, project), until)
        found.append((turn.at(day), turn.yellow_on, rule, started_on))
    found += _planned(kept, day)
    if not found:
        return LeadLight(Light.GREEN, None, None, None)
    light, _turned, rule, started_on = min(found, key=lambda each: (_ORDER.index(each[0]), each[1]))
    clock = clock_of(rule, rules, _grade(rule, lead, project))
    return LeadLight(light, rule, rule_words(rule), basis(rule, started_on, day, clock, free_days))


def _grade(rule: Rule, lead: Lead, project: Project | None) -> Grade | None:
    return project.grade if rule is Rule.PROJECT_SILENT and project is not None else lead.grade


def _running(
    lead: Lead, project: Project | None, steps: Iterable[FollowUp], introductions: Iterable[Introduction]
) -> list[tuple[Rule, str, int, date]]:
    """Rule, record and start of every clock that runs."""
    owed = lead.source is LeadSource.REFERRAL or bool(lead.referrer)
    facts = LeadFacts(
        id=lead.id,
        state=lead.state,
        owner_id=lead.owner_id,
        section_id=lead.section_id,
        received_at=lead.received_at,
        last_activity_at=lead.last_activity_at,
        grade=lead.grade,
        protected_until=lead.protected_until,
        pooled_at=lead.pooled_at,
        owes_referrer=owed and lead.referrer_told_at is None,
        is_demo=lead.is_demo,
        enterprise="",
        project_id=project.id if project is not None else None,
    )
    found = [(each.rule, each.subject_kind, each.subject_id, each.started_on) for each in of_lead_facts(facts)]
    found += [
        (Rule.FOLLOW_UP_DUE, "follow_up", step.id, civil_date(step.due_at)) for step in steps if step.due_at is not None
    ]
    for each in introductions:
        if each.state.is_open:
            agreed = each.viewing_at if each.state is IntroductionState.VIEWING else None
            start = agreed or each.sent_at
            found.append((Rule.INTRODUCTION_UNANSWERED, "introduction", each.id, civil_date(start)))
    if project is not None and project.stage is Stage.NEGOTIATING and project.side_state is SideState.ACTIVE:
        touched = civil_date(project.last_activity_at)
        found += [(rule, "project", project.id, touched) for rule in (Rule.PROJECT_SILENT, Rule.ARCHIVE_PROPOSED)]
    return found


def _kept(session: Session, lead: Lead) -> list[Reminder]:
    """What the planner keeps of the lead and whatever hangs on it."""
    return list(session.scalars(select(Reminder).where(Reminder.lead_id == lead.id, Reminder.ended_at.is_(None))))


def _kept(session: Session, lead: Lead) -> Sequence[Reminder]:
    """What the planner keeps open for the lead and its project: more time that was granted, and further lights."""
    return session.scalars(select(Reminder).where(Reminder.lead_id == lead.id, Reminder.ended_at.is_(None))).all()


def _planned(kept: Iterable[Reminder], day: date) -> list[tuple[Light, date, Rule, date]]:
    """Lights of the project's later stages, of commitments and issues, as the planner keeps them."""
    return [
        (Lights(row.yellow_on, row.red_on or NEVER).at(day), row.yellow_on, Rule(row.rule), row.started_on)
        for row in kept
        if Rule(row.rule) not in _ASKED_HERE and row.yellow_on is not None and row.yellow_on <= day
    ]


def _snoozed(kept: Iterable[Reminder]) -> Mapping[tuple[str, str, int, date], date]:
    """More time that was granted, by reminder."""
    return {
        (row.rule, row.subject_kind, row.subject_id, row.started_on): row.snoozed_until
        for row in kept
        if row.snoozed_until is not None
    }
