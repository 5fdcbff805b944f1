"""What the scripts share: databases made for the occasion, and how a figure is printed."""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from crm.infra.config import Settings, load_settings
from crm.infra.db import Database, make_engine
from crm.infra.schema import migrate
from tests.postgres import start_postgres


def emit(name: str, value: float, unit: str, n: int, database: str | None = None) -> None:
    """Print one figure. Names stay the same from release to release."""
    line = {"name": name, "value": round(value, 3), "unit": unit, "n": n, "database": database}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def quick() -> bool:
    """Whether `--quick` was given: fewer rounds, the same names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args().quick


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextmanager
def databases() -> Iterator[Iterator[tuple[str, Database]]]:
    """A migrated SQLite file and a migrated PostgreSQL, one after the other, by name."""

    def each(folder: Path) -> Iterator[tuple[str, Database]]:
        engine = make_engine(f"sqlite:///{folder}/bench.sqlite3")
        migrate(engine)
        yield "sqlite", Database(engine)
        engine.dispose()
        with start_postgres(Path(tempfile.mkdtemp(prefix="bench-pg-", dir=folder))) as url:
            engine = make_engine(url)
            migrate(engine)
            yield "postgresql", Database(engine)
            engine.dispose()

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        # The database server runs as a user of its own and must be able to walk in.
        Path(folder).chmod(0o755)
        yield each(Path(folder))


def bench_settings(folder: str) -> Settings:
    """Settings of a bench: a folder of its own, demonstration mode for signing in."""
    return load_settings(
        {"LIANTU_DATA_DIR": folder, "LIANTU_SECRET_KEY": secrets.token_urlsafe(48), "LIANTU_DEMO": "1"}
    )
