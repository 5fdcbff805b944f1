"""Changes of many records: only what one may change, all or nothing, and back again but for what was changed since."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.domain.errors import Invalid, NotAllowed, NotFound
from crm.domain.leads import FollowUpKind, LeadState
from crm.infra.clock import now
from crm.models import Activity, AuditEntry, BulkChange, BulkChangeRow, FollowUp, Lead, Notice, Project, RecordTag
from crm.services import bulk, follow_ups
from crm.services.bulk import Marked
from crm.services.follow_ups import Done
from tests.factories import actor, make_lead, next_step

CALL = {"kind": "call", "subject": "问入驻时间"}


def soon(days: int = 3) -> dict[str, object]:
    return CALL | {"due_at": now() + timedelta(days=days)}


def test_one_promise_for_all_and_back(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        mine = [make_lead(session, cast.officer), make_lead(session, cast.officer, next_step=next_step(1))]
        session.expire_all()
        due = [lead.next_due_at for lead in mine]
        assert due[0] is None
        assert due[1] is not None
        outcome = bulk.carry_out(session, me, "leads", "schedule", Marked(ids=tuple(x.id for x in mine)), soon())
        assert (outcome.done, outcome.left_out) == (2, [])
        steps = session.scalars(select(FollowUp).where(FollowUp.subject == "问入驻时间")).all()
        assert {step.lead_id for step in steps} == {lead.id for lead in mine}
        assert {step.owner_id for step in steps} == {cast.officer}
        undone = bulk.undo(session, me, outcome.change.id)
        assert (undone.restored, undone.kept) == (2, [])
        session.expire_all()
        assert session.scalars(select(FollowUp).where(FollowUp.subject == "问入驻时间")).all() == []
        assert [lead.next_due_at for lead in mine] == due
        assert session.scalar(select(func.count()).where(Activity.kind == "bulk.undone")) == 2
        with pytest.raises(Invalid, match="已经撤销过"):
            bulk.undo(session, me, outcome.change.id)


def test_what_was_done_since_is_kept_and_named(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        kept, back = make_lead(session, cast.officer), make_lead(session, cast.officer)
        outcome = bulk.carry_out(session, me, "leads", "schedule", Marked(ids=(kept.id, back.id)), soon())
        step = session.scalars(select(FollowUp).where(FollowUp.lead_id == kept.id)).one()
        follow_ups.complete(session, me, step, Done(outcome="谈妥了"))
        session.flush()
        undone = bulk.undo(session, me, outcome.change.id)
        assert undone.restored == 1
        (name,) = undone.kept
        assert kept.number in name
        assert kept.enterprise.name in name
        assert session.scalars(select(FollowUp)).one().outcome == "谈妥了"


def test_rows_of_others_are_left_out_and_foreign_ones_do_not_exist(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        mine, theirs = make_lead(session, cast.officer), make_lead(session, cast.colleague)
        foreign = make_lead(session, cast.outsider)
        marked = Marked(ids=(mine.id, theirs.id, foreign.id))
        chosen = bulk.choose(session, me, "leads", marked)
        assert [record.id for record in chosen.records] == [mine.id]
        assert len(chosen.left_out) == 1
        assert theirs.number in chosen.left_out[0]
        outcome = bulk.carry_out(session, me, "leads", "tag", marked, {"tag": " 重点  企业 "})
        assert (outcome.done, len(outcome.left_out)) == (1, 1)
        tagged = session.execute(select(RecordTag.subject_id, RecordTag.tag)).all()
        assert tagged == [(mine.id, "重点 企业")]
        with pytest.raises(Invalid, match="没有选中"):
            bulk.carry_out(session, me, "leads", "tag", Marked(ids=(foreign.id,)), {"tag": "重点"})


def test_a_chief_hands_over_with_promises_and_one_notice(database, cast):
    with database.writing() as session:
        chief = actor(session, cast.chief)
        rows = [make_lead(session, cast.officer, next_step=next_step(2)) for _ in range(3)]
        fresh = make_lead(session, None)
        ids = tuple(lead.id for lead in (*rows, fresh))
        before = {lead.id: (lead.owner_id, lead.section_id, lead.state) for lead in (*rows, fresh)}
        given = {"person_id": str(cast.colleague)}
        outcome = bulk.carry_out(session, chief, "leads", "assign", Marked(ids=ids), given)
        assert outcome.done == 4
        assert {lead.owner_id for lead in (*rows, fresh)} == {cast.colleague}
        assert fresh.section_id == cast.section
        assert fresh.state is LeadState.SCREENING
        assert set(session.scalars(select(FollowUp.owner_id))) == {cast.colleague}
        assert session.scalar(select(func.count()).select_from(Notice).where(Notice.person_id == cast.colleague)) == 1
        # Meanwhile one of them is given on: it stays where it is.
        bulk.carry_out(session, chief, "leads", "assign", Marked(ids=(ids[0],)), {"person_id": str(cast.chief)})
        undone = bulk.undo(session, chief, outcome.change.id)
        assert undone.restored == 3
        assert rows[0].number in undone.kept[0]
        session.flush()
        session.expire_all()
        for lead in (rows[1], rows[2], fresh):
            assert (lead.owner_id, lead.section_id, lead.state) == before[lead.id]
        assert rows[0].owner_id == cast.chief


def test_an_officer_who_handed_over_takes_it_back(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        lead = make_lead(session, cast.officer)
        given = {"person_id": str(cast.colleague)}
        outcome = bulk.carry_out(session, me, "leads", "assign", Marked(ids=(lead.id,)), given)
        assert lead.owner_id == cast.colleague
        assert bulk.undo(session, me, outcome.change.id).restored == 1
        assert lead.owner_id == cast.officer


def test_tags_are_put_on_and_taken_off_and_undone(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        one, two = make_lead(session, cast.officer), make_lead(session, cast.officer)
        marked = Marked(ids=(one.id, two.id))

        def tags() -> set[int]:
            session.flush()
            return set(session.scalars(select(RecordTag.subject_id)))

        bulk.carry_out(session, me, "leads", "tag", Marked(ids=(one.id,)), {"tag": "重点"})
        put = bulk.carry_out(session, me, "leads", "tag", marked, {"tag": "重点"})
        assert (put.done, put.already, tags()) == (1, 1, {one.id, two.id})
        bulk.undo(session, me, put.change.id)
        # The first had it before: it keeps it.
        assert tags() == {one.id}
        off = bulk.carry_out(session, me, "leads", "untag", marked, {"tag": "重点"})
        assert (off.done, off.already, tags()) == (1, 1, set())
        bulk.undo(session, me, off.change.id)
        assert tags() == {one.id}


def test_a_note_stands_on_each_timeline(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        lead = make_lead(session, cast.officer)
        project = Project(
            number="CB-2026-0001",
            lead_id=lead.id,
            enterprise_id=lead.enterprise_id,
            name="甲",
            stage_since=now(),
            last_activity_at=now(),
            owner_id=cast.officer,
            section_id=cast.section,
        )
        session.add(project)
        session.flush()
        quiet = lead.last_activity_at
        bulk.carry_out(session, me, "projects", "note", Marked(ids=(project.id,)), {"note": "等年度用地指标"})
        event = session.scalars(select(Activity).where(Activity.kind == "lead.noted")).one()
        assert (event.lead_id, event.project_id, event.params["note"]) == (lead.id, project.id, "等年度用地指标")
        assert not event.is_substantive
        assert lead.last_activity_at == quiet


def test_all_rows_of_a_question(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        ids = {make_lead(session, cast.officer).id for _ in range(3)}
        make_lead(session, cast.officer).state = LeadState.INVALID
        make_lead(session, cast.colleague)
        session.flush()
        marked = Marked(everything=True, query="owner=mine&state=open")
        outcome = bulk.carry_out(session, me, "leads", "tag", marked, {"tag": "批次"})
        assert set(session.scalars(select(RecordTag.subject_id))) == ids
        assert outcome.done == 3
        with pytest.raises(Invalid, match="筛选条件有误"):
            bulk.choose(session, me, "leads", Marked(everything=True, query="owner=mine&tier=huge"))


def test_more_than_a_hand_s_work_is_refused(database, cast, monkeypatch):
    from crm.services.bulk import change

    monkeypatch.setattr(change, "MOST_ROWS", 2)
    with database.writing() as session:
        me = actor(session, cast.officer)
        for _ in range(3):
            make_lead(session, cast.officer)
        with pytest.raises(Invalid, match="一次最多改 2 条"):
            bulk.choose(session, me, "leads", Marked(everything=True))


def test_a_double_click_changes_once(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        lead = make_lead(session, cast.officer)
        for _ in range(2):
            outcome = bulk.carry_out(session, me, "leads", "schedule", Marked(ids=(lead.id,)), soon(), "once")
            assert outcome.done == 1
        assert session.scalar(select(func.count()).select_from(FollowUp)) == 1
        assert session.scalar(select(func.count()).select_from(BulkChange)) == 1


def test_every_change_is_in_the_trail(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        lead = make_lead(session, cast.officer)
        outcome = bulk.carry_out(session, me, "leads", "tag", Marked(ids=(lead.id,)), {"tag": "重点"})
        bulk.undo(session, me, outcome.change.id)
        session.flush()
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("bulk."))).all()
        assert [entry.action for entry in entries] == ["bulk.tag", "bulk.undone"]
        assert entries[0].after["ids"] == [lead.id]


@pytest.mark.parametrize(
    ("action", "params", "field"),
    [
        ("schedule", CALL | {"due_at": None}, "due_at"),
        ("schedule", CALL | {"due_at": now() - timedelta(days=3)}, "due_at"),
        ("schedule", CALL | {"due_at": now() + timedelta(days=4000)}, "due_at"),
        ("schedule", {"kind": FollowUpKind.CALL.value, "subject": " ", "due_at": now()}, "subject"),
        ("assign", {"person_id": "0"}, "person_id"),
        ("assign", {"person_id": "x"}, "person_id"),
        ("tag", {"tag": ""}, "tag"),
        ("tag", {"tag": "长" * 21}, "tag"),
        ("tag", {"tag": "甲,乙"}, "tag"),
        ("note", {"note": "\u202e"}, "note"),
    ],
)
def test_nonsense_changes_nothing(database, cast, action, params, field):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        me = actor(session, cast.officer)
        with pytest.raises(Invalid) as refused:
            bulk.carry_out(session, me, "leads", action, Marked(ids=(lead.id,)), params)
        assert refused.value.field == field
        assert session.scalar(select(func.count()).select_from(BulkChangeRow)) == 0


def test_who_may_not(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        for who in (cast.leader, cast.manager, cast.auditor, cast.chain_team):
            with pytest.raises(NotAllowed):
                bulk.carry_out(session, actor(session, who), "leads", "tag", Marked(ids=(lead.id,)), {"tag": "甲"})
        outcome = bulk.carry_out(
            session, actor(session, cast.officer), "leads", "tag", Marked(ids=(lead.id,)), {"tag": "甲"}
        )
        with pytest.raises(NotFound):
            bulk.undo(session, actor(session, cast.chief), outcome.change.id)
        with pytest.raises(NotFound):
            bulk.action_of("assign", "contacts")
        with pytest.raises(NotFound):
            bulk.action_of("erase", "leads")
        assert session.get(Lead, lead.id) is not None
