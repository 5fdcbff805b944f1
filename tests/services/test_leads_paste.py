"""Paste, pre-match and drafts with a database: what the product's own words add, what is kept, and whose it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from crm.domain.errors import Invalid, NotAllowed, NotFound
from crm.domain.space import Tenure
from crm.infra.clock import now
from crm.models import Lead, LeadDraft, Match
from crm.services import leads, matching
from crm.services.leads import drafts
from crm.services.leads.commands import LogLead, Needs
from crm.services.leads.paste import masked, read_message
from crm.services.leads.prematch import prematch
from tests.factories import actor as who_is
from tests.factories import command, make_offer, make_segment

MESSAGE = "推荐一家：荔湾示例微流控有限公司，做体外诊断试剂，海龙围优先，租1200平，联系人罗小姐13800000000"


# ── Paste ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_segments_and_platforms_are_those_of_the_database(database, cast):
    with database.writing() as session:
        segment = make_segment(session)
        reading = read_message(session, who_is(session, cast.officer), MESSAGE)
        assert reading.values["segment_id"] == str(segment.id)
        assert reading.values["platforms"] == "hailongwei"


def test_colleagues_of_the_section_are_no_contacts(database, cast):
    with database.writing() as session:
        actor = who_is(session, cast.officer)
        reading = read_message(session, actor, f"联系人{actor.name}，电话13800000000")
        assert "contact_name" not in reading.values


def test_only_who_may_log_leads_may_read_messages(database, cast):
    with database.writing() as session, pytest.raises(NotAllowed):
        read_message(session, who_is(session, cast.leader), MESSAGE)


def test_the_message_is_kept_with_the_lead_and_an_edit_leaves_it(database, cast):
    with database.writing() as session:
        actor = who_is(session, cast.officer)
        lead = leads.log_lead(session, actor, command(pasted=MESSAGE))
        assert lead.pasted == MESSAGE
        leads.edit_lead(session, actor, lead.id, command(pasted="", duplicate_reason=""), lead.version)
        assert session.get_one(Lead, lead.id).pasted == MESSAGE


def test_a_message_that_cannot_be_kept_is_refused(database, cast):
    with database.writing() as session:
        with pytest.raises(Invalid) as refused:
            leads.log_lead(session, who_is(session, cast.officer), command(pasted="一" * 20_001))
        assert refused.value.field == "pasted"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("联系人罗小姐 138 0000 0000，租1200平", "联系人罗小姐 138****0000，租1200平"),
        ("传真：020-8123 4567，邮箱 luo@example.com", "传真：020-****4567，邮箱 l***@example.com"),
        ("> 旧邮件 13511112222", "> 旧邮件 135****2222"),
        ("+852 9123 4567", "+85****4567"),
        ("身份证440106198503120018，账号 6222 0236 0200 1234 567", "身份证****0018，账号 ****4567"),
        ("信用代码91440101MA5D2XK73K", "信用代码91440101MA5D2XK73K"),
        ("租1200平，预计投1800万", "租1200平，预计投1800万"),
    ],
)
def test_numbers_and_addresses_of_a_kept_message_are_masked(text, shown):
    assert masked(text) == shown


# ── Pre-match ────────────────────────────────────────────────────────────────────────────────────────────────────────


def need(**values: object) -> LogLead:
    return command(needs=Needs(**values))


def test_prematch_counts_the_inventory_and_stores_nothing(database, cast):
    with database.writing() as session:
        actor = who_is(session, cast.officer)
        make_offer(session, cast.park)
        found = prematch(session, actor, need(tenure=Tenure.RENT, area_target=800), None)
        assert found is not None
        assert found.fit + found.to_verify == 1
        assert found.question is not None
        other = prematch(session, actor, need(tenure=Tenure.LAND, area_target=2000), None)
        assert other is not None
        assert (other.fit, other.to_verify, other.blocked) == (0, 0, 1)
        session.flush()
        assert session.scalar(select(func.count()).select_from(Lead)) == 0
        assert session.scalar(select(func.count()).select_from(Match)) == 0


def test_prematch_is_the_match_that_saving_gives(database, cast):
    with database.writing() as session:
        actor = who_is(session, cast.officer)
        make_offer(session, cast.park)
        wanted = command(needs=Needs(tenure=Tenure.RENT, area_min=700, area_target=800, area_max=1000))
        before = prematch(session, actor, wanted, None)
        after = matching.match_parks(session, leads.log_lead(session, actor, wanted)).ranking
        assert before is not None
        assert (before.fit, before.to_verify, before.blocked) == (after.fit, after.to_verify, after.blocked)


def test_no_prematch_before_the_tenure_is_said(database, cast):
    with database.writing() as session:
        assert prematch(session, who_is(session, cast.officer), need(), None) is None


# ── Drafts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_saving_a_form_again_replaces_its_draft(database, cast):
    with database.writing() as session:
        actor = who_is(session, cast.officer)
        first = drafts.save(session, actor, {"request_id": "one", "name": "甲（示例）"}, "")
        again = drafts.save(session, actor, {"request_id": "one", "name": "乙（示例）", "phone": "138"}, MESSAGE)
        drafts.save(session, actor, {"request_id": "two", "platforms": ["hailongwei"]}, MESSAGE)
        assert first.id == again.id
        mine = drafts.mine(session, actor)
        assert {draft.title for draft in mine} == {"乙（示例）", MESSAGE[:60]}
        assert again.form == {"request_id": "one", "name": "乙（示例）", "phone": "138"}
        assert again.pasted == MESSAGE


def test_a_draft_is_nobody_elses(database, cast):
    with database.writing() as session:
        draft = drafts.save(session, who_is(session, cast.officer), {"name": "甲（示例）"}, "")
        for who in (cast.colleague, cast.chief, cast.outsider, cast.leader, cast.admin):
            stranger = who_is(session, who)
            assert drafts.mine(session, stranger) == []
            with pytest.raises(NotFound):
                drafts.load(session, stranger, draft.id)
            with pytest.raises(NotFound):
                drafts.remove(session, stranger, draft.id)


def test_the_draft_goes_when_the_form_becomes_a_lead(database, cast):
    with database.writing() as session:
        actor = who_is(session, cast.officer)
        drafts.save(session, actor, {"request_id": "one", "name": "甲（示例）"}, "")
        drafts.save(session, actor, {"request_id": "two", "name": "乙（示例）"}, "")
        drafts.settled(session, actor, "one")
        session.flush()
        assert [draft.title for draft in drafts.mine(session, actor)] == ["乙（示例）"]
        drafts.settled(session, actor, None)
        assert len(drafts.mine(session, actor)) == 1


def test_drafts_have_an_end(database, cast):
    with database.writing() as session:
        actor = who_is(session, cast.officer)
        for at in range(drafts.MOST):
            drafts.save(session, actor, {"request_id": str(at), "name": "甲（示例）"}, "")
        with pytest.raises(Invalid):
            drafts.save(session, actor, {"request_id": "more"}, "")
        session.execute(update(LeadDraft).values(updated_at=now() - timedelta(days=drafts.KEPT_DAYS + 1)))
        assert drafts.mine(session, actor) == []
        drafts.save(session, actor, {"request_id": "more", "name": "乙（示例）"}, "")
        assert session.scalar(select(func.count()).select_from(LeadDraft)) == 1
