"""The commitment ledger both ways (DOMAIN §4, §8.7): what the district promised, what the investor promised.

A commitment is seen by whoever sees its project. Wording that ties a benefit to taxes is kept and shown, so that it
can be answered for, but it passes no review and is never called fulfilled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager, joinedload

from crm.domain.access import Permission, Role
from crm.domain.commitments import (
    CommitmentSide,
    CommitmentState,
    FairCompetition,
    check_review,
    check_settling,
    tied_to_tax,
)
from crm.domain.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from crm.domain.labels import N_
from crm.domain.text import clean_text
from crm.infra.clock import today
from crm.models import Commitment, Person, Project
from crm.services import access, audit, by_due, notices, timeline
from crm.services.access import Actor
from crm.services.by_due import count

CONTENT_LENGTH = 1000
BASIS_LENGTH = 300
RESPONSIBLE_LENGTH = 120
NOTE_LENGTH = 500
#: Days before the due day from which a commitment is coming up (DOMAIN §6).
SOON_DAYS = 14


class Due(StrEnum):
    """How the due day stands, for the ledger's filter."""

    OVERDUE = "overdue"
    SOON = "soon"
    UNDATED = "undated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What was promised, by whom, on which basis, by when, and who carries it out."""

    side: CommitmentSide
    content: str
    legal_basis: str = ""
    due_on: date | None = None
    responsible: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How a commitment ended (or that it is open again), on which day, in words."""

    state: CommitmentState
    on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the ledger is narrowed to; the defaults narrow nothing."""

    side: CommitmentSide | None = None
    state: CommitmentState | None = None
    due: Due | None = None
    review: FairCompetition | None = None
    section_id: int | None = None
    #: Only wording that ties a benefit to taxes.
    barred: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """The ledger in numbers: open ones of each side, overdue, waiting for review, barred."""

    ours: int
    theirs: int
    overdue: int
    to_review: int
    barred: int


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def load(session: Session, actor: Actor, commitment_id: int, *, edit: bool = False) -> Commitment:
    """One commitment within the scope of its project; with `edit`, NotAllowed where it can be read only."""
    found = session.scalar(_visible(actor).where(Commitment.id == commitment_id))
    if found is None:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    if edit and not access.may_edit_project(actor, found.project):
        raise NotAllowed(N_("这个项目由他人负责，您可以查看，不能修改。"))
    return found


def of_project(session: Session, project_id: int) -> list[Commitment]:
    """A project's commitments, open ones first, the next due before. The caller has asked the project's scope."""
    query = (
        select(Commitment)
        .where(Commitment.project_id == project_id)
        .order_by(
            Commitment.state != CommitmentState.OPEN, Commitment.due_on.is_(None), Commitment.due_on, Commitment.id
        )
    )
    return list(session.scalars(query))


def listed(session: Session, actor: Actor, wanted: Wanted, after: str = "") -> by_due.Page:
    """One page of the ledger, the next due first, those without a day last: one statement."""
    access.require(actor, Permission.PROJECTS_VIEW)
    query = _visible(actor).where(*_conditions(wanted))
    return by_due.page(session, query, Commitment.due_on, Commitment.id, after)


def figures(session: Session, actor: Actor) -> Figures:
    """The head of the ledger, within the actor's scope: one statement."""
    is_open = Commitment.state == CommitmentState.OPEN

    row = session.execute(
        select(
            count(is_open, Commitment.side == CommitmentSide.OURS),
            count(is_open, Commitment.side == CommitmentSide.THEIRS),
            count(is_open, Commitment.due_on < today()),
            count(is_open, Commitment.fair_competition == FairCompetition.TO_REVIEW),
            count(is_open, Commitment.is_tied_to_tax),
        )
        .join(Project, Project.id == Commitment.project_id)
        .where(access.project_scope(actor))
    ).one()
    return Figures(*row)


