"""Reading one setting: text in, value out, ValueError with the end of a sentence ("must be …") otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

Parsed = Callable[[str], object]

_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")


def text(raw: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in raw):
        raise ValueError("must be one line without control characters")
    return raw


def folder(raw: str) -> Path:
    """An absolute path; what the name says must be a folder or not exist yet."""
    path = Path(text(raw)).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ValueError("must be a folder, but a file of that name exists")
    return path


def database_url(raw: str) -> str:
    scheme, _, rest = text(raw).partition("://")
    if scheme in ("postgresql", "postgresql+psycopg"):
        try:
            parts = urlsplit(raw)
            parts.port  # noqa: B018  (reading it checks it)
        except ValueError as e:
            raise ValueError(f"is not a valid address: {e}") from None
        if not parts.path.strip("/"):
            raise ValueError("must name a database: postgresql://user:password@host/name")
        return raw
    if scheme == "sqlite":
        if rest in ("", "/") or ":memory:" in rest or not rest.startswith("/"):
            raise ValueError(
                "must name a file (sqlite:////absolute/path): a database in memory cannot be shared by web and worker"
            )
        return raw
    raise ValueError("must start with postgresql:// or sqlite:///")


def redis_url(raw: str) -> str | None:
    if raw == "embedded":
        return None
    try:
        parts = urlsplit(text(raw))
        parts.port  # noqa: B018  (reading it checks it)
    except ValueError as e:
        raise ValueError(f"is not a valid address: {e}") from None
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise ValueError("must look like redis://:password@host:6379/0 (or rediss://), or be left out")
    return raw


def public_url(raw: str) -> str:
    parts = urlsplit(text(raw))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("must look like https://crm.example.gov.cn")
    if parts.path.strip("/"):
        raise ValueError("must have no path: the product lives at the root of its host")
    return raw.rstrip("/")


def address(raw: str) -> tuple[str, int]:
    """`host:port`, `[::1]:port`; a bare host means port 8000, a bare port means loopback."""
    shape = "must look like 127.0.0.1:8000"
    if raw.isascii() and raw.isdigit():
        host, port = "127.0.0.1", raw
    elif m := re.fullmatch(r"\[([0-9A-Fa-f:]+)\](?::(\d+))?", raw):
        host, port = m[1], m[2] or "8000"
    else:
        host, _, port = raw.partition(":")
        port = port or "8000"
        if not _HOST.match(host):
            raise ValueError(shape)
    if not (port.isascii() and port.isdigit()):
        raise ValueError(shape)
    if int(port) > 65535:
        raise ValueError("has a port above 65535")
    return host, int(port)


def host_list(raw: str) -> tuple[str, ...]:
    """Host names without scheme or port; a leading dot stands for all hosts below."""
    names = tuple(part.strip().lower() for part in raw.split(",") if part.strip())
    for name in names:
        if not _HOST.match(name.removeprefix(".")):
            raise ValueError(f"must be host names separated by commas, and {name!r} is none")
    return names


def email_address(raw: str) -> str:
    """A bare address; the name people see beside it comes from the catalogue, in their language."""
    if not re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+", raw):
        raise ValueError("must be an address like liantu@example.gov.cn")
    return raw


def slug(raw: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", raw):
        raise ValueError("must be a short lower-case name like liwan")
    return raw


def switch(raw: str) -> bool:
    word = raw.lower()
    if word in ("1", "on", "true", "yes"):
        return True
    if word in ("0", "off", "false", "no"):
        return False
    raise ValueError("must be on or off")


def locale_tag(raw: str) -> str:
    """zh_Hans_CN or en: the two catalogues that exist. Babel needs the script for Chinese form errors."""
    known = {"zh_hans_cn": "zh_Hans_CN", "zh": "zh_Hans_CN", "zh_cn": "zh_Hans_CN", "en": "en"}
    try:
        return known[raw.lower().replace("-", "_")]
    except KeyError:
        raise ValueError("must be zh_Hans_CN or en") from None


def number(low: int, high: int) -> Parsed:
    def parse(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", raw) or not low <= int(raw) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(raw)

    return parse


def choice(*allowed: str) -> Parsed:
    def parse(raw: str) -> str:
        if raw.lower() not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return raw.lower()

    return parse
