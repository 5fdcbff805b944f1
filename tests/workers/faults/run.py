"""One fault run: reminders become mails, processes are killed at seeded moments, and every mail is accounted for."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, insert, select, update

from crm.domain.access import Role
from crm.domain.leads import FollowUpKind, LeadSource, LeadState
from crm.infra.clock import now, today
from crm.infra.db import Database
from crm.models import Enterprise, FollowUp, Lead, OutboxMail, Person, Reminder, Section
from crm.services import outbox, reminders
from tests.workers.faults.world import World, ringing

#: A kill explains a copy if it came this long before or after the server took the mail for the first time: before the
#: answer was written down. Settling is one small write, but it waits its turn on a busy machine.
BEFORE_S, AFTER_S = 0.5, 2.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found. `lost` must be 0, `unexplained` empty."""

    mails: int
    kills: dict[str, int]
    taken: int
    lost: int
    copies: int
    unexplained: int
    not_sent: int
    seconds: float

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def fill(database: Database, count: int) -> set[str]:
    """`count` officers, each with one overdue follow-up and its digest in the outbox; returns the Message-IDs."""
    with database.writing() as session:
        section = Section(key="faults", name="科（示例）")
        firm = Enterprise(name="示例公司（示例）", normalised_name="示例公司", core_name="示例")
        session.add_all([section, firm])
        session.flush()
        people = [
            {"login": f"p{n}", "name": f"示例{n}", "role": Role.OFFICER, "section_id": section.id, "version": 1}
            for n in range(count)
        ]
        ids = list(session.scalars(insert(Person).returning(Person.id, sort_by_parameter_order=True), people))
        moment = now() - timedelta(days=4)
        leads = [
            {
                "number": f"XS-{n}",
                "enterprise_id": firm.id,
                "state": LeadState.VALID,
                "source": LeadSource.PHONE,
                "owner_id": person,
                "section_id": section.id,
                "received_at": moment,
                "last_activity_at": moment,
                "version": 1,
            }
            for n, person in enumerate(ids)
        ]
        lead_ids = session.scalars(insert(Lead).returning(Lead.id, sort_by_parameter_order=True), leads).all()
        promises = [
            {
                "lead_id": lead,
                "kind": FollowUpKind.CALL,
                "subject": "回电",
                "due_at": moment,
                "owner_id": p,
                "version": 1,
            }
            for lead, p in zip(lead_ids, ids, strict=True)
        ]
        session.execute(insert(FollowUp), promises)
        planned = reminders.plan(session, "localhost")
        assert planned.begun == count == session.scalar(select(func.count()).select_from(Reminder))
        # Addresses come after planning: how many digests there are shall not depend on the hour of the test.
        session.execute(update(Person).values(email=Person.login + "@example.org"))
        day = today().isoformat()
        outbox.put(
            session,
            [
                outbox.Planned(recipient_id=p, kind=reminders.DIGEST, period="fault", params={"day": day}, at=now())
                for p in ids
            ],
            "localhost",
        )
        return set(session.scalars(select(OutboxMail.message_id)))


def run(
    database: Database,
    url: str,
    folder: Path,
    *,
    mails: int,
    kills: int,
    seed: int,
    patience_s: float,
    delay_ms: int = 25,
) -> Outcome:
    """Deliver `mails` while `kills` SIGKILLs, spread over the delivery by `seed`, hit workers, broker and server."""
    expected = fill(database, mails)
    world = World(folder, url, workers=2, delay_ms=delay_ms)
    started = time.monotonic()
    world.start()
    try:
        with ringing(world.broker_url):
            _kill_along(world, mails, kills, random.Random(seed), started + patience_s * 0.6)
            _wait_until_sent(database, mails, started + patience_s)
    finally:
        world.stop()
    return _account(database, world, expected, time.monotonic() - started)


def _kill_along(world: World, mails: int, kills: int, dice: random.Random, until: float) -> None:
    """Each kill waits for its share of the mails to have been taken (or a moment), then for a random moment."""
    targets = _targets(kills, dice)
    share = mails / (kills + 2)
    for number, target in enumerate(targets, start=1):
        patience = min(time.monotonic() + 4, until)
        while len(world.taken()) < share * number and time.monotonic() < patience:
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 0.08))
        world.kill(target)


def _targets(kills: int, dice: random.Random) -> list[str]:
    names = ["worker0", "smtp", "worker1", "broker"]
    targets = [names[number % len(names)] for number in range(kills)]
    dice.shuffle(targets)
    return targets


def _wait_until_sent(database: Database, mails: int, deadline: float) -> None:
    while time.monotonic() < deadline:
        with database.reading() as session:
            sent = session.scalar(select(func.count()).where(OutboxMail.state == "sent"))
        if sent == mails:
            return
        time.sleep(0.2)


def _account(database: Database, world: World, expected: set[str], seconds: float) -> Outcome:
    taken = world.taken()
    first: dict[str, float] = {}
    for at, message_id in taken:
        first.setdefault(message_id, at)
    times = Counter(message_id for _, message_id in taken)
    copied = [message_id for message_id, number in times.items() if number > 1]
    deadly = [at for at, name in world.kills if name != "broker"]
    unexplained = [
        message_id
        for message_id in copied
        if message_id not in expected or not any(-BEFORE_S <= at - first[message_id] <= AFTER_S for at in deadly)
    ]
    strangers = set(times) - expected
    with database.reading() as session:
        not_sent = session.scalar(select(func.count()).where(OutboxMail.state != "sent"))
    return Outcome(
        mails=len(expected),
        kills=dict(Counter(name.rstrip("01") for _, name in world.kills)),
        taken=len(taken),
        lost=len(expected - set(times)),
        copies=len(taken) - len(times),
        unexplained=len(unexplained) + len(strangers),
        not_sent=not_sent or 0,
        seconds=round(seconds, 1),
    )
