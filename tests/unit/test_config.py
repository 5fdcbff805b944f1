"""Settings: what is nonsense stops the start with one sentence each, and secrets stay secret."""

from __future__ import annotations

import secrets
import stat
from pathlib import Path

import pytest

from crm.infra.config import Settings, SettingsError, hide_password, load_settings, settings_table

KEY = "wT9-Zk3x_Qm7Lr2vBn8Jd5Hf0Gs4YpAe"


@pytest.fixture
def load(tmp_path: Path):
    """`load(NAME=value, …)` reads settings with a data folder of the test's own."""

    def read(**given: str) -> Settings:
        env = {"LIANTU_DATA_DIR": str(tmp_path / "var")} | {f"LIANTU_{name}": value for name, value in given.items()}
        return load_settings(env)

    return read


def problems_of(load, **given: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(**given)
    return caught.value.problems


def test_an_empty_environment_is_a_working_installation_on_loopback(load, tmp_path):
    settings = load()
    assert settings.database_url == f"sqlite:///{tmp_path}/var/liantu.sqlite3"
    assert settings.is_sqlite
    assert settings.embedded
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.on_loopback
    assert settings.public_url == "http://127.0.0.1:8000"
    assert {"127.0.0.1", "localhost"} <= set(settings.trusted_hosts)
    assert settings.smtp_host is None
    assert settings.mail_dir == tmp_path / "var" / "mail"
    assert settings.demo is False
    assert settings.secure_cookies is False


def test_the_key_is_made_once_and_readable_by_its_owner_only(load, tmp_path):
    first, second = load(), load()
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    file = tmp_path / "var" / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_broken_environment_leaves_no_key_behind(load, tmp_path):
    problems_of(load, DEMO="perhaps")
    assert not (tmp_path / "var").exists()


def test_a_damaged_key_file_is_said(load, tmp_path):
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret.key").write_text("short")
    (problem,) = problems_of(load)
    assert "secret.key is damaged" in problem


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"DATABSE_URL": "x"}, "LIANTU_DATABSE_URL is not a setting. Did you mean LIANTU_DATABASE_URL?"),
        ({"XYZZY": "1"}, "LIANTU_XYZZY is not a setting."),
        ({"DATABASE_URL": "mysql://a/b"}, "LIANTU_DATABASE_URL must start with postgresql:// or sqlite:///."),
        ({"DATABASE_URL": "postgresql://host"}, "LIANTU_DATABASE_URL must name a database"),
        ({"DATABASE_URL": "postgresql://host:port/db"}, "LIANTU_DATABASE_URL is not a valid address"),
        ({"DATABASE_URL": "sqlite://"}, "a database in memory cannot be shared"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "a database in memory cannot be shared"),
        ({"REDIS_URL": "http://host"}, "LIANTU_REDIS_URL must look like redis://"),
        ({"REDIS_URL": "redis://"}, "LIANTU_REDIS_URL must look like redis://"),
        ({"REDIS_URL": "redis://host/0"}, "LIANTU_SECRET_KEY is required when LIANTU_REDIS_URL is set"),
        ({"SECRET_KEY": "abc"}, "LIANTU_SECRET_KEY is too short: 3 characters"),
        ({"SECRET_KEY": "a" * 40}, "LIANTU_SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "please-changeme-" + KEY}, "LIANTU_SECRET_KEY can be guessed"),
        ({"BIND": "127.0.0.1:99999"}, "LIANTU_BIND has a port above 65535 (it is '127.0.0.1:99999')."),
        ({"BIND": "127.0.0.1:http"}, "LIANTU_BIND must look like 127.0.0.1:8000"),
        ({"BIND": "no host:80"}, "LIANTU_BIND must look like 127.0.0.1:8000"),
        ({"BIND": "0.0.0.0:8000"}, "LIANTU_PUBLIC_URL is required when LIANTU_BIND is not loopback"),
        ({"PUBLIC_URL": "crm.example.org"}, "LIANTU_PUBLIC_URL must look like https://"),
        ({"PUBLIC_URL": "https://crm.example.org/sub"}, "LIANTU_PUBLIC_URL must have no path"),
        ({"TRUSTED_HOSTS": "a.example.org, http://b"}, "LIANTU_TRUSTED_HOSTS must be host names"),
        ({"SMTP_HOST": "mail", "SMTP_PORT": "0"}, "LIANTU_SMTP_PORT must be a whole number from 1 to 65535"),
        ({"SMTP_HOST": "mail", "SMTP_USER": "u"}, "LIANTU_SMTP_USER is set without LIANTU_SMTP_PASSWORD."),
        ({"SMTP_HOST": "mail", "SMTP_PASSWORD": "p"}, "LIANTU_SMTP_PASSWORD is set without LIANTU_SMTP_USER."),
        ({"SMTP_PORT": "25"}, "SMTP settings are given without LIANTU_SMTP_HOST."),
        ({"SMTP_SECURITY": "tls"}, "LIANTU_SMTP_SECURITY must be one of starttls, ssl, none (it is 'tls')."),
        ({"MAIL_FROM": "链图 <a@b>"}, "LIANTU_MAIL_FROM must be an address"),
        ({"DEMO": "maybe"}, "LIANTU_DEMO must be on or off (it is 'maybe')."),
        ({"DISTRICT": "../etc"}, "LIANTU_DISTRICT must be a short lower-case name"),
        ({"LOCALE": "fr"}, "LIANTU_LOCALE must be zh_Hans_CN or en (it is 'fr')."),
        ({"LOG_FORMAT": "xml"}, "LIANTU_LOG_FORMAT must be one of console, json (it is 'xml')."),
        ({"WEB_THREADS": "-1"}, "LIANTU_WEB_THREADS must be a whole number from 1 to 256"),
        ({"WEB_THREADS": "٣"}, "LIANTU_WEB_THREADS must be a whole number from 1 to 256"),
        ({"SESSION_HOURS": "1e3"}, "LIANTU_SESSION_HOURS must be a whole number"),
        ({"MAX_BODY_MB": "0"}, "LIANTU_MAX_BODY_MB must be a whole number from 1 to 1024"),
    ],
)
def test_nonsense_stops_the_start_with_one_sentence(load, given, sentence):
    (problem,) = problems_of(load, **given)
    assert sentence in problem


