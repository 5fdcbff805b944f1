"""Progress of a job, written from outside the unit of work that does it: a roll-back does not take it away."""

from __future__ import annotations

import time
from datetime import timedelta

from crm.infra.db import Database
from crm.services import jobs
from crm.services.jobs import Claimed

#: More often than this nobody looks.
_EVERY_SECONDS = 0.5


class LostJob(Exception):
    """Somebody else has taken the job up: whatever was begun is to be rolled back."""


class Progress:
    """Says how far a job is, at most twice a second, and keeps its lease alive."""

    def __init__(self, database: Database, claimed: Claimed, total: int | None = None) -> None:
        self._database, self._claimed, self._total = database, claimed, total
        self._done, self._said = 0, 0.0

    def expect(self, total: int) -> None:
        self._total = total
        self.say(self._done)

    def step(self, number: int) -> None:
        """So many more are done."""
        self._done += number
        if time.monotonic() - self._said >= _EVERY_SECONDS:
            self.say(self._done)

    def say(self, done: int, lease: timedelta = jobs.LEASE) -> None:
        self._done, self._said = done, time.monotonic()
        with self._database.writing() as session:
            if not jobs.advance(session, self._claimed, done, self._total, lease):
                raise LostJob

    def before_writing(self) -> None:
        """The big unit of work begins. On SQLite it is the only writer, so nothing can be said until it ends."""
        self.say(self._done, jobs.WRITING_LEASE if self._database.is_sqlite else jobs.LEASE)

    def while_writing(self, number: int) -> None:
        """Inside the big unit of work: told on PostgreSQL by a connection beside it, counted on SQLite."""
        if self._database.is_sqlite:
            self._done += number
        else:
            self.step(number)
