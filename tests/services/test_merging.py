"""Merging enterprises, leads and contacts, and taking a merge back, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.domain.duplicates import Side
from crm.domain.errors import Invalid, NotAllowed, NotFound, Stale
from crm.domain.leads import Grade, LeadState
from crm.domain.ownership import TransferKind, TransferState
from crm.infra.clock import now
from crm.models import (
    Activity,
    Base,
    Comment,
    Contact,
    EnterpriseAlias,
    Lead,
    Merge,
    Notice,
    Placement,
    RecordTag,
    Transfer,
)
from crm.services import access, audit, enterprises, follow_ups, listing, merging, projects
from crm.services.merging import MergeKind, MergeRecords
from tests.factories import USCC, actor, command, make_enterprise, make_lead, make_segment, next_step

TWO = "91440101MA5CXXXX1W"


def order(kind: MergeKind, winner, loser, **changes) -> MergeRecords:
    values = {
        "kind": kind,
        "winner_id": winner.id,
        "loser_id": loser.id,
        "winner_version": winner.version,
        "loser_version": loser.version,
    }
    return MergeRecords(**(values | changes))


def two_firms(session, cast, **changes):
    """Two leads of one firm that was written in two ways."""
    one = make_lead(session, cast.officer, name="穗岭微流控诊断技术有限公司（示例）", next_step=next_step(3), **changes)
    two = make_lead(session, cast.officer, name="岁岭微流控诊断（示例）", uscc=USCC, next_step=next_step(1))
    return one, two


def two_leads(session, cast):
    one = make_lead(session, cast.officer, name="同一家（示例）有限公司", next_step=next_step(3))
    two = make_lead(
        session,
        cast.officer,
        name="同一家（示例）有限公司",
        duplicate_reason="先登记，再合并",
        next_step=next_step(1, "看场地"),
        investment_fen=100_00,
        grade=Grade.A,
    )
    return one, two


# ── Enterprises ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_losers_code_name_leads_and_people_come_along(database, cast):
    with database.writing() as session:
        one, two = two_firms(session, cast)
        me, keep, gone = actor(session, cast.officer), one.enterprise, two.enterprise
        contact = two.contact
        row = merging.merge(session, me, order(MergeKind.ENTERPRISE, keep, gone))
        assert keep.uscc == USCC
        assert gone.uscc is None
        assert gone.merged_into_id == keep.id
        assert row.winner_id == keep.id
        assert two.enterprise_id == keep.id
        assert contact.enterprise_id == keep.id
        assert [alias.name for alias in keep.aliases] == ["岁岭微流控诊断（示例）"]
        # The other spelling finds the firm that stayed.
        assert enterprises.find(session, me, command(name="岁岭微流控诊断（示例）").enterprise) is keep
        with pytest.raises(NotFound):
            access.enterprise(session, me, gone.id)
        assert merging.moved_to(session, me, MergeKind.ENTERPRISE, gone.id) == keep.id
        event = session.scalars(select(Activity).where(Activity.kind == "enterprise.merged")).one()
        assert event.lead_id == two.id
        assert event.params["subject"] == gone.name
        assert audit.verify(session).broken_at is None


def test_undoing_a_merge_of_enterprises_restores_both(database, cast):
    with database.writing() as session:
        one, two = two_firms(session, cast)
        me, keep, gone = actor(session, cast.officer), one.enterprise, two.enterprise
        before = {each.id: merging.compare(session, me, MergeKind.ENTERPRISE, keep.id, gone.id) for each in (keep,)}
        rows = {row.word: (row.winner, row.loser) for row in before[keep.id].rows}
        row = merging.merge(session, me, order(MergeKind.ENTERPRISE, keep, gone, choices={"name": Side.LOSER}))
        assert keep.name == "岁岭微流控诊断（示例）"
        assert keep.normalised_name == gone.normalised_name
        done = merging.undo(session, me, row.id)
        assert done.is_whole
        assert done.returned["leads"] == 1
        assert done.returned["contacts"] == 1
        after = merging.compare(session, me, MergeKind.ENTERPRISE, keep.id, gone.id)
        assert {each.word: (each.winner, each.loser) for each in after.rows} == rows
        assert two.enterprise_id == gone.id
        assert two.contact.enterprise_id == gone.id
        assert session.scalars(select(EnterpriseAlias)).all() == []
        with pytest.raises(Invalid):
            merging.undo(session, me, row.id)


def test_what_was_edited_since_the_merge_is_kept_and_named(database, cast):
    with database.writing() as session:
        one, two = two_firms(session, cast)
        me, keep, gone = actor(session, cast.officer), one.enterprise, two.enterprise
        row = merging.merge(
            session, me, order(MergeKind.ENTERPRISE, keep, gone, choices={"name": Side.LOSER, "uscc": Side.LOSER})
        )
        keep.uscc = None
        session.flush()
        stranger = make_enterprise(session, "占了代码的公司（示例）", uscc=USCC)
        two.enterprise_id = stranger.id
        session.flush()
        done = merging.undo(session, me, row.id)
        assert list(done.kept) == ["uscc"]
        assert list(done.failed) == ["uscc"]
        assert done.kept_rows == {"leads": 1}
        assert "name" in done.restored
        assert gone.uscc is None
        assert two.enterprise_id == stranger.id


def test_two_codes_are_two_firms(database, cast):
    with database.writing() as session:
        one, two = two_firms(session, cast)
        one.enterprise.uscc = "91440101MA5CKKKK0Q"
        session.flush()
        with pytest.raises(Invalid, match="两个法人"):
            merging.merge(
                session, actor(session, cast.officer), order(MergeKind.ENTERPRISE, one.enterprise, two.enterprise)
            )


def test_a_record_of_the_product_stays_the_winner(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        known = make_enterprise(session)
        me = actor(session, cast.officer)
        with pytest.raises(Invalid, match="左右互换"):
            merging.merge(session, me, order(MergeKind.ENTERPRISE, lead.enterprise, known))
        gone = lead.enterprise
        merging.merge(session, me, order(MergeKind.ENTERPRISE, known, gone))
        assert lead.enterprise_id == known.id


def test_a_firm_of_another_section_is_not_touched_but_its_chief_can_be_asked(database, cast):
    with database.writing() as session:
        mine = make_lead(session, cast.officer)
        shared = make_enterprise(session, "两科都在跟（示例）有限公司")
        make_lead(session, cast.outsider, name=shared.name)
        me = actor(session, cast.officer)
        wanted = order(MergeKind.ENTERPRISE, shared, mine.enterprise)
        with pytest.raises(Invalid, match="招商二科"):
            merging.merge(session, me, wanted)
        assert merging.ask(session, me, shared.id, mine.enterprise_id, "同一个老板，同一层楼") == 1
        notice = session.scalars(select(Notice).where(Notice.kind == "merge.asked")).one()
        assert notice.person_id == cast.other_chief
        other = make_lead(session, cast.officer)
        with pytest.raises(Invalid, match="可以直接合并"):
            merging.ask(session, me, mine.enterprise_id, other.enterprise_id, "没有别的科室")


def test_an_officer_leaves_a_colleagues_firm_to_the_chief(database, cast):
    with database.writing() as session:
        mine, theirs = make_lead(session, cast.officer), make_lead(session, cast.colleague)
        wanted = order(MergeKind.ENTERPRISE, mine.enterprise, theirs.enterprise)
        with pytest.raises(Invalid, match="同事负责"):
            merging.merge(session, actor(session, cast.officer), wanted)
        merging.merge(session, actor(session, cast.chief), wanted)
        assert theirs.enterprise_id == mine.enterprise_id


def test_a_place_on_a_chain_that_the_winner_has_stays_behind(database, cast):
    with database.writing() as session:
        one, two = two_firms(session, cast)
        shared, own = make_segment(session), make_segment(session, key="reagent", name="试剂")
        for firm, segment in ((one.enterprise, shared), (two.enterprise, shared), (two.enterprise, own)):
            session.add(Placement(enterprise_id=firm.id, segment_id=segment.id))
        session.add_all(
            RecordTag(subject_kind="enterprise", subject_id=firm.id, tag=tag)
            for firm, tag in ((one.enterprise, "重点"), (two.enterprise, "重点"), (two.enterprise, "展会"))
        )
        session.flush()
        me, keep, gone = actor(session, cast.officer), one.enterprise, two.enterprise

        def held(firm):
            places = session.scalars(select(Placement.segment_id).where(Placement.enterprise_id == firm.id))
            tags = session.scalars(select(RecordTag.tag).where(RecordTag.subject_id == firm.id))
            return sorted(places), sorted(tags)

        row = merging.merge(session, me, order(MergeKind.ENTERPRISE, keep, gone))
        assert held(keep) == (sorted([shared.id, own.id]), sorted(["重点", "展会"]))
        assert held(gone) == ([shared.id], ["重点"])
        merging.undo(session, me, row.id)
        assert held(gone) == (sorted([shared.id, own.id]), sorted(["重点", "展会"]))


# ── Leads ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_merged_leads_history_goes_with_the_winner(database, cast):
    with database.writing() as session:
        one, two = two_leads(session, cast)
        me = actor(session, cast.officer)
        session.add(Comment(lead_id=two.id, author_id=cast.officer, body="先打电话", mentions=[]))
        two.received_at = one.received_at - timedelta(days=9)
        session.flush()
        events = set(session.scalars(select(Activity.id).where(Activity.lead_id == two.id)))
        row = merging.merge(session, me, order(MergeKind.LEAD, one, two))
        session.expire_all()
        assert one.grade is Grade.A
        assert one.investment_fen == 100_00
        assert (two.state, two.merged_into_id) == (LeadState.DUPLICATE, one.id)
        assert [step.subject for step in follow_ups.open_of_lead(session, one.id)] == ["看场地", "核实需求"]
        assert one.next_due_at == min(step.due_at for step in follow_ups.open_of_lead(session, one.id))
        assert one.received_at == two.received_at
        assert two.next_due_at is None
        assert events <= set(session.scalars(select(Activity.id).where(Activity.lead_id == one.id)))
        everything = listing.get("leads").read(session, me, {"owner": ["all"], "state": ["all"]})
        assert [row.id for row in listing.get("leads").iterate(session, me, everything)] == [one.id]
        assert merging.moved_to(session, me, MergeKind.LEAD, two.id) == one.id
        assert merging.moved_to(session, actor(session, cast.outsider), MergeKind.LEAD, two.id) is None
        done = merging.undo(session, me, row.id)
        session.expire_all()
        assert done.is_whole
        assert set(done.restored) == {"grade", "investment", "contact"}
        assert two.state is LeadState.NEW
        assert two.merged_into_id is None
        assert one.grade is None
        assert [step.subject for step in follow_ups.open_of_lead(session, two.id)] == ["看场地"]
        assert two.next_due_at is not None
        assert one.next_due_at > two.next_due_at
        assert events <= set(session.scalars(select(Activity.id).where(Activity.lead_id == two.id)))


def test_a_promise_kept_after_the_merge_goes_back_as_kept(database, cast):
    with database.writing() as session:
        one, two = two_leads(session, cast)
        me = actor(session, cast.officer)
        row = merging.merge(session, me, order(MergeKind.LEAD, one, two))
        step = follow_ups.open_of_lead(session, one.id)[0]
        follow_ups.complete(session, me, step, follow_ups.Done(outcome="看过了"))
        one.grade = Grade.C
        session.flush()
        done = merging.undo(session, me, row.id)
        assert list(done.kept) == ["grade"]
        assert one.grade is Grade.C
        assert step.lead_id == two.id
        assert step.outcome == "看过了"
        assert two.next_due_at is None


def test_two_projects_are_not_merged_and_one_moves_with_its_owner(database, cast):
    with database.writing() as session:
        one, two = two_leads(session, cast)
        me = actor(session, cast.officer)
        for lead in (one, two):
            lead.state = LeadState.VALID
        project = projects.promote(session, me, two.id)
        row = merging.merge(session, me, order(MergeKind.LEAD, one, two))
        assert project.lead_id == one.id
        merging.undo(session, me, row.id)
        session.refresh(project)
        assert project.lead_id == two.id
        other = projects.promote(session, me, one.id)
        with pytest.raises(Invalid, match=other.number):
            merging.merge(session, me, order(MergeKind.LEAD, one, two))


def test_leads_of_two_firms_or_waiting_for_an_answer_are_not_merged(database, cast):
    with database.writing() as session:
        one, two = two_leads(session, cast)
        other = make_lead(session, cast.officer)
        me = actor(session, cast.officer)
        with pytest.raises(Invalid, match="不是同一家"):
            merging.merge(session, me, order(MergeKind.LEAD, one, other))
        session.add(Transfer(lead_id=two.id, kind=TransferKind.TRANSFER, state=TransferState.ASKED, at=now()))
        session.flush()
        with pytest.raises(Invalid, match="移交"):
            merging.merge(session, me, order(MergeKind.LEAD, one, two))


@pytest.mark.parametrize(("who", "error"), [("colleague", NotAllowed), ("outsider", NotFound), ("leader", NotAllowed)])
def test_only_those_who_may_edit_both_may_merge(database, cast, who, error):
    with database.writing() as session:
        one, two = two_leads(session, cast)
        with pytest.raises(error):
            merging.merge(session, actor(session, getattr(cast, who)), order(MergeKind.LEAD, one, two))


def test_an_older_form_is_stale_and_a_second_click_merges_once(database, cast):
    with database.writing() as session:
        one, two = two_leads(session, cast)
        me = actor(session, cast.officer)
        opened = order(MergeKind.LEAD, one, two, request_id="form-1")
        one.content = "改过"
        session.flush()
        with pytest.raises(Stale):
            merging.merge(session, me, opened)
        fresh = order(MergeKind.LEAD, one, two, request_id="form-2")
        row = merging.merge(session, me, fresh)
        assert merging.merge(session, me, fresh) is row
        assert len(session.scalars(select(Merge)).all()) == 1


def test_a_chain_of_merges_is_followed_and_undone_from_its_end(database, cast):
    with database.writing() as session:
        one, two = two_leads(session, cast)
        three = make_lead(session, cast.officer, name="同一家（示例）有限公司", duplicate_reason="再来一条")
        me = actor(session, cast.officer)
        first = merging.merge(session, me, order(MergeKind.LEAD, two, three))
        second = merging.merge(session, me, order(MergeKind.LEAD, one, two))
        assert merging.moved_to(session, me, MergeKind.LEAD, three.id) == one.id
        with pytest.raises(Invalid, match="先撤销"):
            merging.undo(session, me, first.id)
        merging.undo(session, me, second.id)
        merging.undo(session, me, first.id)
        assert {lead.merged_into_id for lead in session.scalars(select(Lead))} == {None}


# ── Contacts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_contacts_of_one_firm_are_merged_and_leads_follow(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        me = actor(session, cast.officer)
        mine = lead.contact
        other = Contact(enterprise_id=lead.enterprise_id, section_id=cast.section, name="张三丰", email="z@example.org")
        session.add(other)
        session.flush()
        row = merging.merge(session, me, order(MergeKind.CONTACT, other, mine))
        assert lead.contact_id == other.id
        assert other.phone
        assert other.email == "z@example.org"
        trail = [entry for entry in session.scalars(select(Activity)) if "z@example" in str(entry.params)]
        assert trail == []
        merging.undo(session, me, row.id)
        session.refresh(lead)
        assert lead.contact_id == mine.id
        assert other.phone is None
        with pytest.raises(NotFound):
            merging.compare(session, actor(session, cast.outsider), MergeKind.CONTACT, mine.id, other.id)


def test_owners_hear_of_a_merge_that_somebody_else_made(database, cast):
    with database.writing() as session:
        one = make_lead(session, cast.officer, name="同一家（示例）有限公司")
        two = make_lead(session, cast.colleague, name="同一家（示例）有限公司", duplicate_reason="两人各登一条")
        merging.merge(session, actor(session, cast.chief), order(MergeKind.LEAD, one, two))
        told = session.scalars(select(Notice.person_id).where(Notice.kind == "lead.merged"))
        assert sorted(told) == sorted([cast.officer, cast.colleague])


# ── There and back ───────────────────────────────────────────────────────────────────────────────────────────────────

#: What remembers that there was a merge, and what is computed anew.
_TRAILS = {"audit_entry", "audit_head", "merge", "notice", "match", "search_entry", "counter", "inventory_stamp"}


def picture(session) -> dict[str, list[str]]:
    """All rows of all tables but trails, without versions and time stamps; events of merges left out."""
    session.flush()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name in _TRAILS:
            continue
        columns = [each for each in table.c if each.name not in ("version", "updated_at")]
        query = select(*columns)
        if table.name == "activity":
            query = query.where(table.c.kind.not_like("%merged"))
        found[table.name] = sorted(repr(tuple(row)) for row in session.execute(query))
    return found


@pytest.mark.parametrize("kind", list(MergeKind))
@pytest.mark.parametrize("side", list(Side))
def test_a_merge_and_its_undo_leave_every_table_as_it_was(database, cast, kind, side):
    with database.writing() as session:
        one, two = two_leads(session, cast) if kind is not MergeKind.ENTERPRISE else two_firms(session, cast)
        me = actor(session, cast.officer)
        for lead in (one, two):
            session.add(Comment(lead_id=lead.id, author_id=cast.officer, body=lead.number, mentions=[]))
            session.add(RecordTag(subject_kind=kind.value, subject_id=lead.id, tag=lead.number))
        pair = {
            MergeKind.LEAD: (one, two),
            MergeKind.ENTERPRISE: (one.enterprise, two.enterprise),
            MergeKind.CONTACT: (one.contact, two.contact),
        }[kind]
        session.flush()
        # Chosen against the proposal everywhere: every field moves.
        rows = merging.compare(session, me, kind, pair[0].id, pair[1].id).rows
        before = picture(session)
        chosen = {row.word: side for row in rows}
        row = merging.merge(session, me, order(kind, *pair, choices=chosen))
        during = picture(session)
        assert merging.undo(session, me, row.id).is_whole
        session.expire_all()
        after = picture(session)
        assert before[kind.value] != during[kind.value]
        assert {name: found for name, found in after.items() if found != before[name]} == {}
