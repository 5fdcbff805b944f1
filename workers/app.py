"""The Celery application: JSON only, late acknowledgement, one database for the process."""

from __future__ import annotations

from functools import lru_cache

import structlog
from celery import Celery, signals

from crm.infra import log, queue
from crm.infra.config import Settings, load_settings
from crm.infra.db import Database
from crm.services.audit import request_context
from workers.schedule import BEAT_FILE, HEARTBEAT, beat_schedule


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this worker process."""
    return load_settings()


@lru_cache(maxsize=1)
def database() -> Database:
    """The database of this worker process."""
    return Database.from_url(settings().database_url)


celery = Celery(
    "liantu",
    broker=settings().redis_url,
    include=["workers.jobs.heartbeat", "workers.jobs.planner", "workers.jobs.mail", "workers.jobs.long_work"],
)
celery.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_concurrency=settings().worker_concurrency,
    worker_hijack_root_logger=False,
    # The supervisor and the tests end workers; a connection that comes back must not kill what runs.
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options=queue.broker_options(),
    timezone="UTC",
    beat_schedule=beat_schedule(),
    beat_schedule_filename=str(settings().data_dir / BEAT_FILE),
    beat_max_loop_interval=15,
)
# Jobs ring for other jobs after their commit.
queue.connect(settings())


@signals.setup_logging.connect
def _logging(**_kwargs: object) -> None:
    log.configure(settings())


@signals.worker_process_init.connect
def _after_fork(**_kwargs: object) -> None:
    # Connections opened before a fork belong to the parent.
    database().dispose()


@signals.task_prerun.connect
def _bind(task_id: str, task: object, **_kwargs: object) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id, task=getattr(task, "name", ""))
    request_context.set((task_id[:40], None))


@signals.worker_ready.connect
def _first_ticks(**_kwargs: object) -> None:
    # Beat rings a minute after its start at the earliest; what waited while we were away need not wait for that.
    for task in (HEARTBEAT, queue.MAIL_DELIVER, queue.JOBS_RUN):
        queue.ring(task)
