"""Delivery: claim, render, send, settle, one mail at a time, no transaction across the talk (RELIABILITY §1)."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import structlog

from crm.domain.delivery import lease_of
from crm.domain.errors import NotFound
from crm.infra.clock import SHANGHAI, now
from crm.infra.config import Settings
from crm.infra.db import Database
from crm.services import outbox
from crm.services.access import Actor
from workers.emails.letter import Links, NothingToSayError, Rendered, Voice
from workers.emails.render import render
from workers.emails.transports import (
    Conversation,
    DoubtError,
    RefusedError,
    Transport,
    UnreachableError,
    transport_for,
)

#: Mails claimed in one unit of work.
BATCH = 10

log = structlog.get_logger("mail")


@dataclass(slots=True)
class Counts:
    """What one run of `deliver_due` did."""

    sent: int = 0
    failed: int = 0
    again: int = 0
    held: int = 0
    expired: int = 0
    in_doubt: int = 0
    #: The run stopped at its limit; there may be more.
    more: bool = False

    def as_dict(self) -> dict[str, int]:
        return {field.name: int(getattr(self, field.name)) for field in fields(self)}


def deliver_due(database: Database, settings: Settings, limit: int = 200, transport: Transport | None = None) -> Counts:
    """Send up to `limit` mails that are due. Any number of these may run at once, anywhere.

    A bad recipient or a mail that cannot be rendered is settled by itself and delays nobody. When the server does not
    answer, the run ends and what it had claimed goes back.
    """
    run = _Run(database, settings, transport or transport_for(settings))
    try:
        run.work(limit)
    finally:
        run.hang_up()
    return run.counts


class _Run:
    """One run: at most one line to the server, opened when the first mail is ready."""

    def __init__(self, database: Database, settings: Settings, transport: Transport) -> None:
        self._database = database
        self._settings = settings
        self._transport = transport
        self._lease: timedelta = lease_of(settings.smtp_timeout)
        self._line: Conversation | None = None
        self.counts = Counts()

    def work(self, limit: int) -> None:
        with self._database.writing() as session:
            outbox.tidy(session)
        left = limit
        while left > 0:
            with self._database.writing() as session:
                claims = outbox.claim(session, min(BATCH, left), self._lease)
            if not claims:
                return
            left -= len(claims)
            for position, claimed in enumerate(claims):
                try:
                    self._deliver(claimed)
                except UnreachableError as error:
                    log.warning("mail.unreachable", mail=claimed.id, error=str(error))
                    self._give_back(claims[position:])
                    return
        self.counts.more = True

    def hang_up(self) -> None:
        if self._line is not None:
            self._transport.close(self._line)
            self._line = None

    def _deliver(self, claimed: outbox.Claim) -> None:
        if claimed.verify and self._verified(claimed):
            return
        message, recipient = self._prepare(claimed)
        if message is None:
            return
        try:
            line = self._open()
            line.address(self._settings.mail_from, recipient)
        except RefusedError as refusal:
            self._refused(claimed, refusal)
            return
        except UnreachableError:
            self.hang_up()
            raise
        self._hand_over(claimed, line, message)

    def _hand_over(self, claimed: outbox.Claim, line: Conversation, message: EmailMessage) -> None:
        """From here on a crash leaves the mail in doubt, and nothing else does."""
        started = time.monotonic()
        with self._database.writing() as session:
            ours = outbox.mark_in_doubt(session, claimed, self._lease)
        # A long stop between the two (a suspended machine) would let somebody else send it meanwhile.
        if not ours or time.monotonic() - started > self._lease.total_seconds() / 2:
            log.warning("mail.lease_lost", mail=claimed.id)
            return
        try:
            line.text(message)
        except RefusedError as refusal:
            self._refused(claimed, refusal)
        except DoubtError as error:
            self.hang_up()
            self.counts.in_doubt += 1
            log.warning("mail.in_doubt", mail=claimed.id, message_id=claimed.message_id, error=str(error))
        else:
            with self._database.writing() as session:
                outbox.settle_sent(session, claimed)
            self.counts.sent += 1
            log.info("mail.sent", mail=claimed.id, kind=claimed.kind, message_id=claimed.message_id)

    def _verified(self, claimed: outbox.Claim) -> bool:
        """Whether a doubtful mail is settled by evidence: sent if it is there, held if nobody can tell."""
        found = self._transport.evidence(claimed.message_id)
        if found is False:
            return False
        with self._database.writing() as session:
            if found:
                outbox.settle_sent(session, claimed)
                self.counts.sent += 1
            else:
                outbox.settle_held(session, claimed, "nobody knows whether it arrived")
                self.counts.held += 1
        return True

    def _prepare(self, claimed: outbox.Claim) -> tuple[EmailMessage | None, str]:
        """The message as it is now, or None after settling why there is none."""
        try:
            with self._database.reading() as session:
                reader, address = outbox.reader(session, claimed)
                rendered = render(session, self._settings, claimed.kind, reader, claimed.params)
            if address:
                return build_message(self._settings, rendered, reader, address, claimed.message_id), address
            self._held(claimed, "the recipient has no address")
        except NotFound:
            self._expired(claimed, "the recipient's account is closed")
        except NothingToSayError as reason:
            self._expired(claimed, str(reason) or "nothing to say any more")
        except Exception as error:
            # Whatever a mail's own content does wrong must not delay the others; a retry may find it mended.
            log.exception("mail.not_rendered", mail=claimed.id, kind=claimed.kind)
            self._refused(claimed, error)
        return None, ""

    def _open(self) -> Conversation:
        if self._line is None:
            self._line = self._transport.open()
        return self._line

    def _refused(self, claimed: outbox.Claim, error: Exception) -> None:
        final = isinstance(error, RefusedError) and error.final
        words = str(error) if isinstance(error, RefusedError) else f"cannot be made: {type(error).__name__}"
        with self._database.writing() as session:
            outbox.settle_refused(session, claimed, words, final=final)
        if final:
            self.counts.failed += 1
        else:
            self.counts.again += 1
        log.warning("mail.refused", mail=claimed.id, error=words, final=final)

    def _held(self, claimed: outbox.Claim, reason: str) -> None:
        with self._database.writing() as session:
            outbox.settle_held(session, claimed, reason)
        self.counts.held += 1

    def _expired(self, claimed: outbox.Claim, reason: str) -> None:
        with self._database.writing() as session:
            outbox.settle_expired(session, claimed, reason)
        self.counts.expired += 1

    def _give_back(self, claims: list[outbox.Claim]) -> None:
        with self._database.writing() as session:
            for position, claimed in enumerate(claims):
                outbox.give_back(session, claimed, tried=position == 0)
        self.counts.again += len(claims)


def build_message(settings: Settings, rendered: Rendered, reader: Actor, address: str, message_id: str) -> EmailMessage:
    """The MIME message: a text part of its own and HTML, both base64, so that no relay has reason to change them."""
    voice = Voice(reader.locale)
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = message_id
    message["Date"] = format_datetime(now().astimezone(SHANGHAI))
    message["From"] = Address(voice.text("链图招商"), addr_spec=settings.mail_from)
    message["To"] = Address(reader.name, addr_spec=address)
    message["Subject"] = rendered.subject
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{Links.of(settings).account()}>"
    message.set_content(rendered.text, cte="base64")
    message.add_alternative(rendered.html, subtype="html", cte="base64")
    return message
