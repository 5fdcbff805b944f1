"""A sign of life: the tick came through beat, broker and worker."""

from __future__ import annotations

from crm.services import health
from workers.app import celery, database
from workers.schedule import HEARTBEAT


@celery.task(name=HEARTBEAT)
def beat() -> None:
    with database().writing() as session:
        health.beat(session, health.WORKER)
