"""The parent's side: start the child, take its rows, stop it in time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crm.infra.sheets.limits import WALL_SECONDS, Refusal, Refused

_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Row:
    """One row with content: its line in the file, counted from 1, and its cells as text."""

    line: int
    cells: list[str]


@dataclass(slots=True)
class Table:
    """What was found. `rows` can be walked once and raises Refused when the rest cannot be read."""

    kind: str
    encoding: str
    sheet: str
    #: Other sheets with content, which are not read.
    left_out: list[str]
    #: Merged areas as ((row, column), (row, column)), from 0.
    merged: list[tuple[tuple[int, int], tuple[int, int]]]
    rows: Iterator[Row]


def read(path: Path, *, wall_seconds: float = WALL_SECONDS) -> Table:
    """Open a file in a child process. Refused says why it cannot be read."""
    child = subprocess.Popen(
        [sys.executable, "-m", "crm.infra.sheets.child", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        # Nothing of our settings is of use to it, secrets least of all.
        env={"PATH": os.defpath, "PYTHONUTF8": "1"},
    )
    lines = _lines(child, wall_seconds)
    head = next(lines)
    return Table(
        kind=str(head["kind"]),
        encoding=str(head["encoding"]),
        sheet=str(head["sheet"]),
        left_out=list(head["left_out"]),
        merged=[(tuple(first), tuple(last)) for first, last in head["merged"]],
        rows=(Row(line, cells) for line, cells in lines),
    )


def _lines(child: subprocess.Popen[bytes], wall_seconds: float) -> Iterator:
    """What the child prints, decoded; Refused for a refusal, or when it ends without having said so."""
    alarm = threading.Timer(wall_seconds, child.kill)
    alarm.daemon = True
    alarm.start()
    try:
        for line in child.stdout or ():
            if not line.endswith(b"\n"):
                break
            said = json.loads(line)
            if isinstance(said, dict) and "refused" in said:
                raise Refused(Refusal(said["refused"]), **said["params"])
            if isinstance(said, dict) and "end" in said:
                return
            yield said
        raise Refused(Refusal.TOO_HEAVY)
    finally:
        alarm.cancel()
        child.kill()
        if child.stdout:
            child.stdout.close()
        child.wait()
