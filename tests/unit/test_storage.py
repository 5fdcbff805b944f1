"""The file store keeps what it is given, under names that tell nothing."""

from __future__ import annotations

import hashlib
import io
import os
import time

import pytest

from crm.infra.storage import FileStore, TooLarge


def test_a_file_is_kept_under_a_random_name_with_its_digest(tmp_path):
    store = FileStore(tmp_path / "files")
    kept = store.put(io.BytesIO("合同".encode()), suffix=".pdf", most=100)
    assert store.path(kept.name).read_bytes().decode() == "合同"
    assert (kept.size, kept.sha256) == (6, hashlib.sha256("合同".encode()).hexdigest())
    assert kept.name.endswith(".pdf")
    assert list(store.names()) == [kept.name]
    assert store.path(kept.name).stat().st_mode & 0o077 == 0


def test_too_much_content_leaves_nothing_behind(tmp_path):
    store = FileStore(tmp_path / "files")
    with pytest.raises(TooLarge):
        store.put(io.BytesIO(b"x" * 200_000), most=100_000)
    assert list(store.names()) == []


@pytest.mark.parametrize("name", ["../secret", "a" * 32 + "/x", "..", "", "A" * 32, "0" * 32 + "..\\x"])
def test_only_names_of_the_store_are_opened(tmp_path, name):
    with pytest.raises(ValueError):
        FileStore(tmp_path).path(name)


def test_the_sweep_takes_old_files_without_a_row(tmp_path):
    store = FileStore(tmp_path)
    known, young, old = (store.put(io.BytesIO(b"x"), most=10).name for _ in range(3))
    for name in (known, old):
        os.utime(store.path(name), (time.time() - 90_000,) * 2)
    assert store.sweep({known}) == 1
    assert set(store.names()) == {known, young}
