"""The planner's tick writes down which gaps came and went, once."""

from __future__ import annotations

from sqlalchemy import func, select

from crm.domain.policies import Tier
from crm.models import SegmentChange
from crm.services import segment_changes
from tests.services.test_chain_facts import make_map, place
from tests.services.test_segment_changes import LONG_AGO


def test_a_tick_notices_what_came_about_silently(database, cast, settings, monkeypatch):
    from workers.jobs import planner

    monkeypatch.setattr(planner, "database", lambda: database)
    monkeypatch.setattr(planner, "settings", lambda: settings)
    with database.writing() as session:
        made = make_map(session)
        place(session, made.reagent, Tier.MATURE, leader=True)
    planner.tick()
    with database.writing() as session:
        place(session, made.antibody, Tier.GROWTH)
    planner.tick()
    planner.tick()
    with database.reading() as session:
        assert session.scalar(select(func.count(SegmentChange.id))) == 4
        (change,) = segment_changes.recent(session, None, LONG_AGO)
        assert (change.segment_key, change.is_closed, change.cause) == ("antibody", True, segment_changes.NOTICED)
