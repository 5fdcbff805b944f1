"""Monthly records of building (DOMAIN §4 row 7): progress against plan and funds in place, one row a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.pipeline import Stage
from crm.domain.text import clean_text
from crm.infra.clock import now, today
from crm.models import Lead, MonthlyRecord
from crm.services import access, audit, timeline
from crm.services.access import Actor

NOTE_LENGTH = 500
#: Stages in which something is being built.
BUILDING = (Stage.STARTED, Stage.BUILDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Any day of the month, per cent done and planned, funds summed up to it in fen, in words."""

    month: date | None
    done_percent: int | None
    planned_percent: int | None = None
    funds_fen: int | None = None
    note: str = ""


def record_month(session: Session, actor: Actor, project_id: int, command: Month) -> MonthlyRecord:
    """Write the record of a month, or correct it. Invalid(`month`, `done_percent`, `planned_percent`, `funds`)."""
    access.require(actor, Permission.PROJECTS_EDIT)
    project = access.project(session, actor, project_id, edit=True)
    if project.stage not in BUILDING:
        raise Invalid("month", N_("开工和建设阶段才记月度进度。"))
    if command.month is None or command.month > today():
        raise Invalid("month", N_("请选已经开始的月份。"))
    month = command.month.replace(day=1)
    _judge(command)
    rows = {row.month: row for row in months(session, project.id)}
    if any(row.done_percent > command.done_percent for day, row in rows.items() if day < month):  # type: ignore[operator]
        raise Invalid("done_percent", N_("累计进度不能低于前一个月。"))
    row = rows.get(month)
    before = _values(row) if row is not None else None
    if row is None:
        row = MonthlyRecord(project_id=project.id, month=month, is_demo=project.is_demo)
        session.add(row)
    row.done_percent, row.planned_percent = command.done_percent, command.planned_percent
    row.funds_fen, row.added_by_id = command.funds_fen, actor.id
    row.note = clean_text(command.note, NOTE_LENGTH, "note", multiline=True) or None
    if before == _values(row):
        return row
    session.flush()
    project.last_activity_at = now()
    lead = session.get(Lead, project.lead_id) if project.lead_id is not None else None
    words = {"month": f"{month:%Y-%m}", "percent": row.done_percent, "note": row.note or ""}
    timeline.note(session, actor, "project.month", lead, project_id=project.id, **words)
    audit.record(session, actor.id, "project.month", ("project", project.id), before, _values(row))
    return row


def months(session: Session, project_id: int) -> list[MonthlyRecord]:
    """The months of one project, oldest first; the caller has loaded it through `access.project`."""
    query = select(MonthlyRecord).where(MonthlyRecord.project_id == project_id)
    return list(session.scalars(query.order_by(MonthlyRecord.month)))


def _judge(command: Month) -> None:
    if command.done_percent is None:
        raise Invalid("done_percent", N_("请填完成进度。"))
    for name, value in (("done_percent", command.done_percent), ("planned_percent", command.planned_percent)):
        if value is not None and not 0 <= value <= 100:
            raise Invalid(name, N_("百分比在 0 到 100 之间。"))
    if command.funds_fen is not None and command.funds_fen < 0:
        raise Invalid("funds", N_("不能是负数。"))


def _values(row: MonthlyRecord) -> dict[str, object]:
    return {
        "month": row.month.isoformat(),
        "done": row.done_percent,
        "planned": row.planned_percent,
        "funds_fen": row.funds_fen,
        "note": row.note,
    }
