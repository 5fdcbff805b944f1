"""The history of a record and the light of a lead: read in scope, in words, right at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.domain.errors import NotFound
from crm.domain.leads import LeadSource, LeadState
from crm.domain.pipeline import Light
from crm.domain.reminders import Rule
from crm.domain.space import Tenure
from crm.infra.clock import now
from crm.models import Reminder
from crm.services import contacts, follow_ups, history, leads, reminders, timeline
from crm.services.follow_ups import Done
from crm.services.leads import Needs
from crm.services.timeline import Show
from tests.factories import actor, command, make_lead, next_step


def edited(session, cast, lead, **changes):
    """The lead after an edit by its officer; everything else as it was logged."""
    leads.edit_lead(session, actor(session, cast.officer), lead.id, command(**changes), lead.version)
    session.flush()


# ── History ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edit_is_told_with_who_before_and_after_and_the_enterprise_has_its_own(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        firm = lead.enterprise
        edited(
            session, cast, lead, name="岭南微流控有限公司（示例）", needs=Needs(tenure=Tenure.LAND, area_target=2000)
        )
        officer = actor(session, cast.officer)
        lines, more = history.read(session, officer, "lead", lead)
        assert more is None
        assert [line.action for line in lines] == ["lead.edited", "lead.created"]
        newest = lines[0]
        assert newest.person == "陈思敏"
        shown = {str(each.field): (str(each.before), str(each.after)) for each in newest.changes}
        assert shown["租售方式"] == ("租", "拿地")
        assert shown["面积"] == ("1,000 ㎡ / 1,200 ㎡ / 1,500 ㎡", "— / 20 亩 / —")
        assert shown["价格上限"] == ("45 元/㎡/月", "—")
        (of_firm,) = history.read(session, officer, "enterprise", firm)[0]
        names = {str(each.field): str(each.after) for each in of_firm.changes}
        assert names["企业名称"] == "岭南微流控有限公司（示例）"


def test_contacts_stay_masked_and_numbers_in_words_too_for_who_may_not_see_them(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        edited(session, cast, lead, phone="13912340000", content="改打 13800138000 找刘工")
        told = history.read(session, actor(session, cast.officer), "lead", lead)[0]
        text = " ".join(str(each.after) for line in told for each in line.changes)
        assert "13912340000" not in text
        assert "139****0000" in text
        assert "13800138000" in text
        for_leader = history.read(session, actor(session, cast.leader), "lead", lead)[0]
        assert "13800138000" not in " ".join(str(each.after) for line in for_leader for each in line.changes)


def test_history_is_in_scope_and_only_of_known_kinds(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        for person_id in (cast.outsider, cast.manager, cast.admin):
            with pytest.raises(NotFound):
                history.subject(session, actor(session, person_id), "lead", lead.id)
        with pytest.raises(NotFound):
            history.subject(session, actor(session, cast.officer), "person", cast.officer)
        assert history.subject(session, actor(session, cast.leader), "lead", lead.id).id == lead.id


def test_pages_of_a_long_history_keep_the_units(database, cast, monkeypatch):
    monkeypatch.setattr(history, "PAGE", 2)
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        for tenure, area in ((Tenure.RENT, 1300), (Tenure.LAND, 2000), (Tenure.LAND, 2500)):
            edited(session, cast, lead, needs=Needs(tenure=tenure, area_target=area))
        officer, seen, before = actor(session, cast.officer), [], None
        while True:
            lines, before = history.read(session, officer, "lead", lead, before=before)
            seen += [str(each.after) for line in lines for each in line.changes if str(each.field) == "面积"]
            if before is None:
                break
        assert seen == ["— / 25 亩 / —", "— / 20 亩 / —", "— / 1,300 ㎡ / —"]


def test_who_looked_at_a_contact_is_listed_masked(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        contacts.reveal(session, actor(session, cast.colleague), lead, lead.contact_id)
        (look,) = history.reveals(session, lead)
        assert (look.person, look.section, look.contact) == ("林同事", "招商一科", "张**")


# ── The light ────────────────────────────────────────────────────────────────────────────────────────────────────────


def light_of(session, lead) -> reminders.LeadLight:
    return reminders.of_lead(session, lead, None, follow_ups.open_of_lead(session, lead.id), [])


def test_a_late_promise_is_red_and_green_the_moment_it_is_kept(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, next_step=next_step(1))
        step = follow_ups.open_of_lead(session, lead.id)[0]
        step.due_at = now() - timedelta(days=9)
        session.flush()
        light = light_of(session, lead)
        assert (light.light, light.rule) == (Light.RED, Rule.FOLLOW_UP_DUE)
        follow_ups.complete(session, actor(session, cast.officer), step, Done(outcome="通了电话"))
        session.flush()
        assert light_of(session, lead).light is Light.GREEN


def test_silence_counts_from_substance_not_from_edits(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, source=LeadSource.PHONE)
        lead.last_activity_at = now() - timedelta(days=95)
        lead.state = LeadState.VALID
        session.flush()
        edited(session, cast, lead, content="只改了一句诉求")
        light = light_of(session, lead)
        assert (light.light, light.rule) == (Light.RED, Rule.LEAD_SILENT)
        assert "95 天没有实质进展" in str(light.detail)


def test_the_light_agrees_with_the_reminders_that_are_planned(database, cast):
    """One lead, both ways: what the page says at once is what the planner writes down."""
    with database.writing() as session:
        lead = make_lead(session, cast.officer, source=LeadSource.REFERRAL, referrer="周工")
        lead.received_at = lead.last_activity_at = now() - timedelta(days=30)
        session.flush()
        reminders.plan(session, "liantu.example")
        planned = {row.rule for row in session.query(Reminder).filter_by(lead_id=lead.id, ended_at=None)}
        light = light_of(session, lead)
        assert light.light is Light.RED
        assert light.rule.value in planned


# ── The timeline ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_tabs_of_the_timeline_show_what_they_say_and_pages_follow_without_gap(database, cast, monkeypatch):
    monkeypatch.setattr(timeline, "PAGE", 3)
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        officer = actor(session, cast.officer)
        for number in range(5):
            timeline.note(session, officer, "referrer.told", lead, note=str(number))
            timeline.note(session, officer, "lead.graded", lead, grade="A")
        session.flush()
        seen, before = [], None
        while True:
            page = timeline.of_lead(session, lead.id, Show.ALL, before=before)
            seen += [event.id for event in page.events]
            before = page.more
            if before is None:
                break
        assert len(seen) == len(set(seen)) == 11
        assert seen == sorted(seen, reverse=True)
        substantive = timeline.of_lead(session, lead.id, Show.SUBSTANTIVE).events
        assert {event.kind for event in substantive} == {"referrer.told"}
        assert timeline.of_lead(session, lead.id, Show.FILES).events == []
