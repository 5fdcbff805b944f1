"""One command starts everything, keeps it running, and leaves nothing behind, however it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from crm.infra import supervisor
from crm.infra.supervisor import Child, DataLock, StartError, Supervisor

#: Two cores may be busy with other tests.
PATIENCE_S = 60.0
PARTS = ("valkey-server", "gunicorn", "beat", "worker")


class Running:
    """`python -m crm up` in a folder of its own, with what it has said so far."""

    def __init__(self, folder: Path, argv: list[str] | None = None, **given: str) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith("LIANTU_")}
        env |= {"LIANTU_DATA_DIR": str(folder), "LIANTU_BIND": "127.0.0.1:0", **given}
        self.process = subprocess.Popen(
            [sys.executable, *(argv or ["-m", "crm", "up"])],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def said(self) -> str:
        return "".join(self.lines)

    @property
    def address(self) -> str | None:
        found = re.search(r"LianTu is up: (http://\S+)", self.said)
        return found[1] if found else None

    def parts(self) -> dict[str, psutil.Process]:
        """The processes of the set by name; the web server's own worker is "web worker"."""
        found: dict[str, psutil.Process] = {}
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                command = " ".join(process.cmdline())
            except psutil.NoSuchProcess:  # it ended just now
                continue
            name = next((part for part in PARTS if part in command.replace("workers.app", "")), command)
            found["web worker" if name in found else name] = process
        return found

    def wait_until(self, good: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not good():
            assert self.process.poll() is None, f"it ended: {self.said}"
            assert time.monotonic() < end, f"waited {PATIENCE_S:.0f} s: {self.said}"
            time.sleep(0.1)

    def wait_until_complete(self) -> None:
        """All four parts run, the web answers, and a tick has gone through broker and worker."""
        self.wait_until(lambda: self.address)
        self.wait_until(lambda: set(self.parts()) >= {*PARTS, "web worker"})
        self.wait_until(lambda: get(f"{self.address}readyz")[0] == 200)

    def end(self, with_signal: signal.Signals) -> int:
        self.process.send_signal(with_signal)
        code = self.process.wait(PATIENCE_S)
        self._reader.join(10)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def wait_for_end(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still live after ten seconds."""
    _gone, alive = psutil.wait_procs(processes, timeout=10)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """`start()` runs `up` on the test's data folder; whatever was started is stopped afterwards."""
    started: list[Running] = []

    def run(folder: str = "var", argv: list[str] | None = None, **given: str) -> Running:
        started.append(Running(tmp_path / folder, argv, **given))
        return started[-1]

    yield run
    for running in started:
        running.close()


def test_one_command_starts_all_refuses_a_second_and_stops_in_order(start, tmp_path):
    running = start()
    running.wait_until_complete()
    checks = json.loads(get(f"{running.address}readyz")[1])["checks"]
    assert set(checks) == {"database", "broker", "worker", "outbox"}

    second = start()
    assert second.process.wait(PATIENCE_S) == 1
    second.close()
    assert f"pid {running.process.pid}, {running.address}" in second.said
    assert "Already running" in second.said
    assert "Traceback" not in second.said
    assert get(f"{running.address}healthz")[0] == 200

    parts = running.parts()
    ended: list[str] = []
    watchers = [
        threading.Thread(target=lambda n=name, p=process: (p.wait(PATIENCE_S), ended.append(n)))
        for name, process in parts.items()
    ]
    for watcher in watchers:
        watcher.start()
    assert running.end(signal.SIGINT) == 0
    for watcher in watchers:
        watcher.join(10)
    assert sorted(ended) == sorted(parts)
    assert [name for name in ended if name in ("gunicorn", "beat", "worker")] == ["gunicorn", "beat", "worker"]
    # Valkey goes within milliseconds of the worker: had it gone first, the worker would have complained.
    log = (tmp_path / "var" / "log" / "worker.log").read_text()
    assert "Warm shutdown" in log
    assert "onnection" not in log.partition("Warm shutdown")[2]
    assert "killed" not in running.said


def test_a_killed_parent_leaves_no_orphan(start):
    running = start()
    running.wait_until_complete()
    parts = list(running.parts().values())
    assert running.end(signal.SIGKILL) == -signal.SIGKILL
    assert wait_for_end(parts) == []


def test_make_may_be_killed_too(start):
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'crm', 'up', '--end-with-parent'])\n"
        "time.sleep(600)"
    )
    running = start(argv=["-c", code])
    running.wait_until(lambda: running.address)
    whole_set = psutil.Process(running.process.pid).children(recursive=True)
    assert len(whole_set) >= 3
    assert running.end(signal.SIGKILL) == -signal.SIGKILL
    assert wait_for_end(whole_set) == []


