"""Run every script of this folder, one after the other; arguments are passed on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SHARED = {"__init__", "__main__", "common", "world"}


def main() -> int:
    worst = 0
    for script in sorted(Path(__file__).parent.glob("*.py")):
        if script.stem not in SHARED:
            worst = max(worst, subprocess.call([sys.executable, "-m", f"bench.{script.stem}", *sys.argv[1:]]))
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
