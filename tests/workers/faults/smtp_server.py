"""A real SMTP server in a process of its own that writes down every mail it takes before it says so.

`python -m tests.workers.faults.smtp_server PORT FILE DELAY_MS SEED` writes one JSON line per accepted mail: {"at":
seconds since the epoch, "message_id": …}. It waits a random moment before and after writing, so that kills hit both
sides of the line.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import sys
import time

from aiosmtpd.smtp import SMTP, Envelope, Session

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


class Recorder:
    """Takes every mail."""

    def __init__(self, path: str, delay_s: float, seed: int) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._delay_s = delay_s
        self._random = random.Random(seed)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        found = _MESSAGE_ID.search(envelope.original_content)
        if found is None:
            return "550 no Message-ID"
        await asyncio.sleep(self._random.uniform(0, self._delay_s))
        line = json.dumps({"at": time.time(), "message_id": found[1].decode()}) + "\n"
        os.write(self._file, line.encode())
        os.fsync(self._file)
        await asyncio.sleep(self._random.uniform(0, self._delay_s))
        return "250 taken"


async def serve(port: int, path: str, delay_s: float, seed: int) -> None:
    recorder = Recorder(path, delay_s, seed)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(recorder, hostname="localhost", loop=loop), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]) / 1000, int(sys.argv[4])))
