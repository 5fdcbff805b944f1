"""Each test of a page runs on one of the two databases, half of them on each: what pages ask of a database are use
cases, and those are tested on both. `--every-database` runs the pages on both, too."""

from __future__ import annotations

from zlib import crc32

import pytest

from tests.conftest import BACKENDS


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the other database of each page test; which one it is depends on the test's name alone."""
    if config.getoption("--every-database"):
        return
    kept, left = [], []
    for item in items:
        (left if _is_the_other(item) else kept).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def _is_the_other(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    backend = callspec.params.get("database") if callspec else None
    if backend is None or "/tests/web/" not in item.path.as_posix():
        return False
    name = item.nodeid.replace(backend, "")
    return BACKENDS[crc32(name.encode()) % len(BACKENDS)] != backend
