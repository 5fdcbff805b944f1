"""The table of environment variables: what each is called, how it is read, what it means.

docs/operations.md prints it and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass

from crm.infra.config_values import (
    Parsed,
    address,
    choice,
    database_url,
    email_address,
    folder,
    host_list,
    locale_tag,
    number,
    public_url,
    redis_url,
    slug,
    switch,
    text,
)

PREFIX = "LIANTU_"
#: Shortest secret that is accepted, in characters.
SECRET_LENGTH = 32


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One line of the environment table: docs print it, tests compare it."""

    name: str
    default: str
    meaning: str
    #: The value is secret or may contain a password: `<name>_FILE` may name a file that holds it.
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Spec:
    key: str
    parse: Parsed
    default: str
    meaning: str
    secret: bool = False
    #: What the table shows where the default is derived from other settings.
    default_shown: str = ""


SPECS = (
    Spec(
        "DATA_DIR",
        folder,
        "var",
        "Folder for everything this installation writes: database, logs, mails, keys.",
    ),
    Spec(
        "DATABASE_URL",
        database_url,
        "",
        "SQLite file or PostgreSQL 16+ (`postgresql://user:password@host/name`, driver psycopg 3).",
        True,
        "SQLite file in DATA_DIR",
    ),
    Spec(
        "REDIS_URL",
        redis_url,
        "",
        "Broker, Redis or Valkey (`redis://` or `rediss://`).",
        True,
        "own Valkey, started by `up`",
    ),
    Spec(
        "SECRET_KEY",
        text,
        "",
        f"Signs cookies and one-time links; at least {SECRET_LENGTH} random characters.",
        True,
        "made and kept in DATA_DIR; required once REDIS_URL is set",
    ),
    Spec("BIND", address, "127.0.0.1:8000", "Address and port of the web server; port 0 takes a free one."),
    Spec(
        "PUBLIC_URL",
        public_url,
        "",
        "Address people type; links in mails start with it.",
        False,
        "http://BIND; required when BIND is not loopback",
    ),
    Spec(
        "TRUSTED_HOSTS",
        host_list,
        "",
        "Host names that requests may carry, separated by commas.",
        False,
        "host of PUBLIC_URL, and loopback when bound to it",
    ),
    Spec(
        "PROXIES",
        number(0, 5),
        "0",
        "Number of reverse proxies in front whose X-Forwarded headers are believed.",
    ),
    Spec(
        "SMTP_HOST",
        text,
        "",
        "Mail relay; without one mails are kept as files.",
        False,
        "none: DATA_DIR/mail/*.eml",
    ),
    Spec("SMTP_PORT", number(1, 65535), "", "Port of the relay.", False, "587 starttls, 465 ssl, 25 none"),
    Spec("SMTP_USER", text, "", "Account at the relay.", False, "no sign-in"),
    Spec("SMTP_PASSWORD", text, "", "Password of that account.", True, "none"),
    Spec(
        "SMTP_SECURITY",
        choice("starttls", "ssl", "none"),
        "starttls",
        "Encryption to the relay: starttls, ssl or none.",
    ),
    Spec("SMTP_TIMEOUT", number(1, 300), "20", "Seconds to wait for the relay."),
    Spec("MAIL_FROM", email_address, "", "Sender of every mail.", False, "liantu@ host of PUBLIC_URL"),
    Spec("DEMO", switch, "off", "Demonstration records and one-click sign-in; refused unless BIND is loopback."),
    Spec("DISTRICT", slug, "liwan", "Which district's data `seed` loads."),
    Spec("LOCALE", locale_tag, "zh_Hans_CN", "Language before a person has chosen: zh_Hans_CN or en."),
    Spec(
        "LOG_FORMAT",
        choice("console", "json"),
        "console",
        "Log lines for people (console) or for machines (json).",
    ),
    Spec("LOG_LEVEL", choice("debug", "info", "warning", "error"), "info", "Least serious line that is logged."),
    Spec("WEB_WORKERS", number(1, 64), "1", "Web processes."),
    Spec("WEB_THREADS", number(1, 256), "8", "Threads in each web process."),
    Spec("WORKER_CONCURRENCY", number(1, 64), "4", "Jobs that one worker runs at the same time."),
    Spec("MAX_BODY_MB", number(1, 1024), "20", "Largest request accepted, uploads included, in MB."),
    Spec("SESSION_HOURS", number(1, 720), "12", "Hours after which an unused session ends."),
    Spec("METRICS", switch, "off", "Serve /metrics (Prometheus) to requests from loopback."),
)


def settings_table() -> tuple[SettingRow, ...]:
    """Every variable that is read, in the order of the docs."""
    return tuple(SettingRow(PREFIX + s.key, s.default_shown or s.default, s.meaning, s.secret) for s in SPECS)
