"""Warm start (a second `make run`) until the page answers, resident memory of the running set, and how it stops.

The fresh start (clone, install, first page) is measured with `--fresh`: it asks the package index and takes minutes.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.common import emit, median

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 900.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def started(argv: list[str], folder: Path, data: Path, env: dict[str, str]) -> tuple[subprocess.Popen[bytes], float]:
    """Start and wait for the first page; returns the process and the seconds it took."""
    port = free_port()
    env = {**env, "LIANTU_DATA_DIR": str(data), "LIANTU_BIND": f"127.0.0.1:{port}", "LIANTU_DEMO": "1"}
    begin = time.perf_counter()
    process = subprocess.Popen(argv, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not answers(f"http://127.0.0.1:{port}/"):
        if process.poll() is not None or time.perf_counter() - begin > PATIENCE:
            raise SystemExit(f"it did not start: {process.poll()}")
        time.sleep(0.02)
    return process, time.perf_counter() - begin


def stopped(process: subprocess.Popen[bytes]) -> float:
    """Ctrl-C, and the seconds until it is gone."""
    begin = time.perf_counter()
    process.send_signal(signal.SIGINT)
    process.wait(60)
    return time.perf_counter() - begin


def family_mb(pid: int) -> float:
    """Resident memory of a process and its descendants, shared pages counted once for each (so an upper bound)."""
    parents: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        found = re.search(r"^PPid:\s+(\d+)", text, re.M)
        if found:
            parents.setdefault(int(found[1]), []).append(int(status.parent.name))
    family, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        family.append(one)
        waiting += parents.get(one, [])
    return sum(_resident_kb(each) for each in family) / 1024


def _resident_kb(pid: int) -> float:
    """Proportional share, where the kernel tells it, so that forked pages are not counted twice."""
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    except OSError:
        return 0.0
    return float(found[1]) if found else 0.0


def warm(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data, up = Path(folder) / "var", [sys.executable, "-m", "crm", "up"]
        env = {key: value for key, value in os.environ.items() if not key.startswith("LIANTU_")}
        process, first = started(up, ROOT, data, env)
        stopped(process)
        starts, stops, memory = [], [], []
        for _ in range(rounds):
            process, seconds = started(up, ROOT, data, env)
            starts.append(seconds)
            time.sleep(4)
            memory.append(family_mb(process.pid))
            stops.append(stopped(process))
    emit("start_empty_s", first, "s", 1, "sqlite")
    emit("start_warm_s", median(starts), "s", rounds, "sqlite")
    emit("stop_s", median(stops), "s", rounds, "sqlite")
    emit("running_set_rss_mb", median(memory), "MB", rounds, "sqlite")


def fresh() -> None:
    """Clone into an empty folder with an empty home, `make run`, until the first page answers."""
    with tempfile.TemporaryDirectory() as folder:
        clone, home = Path(folder) / "clone", Path(folder) / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
        process, seconds = started(["make", "run"], clone, Path(folder) / "var", env)
        stopped(process)
        shutil.rmtree(clone)
    emit("fresh_clone_to_page_s", seconds, "s", 1, "sqlite")


def main() -> None:
    if "--fresh" in sys.argv:
        fresh()
    else:
        warm(1 if "--quick" in sys.argv else 5)


if __name__ == "__main__":
    main()
