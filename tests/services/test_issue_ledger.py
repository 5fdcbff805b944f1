"""The issue ledger and decisions asked of leaders, with records, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.domain.errors import Invalid, NotAllowed, NotFound, Stale
from crm.domain.issues import IssueState
from crm.infra.clock import today
from crm.infra.db import Database
from crm.models import Activity, Notice, Project
from crm.services import by_due, decisions, issue_ledger
from crm.services.access import actor_for
from crm.services.issue_ledger import Problem, Wanted
from tests.cast import Cast
from tests.reminding import lead, project
from tests.statements import counted


def _problem(problem: str = "园区变压器容量不够", **changes: object) -> Problem:
    values: dict[str, object] = {"problem": problem, "department": "区供电局（示例）"}
    return Problem(**(values | changes))


@pytest.fixture
def lead_id(database: Database, cast: Cast) -> int:
    with database.writing() as session:
        found = lead(session, cast)
        project(session, found)
        return found.id


def test_an_issue_has_a_number_an_owner_and_its_project(database: Database, cast: Cast, lead_id: int) -> None:
    with database.writing() as session:
        actor = actor_for(session, cast.officer)
        first = issue_ledger.raise_issue(session, actor, lead_id, _problem(request_id="a"))
        second = issue_ledger.raise_issue(session, actor, lead_id, _problem(owner_id=cast.colleague))
        again = issue_ledger.raise_issue(session, actor, lead_id, _problem("别的", request_id="a"))
        year = today().year
        assert (first.number, second.number) == (f"WT-{year}-0001", f"WT-{year}-0002")
        assert again.id == first.id
        assert first.owner_id == cast.officer
        assert first.project_id == session.scalar(select(Project.id).where(Project.lead_id == lead_id))
        told = session.execute(select(Notice.person_id, Notice.kind)).all()
        assert [tuple(row) for row in told] == [(cast.colleague, "issue.assigned")]


def test_an_issue_walks_to_its_end_and_back_with_words(database: Database, cast: Cast, lead_id: int) -> None:
    with database.writing() as session:
        actor = actor_for(session, cast.officer)
        issue = issue_ledger.raise_issue(session, actor, lead_id, _problem())

        def move(to: IssueState, note: str = "") -> None:
            issue_ledger.move(session, actor, issue.id, to, note, issue.version)

        with pytest.raises(Invalid):
            move(IssueState.CLOSED)
        move(IssueState.WORKING)
        with pytest.raises(Invalid) as wordless:
            move(IssueState.RESOLVED)
        assert wordless.value.field == "note"
        move(IssueState.RESOLVED, "增容批复已下")
        assert issue.resolved_at is not None
        move(IssueState.CLOSED)
        with pytest.raises(Invalid):
            issue_ledger.change(session, actor, issue.id, _problem("改"), issue.version)
        with pytest.raises(Invalid) as reasonless:
            move(IssueState.WORKING)
        assert reasonless.value.field == "note"
        move(IssueState.WORKING, "又跳闸了")
        assert (issue.state, issue.resolved_at) == (IssueState.WORKING, None)
        kinds = session.scalars(select(Activity.kind).where(Activity.lead_id == lead_id).order_by(Activity.id)).all()
        assert kinds == ["issue.raised"] + ["issue.state"] * 4


def test_leaders_supervise_and_change_nothing_else(database: Database, cast: Cast, lead_id: int) -> None:
    with database.writing() as session:
        officer, leader = actor_for(session, cast.officer), actor_for(session, cast.leader)
        issue = issue_ledger.raise_issue(session, officer, lead_id, _problem())
        with pytest.raises(NotAllowed):
            issue_ledger.move(session, leader, issue.id, IssueState.WORKING, "", issue.version)
        with pytest.raises(NotAllowed):
            issue_ledger.raise_issue(session, leader, lead_id, _problem())
        with pytest.raises(Invalid) as wordless:
            issue_ledger.supervise(session, leader, issue.id, " ", issue.version)
        assert wordless.value.field == "supervision_note"
        issue_ledger.supervise(session, leader, issue.id, "本周五前给方案", issue.version)
        assert (issue.is_supervised, issue.supervised_by_id) == (True, cast.leader)
        told = session.execute(select(Notice.person_id).where(Notice.kind == "issue.supervised")).scalars().all()
        assert sorted(told) == sorted([cast.officer, cast.chief])
        issue_ledger.supervise(session, leader, issue.id, "", issue.version, on=False)
        assert not issue.is_supervised


def test_officers_and_other_sections_chiefs_do_not_supervise(database: Database, cast: Cast, lead_id: int) -> None:
    with database.writing() as session:
        issue = issue_ledger.raise_issue(session, actor_for(session, cast.officer), lead_id, _problem())
        with pytest.raises(NotAllowed):
            issue_ledger.supervise(session, actor_for(session, cast.officer), issue.id, "快", issue.version)
        with pytest.raises(NotFound):
            issue_ledger.supervise(session, actor_for(session, cast.other_chief), issue.id, "快", issue.version)


@pytest.mark.parametrize("who", ["outsider", "other_chief"])
def test_another_section_finds_no_issue(database: Database, cast: Cast, lead_id: int, who: str) -> None:
    with database.writing() as session:
        issue = issue_ledger.raise_issue(session, actor_for(session, cast.officer), lead_id, _problem())
        stranger = actor_for(session, getattr(cast, who))
        with pytest.raises(NotFound):
            issue_ledger.load(session, stranger, issue.id)
        assert not issue_ledger.listed(session, stranger, Wanted(state="all")).rows
        assert issue_ledger.figures(session, stranger) == issue_ledger.Figures(0, 0, 0, 0)
        assert not issue_ledger.departments(session, stranger)


def test_an_older_version_is_refused(database: Database, cast: Cast, lead_id: int) -> None:
    with database.writing() as session:
        actor = actor_for(session, cast.officer)
        issue = issue_ledger.raise_issue(session, actor, lead_id, _problem())
        shown = issue.version
        issue_ledger.change(session, actor, issue.id, _problem("变压器只剩 50 kVA"), shown)
        with pytest.raises(Stale):
            issue_ledger.move(session, actor, issue.id, IssueState.WORKING, "", shown)


@pytest.mark.parametrize(
    ("problem", "field"),
    [
        (_problem(" "), "problem"),
        (_problem(department=""), "department"),
        (_problem(due_on=today() - timedelta(days=1)), "due_on"),
        (_problem(owner_id=10**9), "owner_id"),
    ],
)
def test_a_bad_issue_names_its_field(
    database: Database, cast: Cast, lead_id: int, problem: Problem, field: str
) -> None:
    with database.writing() as session, pytest.raises(Invalid) as refused:
        issue_ledger.raise_issue(session, actor_for(session, cast.officer), lead_id, problem)
    assert refused.value.field == field


def test_the_ledger_is_paged_filtered_and_costs_two_statements(
    database: Database, cast: Cast, lead_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_due, "PAGE", 3)
    with database.writing() as session:
        actor = actor_for(session, cast.officer)
        made = [
            issue_ledger.raise_issue(
                session, actor, lead_id, _problem(due_on=today() + timedelta(days=day) if day else None)
            )
            for day in (5, 0, 2, 0, 2)
        ]
        made[2].due_on = today() - timedelta(days=2)
        issue_ledger.move(session, actor, made[4].id, IssueState.RESOLVED, "好了", made[4].version)
        ids = [issue.id for issue in made]
    with database.reading() as session, counted() as statements:
        first = issue_ledger.listed(session, actor, Wanted())
        assert issue_ledger.figures(session, actor) == issue_ledger.Figures(4, 1, 0, 1)
        shown, after = [row.id for row in first.rows], first.after
        assert {row.owner.name for row in first.rows} == {"陈思敏"}
        assert {row.lead.enterprise.name for row in first.rows} == {"示例1公司（示例）"}
    assert len(statements) == 2
    with database.reading() as session:
        rest = issue_ledger.listed(session, actor, Wanted(), after)
        assert [*shown, *(row.id for row in rest.rows)] == [ids[n] for n in (2, 0, 1, 3)]
        assert [row.id for row in issue_ledger.listed(session, actor, Wanted(only="overdue")).rows] == [ids[2]]
        resolved = issue_ledger.listed(session, actor, Wanted(state=IssueState.RESOLVED))
        assert [row.id for row in resolved.rows] == [ids[4]]


def test_a_decision_is_asked_told_answered_and_closed(database: Database, cast: Cast, lead_id: int) -> None:
    with database.writing() as session:
        officer, leader = actor_for(session, cast.officer), actor_for(session, cast.leader)
        found = session.scalars(select(Project).where(Project.lead_id == lead_id)).one()
        decisions.ask(session, officer, found.id, "是否同意先租后让", found.version)
        assert [each.id for each in decisions.waiting(session, leader)] == [found.id]
        with pytest.raises(NotAllowed):
            decisions.give(session, officer, found.id, "同意", found.version)
        with pytest.raises(Invalid) as empty:
            decisions.give(session, leader, found.id, " ", found.version)
        assert empty.value.field == "answer"
        shown = found.version
        decisions.give(session, leader, found.id, "同意，先租两年", shown)
        assert found.decision_asked is None
        assert not decisions.waiting(session, leader)
        with pytest.raises(Stale):
            decisions.give(session, leader, found.id, "不同意", shown)
        told = {tuple(row) for row in session.execute(select(Notice.person_id, Notice.kind))}
        assert told == {
            (cast.leader, "decision.asked"),
            (cast.officer, "decision.given"),
            (cast.chief, "decision.given"),
        }
        given = session.scalars(select(Activity).where(Activity.kind == "decision.given")).one()
        assert (given.params["asked"], given.params["note"]) == ("是否同意先租后让", "同意，先租两年")


def test_a_question_may_be_taken_back_by_who_may_edit(database: Database, cast: Cast, lead_id: int) -> None:
    with database.writing() as session:
        found = session.scalars(select(Project).where(Project.lead_id == lead_id)).one()
        decisions.ask(session, actor_for(session, cast.officer), found.id, "要不要加地", found.version)
        with pytest.raises(NotAllowed):
            decisions.ask(session, actor_for(session, cast.colleague), found.id, "", found.version)
        with pytest.raises(NotFound):
            decisions.ask(session, actor_for(session, cast.outsider), found.id, "", found.version)
        decisions.ask(session, actor_for(session, cast.chief), found.id, "", found.version)
        assert found.decision_asked is None
