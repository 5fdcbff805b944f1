"""Settings of gunicorn that are code: loaded with `-c python:crm.infra.gunicorn`."""

from __future__ import annotations

from typing import Any

from crm.infra import log
from crm.infra.config import load_settings

#: The application is built once and shared with its workers by fork.
preload_app = True
#: Idle keep-alive connections would hold a thread for long.
keepalive = 5


def on_starting(_server: Any) -> None:
    """Log lines as the settings want them, also those of gunicorn."""
    log.configure(load_settings())


def post_worker_init(worker: Any) -> None:
    """Connections opened before the fork belong to the parent."""
    worker.app.wsgi().extensions["database"].dispose()
