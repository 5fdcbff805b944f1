"""Lights of many records at once, for lists and boards: the worst reminder that is on (DOMAIN §6).

They are read from what the planner keeps, so that a list of any length costs one statement; a reminder of a project
carries the project's lead, so that lead and project always show the same light. The page of one record, which must
not wait for the planner, asks `services.reminders.lights`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import ColumnElement, Row, and_, exists, func, not_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.domain.pipeline import Light
from crm.infra.clock import today
from crm.models import Lead, Project, Reminder


def of_leads(session: Session, lead_ids: Iterable[int]) -> Mapping[int, Light]:
    """Light by lead id, green where nothing is on; one statement, none for no ids. The caller has asked the scope."""
    wanted = set(lead_ids)
    if not wanted:
        return {}
    query = (
        select(Reminder.lead_id, func.min(Reminder.yellow_on), func.min(Reminder.red_on))
        .where(Reminder.lead_id.in_(wanted), Reminder.ended_at.is_(None))
        .group_by(Reminder.lead_id)
    )
    return _by_id(wanted, session.execute(query).all())


def of_projects(session: Session, project_ids: Iterable[int]) -> Mapping[int, Light]:
    """Light by project id: the worst of the project's and its lead's reminders; one statement, none for no ids."""
    wanted = set(project_ids)
    if not wanted:
        return {}
    query = (
        select(Project.id, func.min(Reminder.yellow_on), func.min(Reminder.red_on))
        .join(Reminder, Reminder.lead_id == Project.lead_id)
        .where(Project.id.in_(wanted), Reminder.ended_at.is_(None))
        .group_by(Project.id)
    )
    return _by_id(wanted, session.execute(query).all())


def lead_condition(light: Light) -> ColumnElement[bool]:
    """Condition on `Lead`, for list filters: it shows this light."""
    return _condition(light, Lead.id)


def project_condition(light: Light) -> ColumnElement[bool]:
    """Condition on `Project`, for list filters: it shows this light."""
    return _condition(light, Project.lead_id)


def _by_id(wanted: Iterable[int], rows: Iterable[Row[tuple[int, date | None, date | None]]]) -> Mapping[int, Light]:
    day = today()
    found = dict.fromkeys(wanted, Light.GREEN)
    for key, yellow_on, red_on in rows:
        if red_on is not None and red_on <= day:
            found[key] = Light.RED
        elif yellow_on is not None and yellow_on <= day:
            found[key] = Light.YELLOW
    return found


def _condition(light: Light, lead_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Asked row by row through the index on (lead_id, ended_at, …), so that a page of a long list stops early."""
    day = today()

    def some(turned: InstrumentedAttribute[date | None]) -> ColumnElement[bool]:
        return exists().where(Reminder.lead_id == lead_id, Reminder.ended_at.is_(None), turned <= day)

    if light is Light.RED:
        return some(Reminder.red_on)
    if light is Light.YELLOW:
        return and_(some(Reminder.yellow_on), not_(some(Reminder.red_on)))
    return not_(some(Reminder.yellow_on))
