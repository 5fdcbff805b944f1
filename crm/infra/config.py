"""Settings: typed, read once from the environment, checked before anything starts.

Every variable is named `LIANTU_…`. A value that makes no sense, a variable nobody knows, or a missing one
that is needed stops the start; all problems are named at once, one sentence each. Secrets may come from a
file (`LIANTU_SECRET_KEY_FILE=/run/secrets/key`).
"""

from __future__ import annotations

import difflib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from crm.infra.config_table import PREFIX, SECRET_LENGTH, SPECS, SettingRow, Spec, settings_table

__all__ = [
    "LOOPBACK",
    "SettingRow",
    "Settings",
    "SettingsError",
    "hide_password",
    "load_settings",
    "settings_table",
]

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SettingsError(Exception):
    """The environment cannot be started with. `problems` has one sentence for each thing to correct."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations. Build it with `load_settings`."""

    database_url: str = field(repr=False)
    #: None: `python -m crm up` starts its own Valkey and hands its address to its children.
    redis_url: str | None = field(repr=False)
    data_dir: Path
    secret_key: str = field(repr=False)
    public_url: str
    trusted_hosts: tuple[str, ...]
    #: How many reverse proxies stand in front and set X-Forwarded-*; 0 ignores those headers.
    proxies: int
    host: str
    port: int
    #: None: mails become files in `mail_dir`.
    smtp_host: str | None
    smtp_port: int
    smtp_user: str | None
    smtp_password: str | None = field(repr=False)
    #: "none", "starttls" or "ssl".
    smtp_security: str
    smtp_timeout: int
    mail_from: str
    demo: bool
    district: str
    locale: str
    log_format: str
    log_level: str
    web_workers: int
    web_threads: int
    worker_concurrency: int
    max_body_mb: int
    session_hours: int
    metrics: bool

    @property
    def on_loopback(self) -> bool:
        """Only this machine can reach the server."""
        return self.host in LOOPBACK

    @property
    def embedded(self) -> bool:
        """The broker is the Valkey that `up` starts, not one given by URL."""
        return self.redis_url is None

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def secure_cookies(self) -> bool:
        """Cookies travel over TLS only; true exactly when people come by https."""
        return self.public_url.startswith("https://")

    @property
    def files_dir(self) -> Path:
        """Files that people hand in, and files made for them; never served as static."""
        return self.data_dir / "files"

    @property
    def mail_dir(self) -> Path:
        """Where mails lie as .eml files when no SMTP server is set."""
        return self.data_dir / "mail"

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "log"

    @property
    def max_body_bytes(self) -> int:
        return self.max_body_mb * 1024 * 1024

    def database_url_shown(self) -> str:
        """The database URL without its password, fit for a log or a screen."""
        return hide_password(self.database_url)


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Read and check the environment (`os.environ` when None).

    In embedded mode without SECRET_KEY one is made and kept in DATA_DIR/secret.key, readable by its owner
    only.
    Raises SettingsError naming every problem.
    """
    env = os.environ if env is None else env
    problems = _unknown(env)
    values: dict[str, object] = {}
    for spec in SPECS:
        raw = _raw(env, spec, problems)
        if raw == "":
            values[spec.key] = None
            continue
        try:
            values[spec.key] = spec.parse(raw)
        except ValueError as e:
            shown = "" if spec.secret else f" (it is {raw!r})"
            problems.append(f"{PREFIX}{spec.key} {e}{shown}.")
            values[spec.key] = None
    broken = bool(problems)
    problems += _contradictions(values, env)
    if problems or broken:
        raise SettingsError(problems)
    return _build(values)


def _unknown(env: Mapping[str, str]) -> list[str]:
    known = {PREFIX + s.key for s in SPECS}
    known |= {PREFIX + s.key + "_FILE" for s in SPECS if s.secret}
    out = []
    for name in sorted(n for n in env if n.startswith(PREFIX) and n not in known):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        out.append(f"{name} is not a setting.{hint}")
    return out


def _raw(env: Mapping[str, str], spec: Spec, problems: list[str]) -> str:
    name = PREFIX + spec.key
    value = env.get(name, "").strip()
    path = env.get(name + "_FILE", "").strip() if spec.secret else ""
    if path and value:
        problems.append(f"{name} and {name}_FILE are both set: keep one.")
    elif path:
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as e:
            reason = e.strerror if isinstance(e, OSError) else "it is not UTF-8 text"
            problems.append(f"{name}_FILE names {path}, which cannot be read: {reason}.")
            return spec.default
        if not value:
            problems.append(f"{name}_FILE names {path}, which is empty.")
    return value or spec.default


def _contradictions(v: dict[str, object], env: Mapping[str, str]) -> list[str]:
    """What is wrong between settings that are each well-formed."""
    out = []
    key = v["SECRET_KEY"]
    if key is not None:
        out += _weak_secret(str(key))
    elif v["REDIS_URL"] is not None and not env.get(f"{PREFIX}SECRET_KEY_FILE"):
        out.append(
            f"{PREFIX}SECRET_KEY is required when {PREFIX}REDIS_URL is set, because every process needs the same one."
        )
    if v["BIND"] is not None:
        host, _port = v["BIND"]  # type: ignore[misc]
        if host not in LOOPBACK:
            if v["DEMO"]:
                out.append(
                    f"{PREFIX}DEMO signs anybody in with one click, so it needs {PREFIX}BIND on loopback "
                    f"(it is {host})."
                )
            if v["PUBLIC_URL"] is None and not env.get(f"{PREFIX}PUBLIC_URL"):
                out.append(
                    f"{PREFIX}PUBLIC_URL is required when {PREFIX}BIND is not loopback: links in mails start with it."
                )
    if v["SMTP_PASSWORD"] is not None and v["SMTP_USER"] is None:
        out.append(f"{PREFIX}SMTP_PASSWORD is set without {PREFIX}SMTP_USER.")
    if v["SMTP_USER"] is not None and v["SMTP_PASSWORD"] is None:
        out.append(f"{PREFIX}SMTP_USER is set without {PREFIX}SMTP_PASSWORD.")
    if v["SMTP_HOST"] is None and (v["SMTP_USER"] is not None or v["SMTP_PORT"] is not None):
        out.append(f"SMTP settings are given without {PREFIX}SMTP_HOST.")
    return out


def _weak_secret(key: str) -> list[str]:
    name = f"{PREFIX}SECRET_KEY"
    make = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    if len(key) < SECRET_LENGTH:
        return [f"{name} is too short: {len(key)} characters, at least {SECRET_LENGTH} are needed. {make}"]
    common = ("secret", "password", "changeme", "change-me", "change_me", "default", "example", "development")
    if len(set(key)) < 10 or any(word in key.lower() for word in common):
        return [f"{name} can be guessed. {make}"]
    return []


def _build(v: dict[str, object]) -> Settings:
    data_dir: Path = v["DATA_DIR"]  # type: ignore[assignment]
    host, port = v["BIND"]  # type: ignore[misc]
    base = str(v["PUBLIC_URL"] or f"http://{_in_url(host)}:{port}")
    name = urlsplit(base).hostname or host
    hosts = v["TRUSTED_HOSTS"] or (name,)
    if host in LOOPBACK:
        hosts = tuple(dict.fromkeys((*hosts, *LOOPBACK)))  # type: ignore[misc]
    security = str(v["SMTP_SECURITY"])
    return Settings(
        database_url=str(v["DATABASE_URL"] or f"sqlite:///{data_dir / 'liantu.sqlite3'}"),
        redis_url=v["REDIS_URL"],
        data_dir=data_dir,
        secret_key=str(v["SECRET_KEY"] or _kept_secret(data_dir)),
        public_url=base,
        trusted_hosts=hosts,
        proxies=v["PROXIES"],
        host=host,
        port=port,
        smtp_host=v["SMTP_HOST"],
        smtp_port=v["SMTP_PORT"] or {"starttls": 587, "ssl": 465, "none": 25}[security],
        smtp_user=v["SMTP_USER"],
        smtp_password=v["SMTP_PASSWORD"],
        smtp_security=security,
        smtp_timeout=v["SMTP_TIMEOUT"],
        mail_from=str(v["MAIL_FROM"] or f"liantu@{_mail_domain(name)}"),
        demo=v["DEMO"],
        district=v["DISTRICT"],
        locale=v["LOCALE"],
        log_format=v["LOG_FORMAT"],
        log_level=v["LOG_LEVEL"],
        web_workers=v["WEB_WORKERS"],
        web_threads=v["WEB_THREADS"],
        worker_concurrency=v["WORKER_CONCURRENCY"],
        max_body_mb=v["MAX_BODY_MB"],
        session_hours=v["SESSION_HOURS"],
        metrics=v["METRICS"],
    )  # type: ignore[arg-type]


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _mail_domain(host: str) -> str:
    """An address literal is no mail domain that relays accept; localhost never leaves the machine."""
    return host if any(c.isalpha() for c in host) and ":" not in host else "localhost"


def _kept_secret(data_dir: Path) -> str:
    """The key kept in DATA_DIR/secret.key; made on first use, the same for processes that race to make it."""
    path = data_dir / "secret.key"
    if not path.exists():
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            fd, draft = tempfile.mkstemp(dir=data_dir, prefix="secret.")  # mode 600
            with os.fdopen(fd, "w", encoding="ascii") as f:
                f.write(secrets.token_urlsafe(48))
            try:
                os.link(draft, path)
            except FileExistsError:
                pass  # another process was first: its key is the one
            finally:
                os.unlink(draft)
        except OSError as e:
            raise SettingsError([f"{PREFIX}DATA_DIR {data_dir} cannot be written: {e.strerror}."]) from e
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError([f"The key file {path} cannot be read: {e}."]) from e
    if problems := _weak_secret(key):
        raise SettingsError([f"The key file {path} is damaged: {problems[0]}"])
    return key


def hide_password(url: str) -> str:
    """`url` with its password replaced by ***."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{place}"))
