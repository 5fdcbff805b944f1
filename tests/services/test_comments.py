"""Comments: who may write and be named, who is told, and what stays when one is taken back; who sees a lead at all."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crm.domain.errors import Invalid, NotAllowed, NotFound
from crm.domain.leads import LeadSource
from crm.models import Activity, Comment, Lead, Notice, Person
from crm.services import access, audience, comments, timeline
from crm.services.comments import Remark
from tests.factories import actor, make_lead


def test_whoever_is_named_is_told_once_and_the_owner_too(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        before = lead.last_activity_at
        leader = actor(session, cast.leader)
        remark = Remark(body="@何志强 请本周约见", request_id="c-1")
        first = comments.write(session, leader, lead, remark)
        assert comments.write(session, leader, lead, remark).id == first.id
        assert first.mentions == [cast.chief]
        told = {(each.person_id, each.kind) for each in session.query(Notice)}
        assert told == {(cast.chief, "comment.mention"), (cast.officer, "comment.written")}
        assert timeline.of_lead(session, lead.id).comment_count == 1
        assert lead.last_activity_at == before
        assert not session.query(Activity).filter_by(kind="comment.written").one().is_substantive


def test_nobody_is_told_of_their_own_words(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        comments.write(session, actor(session, cast.officer), lead, Remark(body="@陈思敏 记得回电"))
        assert session.query(Notice).count() == 0


@pytest.mark.parametrize("name", ["李文博", "周科长", "梁颖", "系统员"])
def test_an_at_of_somebody_who_cannot_see_the_lead_is_refused(database, cast, name):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        with pytest.raises(Invalid, match=f"{name}看不到这条线索"):
            comments.write(session, actor(session, cast.officer), lead, Remark(body=f"@{name} 看看"))
        assert session.query(Comment).count() == 0
        assert session.query(Notice).count() == 0


def test_an_empty_comment_is_refused_and_strangers_cannot_write(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        with pytest.raises(Invalid, match="评论是空的"):
            comments.write(session, actor(session, cast.officer), lead, Remark(body=" \n "))
        for person_id in (cast.manager, cast.chain_team, cast.admin):
            with pytest.raises(NotAllowed):
                comments.write(session, actor(session, person_id), lead, Remark(body="好"))


def test_only_the_author_takes_a_comment_back(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        kept = comments.write(session, actor(session, cast.colleague), lead, Remark(body="说错了"))
        with pytest.raises(NotAllowed):
            comments.remove(session, actor(session, cast.officer), kept.id)
        with pytest.raises(NotFound):
            comments.remove(session, actor(session, cast.outsider), kept.id)
        comments.remove(session, actor(session, cast.colleague), kept.id)
        assert timeline.of_lead(session, lead.id).comment_count == 0
        with pytest.raises(NotFound):
            comments.load(session, actor(session, cast.colleague), kept.id)


def test_the_words_of_seeing_and_the_scope_of_the_database_never_part(database, cast):
    """`sees_lead` tells people by name what `lead_scope` decides in SQL: both are asked of every pair."""
    with database.writing() as session:
        made = [
            make_lead(session, cast.officer),
            make_lead(session, cast.outsider),
            make_lead(session, None, source=LeadSource.WEBSITE),
        ]
        made[1].owner_id, made[1].registered_by_id = cast.other_chief, cast.officer
        folded = make_lead(session, cast.officer)
        folded.merged_into_id = made[0].id
        session.flush()
        for person in session.scalars(select(Person)):
            who = access.actor_of(session, person)
            in_scope = set(session.scalars(select(Lead.id).where(access.lead_scope(who))))
            assert in_scope == {lead.id for lead in [*made, folded] if access.sees_lead(person, lead)}, person.name


def test_the_card_names_everybody_who_sees_the_lead(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.outsider)
        lead.registered_by_id = cast.officer
        words = {
            str(each.who): str(each.what)
            for each in audience.who_sees(lead, [], audience.everybody(session), is_project=True)
        }
        assert words["李文博"] == "全部，可改"
        assert words["周科长（科长）"] == "全部，可改、可分派"
        assert words["陈思敏（招商一科 · 招商专员）"] == "全部，只读（登记人）"
        assert words["区领导（区领导）"] == "全部，只读；联系人遮盖"
        assert "链长专班" in words
