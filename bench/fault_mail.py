"""Reminders while workers, broker and mail server are killed: how many were lost, how many copied.

`python -m bench.fault_mail` kills 200 times over 5,000 reminders (about ten minutes for each database), `--quick`
12 times over 300, which is what the test does. Bar: 0 lost, 0 copies without a kill inside DATA (RELIABILITY §1).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.common import databases, emit, quick
from tests.workers.faults.run import run

SEED = 20261124


def main() -> int:
    mails, kills, patience_s = (300, 12, 110.0) if quick() else (5000, 200, 1800.0)
    bad = 0
    with databases() as each:
        for name, database in each:
            url = database.bind.engine.url.render_as_string(hide_password=False)
            with tempfile.TemporaryDirectory(prefix="fault-") as folder:
                found = run(database, url, Path(folder), mails=mails, kills=kills, seed=SEED, patience_s=patience_s)
            emit("fault_mail_kills", sum(found.kills.values()), "kills", mails, name)
            emit("fault_mail_lost", found.lost, "mails", mails, name)
            emit("fault_mail_copies", found.copies, "mails", mails, name)
            emit("fault_mail_copies_unexplained", found.unexplained, "mails", mails, name)
            emit("fault_mail_unsettled", found.not_sent, "mails", mails, name)
            emit("fault_mail_duration", found.seconds, "s", mails, name)
            bad += found.lost + found.unexplained + found.not_sent
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
