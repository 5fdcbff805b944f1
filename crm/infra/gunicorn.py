"""Settings of gunicorn that are code: loaded with `-c python:crm.infra.gunicorn`."""

from __future__ import annotations

from typing import Any

#: The application is built once and shared with its workers by fork.
preload_app = True
#: Idle keep-alive connections would hold a thread for long.
keepalive = 5


def post_worker_init(worker: Any) -> None:
    """Connections opened before the fork belong to the parent."""
    worker.app.wsgi().extensions["database"].dispose()
