"""The bell rings after the commit, never for what was rolled back, and never makes a person wait or fail."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from crm.infra import queue, valkey
from crm.infra.config import Settings, load_settings
from crm.infra.db import Database


def settings_for(folder: Path, url: str) -> Settings:
    return load_settings(
        {
            "LIANTU_DATA_DIR": str(folder),
            "LIANTU_SECRET_KEY": secrets.token_urlsafe(48),
            "LIANTU_REDIS_URL": url,
        }
    )


@pytest.fixture
def no_bell_afterwards(settings: Settings) -> Iterator[None]:
    yield
    queue.connect(settings)


@pytest.fixture
def broker(tmp_path: Path, no_bell_afterwards: None) -> Iterator[redis.Redis]:
    server = valkey.start(tmp_path / "valkey")
    valkey.wait(server)
    queue.connect(settings_for(tmp_path, server.url))
    with redis.Redis.from_url(server.url) as client:
        yield client
    server.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.from_url(f"sqlite:///{tmp_path}/q.db")
    yield database
    database.dispose()


def waiting(broker: redis.Redis) -> list[dict]:
    return [json.loads(raw) for raw in broker.lrange("liantu:celery", 0, -1)]


def test_nothing_is_rung_before_the_commit_and_once_after_it(broker, database):
    with database.writing() as session:
        queue.after_commit(session, queue.MAIL_DELIVER, lead_id=7)
        assert waiting(broker) == []
    (message,) = waiting(broker)
    assert message["headers"]["task"] == "mail.deliver"
    assert message["content-type"] == "application/json"
    arguments = json.loads(base64.b64decode(message["body"]))
    assert arguments[:2] == [[], {"lead_id": 7}]


def test_what_is_rolled_back_is_never_rung(broker, database):
    def fail() -> None:
        with database.writing() as session:
            queue.after_commit(session, queue.MAIL_DELIVER)
            raise RuntimeError("something went wrong")

    with pytest.raises(RuntimeError, match="something went wrong"):
        fail()
    with database.reading() as session:
        queue.after_commit(session, queue.MAIL_DELIVER)
    assert waiting(broker) == []


def test_a_dead_broker_fails_nothing_and_costs_no_time(tmp_path, database, no_bell_afterwards):
    queue.connect(settings_for(tmp_path, f"redis://127.0.0.1:{valkey.free_port()}/0"))
    started = time.monotonic()
    with database.writing() as session:
        queue.after_commit(session, queue.MAIL_DELIVER)
    assert time.monotonic() - started < 1.5


def test_a_broker_that_never_answers_is_waited_for_once_and_then_left_alone(tmp_path, no_bell_afterwards):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(8)
        queue.connect(settings_for(tmp_path, f"redis://127.0.0.1:{deaf.getsockname()[1]}/0"))
        started = time.monotonic()
        assert queue.ring(queue.MAIL_DELIVER) is False
        first = time.monotonic() - started
        assert 0.5 < first < 4
        started = time.monotonic()
        assert queue.ring(queue.MAIL_DELIVER) is False
        assert time.monotonic() - started < 0.1


def test_without_a_broker_the_bell_is_silent(settings, no_bell_afterwards):
    queue.connect(settings)
    assert queue.ring(queue.MAIL_DELIVER) is False


def test_lost_messages_come_back_within_seconds_of_their_time_out():
    options = queue.broker_options()
    assert options["unacked_restore_interval"] * options["unacked_restore_throttle"] <= 10
    assert options["visibility_timeout"] <= 120
