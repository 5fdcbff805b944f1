"""Starting children that cannot outlive us.

On Linux the kernel signals a child when its parent dies (PDEATHSIG), so that even a SIGKILL of the parent leaves no
orphan. Children get a session of their own: Ctrl-C in a terminal reaches only the supervisor, which then stops them
in order.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1


def _die_with_parent(parent: int, with_signal: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, int(with_signal))
        # The parent may have died between fork and prctl.
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def end_with_parent(with_signal: signal.Signals = signal.SIGTERM) -> None:
    """This process, already running, gets `with_signal` when the one that started it dies (Linux)."""
    _die_with_parent(os.getppid(), with_signal)()


def start(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    log: IO[bytes] | int,
    orphan_signal: signal.Signals = signal.SIGTERM,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child that gets `orphan_signal` when this process dies, whatever kills it. Call from the main thread:
    the kernel watches the thread that forked."""
    return subprocess.Popen(
        argv,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=folder,
        start_new_session=True,
        preexec_fn=_die_with_parent(os.getpid(), orphan_signal),
    )


def stop(process: subprocess.Popen[bytes], *, with_signal: signal.Signals, patience: float) -> bool:
    """Ask a child to end, wait, and kill it if it does not. True if it ended by itself."""
    if process.poll() is not None:
        return True
    process.send_signal(with_signal)
    try:
        process.wait(patience)
        return True
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
        return False
