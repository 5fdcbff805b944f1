"""The issue ledger (问题台账): what holds a lead or project up, which department solves it, and who supervises (督办).

An issue is seen by whoever sees its lead. Chiefs (in their section) and leaders put it under supervision; leaders
change nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager, joinedload

from crm.domain.access import Permission, Role
from crm.domain.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from crm.domain.issues import IssueState, check_step, is_reopening
from crm.domain.labels import N_
from crm.domain.text import clean_text
from crm.infra.clock import now, today
from crm.models import Issue, Lead, Person, Project
from crm.services import access, audit, by_due, notices, numbers, timeline
from crm.services.access import Actor
from crm.services.by_due import count

PROBLEM_LENGTH = 500
DEPARTMENT_LENGTH = 120
NOTE_LENGTH = 500
_OPEN = tuple(state for state in IssueState if state.is_open)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong, who is to solve it, by when, and who watches it on our side (None: the lead's owner)."""

    problem: str
    department: str
    due_on: date | None = None
    owner_id: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the ledger is narrowed to. `state` None is all that are open; "all" is every one."""

    state: IssueState | str | None = None
    #: "mine", "overdue", "supervised" or "".
    only: str = ""
    section_id: int | None = None
    department: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """The ledger in numbers: open, overdue, supervised, solved and waiting to be checked."""

    open: int
    overdue: int
    supervised: int
    to_check: int


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def load(session: Session, actor: Actor, issue_id: int, *, edit: bool = False) -> Issue:
    """One issue within the scope of its lead; with `edit`, NotAllowed where it can be read only."""
    access.require(actor, Permission.ISSUES_VIEW)
    found = session.scalar(_visible(actor).where(Issue.id == issue_id))
    if found is None:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    if edit and not may_edit(actor, found):
        raise NotAllowed(N_("这个问题由他人负责，您可以查看，不能修改。"))
    return found


def may_edit(actor: Actor, issue: Issue) -> bool:
    """Who watches the issue, and who may change its lead."""
    allowed = actor.may(Permission.ISSUES_EDIT)
    return allowed and (issue.owner_id == actor.id or access.may_edit_lead(actor, issue.lead))


def may_supervise(actor: Actor, issue: Issue) -> bool:
    """Leaders everywhere, chiefs in their own section."""
    if not actor.may(Permission.ISSUES_SUPERVISE):
        return False
    return actor.role is Role.LEADER or issue.section_id == actor.section_id


def of_lead(session: Session, actor: Actor, lead_id: int) -> list[Issue]:
    """A lead's issues (with those of its project), open ones first, the next due before; none for who may not look."""
    if not actor.may(Permission.ISSUES_VIEW):
        return []
    query = (
        select(Issue)
        .where(Issue.lead_id == lead_id)
        .options(joinedload(Issue.owner))
        .order_by(Issue.state.not_in(_OPEN), Issue.due_on.is_(None), Issue.due_on, Issue.id)
    )
    return list(session.scalars(query))


def listed(session: Session, actor: Actor, wanted: Wanted, after: str = "") -> by_due.Page:
    """One page of the ledger: the next due first, those without a day last; one statement."""
    access.require(actor, Permission.ISSUES_VIEW)
    query = _visible(actor).where(*_conditions(actor, wanted))
    return by_due.page(session, query, Issue.due_on, Issue.id, after)


def figures(session: Session, actor: Actor) -> Figures:
    """The head of the ledger, within the actor's scope: one statement."""
    is_open = Issue.state.in_(_OPEN)
    row = session.execute(
        select(
            count(is_open),
            count(is_open, Issue.due_on < today()),
            count(is_open, Issue.is_supervised),
            count(Issue.state == IssueState.RESOLVED),
        )
        .join(Lead, Lead.id == Issue.lead_id)
        .where(access.lead_scope(actor))
    ).one()
    return Figures(*row)


def departments(session: Session, actor: Actor) -> Sequence[str]:
    """Departments that issues in the actor's scope name, for the filter and as suggestions."""
    query = select(Issue.department).join(Lead, Lead.id == Issue.lead_id).where(access.lead_scope(actor))
    return session.scalars(query.distinct().order_by(Issue.department).limit(100)).all()


def _visible(actor: Actor) -> Select[tuple[Issue]]:
    return (
        select(Issue)
        .join(Issue.lead)
        .where(access.lead_scope(actor))
        .options(
            contains_eager(Issue.lead).joinedload(Lead.enterprise),
            joinedload(Issue.owner),
            joinedload(Issue.section),
            joinedload(Issue.raised_by),
            joinedload(Issue.supervised_by),
        )
    )


