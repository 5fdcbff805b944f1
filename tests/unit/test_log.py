"""Logs: a traceback never carries the values of local variables."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from crm.infra import log
from crm.infra.config import load_settings


@pytest.fixture
def quiet_after() -> Iterator[None]:
    """Give the process its loggers back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("kind", ["json", "console"])
def test_a_logged_exception_shows_where_it_happened_but_no_local_values(kind, tmp_path, capsys, quiet_after):
    log.configure(load_settings({"LIANTU_DATA_DIR": str(tmp_path), "LIANTU_LOG_FORMAT": kind}))
    typed = "typed-by-somebody"
    try:
        raise ValueError("broken " + str(len(typed)))
    except ValueError:
        structlog.get_logger("test").exception("request failed")
    written = capsys.readouterr().err
    assert "request failed" in written
    assert "broken 17" in written
    assert "test_log.py" in written
    assert typed not in written
