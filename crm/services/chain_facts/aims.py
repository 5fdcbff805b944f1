"""Who aims at a segment, as far as the person may see: open leads, and projects that walk on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from crm.domain.leads import LeadState
from crm.domain.pipeline import SideState
from crm.models import Enterprise, Lead, Project, Segment
from crm.services import access
from crm.services.access import Actor

_OPEN = tuple(state for state in LeadState if state.is_open)
NAMES = 3


@dataclass(frozen=True, slots=True)
class Aims:
    """Open leads that no project has grown from, projects that walk on, and the first enterprises, projects' first."""

    leads: int
    projects: int
    names: tuple[str, ...]


def aims(session: Session, actor: Actor, chain_id: int | None = None) -> Mapping[int, Aims]:
    """By segment id; segments that nobody aims at are absent. Two statements."""
    projects = select(Project.segment_id, Project.id, Project.enterprise_id).where(
        Project.segment_id.is_not(None), Project.side_state == SideState.ACTIVE, access.project_scope(actor)
    )
    leads = select(Lead.segment_id, Lead.id, Lead.enterprise_id).where(
        Lead.segment_id.is_not(None),
        Lead.state.in_(_OPEN),
        access.lead_scope(actor),
        # A lead becomes a project once; from then on the project stands for it, also a lost one.
        ~exists().where(Project.lead_id == Lead.id),
    )
    if chain_id is not None:
        own = select(Segment.id).where(Segment.chain_id == chain_id)
        projects, leads = projects.where(Project.segment_id.in_(own)), leads.where(Lead.segment_id.in_(own))
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    names: dict[int, dict[str, None]] = defaultdict(dict)
    for kind, query in ((1, projects), (0, leads)):
        for segment, count, name in session.execute(_newest(query)):
            found[segment][kind] = count
            if len(names[segment]) < NAMES:
                names[segment][name] = None
    return {segment: Aims(*counts, tuple(names[segment])) for segment, counts in found.items()}


def _newest(query: Select) -> Select:
    """Of each segment how many there are, and the names of the newest: the database need not send them all."""
    rows = query.subquery()
    same = {"partition_by": rows.c.segment_id}
    numbered = select(
        rows.c.segment_id,
        rows.c.enterprise_id,
        func.count().over(**same).label("count"),
        func.row_number().over(**same, order_by=rows.c.id.desc()).label("place"),
    ).subquery()
    return (
        select(numbered.c.segment_id, numbered.c.count, Enterprise.name)
        .join(Enterprise, Enterprise.id == numbered.c.enterprise_id)
        .where(numbered.c.place <= NAMES)
        .order_by(numbered.c.segment_id, numbered.c.place)
    )
