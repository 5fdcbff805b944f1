"""The planner's tick: which lights are on, who is told, whose mail is due, which gaps came and went. Twice does no harm."""

from __future__ import annotations

import time

from crm.infra import queue
from crm.services import reminders, reports, segment_changes
from workers.app import celery, database, settings

#: Seconds between two looks at how the tables have grown.
TUNE_SECONDS = 3600
_tuned = 0.0


@celery.task(name="planner.tick")
def tick() -> None:
    with database().writing() as session:
        planned = reminders.plan(session, settings().mail_from.rpartition("@")[2])
        weekly = reports.plan_weekly(session, settings())
        if planned.mails or weekly:
            queue.after_commit(session, queue.MAIL_DELIVER)
    with database().writing() as session:
        segment_changes.record(session, segment_changes.NOTICED)
    _tune()


def _tune() -> None:
    global _tuned
    if not _tuned or time.monotonic() - _tuned > TUNE_SECONDS:
        database().tune()
        _tuned = time.monotonic()
