"""Chain gaps that closed and opened in the weekly report: net of the week, frozen, and only whom they concern."""

from __future__ import annotations

import time_machine
from sqlalchemy import false

from crm.domain.frozen import freeze, thaw
from crm.domain.reports import ChainState, GapMove, Voice
from crm.models import GapTarget, Lead, Segment, SegmentChange
from crm.services import reports
from crm.services.reports import gaps
from tests.factories import actor
from tests.reporting import END, SENT, START, WEEK, make_week


def test_the_week_names_each_gap_once_and_nothing_that_came_back(database, cast):
    with database.writing() as session:
        make_week(session, cast)
        found = gaps.moves(session, START, END)
        assert [(move.segment_key, move.before, move.after) for move in found] == [
            ("ivd", "missing", "filling"),
            ("raw", "weak", "missing"),
        ]
        assert [move.is_closed for move in found] == [True, False]
        assert [move.is_opened for move in found] == [False, True]


def test_leaders_and_officers_read_them_and_the_snapshot_keeps_them(database, cast, settings):
    with time_machine.travel(SENT, tick=False), database.writing() as session:
        make_week(session, cast)
        reports.plan_weekly(session, settings, SENT)
        session.query(SegmentChange).delete()
        leader = reports.weekly(session, actor(session, cast.leader), WEEK, Voice.LEADER).leader
        (chain,) = leader.chains
        assert [move.name for move in chain.closed] == ["体外诊断试剂"]
        assert [move.name for move in chain.opened] == ["诊断原料"]
        assert sum(chain.statuses.values()) == chain.segments == 4
        # The officer's leads aim at the first; nobody of the other section's does at the second.
        officer = reports.weekly(session, actor(session, cast.officer), WEEK, Voice.OFFICER).officer
        assert [move.segment_key for move in officer.gaps] == ["ivd"]


def test_a_target_of_theirs_concerns_its_owner_and_a_chief_reads_of_the_section(database, cast):
    with database.writing() as session:
        ids = make_week(session, cast)
        raw = session.query(Segment).filter_by(key="raw").one()
        firm = session.get(Lead, ids["mine"]).enterprise_id
        target = GapTarget(segment_id=raw.id, enterprise_id=firm, score=1, parts={}, owner_id=cast.colleague)
        target.section_id = cast.section
        session.add(target)
        session.flush()
        found = gaps.moves(session, START, END)
        for person, keys in ((cast.colleague, ["raw"]), (cast.chief, ["raw"]), (cast.outsider, [])):
            reader = actor(session, person)
            nothing = false()
            mine = gaps.of_person(session, reader, nothing, nothing, found)
            assert [move.segment_key for move in mine] == keys


def test_a_week_frozen_before_there_were_gaps_still_reads():
    old = {"key": "ivd", "name": "体外诊断", "segments": 5, "placed": 2, "newly": [], "aimed": []}
    chain = thaw(ChainState, old)
    assert (chain.unknown, chain.open_gaps, chain.moves) == (3, 0, ())
    move = GapMove("ivd", "体外诊断", None, "raw", "原料", "Raw materials", "missing", "weak", True)
    assert thaw(GapMove, freeze(move)) == move
