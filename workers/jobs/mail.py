"""The deliverer's bell: whatever is due in the outbox leaves. The message carries nothing; the database knows all."""

from __future__ import annotations

from workers.app import celery, database, settings
from workers.emails.deliver import deliver_due

#: Mails of one job; more wait for the next, so that a worker that must stop does so soon.
LIMIT = 100


@celery.task(name="mail.deliver")
def deliver() -> None:
    if deliver_due(database(), settings(), LIMIT).more:
        deliver.apply_async(retry=False, ignore_result=True)
