"""The records behind reminders: loaded within the actor's scope, and what a line of the desk says of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Role
from crm.domain.leads import Grade
from crm.models import (
    Chain,
    Commitment,
    FollowUp,
    GapTarget,
    Introduction,
    Issue,
    Lead,
    Person,
    PlanTask,
    PlanVersion,
    Project,
    Reminder,
)
from crm.services import access, chain_members
from crm.services.access import Actor

Subject = Lead | FollowUp | Introduction | Project | Commitment | Issue | PlanTask | PlanVersion | Chain | GapTarget
#: Matters of chains: nobody's in particular, they are their keepers'.
OF_CHAINS = ("plan_task", "plan_version", "chain")
#: Records whose own page is opened to act on them.
OWN_PAGES = frozenset({"project", "commitment", "issue", "gap_target", *OF_CHAINS})
#: Longest words of a record on a line of the desk or digest.
_LINE = 36


@dataclass(frozen=True, slots=True)
class Holder:
    """What a record hangs on, as lines name it: an enterprise, or a chain. Without a number it has none."""

    name: str
    number: str
    owner: Person | None
    grade: Grade | None
    is_demo: bool


def holder(subject: Subject) -> Holder:
    """The lead, project or chain that a record hangs on: it has the name, the owner and the class."""
    if isinstance(subject, Chain):
        return Holder(subject.name, "", None, None, False)
    if isinstance(subject, PlanVersion):
        return Holder(subject.chain.name, "", None, None, subject.is_demo)
    if isinstance(subject, PlanTask):
        return Holder(subject.chain.name, "", subject.owner, None, subject.is_demo)
    if isinstance(subject, GapTarget):
        return Holder(subject.enterprise.name, "", subject.owner, None, subject.is_demo)
    carrier = _carrier(subject)
    owner = subject.owner if isinstance(subject, FollowUp | Issue) else carrier.owner
    number = subject.number if isinstance(subject, Issue) else carrier.number
    return Holder(carrier.enterprise.name, number, owner, carrier.grade, carrier.is_demo)


def history_of(subject: Subject) -> tuple[Lead | None, int | None]:
    """The lead whose timeline tells of the record, and the project's id; a matter of chains has none."""
    if isinstance(subject, Chain | PlanVersion | PlanTask | GapTarget):
        return None, None
    carrier = _carrier(subject)
    return (carrier, None) if isinstance(carrier, Lead) else (carrier.lead, carrier.id)


def _carrier(subject: Subject) -> Lead | Project:
    if isinstance(subject, FollowUp | Introduction | Issue):
        return subject.lead
    return subject.project if isinstance(subject, Commitment) else subject


def words(subject: Subject) -> str:
    """The record in its own words, short enough for a line."""
    text = ""
    if isinstance(subject, Commitment):
        text = subject.content
    elif isinstance(subject, Issue):
        text = subject.problem
    elif isinstance(subject, PlanTask):
        text = subject.text
    elif isinstance(subject, GapTarget):
        text = subject.segment.name
    return text if len(text) <= _LINE else text[: _LINE - 1] + "…"


def load(session: Session, actor: Actor, rows: Sequence[Reminder]) -> Mapping[tuple[str, int], Subject]:
    """The records of reminders by kind and id, one statement a kind; those out of the actor's scope are left out."""
    wanted: dict[str, list[int]] = {}
    for row in rows:
        wanted.setdefault(row.subject_kind, []).append(row.subject_id)
    found: dict[tuple[str, int], Subject] = {}
    for kind, ids in wanted.items():
        model = _MODELS[kind]
        for record in session.scalars(_query(actor, kind).where(model.id.in_(ids))):
            found[kind, record.id] = record
    return found


_MODELS = {
    "lead": Lead,
    "follow_up": FollowUp,
    "introduction": Introduction,
    "project": Project,
    "commitment": Commitment,
    "issue": Issue,
    "plan_task": PlanTask,
    "plan_version": PlanVersion,
    "chain": Chain,
    "gap_target": GapTarget,
}


def _query(actor: Actor, kind: str):
    if kind in OF_CHAINS or kind == "gap_target":
        return _chain_query(actor, kind)
    of_lead = joinedload(Lead.enterprise), joinedload(Lead.owner)
    of_project = joinedload(Project.enterprise), joinedload(Project.owner)
    queries = {
        "lead": select(Lead).where(access.lead_scope(actor)).options(*of_lead),
        "follow_up": select(FollowUp)
        .join(Lead, Lead.id == FollowUp.lead_id)
        .where(access.lead_scope(actor))
        .options(joinedload(FollowUp.lead).options(*of_lead), joinedload(FollowUp.owner)),
        "introduction": select(Introduction)
        .where(access.introduction_scope(actor))
        .options(joinedload(Introduction.lead).options(*of_lead), joinedload(Introduction.park)),
        "project": select(Project).where(access.project_scope(actor)).options(*of_project),
        "commitment": select(Commitment)
        .join(Project, Project.id == Commitment.project_id)
        .where(access.project_scope(actor))
        .options(joinedload(Commitment.project).options(*of_project)),
        "issue": select(Issue)
        .join(Lead, Lead.id == Issue.lead_id)
        .where(access.lead_scope(actor))
        .options(joinedload(Issue.lead).options(*of_lead), joinedload(Issue.owner)),
    }
    return queries[kind]


def _chain_query(actor: Actor, kind: str):
    if kind == "chain":
        return select(Chain).where(_kept(actor))
    if kind == "plan_version":
        return select(PlanVersion).join(PlanVersion.chain).where(_kept(actor)).options(joinedload(PlanVersion.chain))
    if kind == "plan_task":
        return (
            select(PlanTask)
            .join(PlanTask.chain)
            .outerjoin(PlanTask.owner)
            .where(or_(_kept(actor), _in_hand(actor, PlanTask.owner_id, Person.section_id)))
            .options(joinedload(PlanTask.chain), joinedload(PlanTask.owner))
        )
    everything = true() if actor.role is Role.LEADER else false()
    return (
        select(GapTarget)
        .where(or_(everything, _in_hand(actor, GapTarget.owner_id, GapTarget.section_id)))
        .options(joinedload(GapTarget.enterprise), joinedload(GapTarget.owner), joinedload(GapTarget.segment))
    )


def _kept(actor: Actor) -> ColumnElement[bool]:
    """Chains that the actor answers for: their keepers, and the leaders to whom everything may come up."""
    return true() if actor.role is Role.LEADER else chain_members.keeper_scope(actor)


def _in_hand(actor: Actor, owner_id, section_id) -> ColumnElement[bool]:
    """The actor's own, and for a chief what is in the section's hands."""
    if actor.role is Role.CHIEF and actor.section_id is not None:
        return or_(owner_id == actor.id, section_id == actor.section_id)
    return owner_id == actor.id