def test_demo_mode_is_refused_where_others_can_reach_it(load):
    (problem,) = problems_of(load, DEMO="on", BIND="0.0.0.0:8000", PUBLIC_URL="https://crm.example.org")
    assert "LIANTU_DEMO signs anybody in with one click" in problem
    assert load(DEMO="on").demo is True


def test_all_problems_are_named_at_once(load):
    problems = problems_of(load, DEMOO="1", LOCALE="fr", SECRET_KEY="abc", BIND="x:y")
    assert len(problems) == 4


def test_a_data_folder_that_is_a_file_is_refused(load, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    (problem,) = problems_of(load, DATA_DIR=str(file))
    assert "LIANTU_DATA_DIR must be a folder" in problem


def test_a_secret_may_come_from_a_file(load, tmp_path):
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    assert load(SECRET_KEY_FILE=str(file), REDIS_URL="redis://host/0").secret_key == KEY


def test_a_secret_from_two_places_or_from_nowhere_is_refused(load, tmp_path):
    file = tmp_path / "key"
    file.write_text("")
    assert "which is empty" in problems_of(load, SECRET_KEY_FILE=str(file))[0]
    assert "cannot be read" in problems_of(load, SECRET_KEY_FILE=str(tmp_path / "none"))[0]
    file.write_text(KEY)
    assert "are both set" in problems_of(load, SECRET_KEY=KEY, SECRET_KEY_FILE=str(file))[0]
    assert "LIANTU_LOCALE_FILE is not a setting" in problems_of(load, LOCALE_FILE=str(file))[0]


def test_no_sentence_and_no_repr_shows_a_secret(load):
    password = secrets.token_urlsafe(12)
    for name, value in (
        ("DATABASE_URL", f"mysql://u:{password}@h/d"),
        ("REDIS_URL", f"http://:{password}@h"),
        ("SECRET_KEY", password),
    ):
        assert all(password not in problem for problem in problems_of(load, **{name: value}))
    settings = load(
        DATABASE_URL=f"postgresql://u:{password}@h/d",
        REDIS_URL=f"redis://:{password}@h/0",
        SECRET_KEY=KEY,
        SMTP_HOST="mail",
        SMTP_USER="u",
        SMTP_PASSWORD=password,
    )
    assert password not in repr(settings)
    assert KEY not in repr(settings)
    assert settings.database_url_shown() == "postgresql://u:***@h/d"


@pytest.mark.parametrize(
    ("raw", "host", "port"),
    [
        ("127.0.0.1:9000", "127.0.0.1", 9000),
        ("9000", "127.0.0.1", 9000),
        ("localhost", "localhost", 8000),
        ("[::1]:0", "::1", 0),
    ],
)
def test_addresses_are_read_in_their_usual_shapes(load, raw, host, port):
    settings = load(BIND=raw)
    assert (settings.host, settings.port) == (host, port)


def test_a_production_environment_is_read_as_meant(load):
    settings = load(
        DATABASE_URL="postgresql://u:p@db/liantu",
        REDIS_URL="rediss://:p@broker:6380/1",
        SECRET_KEY=KEY,
        BIND="0.0.0.0:8000",
        PUBLIC_URL="https://crm.example.org/",
        PROXIES="1",
        SMTP_HOST="relay",
        SMTP_SECURITY="SSL",
        LOCALE="en",
        METRICS="yes",
    )
    assert not settings.embedded
    assert not settings.on_loopback
    assert settings.secure_cookies
    assert settings.public_url == "https://crm.example.org"
    assert settings.trusted_hosts == ("crm.example.org",)
    assert settings.smtp_port == 465
    assert settings.mail_from == "liantu@crm.example.org"
    assert settings.metrics is True


def test_the_table_has_a_meaning_for_every_variable_and_every_variable_is_read(load):
    table = settings_table()
    assert all(row.meaning.endswith(".") and row.default for row in table)
    assert len({row.name for row in table}) == len(table)
    for row in table:
        # An empty value counts as not set, so that a compose file may list every name.
        load(**({row.name.removeprefix("LIANTU_"): ""} if row.name != "LIANTU_DATA_DIR" else {}))


def test_passwords_are_hidden_and_other_addresses_stay():
    assert hide_password("redis://:p%40ss@h:1/0") == "redis://:***@h:1/0"
    assert hide_password("postgresql://u@h/d") == "postgresql://u@h/d"
    assert hide_password("sqlite:////a/b.db") == "sqlite:////a/b.db"
