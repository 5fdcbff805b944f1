"""Tasks of a chain's plan: who does what until when, and what came of it. They feed reminders like any other duty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission, Role
from crm.domain.calendar import Overrides, days_overdue
from crm.domain.commitments import REGULATION, tied_to_tax
from crm.domain.errors import Invalid, NotAllowed, NotFound, Stale
from crm.domain.labels import N_
from crm.domain.pipeline import Light
from crm.domain.plans import TaskState
from crm.domain.reminders import Rule, Thresholds, lights
from crm.domain.sentences import Sentence
from crm.domain.text import clean_text
from crm.infra.clock import today
from crm.models import Park, Person, PlanTask, Segment
from crm.services import access, audit, chain_members, notices, reminders
from crm.services.access import Actor
from crm.services.plans.keeping import chain

TEXT_LENGTH, OUTCOME_LENGTH = 300, 500
#: Who may be given a task.
_DOERS = (Role.OFFICER, Role.CHIEF, Role.CHAIN_TEAM, Role.PARK_MANAGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """What is to be done, by whom, until when; which segment and which park it serves. Empty is unknown."""

    text: str
    owner_id: int | None = None
    due_on: date | None = None
    segment_id: int | None = None
    park_id: int | None = None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task with its light: colour ("none" without one) and words."""

    task: PlanTask
    light: str
    words: Sentence
    overdue: bool


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def of_chain(session: Session, chain_id: int) -> list[TaskRow]:
    """A chain's tasks in their order: open ones first, then done, then dropped."""
    query = (
        select(PlanTask)
        .where(PlanTask.chain_id == chain_id)
        .options(joinedload(PlanTask.owner), joinedload(PlanTask.segment), joinedload(PlanTask.park))
        .order_by(PlanTask.sort, PlanTask.id)
    )
    order = list(TaskState)
    rows = sorted(session.scalars(query), key=lambda task: order.index(task.state))
    return lit(session, rows)


def lit(session: Session, rows: Sequence[PlanTask]) -> list[TaskRow]:
    """The tasks with their lights of today, by the thresholds in force."""
    if not rows:
        return []
    rules, days = reminders.thresholds(session), reminders.overrides(session)
    return [_lit(task, rules, days) for task in rows]


def _lit(task: PlanTask, rules: Thresholds, days: Overrides) -> TaskRow:
    if task.state is not TaskState.OPEN:
        ended = f"{task.ended_on:%Y-%m-%d}" if task.ended_on else ""
        words = N_("%(day)s 办结") if task.state is TaskState.DONE else N_("%(day)s 撤销")
        return TaskRow(task, "none", Sentence(words, {"day": ended}), False)
    if task.due_on is None:
        return TaskRow(task, "none", Sentence(N_("未定期限")), False)
    day = today()
    light = lights(Rule.PLAN_TASK_DUE, task.due_on, rules, days).at(day)
    left = (task.due_on - day).days
    if left < 0:
        late = days_overdue(task.due_on, day, days)
        return TaskRow(task, Light.RED.value, Sentence(N_("逾期 %(days)s 个工作日"), {"days": late}), True)
    if left == 0:
        return TaskRow(task, light.value, Sentence(N_("今天到期")), False)
    words = Sentence(N_("正常")) if light is Light.GREEN else Sentence(N_("还有 %(days)s 天"), {"days": left})
    return TaskRow(task, light.value, words, False)


def load(session: Session, actor: Actor, task_id: int) -> PlanTask:
    """One task; plans are seen by whoever sees chains."""
    access.require(actor, Permission.CHAINS_VIEW)
    found = session.get(
        PlanTask,
        task_id,
        options=[
            joinedload(PlanTask.chain),
            joinedload(PlanTask.owner),
            joinedload(PlanTask.segment),
            joinedload(PlanTask.park),
        ],
    )
    if found is None:
        raise NotFound(N_("没有这项任务。"))
    return found


def may_end(session: Session, actor: Actor, task: PlanTask) -> bool:
    """Whoever does it, and who keeps the chain, say that it is done."""
    return task.owner_id == actor.id or chain_members.keeps(session, actor, task.chain_id)


def doers(session: Session) -> list[tuple[int, str]]:
    """Who may be given a task: officers, chiefs, chain teams and park managers, by name with section."""
    query = (
        select(Person)
        .where(Person.is_active, Person.role.in_(_DOERS))
        .options(joinedload(Person.section))
        .order_by(Person.name, Person.id)
    )
    return [
        (person.id, f"{person.name} · {person.section.name}" if person.section else person.name)
        for person in session.scalars(query)
    ]


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def add(session: Session, actor: Actor, key: str, wanted: TaskFacts) -> PlanTask:
    """Add a task to a chain's plan; its owner is told."""
    facts = chain(session, actor, key)
    chain_members.require_keeper(session, actor, facts.id)
    last = session.scalar(select(func.max(PlanTask.sort)).where(PlanTask.chain_id == facts.id))
    task = PlanTask(chain_id=facts.id, sort=(last or 0) + 1, is_demo=actor.is_demo)
    _write(session, task, wanted)
    session.add(task)
    session.flush()
    audit.record(session, actor.id, "plan_task.added", ("plan_task", task.id), after=_values(task))
    _tell_owner(session, actor, task)
    return task


