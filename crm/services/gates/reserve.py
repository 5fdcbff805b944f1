"""The first gate: a lead that was screened valid becomes a reserve project, with the facts of its row (DOMAIN §4)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain import gates
from crm.domain.access import Permission
from crm.domain.errors import Duplicate, Stale
from crm.domain.gates import Definitions, GateCheck
from crm.domain.labels import N_
from crm.domain.leads import LeadState
from crm.domain.pipeline import Stage, Track
from crm.domain.sentences import Sentence
from crm.domain.space import Tenure
from crm.infra.clock import today
from crm.models import Evidence, Lead, Project
from crm.services import access, audit
from crm.services.access import Actor
from crm.services.gates import facts
from crm.services.gates.definitions import in_force
from crm.services.gates.moving import GateClosed, Move
from crm.services.projects import library

#: Evidence that the screening itself leaves behind.
SCREENING_NOTE = "screening_note"


def track_of(lead: Lead) -> Track:
    """The track that a lead's need leads to."""
    return Track.LAND if lead.tenure is Tenure.LAND else Track.CARRIER


def known_of(lead: Lead) -> dict[str, object]:
    """Facts of the reserve gate that the lead already tells; the enterprise must be loaded."""
    firm = lead.enterprise
    tier = firm.tier.value if firm.tier is not None else "not_applicable" if firm.is_institution else None
    area = next((each for each in (lead.area_target, lead.area_min, lead.area_max) if each is not None), None)
    found = {
        "segment": lead.segment_id,
        "tier": tier,
        "investment": lead.investment_fen,
        "area": area,
        "grade": lead.grade.value if lead.grade is not None else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def check_lead(session: Session, lead: Lead, given: dict[str, object] | None = None) -> GateCheck:
    """What the lead lacks for the reserve; one statement. Barred until it is screened valid."""
    return _check(in_force(session), lead, given or {})


def admit(session: Session, actor: Actor, lead_id: int, command: Move) -> Project:
    """Let a lead into the reserve: it becomes a project once.

    NotFound, NotAllowed, Stale; Duplicate with the project that it is already; GateClosed with what is missing;
    Invalid by key of the fact.
    """
    access.require(actor, Permission.PROJECTS_EDIT)
    lead = access.lead(session, actor, lead_id, edit=True)
    existing = session.scalar(select(Project.id).where(Project.lead_id == lead.id))
    if existing is not None:
        raise Duplicate(N_("这条线索已经在储备库里。"), existing_id=existing)
    if command.version is not None and lead.version != command.version:
        raise Stale(N_("这条线索刚被别人改过，请对照最新内容再提交。"))
    definitions = in_force(session)
    found = _check(definitions, lead, dict(command.facts))
    if not found.is_open:
        raise GateClosed(found)
    project = library.promote(session, actor, lead.id, gate_version=definitions.version)
    told = {key: value for key, value in known_of(lead).items() if key in definitions.facts}
    changed = facts.take(session, project, definitions, told | dict(command.facts))
    note = Evidence(
        project_id=project.id,
        kind=SCREENING_NOTE,
        note=lead.screening_note,
        dated_on=None,
        added_by_id=lead.screened_by_id,
        is_demo=project.is_demo,
    )
    session.add(note)
    session.flush()
    after = {key: pair[1] for key, pair in changed.items()}
    audit.record(session, actor.id, "project.facts", ("project", project.id), after=after)
    return project


def _check(definitions: Definitions, lead: Lead, given: dict[str, object]) -> GateCheck:
    values = known_of(lead) | {key: value for key, value in given.items() if value not in (None, "")}
    evidence = {SCREENING_NOTE} if lead.screening_note and lead.state.is_screened else set()
    found = gates.check(definitions, track_of(lead), None, Stage.RESERVE, values, evidence, today())
    return found if lead.state is LeadState.VALID else gates.barred(found, Sentence(_why_not(lead)))


def _why_not(lead: Lead) -> str:
    if lead.state is LeadState.DUPLICATE:
        return N_("这条线索是重复的，不再进入储备库。")
    if lead.state is LeadState.INVALID:
        return N_("这条线索筛查为「无效」；要跟的话，先改筛查结论。")
    return N_("先筛查为「有效」，再转入储备库。")
