"""The processes of a fault test: real Celery workers, a real Valkey, a real SMTP server, all killable."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from crm.infra import processes, queue, valkey

ROOT = Path(__file__).resolve().parents[3]
#: Longest wait for one answer of the server; the lease is four of these and two seconds.
SMTP_TIMEOUT_S = 2
#: Deliverers in each worker, each with one line to the server.
THREADS = 3


@dataclass(slots=True)
class World:
    """Everything that runs, by name; `kill` takes one down with SIGKILL and starts it again."""

    folder: Path
    database_url: str
    workers: int
    delay_ms: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: list[tuple[float, str]] = field(default_factory=list)
    broker_url: str = ""
    smtp_port: int = field(default_factory=valkey.free_port)

    @property
    def record(self) -> Path:
        return self.folder / "taken.jsonl"

    def start(self) -> None:
        server = valkey.start(self.folder / "valkey")
        valkey.wait(server)
        self.running["broker"], self.broker_url = server.process, server.url
        self._start_smtp()
        for number in range(self.workers):
            self._start_worker(f"worker{number}")

    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LIANTU_")}
        return kept | {
            "LIANTU_DATA_DIR": str(self.folder / "var"),
            "LIANTU_DATABASE_URL": self.database_url,
            "LIANTU_REDIS_URL": self.broker_url,
            "LIANTU_SECRET_KEY": "fault-test-key-3f9c1e7ab2d845608d7e1f20",
            "LIANTU_SMTP_HOST": "127.0.0.1",
            "LIANTU_SMTP_PORT": str(self.smtp_port),
            "LIANTU_SMTP_SECURITY": "none",
            "LIANTU_SMTP_TIMEOUT": str(SMTP_TIMEOUT_S),
            "LIANTU_WORKER_CONCURRENCY": str(THREADS),
            "LIANTU_LOG_LEVEL": "warning",
            "PYTHONPATH": str(ROOT),
        }

    def kill(self, name: str) -> None:
        process = self.running[name]
        self.kills.append((time.time(), name))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if name == "broker":
            conf = self.folder / "valkey" / "valkey.conf"
            self.running[name] = self._spawn([valkey.binary(), str(conf)], "valkey")
        elif name == "smtp":
            self._start_smtp()
        else:
            self._start_worker(name)

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
        for process in self.running.values():
            process.wait()

    def taken(self) -> list[tuple[float, str]]:
        """Every mail that the server took, in order: when, and its Message-ID."""
        if not self.record.exists():
            return []
        lines = [json.loads(line) for line in self.record.read_text().splitlines()]
        return [(line["at"], line["message_id"]) for line in lines]

    def _start_smtp(self) -> None:
        arguments = (self.smtp_port, self.record, self.delay_ms, len(self.kills))
        command = [sys.executable, "-m", "tests.workers.faults.smtp_server", *map(str, arguments)]
        self.running["smtp"] = self._spawn(command, "smtp")

    def _start_worker(self, name: str) -> None:
        options = ["--pool", "threads", "--loglevel", "warning", "--hostname", f"{name}@localhost"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", *options, *quiet]
        self.running[name] = self._spawn(command, name)

    def _spawn(self, command: list[str], log: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{log}.log").open("ab") as out:
            return processes.start(command, env=self.environment(), log=out, folder=ROOT)


@contextmanager
def ringing(broker_url: str, every_s: float = 0.4) -> Iterator[None]:
    """Ring the deliverer's bell again and again, as beat does every minute; a deaf broker is nothing to worry about."""
    options = queue.broker_options() | {"socket_timeout": 1, "socket_connect_timeout": 1}
    bell = Celery("bell", broker=broker_url, set_as_current=False)
    bell.conf.update(broker_transport_options=options, task_ignore_result=True, broker_connection_timeout=1)
    over = Event()

    def ring() -> None:
        while not over.wait(every_s):
            with suppress(redis.RedisError, OSError, OperationalError):
                bell.send_task(queue.MAIL_DELIVER, retry=False, expires=5, ignore_result=True)

    thread = Thread(target=ring, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)
        bell.close()
