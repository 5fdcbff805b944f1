"""The daily digest of each role: its first sentence, its lists, its links, and what it never shows."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import time_machine

from crm.domain.leads import LeadState
from crm.infra.config import Settings
from crm.infra.db import Database
from crm.models import Contact, Enterprise, Lead, Person
from crm.services import reminders
from crm.services.access import actor_for
from tests.cast import Cast
from tests.planning import make_chain, make_task
from tests.reminding import DOMAIN, FRIDAY, MONDAY, at, follow_up, introduction, lead
from workers.emails.letter import NothingToSayError, Rendered
from workers.emails.render import render

LATE = date(2026, 12, 3)


@pytest.fixture
def world(database: Database, cast: Cast) -> Cast:
    """A lead overdue, one due today, one that nobody owns, one introduced, one of another section."""
    with database.writing() as session:
        overdue = lead(session, cast, 1, is_demo=True)
        contact = Contact(enterprise_id=overdue.enterprise_id, name="张三丰", phone="13800000000")
        session.add(contact)
        session.flush()
        overdue.contact_id = contact.id
        follow_up(session, overdue, at(FRIDAY, 15), subject="问清<竞争地> & 进场")
        follow_up(session, lead(session, cast, 2), at(MONDAY, 14, 30), subject="补能耗")
        lead(session, cast, 3, owner_id=None, state=LeadState.NEW)
        introduction(session, cast, lead(session, cast, 4))
        follow_up(session, lead(session, cast, 5), at(MONDAY + timedelta(days=1), 9), subject="改推介")
        follow_up(session, lead(session, cast, 6, owner_id=cast.outsider, section_id=cast.other_section), at(FRIDAY))
        reminders.plan(session, DOMAIN, at(MONDAY, 8, 30))
    return cast


def digest(database: Database, settings: Settings, person: int, day: date = MONDAY) -> Rendered:
    with database.reading() as session:
        reader = actor_for(session, person)
        return render(session, settings, "daily_digest", reader, {"day": day.isoformat()})


def words(rendered: Rendered) -> str:
    """The HTML without its tags and styles."""
    body = rendered.html.split("<body", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_the_officers_first_sentence_says_what_to_do(database: Database, settings: Settings, world: Cast) -> None:
    mail = digest(database, settings, world.officer)
    assert mail.subject == "【今日跟进】11 月 23 日：1 件逾期，1 件今天到期，1 件临期"
    for part in (words(mail), mail.text):
        assert "陈思敏，今天要做 3 件" in part
        assert "1 件逾期，1 件今天到期，1 件临期。每人每天只有这一封。" in part
        assert "11 月 26 日（第 3 个工作日）仍未办，抄送科长何志强；12 月 2 日（第 7 个）送区领导" in part
        assert "09:00 示例5公司（示例）：改推介" in part
        assert "示例6公司" not in part
        assert "企业均为" in part
    assert "问清&lt;竞争地&gt; &amp; 进场" in mail.html
    assert "问清<竞争地> & 进场" in mail.text


def test_the_chief_hears_of_what_nobody_owns_and_of_what_came_up(
    database: Database, settings: Settings, world: Cast
) -> None:
    assert "示例3公司" in words(digest(database, settings, world.chief))
    with database.writing() as session:
        reminders.plan(session, DOMAIN, at(LATE, 8, 30))
    mail = digest(database, settings, world.chief, LATE)
    assert "上送到您" in mail.subject
    assert "负责人 陈思敏" in words(mail)
    assert "示例6公司" not in words(mail)


def test_the_leader_hears_only_of_what_came_up_seven_working_days_after_red(
    database: Database, settings: Settings, world: Cast
) -> None:
    with pytest.raises(NothingToSayError):
        digest(database, settings, world.leader)
    with database.writing() as session:
        reminders.plan(session, DOMAIN, at(LATE, 8, 30))
    mail = digest(database, settings, world.leader, LATE)
    assert re.search(r"区领导，\d+ 件逾期上送到您", words(mail))
    assert "完成并定下一步" not in words(mail)
    assert "/snooze" not in mail.html


def test_the_park_manager_hears_of_answers_owed_by_the_own_park(
    database: Database, settings: Settings, world: Cast
) -> None:
    mail = digest(database, settings, world.manager)
    assert "梁颖，今天请答复 1 条推介" in words(mail)
    assert "/crm/introductions/" in mail.html
    assert "/crm/leads/" not in mail.html
    assert "示例4公司" in mail.text
    assert "示例1公司" not in mail.text
    with pytest.raises(NothingToSayError):
        digest(database, settings, world.other_manager)


@pytest.mark.parametrize("person", ["officer", "chief", "manager"])
def test_no_contact_is_ever_in_a_digest_and_links_start_with_the_public_url(
    database: Database, settings: Settings, world: Cast, person: str
) -> None:
    mail = digest(database, settings, getattr(world, person))
    assert "张三丰" not in mail.html + mail.text
    assert "13800000000" not in mail.html + mail.text
    links = re.findall(r'href="([^"]+)"', mail.html) + re.findall(r"https?://\S+", mail.text)
    assert links
    assert all(link.startswith(settings.public_url + "/crm/") for link in links)


def test_the_right_to_see_is_asked_when_the_mail_is_made(database: Database, settings: Settings, world: Cast) -> None:
    with database.writing() as session:
        session.get(Person, world.manager).role = "chain_team"
        moved = session.get(Person, world.officer)
        moved.section_id = world.other_section
        for one in session.query(Lead).filter(Lead.owner_id == world.officer):
            one.owner_id = world.colleague
            one.registered_by_id = None
    for person in (world.manager, world.officer):
        with pytest.raises(NothingToSayError):
            digest(database, settings, person)


def test_what_was_done_since_planning_is_not_said(database: Database, settings: Settings, world: Cast) -> None:
    from crm.models import FollowUp, Introduction

    with database.writing() as session:
        for promise in session.query(FollowUp):
            promise.done_at = at(MONDAY, 8)
        for sent in session.query(Introduction):
            sent.state = "accepted"
        reminders.plan(session, DOMAIN, at(MONDAY, 8, 31))
    with pytest.raises(NothingToSayError):
        digest(database, settings, world.officer)


def test_long_lists_are_cut_and_say_so(database: Database, settings: Settings, cast: Cast) -> None:
    with database.writing() as session:
        for number in range(30):
            follow_up(session, lead(session, cast, number), at(FRIDAY))
        reminders.plan(session, DOMAIN, at(MONDAY))
    mail = digest(database, settings, cast.officer)
    assert "另有 10 件，见今日清单" in words(mail)
    assert "另有 10 件，见今日清单" in mail.text
    assert len(mail.html.encode()) < 102_000  # mail programs cut longer ones off


def test_a_digest_is_inlined_html_without_anything_fetched(database: Database, settings: Settings, world: Cast) -> None:
    html = digest(database, settings, world.officer).html
    assert html.count("<style") == 2  # one for Outlook in a comment, one of media queries
    assert not re.search(r"<(?:img|script|link|iframe|form)\b", html)
    assert re.search(r'<td class="h1" style="[^"]*font-size: 22px', html)


def test_a_real_firm_is_not_called_an_example(database: Database, settings: Settings, cast: Cast) -> None:
    with database.writing() as session:
        own = lead(session, cast, 1)
        session.get(Enterprise, own.enterprise_id).name = "某真实公司"
        follow_up(session, own, at(FRIDAY))
        reminders.plan(session, DOMAIN, at(MONDAY))
    mail = digest(database, settings, cast.officer)
    assert "示例" not in words(mail)
    assert "示例" not in mail.text


def test_matters_of_chains_stand_in_the_same_digest_and_lead_to_their_pages(
    database: Database, settings: Settings, cast: Cast
) -> None:
    with database.writing() as session:
        chain = make_chain(session, surveyed_on=date(2025, 11, 1))
        late = make_task(session, chain, text="走访三家原料企业", due_on=MONDAY, owner_id=cast.officer)
        own = make_task(session, chain, text="核实楼面荷载", due_on=MONDAY, owner_id=cast.manager)
        reminders.plan(session, DOMAIN, at(MONDAY, 8, 30))
        pages = {
            cast.officer: (f"/crm/plans/tasks/{late.id}", "走访三家原料企业"),
            cast.manager: (f"/crm/plans/tasks/{own.id}", "核实楼面荷载"),
            cast.chain_team: (f"/crm/plans/surveys/{chain.id}", "复核 3 个环节"),
        }
    with time_machine.travel(at(MONDAY), tick=False):
        for person, (address, said) in pages.items():
            mail = digest(database, settings, person)
            assert said in words(mail)
            assert f"{settings.public_url}{address}" in mail.html
            assert f"{settings.public_url}{address}" in mail.text
            assert "今天要做 1 件" in words(mail)
