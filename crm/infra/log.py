"""Structured logs with the ids of request and job; nothing personal is ever logged."""

from __future__ import annotations

import logging
import sys

import structlog

from crm.infra.config import Settings


def configure(settings: Settings) -> None:
    """Send structlog and the standard library's loggers to one stream, for people or for machines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = settings.log_format == "json"
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    # The console renderer draws tracebacks itself; for machines they become a field. Never with the values of local
    # variables: a password that somebody typed is among them.
    without_values = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    traceback = [structlog.processors.ExceptionRenderer(without_values)] if as_json else []
    structlog.configure(
        processors=[*shared, *traceback, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *traceback, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
