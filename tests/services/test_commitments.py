"""The commitment ledger with records: who sees and changes it, reviews, ends, paging — on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.commitments import CommitmentSide, CommitmentState, FairCompetition
from crm.domain.errors import Invalid, NotAllowed, NotFound, Stale
from crm.infra.clock import today
from crm.infra.db import Database
from crm.models import Activity, AuditEntry, Commitment, Notice
from crm.services import by_due, commitments
from crm.services.access import Actor, actor_for
from crm.services.commitments import Due, Promise, Settled, Wanted
from tests.cast import Cast
from tests.reminding import lead, project
from tests.statements import counted

OURS, THEIRS = CommitmentSide.OURS, CommitmentSide.THEIRS


def _promise(content: str = "年底前完成 10kV 接入", **changes: object) -> Promise:
    values: dict[str, object] = {"side": OURS, "content": content, "legal_basis": "投资协议第 4 条"}
    return Promise(**(values | changes))


@pytest.fixture
def project_id(database: Database, cast: Cast) -> int:
    with database.writing() as session:
        return project(session, lead(session, cast)).id


def _actor(session: Session, person_id: int) -> Actor:
    return actor_for(session, person_id)


def test_our_promise_waits_for_a_review_and_theirs_needs_none(database: Database, cast: Cast, project_id: int) -> None:
    with database.writing() as session:
        actor = _actor(session, cast.officer)
        ours = commitments.add(session, actor, project_id, _promise())
        theirs = commitments.add(session, actor, project_id, _promise("年纳税额不低于 800 万元", side=THEIRS))
        assert (ours.fair_competition, theirs.fair_competition) == (
            FairCompetition.TO_REVIEW,
            FairCompetition.NOT_NEEDED,
        )
        assert session.scalars(select(Activity.kind).where(Activity.project_id == project_id)).all() == [
            "commitment.added",
            "commitment.added",
        ]


def test_one_form_makes_one_row(database: Database, cast: Cast, project_id: int) -> None:
    with database.writing() as session:
        actor = _actor(session, cast.officer)
        first = commitments.add(session, actor, project_id, _promise(request_id="form-1"))
        again = commitments.add(session, actor, project_id, _promise("别的", request_id="form-1"))
        assert again.id == first.id
        assert len(commitments.of_project(session, project_id)) == 1


def test_a_benefit_tied_to_taxes_passes_no_review_and_is_told_to_the_chief(
    database: Database, cast: Cast, project_id: int
) -> None:
    with database.writing() as session:
        officer, chief = _actor(session, cast.officer), _actor(session, cast.chief)
        barred = commitments.add(session, officer, project_id, _promise("按纳税额的 30% 给予奖励"))
        assert barred.is_tied_to_tax
        with pytest.raises(Invalid) as refused:
            commitments.review(session, chief, barred.id, FairCompetition.PASSED, "", barred.version)
        assert refused.value.field == "verdict"
        settled = Settled(state=CommitmentState.FULFILLED)
        with pytest.raises(Invalid):
            commitments.settle(session, officer, barred.id, settled, barred.version)
        assert session.scalars(select(Notice.person_id).where(Notice.kind == "commitment.barred")).all() == [cast.chief]
        reworded = commitments.change(session, officer, barred.id, _promise("按装修投入给予补贴"), barred.version)
        passed = commitments.review(session, chief, barred.id, FairCompetition.PASSED, "", reworded.version)
        assert (passed.is_tied_to_tax, passed.fair_competition) == (False, FairCompetition.PASSED)


def test_new_words_ask_for_a_new_review(database: Database, cast: Cast, project_id: int) -> None:
    with database.writing() as session:
        officer, chief = _actor(session, cast.officer), _actor(session, cast.chief)
        made = commitments.add(session, officer, project_id, _promise())
        commitments.review(session, chief, made.id, FairCompetition.PASSED, "", made.version)
        later = _promise(due_on=today() + timedelta(days=30))
        assert commitments.change(session, officer, made.id, later, made.version).fair_competition is (
            FairCompetition.PASSED
        )
        commitments.change(session, officer, made.id, _promise("给予租金补贴"), made.version)
        assert made.fair_competition is FairCompetition.TO_REVIEW


def test_the_review_is_the_chiefs_word(database: Database, cast: Cast, project_id: int) -> None:
    with database.writing() as session:
        officer, chief = _actor(session, cast.officer), _actor(session, cast.chief)
        made = commitments.add(session, officer, project_id, _promise())
        with pytest.raises(NotAllowed):
            commitments.review(session, officer, made.id, FairCompetition.PASSED, "", made.version)
        with pytest.raises(Invalid) as refused:
            commitments.review(session, chief, made.id, FairCompetition.REJECTED, "", made.version)
        assert refused.value.field == "note"


def test_an_end_has_its_day_and_word_and_can_be_taken_back(database: Database, cast: Cast, project_id: int) -> None:
    with database.writing() as session:
        actor = _actor(session, cast.officer)
        made = commitments.add(session, actor, project_id, _promise())
        with pytest.raises(Invalid) as silent:
            commitments.settle(session, actor, made.id, Settled(state=CommitmentState.BROKEN), made.version)
        assert silent.value.field == "note"
        tomorrow = Settled(state=CommitmentState.FULFILLED, on=today() + timedelta(days=1))
        with pytest.raises(Invalid) as early:
            commitments.settle(session, actor, made.id, tomorrow, made.version)
        assert early.value.field == "on"
        commitments.settle(session, actor, made.id, Settled(state=CommitmentState.FULFILLED), made.version)
        assert made.settled_on == today()
        with pytest.raises(Invalid):
            commitments.change(session, actor, made.id, _promise("改一下"), made.version)
        back = Settled(state=CommitmentState.OPEN, note="还差一段线路")
        commitments.settle(session, actor, made.id, back, made.version)
        assert (made.state, made.settled_on) == (CommitmentState.OPEN, None)
        trail = session.scalars(
            select(AuditEntry).where(AuditEntry.subject_kind == "commitment").order_by(AuditEntry.sequence)
        ).all()
        assert [entry.action for entry in trail] == ["commitment.added", "commitment.settled", "commitment.settled"]
        assert trail[-1].before["commitment_state"] == "fulfilled"
        assert trail[-1].after["commitment_state"] == "open"


def test_an_older_version_is_refused(database: Database, cast: Cast, project_id: int) -> None:
    with database.writing() as session:
        actor = _actor(session, cast.officer)
        made = commitments.add(session, actor, project_id, _promise())
        shown = made.version
        commitments.change(session, actor, made.id, _promise("甲"), shown)
        with pytest.raises(Stale):
            commitments.change(session, actor, made.id, _promise("乙"), shown)


@pytest.mark.parametrize("who", ["outsider", "manager", "admin"])
def test_strangers_find_nothing(database: Database, cast: Cast, project_id: int, who: str) -> None:
    with database.writing() as session:
        made = commitments.add(session, _actor(session, cast.officer), project_id, _promise())
        stranger = _actor(session, getattr(cast, who))
        with pytest.raises(NotFound):
            commitments.load(session, stranger, made.id)
        assert commitments.figures(session, stranger) == commitments.Figures(0, 0, 0, 0, 0)


def test_a_colleague_and_a_leader_read_but_do_not_write(database: Database, cast: Cast, project_id: int) -> None:
    with database.writing() as session:
        made = commitments.add(session, _actor(session, cast.officer), project_id, _promise())
        for who in (cast.colleague, cast.leader):
            reader = _actor(session, who)
            assert commitments.load(session, reader, made.id).id == made.id
            with pytest.raises(NotAllowed):
                commitments.change(session, reader, made.id, _promise("改"), made.version)
            with pytest.raises(NotAllowed):
                commitments.add(session, reader, project_id, _promise())


@pytest.mark.parametrize(
    ("promise", "field"),
    [
        (_promise(" "), "content"),
        (_promise(legal_basis=""), "legal_basis"),
        (_promise("字" * 1001), "content"),
    ],
)
def test_a_bad_promise_names_its_field(
    database: Database, cast: Cast, project_id: int, promise: Promise, field: str
) -> None:
    with database.writing() as session, pytest.raises(Invalid) as refused:
        commitments.add(session, _actor(session, cast.officer), project_id, promise)
    assert refused.value.field == field


def test_the_ledger_is_in_order_of_days_and_every_row_comes_once(
    database: Database, cast: Cast, project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_due, "PAGE", 2)
    with database.writing() as session:
        actor = _actor(session, cast.officer)
        days = [3, None, -1, 3, 40, None, 3]
        made = [
            commitments.add(
                session, actor, project_id, _promise(due_on=None if day is None else today() + timedelta(days=day))
            )
            for day in days
        ]
        seen: list[Commitment] = []
        after = ""
        while True:
            page = commitments.listed(session, actor, Wanted(), after)
            seen += page.rows
            after = page.after
            if not after:
                break
        ids = [row.id for row in made]
        assert [row.id for row in seen] == [ids[n] for n in (2, 0, 3, 6, 4, 1, 5)]
    monkeypatch.undo()
    with database.reading() as session:

        def found(**wanted: object) -> list[int]:
            return [row.id for row in commitments.listed(session, actor, Wanted(**wanted)).rows]

        assert found(due=Due.OVERDUE) == [ids[2]]
        assert found(due=Due.SOON) == [ids[0], ids[3], ids[6]]
        assert found(due=Due.UNDATED) == [ids[1], ids[5]]
        assert found(side=THEIRS) == found(section_id=cast.other_section) == found(barred=True) == []
        assert len(found(side=OURS, section_id=cast.section, review=FairCompetition.TO_REVIEW)) == 7
        assert commitments.figures(session, actor) == commitments.Figures(7, 0, 1, 7, 0)
        assert commitments.listed(session, actor, Wanted(), "nonsense:drop").rows[0].id == ids[2]


def test_the_ledger_costs_two_statements_however_long(database: Database, cast: Cast, project_id: int) -> None:
    with database.writing() as session:
        actor = _actor(session, cast.officer)
        for number in range(12):
            commitments.add(session, actor, project_id, _promise(f"第 {number} 条"))
    with database.reading() as session, counted() as statements:
        page = commitments.listed(session, actor, Wanted())
        commitments.figures(session, actor)
        assert {row.project.enterprise.name for row in page.rows} == {"示例1公司（示例）"}
        assert {row.project.section.name for row in page.rows} == {"招商一科"}
    assert len(statements) == 2
