"""Reminders: when a light turns yellow and red, who is told next, and asking for more time (DOMAIN §6).

Every number is a setting with the default of DOMAIN §6. Dates are civil dates in Asia/Shanghai, working days follow
the calendar with its overrides, and each answer depends only on its arguments: a missed day heals itself, asking
twice changes nothing. Nothing here ends a reminder; its condition must end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from crm.domain.calendar import (
    Overrides,
    add_working_days,
    china_instant,
    next_working_day,
)
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.leads import Grade
from crm.domain.pipeline import Light

SETTING = "reminders.thresholds"
REASON_LENGTH = 300
_MOST_DAYS = 3650


class Rule(StrEnum):
    """What is watched; the word is stored with each reminder."""

    FOLLOW_UP_DUE = "follow_up_due"
    LEAD_UNOWNED = "lead_unowned"
    LEAD_UNSCREENED = "lead_unscreened"
    REFERRER_UNTOLD = "referrer_untold"
    INTRODUCTION_UNANSWERED = "introduction_unanswered"
    PROTECTION_ENDING = "protection_ending"
    LEAD_SILENT = "lead_silent"
    PROJECT_SILENT = "project_silent"
    REVIEW_WAITING = "review_waiting"
    SIGNED_INCOMPLETE = "signed_incomplete"
    NOT_REGISTERED = "not_registered"
    START_OVERDUE = "start_overdue"
    EXIT_REVIEW = "exit_review"
    BUILDING_BEHIND = "building_behind"
    MONTH_UNRECORDED = "month_unrecorded"
    HOLD_REVIEW = "hold_review"
    COMMITMENT_DUE = "commitment_due"
    ISSUE_DUE = "issue_due"
    PLAN_TASK_DUE = "plan_task_due"
    PLAN_REVIEW = "plan_review"
    SEGMENT_SURVEY = "segment_survey"
    TARGET_DUE = "target_due"
    ARCHIVE_PROPOSED = "archive_proposed"


class Level(StrEnum):
    """Who is told, in order: the owner at yellow and red, then the section chief, the leader, the weekly red box."""

    OWNER = "owner"
    CHIEF = "chief"
    LEADER = "leader"
    RED_BOX = "red_box"

    @property
    def number(self) -> int:
        return list(Level).index(self)


#: The day on which a light that has no red turns red.
NEVER = date.max


@dataclass(frozen=True, slots=True)
class Clock:
    """Days from the start of a clock to yellow and to red; `yellow <= red`. A red of None never comes."""

    yellow: int
    red: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The numbers of DOMAIN §6. Clocks marked W count working days, P points, the others calendar days."""

    #: W: nobody is in charge of a lead.
    lead_unowned: Clock = field(default=Clock(1, 2))
    #: W: a lead has no screening verdict.
    lead_unscreened: Clock = field(default=Clock(3, 7))
    #: W: a referrer has not been told what became of the lead.
    referrer_untold: Clock = field(default=Clock(5, 7))
    #: W: a park owes an answer to an introduction.
    introduction_unanswered: Clock = field(default=Clock(3, 5))
    #: W: a follow-up is not done; 0 is the due day itself.
    follow_up_due: Clock = field(default=Clock(0, 1))
    #: Days of silence by class.
    silent_a: Clock = field(default=Clock(14, 30))
    silent_b: Clock = field(default=Clock(30, 60))
    silent_c: Clock = field(default=Clock(60, 90))
    #: Days relative to the end of first-contact protection.
    protection_ending: Clock = field(default=Clock(-14, 0))
    #: W: a project stands in review without a verdict.
    review_waiting: Clock = field(default=Clock(10, 20))
    #: W: a signed project lacks its contract or the agreed dates.
    signed_incomplete: Clock = field(default=Clock(5, None))
    #: Days since the signing without a local registration; red at once.
    not_registered: Clock = field(default=Clock(30, 30))
    #: Days relative to the agreed start.
    start_overdue: Clock = field(default=Clock(0, 90))
    #: Days after the agreed start at which giving the project up is looked at; red at once.
    exit_review: Clock = field(default=Clock(180, 180))
    #: P: points that the building lies behind its plan.
    building_behind: Clock = field(default=Clock(10, 30))
    #: Days since the end of the last month that has a record.
    month_unrecorded: Clock = field(default=Clock(35, None))
    #: W: the day on which a project on hold is to be looked at again.
    hold_review: Clock = field(default=Clock(0, 5))
    #: Days relative to the due day of a commitment.
    commitment_due: Clock = field(default=Clock(-14, 0))
    #: Days relative to the due day of an issue.
    issue_due: Clock = field(default=Clock(-3, 1))
    #: Days relative to the due day of a task of a chain's plan [P].
    plan_task_due: Clock = field(default=Clock(-14, 0))
    #: Days relative to the day on which a chain's plan is to be looked at again [P].
    plan_review: Clock = field(default=Clock(-14, 14))
    #: Days since the oldest survey or placement of a chain grew old [P]. Like unverified space it never turns red: it
    #: asks the chain team, and a leader is not to decide who walks round.
    segment_survey: Clock = field(default=Clock(0, None))
    #: W: a first contact with a target enterprise is not made; 0 is the due day itself [P].
    target_due: Clock = field(default=Clock(0, 1))
    #: Days of silence at which archiving is proposed; nothing is archived by itself.
    archive_proposed: Clock = field(default=Clock(180, None))
    #: Days before the agreed start on which the owner is told of it, without a light.
    start_notice: int = 30
    #: W after red: the section chief is told.
    chief_after: int = 3
    #: W after red: the leader is told.
    leader_after: int = 7
    #: W after red: the item stands in the red box of the weekly report.
    red_box_after: int = 10
    #: How often more time may be asked for.
    snoozes: int = 2
    #: Longest time that may be asked for at once, in days.
    snooze_days: int = 14
    #: Lights are told in the product from this time of the day on.
    told_at: time = time(9, 0)
    #: The digest leaves at this time on working days.
    digest_at: time = time(8, 30)

    def to_json(self) -> dict[str, object]:
        """Plain values for the settings table."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_json(cls, value: object) -> Thresholds:
        """Read what `to_json` wrote; keys that are left out keep their default.

        Raises Invalid naming the key for unknown keys, numbers out of range, yellow after red, or steps out of order.
        """
        if value is None:
            return cls()
        if not isinstance(value, Mapping):
            raise Invalid(SETTING, N_("提醒期限应为一张表。"))
        defaults = cls()
        read: dict[str, object] = {}
        for name, given in value.items():
            if name not in cls.__dataclass_fields__:
                raise Invalid(str(name), N_("没有「%(name)s」这项期限。"), name=name)
            read[name] = _read(name, given, getattr(defaults, name))
        made = cls(**read)  # type: ignore[arg-type]
        if not made.chief_after <= made.leader_after <= made.red_box_after:
            raise Invalid("chief_after", N_("上送应先科长、再区领导、再进周报红项。"))
        return made

    def silence(self, grade: Grade | None) -> Clock:
        """The clock of a class; a record without a class is given the most time, as class C."""
        return {Grade.A: self.silent_a, Grade.B: self.silent_b}.get(grade, self.silent_c)  # type: ignore[arg-type]


#: Clocks that may start before their day.
_BEFORE = frozenset({"protection_ending", "commitment_due", "issue_due", "plan_task_due", "plan_review"})


def _plain(value: object) -> object:
    if isinstance(value, Clock):
        return {"yellow": value.yellow, "red": value.red}
    return f"{value:%H:%M}" if isinstance(value, time) else value


def _read(name: str, given: object, default: object) -> object:
    if isinstance(default, Clock):
        if not isinstance(given, Mapping) or set(given) != {"yellow", "red"}:
            raise Invalid(name, N_("「%(name)s」要写黄灯和红灯两个天数。"), name=name)
        red = None if default.red is None and given["red"] in (None, "") else _days(name, given["red"])
        clock = Clock(_days(name, given["yellow"]), red)
        if clock.red is not None and clock.yellow > clock.red:
            raise Invalid(name, N_("「%(name)s」的黄灯不能晚于红灯。"), name=name)
        if clock.yellow < 0 and name not in _BEFORE:
            raise Invalid(name, N_("「%(name)s」的天数不能小于 0。"), name=name)
        return clock
    if isinstance(default, time):
        try:
            return time.fromisoformat(str(given)).replace(tzinfo=None)
        except ValueError:
            raise Invalid(name, N_("「%(name)s」应写作 09:00 这样的时刻。"), name=name) from None
    days = _days(name, given)
    if days < 0:
        raise Invalid(name, N_("「%(name)s」的天数不能小于 0。"), name=name)
    return days


def _days(name: str, given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or abs(given) > _MOST_DAYS:
        raise Invalid(name, N_("「%(name)s」应为 %(most)d 以内的整天数。"), name=name, most=_MOST_DAYS)
    return given


# ── Lights ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Lights:
    """The civil dates on which a reminder turns yellow and red."""

    yellow_on: date
    red_on: date

    def at(self, day: date) -> Light:
        if day >= self.red_on:
            return Light.RED
        return Light.YELLOW if day >= self.yellow_on else Light.GREEN


_WORKING = frozenset(
    {
        Rule.FOLLOW_UP_DUE,
        Rule.LEAD_UNOWNED,
        Rule.LEAD_UNSCREENED,
        Rule.REFERRER_UNTOLD,
        Rule.INTRODUCTION_UNANSWERED,
        Rule.REVIEW_WAITING,
        Rule.SIGNED_INCOMPLETE,
        Rule.HOLD_REVIEW,
        Rule.TARGET_DUE,
    }
)


def clock_of(rule: Rule, thresholds: Thresholds, grade: Grade | None = None) -> Clock:
    """The clock of a rule; silence depends on the class."""
    if rule in (Rule.LEAD_SILENT, Rule.PROJECT_SILENT):
        return thresholds.silence(grade)
    return getattr(thresholds, rule.value)


def counts_working_days(rule: Rule) -> bool:
    """Whether the rule's clock counts working days (else calendar days)."""
    return rule in _WORKING


