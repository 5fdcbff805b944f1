"""Changing leads: edits with a version guard, screening, handing over; and their lists, on both databases."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from crm.domain.errors import Invalid, NotAllowed, NotFound, Stale
from crm.domain.leads import Grade, LeadSource, LeadState
from crm.domain.policies import Tier
from crm.infra.clock import today
from crm.models import Activity, AuditEntry, Contact, FollowUp, Notice
from crm.services import audience, leads, listing
from crm.services.leads import ContactFacts, EnterpriseFacts, Needs
from tests.cast import make_cast
from tests.factories import USCC, actor, command, make_enterprise, make_lead, make_segment, next_step


def test_an_edit_is_written_down_with_before_and_after(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, name="穗岭生物有限公司", phone="13812340000")
        edited = command(
            name="穗岭生物有限公司",
            phone="",
            contact=ContactFacts(title="总经理"),
            needs=dataclasses.replace(command().needs, area_target=1400),
        )
        leads.edit_lead(session, actor(session, cast.officer), lead.id, edited, lead.version)
        entry = session.query(AuditEntry).filter_by(action="lead.edited").one()
        assert entry.before["area"] == [1000, 1200, 1500]
        assert entry.after["area"] == [1000, 1400, 1500]
        assert set(entry.after["fields"]) == {"area", "contact"}
        assert lead.contact.name == "张三丰"
        assert lead.contact.phone == "13812340000"
        assert lead.contact.title == "总经理"
        assert "张三丰" not in str(entry.after) + str(entry.before)


def test_another_person_with_another_number_is_added_not_overwritten(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, name="穗岭生物有限公司", phone="13812340000")
        facts = ContactFacts(name="刘备", phone="13912340000")
        edited = command(name="穗岭生物有限公司", contact=facts)
        leads.edit_lead(session, actor(session, cast.officer), lead.id, edited, lead.version)
        assert lead.contact.name == "刘备"
        assert session.query(Contact).count() == 2


def test_a_stale_edit_is_refused(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, name="穗岭生物有限公司")
        opened, firm = lead.version, lead.enterprise.version
        me = actor(session, cast.officer)
        leads.edit_lead(session, me, lead.id, command(name="穗岭生物有限公司"), opened, firm)
        with pytest.raises(Stale):
            leads.edit_lead(session, me, lead.id, command(name="穗岭生物有限公司"), opened, firm)


def test_one_of_two_simultaneous_edits_wins_and_the_other_is_told(own_database):
    with own_database.writing() as session:
        cast = make_cast(session)
        lead = make_lead(session, cast.officer, name="穗岭生物有限公司")
        lead_id, opened = lead.id, lead.version

    def edit(area: int) -> str:
        needs = dataclasses.replace(command().needs, area_target=area)
        try:
            with own_database.writing() as session:
                wanted = command(name="穗岭生物有限公司", needs=needs)
                leads.edit_lead(session, actor(session, cast.officer), lead_id, wanted, opened)
        except Stale:
            return "stale"
        return "saved"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(edit, (1210, 1220, 1230, 1240)))
    assert sorted(outcomes) == ["saved", "stale", "stale", "stale"]


def test_an_emptied_field_becomes_unknown_and_the_code_of_another_firm_is_refused(database, cast):
    with database.writing() as session:
        make_enterprise(session, "别家有限公司", uscc=USCC)
        lead = make_lead(session, cast.officer, name="穗岭生物有限公司")
        me = actor(session, cast.officer)
        bare = command(enterprise=EnterpriseFacts(name="穗岭生物有限公司"))
        leads.edit_lead(session, me, lead.id, bare, lead.version)
        assert lead.enterprise.employees is None
        assert lead.enterprise.tier is None
        taken = command(enterprise=EnterpriseFacts(name="穗岭生物有限公司", uscc=USCC))
        with pytest.raises(Invalid) as refused:
            leads.edit_lead(session, me, lead.id, taken, lead.version)
        assert refused.value.field == "uscc"


def test_screening_stops_the_clock_and_asks_for_a_reason(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        me = actor(session, cast.officer)
        with pytest.raises(Invalid):
            leads.screen(session, me, lead, LeadState.VALID, " ", lead.version)
        with pytest.raises(Invalid):
            leads.screen(session, me, lead, LeadState.NEW, "x", lead.version)
        leads.screen(session, me, lead, LeadState.VALID, "补试剂环节", lead.version)
        assert lead.state is LeadState.VALID
        assert lead.screened_by_id == cast.officer
        with pytest.raises(NotAllowed):
            leads.screen(session, actor(session, cast.colleague), lead, LeadState.INVALID, "x", lead.version)


def test_a_lead_without_owner_is_taken_once(database, cast):
    with database.writing() as session:
        lead = make_lead(session, None, source=LeadSource.WEBSITE)
        leads.take(session, actor(session, cast.officer), lead)
        assert (lead.owner_id, lead.section_id, lead.state) == (cast.officer, cast.section, LeadState.SCREENING)
        assert lead.protected_until == today() + timedelta(days=90)
        assert session.get(Contact, lead.contact_id).section_id == cast.section
        with pytest.raises(Invalid):
            leads.take(session, actor(session, cast.colleague), lead)


def test_a_chief_hands_a_lead_to_the_own_section_with_its_promises(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, next_step=next_step())
        chief = actor(session, cast.chief)
        with pytest.raises(Invalid):
            leads.assign(session, chief, lead, cast.outsider)
        with pytest.raises(NotAllowed):
            leads.assign(session, actor(session, cast.officer), lead, cast.colleague)
        with pytest.raises(NotFound):
            leads.assign(session, actor(session, cast.other_chief), lead, cast.outsider)
        leads.assign(session, chief, lead, cast.colleague)
        assert lead.owner_id == cast.colleague
        assert session.query(FollowUp).one().owner_id == cast.colleague
        assert session.query(Notice).filter_by(person_id=cast.colleague, kind="lead.assigned").count() == 1


def test_the_referrer_is_told_and_the_class_set(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, source=LeadSource.REFERRAL, referrer="周工")
        me = actor(session, cast.officer)
        with pytest.raises(Invalid):
            leads.tell_referrer(session, me, lead, "")
        leads.tell_referrer(session, me, lead, "已约看场地")
        told_at = lead.referrer_told_at
        leads.tell_referrer(session, me, lead, "已约看场地")
        told = session.query(Activity).filter_by(kind="referrer.told").order_by(Activity.id)
        assert [row.params["note"] for row in told] == ["已约看场地"]
        leads.tell_referrer(session, me, lead, "看中 3 号楼")
        assert [row.params["note"] for row in told] == ["已约看场地", "看中 3 号楼"]
        assert lead.referrer_told_at == told_at
        leads.grade(session, me, lead, Grade.A)
        assert lead.grade is Grade.A


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_next_due_comes_first_and_the_unplanned_last(database, cast):
    with database.writing() as session:
        late = make_lead(session, cast.officer, next_step=next_step(5))
        none = make_lead(session, cast.officer)
        soon = make_lead(session, cast.officer, next_step=next_step(1))
        me = actor(session, cast.officer)
        page = listing.get("leads").select_page(session, me, listing.get("leads").read(session, me, {}))
        assert [row.id for row in page.rows] == [soon.id, late.id, none.id]
        assert (page.previous, page.next) == (None, None)


def test_filters_narrow(database, cast):
    spec = listing.get("leads")
    with database.writing() as session:
        segment = make_segment(session)
        mine = make_lead(session, cast.officer, segment_id=segment.id, name="长隆诊断有限公司")
        make_lead(session, cast.colleague)
        make_lead(session, None, source=LeadSource.WEBSITE)
        make_lead(session, cast.outsider)
        me = actor(session, cast.officer)

        def numbers(**wanted: str) -> int:
            asked = {name: [word] for name, word in ({"owner": "all"} | wanted).items()}
            return len(spec.select_page(session, me, spec.read(session, me, asked)).rows)

        assert numbers() == 3
        assert numbers(owner="mine") == 1
        assert numbers(owner="section") == 2
        assert numbers(owner="unowned") == 1
        assert numbers(chain="biomedicine") == 1
        assert numbers(segment=str(segment.id)) == 1
        assert numbers(source=LeadSource.WEBSITE.value) == 1
        assert numbers(tier=Tier.INCUBATION.value) == 3
        assert numbers(tier="unknown") == 0
        assert numbers(state=LeadState.VALID.value) == 0
        assert numbers(due="unplanned") == 3
        assert numbers(due="overdue") == 0
        for typed in ("长隆", "changlong", "zhanglong", "cl", mine.number, mine.number[-4:]):
            assert numbers(q=typed) >= 1, typed
        assert numbers(q="%") == 0


def test_what_the_reserve_gate_lacks_is_named(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, needs=Needs())
        words = {each.field for each in leads.missing_facts(lead)}
        assert {"screen", "segment_id", "tenure", "area_target", "env_class", "investment"} <= words
        assert "contact_name" not in words


def test_who_can_see_a_lead_is_said_completely(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        rows = [str(each.who) for each in audience.who_sees(lead, [], audience.everybody(session))]
        assert rows == ["陈思敏", "何志强（科长）", "区领导（区领导）", "招商一科其余 1 人", "其他科室"]