def change(session: Session, actor: Actor, task_id: int, wanted: TaskFacts, version: int) -> PlanTask:
    """Reword an open task, or give it another owner or day; a new owner is told."""
    task = _to_change(session, actor, task_id, version)
    if task.state is not TaskState.OPEN:
        raise Invalid("", N_("任务已经了结，先恢复再改。"))
    before = _values(task)
    _write(session, task, wanted)
    after = _values(task)
    if after == before:
        return task
    session.flush()
    changed = [name for name in after if after[name] != before[name]]
    audit.record(
        session,
        actor.id,
        "plan_task.changed",
        ("plan_task", task.id),
        {name: before[name] for name in changed},
        {name: after[name] for name in changed},
    )
    if "owner_id" in changed:
        _tell_owner(session, actor, task)
    return task


def end(session: Session, actor: Actor, task_id: int, state: TaskState, outcome: str, version: int) -> PlanTask:
    """Say that a task is done, with what came of it, or drop it with the reason, or open it again.

    Who does the task may say that it is done; dropping and reopening are the keepers' word.
    """
    task = load(session, actor, task_id)
    if state is not TaskState.DONE:
        chain_members.require_keeper(session, actor, task.chain_id)
    elif not may_end(session, actor, task):
        raise NotAllowed(N_("这项任务由他人负责，您可以查看，不能办结。"))
    _check_version(task, version)
    if (task.state is TaskState.OPEN) == (state is TaskState.OPEN):
        raise Invalid("", N_("任务的状态已经变了，请刷新页面。"))
    words = clean_text(outcome, OUTCOME_LENGTH, "outcome", multiline=True)
    if not words and state is not TaskState.OPEN:
        missing = N_("请写办到了什么。") if state is TaskState.DONE else N_("请写为什么撤销。")
        raise Invalid("outcome", missing)
    before = task.state
    task.state = state
    task.outcome, task.ended_on = (words, today()) if state is not TaskState.OPEN else (None, None)
    session.flush()
    kinds = {TaskState.DONE: "done", TaskState.DROPPED: "dropped", TaskState.OPEN: "reopened"}
    kind, subject = f"plan_task.{kinds[state]}", ("plan_task", task.id)
    audit.record(
        session, actor.id, kind, subject, {"task_state": before.value}, {"task_state": state.value, "note": words}
    )
    if state is TaskState.DONE:
        named, teams = chain_members.keepers(session)
        people = {*named.get(task.chain_id, teams)} - {actor.id}
        key = f"{kind}:{task.id}:{task.version}"
        notices.tell(session, people, kind, key, subject, by=actor.name, chain=task.chain.name, task=task.text[:60])
    return task


def _to_change(session: Session, actor: Actor, task_id: int, version: int) -> PlanTask:
    task = load(session, actor, task_id)
    chain_members.require_keeper(session, actor, task.chain_id)
    _check_version(task, version)
    return task


def _check_version(task: PlanTask, version: int) -> None:
    if task.version != version:
        raise Stale(N_("这项任务刚被别人改过，您填的都在；请对照最新内容再提交。"))


def _write(session: Session, task: PlanTask, wanted: TaskFacts) -> None:
    text = clean_text(wanted.text, TEXT_LENGTH, "text", multiline=True)
    if not text:
        raise Invalid("text", N_("请写要做什么。"))
    tied = tied_to_tax(text)
    if tied is not None:
        sentence = N_("「%(words)s」把好处同纳税挂钩，%(law)s 不允许，请改写。")
        raise Invalid("text", sentence, words=tied, law=Sentence(REGULATION))
    if wanted.owner_id not in (None, task.owner_id):
        if wanted.owner_id not in {key for key, _name in doers(session)}:
            raise Invalid("owner_id", N_("请从列表里选责任人。"))
    if wanted.due_on is not None and wanted.due_on != task.due_on and wanted.due_on < today():
        raise Invalid("due_on", N_("这个日期已经过去，请选今天或以后。"))
    if wanted.segment_id is not None and wanted.segment_id not in _segment_ids(session, task.chain_id):
        raise Invalid("segment_id", N_("请从列表里选环节。"))
    if wanted.park_id is not None and session.get(Park, wanted.park_id) is None:
        raise Invalid("park_id", N_("请从列表里选载体。"))
    task.text, task.owner_id, task.due_on = text, wanted.owner_id, wanted.due_on
    task.segment_id, task.park_id = wanted.segment_id, wanted.park_id


def _segment_ids(session: Session, chain_id: int) -> set[int]:
    return set(session.scalars(select(Segment.id).where(Segment.chain_id == chain_id)))


def _values(task: PlanTask) -> dict[str, object]:
    return {
        "task": task.text,
        "owner_id": task.owner_id,
        "due_on": task.due_on.isoformat() if task.due_on else None,
        "segment_id": task.segment_id,
        "park_id": task.park_id,
    }


def _tell_owner(session: Session, actor: Actor, task: PlanTask) -> None:
    people = {task.owner_id} - {actor.id, None}
    key = f"plan_task.assigned:{task.id}:{task.owner_id}:{task.version}"
    words = {"by": actor.name, "chain": task.chain.name, "task": task.text[:60]}
    notices.tell(session, people, "plan_task.assigned", key, ("plan_task", task.id), **words)