def lights(
    rule: Rule,
    started_on: date,
    thresholds: Thresholds,
    overrides: Overrides,
    grade: Grade | None = None,
    snoozed_until: date | None = None,
    points: int | None = None,
) -> Lights:
    """When the reminder turns yellow and red; a red that never comes is `NEVER`.

    `started_on` is the day the clock starts: the due day of a follow-up, the end of protection, else the day of the
    last thing that happened. Where a rule counts `points`, the light is on from that day or not at all. With more time asked for, nothing turns before `snoozed_until`, when it is yellow, and
    red on the next working day; escalation then counts from that red.
    """
    clock = clock_of(rule, thresholds, grade)

    def turns(after: int | None) -> date:
        if after is None:
            return NEVER
        if points is not None:
            return started_on if points >= after else NEVER
        return add_working_days(started_on, after, overrides) if working else started_on + timedelta(days=after)

    working = counts_working_days(rule)
    found = Lights(turns(clock.yellow), turns(clock.red))
    if snoozed_until is None:
        return found
    again = next_working_day(snoozed_until, overrides)
    # More time cannot give a light a red that it does not have.
    return Lights(
        max(found.yellow_on, snoozed_until), found.red_on if found.red_on == NEVER else max(found.red_on, again)
    )


# ── Escalation ───────────────────────────────────────────────────────────────────────────────────────────────────────


