"""Saved views: mine, shared with the section, in my order; what they show is the reader's own."""

from __future__ import annotations

import pytest

from crm.domain.errors import Invalid, NotAllowed, NotFound, Stale
from crm.services import listing, views
from tests.factories import actor, make_lead


def names(session, me) -> list[str]:
    return [view.name for view in views.of_list(session, me, "leads")]


def test_a_view_is_mine_until_it_is_shared(database, cast):
    with database.writing() as session:
        me, colleague = actor(session, cast.officer), actor(session, cast.colleague)
        outsider = actor(session, cast.outsider)
        view = views.save(session, me, "leads", " 重点 ", "owner=mine&tier=mature&after=-~9", shared=False)
        assert view.query == "owner=mine&state=open&tier=mature"
        assert names(session, me) == ["重点"]
        assert names(session, colleague) == []
        views.change(session, me, view.id, "重点企业", shared=True, version=view.version)
        assert names(session, me) == names(session, colleague) == ["重点企业"]
        assert names(session, outsider) == []
        assert views.of_list(session, me, "projects") == []


def test_a_shared_view_shows_each_reader_their_own(database, cast):
    with database.writing() as session:
        me, colleague = actor(session, cast.officer), actor(session, cast.colleague)
        mine, theirs = make_lead(session, cast.officer), make_lead(session, cast.colleague)
        view = views.save(session, me, "leads", "我的", "owner=mine", shared=True)
        spec = listing.get("leads")
        for reader, lead in ((me, mine), (colleague, theirs)):
            rows = spec.select_page(session, reader, spec.read_text(session, reader, view.query)).rows
            assert [row.id for row in rows] == [lead.id]


def test_the_same_name_means_the_new_question(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        first = views.save(session, me, "leads", "重点", "tier=mature", shared=False)
        again = views.save(session, me, "leads", "重点", "tier=growth&sort=-amount&cols=name,owner", shared=True)
        assert again.id == first.id
        assert again.query == "owner=mine&state=open&tier=growth&sort=-amount&cols=name%2Cowner"
        assert names(session, me) == ["重点"]


def test_views_are_put_in_order_and_forgotten(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        ids = {name: views.save(session, me, "leads", name, "", shared=False).id for name in "甲乙丙"}
        views.move(session, me, ids["丙"], -1)
        assert names(session, me) == ["甲", "丙", "乙"]
        views.move(session, me, ids["甲"], -1)
        views.move(session, me, ids["乙"], 1)
        assert names(session, me) == ["甲", "丙", "乙"]
        views.remove(session, me, ids["丙"])
        session.flush()
        assert names(session, me) == ["甲", "乙"]


def test_what_is_refused(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        view = views.save(session, me, "leads", "甲", "", shared=True)
        views.save(session, me, "leads", "乙", "", shared=False)
        for title in ("", " ", "长" * 41, "甲\x00"):
            with pytest.raises(Invalid):
                views.save(session, me, "leads", title, "", shared=False)
        with pytest.raises(Invalid, match="叫这个名字"):
            views.change(session, me, view.id, "乙", shared=False, version=view.version)
        with pytest.raises(Stale):
            views.change(session, me, view.id, "丙", shared=False, version=view.version + 1)
        for who in (cast.colleague, cast.outsider):
            with pytest.raises(NotFound):
                views.remove(session, actor(session, who), view.id)
        with pytest.raises(Invalid, match="不在科室里"):
            views.save(session, actor(session, cast.leader), "leads", "甲", "", shared=True)
        with pytest.raises(NotAllowed):
            views.save(session, actor(session, cast.manager), "leads", "甲", "", shared=False)
        with pytest.raises(NotFound):
            views.save(session, me, "secrets", "甲", "", shared=False)


def test_there_is_an_end_to_views(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        for n in range(views.MOST_VIEWS):
            views.save(session, me, "leads", f"视图{n}", "", shared=False)
        with pytest.raises(Invalid, match="请先删去"):
            views.save(session, me, "leads", "再一个", "", shared=False)
