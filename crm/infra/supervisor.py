"""Runs a set of child processes under one command: starts them, restarts what crashes, stops them in order."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from crm.infra import processes

#: A child that crashes more often than this within the window is given up.
MOST_CRASHES = 5
CRASH_WINDOW = 60.0
LOG_LIMIT = 5 * 1024 * 1024
#: Seconds between two looks at the size of the logs.
LOG_LOOK = 60.0


class StartError(Exception):
    """The set cannot start or go on; the message is a sentence for the person at the terminal."""


@dataclass(slots=True)
class Child:
    """One process to keep running. Children stop in the order in which they are listed."""

    name: str
    argv: list[str]
    env: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    orphan_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    crashes: list[float] = field(default_factory=list)


class DataLock:
    """One installation per data folder: two starts on one would fight over its files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "running.lock"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Raises StartError naming who holds it. The kernel frees it when the holder dies, however."""
        handle = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "another process"
            handle.close()
            raise StartError(
                f"这个数据目录已经有一个在运行（{holder}）。 / Already running on {self._path.parent}: {holder}."
            ) from None
        self._file = handle
        self.note("starting")

    def note(self, address: str) -> None:
        """Say who holds the lock and where it answers, for whoever comes second."""
        assert self._file is not None, "take the lock before writing into it"  # noqa: S101
        self._file.truncate(0)
        self._file.write(f"pid {os.getpid()}, {address}")
        self._file.flush()

    def release(self) -> None:
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


class Supervisor:
    """Keeps children running until a signal asks it to stop."""

    def __init__(self, log_folder: Path, say: Callable[[str], None]) -> None:
        self._logs = log_folder
        self._say = say
        self._children: list[Child] = []
        self._stopping = False
        log_folder.mkdir(parents=True, exist_ok=True)

    def open_log(self, name: str) -> IO[bytes]:
        """The child's log file, appended to; one that grew too long is put aside first."""
        path = self._logs / f"{name}.log"
        _put_aside(path)
        return path.open("ab")

    def start(self, child: Child) -> None:
        """Start a child now and keep it running from here on."""
        self._children.append(child)
        self._launch(child)

    def _launch(self, child: Child) -> None:
        with self.open_log(child.name) as log:
            child.process = processes.start(child.argv, env=child.env, log=log, orphan_signal=child.orphan_signal)

    def catch_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal end the set in order."""

        def ask(_number: int, _frame: object) -> None:
            self._stopping = True

        signal.signal(signal.SIGINT, ask)
        signal.signal(signal.SIGTERM, ask)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup asks to survive the terminal
            signal.signal(signal.SIGHUP, ask)

    @property
    def stopping(self) -> bool:
        return self._stopping

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Restart what crashes until asked to stop, or until `until` says so. Raises StartError when a child keeps
        crashing."""
        looked = time.monotonic()
        while not self._stopping and not until():
            if time.monotonic() - looked > LOG_LOOK:
                looked = time.monotonic()
                for path in self._logs.glob("*.log"):
                    _put_aside(path)
            for child in self._children:
                if child.process is not None and child.process.poll() is not None:
                    self._restart(child)
            time.sleep(0.1)

    def _restart(self, child: Child) -> None:
        moment = time.monotonic()
        child.crashes = [at for at in child.crashes if moment - at < CRASH_WINDOW] + [moment]
        code = child.process.returncode if child.process else None
        if len(child.crashes) > MOST_CRASHES:
            raise StartError(
                f"{child.name} 反复退出（{code}），请看 {self._logs / (child.name + '.log')}。 / "
                f"{child.name} keeps ending with {code}; see its log."
            )
        self._say(f"{child.name} 退出（{code}），重新启动 / ended with {code}, starting again")
        time.sleep(min(0.2 * 2 ** (len(child.crashes) - 1), 5.0))
        if not self._stopping:
            self._launch(child)

    def stop(self) -> None:
        """Stop all children, one after the other, in the order in which they were listed."""
        self._stopping = True
        for child in self._children:
            if child.process is None:
                continue
            if not processes.stop(child.process, with_signal=child.stop_signal, patience=child.patience):
                self._say(f"{child.name} 没有在 {child.patience:.0f} 秒内结束，已强制结束 / had to be killed")


def _put_aside(path: Path) -> None:
    """Keep a log that grew too long as `.log.1` and go on with an empty one. Children append to the same file, so it
    is copied and emptied, not renamed."""
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        shutil.copyfile(path, path.with_suffix(".log.1"))
        os.truncate(path, 0)


def python(*arguments: str) -> list[str]:
    """A command line for this very interpreter."""
    return [sys.executable, *arguments]