def escalation_day(level: Level, red_on: date, thresholds: Thresholds, overrides: Overrides) -> date:
    """The civil day on which `level` is told, counted in working days from the day the light turned red."""
    after = {
        Level.OWNER: 0,
        Level.CHIEF: thresholds.chief_after,
        Level.LEADER: thresholds.leader_after,
        Level.RED_BOX: thresholds.red_box_after,
    }[level]
    return add_working_days(red_on, after, overrides)


def level_on(day: date, red_on: date, thresholds: Thresholds, overrides: Overrides) -> Level:
    """How far a reminder that is still open on `day` has been escalated."""
    if day < red_on:
        return Level.OWNER
    reached = [level for level in Level if day >= escalation_day(level, red_on, thresholds, overrides)]
    return reached[-1]


def may_tell(day_turned: date, at: datetime, thresholds: Thresholds) -> bool:
    """Whether a light that turned on `day_turned` may be told at the instant `at`: from 09:00 of that day on."""
    return at >= china_instant(day_turned, thresholds.told_at)


# ── More time ────────────────────────────────────────────────────────────────────────────────────────────────────────


def snoozes_left(used: int, thresholds: Thresholds) -> int:
    return max(0, thresholds.snoozes - used)


def check_snooze(used: int, until: date, reason: str, today: date, thresholds: Thresholds) -> None:
    """Raise Invalid unless more time may be asked for: a reason, a later day not too far away, at most twice."""
    if not snoozes_left(used, thresholds):
        raise Invalid("", N_("已经延后 %(times)d 次，不能再延；请办结或改派。"), times=used)
    if not reason.strip():
        raise Invalid("reason", N_("请写明为什么延后。"))
    if until <= today:
        raise Invalid("until", N_("请选今天以后的日期。"))
    if until > today + timedelta(days=thresholds.snooze_days):
        raise Invalid("until", N_("一次最多延后 %(days)d 天。"), days=thresholds.snooze_days)
