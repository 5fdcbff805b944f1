"""Ringing the workers' bell after a commit.

A message carries a task's name and ids, nothing else. It leaves only when the data is safe; if the broker is away, the
saved write stays saved and the next tick (every minute) does the work: the database is the truth (RELIABILITY §1).
"""

from __future__ import annotations

import time
from threading import Lock

import structlog
from celery import Celery
from sqlalchemy.orm import Session

from crm.infra.config import Settings
from crm.infra.db import after_commit as run_after_commit

log = structlog.get_logger("queue")

#: Names of the tasks that may be rung for; `workers.jobs` gives them bodies.
MAIL_DELIVER = "mail.deliver"
PLANNER_TICK = "planner.tick"
JOBS_RUN = "jobs.run"

#: A person's answer waits no longer than this for the broker …
PATIENCE = 1
#: … and not again for this long after the broker failed to answer: ticks ring meanwhile.
SILENCE = 30.0

_client: Celery | None = None
_silent_until = 0.0
_lock = Lock()


def broker_options() -> dict[str, object]:
    """Transport options for everybody who talks to the broker.

    A message whose worker died comes back after `visibility_timeout`; kombu looks for such messages only every
    interval × throttle seconds, which is about 100 by default.
    """
    return {
        "visibility_timeout": 120,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "global_keyprefix": "liantu:",
    }


#: Kombu would try again and again while a person waits.
_IMPATIENT = {
    "socket_timeout": PATIENCE,
    "socket_connect_timeout": PATIENCE,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}


def connect(settings: Settings) -> None:
    """Say which broker to ring; without one, nothing is rung and ticks do the work."""
    global _client, _silent_until
    with _lock:
        _silent_until = 0.0
        if settings.redis_url is None:
            _client = None
            return
        client = Celery("liantu-bell", broker=settings.redis_url, set_as_current=False)
        client.conf.update(
            task_serializer="json",
            accept_content=["json"],
            task_ignore_result=True,
            broker_transport_options=broker_options() | _IMPATIENT,
            broker_connection_timeout=PATIENCE,
        )
        _client = client


def after_commit(session: Session, task: str, **ids: int | str) -> None:
    """Ring for `task` once the unit of work is committed."""
    run_after_commit(session, lambda: ring(task, **ids))


def ring(task: str, **ids: int | str) -> bool:
    """Send the message now. False (and a log line) if the broker is away; never raises, never waits for long."""
    global _silent_until
    if _client is None or time.monotonic() < _silent_until:
        return False
    try:
        _client.send_task(task, kwargs=ids, retry=False, ignore_result=True)
    except Exception as error:  # the broker may fail in any way; the saved write must not
        _silent_until = time.monotonic() + SILENCE
        log.warning("bell not heard", task=task, error=type(error).__name__)
        return False
    return True
