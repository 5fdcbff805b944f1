"""Reading the mails that were kept as files, for an installation without a relay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

#: Names that the file transport writes; anything else is not looked at, so that no path can escape.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@=+-]{0,200}\.eml")


@dataclass(frozen=True, slots=True)
class KeptMail:
    """One mail of the list."""

    name: str
    subject: str
    recipient: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """One mail with its headers and both parts; an absent part is empty."""

    name: str
    headers: tuple[tuple[str, str], ...]
    subject: str
    html: str
    text: str


def kept(folder: Path, limit: int = 200) -> list[KeptMail]:
    """The newest mails first."""
    if not folder.is_dir():
        return []
    files = [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and not path.is_symlink()]
    files.sort(key=lambda path: (path.stat().st_mtime, path.name), reverse=True)
    return [_summary(path) for path in files[:limit]]


def _summary(path: Path) -> KeptMail:
    message = _read(path)
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return KeptMail(path.name, str(message["Subject"] or ""), str(message["To"] or ""), at)


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[return-value]


def opened(folder: Path, name: str) -> OpenedMail | None:
    """One mail by its file name; None for a name that is none of ours."""
    if not _NAME.fullmatch(name):
        return None
    path = folder / name
    if not path.is_file() or path.is_symlink():
        return None
    message = _read(path)
    wanted = ("From", "To", "Date", "Message-ID", "Auto-Submitted")
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    return OpenedMail(
        name=name,
        headers=tuple((header, str(message[header])) for header in wanted if message[header]),
        subject=str(message["Subject"] or ""),
        html=_content(html),
        text=_content(text),
    )


def _content(part: EmailMessage | None) -> str:
    """The part's text; what says it is in a charset that does not exist is read as UTF-8 as far as that goes."""
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        raw = part.get_payload(decode=True)
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
