"""The weekly pipeline report: one data set, three voices (DOMAIN §7).

Everything that the three mails say is a value here: figures, ids, names of enterprises that the reader may know, and
sentences that are worded when they are read. No contact is part of it. It is stored as JSON (`domain.frozen`), so
that a past week reads as it was sent. Money is fen; unknown is None and is counted apart, never added as 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from crm.domain.access import Role
from crm.domain.labels import N_
from crm.domain.pipeline import Batch, Light, Stage
from crm.domain.reminders import Rule
from crm.domain.sentences import Sentence
from crm.domain.space import UnitStatus


class Voice(StrEnum):
    """Whom the report speaks to."""

    LEADER = "leader"
    OFFICER = "officer"
    PARK = "park"

    @property
    def kind(self) -> str:
        """The outbox's word for the mail in this voice."""
        return f"weekly_{self.value}"


#: Words of the three voices; the roles that receive each, and those that may read it as their own.
VOICE_WORDS = {Voice.LEADER: N_("区领导"), Voice.OFFICER: N_("招商专员"), Voice.PARK: N_("园区管理员")}
RECEIVERS: Mapping[Voice, frozenset[Role]] = {
    Voice.LEADER: frozenset({Role.LEADER}),
    Voice.OFFICER: frozenset({Role.OFFICER, Role.CHIEF}),
    Voice.PARK: frozenset({Role.PARK_MANAGER}),
}
_OWN = {role: voice for voice, roles in RECEIVERS.items() for role in roles}


def own_voice(role: Role) -> Voice | None:
    """The voice in which a role reads the report; a chain team reads the leaders' page within what it may see."""
    return Voice.LEADER if role is Role.CHAIN_TEAM else _OWN.get(role)


# ── The leaders' page ────────────────────────────────────────────────────────────────────────────────────────────────


class Movement(StrEnum):
    """What can happen to a project in a week."""

    RESERVE = "reserve"
    SIGNED = "signed"
    STARTED = "started"
    OPERATING = "operating"
    LOST = "lost"


