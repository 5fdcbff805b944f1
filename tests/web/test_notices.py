"""The bell's page: own notices only, in words, read by a button."""

from __future__ import annotations

import re

import pytest

from crm.domain.notices import notice_sentence
from crm.domain.reminders import Rule
from crm.models import Notice
from crm.services import notices


def text(answer) -> str:
    return answer.get_data(as_text=True)


@pytest.fixture
def told(database, cast):
    with database.writing() as session:
        notices.tell(session, [cast.officer], "introduction.accepted", "a", ("introduction", 7), park="甲园（示例）")
        notices.tell(session, [cast.officer, cast.colleague], "lead.assigned", "b", ("lead", 9), number="XS-2026-0001")
        notices.tell(
            session, [cast.officer], "reminder.red", "c", ("lead", 9), enterprise="某公司", rule="lead_unscreened"
        )


def test_notices_are_sentences_that_lead_to_their_record(sign_in, cast, told):
    page = text(sign_in(cast.officer).get("/crm/notices/"))
    assert "甲园（示例）答复：愿接待" in page
    assert "逾期：某公司，线索未筛查" in page
    assert 'href="/crm/leads/9"' in page
    assert 'href="/crm/introductions/7"' in page
    assert "3 条未读" in page


def test_a_notice_is_read_by_one_button_or_all_by_another(sign_in, cast, told, database):
    browser = sign_in(cast.officer)
    one = re.search(r'name="notice_id" value="(\d+)"', text(browser.get("/crm/notices/")))[1]
    assert browser.post("/crm/notices/read", data={"notice_id": one}).status_code == 302
    assert "2 条未读" in text(browser.get("/crm/notices/"))
    browser.post("/crm/notices/read")
    assert "0 条未读" in text(browser.get("/crm/notices/"))


def test_nobody_reads_or_marks_what_was_told_to_others(sign_in, cast, told, database):
    from sqlalchemy import select

    with database.reading() as session:
        theirs = session.scalars(select(Notice.id).where(Notice.person_id == cast.officer)).all()
    browser = sign_in(cast.colleague)
    assert "甲园" not in text(browser.get("/crm/notices/"))
    browser.post("/crm/notices/read", data={"notice_id": theirs})
    with database.reading() as session:
        assert all(notice.read_at is None for notice in session.scalars(select(Notice).where(Notice.id.in_(theirs))))


@pytest.mark.parametrize("odd", ["99999999999999999999", "x", "-1", ""])
def test_an_odd_number_marks_nothing(sign_in, cast, told, odd):
    browser = sign_in(cast.officer)
    assert browser.post("/crm/notices/read", data={"notice_id": odd}).status_code == 400
    assert "3 条未读" in text(browser.get("/crm/notices/"))


def test_marking_needs_a_post(sign_in, cast, told):
    assert sign_in(cast.officer).get("/crm/notices/read").status_code == 405


def test_an_odd_kind_or_value_is_shown_not_hidden():
    assert str(notice_sentence("new.kind", {})) == "new.kind"
    assert "100%(x)s" in str(notice_sentence("reminder.red", {"enterprise": "100%(x)s", "rule": "other"}))


@pytest.mark.parametrize("rule", list(Rule))
def test_every_rule_has_words(rule):
    said = str(notice_sentence("reminder.yellow", {"enterprise": "甲", "rule": rule.value}))
    assert rule.value not in said


def test_every_kind_that_is_told_anywhere_has_words():
    """Kinds are found in the source: a new one without a sentence fails here."""
    from pathlib import Path

    root = Path(__file__).resolve().parents[2] / "crm" / "services"
    called = re.compile(r'(?:tell|_tell_park|_tell_officers?|_tell\w*)\([^)]*?"([a-z_]+\.[a-z_]+)"', re.S)
    kinds = {kind for file in root.rglob("*.py") for kind in called.findall(file.read_text(encoding="utf-8"))}
    assert {"introduction.sent", "session.guessed"} <= kinds
    assert [kind for kind in sorted(kinds) if str(notice_sentence(kind, {})) == kind] == []
