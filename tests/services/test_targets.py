"""Target lists with records: who is proposed, who may see and change what, promotion to a lead, and what is measured."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from chains.engine.model import SegmentStatus
from crm.domain.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from crm.domain.leads import LeadSource
from crm.domain.policies import Tier
from crm.domain.targets import TargetState
from crm.infra.clock import now, today
from crm.models import AuditEntry, GapTarget, Lead, Notice, SegmentChange
from crm.services import access, targets
from crm.services.access import actor_for
from crm.services.targets import Change, Listing, Promotion, Wanted
from crm.services.targets.candidates import Pointer
from crm.services.targets.closure import measured
from tests.charting import Map, make_map, place
from tests.factories import make_enterprise, make_lead, make_offer

KEY, GAP = "diagnostics", "reagents"


@pytest.fixture
def chart(database, cast) -> Map:
    with database.writing() as session:
        return make_map(session)


def listed(session, actor, **values) -> list[GapTarget]:
    firm = make_enterprise(session, values.pop("name", "苏禾抗体原料有限公司（示例）"), tier=Tier.MATURE)
    return targets.add(session, actor, KEY, GAP, Listing(enterprise_ids=[firm.id], **values))


def test_candidates_are_those_that_point_at_the_gap_best_first(database, cast, chart):
    with database.writing() as session:
        actor = actor_for(session, cast.officer)
        make_offer(session, cast.park, clear_height_cm=400, power_kva=200, verified_at=now())
        coded = make_enterprise(session, "行业码相符有限公司（示例）", gbt_code="2661", tier=Tier.INCUBATION)
        named = make_enterprise(session, "登记在环节有限公司（示例）", segment_id=chart.reagents, tier=Tier.MATURE)
        lead = make_lead(session, cast.officer, name="线索瞄准有限公司（示例）", segment_id=chart.reagents)
        hidden = make_lead(session, cast.outsider, name="别科的线索有限公司（示例）", segment_id=chart.reagents)
        local = make_enterprise(session, "已经在本地有限公司（示例）", gbt_code="2661")
        place(session, local, chart.reagents)
        make_enterprise(session, "毫不相干有限公司（示例）", gbt_code="8411")
        found = targets.candidates(session, actor, KEY, GAP)
        rows = {row.enterprise.id: row for row in found.rows}
        assert set(rows) == {coded.id, named.id, lead.enterprise_id}
        assert hidden.enterprise_id not in rows
        assert rows[coded.id].pointer is Pointer.CODE
        assert rows[named.id].pointer is Pointer.SEGMENT
        assert rows[lead.enterprise_id].pointer is Pointer.LEAD
        assert rows[lead.enterprise_id].judged.lead.id == lead.id
        # Nobody stands there now but `local`, an untiered firm: a mature one is wanted first.
        assert rows[named.id].judged.score.tier == 40
        totals = [row.judged.score.total for row in found.rows]
        assert totals == sorted(totals, reverse=True)
        # The one neighbour, 体外诊断试剂, is here.
        assert (found.neighbours, found.present) == (1, 1)
        assert rows[named.id].judged.score.links == 30


def test_unknown_keys_are_not_there(database, cast, chart):
    with database.reading() as session:
        actor = actor_for(session, cast.officer)
        for chain, segment in (("nothing", GAP), (KEY, "nothing"), (KEY, "materials")):
            with pytest.raises(NotFound):
                targets.candidates(session, actor, chain, segment)


def test_a_listed_firm_has_owner_day_and_score_and_its_owner_is_told(database, cast, chart):
    with database.writing() as session:
        actor = actor_for(session, cast.officer)
        day = today() + timedelta(days=9)
        (row,) = listed(session, actor, owner_id=cast.colleague, due_on=day)
        assert (row.owner_id, row.due_on, row.state) == (cast.colleague, day, TargetState.LISTED)
        assert row.score == row.parts["tier"] + row.parts["links"] + row.parts["space"]
        assert session.scalars(select(Notice.person_id).where(Notice.kind == "targets.assigned")).all() == [
            cast.colleague
        ]
        assert session.scalar(select(AuditEntry.action).where(AuditEntry.subject_kind == "gap_target"))
        shown = targets.of_segment(session, actor, KEY, GAP)
        assert [each.target.id for each in shown] == [row.id]
        with pytest.raises(Duplicate):
            targets.add(session, actor, KEY, GAP, Listing(enterprise_ids=[row.enterprise_id]))
        # A firm that nobody knows is entered by name and listed.
        (fresh,) = targets.add(session, actor, KEY, GAP, Listing(name="从没听说过的有限公司（示例）"))
        assert fresh.enterprise.name == "从没听说过的有限公司（示例）"
        assert targets.counts(session, actor) == {chart.reagents: 2}


@pytest.mark.parametrize(
    ("listing", "field"),
    [
        (Listing(), "enterprise_ids"),
        (Listing(name="有期限有限公司", due_on=date(2020, 1, 1)), "due_on"),
        (Listing(name="有负责人有限公司", owner_id=10**6), "owner_id"),
        (Listing(enterprise_ids=range(1, 40)), "enterprise_ids"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_field(database, cast, chart, listing, field):
    with database.writing() as session:
        with pytest.raises(Invalid) as caught:
            targets.add(session, actor_for(session, cast.officer), KEY, GAP, listing)
        assert caught.value.field == field


def test_who_sees_and_who_changes_a_target(database, cast, chart):
    with database.writing() as session:
        officer, outsider = actor_for(session, cast.officer), actor_for(session, cast.outsider)
        lead = make_lead(session, cast.officer, name="只有一科看得见有限公司（示例）")
        (row,) = targets.add(session, officer, KEY, GAP, Listing(enterprise_ids=[lead.enterprise_id]))
        assert targets.of_segment(session, outsider, KEY, GAP) == []
        assert targets.counts(session, outsider) == {}
        with pytest.raises(NotFound):
            targets.load(session, outsider, row.id)
        assert targets.load(session, actor_for(session, cast.leader), row.id).id == row.id
        with pytest.raises(NotAllowed):
            targets.drop(session, actor_for(session, cast.leader), row.id, row.version, "不行")
        with pytest.raises(NotAllowed):
            targets.candidates(session, actor_for(session, cast.manager), KEY, GAP)
        # A public firm's target is seen by the other section, which cannot change it.
        (public,) = listed(session, officer)
        assert targets.load(session, outsider, public.id).id == public.id
        with pytest.raises(NotAllowed):
            targets.change(session, outsider, public.id, public.version, Change(note="抢一下"))


def test_a_target_goes_on_is_dropped_with_a_reason_and_taken_up_again(database, cast, chart):
    with database.writing() as session:
        actor = actor_for(session, cast.officer)
        (row,) = listed(session, actor)
        targets.change(
            session, actor, row.id, row.version, Change(owner_id=cast.officer, note="聊过一次", contacted=True)
        )
        assert (row.state, row.note) == (TargetState.CONTACTED, "聊过一次")
        with pytest.raises(Stale):
            targets.change(session, actor, row.id, row.version - 1, Change(note="旧的"))
        with pytest.raises(Invalid):
            targets.drop(session, actor, row.id, row.version, "  ")
        targets.drop(session, actor, row.id, row.version, "不考虑广州")
        assert (row.state, row.drop_reason) == (TargetState.DROPPED, "不考虑广州")
        assert targets.counts(session, actor) == {}
        with pytest.raises(Invalid):
            targets.change(session, actor, row.id, row.version, Change(note="还能改吗"))
        targets.reopen(session, actor, row.id, row.version)
        assert row.state is TargetState.LISTED


def test_a_target_becomes_a_lead_aimed_at_the_gap(database, cast, chart):
    with database.writing() as session:
        actor = actor_for(session, cast.officer)
        make_offer(session, cast.park)
        (row,) = listed(session, actor)
        asked = Promotion(content="愿意来看场地", request_id="once")
        version = row.version
        lead = targets.promote(session, actor, row.id, version, asked)
        assert (lead.source, lead.segment_id, lead.owner_id) == (LeadSource.TARGETED, chart.reagents, cast.officer)
        assert lead.enterprise_id == row.enterprise_id
        assert (row.state, row.lead_id) == (TargetState.PROMOTED, lead.id)
        # The same form sent twice makes one lead.
        assert targets.promote(session, actor, row.id, version, asked).id == lead.id
        assert len(session.scalars(select(Lead.id)).all()) == 1
        with pytest.raises(Invalid):
            targets.drop(session, actor, row.id, row.version, "晚了")
        funnel = targets.funnel(session, actor, chart.reagents)
        assert (funnel.listed, funnel.promoted, funnel.projects, funnel.signed) == (1, 1, 0, 0)


def test_a_firm_with_a_lead_is_tied_to_it_instead_of_logged_twice(database, cast, chart):
    with database.writing() as session:
        actor = actor_for(session, cast.officer)
        lead = make_lead(session, cast.officer, name="早就在谈有限公司（示例）", segment_id=None)
        (row,) = targets.add(session, actor, KEY, GAP, Listing(enterprise_ids=[lead.enterprise_id]))
        with pytest.raises(Duplicate):
            targets.promote(session, actor, row.id, row.version, Promotion(content="又来一次"))
        assert [each.id for each in targets.open_leads(session, actor, row)] == [lead.id]
        other = make_lead(session, cast.officer, name="别家有限公司（示例）")
        with pytest.raises(NotFound):
            targets.link(session, actor, row.id, row.version, other.id)
        targets.link(session, actor, row.id, row.version, lead.id)
        assert (row.state, row.lead_id, lead.segment_id) == (TargetState.PROMOTED, lead.id, chart.reagents)


def test_a_chain_team_lists_a_new_firm_for_an_officer_who_then_sees_it(database, cast, chart):
    with database.writing() as session:
        team, officer = actor_for(session, cast.chain_team), actor_for(session, cast.officer)
        listing = Listing(name="专班听说的有限公司（示例）", owner_id=cast.officer)
        (row,) = targets.add(session, team, KEY, GAP, listing)
        assert access.enterprise(session, officer, row.enterprise_id).name == "专班听说的有限公司（示例）"
        with pytest.raises(NotFound):
            access.enterprise(session, actor_for(session, cast.outsider), row.enterprise_id)
        lead = targets.promote(session, officer, row.id, row.version, Promotion(content="去接触了"))
        assert lead.owner_id == cast.officer


def test_a_firm_that_only_others_may_see_is_not_opened_by_its_name(database, cast, chart):
    with database.writing() as session:
        make_lead(session, cast.outsider, name="二科在谈的有限公司（示例）")
        with pytest.raises(Duplicate):
            targets.add(session, actor_for(session, cast.officer), KEY, GAP, Listing(name="二科在谈的有限公司（示例）"))


def test_all_targets_are_listed_by_their_days(database, cast, chart):
    with database.writing() as session:
        actor = actor_for(session, cast.officer)
        (late,) = listed(session, actor, due_on=today() + timedelta(days=20))
        (soon,) = listed(session, actor, name="更早有限公司（示例）", due_on=today() + timedelta(days=2))
        (never,) = listed(session, actor, name="没定日子有限公司（示例）", owner_id=cast.colleague)
        soon.due_on = today() - timedelta(days=1)
        session.flush()
        assert [row.id for row in targets.listed(session, actor, Wanted()).rows] == [soon.id, late.id, never.id]
        assert [row.id for row in targets.listed(session, actor, Wanted(only="overdue")).rows] == [soon.id]
        assert [row.id for row in targets.listed(session, actor, Wanted(only="mine")).rows] == [soon.id, late.id]
        assert targets.listed(session, actor, Wanted(chain="nothing")).rows == []
        assert targets.listed(session, actor, Wanted(state=TargetState.DROPPED)).rows == []


def test_the_closing_of_gaps_is_measured_from_the_record():
    start = now() - timedelta(days=300)

    def change(segment: int, day: int, before: SegmentStatus | None, after: SegmentStatus) -> SegmentChange:
        return SegmentChange(segment_id=segment, at=start + timedelta(days=day), before=before, after=after, cause="")

    missing, filling, weak, unknown = (
        SegmentStatus.MISSING,
        SegmentStatus.FILLING,
        SegmentStatus.WEAK,
        SegmentStatus.UNKNOWN,
    )
    changes = [
        change(1, -200, None, missing),  # long known: opens nothing within the time
        change(1, 10, missing, filling),
        change(1, 100, filling, weak),  # closed after 300 days
        change(2, 20, weak, missing),  # opened
        change(2, 120, missing, weak),  # closed after 100 days
        change(3, 30, unknown, missing),  # opened, still open
        change(4, 40, unknown, weak),  # never a gap
        change(5, 50, filling, weak),  # closed; since when it was open is not known
    ]
    found = measured(changes, start)
    assert (found.opened, found.closed, found.median_days) == (2, 3, 200)
    assert measured([], start).median_days is None