def _visible(actor: Actor) -> Select[tuple[Commitment]]:
    return (
        select(Commitment)
        .join(Commitment.project)
        .where(access.project_scope(actor))
        .options(
            contains_eager(Commitment.project).options(joinedload(Project.enterprise), joinedload(Project.section)),
            joinedload(Commitment.added_by),
        )
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.side is not None:
        found.append(Commitment.side == wanted.side)
    if wanted.state is not None:
        found.append(Commitment.state == wanted.state)
    if wanted.review is not None:
        found.append(Commitment.fair_competition == wanted.review)
    if wanted.section_id is not None:
        found.append(Project.section_id == wanted.section_id)
    if wanted.barred:
        found.append(Commitment.is_tied_to_tax)
    if wanted.due is not None:
        still = Commitment.state == CommitmentState.OPEN
        late, soon = Commitment.due_on < today(), Commitment.due_on <= today() + timedelta(days=SOON_DAYS)
        day = {Due.OVERDUE: late, Due.SOON: and_(~late, soon), Due.UNDATED: Commitment.due_on.is_(None)}[wanted.due]
        found += [still, day]
    return found


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def add(session: Session, actor: Actor, project_id: int, promise: Promise) -> Commitment:
    """Write down a commitment of a project that the actor may edit; the same form again gives the first row.

    What the investor promises needs no review; what the district promises waits for one.
    """
    project = access.project(session, actor, project_id)
    _require_edit(actor, project)
    if earlier := _by_request(session, actor, promise.request_id):
        return earlier
    commitment = Commitment(request_id=promise.request_id, project_id=project.id, added_by_id=actor.id)
    commitment.is_demo = project.is_demo
    commitment.state, commitment.fair_competition = CommitmentState.OPEN, FairCompetition.TO_REVIEW
    _write(commitment, promise)
    try:
        with session.begin_nested():
            session.add(commitment)
    except IntegrityError:
        earlier = _by_request(session, actor, promise.request_id)
        if earlier is None:
            raise
        return earlier
    _note(session, actor, "commitment.added", commitment, project, note=commitment.content)
    _record(session, actor, "commitment.added", commitment, {}, _values(commitment))
    _tell_if_barred(session, actor, commitment, project)
    return commitment


def change(session: Session, actor: Actor, commitment_id: int, promise: Promise, version: int) -> Commitment:
    """Reword an open commitment. New words for our own promise ask for a new review."""
    commitment = _to_change(session, actor, commitment_id, version)
    if commitment.state is not CommitmentState.OPEN:
        raise Invalid("", N_("这条承诺已经落定，先恢复为待履行再改。"))
    before, words = _values(commitment), (commitment.side, commitment.content)
    _write(commitment, promise)
    if (commitment.side, commitment.content) != words:
        reviewed = commitment.side is CommitmentSide.OURS or commitment.is_tied_to_tax
        commitment.fair_competition = FairCompetition.TO_REVIEW if reviewed else FairCompetition.NOT_NEEDED
    after = _values(commitment)
    if after != before:
        session.flush()
        _note(session, actor, "commitment.edited", commitment, commitment.project, note=commitment.content)
        _record(session, actor, "commitment.edited", commitment, before, after)
        _tell_if_barred(session, actor, commitment, commitment.project)
    return commitment


def review(
    session: Session, actor: Actor, commitment_id: int, verdict: FairCompetition, note: str, version: int
) -> Commitment:
    """Say how the fair-competition review came out. Passing and rejecting is the section chief's word.

    Invalid (`verdict`) for wording that ties a benefit to taxes, (`note`) for a rejection without a reason.
    """
    commitment = _to_change(session, actor, commitment_id, version)
    if verdict in (FairCompetition.PASSED, FairCompetition.REJECTED):
        access.require(actor, Permission.PROJECTS_APPROVE)
    words = clean_text(note, NOTE_LENGTH, "note", multiline=True)
    check_review(verdict, commitment.content)
    if verdict is FairCompetition.REJECTED and not words:
        raise Invalid("note", N_("请写明为什么没有通过。"))
    before = _values(commitment)
    commitment.fair_competition = verdict
    session.flush()
    project = commitment.project
    _note(session, actor, "commitment.reviewed", commitment, project, verdict_given=verdict.value, note=words)
    _record(session, actor, "commitment.reviewed", commitment, before, _values(commitment) | {"note": words})
    return commitment


def settle(session: Session, actor: Actor, commitment_id: int, settled: Settled, version: int) -> Commitment:
    """Say that it was fulfilled, given up or broken, with the day and a word; or that it is open again."""
    commitment = _to_change(session, actor, commitment_id, version)
    note = clean_text(settled.note, NOTE_LENGTH, "note", multiline=True)
    check_settling(settled.state, commitment.side, commitment.content)
    if settled.state is commitment.state:
        raise Invalid("state", N_("已经是这个状态了。"))
    if settled.state is not CommitmentState.FULFILLED and not note:
        raise Invalid("note", N_("请写明原因。"))
    on = None if settled.state is CommitmentState.OPEN else settled.on or today()
    if on is not None and on > today():
        raise Invalid("on", N_("这个日期还没到。"))
    before = _values(commitment)
    commitment.state, commitment.settled_on, commitment.settled_note = settled.state, on, note or None
    session.flush()
    _note(
        session,
        actor,
        "commitment.settled",
        commitment,
        commitment.project,
        commitment_state=settled.state.value,
        content=commitment.content,
        note=note or commitment.content,
    )
    _record(session, actor, "commitment.settled", commitment, before, _values(commitment))
    return commitment


def _to_change(session: Session, actor: Actor, commitment_id: int, version: int) -> Commitment:
    commitment = load(session, actor, commitment_id, edit=True)
    if commitment.version != version:
        raise Stale(N_("这条承诺刚被别人改过，您填的都在；请对照最新内容再提交。"))
    return commitment


def _write(commitment: Commitment, promise: Promise) -> None:
    content = clean_text(promise.content, CONTENT_LENGTH, "content", multiline=True)
    if not content:
        raise Invalid("content", N_("请写承诺了什么。"))
    if promise.side is CommitmentSide.OURS and not promise.legal_basis.strip():
        raise Invalid("legal_basis", N_("我方承诺要写明依据：政策条款或合同条款。"))
    commitment.side = promise.side
    commitment.content = content
    commitment.legal_basis = clean_text(promise.legal_basis, BASIS_LENGTH, "legal_basis") or None
    commitment.responsible = clean_text(promise.responsible, RESPONSIBLE_LENGTH, "responsible") or None
    commitment.due_on = promise.due_on
    commitment.is_tied_to_tax = tied_to_tax(content) is not None
    if promise.side is CommitmentSide.THEIRS and not commitment.is_tied_to_tax:
        commitment.fair_competition = FairCompetition.NOT_NEEDED


def _values(commitment: Commitment) -> dict[str, object]:
    return {
        "promised": commitment.side.value,
        "commitment": commitment.content,
        "legal_basis": commitment.legal_basis,
        "due_on": commitment.due_on.isoformat() if commitment.due_on else None,
        "responsible": commitment.responsible,
        "commitment_state": commitment.state.value,
        "settled_on": commitment.settled_on.isoformat() if commitment.settled_on else None,
        "settled_note": commitment.settled_note,
        "fair_competition": commitment.fair_competition.value,
        "is_tied_to_tax": commitment.is_tied_to_tax,
    }


def _note(
    session: Session, actor: Actor, kind: str, commitment: Commitment, project: Project, **params: object
) -> None:
    timeline.note(
        session,
        actor,
        kind,
        project.lead,
        project_id=project.id,
        commitment_id=commitment.id,
        promised=commitment.side.value,
        **params,
    )


def _record(
    session: Session,
    actor: Actor,
    action: str,
    commitment: Commitment,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    """Only what changed goes into the trail."""
    changed = {name for name, value in after.items() if before.get(name) != value}
    subject = ("commitment", commitment.id)
    was = {name: value for name, value in before.items() if name in changed}
    audit.record(session, actor.id, action, subject, was or None, {name: after[name] for name in sorted(changed)})


def _tell_if_barred(session: Session, actor: Actor, commitment: Commitment, project: Project) -> None:
    """The section's chief must know of an offer that the law bars before it is signed."""
    if not commitment.is_tied_to_tax or commitment.side is not CommitmentSide.OURS:
        return
    query = select(Person.id).where(
        Person.role == Role.CHIEF, Person.is_active, Person.section_id == project.section_id, Person.id != actor.id
    )
    key = f"commitment.barred:{commitment.id}:{commitment.version}"
    words = {"number": project.number, "enterprise": project.enterprise.name}
    notices.tell(session, session.scalars(query).all(), "commitment.barred", key, ("project", project.id), **words)


def _require_edit(actor: Actor, project: Project) -> None:
    access.require(actor, Permission.PROJECTS_EDIT)
    if not access.may_edit_project(actor, project):
        raise NotAllowed(N_("这个项目由他人负责，您可以查看，不能修改。"))


def _by_request(session: Session, actor: Actor, request_id: str | None) -> Commitment | None:
    if not request_id:
        return None
    found = session.scalar(select(Commitment).where(Commitment.request_id == request_id))
    if found is not None and found.added_by_id != actor.id:
        raise Duplicate(N_("这张表单已经由别人提交过，请重新打开页面。"))
    return found
