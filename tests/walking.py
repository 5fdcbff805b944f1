"""Walking a project through its gates in tests: an answer for whatever a gate asks."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.gates import AnyOf, Fact, FactKind, GateCheck
from crm.domain.leads import LeadState
from crm.domain.pipeline import Stage
from crm.infra.clock import today
from crm.models import Contact, Park, Project, Segment
from crm.services import gates, projects
from crm.services.gates import Move, Proof
from tests.factories import USCC, actor, make_lead


def make_project(session: Session, person_id: int, **lead: object) -> Project:
    """A project at 储备 that did not pass the reserve gate, as an import makes it."""
    made = make_lead(session, person_id, **lead)
    made.state, made.screening_note = LeadState.VALID, "补体外诊断环节，跟"
    session.flush()
    return projects.promote(session, actor(session, person_id), made.id)


def admitted(session: Session, person_id: int, **lead: object) -> Project:
    """A project that passed the reserve gate."""
    made = make_lead(session, person_id, **lead)
    made.state, made.screening_note = LeadState.VALID, "补体外诊断环节，跟"
    session.flush()
    forecast = {"investment": 300, "fixed_investment": 200, "output_forecast": 9, "tax_forecast": 1, "grade": "B"}
    return gates.admit(session, actor(session, person_id), made.id, Move(to_stage=Stage.RESERVE, facts=forecast))


def answer(session: Session, project: Project, fact: Fact) -> object:
    """A value that the fact accepts."""
    if fact.kind is FactKind.CHOICE:
        return fact.choices[0][0]
    if fact.kind is FactKind.DATE:
        return (today() - timedelta(days=1)).isoformat()
    if fact.kind is FactKind.SEGMENT:
        return session.scalar(select(Segment.id).limit(1))
    if fact.kind is FactKind.PARK:
        return session.scalar(select(Park.id).limit(1))
    if fact.kind is FactKind.CONTACT:
        return session.scalar(select(Contact.id).where(Contact.enterprise_id == project.enterprise_id).limit(1))
    return {FactKind.TEXT: "示例说明", FactKind.USCC: USCC, FactKind.PERCENT: 40}.get(fact.kind, 1_000_000)


def answers(session: Session, project: Project, found: GateCheck) -> dict[str, object]:
    """An answer for each missing fact."""
    return {fact.key: answer(session, project, fact) for fact in found.missing_facts}


def proofs(missing: tuple[AnyOf, ...]) -> list[Proof]:
    """A note for each missing proof."""
    return [Proof(kind=group[0].key, note="原件在档案室 3 柜") for group in missing]


def complete(session: Session, person_id: int, project: Project, to_stage: Stage) -> Move:
    """The step with everything that it still asks for."""
    found = gates.check(session, actor(session, person_id), project, to_stage)
    return Move(
        to_stage=to_stage,
        facts=answers(session, project, found),
        evidence=proofs(found.missing_evidence),
        version=project.version,
    )


def walk(session: Session, chief_id: int, project: Project, *stages: Stage) -> Project:
    """Take steps with the chief's word, each with all that it asks for."""
    for stage in stages:
        gates.move(session, actor(session, chief_id), project.id, complete(session, chief_id, project, stage))
    return project
