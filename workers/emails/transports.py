"""How a mail leaves: by SMTP, or as a file where no relay is configured (the embedded default).

A conversation has two steps, because what happens between them decides everything: `address` (MAIL, RCPT) may fail
and nothing has happened; once `text` (DATA) has begun, only the server's answer tells whether the mail arrived.
"""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from crm.infra.clock import today
from crm.infra.config import Settings


class UnreachableError(Exception):
    """The server cannot be talked to at all; nothing was sent, and other mails would fare no better."""


class RefusedError(Exception):
    """The server has said no to this mail, so it certainly did not arrive. `final` for a 5xx answer."""

    def __init__(self, code: int, *, final: bool | None = None) -> None:
        super().__init__(f"the server answered {code}")
        self.final = code >= 500 if final is None else final


class DoubtError(Exception):
    """The text was on its way when the line broke: nobody knows whether it arrived."""


class Conversation(Protocol):
    """One open line to a server, for one mail after another."""

    def address(self, sender: str, recipient: str) -> None:
        """Say from whom and to whom. Raises RefusedError or UnreachableError."""

    def text(self, message: EmailMessage) -> None:
        """Hand over the text; returns once the server has taken it. Raises RefusedError or DoubtError."""


class Transport(Protocol):
    """A way out of the house."""

    def open(self) -> Conversation:
        """Open a line. Raises UnreachableError."""

    def close(self, line: Conversation) -> None:
        """Close it, whatever state it is in."""

    def evidence(self, message_id: str) -> bool | None:
        """Whether a mail with this Message-ID has arrived; None where the relay leaves no evidence."""


def transport_for(settings: Settings) -> Transport:
    """SMTP where a relay is configured, files otherwise."""
    return SmtpTransport(settings) if settings.smtp_host else FileTransport(settings.mail_dir)


# ── SMTP ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class SmtpTransport:
    """The configured relay."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def open(self) -> Conversation:
        with _reaching():
            return SmtpConversation(self._connect())

    def _connect(self) -> smtplib.SMTP:
        s, host = self._settings, self._settings.smtp_host or "localhost"
        if s.smtp_security == "ssl":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, s.smtp_port, timeout=s.smtp_timeout, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(host, s.smtp_port, timeout=s.smtp_timeout)
        try:
            if s.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if s.smtp_user:
                server.login(s.smtp_user, s.smtp_password or "")
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def close(self, line: Conversation) -> None:
        if isinstance(line, SmtpConversation):
            line.close()

    def evidence(self, message_id: str) -> bool | None:
        return None


class SmtpConversation:
    """One SMTP connection, its two steps apart."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def address(self, sender: str, recipient: str) -> None:
        with _reaching():
            self._server.rset()
            code, _ = self._server.mail(sender)
            if code != 250:
                self._part(code)
                # Our own sender is refused for every mail alike: a fault of the configuration, not of this mail.
                raise RefusedError(code, final=False)
            try:
                code, _ = self._server.rcpt(recipient)
            except UnicodeEncodeError:
                raise RefusedError(553) from None
            if code not in (250, 251):
                self._part(code)
                raise RefusedError(code)

    @staticmethod
    def _part(code: int) -> None:
        if code == 421:
            raise UnreachableError("the server is closing")

    def text(self, message: EmailMessage) -> None:
        try:
            code, _ = self._server.data(message.as_bytes())
        except smtplib.SMTPDataError as refusal:
            # DATA itself was refused: no text has left.
            raise RefusedError(refusal.smtp_code) from refusal
        except (smtplib.SMTPException, OSError) as error:
            raise DoubtError(type(error).__name__) from error
        if code != 250:
            raise RefusedError(code)

    def close(self) -> None:
        with suppress(smtplib.SMTPException, OSError):
            self._server.quit()
        self._server.close()


@contextmanager
def _reaching() -> Iterator[None]:
    """Whatever breaks before the text leaves means only that the server is out of reach."""
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        raise UnreachableError(type(error).__name__) from error


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class FileTransport:
    """Each mail becomes `<date>-<id>.eml`, complete or not at all; a copy takes the place of the first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self) -> Conversation:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UnreachableError(type(error).__name__) from error
        return FileConversation(self)

    def close(self, line: Conversation) -> None:
        """Nothing is kept open."""

    def evidence(self, message_id: str) -> bool | None:
        return self.kept(message_id) is not None

    def kept(self, message_id: str) -> Path | None:
        """The file of an earlier copy."""
        return next(self.folder.glob(f"????-??-??-{_file_id(message_id)}.eml"), None)

    def path_for(self, message_id: str) -> Path:
        return self.kept(message_id) or self.folder / f"{today()}-{_file_id(message_id)}.eml"


class FileConversation:
    """Writes beside the target and renames, so that a reader never sees half a mail."""

    def __init__(self, transport: FileTransport) -> None:
        self._transport = transport

    def address(self, sender: str, recipient: str) -> None:
        """A file has no envelope."""

    def text(self, message: EmailMessage) -> None:
        target = self._transport.path_for(str(message["Message-ID"]))
        try:
            handle, draft = tempfile.mkstemp(dir=self._transport.folder, prefix=".mail-")  # mode 600
            with os.fdopen(handle, "wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(target)
        except OSError as error:
            raise DoubtError(type(error).__name__) from error


def _file_id(message_id: str) -> str:
    local = message_id.strip("<>").partition("@")[0]
    return re.sub(r"[^A-Za-z0-9_.-]+", "", local)
