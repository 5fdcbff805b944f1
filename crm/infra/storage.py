"""Files that people hand in, kept outside `static` under random names: a name tells nothing and runs nowhere.

A file is written before its row is committed. If the unit of work fails, the file stays behind without a row, which
costs disk and nothing else; `sweep` removes such files once they are a day old.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 16
#: A file without a row may belong to a unit of work that is not committed yet.
SWEEP_AFTER_SECONDS = 24 * 3600


class TooLarge(Exception):
    """The content is longer than allowed; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A kept file: its random name, its length in bytes, its SHA-256."""

    name: str
    size: int
    sha256: str


class FileStore:
    """One folder of files. Names are ours: 32 hexadecimal digits and a suffix that the caller has checked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: BinaryIO, *, suffix: str = "", most: int) -> Stored:
        """Keep what `content` yields, at most `most` bytes; raises TooLarge and keeps nothing beyond that."""
        return self.put_chunks(iter(lambda: content.read(CHUNK), b""), suffix=suffix, most=most)

    def put_chunks(self, chunks: Iterable[bytes], *, suffix: str = "", most: int) -> Stored:
        """The same for content that comes in pieces."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = secrets.token_hex(16) + suffix
        target = self.folder / name
        digest, size = hashlib.sha256(), 0
        try:
            with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for chunk in chunks:
                    size += len(chunk)
                    if size > most:
                        raise TooLarge
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return Stored(name, size, digest.hexdigest())

    def path(self, name: str) -> Path:
        """Where a kept file lies. ValueError for a name that `put` would never give."""
        stem = name.partition(".")[0]
        if len(stem) != 32 or set(stem) - set("0123456789abcdef") or "/" in name or "\\" in name or ".." in name:
            raise ValueError("not a name of the store")
        return self.folder / name

    def read(self, name: str) -> Iterator[bytes]:
        """The content in pieces; the file is opened when the first is taken and closed whatever becomes of the rest."""
        with open(self.path(name), "rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def remove(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """All names in the folder."""
        if self.folder.is_dir():
            yield from (entry.name for entry in self.folder.iterdir() if entry.is_file())

    def sweep(self, known: Collection[str]) -> int:
        """Remove files that no row knows and that are a day old; how many there were."""
        oldest, removed = time.time() - SWEEP_AFTER_SECONDS, 0
        for name in list(self.names()):
            file = self.folder / name
            if name not in known and file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)
                removed += 1
        return removed
