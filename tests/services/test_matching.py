"""Matching reads the database rightly: units, parks and leads become the engine's words, and rows are kept."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from crm.domain.leads import LeadSource
from crm.domain.policies import Tier
from crm.domain.space import EnvClass, Tenure, UnitStatus
from crm.infra.clock import now
from crm.models import Building, Chain, Enterprise, Lead, Match, Offer, Park, ParkPositioning, Segment, Unit
from crm.services import matching


@pytest.fixture
def world(database, cast):
    """One lead and three floors: a fitting one, one with an unrecorded floor load, one that is too low."""
    with database.writing() as session:
        chain = Chain(key="biomedicine", name="生物医药", has_map=True)
        session.add(chain)
        session.flush()
        segment = Segment(chain_id=chain.id, key="ivd", name="体外诊断试剂", position="midstream")
        session.add(segment)
        session.flush()
        session.add(ParkPositioning(park_id=cast.park, chain_id=chain.id, segment_id=segment.id, weight=1000))
        session.add(ParkPositioning(park_id=cast.other_park, chain_id=chain.id, weight=800))
        third = Park(name="丙园（示例）", kind="park", platform_id=cast.platform)
        session.add(third)
        session.flush()
        for park_id, load, height in (
            (cast.park, 1000, 500),
            (cast.other_park, None, 500),
            (third.id, 1000, 420),
        ):
            building = Building(park_id=park_id, name="1 栋")
            session.add(building)
            session.flush()
            unit = Unit(
                building_id=building.id,
                name="2 层",
                status=UnitStatus.AVAILABLE,
                free_m2=1000,
                total_m2=1000,
                min_lettable_m2=1000,
                clear_height_cm=height,
                floor_load_kg_m2=load,
                power_kva=400,
                available_from=date(2026, 12, 1),
            )
            session.add(unit)
            session.flush()
            session.add(Offer(park_id=park_id, unit_id=unit.id, tenure=Tenure.RENT, price=4000))
        enterprise = Enterprise(
            name="示例公司",
            normalised_name="示例公司",
            core_name="示例",
            tier=Tier.GROWTH,
            segment_id=segment.id,
        )
        session.add(enterprise)
        session.flush()
        lead = Lead(
            number="XS-2026-0001",
            enterprise_id=enterprise.id,
            source=LeadSource.PHONE,
            received_at=now(),
            last_activity_at=now(),
            section_id=cast.section,
            owner_id=cast.officer,
            tenure=Tenure.RENT,
            area_min=800,
            area_target=1000,
            area_max=1300,
            budget=5000,
            floor_load_kg_m2=800,
            clear_height_cm=450,
            platforms=["hailongwei"],
            env_class=EnvClass.EXEMPT,
        )
        session.add(lead)
        session.flush()
        return lead.id


def test_a_lead_sees_fit_before_to_verify_and_the_near_miss_in_numbers(database, cast, world):
    with database.reading() as session:
        view = matching.match_parks(session, session.get(Lead, world))
    assert [row.place.park_id for row in view.rows] == [cast.park, cast.other_park]
    assert [row.match.status.value for row in view.rows] == ["fit", "to_verify"]
    assert (view.ranking.fit, view.ranking.to_verify, view.ranking.blocked) == (1, 1, 1)
    # clear height 420 of 450 cm: 1000 × 30 / 450 = 66.7, rounded up to 67 per mille
    assert [(miss.gap, miss.change.render()) for miss in view.misses] == [("6.7%", "净高要求降到 4.2 m即可匹配")]
    assert view.question.sentence.render() == "楼面荷载是多少？"
    assert view.question.place.park_id == cast.other_park


def test_the_whole_chain_as_positioning_counts_a_quarter(database, cast, world):
    with database.reading() as session:
        view = matching.match_parks(session, session.get(Lead, world))
    focus = [row.match.parts[0].low for row in view.rows]
    assert focus == [1000, 200]


def test_each_row_explains_itself_in_words_and_its_points_add_up(database, cast, world):
    with database.reading() as session:
        view = matching.match_parks(session, session.get(Lead, world))
    best = view.rows[0]
    assert "定位含「体外诊断试剂」" in [remark.render() for remark in best.remarks]
    assert "价格低于预算 20%" in [remark.render() for remark in best.remarks]
    assert len(best.rows) == 7
    assert best.enterprise_points[0] + best.district_points[0] == best.match.low


def test_kept_rows_follow_the_need_and_remember_when_a_park_was_first_seen(database, cast, world):
    with database.writing() as session:
        matching.rematch(session, session.get(Lead, world))
    with database.writing() as session:
        first = {row.park_id: row.first_seen_at for row in session.scalars(select(Match))}
        lead = session.get(Lead, world)
        lead.floor_load_kg_m2 = None
        matching.rematch(session, lead)
    with database.reading() as session:
        rows = session.scalars(select(Match).order_by(Match.rank)).all()
        assert {row.status for row in rows} == {"fit"}
        assert {row.park_id: row.first_seen_at for row in rows} == first


def test_a_unit_that_is_let_blocks_and_is_no_near_miss(database, cast, world):
    with database.writing() as session:
        for unit in session.scalars(select(Unit)):
            unit.status = UnitStatus.LET
    with database.writing() as session:
        view = matching.rematch(session, session.get(Lead, world))
    assert (view.rows, view.misses, view.ranking.blocked) == ((), (), 3)