def test_a_part_that_crashes_is_started_again(start):
    running = start()
    running.wait_until_complete()
    before = running.parts()["gunicorn"]
    workers = before.children()
    before.kill()
    running.wait_until(lambda: running.parts().get("gunicorn", before) != before)
    running.wait_until(lambda: "starting again" in running.said)
    running.wait_until(lambda: answers(f"{running.address}healthz"))
    assert wait_for_end(workers) == []
    assert running.end(signal.SIGTERM) == 0


def answers(url: str) -> bool:
    try:
        return get(url)[0] == 200
    except OSError:
        return False


def test_a_taken_port_is_said_in_a_sentence(start):
    running = start()
    running.wait_until(lambda: running.address)
    port = running.address.rstrip("/").rpartition(":")[2]
    other = start("other", LIANTU_BIND=f"127.0.0.1:{port}")
    assert other.process.wait(PATIENCE_S) == 1
    other.close()
    assert f"Port {port} cannot be used" in other.said
    assert "Traceback" not in other.said


def test_bad_settings_stop_the_start_with_every_problem(start):
    running = start(LIANTU_LOCALE="fr", LIANTU_XYZZY="1")
    assert running.process.wait(PATIENCE_S) == 1
    running.close()
    assert "LIANTU_LOCALE must be" in running.said
    assert "LIANTU_XYZZY is not a setting" in running.said
    assert "Traceback" not in running.said


# ── The supervisor alone, with small children ────────────────────────────────────────────────────────────────────────


def child(name: str, code: str) -> Child:
    return Child(name, supervisor.python("-c", code), os.environ, patience=0.5)


def test_a_child_that_keeps_crashing_is_given_up_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "MOST_CRASHES", 2)
    said: list[str] = []
    family = Supervisor(tmp_path, said.append)
    family.start(child("broken", "raise SystemExit(3)"))
    with pytest.raises(StartError, match="broken keeps ending with 3"):
        family.watch()
    family.stop()
    assert len(said) == 2


def test_children_stop_one_after_the_other_in_the_order_of_their_start(tmp_path):
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.2); open(sys.argv[2], 'a').write(sys.argv[1]); raise SystemExit\n"
        "signal.signal(signal.SIGTERM, end); print('ready', flush=True)\n"
        "while True: time.sleep(1)"
    )
    family = Supervisor(tmp_path, print)
    for name in "abc":
        argv = supervisor.python("-c", code, name, str(order))
        family.start(Child(name, argv, os.environ))
    family.watch(lambda: all("ready" in (tmp_path / f"{name}.log").read_text() for name in "abc"))
    family.stop()
    assert order.read_text() == "abc"


def test_a_child_that_ignores_the_signal_is_killed_in_the_end(tmp_path):
    said: list[str] = []
    family = Supervisor(tmp_path, said.append)
    ready = tmp_path / "ready"
    code = f"import signal, time; signal.signal(15, signal.SIG_IGN); open({str(ready)!r}, 'w'); time.sleep(60)"
    family.start(child("stubborn", code))
    family.watch(ready.exists)
    family.stop()
    assert "stubborn" in said[0]


def test_a_log_that_grew_too_long_is_put_aside_while_its_child_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "LOG_LIMIT", 1000)
    monkeypatch.setattr(supervisor, "LOG_LOOK", 0.0)
    family = Supervisor(tmp_path, print)
    code = "import time\nprint('x' * 2000, flush=True)\nwhile True: print('later', flush=True); time.sleep(0.05)"
    family.start(child("chatty", code))
    log, old = tmp_path / "chatty.log", tmp_path / "chatty.log.1"
    family.watch(lambda: old.exists() and "later" in log.read_text())
    family.stop()
    assert "x" * 2000 in old.read_text()
    assert log.stat().st_size < 1000


def test_the_lock_is_free_again_when_its_holder_is_gone(tmp_path):
    first, second = DataLock(tmp_path), DataLock(tmp_path)
    first.take()
    first.note("http://127.0.0.1:1/")
    with pytest.raises(StartError, match=rf"pid {os.getpid()}, http://127.0.0.1:1/"):
        second.take()
    first.release()
    second.take()
    second.release()
