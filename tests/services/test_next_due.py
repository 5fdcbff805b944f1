"""`Lead.next_due_at` follows the earliest open promise, whoever writes it."""

from __future__ import annotations

from datetime import timedelta

from crm.infra.clock import now
from crm.models import Lead
from crm.services import follow_ups
from crm.services.follow_ups import Done
from tests.factories import actor, make_lead, next_step


def due(database, lead_id):
    with database.reading() as session:
        return session.get(Lead, lead_id).next_due_at


def test_the_earliest_open_promise_is_kept_and_forgotten(database, cast):
    soon, later = now() + timedelta(days=1), now() + timedelta(days=5)
    with database.writing() as session:
        officer = actor(session, cast.officer)
        lead = make_lead(session, cast.officer)
        version = lead.version
        far = follow_ups.plan(session, officer, lead, next_step(at=later))
        near = follow_ups.plan(session, officer, lead, next_step(at=soon))
        number = lead.id
    assert due(database, number) == soon
    with database.writing() as session:
        officer = actor(session, cast.officer)
        follow_ups.complete(session, officer, session.get(type(near), near.id), Done(outcome="谈妥"))
    assert due(database, number) == later
    with database.writing() as session:
        officer = actor(session, cast.officer)
        follow_ups.complete(session, officer, session.get(type(far), far.id), Done(outcome="谈妥"))
    assert due(database, number) is None
    with database.reading() as session:
        assert session.get(Lead, number).version >= version
