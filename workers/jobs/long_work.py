"""Imports and exports: whatever is queued is done. The message carries nothing; the job's row knows all."""

from __future__ import annotations

from crm.infra.storage import FileStore
from crm.services import long_work
from workers.app import celery, database, settings


@celery.task(name="jobs.run")
def run() -> None:
    long_work.run_waiting(database(), FileStore(settings().files_dir))
