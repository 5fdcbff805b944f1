"""The demonstration's projects stand where their facts and proofs let them stand."""

from __future__ import annotations

from sqlalchemy import func, select

from crm.domain.commitments import CommitmentSide
from crm.domain.gates import check
from crm.domain.pipeline import SideState, Stage
from crm.infra.clock import today
from crm.models import Commitment, Issue, Lead, MonthlyRecord, Project, StageChange
from crm.services import gates


def test_every_passed_gate_is_satisfied(loaded):
    walked = 0
    with loaded.database.reading() as session:
        definitions = gates.in_force(session)
        proofs = gates.kinds_of(session, [project.id for project in session.scalars(select(Project))])
        for change in session.scalars(select(StageChange).order_by(StageChange.id)):
            project = session.get(Project, change.project_id)
            values = gates.values_of(project, definitions)
            found = check(
                definitions, project.track, change.from_stage, change.to_stage, values, proofs[project.id], today()
            )
            missing = [fact.key for fact in found.missing_facts] + [group[0].key for group in found.missing_evidence]
            assert missing == [], f"{project.name} → {change.to_stage}"
            walked += 1
    assert walked > 90


def test_the_next_gates_are_short_of_different_things(loaded):
    with loaded.database.reading() as session:
        walking = list(session.scalars(select(Project).where(Project.side_state == SideState.ACTIVE)))
        short = gates.lacking(session, walking)
        assert {short[project.id] for project in walking if project.stage is not Stage.AT_CAPACITY} == {0, 1, 2, 3}


def test_contracts_promise_both_ways_and_builders_report_monthly(loaded):
    with loaded.database.reading() as session:
        for project in session.scalars(select(Project).where(Project.signed_on.is_not(None))):
            sides = set(session.scalars(select(Commitment.side).where(Commitment.project_id == project.id)))
            assert sides == set(CommitmentSide), project.name
        building = select(Project.id).where(Project.stage == Stage.BUILDING)
        for project_id in session.scalars(building).all():
            months = select(func.count()).where(MonthlyRecord.project_id == project_id)
            assert session.scalar(months) > 0
        assert session.scalar(select(func.count()).select_from(Issue).where(Issue.is_supervised)) == 2


def test_the_pool_holds_leads_of_nobody(loaded):
    with loaded.database.reading() as session:
        pooled = list(session.scalars(select(Lead).where(Lead.pooled_at.is_not(None))))
        assert len(pooled) == 2
        assert all(
            lead.owner_id is None and lead.section_id is None and lead.protected_until is None for lead in pooled
        )
