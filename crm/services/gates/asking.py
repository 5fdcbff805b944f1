"""Asking about gates: what one step lacks, what many projects lack, and the same as a condition for lists.

A list asks `lacking` (two statements for any number of projects) or filters by `lacking_condition`; both speak of the
next stage that everybody must pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, and_, exists, false, or_
from sqlalchemy.orm import Session

from crm.domain import gates
from crm.domain.gates import AnyOf, Definitions, Fact, GateCheck
from crm.domain.pipeline import SideState, Stage, Track
from crm.infra.clock import today
from crm.models import Evidence, Project
from crm.services.access import Actor
from crm.services.gates import proof
from crm.services.gates.definitions import in_force
from crm.services.gates.facts import values_of


def check(session: Session, actor: Actor, project: Project, to_stage: Stage) -> GateCheck:
    """What the step into a stage asks for, and what of it is missing. The caller has loaded the project."""
    return check_with(in_force(session), project, to_stage, proof.kinds_of(session, [project.id])[project.id])


def check_with(definitions: Definitions, project: Project, to_stage: Stage, evidence: Iterable[str]) -> GateCheck:
    """`check` with what is loaded already."""
    return gates.check(
        definitions,
        project.track,
        project.stage,
        to_stage,
        values_of(project, definitions),
        frozenset(evidence),
        today(),
    )


def lacking(session: Session, projects: Iterable[Project]) -> dict[int, int]:
    """How many facts and proofs each project lacks for its next gate; 0 at the end and for those that do not walk."""
    found = list(projects)
    definitions = in_force(session)
    kinds = proof.kinds_of(session, [each.id for each in found])
    return {each.id: _count(definitions, each, kinds[each.id]) for each in found}


def open_gates(session: Session, projects: Iterable[Project]) -> Iterator[tuple[Project, GateCheck]]:
    """Each walking project with its next gate and what it lacks there; two statements whatever their number."""
    found = list(projects)
    definitions = in_force(session)
    kinds = proof.kinds_of(session, [each.id for each in found])
    for project in found:
        following = definitions.following(project.track, project.stage)
        if following is not None and project.side_state is SideState.ACTIVE:
            yield project, check_with(definitions, project, following, kinds[project.id])


def lacking_condition(session: Session) -> ColumnElement[bool]:
    """Condition on `Project`: it walks, and lacks something for its next gate by the definitions in force."""
    definitions = in_force(session)
    rows = [
        and_(Project.track == track, Project.stage == stage, or_(*_terms(definitions, track, stage, following)))
        for track in Track
        for stage in Stage
        if (following := definitions.following(track, stage)) is not None
    ]
    return and_(Project.side_state == SideState.ACTIVE, or_(false(), *rows))


def _count(definitions: Definitions, project: Project, evidence: set[str]) -> int:
    following = definitions.following(project.track, project.stage)
    if following is None or project.side_state is not SideState.ACTIVE:
        return 0
    return check_with(definitions, project, following, evidence).lacking


def _terms(definitions: Definitions, track: Track, stage: Stage, following: Stage) -> Iterable[ColumnElement[bool]]:
    asked = definitions.asked(track, stage, following)
    for fact in asked.facts:
        if fact.required:
            other = definitions.facts.get(fact.instead or "")
            yield and_(_unknown(fact), _unknown(other)) if other is not None else _unknown(fact)
    for group in asked.evidence:
        yield _unproven(group)


def _unknown(fact: Fact) -> ColumnElement[bool]:
    absent = Project.facts[fact.key].as_string().is_(None)
    return and_(getattr(Project, fact.column).is_(None), absent) if fact.column else absent


def _unproven(group: AnyOf) -> ColumnElement[bool]:
    return ~exists().where(
        Evidence.project_id == Project.id,
        Evidence.kind.in_([kind.key for kind in group]),
        Evidence.withdrawn_at.is_(None),
    )
