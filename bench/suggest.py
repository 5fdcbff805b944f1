"""Segments suggested for a text: the index over all shipped maps, one question, and how often the answer is right."""

from __future__ import annotations

import time
from pathlib import Path

import yaml

from bench.common import emit, median, quick
from chains.engine.loader import load_all
from chains.engine.suggest import build, entries_of, suggest

EXAMPLES = Path(__file__).parent.parent / "tests" / "unit" / "chains"


def main() -> int:
    entries = [entry for chain in load_all() for entry in entries_of(chain)]
    start = time.perf_counter()
    index = build(entries)
    emit("suggest.build", (time.perf_counter() - start) * 1000, "ms", len(entries))
    for name in ("examples", "holdout"):
        rows = yaml.safe_load((EXAMPLES / f"suggest_{name}.yaml").read_text(encoding="utf-8"))
        seconds, first, among = [], 0, 0
        for row in rows:
            for _round in range(1 if quick() else 5):
                start = time.perf_counter()
                found = suggest(index, row["text"], row.get("code"))
                seconds.append(time.perf_counter() - start)
            keys = [f"{each.chain}/{each.segment}" for each in found]
            first += bool(keys) and keys[0] in row["right"]
            among += any(key in row["right"] for key in keys)
        emit(f"suggest.{name}.ask", median(seconds) * 1000, "ms", len(rows))
        emit(f"suggest.{name}.top1", 100 * first / len(rows), "%", len(rows))
        emit(f"suggest.{name}.top5", 100 * among / len(rows), "%", len(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
