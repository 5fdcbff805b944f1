"""The planner's tick: which lights are on, who is told, whose mail is due. Twice does no harm."""

from __future__ import annotations

from crm.infra import queue
from crm.services import reminders, reports
from workers.app import celery, database, settings


@celery.task(name="planner.tick")
def tick() -> None:
    with database().writing() as session:
        planned = reminders.plan(session, settings().mail_from.rpartition("@")[2])
        weekly = reports.plan_weekly(session, settings())
        if planned.mails or weekly:
            queue.after_commit(session, queue.MAIL_DELIVER)
