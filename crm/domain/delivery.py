"""Delivery of mail: the states of an outgoing mail, when to try again, how a copy is recognised (RELIABILITY §1).

pending → claimed → in_doubt → sent. A row is in doubt from the moment the text is about to leave until the server's
answer is written down: only then can nobody say whether it arrived, and `Resolve` says what happens to such a row
once its lease is over.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from enum import StrEnum

#: After this many claims a mail is given up and an administrator decides.
MAX_ATTEMPTS = 12
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)
_LONGEST_SILENCE = timedelta(minutes=5)
#: A lease outlives every step of one conversation with the server: connect, sign in, sender, recipient, text.
_STEPS = 4
_MARGIN = timedelta(seconds=2)


class MailState(StrEnum):
    """Where an outgoing mail stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        """Nothing happens to it any more unless a person asks."""
        return self in (MailState.SENT, MailState.FAILED, MailState.HELD, MailState.EXPIRED)


class Resolve(StrEnum):
    """What to do with a mail that is in doubt and whose lease is over."""

    #: Send it again with the same Message-ID: a copy is better than silence (digests for staff).
    RESEND = "resend"
    #: Look for its Message-ID where the relay leaves evidence; send only if it is not there, hold without evidence.
    VERIFY = "verify"
    #: A person decides (letters to companies).
    HOLD = "hold"


def lease_of(step_timeout_s: int) -> timedelta:
    """How long one mail may be worked on, given the longest wait for one answer of the server."""
    return _STEPS * timedelta(seconds=step_timeout_s) + _MARGIN


def pause_after(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failed try: 30 s, doubled each time, at most an hour."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(max(attempts, 1) - 1, 20))


def pause_unreachable(attempts: int) -> timedelta:
    """How long to wait while the server itself does not answer: 1 s, doubled each time, at most five minutes.

    That is no fault of the mail, so it is never given up for it.
    """
    return min(_LONGEST_SILENCE, timedelta(seconds=1) * 2 ** min(max(attempts, 1) - 1, 20))


def next_try(attempts: int, at: datetime) -> datetime | None:
    """When to try again after a failure at `at`; None when it has been tried often enough."""
    return None if attempts >= MAX_ATTEMPTS else at + pause_after(attempts)


def message_id(kind: str, period: str, recipient_id: int, domain: str) -> str:
    """The Message-ID of one mail, the same for every copy of it: `<daily_digest.2026-11-24.7.1f3a…@domain>`.

    Only characters that every server passes on unchanged; the hash keeps two periods apart that look alike then.
    """
    exact = f"{kind}\x1f{period}\x1f{recipient_id}"
    readable = re.sub(r"[^A-Za-z0-9_]+", "-", f"{kind}-{period}").strip("-")
    digest = hashlib.sha256(f"{exact}\x1f{domain}".encode()).hexdigest()[:12]
    # Short: a header of one line is never folded by anybody on the way.
    return f"<{readable[:30]}.{recipient_id}.{digest}@{domain}>"
