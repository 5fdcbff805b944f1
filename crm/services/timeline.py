"""Writing and reading the activity log: timelines show it, weekly reports are its difference between two instants."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.infra.clock import now
from crm.models import Activity, Lead
from crm.services.access import Actor

#: Kinds that count as contact, visit, document or stage change (DOMAIN §6); a mere edit does not.
SUBSTANTIVE = frozenset(
    {
        "lead.created",
        "lead.enquired",
        "lead.screened",
        "follow_up.done",
        "referrer.told",
        "introduction.sent",
        "introduction.viewing",
        "introduction.accepted",
        "introduction.declined",
        "project.stage",
        "file.added",
    }
)


def note(
    session: Session,
    actor: Actor | None,
    kind: str,
    lead: Lead | None = None,
    *,
    at: datetime | None = None,
    project_id: int | None = None,
    park_id: int | None = None,
    introduction_id: int | None = None,
    **params: object,
) -> Activity:
    """Add one event and move the lead's silence clock if the kind is substantive."""
    moment = at or now()
    substantive = kind in SUBSTANTIVE
    event = Activity(
        at=moment,
        actor_id=actor.id if actor else None,
        kind=kind,
        lead_id=lead.id if lead else None,
        project_id=project_id,
        park_id=park_id,
        introduction_id=introduction_id,
        section_id=lead.section_id if lead else (actor.section_id if actor else None),
        params=params,
        is_substantive=substantive,
        is_demo=bool(lead and lead.is_demo) or bool(actor and actor.is_demo),
    )
    session.add(event)
    if lead is not None and substantive and lead.last_activity_at < moment:
        lead.last_activity_at = moment
    return event


def of_lead(session: Session, lead_id: int, *, substantive_only: bool = False, limit: int = 100) -> list[Activity]:
    """Events of one lead, newest first. The caller has loaded the lead through `access.lead`."""
    query = select(Activity).where(Activity.lead_id == lead_id)
    if substantive_only:
        query = query.where(Activity.is_substantive)
    query = query.options(joinedload(Activity.actor)).order_by(Activity.at.desc(), Activity.id.desc()).limit(limit)
    return list(session.scalars(query))


def of_introduction(session: Session, introduction_id: int, *, limit: int = 50) -> list[Activity]:
    """Events of one introduction, newest first. The caller has loaded it through `access.introduction`."""
    query = (
        select(Activity)
        .where(Activity.introduction_id == introduction_id)
        .options(joinedload(Activity.actor))
        .order_by(Activity.at.desc(), Activity.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))
