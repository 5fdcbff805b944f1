"""What the leaders' page says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm.domain.labels import N_
from crm.domain.pipeline import Batch
from crm.domain.reminders import Rule
from crm.domain.reports.arithmetic import known_sum
from crm.domain.reports.gaps import GapMove
from crm.domain.sentences import Sentence


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
    Rule.REVIEW_WAITING: N_("限定给出评审结论的日期。"),
    Rule.SIGNED_INCOMPLETE: N_("由谁在哪天前补齐签约材料。"),
    Rule.NOT_REGISTERED: N_("是否由区里出面催办注册。"),
    Rule.START_OVERDUE: N_("由谁去现场、限期解决什么。"),
    Rule.EXIT_REVIEW: N_("是否启动清退，还是再给期限。"),
    Rule.BUILDING_BEHIND: N_("由哪个部门解决落后的原因。"),
    Rule.MONTH_UNRECORDED: N_("由谁按月报进度。"),
    Rule.HOLD_REVIEW: N_("恢复推进、再缓，还是了结。"),
    Rule.COMMITMENT_DUE: N_("承诺由谁限期兑现，还是另作安排。"),
    Rule.ISSUE_DUE: N_("请责任部门限期解决，还是由区领导督办。"),
    Rule.PLAN_TASK_DUE: N_("任务由谁限期办结，还是撤销。"),
    Rule.PLAN_REVIEW: N_("方案由谁在哪天前复核。"),
    Rule.SEGMENT_SURVEY: N_("由谁在哪天前重新调研。"),
    Rule.TARGET_DUE: N_("继续接触这家企业，还是换目标。"),
    Rule.ARCHIVE_PROPOSED: N_("继续跟，还是归档。"),
}


@dataclass(frozen=True, slots=True)
class ChainState:
    """How much of a chain's map is known, and its gaps. Who did not look says 未摸清, never that it is missing."""

    key: str
    name: str
    segments: int
    placed: int
    #: Segments that got their first firm this week.
    newly: tuple[str, ...] = ()
    #: Segments without a firm that something of this week is aimed at.
    aimed: tuple[str, ...] = ()
    name_en: str | None = None
    #: Segments by status when the week was read; None in weeks that were frozen before statuses were reckoned.
    statuses: Mapping[str, int] | None = None
    #: Gaps that closed or opened in the week.
    moves: tuple[GapMove, ...] = ()

    @property
    def unknown(self) -> int:
        return self.segments - self.placed if self.statuses is None else self.statuses.get("unknown", 0)

    @property
    def open_gaps(self) -> int:
        return (self.statuses or {}).get("missing", 0)

    @property
    def closed(self) -> tuple[GapMove, ...]:
        return tuple(move for move in self.moves if move.is_closed)

    @property
    def opened(self) -> tuple[GapMove, ...]:
        return tuple(move for move in self.moves if move.is_opened)

    @property
    def moved(self) -> bool:
        """Whether the week changed anything on this chain."""
        return bool(self.newly or self.aimed or self.moves)


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
        gaps = any(move.is_demo for chain in self.chains for move in chain.moves)
        return moved or gaps or any(red.is_demo for red in self.reds)
