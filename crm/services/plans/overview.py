"""All chains' plans on one page: how far each is, what is open and overdue, and when it is looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from chains.engine.model import SegmentStatus
from crm.domain.access import Permission
from crm.domain.plans import PlanDocument, PlanState, TaskState
from crm.infra.clock import today
from crm.models import PlanTask, PlanVersion
from crm.services import access, chain_facts
from crm.services.access import Actor
from crm.services.chain_facts import ChainFacts


@dataclass(frozen=True, slots=True)
class Row:
    """One chain. `newest` and `approved` are version numbers; `shipped`: nobody has written in the newest yet."""

    facts: ChainFacts
    newest: int | None
    state: PlanState | None
    shipped: bool
    approved: int | None
    chief: str | None
    goals: int
    measured: int
    gaps: int
    missing: int
    unknown: int
    open_tasks: int
    overdue: int
    unowned: int
    review_on: date | None


def overview(session: Session, actor: Actor) -> list[Row]:
    """Every chain with a map, in the order of pages; two statements beside the facts."""
    access.require(actor, Permission.CHAINS_VIEW)
    versions: dict[int, list[PlanVersion]] = {}
    for version in session.scalars(select(PlanVersion).order_by(PlanVersion.number.desc())):
        versions.setdefault(version.chain_id, []).append(version)
    tasks: dict[int, list[tuple[int | None, date | None]]] = {}
    query = select(PlanTask.chain_id, PlanTask.owner_id, PlanTask.due_on).where(PlanTask.state == TaskState.OPEN)
    for chain_id, owner_id, due_on in session.execute(query):
        tasks.setdefault(chain_id, []).append((owner_id, due_on))
    return [
        _row(facts, versions.get(facts.id, []), tasks.get(facts.id, [])) for facts in chain_facts.all_facts(session)
    ]


def waiting(session: Session, actor: Actor) -> Sequence[PlanVersion]:
    """Versions that wait for the actor's word, the longest waiting first; none for who gives none."""
    if not actor.may(Permission.PLANS_APPROVE):
        return []
    query = select(PlanVersion).where(PlanVersion.state == PlanState.SUBMITTED).options(joinedload(PlanVersion.chain))
    return session.scalars(query.order_by(PlanVersion.submitted_at, PlanVersion.id)).all()


def _row(facts: ChainFacts, versions: list[PlanVersion], tasks: list[tuple[int | None, date | None]]) -> Row:
    newest = versions[0] if versions else None
    approved = next((each for each in versions if each.state is PlanState.APPROVED), None)
    document = PlanDocument.from_json(newest.document) if newest else PlanDocument()
    day = today()
    return Row(
        facts=facts,
        newest=newest.number if newest else None,
        state=newest.state if newest else None,
        shipped=newest is not None and newest.author_id is None,
        approved=approved.number if approved else None,
        chief=document.chief,
        goals=len(document.goals),
        measured=sum(goal.value is not None and goal.year is not None for goal in document.goals),
        gaps=len(document.gaps),
        missing=facts.statuses[SegmentStatus.MISSING],
        unknown=facts.statuses[SegmentStatus.UNKNOWN],
        open_tasks=len(tasks),
        overdue=sum(due is not None and due < day for _owner, due in tasks),
        unowned=sum(owner is None for owner, _due in tasks),
        review_on=approved.review_on if approved else None,
    )
