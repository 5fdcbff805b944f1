"""The auditor's page and command: filtered, page by page, in words, verified."""

from __future__ import annotations

import html
import re

import pytest
import time_machine
from click.testing import CliRunner
from sqlalchemy import func, select, update

from crm.cli import main
from crm.domain.audit import action_words
from crm.models import AuditEntry
from crm.services import audit, audit_log
from tests.statements import counted


def text(answer) -> str:
    return html.unescape(answer.get_data(as_text=True))


@pytest.fixture
def trail(database, cast):
    with database.writing() as session:
        for number in range(audit_log.PAGE + 20):
            audit.record(session, cast.officer, "lead.edited", ("lead", number), {"area": None}, {"area": number})
        audit.record(session, cast.colleague, "contact.revealed", ("contact", 5))
        audit.record(session, None, "session.refused", None, after={"note": '<b>"引号"</b>'})


@pytest.fixture
def auditor(sign_in, cast, trail):
    return sign_in(cast.auditor)


def test_entries_are_read_in_words_newest_first(auditor):
    page = text(auditor.get("/crm/audit/"))
    assert page.index('<td data-l="动作">登录未成功') < page.index('<td data-l="动作">查看联系方式')
    assert "area: 69" in page
    assert "系统或访客" in page
    assert '<b>"引号"</b>' not in auditor.get("/crm/audit/").get_data(as_text=True)


def test_pages_follow_one_another_without_gap_or_repetition(auditor):
    seen: list[int] = []
    address = "/crm/audit/"
    while address:
        page = text(auditor.get(address))
        seen += [int(number) for number in re.findall(r'data-l="#">(\d+)<', page)]
        further = re.search(r'href="([^"]+)" rel="next"', page)
        address = further[1] if further else ""
    assert seen == list(range(audit_log.PAGE + 22, 0, -1))


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("action=contact.revealed", 1),
        ("action=nothing", 0),
        ("kind=lead&subject=3", 1),
        ("kind=contact&subject=99999999999999999999", 1),
        ("person=2147483647", 0),
        ("before=1", 0),
        ("before=99999999999999999999", audit_log.PAGE),
        ("before=x&person=y&subject=z", audit_log.PAGE),
        ("action=%27%20or%201=1", 0),
    ],
)
def test_filters_live_in_the_address_and_odd_ones_do_no_harm(auditor, query, rows):
    answer = auditor.get(f"/crm/audit/?{query}")
    assert answer.status_code == 200
    assert len(re.findall(r'data-l="#">', text(answer))) == rows


def test_the_person_filter_shows_only_theirs(auditor, cast):
    page = text(auditor.get(f"/crm/audit/?person={cast.colleague}"))
    assert len(re.findall(r'data-l="#">', page)) == 1


def test_the_chain_is_verified_by_a_button_and_a_changed_entry_is_named(auditor, database):
    assert "条全部对得上" in text(auditor.post("/crm/audit/"))
    with database.writing() as session:
        session.execute(update(AuditEntry).where(AuditEntry.sequence == 7).values(after={"area": 1}))
    page = text(auditor.post("/crm/audit/"))
    assert "第 7 条对不上：内容被改过" in page


def test_the_desk_of_the_auditor_looks_at_the_end_of_the_chain(auditor, database):
    assert "审计链完整" in text(auditor.get("/crm/"))
    with database.writing() as session:
        last = session.scalar(select(func.max(AuditEntry.sequence)))
        session.execute(update(AuditEntry).where(AuditEntry.sequence == last).values(actor_id=1))
    assert f"审计链在第 {last} 条断开" in text(auditor.get("/crm/"))


@pytest.mark.parametrize("last", [1, 5, 72, 500])
def test_the_end_of_the_chain_verifies_alone(database, trail, last):
    with database.reading() as session:
        verdict = audit.verify(session, last=last)
    assert verdict == audit.Verdict(min(last, audit_log.PAGE + 22))


def test_a_tail_with_an_entry_missing_is_seen(database, trail):
    with database.writing() as session:
        session.delete(session.scalar(select(AuditEntry).where(AuditEntry.sequence == 70)))
    with database.reading() as session:
        assert audit.verify(session, last=5).broken_at == 70
        assert audit.verify(session, last=1).broken_at is None


def test_the_list_has_a_ceiling_of_statements(auditor):
    with counted() as statements:
        auditor.get("/crm/audit/")
    assert len(statements) <= 8


def test_the_command_counts_and_ends_with_1_when_the_chain_is_broken(own_database, monkeypatch):
    from crm.cli import session as shared

    monkeypatch.setattr(shared, "database", lambda: own_database)
    with own_database.writing() as session:
        for number in range(3):
            audit.record(session, None, "lead.edited", ("lead", number))
    good = CliRunner().invoke(main, ["audit", "verify"])
    assert (good.exit_code, "3 entries" in good.output) == (0, True)
    with own_database.writing() as session:
        session.execute(update(AuditEntry).where(AuditEntry.sequence == 2).values(action="other"))
    bad = CliRunner().invoke(main, ["audit", "verify"])
    assert (bad.exit_code, "Entry 2" in bad.output) == (1, True)


def test_every_action_that_is_recorded_anywhere_has_words():
    """Actions are found in the source: a new one without words fails here."""
    from pathlib import Path

    root = Path(__file__).resolve().parents[2] / "crm" / "services"
    recorded = re.compile(r'audit\.record\(\s*[\w.]+,\s*[^"]*?"([a-z_]+\.[a-z_]+)"', re.S)
    found = {action for file in root.rglob("*.py") for action in recorded.findall(file.read_text(encoding="utf-8"))}
    assert {"session.opened", "lead.edited", "setting.changed"} <= found
    assert [action for action in sorted(found) if str(action_words(action)) == action] == []


def test_a_period_is_two_civil_days_in_the_address(database, cast, sign_in):
    browser = sign_in(cast.auditor)
    with time_machine.travel("2026-11-19 16:30 +0000", tick=False), database.writing() as session:
        # Half past midnight of the 20th in Shanghai.
        audit.record(session, cast.officer, "lead.screened", ("lead", 41))
    page = browser.get("/crm/audit/?since=2026-11-20&until=2026-11-20").get_data(as_text=True)
    assert "线索 41" in page
    for period in ("since=2026-11-21", "until=2026-11-19"):
        assert "线索 41" not in browser.get(f"/crm/audit/?{period}").get_data(as_text=True)
    assert "线索 41" in browser.get("/crm/audit/?since=nonsense&until=0001-01-01").get_data(as_text=True)
