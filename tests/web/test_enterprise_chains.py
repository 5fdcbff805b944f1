"""The page of an enterprise: where it stands on the maps, what is missing around it, what is proposed, what it buys."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chains.engine.model import Confidence
from crm.infra.clock import today
from crm.models import Enterprise, GapTarget, Placement, SegmentEdge
from crm.services import access, enterprise_chains, enterprises, purchases
from crm.services.purchases import Order
from tests.factories import actor, make_enterprise, make_segment
from tests.statements import counted


@pytest.fixture
def placed(database, cast):
    """A firm of no section's, placed on one of three surveyed segments; its only supplier segment is empty."""
    with database.writing() as session:
        made = {
            key: make_segment(session, key=key, name=name)
            for key, name in (("raw", "诊断原料"), ("kits", "体外诊断试剂"), ("labs", "医学检验"))
        }
        for segment in made.values():
            segment.surveyed_on = today()
        made["labs"].products = ["病理检验"]
        session.add(SegmentEdge(supplier_id=made["raw"].id, customer_id=made["kits"].id))
        firm = make_enterprise(session, "荔康诊断有限公司（示例）", key=None, note="兼做病理检验")
        claim = Placement(
            enterprise_id=firm.id,
            segment_id=made["kits"].id,
            is_leader=True,
            source="实地走访（示例）",
            surveyed_on=today(),
            confidence=Confidence.VERIFIED,
        )
        session.add(claim)
        session.flush()
        return firm.id, claim.id, {key: segment.id for key, segment in made.items()}


def test_whoever_is_placed_on_a_chain_is_seen_by_all_who_read_enterprises(database, cast, sign_in, placed):
    for person, status in (
        (cast.officer, 200),
        (cast.outsider, 200),
        (cast.chain_team, 200),
        (cast.leader, 200),
        (cast.manager, 404),
        (cast.admin, 404),
    ):
        assert sign_in(person).get(f"/crm/enterprises/{placed[0]}").status_code == status
    with database.writing() as session:
        outsider = actor(session, cast.outsider)
        assert [row.enterprise.id for row in enterprises.search(session, outsider, "荔康")] == [placed[0]]
        session.delete(session.get(Placement, placed[1]))
        session.flush()
        assert enterprises.search(session, outsider, "荔康") == []
        assert not session.query(Enterprise).filter(access.enterprise_scope(outsider)).all()


def test_the_page_says_where_it_stands_and_what_is_missing_around(cast, sign_in, placed):
    page = sign_in(cast.officer).get(f"/crm/enterprises/{placed[0]}").get_data(as_text=True)
    for said in ("体外诊断试剂", "链主", "实地核实", "实地走访（示例）", "上游本地没有", "诊断原料"):
        assert said in page
    assert "下游本地没有" not in page
    assert "可能已变" not in page


def test_an_old_claim_fades(database, cast, sign_in, placed):
    with database.writing() as session:
        session.get(Placement, placed[1]).surveyed_on = today() - timedelta(days=500)
    assert "16 个月没有核实，可能已变" in sign_in(cast.officer).get(f"/crm/enterprises/{placed[0]}").get_data(
        as_text=True
    )
    with database.writing() as session:
        claim = session.get(Placement, placed[1])
        claim.surveyed_on, claim.source, claim.section = None, None, "四（三）1"
    # What the document says carries the document's date, not one of its own.
    assert "没写哪天核实的" not in sign_in(cast.officer).get(f"/crm/enterprises/{placed[0]}").get_data(as_text=True)


def test_proposals_name_their_words_and_leave_out_where_it_stands(database, cast, sign_in, placed):
    firm_id, _claim, segments = placed
    with database.reading() as session:
        firm = session.get(Enterprise, firm_id)
        known = enterprise_chains.standings(session, firm_id)
        found = enterprise_chains.ideas(session, firm, known)
        assert segments["labs"] in [idea.row.id for idea in found]
        assert segments["kits"] not in [idea.row.id for idea in found]
    page = sign_in(cast.officer).get(f"/crm/enterprises/{firm_id}").get_data(as_text=True)
    assert "<q>病理检验</q>" in page
    assert "定为主要" in page
    assert "定为主要" not in sign_in(cast.leader).get(f"/crm/enterprises/{firm_id}").get_data(as_text=True)


def test_a_proposal_becomes_the_main_segment_and_a_stale_one_does_not(database, cast, sign_in, placed):
    firm_id, _claim, segments = placed
    officer = sign_in(cast.officer)
    address = f"/crm/enterprises/{firm_id}/segment"
    with database.reading() as session:
        version = session.get(Enterprise, firm_id).version
    assert officer.post(address, data={"version": version, "segment_id": segments["labs"]}).status_code == 302
    with database.reading() as session:
        assert session.get(Enterprise, firm_id).segment_id == segments["labs"]
    stale = officer.post(address, data={"version": version, "segment_id": segments["raw"]})
    assert stale.status_code == 422
    assert "别人保存了这家企业" in stale.get_data(as_text=True)
    for nonsense in ("", "x", "999999"):
        answer = officer.post(address, data={"version": version + 1, "segment_id": nonsense})
        assert answer.status_code == 422
    assert sign_in(cast.leader).post(address, data={"version": version}).status_code == 404


def test_purchases_and_targets_stand_on_the_page_within_scope(database, cast, sign_in, placed):
    firm_id, _claim, segments = placed
    with database.writing() as session:
        order = Order(enterprise_id=firm_id, segment_id=segments["raw"], product="抗原原料", source="走访（示例）")
        purchases.record(session, actor(session, cast.officer), order)
        session.add(GapTarget(segment_id=segments["labs"], enterprise_id=firm_id, score=50, parts={}))
    for person in (cast.outsider, cast.chain_team, cast.leader):
        page = sign_in(person).get(f"/crm/enterprises/{firm_id}").get_data(as_text=True)
        assert "抗原原料" in page
        assert "在哪些目标清单上" in page


def test_the_page_keeps_its_ceiling_of_statements(cast, sign_in, placed):
    officer = sign_in(cast.officer)
    officer.get(f"/crm/enterprises/{placed[0]}")
    with counted() as statements:
        assert officer.get(f"/crm/enterprises/{placed[0]}").status_code == 200
    assert len(statements) <= 18, "\n".join(each[:100] for each in statements)
