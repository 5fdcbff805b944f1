"""Workers, broker and SMTP server, all real, are killed while reminders leave: none is lost (RELIABILITY §1)."""

from __future__ import annotations

from pathlib import Path

from crm.infra.db import Database
from tests.workers.faults.run import run
from tests.workers.faults.world import THREADS

MAILS, KILLS, SEED = 160, 8, 20261124
#: Fifteen seconds on a quiet machine of two cores; a busy one may take its time, but may not lose a mail.
PATIENCE_S = 110.0


def test_no_reminder_is_lost_and_copies_come_only_from_kills_inside_data(
    own_database: Database, tmp_path: Path
) -> None:
    url = own_database.bind.url.render_as_string(hide_password=False)
    outcome = run(own_database, url, tmp_path, mails=MAILS, kills=KILLS, seed=SEED, patience_s=PATIENCE_S)
    print(f"\nfault test on {own_database.bind.dialect.name}: {outcome.as_dict()}")
    assert sum(outcome.kills.values()) == KILLS
    assert set(outcome.kills) == {"worker", "broker", "smtp"}
    assert outcome.lost == 0
    assert outcome.not_sent == 0
    assert outcome.unexplained == 0
    # A kill inside DATA copies at most what was inside DATA: one mail for each line to the server.
    lines = {"worker": THREADS, "smtp": 2 * THREADS, "broker": 0}
    assert outcome.copies <= sum(lines[name] * number for name, number in outcome.kills.items())
