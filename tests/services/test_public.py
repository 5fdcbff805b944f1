"""The public site shows public fields of public parks, and compares space with what the visitor stated only."""

from __future__ import annotations

from datetime import date

import pytest

from crm.domain.matching import Constraint, Status
from crm.domain.policies import Tier
from crm.domain.space import Tenure, UnitStatus
from crm.models import Building, Chain, Offer, Park, ParkPositioning, Policy, Segment, TierMeasure, Unit
from crm.services import public, public_space
from crm.services.public_space import SpaceQuery, search_space


def _floor(session, park_id, name, *, tenure=Tenure.RENT, price=4000, status=UnitStatus.AVAILABLE, **facts):
    building = Building(park_id=park_id, name=name)
    session.add(building)
    session.flush()
    values = {"free_m2": 1000, "total_m2": 1000, "min_lettable_m2": 200, "clear_height_cm": 500} | facts
    unit = Unit(building_id=building.id, name="2 层", status=status, **values)
    session.add(unit)
    session.flush()
    offer = Offer(park_id=park_id, unit_id=unit.id, tenure=tenure, price=price)
    session.add(offer)
    session.flush()
    return offer.id


@pytest.fixture
def space(database, cast):
    """Two public parks with a floor each, a hidden park with one, a let floor, and a public park without any."""
    with database.writing() as session:
        chain = Chain(key="biomedicine", name="生物医药", group="优势链条", section="四（三）1", has_map=True)
        other = Chain(key="fashion", name="时尚", group="优势链条", section="四（三）1", sort=1)
        session.add_all([chain, other])
        session.flush()
        session.add(Segment(chain_id=chain.id, key="ivd", name="体外诊断", position="midstream"))
        session.add(ParkPositioning(park_id=cast.park, chain_id=chain.id, weight=900))
        hidden = Park(name="未公开园", kind="park", platform_id=cast.platform, is_public=False)
        silent = Park(
            name="无房源园", kind="park", platform_id=cast.platform, facts=[{"text": "甲", "section": "三（二）3"}]
        )
        session.add_all([hidden, silent])
        session.flush()
        ids = {
            "known": _floor(session, cast.park, "1 栋", floor_load_kg_m2=1000),
            "unrecorded": _floor(session, cast.other_park, "2 栋", floor_load_kg_m2=None),
            "hidden": _floor(session, hidden.id, "3 栋", floor_load_kg_m2=1000),
            "let": _floor(session, cast.park, "4 栋", status=UnitStatus.LET),
            "bought": _floor(session, cast.park, "5 栋", tenure=Tenure.BUY, price=9000),
        }
        return ids | {"hidden_park": hidden.id, "silent_park": silent.id}


def _answer(database, **stated):
    with database.reading() as session:
        return search_space(session, SpaceQuery(**stated))


def test_only_available_offers_of_public_parks_in_the_tenure_are_shown(database, space):
    answer = _answer(database)
    assert {row.offer.id for row in answer.rows} == {space["known"], space["unrecorded"]}
    assert {row.offer.id for row in _answer(database, tenure=Tenure.BUY).rows} == {space["bought"]}


def test_what_the_visitor_left_open_is_not_held_against_an_offer(database, space):
    answer = _answer(database)
    assert (answer.fit, answer.to_verify) == (2, 0)


def test_an_unrecorded_value_is_to_verify_once_it_is_asked_about(database, space):
    rows = {row.offer.id: row for row in _answer(database, load_kg_m2=765).rows}
    assert rows[space["known"]].status is Status.FIT
    assert rows[space["unrecorded"]].status is Status.TO_VERIFY
    assert rows[space["unrecorded"]].unknown == {Constraint.LOAD}


def test_an_offer_that_misses_one_condition_is_a_near_miss_with_the_figure_that_suffices(database, space):
    answer = _answer(database, height_cm=550)
    assert answer.rows == ()
    assert {miss.row.offer.id for miss in answer.misses} == {space["known"], space["unrecorded"]}
    assert answer.misses[0].change.render() == "净高要求降到 5 m即可匹配"


def test_a_hidden_park_is_nowhere(database, space):
    answer = _answer(database, height_cm=550)
    named = {row.park_id for row in answer.rows} | {miss.row.park_id for miss in answer.misses}
    named |= {park.id for park in answer.silent}
    assert space["hidden_park"] not in named
    with database.reading() as session:
        assert all("未公开园" not in card.carriers for card in public.platforms(session))


def test_a_park_without_offers_is_named_as_such_with_its_section(database, space):
    silent = _answer(database).silent
    assert [(park.id, park.section) for park in silent] == [(space["silent_park"], "三（二）3")]


def test_a_chain_keeps_the_parks_positioned_on_it(database, space):
    assert [row.offer.id for row in _answer(database, chain="biomedicine").rows] == [space["known"]]
    assert _answer(database, chain="fashion").rows == ()
    assert _answer(database, chain="no-such-chain").rows == ()


def test_tier_and_platform_and_date_are_compared(database, cast, space):
    with database.writing() as session:
        session.get(Offer, space["known"]).tiers = [Tier.MATURE.value]
        session.get(Offer, space["unrecorded"]).unit.available_from = date(2027, 3, 1)
    rows = _answer(database, tier=Tier.GROWTH, needed_on=date(2027, 1, 1)).rows
    assert rows == ()
    assert len(_answer(database, platforms=frozenset({"hailongwei"})).rows) == 2
    assert _answer(database, platforms=frozenset({"elsewhere"})).rows == ()


def test_the_answer_carries_no_score_and_no_lease(database, space):
    row = _answer(database).rows[0]
    shown = set(public_space.SpaceRow.__dataclass_fields__)
    assert not shown & {"score", "low", "high", "lease_end", "verified_by"}
    assert row.park_name == "甲园（示例）"


def test_chains_stand_in_their_groups_with_segments_and_parks(database, space):
    with database.reading() as session:
        (group,) = public.chain_groups(session)
    assert [chain.key for chain in group.chains] == ["biomedicine", "fashion"]
    assert group.chains[0].positions == (("midstream", (("体外诊断", None),)),)
    assert group.chains[0].parks == ((group.chains[0].parks[0][0], "甲园（示例）"),)
    assert group.chains[1].positions == ()


def test_policies_without_a_tier_are_for_every_tier(database):
    with database.writing() as session:
        common = {"summary": "摘要", "section": "四（一）1"}
        session.add(Policy(key="a", title="甲", category="土地", tiers=[], sort=1, **common))
        session.add(Policy(key="b", title="乙", category="载体", tiers=["growth"], sort=2, **common))
        session.add(
            TierMeasure(tier=Tier.GROWTH, applies_to=["成长型企业"], measures=["靶向招商"], section="四（三）2")
        )
    with database.reading() as session:
        assert [p.key for p in public.policies(session, tier=Tier.GROWTH).policies] == ["a", "b"]
        mature = public.policies(session, tier=Tier.MATURE)
        assert [p.key for p in mature.policies] == ["a"]
        assert (mature.categories, mature.total) == (("土地", "载体"), 2)
        assert [p.key for p in public.policies(session, category="载体").policies] == ["b"]
        assert [card.measures for card in public.tier_cards(session)] == [("靶向招商",)]
