"""What a segment lacks to be strong, and what the panorama counts: held against the engine and the tables."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chains.engine.model import GapAction, SegmentStatus
from crm.domain.errors import NotAllowed, NotFound
from crm.domain.plans import PlanState
from crm.domain.policies import Tier
from crm.infra.clock import now, today
from crm.models import Chain, ChainMember, Placement, PlanVersion, Segment, SegmentChange
from crm.services import chain_facts, chain_flow, chain_overview, panorama, reach, segment_page
from crm.services.panorama import Wanted
from tests.charting import make_map, place
from tests.factories import actor, make_enterprise, make_lead


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


@pytest.fixture
def chart(session, cast):
    return make_map(session)


def drawn(session, cast, who="officer", **wanted):
    return panorama.panorama(session, actor(session, getattr(cast, who)), "diagnostics", Wanted(**wanted))


def test_the_smallest_firm_that_makes_it_strong_does(session, chart):
    chain = chain_facts.facts(session, "diagnostics")
    step = reach.to_strong(chain, chain.segment("ivd"))
    assert (step.lacks, step.tier, step.size) == (10, "mature", 10)
    place(session, make_enterprise(session, "岭海成熟诊断有限公司（示例）", tier=Tier.MATURE), chart.ivd)
    now_strong = chain_facts.facts(session, "diagnostics").segment("ivd").state
    assert now_strong.strength == step.strength
    assert now_strong.status is SegmentStatus.STRONG


@pytest.mark.parametrize("tier", [Tier.INCUBATION, Tier.GROWTH])
def test_a_smaller_firm_would_not_have_done(session, chart, tier):
    place(session, make_enterprise(session, "岭海小诊断有限公司（示例）", tier=tier), chart.ivd)
    assert chain_facts.facts(session, "diagnostics").segment("ivd").state.status is SegmentStatus.WEAK


def test_reference_counts_are_part_of_the_step(session, chart):
    chain = session.get(Chain, chart.chain)
    chain.reference_total = 1000
    for row in session.query(Segment).filter(Segment.chain_id == chart.chain):
        row.reference_count = 900
    facts = chain_facts.facts(session, "diagnostics")
    step = reach.nearest(facts)
    place(session, make_enterprise(session, "岭海诊断有限公司（示例）", tier=Tier(step.tier)), chart.ivd)
    assert chain_facts.facts(session, "diagnostics").segment("ivd").state.strength == step.strength


def test_nothing_is_near_where_nothing_is_weak(session, chart):
    place(session, make_enterprise(session, "岭海链主有限公司（示例）", tier=Tier.MATURE), chart.ivd, leader=True)
    assert reach.nearest(chain_facts.facts(session, "diagnostics")) is None


def test_columns_hold_every_segment_once_and_count_it(session, cast, chart):
    view = drawn(session, cast)
    assert [column.total for column in view.columns] == [1, 1, 2]
    assert sorted(card.segment.key for card in view.cards) == ["cold_chain", "hospitals", "ivd", "reagents"]
    assert sum(sum(column.statuses.values()) for column in view.columns) == 4
    assert (view.missing, view.lapsed, view.passing) == (2, 1, 4)
    assert view.first.segment.key == "reagents"


def test_the_first_gap_is_one_that_nobody_fills_yet(session, cast, chart):
    place(session, make_enterprise(session, "岭海原料有限公司（示例）", tier=Tier.GROWTH), chart.reagents)
    view = drawn(session, cast)
    assert view.first is None or view.first.segment.state.action is GapAction.EXTEND


def test_counts_of_aims_are_the_reader_s_own(session, cast, chart):
    make_lead(session, cast.officer, name="瞄准原料有限公司（示例）", segment_id=chart.reagents)
    assert {who: drawn(session, cast, who).leads for who in ("officer", "leader", "outsider", "manager")} == {
        "officer": 1,
        "leader": 1,
        "outsider": 0,
        "manager": 0,
    }


def test_marks_and_text_narrow_together(session, cast, chart):
    view = drawn(session, cast, marks=frozenset({"status=missing"}), text="原料")
    assert [card.segment.key for card in view.cards if card.shown] == ["reagents"]
    assert [branch.shown for column in view.columns for branch in column.branches] == [True, False, False]


def test_changes_of_thirty_days(session, cast, chart):
    for days, before in ((3, SegmentStatus.MISSING), (40, SegmentStatus.UNKNOWN), (2, None)):
        session.add(
            SegmentChange(
                segment_id=chart.ivd,
                at=now() - timedelta(days=days),
                before=before,
                after=SegmentStatus.WEAK,
                cause="走访",
            )
        )
    session.flush()
    assert [change.before for change in drawn(session, cast).changes] == [SegmentStatus.MISSING]


def test_the_chief_is_who_the_approved_plan_names(session, cast, chart):
    for number, state, chief in ((1, PlanState.APPROVED, "周副区长"), (2, PlanState.DRAFT, "吴主任")):
        session.add(
            PlanVersion(chain_id=chart.chain, number=number, state=state, document={"chief": chief}, reason="示例")
        )
    session.flush()
    assert drawn(session, cast).chief == "周副区长"
    lines = chain_overview.overview(session, actor(session, cast.officer)).groups[0].lines
    assert [line.chief for line in lines] == ["周副区长"]


def test_neighbours_have_their_shares_and_the_ways_through(session, cast, chart):
    view = segment_page.segment_page(session, actor(session, cast.officer), "diagnostics", "ivd")
    assert [(each.segment.key, each.share) for each in view.suppliers] == [("reagents", 1)]
    assert [(each.segment.key, each.share) for each in view.customers] == [("hospitals", 1), ("cold_chain", 1)]
    assert view.missing_share == 1
    # From the raw material to the hospitals and to the cold chain.
    assert view.between == 2


def test_only_a_keeper_may_edit(session, cast, chart):
    assert drawn(session, cast, "chain_team").keeps
    assert not drawn(session, cast).keeps
    session.add(ChainMember(chain_id=chart.chain, person_id=cast.admin))
    session.flush()
    assert not drawn(session, cast, "chain_team").keeps


def test_who_may_not_see_chains_and_what_there_is_not(session, cast, chart):
    with pytest.raises(NotAllowed):
        drawn(session, cast, "security")
    officer = actor(session, cast.officer)
    with pytest.raises(NotFound):
        segment_page.segment_page(session, officer, "diagnostics", "nothing")
    with pytest.raises(NotFound):
        chain_flow.chain_flow(session, "nothing")


def test_a_flow_without_local_activity_shows_the_structure(session, cast, chart):
    assert chain_flow.chain_flow(session, "diagnostics").measure == "size"
    session.query(Placement).delete()
    session.flush()
    picture = chain_flow.chain_flow(session, "diagnostics")
    assert picture.measure == "equal"
    assert all(stream.weight > 0 for stream in picture.flow.streams)


def test_old_surveys_are_marked(session, cast, chart):
    session.get(Segment, chart.ivd).surveyed_on = today() - timedelta(days=300)
    session.flush()
    view = drawn(session, cast, marks=frozenset({"old=1"}))
    assert sorted(card.segment.key for card in view.cards if card.shown) == ["cold_chain", "ivd"]
