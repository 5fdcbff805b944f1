"""The embedded Valkey: a password, loopback only, kept data, and no life beyond its parent's."""

from __future__ import annotations

import os
import secrets
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from crm.infra import valkey


def test_it_answers_only_with_its_password(tmp_path):
    server = valkey.start(tmp_path)
    try:
        valkey.wait(server)
        stranger = redis.Redis(port=int(server.url.rpartition(":")[2].split("/")[0]))
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()
        stranger.close()
        assert stat.S_IMODE((tmp_path / "valkey.conf").stat().st_mode) == 0o600
        command_line = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
        password = server.url.partition("://:")[2].partition("@")[0]
        assert len(password) > 30
        assert password.encode() not in command_line
    finally:
        assert server.stop()


def test_what_it_holds_survives_a_restart(tmp_path):
    word = secrets.token_hex(4)
    for attempt in range(2):
        server = valkey.start(tmp_path)
        try:
            valkey.wait(server)
            with redis.Redis.from_url(server.url) as client:
                if attempt == 0:
                    client.lpush("queue", word)
                else:
                    assert client.lrange("queue", 0, -1) == [word.encode()]
        finally:
            assert server.stop()


def test_a_server_that_cannot_start_is_said_at_once(tmp_path):
    (tmp_path / "appendonlydir").write_text("a file where the server wants its folder")
    server = valkey.start(tmp_path)
    started = time.monotonic()
    with pytest.raises(valkey.ValkeyError, match="ended while it was starting"):
        valkey.wait(server)
    assert time.monotonic() - started < 5
    server.stop()


def test_it_dies_with_its_parent_even_by_sigkill(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from crm.infra import valkey\n"
        "server = valkey.start(Path(sys.argv[1])); valkey.wait(server)\n"
        "print(server.process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait(5)
    parent.stdout.close()
    end = time.monotonic() + 5
    while time.monotonic() < end and _lives(child):
        time.sleep(0.05)
    assert not _lives(child)


def _lives(pid: int) -> bool:
    """Whether the process runs (a zombie that nobody has reaped yet does not)."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
