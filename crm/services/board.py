"""The board of the reserve library: cards by stage and batch, with numbers that count every project.

The question is the one of the project list, so board and list show the same under the same address. Columns draw at
most `CARDS` cards, those that need somebody first; counts and amounts are taken by the database over all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from crm.domain.pipeline import Batch, Light, RequestState, SideState, Stage
from crm.domain.reminders import Rule
from crm.infra.clock import now, today
from crm.models import Lead, Project, Reminder, StageRequest
from crm.services import access, gates, lights, listing
from crm.services.access import Actor
from crm.services.listing import Query
from crm.services.projects import amount_of

#: Cards of one stage; whoever has more reads the list.
CARDS = 60
#: Days without a substantive step after which a project counts as not worked (超过 N 天未推进).
IDLE_DAYS = 30
_ORDER = (Light.RED, Light.YELLOW, Light.GREEN)


@dataclass(frozen=True, slots=True)
class Card:
    """One project on the board. `rule` decides the light; `waits_for` is the stage that the chief was asked for."""

    project: Project
    amount_fen: int | None
    days: int
    silent_days: int
    light: Light
    rule: Rule | None
    lacking: int
    waits_for: Stage | None
    is_idle: bool
    may_move: bool


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many, and how much in fen. A project whose signing repeats another's is shown and counts nowhere."""

    count: int = 0
    amount_fen: int = 0
    without_amount: int = 0
    red: int = 0
    yellow: int = 0
    idle: int = 0

    def __add__(self, other: Numbers) -> Numbers:
        return Numbers(
            self.count + other.count,
            self.amount_fen + other.amount_fen,
            self.without_amount + other.without_amount,
            self.red + other.red,
            self.yellow + other.yellow,
            self.idle + other.idle,
        )

    @property
    def green(self) -> int:
        return self.count - self.red - self.yellow


@dataclass(frozen=True, slots=True)
class Column:
    """One stage. `hidden` cards are counted and not drawn."""

    stage: Stage
    cards: tuple[Card, ...]
    numbers: Numbers
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """One batch with its stages."""

    batch: Batch
    columns: tuple[Column, ...]
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Board:
    """All of it."""

    lanes: tuple[Lane, ...]
    numbers: Numbers
    idle_days: int
    columns: tuple[Column, ...] = field(default=())


def board(
    session: Session, actor: Actor, query: Query, *, idle_days: int = IDLE_DAYS, idle_only: bool = False
) -> Board:
    """The board that the question of the project list asks for; six statements whatever its size."""
    spec = listing.get("projects")
    since = now() - timedelta(days=idle_days)
    conditions = spec.conditions(session, actor, query)
    if idle_only:
        conditions.append(Project.last_activity_at < since)
    numbers = _numbers(session, conditions, since)
    cards = _cards(session, actor, conditions, since)
    columns = []
    for stage in Stage:
        mine = sorted(cards[stage], key=_urgency)
        counted = numbers.get(stage, (0, Numbers()))
        columns.append(Column(stage, tuple(mine), counted[1], max(0, counted[0] - len(mine))))
    lanes = tuple(
        Lane(batch, found, sum((column.numbers for column in found), Numbers()))
        for batch in Batch
        for found in [tuple(column for column in columns if column.stage.batch is batch)]
    )
    return Board(lanes, sum((lane.numbers for lane in lanes), Numbers()), idle_days, tuple(columns))


def _urgency(card: Card) -> tuple[int, int, int]:
    return (_ORDER.index(card.light), -card.days, card.project.id)


def _numbers(
    session: Session, conditions: Sequence[ColumnElement[bool]], since: datetime
) -> Mapping[Stage, tuple[int, Numbers]]:
    """Per stage how many there are to draw, and what counts of them."""
    counts = Project.repeats_id.is_(None)
    amount = func.coalesce(Project.signed_fen, Project.investment_fen)

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(and_(counts, condition))

    query = (
        select(
            Project.stage,
            func.count(),
            func.count().filter(counts),
            func.coalesce(func.sum(amount).filter(counts), 0),
            number(amount.is_(None)),
            number(lights.project_condition(Light.RED)),
            number(lights.project_condition(Light.YELLOW)),
            number(Project.last_activity_at < since),
        )
        .where(*conditions)
        .group_by(Project.stage)
    )
    return {
        stage: (shown, Numbers(count, int(total), without, red, yellow, idle))
        for stage, shown, count, total, without, red, yellow, idle in session.execute(query)
    }


def _cards(
    session: Session, actor: Actor, conditions: Sequence[ColumnElement[bool]], since: datetime
) -> Mapping[Stage, list[Card]]:
    """The cards to draw: of each stage those that stand there longest."""
    place = func.row_number().over(partition_by=Project.stage, order_by=(Project.stage_since, Project.id))
    drawn = select(Project.id, place.label("place")).where(*conditions).subquery()
    query = (
        select(Project, StageRequest.to_stage)
        .join(drawn, and_(drawn.c.id == Project.id, drawn.c.place <= CARDS))
        .outerjoin(Project.lead)
        .outerjoin(StageRequest, and_(StageRequest.project_id == Project.id, StageRequest.state == RequestState.ASKED))
        .options(
            joinedload(Project.enterprise),
            joinedload(Project.owner),
            joinedload(Project.segment),
            contains_eager(Project.lead).load_only(Lead.tenure),
        )
    )
    rows = session.execute(query).unique().all()
    projects = [project for project, _waits_for in rows]
    shining, lacking = _lights(session, projects), gates.lacking(session, projects)
    moment = now()
    found: dict[Stage, list[Card]] = defaultdict(list)
    for project, waits_for in rows:
        light, rule = shining.get(project.id, (Light.GREEN, None))
        found[project.stage].append(
            Card(
                project=project,
                amount_fen=amount_of(project),
                days=max(0, (moment - project.stage_since).days),
                silent_days=max(0, (moment - project.last_activity_at).days),
                light=light,
                rule=rule,
                lacking=lacking.get(project.id, 0),
                waits_for=waits_for,
                is_idle=project.last_activity_at < since,
                may_move=project.side_state is SideState.ACTIVE and access.may_edit_project(actor, project),
            )
        )
    return found


def _lights(session: Session, projects: Iterable[Project]) -> Mapping[int, tuple[Light, Rule]]:
    """The light of each project that is not green (as `lights.of_projects` has it) and the rule that decides it."""
    day = today()
    query = (
        select(Project.id, Reminder.rule, Reminder.yellow_on, Reminder.red_on)
        .join(Reminder, Reminder.lead_id == Project.lead_id)
        .where(
            Project.id.in_([project.id for project in projects]), Reminder.ended_at.is_(None), Reminder.yellow_on <= day
        )
        .order_by(Reminder.yellow_on, Reminder.id)
    )
    found: dict[int, tuple[Light, Rule]] = {}
    for project_id, rule, _yellow_on, red_on in session.execute(query):
        light = Light.RED if red_on is not None and red_on <= day else Light.YELLOW
        known = found.get(project_id)
        if known is None or _ORDER.index(light) < _ORDER.index(known[0]):
            found[project_id] = (light, Rule(rule))
    return found
