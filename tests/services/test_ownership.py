"""Handing over, the pool and its claims, transfers between sections, protection and referrals, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.domain.errors import Invalid, NotAllowed, NotFound, Stale
from crm.domain.leads import LeadSource, LeadState
from crm.domain.ownership import OwnershipRules, TransferKind, TransferState
from crm.domain.pipeline import Light
from crm.infra.clock import now, today
from crm.models import Activity, Lead, Notice, Transfer
from crm.services import access, audit, follow_ups, leads, ownership, projects
from crm.services.ownership import AskTransfer, PoolFilter, referrals, transfers
from crm.services.reminders.conditions import conditions
from tests.factories import actor, make_enterprise, make_lead, make_segment, next_step


def told(session, kind: str) -> list[int]:
    return sorted(session.scalars(select(Notice.person_id).where(Notice.kind == kind)))


def rules(session, cast, **values) -> None:
    ownership.set_rules(session, actor(session, cast.admin), values, "试行")


# ── Handing over ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_successor_gets_promises_the_project_and_a_note(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, next_step=next_step(2))
        me = actor(session, cast.officer)
        lead.state = LeadState.VALID
        project = projects.promote(session, me, lead.id)
        leads.hand_over(session, me, lead, cast.colleague, "谈到租金，下周三看场地", lead.version)
        assert lead.owner_id == project.owner_id == cast.colleague
        assert [step.owner_id for step in follow_ups.open_of_lead(session, lead.id)] == [cast.colleague]
        assert told(session, "lead.handed_over") == [cast.colleague]
        row = ownership.records(session, lead.id)[0]
        assert (row.kind, row.from_owner_id, row.to_owner_id) == (
            TransferKind.HAND_OVER,
            cast.officer,
            cast.colleague,
        )
        assert row.note == "谈到租金，下周三看场地"
        with pytest.raises(NotAllowed):
            leads.hand_over(session, me, lead, cast.officer, "还给我", lead.version)


@pytest.mark.parametrize(
    ("person", "note", "field"),
    [("outsider", "谈到租金", "person_id"), ("colleague", "  ", "note"), ("officer", "自己", "person_id")],
)
def test_a_hand_over_needs_a_colleague_and_a_word(database, cast, person, note, field):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        with pytest.raises(Invalid) as refused:
            leads.hand_over(session, actor(session, cast.officer), lead, getattr(cast, person), note, lead.version)
        assert refused.value.field == field


def test_a_hand_over_of_an_older_page_is_stale(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        seen = lead.version
        lead.content = "别人改过"
        session.flush()
        with pytest.raises(Stale):
            leads.hand_over(session, actor(session, cast.officer), lead, cast.colleague, "接手", seen)


# ── The pool ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_released_lead_is_seen_by_all_sections_and_claimed_by_one(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, next_step=next_step(2))
        other = actor(session, cast.outsider)
        with pytest.raises(NotFound):
            access.lead(session, other, lead.id)
        ownership.release(session, actor(session, cast.officer), lead.id, "三个月没有回音", lead.version)
        assert (lead.owner_id, lead.section_id, lead.protected_until) == (None, None, None)
        page = ownership.pool(session, other, PoolFilter())
        assert [(row.lead.id, row.release.note) for row in page.rows] == [(lead.id, "三个月没有回音")]
        # Nobody is late in the pool, and the promise waits for whoever claims it.
        assert conditions(session) == []
        ownership.claim(session, other, lead.id)
        assert (lead.owner_id, lead.section_id, lead.pooled_at) == (cast.outsider, cast.other_section, None)
        assert lead.contact.section_id == cast.other_section
        assert lead.protected_until == today() + timedelta(days=90)
        assert [step.owner_id for step in follow_ups.open_of_lead(session, lead.id)] == [cast.outsider]
        assert ownership.pool(session, other, PoolFilter()).total == 0
        released = session.scalars(select(Activity).where(Activity.kind == "lead.released")).one()
        assert released.section_id == cast.section
        with pytest.raises(Invalid, match="慢了一步"):
            ownership.claim(session, actor(session, cast.colleague), lead.id)
        assert audit.verify(session).broken_at is None


def test_who_let_a_lead_go_cannot_claim_it_back(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        ownership.release(session, actor(session, cast.chief), lead.id, "专员请长假")
        for person in (cast.officer, cast.chief):
            me = actor(session, person)
            assert ownership.claim_state(session, me).barred_until == {lead.id: today() + timedelta(days=30)}
            with pytest.raises(Invalid, match="才能再领"):
                leads.take(session, me, lead)
        rules(session, cast, reclaim_days=0)
        ownership.claim(session, actor(session, cast.officer), lead.id)
        assert lead.owner_id == cast.officer


def test_the_daily_cap_holds_and_is_a_setting(database, cast):
    with database.writing() as session:
        rules(session, cast, claims_per_day=2)
        me = actor(session, cast.outsider)
        pooled = [make_lead(session, cast.officer).id for _ in range(3)]
        for lead_id in pooled:
            ownership.release(session, actor(session, cast.officer), lead_id, "无力跟进")
        for lead_id in pooled[:2]:
            ownership.claim(session, me, lead_id)
        assert ownership.claim_state(session, me).left == 0
        with pytest.raises(Invalid, match="每天最多领取 2 条"):
            ownership.claim(session, me, pooled[2])
        for row in session.scalars(select(Transfer).where(Transfer.kind == TransferKind.CLAIM)):
            row.at = now() - timedelta(days=1, hours=1)
        session.flush()
        ownership.claim(session, me, pooled[2])


def test_a_project_a_closed_lead_or_somebody_elses_is_not_released(database, cast):
    with database.writing() as session:
        lead, closed = make_lead(session, cast.officer), make_lead(session, cast.officer)
        me = actor(session, cast.officer)
        lead.state, closed.state = LeadState.VALID, LeadState.INVALID
        projects.promote(session, me, lead.id)
        session.flush()
        with pytest.raises(Invalid, match="储备库"):
            ownership.release(session, me, lead.id, "不跟了")
        with pytest.raises(Invalid, match="结论"):
            ownership.release(session, me, closed.id, "不跟了")
        with pytest.raises(NotAllowed):
            ownership.release(session, actor(session, cast.colleague), lead.id, "不跟了")
        mine = make_lead(session, cast.officer)
        with pytest.raises(Invalid, match="为什么"):
            ownership.release(session, me, mine.id, " ")


def test_the_pool_is_filtered_and_paged_without_repeats(database, cast):
    with database.writing() as session:
        segment = make_segment(session)
        me = actor(session, cast.officer)
        for number in range(5):
            changes = {"segment_id": segment.id} if number % 2 else {"source": LeadSource.EVENT}
            lead = make_lead(session, cast.officer, name=f"{'甲乙丙丁戊'[number]}江诊断（示例）", **changes)
            ownership.release(session, me, lead.id, "无力跟进")
        seen, cursor = [], None
        while True:
            page = ownership.pool(session, me, PoolFilter(), cursor=cursor, limit=2)
            seen += [row.lead.id for row in page.rows]
            cursor = page.cursor
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == page.total == 5
        assert ownership.pool(session, me, PoolFilter(chain="biomedicine")).total == 2
        assert ownership.pool(session, me, PoolFilter(source=LeadSource.EVENT)).total == 3
        assert ownership.pool(session, me, PoolFilter(q="丁江")).total == 1
        with pytest.raises(Invalid):
            ownership.pool(session, me, PoolFilter(), cursor="x")


def test_the_pool_is_only_proposed(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        lead.protected_until = today() - timedelta(days=1)
        lead.last_activity_at = now() - timedelta(days=61)
        protected = make_lead(session, cast.officer)
        protected.last_activity_at = now() - timedelta(days=61)
        session.flush()
        assert [each.lead.id for each in ownership.proposals(session, actor(session, cast.officer))] == [lead.id]
        assert [each.lead.id for each in ownership.proposals(session, actor(session, cast.chief))] == [lead.id]
        assert ownership.proposals(session, actor(session, cast.colleague)) == []
        assert lead.owner_id == cast.officer


# ── Protection ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_protection_is_extended_once_by_the_chief_on_proof(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        me, chief = actor(session, cast.officer), actor(session, cast.chief)
        ends = lead.protected_until
        ownership.ask_extension(session, me, lead.id, "已签保密协议，见附件", lead.version)
        assert told(session, "protection.asked") == [cast.chief]
        assert lead.protected_until == ends
        with pytest.raises(Invalid, match="等科长审批"):
            ownership.ask_extension(session, me, lead.id, "再催一次")
        with pytest.raises(NotAllowed):
            ownership.extend(session, me, lead.id)
        ownership.refuse_extension(session, chief, lead.id, "协议未见附件")
        ownership.ask_extension(session, me, lead.id, "附件已补")
        ownership.extend(session, chief, lead.id)
        assert lead.protected_until == ends + timedelta(days=90)
        assert told(session, "protection.extended") == [cast.officer]
        for again in (me, chief):
            with pytest.raises(Invalid, match="只能延长一次"):
                ownership.ask_extension(session, again, lead.id, "再来")


def test_a_protection_that_ended_stays_ended(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        lead.protected_until = today() - timedelta(days=1)
        session.flush()
        with pytest.raises(Invalid, match="到期"):
            ownership.ask_extension(session, actor(session, cast.officer), lead.id, "迟到的证据")


def test_protection_lengths_are_settings_with_versions(database, cast):
    with database.writing() as session:
        rules(session, cast, protection_days=30, protection_extension_days=10)
        lead = make_lead(session, cast.officer)
        assert lead.protected_until == today() + timedelta(days=30)
        ownership.ask_extension(session, actor(session, cast.chief), lead.id, "科长自己的证据")
        assert lead.protected_until == today() + timedelta(days=40)
        assert {version.key for version in ownership.rule_history(session)} == {
            "leads.protection_days",
            "leads.protection_extension_days",
        }
        with pytest.raises(Invalid):
            rules(session, cast, protection_days=30, protection_extension_days=10)
        with pytest.raises(Invalid):
            OwnershipRules.read({"claims_per_day": 0})


# ── Transfers ────────────────────────────────────────────────────────────────────────────────────────────────────────


def asked(session, cast, lead, **changes) -> Transfer:
    values = {
        "lead_id": lead.id,
        "section_id": cast.other_section,
        "note": "对方园区在二科片区，已谈两次",
        "credit": {cast.section: 40, cast.other_section: 60},
        "version": lead.version,
    }
    return ownership.ask(session, actor(session, cast.chief), AskTransfer(**(values | changes)))


def test_a_transfer_waits_for_the_other_chief_and_takes_the_project_along(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, next_step=next_step(2))
        lead.state = LeadState.VALID
        project = projects.promote(session, actor(session, cast.officer), lead.id)
        row = asked(session, cast, lead)
        assert told(session, "transfer.asked") == [cast.other_chief]
        other = actor(session, cast.other_chief)
        with pytest.raises(NotFound):
            access.lead(session, other, lead.id)
        assert [each.id for each in ownership.inbox(session, other)] == [row.id]
        assert lead.section_id == cast.section
        ownership.accept(session, other, row.id, cast.outsider)
        assert (lead.section_id, lead.owner_id) == (cast.other_section, cast.outsider)
        assert (project.section_id, project.owner_id) == (cast.other_section, cast.outsider)
        assert row.credit == {str(cast.section): 40, str(cast.other_section): 60}
        assert told(session, "transfer.accepted") == sorted([cast.chief, cast.officer, cast.outsider])
        assert lead.contact.section_id == cast.other_section
        events = dict(session.execute(select(Activity.kind, Activity.section_id)).all())
        assert (events["transfer.asked"], events["transfer.accepted"]) == (cast.section, cast.other_section)
        with pytest.raises(Invalid, match="已经有答复"):
            ownership.refuse(session, other, row.id, "晚了")


def test_a_refused_or_withdrawn_transfer_changes_nothing(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        row = asked(session, cast, lead)
        with pytest.raises(Invalid, match="正等对方"):
            asked(session, cast, lead)
        with pytest.raises(NotFound):
            ownership.accept(session, actor(session, cast.chief), row.id, cast.officer)
        with pytest.raises(Invalid, match="为什么"):
            ownership.refuse(session, actor(session, cast.other_chief), row.id, "")
        ownership.refuse(session, actor(session, cast.other_chief), row.id, "人手不够")
        assert (row.state, lead.section_id, lead.owner_id) == (TransferState.REFUSED, cast.section, cast.officer)
        assert told(session, "transfer.refused") == sorted([cast.chief, cast.officer])
        second = asked(session, cast, lead)
        with pytest.raises(NotFound):
            ownership.withdraw(session, actor(session, cast.other_chief), second.id)
        ownership.withdraw(session, actor(session, cast.chief), second.id)
        assert ownership.pending_of(session, lead.id) is None


@pytest.mark.parametrize("split", [(50, 60), (101, -1), (100, None), (None, None)])
def test_credit_makes_a_hundred(database, cast, split):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        with pytest.raises(Invalid) as refused:
            asked(session, cast, lead, credit=dict(zip((cast.section, cast.other_section), split, strict=True)))
        assert refused.value.field == "credit"


def test_only_a_chief_transfers_and_only_the_own_sections(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        command = AskTransfer(lead_id=lead.id, section_id=cast.other_section, note="给你们", credit={})
        with pytest.raises(NotAllowed):
            ownership.ask(session, actor(session, cast.officer), command)
        with pytest.raises(NotFound):
            ownership.ask(session, actor(session, cast.other_chief), command)
        assert [each.id for each in transfers.sections(session, actor(session, cast.chief))] == [cast.other_section]


# ── Referrals ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_referrer_is_owed_an_answer_by_a_day_and_every_telling_is_kept(database, cast):
    with database.writing() as session:
        lead = make_lead(
            session,
            cast.officer,
            source=LeadSource.REFERRAL,
            referrer="周工（医械协会）",
            received_at=now() - timedelta(days=30),
        )
        make_lead(session, cast.officer)
        me = actor(session, cast.officer)
        firm = make_enterprise(session)
        ownership.name_referrer(session, me, lead, firm.id)
        assert (lead.referrer, lead.referrer_enterprise_id) == ("周工（医械协会）", firm.id)
        with pytest.raises(Invalid):
            ownership.name_referrer(session, me, lead, lead.enterprise_id)
        (found,) = ownership.owed(session, me)
        assert (found.lead.id, found.light) == (lead.id, Light.RED)
        assert referrals.owed_count(session, actor(session, cast.chief)) == 1
        assert ownership.owed(session, actor(session, cast.colleague)) == []
        leads.tell_referrer(session, me, lead, "已约看场地")
        leads.tell_referrer(session, me, lead, "已入驻")
        assert [event.params["note"] for event in ownership.told(session, lead.id)] == ["已入驻", "已约看场地"]
        assert ownership.owed(session, me) == []
        assert session.get(Lead, lead.id).referrer_told_at is not None


def test_nobody_changes_a_lead_of_the_pool_before_claiming_it(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        ownership.release(session, actor(session, cast.officer), lead.id, "无力跟进")
        for person in (cast.officer, cast.colleague, cast.other_chief):
            with pytest.raises(NotAllowed, match="先领取"):
                access.lead(session, actor(session, person), lead.id, edit=True)
        ownership.release(session, actor(session, cast.officer), lead.id, "再点一次")
        assert len(ownership.records(session, lead.id)) == 1
        leads.take(session, actor(session, cast.colleague), lead)
        assert access.lead(session, actor(session, cast.colleague), lead.id, edit=True) is lead
