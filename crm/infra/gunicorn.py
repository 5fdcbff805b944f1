"""Settings of gunicorn that are code: loaded with `-c python:crm.infra.gunicorn`."""

from __future__ import annotations

import gc
from importlib import import_module
from threading import Thread
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


def pre_fork(_server: Any, _worker: Any) -> None:
    """What is there now is shared with the workers as long as nobody touches it, the garbage collector included."""
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Connections opened before the fork belong to the parent."""
    worker.app.wsgi().extensions["database"].dispose()
    # The first page should not wait for the dictionaries of names, and the first saved lead not either.
    Thread(target=_load, args=("pypinyin", "zhconv"), daemon=True).start()


def _load(*modules: str) -> None:
    for module in modules:
        import_module(module)
