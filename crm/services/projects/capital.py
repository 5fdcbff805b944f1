"""增资: money added to a project that is signed. It adds an amount, never a project (DOMAIN §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.errors import Duplicate, Invalid
from crm.domain.labels import N_
from crm.domain.pipeline import Batch
from crm.domain.quantities import say_money
from crm.domain.text import clean_text
from crm.infra.clock import today
from crm.models import CapitalIncrease, Lead, Project
from crm.services import access, audit, timeline
from crm.services.access import Actor

NOTE_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Increase:
    """How much (fen), agreed on which day, for what; one id per opened form."""

    amount_fen: int | None
    agreed_on: date | None
    note: str = ""
    request_id: str | None = None


def add_capital(session: Session, actor: Actor, project_id: int, command: Increase) -> CapitalIncrease:
    """Write an increase down; the same form again is the first row. Invalid(`amount`, `agreed_on`)."""
    access.require(actor, Permission.PROJECTS_EDIT)
    project = access.project(session, actor, project_id, edit=True)
    if earlier := _by_request(session, project, command.request_id):
        return earlier
    if project.stage.batch is Batch.RESERVE or project.repeats_id is not None:
        raise Invalid("amount", N_("签约以后才有增资；这之前请改计划总投资。"))
    if not command.amount_fen:
        raise Invalid("amount", N_("请填增资金额。"))
    if command.agreed_on is None or command.agreed_on > today():
        raise Invalid("agreed_on", N_("请填增资协议的日期，不能在将来。"))
    if project.signed_on is not None and command.agreed_on < project.signed_on:
        raise Invalid("agreed_on", N_("增资不能早于首次签约（%(day)s）。"), day=project.signed_on.isoformat())
    return write(session, actor, project, command)


def write(session: Session, actor: Actor, project: Project, command: Increase) -> CapitalIncrease:
    """The row itself: for use cases that have asked every question about it."""
    row = CapitalIncrease(
        request_id=command.request_id,
        project_id=project.id,
        amount_fen=command.amount_fen,
        agreed_on=command.agreed_on,
        note=clean_text(command.note, NOTE_LENGTH, "note", multiline=True) or None,
        added_by_id=actor.id,
        is_demo=project.is_demo,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        earlier = _by_request(session, project, command.request_id)
        if earlier is None:
            raise
        return earlier
    lead = session.get(Lead, project.lead_id) if project.lead_id is not None else None
    amount = say_money(row.amount_fen).say()
    timeline.note(session, actor, "project.capital", lead, project_id=project.id, amount=amount, note=row.note or "")
    after = {"amount_fen": row.amount_fen, "agreed_on": row.agreed_on.isoformat()}
    audit.record(session, actor.id, "project.capital", ("project", project.id), after=after)
    return row


def increases(session: Session, project_id: int) -> list[CapitalIncrease]:
    """Increases of one project by day; the caller has loaded it through `access.project`."""
    query = select(CapitalIncrease).where(CapitalIncrease.project_id == project_id)
    return list(session.scalars(query.order_by(CapitalIncrease.agreed_on, CapitalIncrease.id)))


def _by_request(session: Session, project: Project, request_id: str | None) -> CapitalIncrease | None:
    if not request_id:
        return None
    found = session.scalar(select(CapitalIncrease).where(CapitalIncrease.request_id == request_id))
    if found is not None and found.project_id != project.id:
        raise Duplicate(N_("这张表单已经提交过，请重新打开页面。"))
    return found