def _conditions(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if isinstance(wanted.state, IssueState):
        found.append(Issue.state == wanted.state)
    elif wanted.state is None:
        found.append(Issue.state.in_(_OPEN))
    if wanted.section_id is not None:
        found.append(Issue.section_id == wanted.section_id)
    if wanted.department:
        found.append(Issue.department == wanted.department)
    if wanted.only == "mine":
        found.append(Issue.owner_id == actor.id)
    elif wanted.only == "overdue":
        found += [Issue.state.in_(_OPEN), Issue.due_on < today()]
    elif wanted.only == "supervised":
        found.append(Issue.is_supervised)
    return found


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def raise_issue(session: Session, actor: Actor, lead_id: int, problem: Problem) -> Issue:
    """Put an issue into the ledger; the same form again gives the first row. Its owner is told."""
    access.require(actor, Permission.ISSUES_EDIT)
    lead = access.lead(session, actor, lead_id, edit=True)
    series = numbers.lock_series(session, "WT", today().year)
    if earlier := _by_request(session, actor, problem.request_id):
        return earlier
    issue = Issue(
        request_id=problem.request_id,
        lead_id=lead.id,
        project_id=session.scalar(select(Project.id).where(Project.lead_id == lead.id)),
        section_id=lead.section_id or actor.section_id,
        state=IssueState.OPEN,
        is_supervised=False,
        raised_by_id=actor.id,
        is_demo=lead.is_demo,
    )
    _write(session, actor, lead, issue, problem)
    if problem.due_on is not None and problem.due_on < today():
        raise Invalid("due_on", N_("这个日期已经过去，请选今天或以后。"))
    issue.number = numbers.take_number(series)
    try:
        with session.begin_nested():
            session.add(issue)
    except IntegrityError:
        earlier = _by_request(session, actor, problem.request_id)
        if earlier is None:
            raise
        return earlier
    _note(session, actor, "issue.raised", issue, lead, department=issue.department, note=issue.problem)
    audit.record(session, actor.id, "issue.raised", ("issue", issue.id), after=_values(issue))
    _tell_owner(session, actor, issue, lead)
    return issue


def change(session: Session, actor: Actor, issue_id: int, problem: Problem, version: int) -> Issue:
    """Reword an open issue, or give it another department, day or owner."""
    issue = _to_change(session, actor, issue_id, version)
    if not issue.state.is_open:
        raise Invalid("", N_("问题已经解决，先重新打开再改。"))
    before, owner = _values(issue), issue.owner_id
    _write(session, actor, issue.lead, issue, problem)
    after = _values(issue)
    if after == before:
        return issue
    session.flush()
    _note(session, actor, "issue.edited", issue, issue.lead, note=issue.problem)
    changed = [name for name in after if after[name] != before[name]]
    subject = ("issue", issue.id)
    audit.record(
        session, actor.id, "issue.edited", subject, {n: before[n] for n in changed}, {n: after[n] for n in changed}
    )
    if issue.owner_id != owner:
        _tell_owner(session, actor, issue, issue.lead)
    return issue


def move(session: Session, actor: Actor, issue_id: int, to: IssueState, note: str, version: int) -> Issue:
    """Take the next step; a solution needs its words, a reopening its reason. Who raised and who watches it is told
    of a reopening."""
    issue = _to_change(session, actor, issue_id, version)
    words = clean_text(note, NOTE_LENGTH, "note", multiline=True)
    check_step(issue.state, to, words)
    before, reopened = issue.state, is_reopening(issue.state, to)
    issue.state = to
    if to is IssueState.RESOLVED:
        issue.solution, issue.resolved_at = words, now()
    elif reopened:
        issue.resolved_at = None
    session.flush()
    _note(session, actor, "issue.state", issue, issue.lead, issue_state=to.value, note=words)
    after = {"issue_state": to.value, "note": words}
    audit.record(session, actor.id, "issue.state", ("issue", issue.id), {"issue_state": before.value}, after)
    if reopened:
        people = {issue.owner_id, issue.raised_by_id, issue.supervised_by_id}
        _tell(session, actor, people, "issue.reopened", issue, f"issue.reopened:{issue.id}:{issue.version}", words)
    return issue


def supervise(session: Session, actor: Actor, issue_id: int, note: str, version: int, *, on: bool = True) -> Issue:
    """Put an issue under supervision (督办) with what is asked, or end it; owner, raiser and chiefs are told."""
    issue = load(session, actor, issue_id)
    if not may_supervise(actor, issue):
        raise NotAllowed(N_("只有本科室科长和区领导能督办。"))
    _check_version(issue, version)
    words = clean_text(note, NOTE_LENGTH, "supervision_note", multiline=True)
    if on and not words:
        raise Invalid("supervision_note", N_("请写督办要求：要谁在哪天前做到什么。"))
    issue.is_supervised = on
    if on:
        issue.supervision_note, issue.supervised_by_id = words, actor.id
    session.flush()
    kind = "issue.supervised" if on else "issue.unsupervised"
    _note(session, actor, kind, issue, issue.lead, note=words)
    after = {"is_supervised": on, "note": words}
    audit.record(session, actor.id, "issue.supervised", ("issue", issue.id), {"is_supervised": not on}, after)
    if on:
        query = select(Person.id).where(
            Person.role == Role.CHIEF, Person.is_active, Person.section_id == issue.section_id
        )
        people = {issue.owner_id, issue.raised_by_id, issue.lead.owner_id, *session.scalars(query)}
        _tell(session, actor, people, "issue.supervised", issue, f"issue.supervised:{issue.id}:{issue.version}", words)
    return issue


def watchers(session: Session, issue_section_id: int | None, seen: Actor) -> list[tuple[int, str]]:
    """Who may be given an issue of a section: its officers and chiefs, by name."""
    section = issue_section_id if issue_section_id is not None else seen.section_id
    query = select(Person.id, Person.name).where(
        Person.is_active, Person.section_id == section, Person.role.in_([Role.OFFICER, Role.CHIEF])
    )
    return [(key, name) for key, name in session.execute(query.order_by(Person.name, Person.id))]


def _to_change(session: Session, actor: Actor, issue_id: int, version: int) -> Issue:
    issue = load(session, actor, issue_id, edit=True)
    _check_version(issue, version)
    return issue


def _check_version(issue: Issue, version: int) -> None:
    if issue.version != version:
        raise Stale(N_("这个问题刚被别人改过，您填的都在；请对照最新内容再提交。"))


def _write(session: Session, actor: Actor, lead: Lead, issue: Issue, problem: Problem) -> None:
    text = clean_text(problem.problem, PROBLEM_LENGTH, "problem", multiline=True)
    department = clean_text(problem.department, DEPARTMENT_LENGTH, "department")
    if not text:
        raise Invalid("problem", N_("请写清是什么问题。"))
    if not department:
        raise Invalid("department", N_("请写由哪个部门解决。"))
    owner = problem.owner_id or lead.owner_id or actor.id
    known = owner in (issue.owner_id, lead.owner_id, actor.id)
    if not known and owner not in {key for key, _name in watchers(session, lead.section_id, actor)}:
        raise Invalid("owner_id", N_("请选本科室的人。"))
    issue.problem, issue.department = text, department
    issue.owner_id, issue.due_on = owner, problem.due_on


def _values(issue: Issue) -> dict[str, object]:
    return {
        "number": issue.number,
        "problem": issue.problem,
        "department": issue.department,
        "due_on": issue.due_on.isoformat() if issue.due_on else None,
        "owner_id": issue.owner_id,
        "issue_state": issue.state.value,
    }


def _note(session: Session, actor: Actor, kind: str, issue: Issue, lead: Lead, **params: object) -> None:
    timeline.note(
        session, actor, kind, lead, project_id=issue.project_id, issue_id=issue.id, number=issue.number, **params
    )


def _tell_owner(session: Session, actor: Actor, issue: Issue, lead: Lead) -> None:
    key = f"issue.assigned:{issue.id}:{issue.owner_id}:{issue.version}"
    words = {"number": issue.number, "by": actor.name, "enterprise": lead.enterprise.name}
    people = {issue.owner_id} - {actor.id, None}
    notices.tell(session, people, "issue.assigned", key, ("issue", issue.id), **words)


def _tell(
    session: Session, actor: Actor, people: Iterable[int | None], kind: str, issue: Issue, key: str, note: str
) -> None:
    words = {"number": issue.number, "by": actor.name, "enterprise": issue.lead.enterprise.name, "note": note}
    notices.tell(session, set(people) - {actor.id, None}, kind, key, ("issue", issue.id), **words)


def _by_request(session: Session, actor: Actor, request_id: str | None) -> Issue | None:
    if not request_id:
        return None
    found = session.scalar(select(Issue).where(Issue.request_id == request_id))
    if found is not None and found.raised_by_id != actor.id:
        raise Duplicate(N_("这张表单已经由别人提交过，请重新打开页面。"))
    return found