MOVEMENT_WORDS = {
    Movement.RESERVE: N_("新增储备"),
    Movement.SIGNED: N_("签约"),
    Movement.STARTED: N_("开工"),
    Movement.OPERATING: N_("投产"),
    Movement.LOST: N_("流失"),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """One project that moved. `project_id` is None once the record is gone; `why` is said of a loss only."""

    project_id: int | None
    name: str
    amount_fen: int | None
    is_demo: bool
    why: Sentence | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """One movement of the week: its projects, and how many there were the week before."""

    movement: Movement
    projects: tuple[Moved, ...]
    previous: int

    @property
    def count(self) -> int:
        return len(self.projects)

    @property
    def amount_fen(self) -> int | None:
        return known_sum(project.amount_fen for project in self.projects)

    @property
    def without_amount(self) -> int:
        return sum(project.amount_fen is None for project in self.projects)


@dataclass(frozen=True, slots=True)
class Stock:
    """Projects of one batch at the end of the week."""

    batch: Batch
    count: int
    amount_fen: int | None
    without_amount: int


@dataclass(frozen=True, slots=True)
class YearToDate:
    """Signed since New Year, against the year's target where the district has entered one."""

    year: int
    signed: int
    signed_fen: int | None
    without_amount: int
    target_fen: int | None
    #: Share of the year gone at the end of the week.
    passed_per_mille: int

    @property
    def done_per_mille(self) -> int | None:
        return None if not self.target_fen else (self.signed_fen or 0) * 1000 // self.target_fen

    @property
    def behind_fen(self) -> int | None:
        """How much less than the share of the year gone asks for; negative when ahead. None without a target."""
        if not self.target_fen:
            return None
        return self.target_fen * self.passed_per_mille // 1000 - (self.signed_fen or 0)


@dataclass(frozen=True, slots=True)
class RedItem:
    """What has been red for so long that it reaches the leaders, with the one decision that is asked of them."""

    rule: str
    lead_id: int | None
    project_id: int | None
    name: str
    amount_fen: int | None
    why: Sentence
    decision: Sentence
    owner_name: str | None
    red_days: int
    is_demo: bool


#: The decision that is asked where nobody has written one.
DECISIONS: Mapping[Rule, str] = {
    Rule.LEAD_UNOWNED: N_("指定由哪个科室承接。"),
    Rule.LEAD_UNSCREENED: N_("限定筛查的最后日期，或改派科室。"),
    Rule.FOLLOW_UP_DUE: N_("继续由原专员跟，还是改派。"),
    Rule.REFERRER_UNTOLD: N_("由谁在本周内答复引荐人。"),
    Rule.INTRODUCTION_UNANSWERED: N_("请园区限期答复，还是改推别的园区。"),
    Rule.PROTECTION_ENDING: N_("首谈保护是延长，还是放开。"),
    Rule.LEAD_SILENT: N_("继续跟，还是按无效归档。"),
    Rule.PROJECT_SILENT: N_("继续推进，还是转为暂缓。"),
}


@dataclass(frozen=True, slots=True)
class ChainState:
    """How much of a chain's map is known. A segment without a firm is 未摸清: nobody says that it is missing."""

    key: str
    name: str
    segments: int
    placed: int
    #: Segments that got their first firm this week.
    newly: tuple[str, ...] = ()
    #: Segments without a firm that something of this week is aimed at.
    aimed: tuple[str, ...] = ()

    @property
    def unknown(self) -> int:
        return self.segments - self.placed


@dataclass(frozen=True, slots=True)
class LeadCounts:
    """Leads and introductions of the week, from the activity log."""

    logged: int = 0
    valid: int = 0
    rejected: int = 0
    introduced: int = 0
    viewing: int = 0
    accepted: int = 0
    declined: int = 0
    #: Logged the week before.
    logged_before: int = 0


@dataclass(frozen=True, slots=True)
class DistrictTarget:
    """A target of the source document; it gives no baseline, so one is entered by people or absent [S 二]."""

    year: int
    indicator: str
    operator: str | None
    value: str | None
    unit: str | None
    section: str
    baseline: str | None


@dataclass(frozen=True, slots=True)
class LeaderPart:
    flows: tuple[Flow, ...]
    stock: tuple[Stock, ...]
    year: YearToDate
    reds: tuple[RedItem, ...]
    chains: tuple[ChainState, ...]
    counts: LeadCounts
    targets: tuple[DistrictTarget, ...] = ()

    def flow(self, movement: Movement) -> Flow:
        return next(flow for flow in self.flows if flow.movement is movement)

    @property
    def is_demo(self) -> bool:
        moved = any(project.is_demo for flow in self.flows for project in flow.projects)
        return moved or any(red.is_demo for red in self.reds)


# ── The officers' page ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that waits: a reminder that is on. `person` is named where it is somebody else's."""

    lead_id: int | None
    project_id: int | None
    name: str
    what: Sentence
    detail: Sentence | None
    light: Light
    red_days: int
    person: str | None
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """Due within the next seven days; `at` is None for a light that turns red on that day."""

    day: date
    at: datetime | None
    lead_id: int | None
    name: str
    what: Sentence
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Lacking:
    """A lead and the facts that it lacks for the next gate, as msgids."""

    lead_id: int | None
    name: str
    facts: tuple[str, ...]
    is_demo: bool


@dataclass(frozen=True, slots=True)
class NewMatch:
    """The best park that is new in a lead's list this week, and how many others are."""

    lead_id: int | None
    name: str
    park: str
    unit: str
    status: str
    low: int
    high: int
    others: int
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Step:
    """How many are at one step; `previous` is None where the log does not tell."""

    word: str
    count: int
    previous: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What the person did in the week, from the activity log."""

    follow_ups: int = 0
    introduced: int = 0
    viewings: int = 0
    signed: int = 0


@dataclass(frozen=True, slots=True)
class OfficerPart:
    section_name: str | None
    #: A section chief reads of the whole section.
    of_section: bool
    done: Done
    overdue: tuple[Matter, ...]
    coming: tuple[Coming, ...]
    silent: tuple[Matter, ...]
    lacking: tuple[Lacking, ...]
    fresh: tuple[NewMatch, ...]
    steps: tuple[Step, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.overdue or self.coming or self.silent or self.lacking or self.fresh or self.steps)

    @property
    def is_demo(self) -> bool:
        rows = (*self.overdue, *self.coming, *self.silent, *self.lacking, *self.fresh)
        return any(row.is_demo for row in rows)


# ── The park managers' page ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Introduced:
    """An enterprise that was introduced to the park, so its name may be known; its contact is not here."""

    introduction_id: int | None
    name: str
    segment: str | None
    tier: Sentence | None
    need: Sentence
    unit: str | None
    sent_by: str
    sent_on: date
    state: Sentence
    waited_days: int
    light: Light
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Masked:
    """An enterprise that nobody has introduced: what it does instead of its name."""

    segment: str | None
    tier: Sentence | None
    unit: str
    status: str
    remarks: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """A masked enterprise that fails one requirement, in numbers."""

    segment: str | None
    tier: Sentence | None
    unit: str
    constraint: Sentence
    needed: Sentence
    offered: Sentence
    change: Sentence


@dataclass(frozen=True, slots=True)
class UnitDue:
    """A unit to look at: not verified for `days` (None: never), or a lease that ends in `days`."""

    park_id: int
    name: str
    area_m2: int | None
    days: int | None
    day: date | None
    light: Light
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Area:
    """Area of the parks' units in one status; `without_area` units do not say."""

    status: UnitStatus
    m2: int
    without_area: int


@dataclass(frozen=True, slots=True)
class ParkPart:
    #: Names of the parks that the reader keeps, by id.
    parks: Mapping[int, str]
    owed: tuple[Introduced, ...]
    introduced: tuple[Introduced, ...]
    fresh: tuple[Masked, ...]
    misses: tuple[Miss, ...]
    stale: tuple[UnitDue, ...]
    leases: tuple[UnitDue, ...]
    areas: tuple[Area, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.owed or self.introduced or self.fresh or self.misses or self.stale or self.leases)

    @property
    def is_demo(self) -> bool:
        return any(row.is_demo for row in (*self.owed, *self.introduced, *self.stale, *self.leases))


# ── The data set ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class WeekData:
    """Everything about one ISO week: the difference of the log between two instants, and what waited at `taken_at`."""

    week: str
    from_at: datetime
    until_at: datetime
    taken_at: datetime
    #: The civil day on which it is read: "today" of its sentences.
    day: date
    leader: LeaderPart
    #: By the reader's person id.
    officers: Mapping[int, OfficerPart] = field(default_factory=dict)
    parks: Mapping[int, ParkPart] = field(default_factory=dict)


# ── Arithmetic ───────────────────────────────────────────────────────────────────────────────────────────────────────


def known_sum(amounts: Iterable[int | None]) -> int | None:
    """The sum of the amounts that are known; None if none is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def bar_widths(values: Iterable[int]) -> tuple[int, ...]:
    """Widths in per cent of the greatest value, whole numbers. What is not nothing is seen: at least 1."""
    numbers = [max(0, value) for value in values]
    most = max(numbers, default=0)
    return tuple(max(1, value * 100 // most) if value else 0 for value in numbers)


def text_bar(percent: int, width: int = 20) -> str:
    """The same bar for a plain-text mail: ██████░░░░."""
    full = min(width, max(0, (percent * width + 50) // 100))
    return "█" * full + "░" * (width - full)


def passed_per_mille(until: date) -> int:
    """Share of the year gone when the day before `until` ends."""
    last = date.fromordinal(until.toordinal() - 1)
    first, following = date(last.year, 1, 1), date(last.year + 1, 1, 1)
    return (until - first).days * 1000 // (following - first).days


#: Stages in the order in which people read them.
STAGES = tuple(Stage)
