"""Reminders per second through the outbox: planned, claimed, rendered, handed over, settled.

`outbox_digests` makes real daily digests for as many officers and hands them to a transport that takes them at once;
`outbox_rows` is the outbox alone: the three units of work of each mail, without making it.
"""

from __future__ import annotations

import logging
import tempfile
import time
from email.message import EmailMessage

import structlog
from sqlalchemy import update

from bench.common import bench_settings, databases, emit, quick
from crm.domain.delivery import lease_of
from crm.infra.clock import now
from crm.infra.config import Settings
from crm.infra.db import Database
from crm.models import OutboxMail
from crm.services import outbox
from tests.workers.faults.run import fill
from workers.emails.deliver import BATCH, deliver_due
from workers.emails.transports import Conversation


class _Nowhere:
    """Takes every mail at once."""

    def open(self) -> Conversation:
        return self

    def close(self, line: Conversation) -> None:
        return None

    def evidence(self, message_id: str) -> bool | None:
        return None

    def address(self, sender: str, recipient: str) -> None:
        return None

    def text(self, message: EmailMessage) -> None:
        return None


def digests_per_second(database: Database, settings: Settings, count: int) -> float:
    started = time.perf_counter()
    sent = deliver_due(database, settings, limit=count, transport=_Nowhere()).sent
    if sent != count:
        raise RuntimeError(f"{sent} of {count} were sent")
    return count / (time.perf_counter() - started)


def rows_per_second(database: Database, count: int) -> float:
    """Claim, mark in doubt, settle: the three units of work of each mail, without making it."""
    with database.writing() as session:
        session.execute(update(OutboxMail).values(state="pending", next_at=now()))
    lease = lease_of(20)
    started = time.perf_counter()
    done = 0
    while True:
        with database.writing() as session:
            claims = outbox.claim(session, BATCH, lease)
        if not claims:
            break
        for claimed in claims:
            with database.writing() as session:
                outbox.mark_in_doubt(session, claimed, lease)
            with database.writing() as session:
                done += outbox.settle_sent(session, claimed)
    if done != count:
        raise RuntimeError(f"{done} of {count} were settled")
    return count / (time.perf_counter() - started)


def main() -> None:
    # One line of log a mail would stand between the figures.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    count = 200 if quick() else 1000
    with databases() as each, tempfile.TemporaryDirectory() as folder:
        settings = bench_settings(folder)
        for name, database in each:
            fill(database, count)
            emit("outbox_digests", digests_per_second(database, settings, count), "reminders/s", count, name)
            emit("outbox_rows", rows_per_second(database, count), "reminders/s", count, name)


if __name__ == "__main__":
    main()
