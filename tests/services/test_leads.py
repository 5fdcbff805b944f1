"""Logging, finding duplicates, editing, screening and handing over leads, on both databases."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from crm.domain.errors import Duplicate, Invalid, NotAllowed, NotFound
from crm.domain.leads import LeadSource, LeadState
from crm.domain.policies import Tier
from crm.domain.space import Tenure
from crm.infra.clock import now, today
from crm.models import Activity, AuditEntry, Enterprise, EnterpriseAlias, FollowUp, Lead, Match, Notice
from crm.services import leads
from crm.services.leads import ContactFacts, EnterpriseFacts, Needs
from crm.services.leads.similar import Sameness
from tests.cast import make_cast
from tests.factories import USCC, actor, command, make_enterprise, make_lead, make_offer, next_step


def test_a_logged_lead_has_number_owner_section_protection_next_step_and_matches(database, cast):
    with database.writing() as session:
        make_offer(session, cast.park)
        lead = make_lead(session, cast.officer, next_step=next_step())
        assert lead.number == f"XS-{today().year}-0001"
        assert lead.owner_id == cast.officer
        assert lead.section_id == cast.section
        assert lead.protected_until == today() + timedelta(days=90)
        assert lead.enterprise.size == "small"
        assert lead.enterprise.tier is Tier.INCUBATION
        assert session.query(FollowUp).one().owner_id == cast.officer
        assert session.query(Match).filter_by(lead_id=lead.id).count() == 1
        kinds = [row.kind for row in session.query(Activity).order_by(Activity.id)]
        assert kinds == ["lead.created", "follow_up.planned"]
        assert session.query(AuditEntry).filter_by(action="lead.created").count() == 1


def test_numbers_are_counted_within_the_year(database, cast):
    with database.writing() as session:
        numbers = [make_lead(session, cast.officer).number for _ in range(3)]
        last_year = make_lead(session, cast.officer, received_at=now() - timedelta(days=400)).number
    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003"]
    assert last_year.endswith("-0001")
    assert last_year[:7] != numbers[0][:7]


def test_numbers_stay_unique_and_gapless_under_concurrency(own_database):
    with own_database.writing() as session:
        cast = make_cast(session)

    def log(number: int) -> str:
        with own_database.writing() as session:
            return make_lead(session, cast.officer, name=f"并发第{number}有限公司").number

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(log, range(18)))
    assert sorted(number[-4:] for number in numbers) == [f"{n:04d}" for n in range(1, 19)]


def test_simultaneous_submits_of_one_form_make_one_lead(own_database):
    with own_database.writing() as session:
        cast = make_cast(session)
    same = command(request_id="form-1", next_step=next_step())

    def log(_number: int) -> int:
        with own_database.writing() as session:
            return leads.log_lead(session, actor(session, cast.officer), same).id

    with ThreadPoolExecutor(5) as pool:
        ids = set(pool.map(log, range(10)))
    assert len(ids) == 1
    with own_database.reading() as session:
        assert session.query(Lead).count() == session.query(FollowUp).count() == session.query(Enterprise).count() == 1


def test_the_form_id_of_somebody_else_is_refused(database, cast):
    with database.writing() as session:
        make_lead(session, cast.officer, request_id="form-1")
        with pytest.raises(Duplicate):
            make_lead(session, cast.colleague, request_id="form-1")


def test_an_enquiry_of_the_public_site_belongs_to_nobody_and_tells_the_chiefs(database, cast):
    with database.writing() as session:
        lead = make_lead(session, None, source=LeadSource.WEBSITE)
        assert (lead.owner_id, lead.section_id, lead.protected_until) == (None, None, None)
        assert {row.person_id for row in session.query(Notice)} == {cast.chief, cast.other_chief}


def test_an_enquiry_changes_nothing_of_a_known_enterprise(database, cast):
    with database.writing() as session:
        firm = make_enterprise(session, "穗岭生物有限公司", employees=10)
        lead = make_lead(session, None, name="穗岭生物有限公司", source=LeadSource.WEBSITE)
        assert lead.enterprise_id == firm.id
        assert firm.employees == 10


# ── Enterprise of a lead ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_known_enterprise_is_found_by_code_name_and_alias(database, cast):
    with database.writing() as session:
        firm = make_enterprise(session, "广州立白企业集团有限公司", uscc=USCC)
        session.add(EnterpriseAlias(enterprise_id=firm.id, name="立白科技", normalised_name="立白科技"))
        session.flush()
        for changes in ({"name": "立白企业集团有限公司"}, {"name": "立白科技有限公司"}, {"name": "别名", "uscc": USCC}):
            lead = make_lead(session, cast.officer, duplicate_reason="另一个项目", **changes)
            assert lead.enterprise_id == firm.id, changes


def test_the_same_name_with_another_code_is_another_enterprise(database, cast):
    with database.writing() as session:
        firm = make_enterprise(session, "穗岭生物有限公司", uscc=USCC)
        other = make_lead(session, cast.officer, name="穗岭生物有限公司", uscc="91350100M000100Y43")
        assert other.enterprise_id != firm.id


def test_a_chosen_enterprise_that_the_name_left_behind_counts_for_nothing(database, cast):
    with database.writing() as session:
        firm = make_enterprise(session, "穗岭生物有限公司")
        facts = EnterpriseFacts(id=firm.id, name="另一家完全不同的有限公司")
        lead = leads.log_lead(session, actor(session, cast.officer), command(enterprise=facts))
        assert lead.enterprise_id != firm.id


def test_an_enterprise_that_the_officer_may_not_see_cannot_be_chosen(database, cast):
    with database.writing() as session:
        foreign = make_lead(session, cast.outsider).enterprise_id
        facts = EnterpriseFacts(id=foreign, name="随便")
        with pytest.raises(NotFound):
            leads.log_lead(session, actor(session, cast.officer), command(enterprise=facts))


def test_an_unseen_enterprise_is_only_completed_never_overwritten(database, cast):
    with database.writing() as session:
        first = make_lead(session, cast.outsider, name="穗岭生物有限公司")
        make_lead(
            session,
            cast.officer,
            duplicate_reason="另一个项目",
            enterprise=EnterpriseFacts(name="穗岭生物有限公司", employees=9999, assets_fen=100_000_000),
        )
        assert first.enterprise.employees == 86
        assert first.enterprise.assets_fen == 100_000_000


def test_an_override_of_the_tier_needs_a_reason_and_wins(database, cast):
    with database.writing() as session:
        facts = EnterpriseFacts(name="穗岭生物有限公司", tier_override=Tier.MATURE)
        with pytest.raises(Invalid) as refused:
            leads.log_lead(session, actor(session, cast.officer), command(enterprise=facts))
        assert refused.value.field == "tier_reason"
        facts = dataclasses.replace(facts, tier_override_reason="集团为链主")
        lead = leads.log_lead(session, actor(session, cast.officer), command(enterprise=facts))
        assert lead.enterprise.tier is Tier.MATURE
        assert lead.enterprise.tier_rule["reason"] == "人工判定：集团为链主"


# ── Duplicates ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mine", "why"),
    [
        ({"phone": "13812340000"}, Sameness.PHONE),
        ({"name": "广州甲乙诊断有限公司"}, Sameness.NAME),
        ({"name": "甲乙诊断股份有限公司"}, Sameness.NAME),
        ({"uscc": USCC}, Sameness.USCC),
    ],
)
def test_a_duplicate_in_another_section_is_named_without_content(database, cast, mine, why):
    with database.writing() as session:
        make_lead(session, cast.outsider, phone="13812340000", name="甲乙诊断有限公司", uscc=USCC)
        me = actor(session, cast.officer)
        with pytest.raises(Duplicate):
            leads.log_lead(session, me, command(**mine))
        wanted = {"name": mine.get("name", ""), "uscc": mine.get("uscc"), "phone": mine.get("phone", "")}
        found = leads.similar(session, me, **wanted)
        assert [(each.sameness, each.section, each.owner) for each in found] == [(why, "招商二科", "李文博")]
        assert [(each.lead_id, each.number, each.enterprise) for each in found] == [(None, None, None)]
        assert session.query(Lead).count() == 1
        saved = leads.log_lead(session, me, command(**mine, duplicate_reason="同一集团另一个项目"))
        note = session.query(Activity).filter_by(kind="lead.created", lead_id=saved.id).one()
        assert note.params["note"] == "同一集团另一个项目"


def test_a_duplicate_of_the_own_section_is_shown_with_its_number(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.colleague, phone="13812340000")
        found = leads.similar(session, actor(session, cast.officer), phone="13812340000")
        assert [(each.number, each.owner) for each in found] == [(lead.number, "林同事")]


def test_a_similar_name_is_worth_a_look_but_stops_nothing(database, cast):
    with database.writing() as session:
        make_lead(session, cast.officer, name="荔芯微流控技术有限公司")
        make_lead(session, cast.outsider, name="荔心微流控技术有限公司")
        found = leads.similar(session, actor(session, cast.officer), name="荔新微流控科技有限公司")
        assert [(each.sameness, each.enterprise) for each in found] == [(Sameness.SOUND, "荔芯微流控技术有限公司")]
        assert make_lead(session, cast.officer, name="荔新微流控科技有限公司").id


def test_a_closed_lead_is_no_duplicate(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, phone="13812340000")
        lead.state = LeadState.INVALID
        session.flush()
        assert leads.similar(session, actor(session, cast.officer), phone="13812340000") == []


# ── Checks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"enterprise": EnterpriseFacts(name="  ")}, "name"),
        ({"enterprise": EnterpriseFacts(name="！！")}, "name"),
        ({"enterprise": EnterpriseFacts(name="甲公司", employees=-1)}, "employees"),
        ({"enterprise": EnterpriseFacts(name="甲公司", revenue_fen=10**18)}, "revenue"),
        ({"enterprise": EnterpriseFacts(name="甲公司", uscc="12345")}, "uscc"),
        ({"needs": Needs(tenure=Tenure.RENT, area_min=500, area_max=100)}, "area_max"),
        ({"needs": Needs(tenure=Tenure.RENT, area_target=0)}, "area_target"),
        ({"needs": Needs(area_target=100)}, "tenure"),
        ({"needs": Needs(tenure=Tenure.RENT, budget=-1)}, "budget"),
        ({"needs": Needs(platforms=("nowhere",))}, "platforms"),
        ({"segment_id": 10**9}, "segment_id"),
        ({"investment_fen": 0}, "investment"),
        ({"source": LeadSource.REFERRAL}, "referrer"),
        ({"contact": ContactFacts(name="张", phone="1")}, "phone"),
        ({"contact": ContactFacts(email="a@example.com")}, "contact_name"),
        ({"content": "甲\x00乙"}, "content"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(database, cast, changes, field):
    with database.writing() as session:
        with pytest.raises(Invalid) as refused:
            leads.log_lead(session, actor(session, cast.officer), command(**changes))
        assert refused.value.field == field
        session.rollback()


def test_a_leader_cannot_log(database, cast):
    with database.writing() as session, pytest.raises(NotAllowed):
        make_lead(session, cast.leader)
