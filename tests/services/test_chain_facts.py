"""Chains worked out: what stands in the rows is what the facts say, kept until anything of it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import time_machine

from chains.engine.model import GapAction, SegmentStatus
from crm.domain.errors import NotFound
from crm.domain.matching.model import Constraint
from crm.domain.pipeline import SideState, Stage
from crm.domain.policies import Tier
from crm.domain.space import EnvClass, Tenure, UnitStatus
from crm.infra.clock import now, today
from crm.models import Chain, LandParcel, Offer, Placement, Project, Purchase, Segment, SegmentEdge, Unit
from crm.services import chain_facts
from crm.services.chain_facts import building
from tests.factories import actor, make_enterprise, make_lead, make_offer
from tests.statements import counted

TEMPLATE = {
    "key": "bench",
    "area_min_m2": 1000,
    "area_max_m2": 2000,
    "env_class": "report_table",
    "load_kg_m2": 765,
    "clear_height_cm": 400,
    "estimate": True,
}


@dataclass
class Map:
    """A chain of three: antibodies → reagents → tests, in a group each for the first two."""

    chain: Chain
    antibody: Segment
    reagent: Segment
    testing: Segment


def make_map(session, key: str = "ivd_chain", surveyed: date | None = None) -> Map:
    """All segments surveyed today unless told otherwise; reference counts known."""
    chain = Chain(key=key, name="检测链（示例）", has_map=True, reference_total=1000, reference_source="名录（示例）")
    session.add(chain)
    session.flush()
    day = surveyed or today()

    def segment(name: str, position: str, reference: int, sort: int, **values: object) -> Segment:
        row = Segment(
            chain_id=chain.id,
            key=name,
            name=f"{name}（示例）",
            position=position,
            reference_count=reference,
            surveyed_on=day,
            sort=sort,
            **values,
        )
        session.add(row)
        session.flush()
        return row

    group = segment("inputs", "upstream", 0, 0)
    antibody = segment("antibody", "upstream", 20, 1, parent_id=group.id, template=TEMPLATE)
    reagent = segment("reagent", "midstream", 10, 2)
    testing = segment("testing", "downstream", 40, 3)
    session.add(SegmentEdge(supplier_id=antibody.id, customer_id=reagent.id))
    session.add(SegmentEdge(supplier_id=reagent.id, customer_id=testing.id))
    session.flush()
    return Map(chain, antibody, reagent, testing)


def place(session, segment: Segment, tier: Tier | None, *, leader: bool = False, **values: object) -> Placement:
    firm = make_enterprise(session, f"{segment.key}厂{len(segment.key)}{now().microsecond}（示例）", tier=tier)
    row = Placement(enterprise_id=firm.id, segment_id=segment.id, is_leader=leader, **values)
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def world(database, cast):
    """The golden case C01 in the database: everything depends on an input that nobody makes."""
    with database.writing() as session:
        made = make_map(session)
        place(session, made.reagent, Tier.MATURE, leader=True, section="四（三）1")
        place(session, made.testing, Tier.GROWTH)
        place(session, made.testing, Tier.GROWTH)
        yield session, made


def test_the_golden_case_stands_in_the_facts(world):
    session, _made = world
    found = chain_facts.facts(session, "ivd_chain")
    assert [segment.key for segment in found.segments] == ["antibody", "reagent", "testing"]
    antibody, reagent, testing = found.segments
    assert (antibody.state.status, antibody.state.action) == (SegmentStatus.MISSING, GapAction.FILL)
    assert antibody.state.priority == 1000
    assert antibody.state.parts == {"dependence": 500, "presence": 300, "downstream": 200}
    assert (reagent.state.strength, testing.state.strength) == (100, 70)
    assert antibody.customers == ("reagent",)
    assert antibody.group == "inputs"
    assert found.groups[0].segments == ("antibody",)
    assert found.statuses[SegmentStatus.STRONG] == 2
    assert found.actions[GapAction.FILL] == 1
    assert (found.firms, found.tiers) == (3, {"mature": 1, "growth": 2, "incubation": 0, "untiered": 0})
    assert reagent.firms[0].is_leader
    assert reagent.firms[0].section == "四（三）1"
    with pytest.raises(NotFound):
        chain_facts.facts(session, "no_such_chain")


def test_ranks_compare_one_action_over_all_chains_and_within_one(world):
    session, _made = world
    other = make_map(session, "other_chain")
    place(session, other.testing, Tier.INCUBATION)
    first, second = chain_facts.all_facts(session)
    fills = {
        (chain.key, segment.key): segment
        for chain in (first, second)
        for segment in chain.segments
        if segment.state.action is GapAction.FILL
    }
    ranked = sorted(fills.values(), key=lambda segment: segment.rank)
    assert [segment.rank for segment in ranked] == [1, 2, 3]
    assert [segment.standing.of for segment in ranked] == [3, 3, 3]
    assert ranked[0].state.priority >= ranked[1].state.priority >= ranked[2].state.priority
    assert fills["ivd_chain", "antibody"].rank_in_chain == 1
    assert fills["other_chain", "reagent"].rank_in_chain == 1  # beside what is present
    assert fills["other_chain", "antibody"].rank_in_chain == 2


def test_a_survey_holds_twelve_months_and_no_day_longer(world):
    session, made = world
    made.antibody.surveyed_on = date(2025, 11, 24)
    made.reagent.surveyed_on = None
    session.flush()
    with time_machine.travel("2026-11-24T04:00:00Z", tick=False):
        found = chain_facts.facts(session, "ivd_chain")
        assert found.segment("antibody").state.status is SegmentStatus.MISSING
        assert found.segment("antibody").survey_age == 12
        assert found.segment("reagent").state.status is SegmentStatus.UNKNOWN
        assert found.segment("reagent").survey_age is None
    with time_machine.travel("2026-11-25T04:00:00Z", tick=False):
        found = chain_facts.facts(session, "ivd_chain")
        antibody = found.segment("antibody").state
        assert (antibody.status, antibody.action, antibody.priority) == (SegmentStatus.UNKNOWN, GapAction.SURVEY, 0)


@pytest.mark.parametrize(
    ("today", "months", "oldest"),
    [
        (date(2026, 11, 24), 12, date(2025, 11, 24)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 31), 12, date(2025, 12, 31)),
    ],
)
def test_months_back_end_where_the_month_ends(today, months, oldest):
    assert chain_facts.Calendar(today, months).oldest == oldest


def test_an_age_counts_whole_months():
    calendar = chain_facts.Calendar(date(2026, 11, 24), 12)
    assert [calendar.age(day) for day in (date(2026, 10, 24), date(2026, 10, 25), date(2027, 1, 1))] == [1, 0, 0]


def _project(session, cast, segment: Segment, **values: object) -> Project:
    firm = make_enterprise(session, f"投资方{now().microsecond}（示例）")
    project = Project(
        **{
            "number": f"CB-{firm.id}",
            "enterprise_id": firm.id,
            "name": "抗体厂（示例）",
            "stage": Stage.SIGNED,
            "stage_since": now(),
            "segment_id": segment.id,
            "owner_id": cast.officer,
            "section_id": cast.section,
            "last_activity_at": now(),
        }
        | values
    )
    session.add(project)
    session.flush()
    return project


@pytest.mark.parametrize(
    ("values", "filling"),
    [
        ({}, True),
        ({"stage": Stage.BUILDING}, True),
        ({"stage": Stage.FRAMEWORK}, False),
        ({"stage": Stage.OPERATING}, False),
        ({"side_state": SideState.ON_HOLD}, False),
        ({"side_state": SideState.TERMINATED}, False),
    ],
)
def test_a_signed_project_that_walks_on_fills_a_gap(world, cast, values, filling):
    session, made = world
    chain_facts.facts(session, "ivd_chain")  # kept, and let go of when the project is written
    project = _project(session, cast, made.antibody, **values)
    segment = chain_facts.facts(session, "ivd_chain").segment("antibody")
    assert (segment.state.status is SegmentStatus.FILLING) == filling
    assert segment.signed_projects == ((project.id,) if filling else ())
    assert segment.state.action is GapAction.FILL


def test_what_local_firms_buy_elsewhere_is_demand(world):
    session, made = world
    place(session, made.antibody, None)
    buyer = make_enterprise(session, "买方（示例）")
    values = {"enterprise_id": buyer.id, "product": "单抗", "source": "拜访", "recorded_on": today()}
    session.add(Purchase(segment_id=made.testing.id, yearly_fen=None, **values))
    session.add(Purchase(segment_id=made.antibody.id, yearly_fen=1_860_000_000, **values))
    session.add(Purchase(segment_id=made.antibody.id, yearly_fen=640_000_000, **values))
    session.add(Purchase(segment_id=made.antibody.id, yearly_fen=900_000_000, ended_on=today(), **values))
    session.flush()
    found = chain_facts.facts(session, "ivd_chain")
    antibody, testing = found.segment("antibody"), found.segment("testing")
    assert (antibody.purchases, antibody.state.demand) == (2, 2500)
    assert antibody.state.parts["demand"] == 200  # √(16·2500) = 200
    assert (testing.purchases, testing.state.demand) == (1, 0)


def test_space_is_counted_by_place_and_needs_fresh_eyes(world, cast):
    session, _made = world
    good = {"clear_height_cm": 450, "floor_load_kg_m2": 800}
    fresh = make_offer(session, cast.park, verified_at=now(), **good)
    old = make_offer(session, cast.other_park, verified_at=now() - timedelta(days=31), **good)
    unmeasured = make_offer(session, cast.other_park, verified_at=now(), floor_load_kg_m2=800)
    make_offer(session, cast.park, verified_at=now(), clear_height_cm=300, floor_load_kg_m2=800)
    make_offer(session, cast.park, verified_at=now(), env_max=EnvClass.EXEMPT, clear_height_cm=300)
    make_offer(session, cast.park, verified_at=now(), status=UnitStatus.LET, **good)
    segment = chain_facts.facts(session, "ivd_chain").segment("antibody")
    assert (segment.room.fit, segment.room.to_verify) == (1, 2)
    assert segment.room.parks == ("甲园（示例）", "乙园（示例）")
    assert segment.room.offer_ids[0] == fresh.id
    assert set(segment.room.offer_ids) == {fresh.id, old.id, unmeasured.id}
    assert segment.room.lacking == ("净高", "环评")
    assert [row.verdict for row in chain_facts.room_rows(session, segment)] == [
        "fit",
        "to_verify",
        "to_verify",
        "blocked",
        "blocked",
    ]
    session.get(Unit, fresh.unit_id).clear_height_cm = 380
    assert chain_facts.facts(session, "ivd_chain").segment("antibody").room.fit == 0
    assert chain_facts.facts(session, "ivd_chain").segment("testing").room == chain_facts.Room()


def test_facts_are_kept_until_something_of_them_changes(world):
    session, made = world
    first = chain_facts.all_facts(session)
    with counted() as statements:
        assert chain_facts.all_facts(session) is first
    assert len(statements) <= 2, statements
    placed = place(session, made.antibody, None)
    second = chain_facts.facts(session, "ivd_chain").segment("antibody")
    assert (second.state.count, second.state.untiered, second.state.size) == (1, 1, 1)
    placed.enterprise.tier = Tier.MATURE
    third = chain_facts.facts(session, "ivd_chain").segment("antibody")
    assert (third.state.mature, third.state.size) == (1, 10)
    session.delete(placed)
    session.flush()
    assert chain_facts.facts(session, "ivd_chain").segment("antibody").state.count == 0


def test_statements_do_not_grow_with_chains(world):
    session, _made = world
    session.flush()
    with counted() as few:
        chain_facts.all_facts(session)
    for number in range(3):
        other = make_map(session, f"chain_{number}")
        place(session, other.reagent, Tier.GROWTH)
    with counted() as many:
        chain_facts.all_facts(session)
    assert len(many) <= len(few) <= 20, many


def test_aims_are_counted_within_the_scope(world, cast):
    session, made = world
    for _ in range(4):
        make_lead(session, cast.officer).segment_id = made.antibody.id
    make_lead(session, cast.outsider, name="别科公司（示例）").segment_id = made.antibody.id
    project = _project(session, cast, made.antibody, stage=Stage.NEGOTIATING)
    grown = make_lead(session, cast.officer, name="已立项公司（示例）")
    grown.segment_id, project.lead_id = made.antibody.id, grown.id
    session.flush()

    def seen(person: int) -> tuple[int, int]:
        found = chain_facts.aims(session, actor(session, person), made.chain.id).get(made.antibody.id)
        return (found.leads, found.projects) if found else (0, 0)

    assert seen(cast.officer) == (4, 1)
    assert seen(cast.outsider) == (1, 0)
    assert seen(cast.leader) == (5, 1)
    assert seen(cast.chain_team) == (0, 1)
    assert seen(cast.manager) == (0, 0)
    names = chain_facts.aims(session, actor(session, cast.officer), None)[made.antibody.id].names
    assert len(names) == 3
    assert names[0] == project.enterprise.name
    assert chain_facts.aims(session, actor(session, cast.leader), made.chain.id + 999) == {}


def test_an_edited_map_has_no_space_judged_again(world, cast):
    session, made = world
    make_offer(session, cast.park, verified_at=now(), clear_height_cm=450, floor_load_kg_m2=800)
    before = chain_facts.read_rooms(session)
    made.antibody.name = "改名（示例）"
    assert chain_facts.facts(session, "ivd_chain").segment("antibody").room.fit == 1
    assert chain_facts.read_rooms(session) is before
    make_offer(session, cast.park, verified_at=now(), clear_height_cm=460, floor_load_kg_m2=800)
    assert chain_facts.facts(session, "ivd_chain").segment("antibody").room.fit == 2
    assert chain_facts.read_rooms(session) is not before


def test_land_is_measured_in_its_own_unit_and_is_built_on(world, cast):
    session, made = world
    small, large, low = (
        LandParcel(park_id=cast.park, name=name, free_cmu=free, min_cmu=least, verified_at=now(), power_kva=None)
        for name, free, least in (("地块一", 149, 100), ("地块二", 150, 150), ("地块三", 5000, 5000))
    )
    for parcel in (small, large, low):
        parcel.env_max = EnvClass.REPORT_BOOK
    session.add_all([small, large, low])
    session.flush()
    session.add_all(
        Offer(park_id=cast.park, parcel_id=parcel.id, tenure=Tenure.LAND, is_active=True, tiers=[], instruments=[])
        for parcel in (small, large, low)
    )
    session.flush()
    segment = chain_facts.facts(session, "ivd_chain").segment("antibody")
    rows = {row.place.unit_name: row for row in chain_facts.room_rows(session, segment)}
    assert segment.room.fit == 1  # 1,000 m² are 150 of 0.01 亩, at most 300
    assert rows["地块二"].verdict == "fit"
    assert rows["地块一"].failed == rows["地块三"].failed == (Constraint.AREA,)
    assert made.antibody.template["load_kg_m2"]  # carried by what is built


def test_only_the_chain_that_changed_is_reckoned_again(world, monkeypatch):
    session, made = world
    other = make_map(session, "other_chain")
    place(session, other.testing, Tier.MATURE)
    chain_facts.all_facts(session)
    reckoned: list[str] = []
    reckon = building.reckon

    def counting(rows, calendar):
        reckoned.append(rows.chain.key)
        return reckon(rows, calendar)

    monkeypatch.setattr(building, "reckon", counting)
    place(session, made.antibody, Tier.MATURE, leader=True)
    first, second = chain_facts.all_facts(session)
    assert reckoned == ["ivd_chain"]
    assert first.segment("antibody").state.status is SegmentStatus.STRONG
    assert (second.segment("antibody").rank, second.segment("antibody").standing.of) == (2, 2)
    assert second.segments[0] is second.segment("antibody")
