"""A worker that writes an import is killed with -9 at any moment: afterwards there are no rows or all of them."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from crm.domain.imports import ImportState
from crm.domain.jobs import JobState
from crm.infra.clock import now
from crm.infra.db import Database
from crm.models import Activity, AuditEntry, Contact, Enterprise, ImportRun, Job, Lead
from crm.services import audit, imports
from crm.services.access import actor_for
from crm.services.imports import writing
from tests.cast import make_cast
from tests.importing import Clerk, clerk, table

ROOT = Path(__file__).resolve().parents[2]
ROWS, KILLS, SEED = 1500, 5, 20261124
_WORKER = """
import sys
from pathlib import Path
from crm.infra.db import Database
from crm.infra.storage import FileStore
from crm.services import long_work
print("ready", flush=True)
sys.stdin.readline()
long_work.run_one(Database.from_url(sys.argv[1]), FileStore(Path(sys.argv[2])))
print("done", flush=True)
"""


@pytest.fixture
def officer(own_database: Database, tmp_path: Path) -> Clerk:
    with own_database.writing() as session:
        cast = make_cast(session)
    return clerk(own_database, cast.officer, tmp_path)


def worker(officer: Clerk) -> subprocess.Popen[str]:
    """A process of its own, loaded and waiting for the word to begin."""
    url = officer.database.bind.url.render_as_string(hide_password=False)
    started = subprocess.Popen(
        [sys.executable, "-c", _WORKER, url, str(officer.files.folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert started.stdout.readline() == "ready\n"
    return started


def begin(started: subprocess.Popen[str]) -> None:
    started.stdin.write("\n")
    started.stdin.flush()


def end(started: subprocess.Popen[str]) -> None:
    started.wait(timeout=120)
    started.stdin.close()
    started.stdout.close()


def counts(database: Database) -> list[int]:
    with database.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(each)) for each in (Lead, Enterprise, Contact, Activity)
        ]


def lease_is_over(database: Database) -> None:
    """As if a minute and a half had passed."""
    with database.writing() as session:
        session.execute(
            update(Job)
            .where(Job.state == JobState.RUNNING)
            .values(lease_until=now() - timedelta(seconds=1), attempts=1)
        )


def moments() -> Iterator[float]:
    """Seconds after the beginning: from its first steps to just before and after its end."""
    chance = random.Random(SEED)
    for number in range(KILLS):
        yield (number + chance.random()) / KILLS * 4.0


def test_a_killed_writer_leaves_no_row_and_the_next_one_writes_all_exactly_once(officer: Clerk):
    database = officer.database
    rows = [(f"示例第{n}号精密制造有限公司", "联系人", f"13{n:09d}", "走访", str(100 + n)) for n in range(ROWS)]
    run_id = officer.preview(table(("企业名称", "联系人", "电话", "来源", "总投资"), *rows))
    assert officer.counts(run_id) == {"added": ROWS}
    with database.writing() as session:
        imports.commit(session, actor_for(session, officer.person_id), run_id)
    killed = 0
    for moment in moments():
        process = worker(officer)
        begin(process)
        time.sleep(moment)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        end(process)
        state = officer.run(run_id).state
        if state is ImportState.COMMITTED:
            break
        assert counts(database) == [0, 0, 0, 0], f"after {moment:.2f} s"
        assert state is ImportState.COMMITTING
        lease_is_over(database)
    assert killed > 0
    while officer.run(run_id).state is not ImportState.COMMITTED:
        process = worker(officer)
        begin(process)
        end(process)
        lease_is_over(database)
    assert counts(database) == [ROWS] * 4
    with database.reading() as session:
        assert session.get_one(ImportRun, run_id).counts["added"] == ROWS
        assert session.scalar(select(func.count()).where(AuditEntry.action == "import.committed")) == 1
        assert audit.verify(session).broken_at is None
    print(f"\n{killed} kills on {database.bind.dialect.name}")


def test_a_job_that_kills_its_worker_again_and_again_is_given_up_with_a_sentence(officer: Clerk):
    run_id = officer.preview(table(("企业名称", "来源"), ("示例甲公司", "走访")))
    with officer.database.writing() as session:
        imports.commit(session, actor_for(session, officer.person_id), run_id)
    with officer.database.writing() as session:
        session.execute(
            update(Job)
            .where(Job.state == JobState.QUEUED)
            .values(state=JobState.RUNNING, attempts=3, token="gone", lease_until=now() - timedelta(seconds=1))
        )
    officer.work()
    run = officer.run(run_id)
    assert run.state is ImportState.PREVIEW
    assert "处理中断了三次" in run.error
    assert counts(officer.database)[0] == 0
    # Trying again is possible.
    officer.commit(run_id)
    assert counts(officer.database)[0] == 1


def test_a_worker_that_lost_its_lease_writes_nothing(officer: Clerk, monkeypatch):
    run_id = officer.preview(table(("企业名称", "来源"), ("示例甲公司", "走访")))
    whole = writing._write

    def slow(session, *more):
        with_token = update(Job).where(Job.state == JobState.RUNNING).values(token="somebody else")
        session.execute(with_token)
        whole(session, *more)

    monkeypatch.setattr(writing, "_write", slow)
    officer.commit(run_id)
    assert counts(officer.database) == [0, 0, 0, 0]
    assert officer.run(run_id).state is ImportState.COMMITTING
