"""What a step brings with it besides the stage: the promised next action, the ledger of commitments, a first month."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.commitments import CommitmentSide
from crm.domain.gates import Definitions
from crm.domain.leads import FollowUpKind
from crm.domain.pipeline import Stage
from crm.infra.clock import instant_at, now, today
from crm.models import Commitment, FollowUp, Lead, MonthlyRecord, Project
from crm.services import commitments, follow_ups
from crm.services.access import Actor
from crm.services.commitments import Promise
from crm.services.follow_ups import NextStep
from crm.services.gates.facts import values_of

#: When a next action is due that was given as a day.
MORNING = time(10, 0)
#: How people write that nothing was promised.
_NONE = frozenset({"无", "没有", "暂无", "无承诺"})


def after_entering(session: Session, actor: Actor, project: Project, definitions: Definitions) -> None:
    """Let what the gate was told do its work elsewhere, so that nobody types it twice."""
    known = values_of(project, definitions)
    if project.stage is Stage.NEGOTIATING:
        _promise(session, actor, project, known)
    elif project.stage is Stage.SIGNED:
        for key, side in (("our_commitments", CommitmentSide.OURS), ("their_commitments", CommitmentSide.THEIRS)):
            _commit(session, actor, project, side, known.get(key))
    elif project.stage is Stage.BUILDING:
        _first_month(session, actor, project, known)


def _promise(session: Session, actor: Actor, project: Project, known: dict[str, object]) -> None:
    """The next action becomes a follow-up of the lead, unless one is planned already or its day is over."""
    lead = session.get(Lead, project.lead_id) if project.lead_id is not None else None
    what, day = known.get("next_action"), known.get("next_on")
    if lead is None or not what or not day:
        return
    due = instant_at(date.fromisoformat(str(day)), MORNING)
    planned = select(func.count(FollowUp.id)).where(FollowUp.lead_id == lead.id, FollowUp.done_at.is_(None))
    if due <= now() or session.scalar(planned):
        return
    subject = str(what).replace("\n", " ")[: follow_ups.SUBJECT_LENGTH]
    follow_ups.add(session, actor, lead, NextStep(kind=FollowUpKind.CALL, subject=subject, due_at=due))


def _commit(session: Session, actor: Actor, project: Project, side: CommitmentSide, content: object) -> None:
    """What the contract promises stands in the ledger, unless somebody has entered that side there already."""
    there = select(func.count(Commitment.id)).where(Commitment.project_id == project.id, Commitment.side == side)
    if not content or str(content).strip("。. ") in _NONE or session.scalar(there):
        return
    basis = f"正式合同（{project.signed_on:%Y-%m-%d}）" if project.signed_on else "正式合同"
    commitments.add(session, actor, project.id, Promise(side=side, content=str(content), legal_basis=basis))


def _first_month(session: Session, actor: Actor, project: Project, known: dict[str, object]) -> None:
    """The progress that the gate was told is the record of this month."""
    month = today().replace(day=1)
    there = select(func.count(MonthlyRecord.id)).where(
        MonthlyRecord.project_id == project.id, MonthlyRecord.month == month
    )
    if known.get("done_percent") is None or session.scalar(there):
        return
    session.add(
        MonthlyRecord(
            project_id=project.id,
            month=month,
            done_percent=known["done_percent"],
            planned_percent=known.get("planned_percent"),
            funds_fen=known.get("funds_in_place"),
            added_by_id=actor.id,
            is_demo=project.is_demo,
        )
    )
