"""Lists: paging is complete and without repeats, an address reads back to the same question, each role sees its own."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from crm.domain.errors import NotAllowed, NotFound
from crm.domain.leads import LeadSource, LeadState
from crm.infra.clock import now, today
from crm.models import Enterprise, Lead
from crm.services import listing
from crm.services.listing.keyset import Position, decode, encode
from tests.factories import actor, make_lead, next_step, person

LEADS = listing.get("leads")
EVERYTHING = {"owner": ["all"], "state": ["all"]}


@pytest.fixture
def crowd(database, cast) -> int:
    """Leads of the officer's in which ties and unknown values are the rule; returns how many."""
    dice = random.Random(3)
    some = [None, None, 1, 2, 3]
    with database.writing() as session:
        firms = [
            Enterprise(name=f"甲{n}（示例）", normalised_name=f"甲{n}", core_name="甲", pinyin=f"jia{n % 3}", titles=[])
            for n in range(5)
        ]
        session.add_all(firms)
        session.flush()
        for n in range(60):
            days, size = dice.choice(some), dice.choice(some)
            session.add(
                Lead(
                    number=f"XS-2026-{n:04d}",
                    enterprise_id=dice.choice(firms).id,
                    source=LeadSource.PHONE,
                    state=dice.choice([LeadState.NEW, LeadState.VALID]),
                    owner_id=cast.officer,
                    section_id=cast.section,
                    received_at=now() - timedelta(days=dice.randrange(3)),
                    last_activity_at=now(),
                    next_due_at=now() + timedelta(days=days) if days else None,
                    protected_until=today() + timedelta(days=days) if days else None,
                    needed_on=date(2027, 1, size) if size else None,
                    investment_fen=size * 100 if size else None,
                    area_target=size,
                )
            )
    return 60


def walk(session, me, query, limit: int, *, backwards: bool = False) -> Iterator[list[int]]:
    """The ids of each page, from the first on, or from the last back."""
    spec = LEADS
    while True:
        page = spec.select_page(session, me, query, limit=limit, columns=[])
        yield [row.id for row in page.rows]
        place = page.previous if backwards else page.next
        if place is None:
            return
        column = spec.sorts[query.sort].column
        query = replace(query, position=decode(place, column), backwards=backwards)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", sorted(LEADS.sorts))
def test_pages_are_complete_in_order_and_without_repeats(database, cast, crowd, sort, descending):
    with database.reading() as session:
        me = actor(session, cast.officer)
        word = ("-" if descending else "") + sort
        query = LEADS.read(session, me, EVERYTHING | {"sort": [word]})
        assert query.problems == ()
        whole = next(walk(session, me, query, 1000))
        assert sorted(whole) == sorted(session.scalars(Lead.__table__.select().with_only_columns(Lead.id)))
        for size in (1, 7, 30):
            pages = list(walk(session, me, query, size))
            assert [each for page in pages for each in page] == whole, size
            assert {len(page) for page in pages[:-1]} <= {size}
        # And back again from the last row: everything before it, in the same order.
        last = LEADS.select_page(session, me, query, limit=crowd - 1, columns=[]).next
        column = LEADS.sorts[sort].column
        end = replace(query, position=decode(last, column), backwards=True)
        back = list(walk(session, me, end, 7, backwards=True))
        assert [each for page in reversed(back) for each in page] == whole[: crowd - 2]


def test_the_order_is_by_value_with_the_unknown_last(database, cast, crowd):
    """That the property test spoke of something: there are ties, there are unknown values, and both are placed."""
    with database.reading() as session:
        me = actor(session, cast.officer)
        for word in ("due", "-due", "-amount", "amount"):
            query = LEADS.read(session, me, EVERYTHING | {"sort": [word]})
            column = LEADS.sorts[query.sort].column
            rows = [row.record for row in LEADS.iterate(session, me, query, columns=[], chunk=9)]
            values = [getattr(lead, column.key) for lead in rows]
            known = [value for value in values if value is not None]
            assert values[len(known) :] == [None] * (crowd - len(known))
            assert known == sorted(known, reverse=query.descending)
            assert 0 < len(known) < crowd
            assert max(Counter(known).values()) > 1 or column.key == "next_due_at"
            unknown = [lead.id for lead in rows[len(known) :]]
            assert unknown == sorted(unknown, reverse=True)


def test_a_place_survives_the_address():
    for column, values in (
        (Lead.next_due_at, [None, now()]),
        (Lead.needed_on, [None, date(2027, 1, 1)]),
        (Lead.investment_fen, [None, 0, -3, 10**15]),
        (Lead.number, ["XS~-1", "-", "=", ""]),
        (LEADS.sorts["state"].column, [None, 2]),
    ):
        for value in values:
            place = Position(value, 7)
            assert decode(encode(place), column) == place


# ── Addresses ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_address_reads_back_to_the_same_question(database, cast):
    asked = {
        "owner": ["mine", str(cast.colleague)],
        "state": ["valid,new"],
        "tier": ["growth", "unknown"],
        "amount_from": ["3000万"],
        "amount_to": ["1.2亿"],
        "received_from": ["-7"],
        "sort": ["-amount"],
        "cols": ["name,owner,investment"],
        "q": ["试剂"],
    }
    with database.reading() as session:
        me = actor(session, cast.officer)
        query = LEADS.read(session, me, asked)
        assert query.problems == ()
        again = LEADS.read_text(session, me, LEADS.text_of(query))
        assert again == query
        assert query.values["amount"].parsed == (3_000_000_000, 12_000_000_000)
        assert query.values["received"].parsed == (today() - timedelta(days=7), None)
        assert [column.key for column in LEADS.shown_columns(me, query)] == ["name", "owner", "investment"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"state": ["dead"]}, "不是可选的值"),
        ({"tier": ["huge"]}, "不是可选的值"),
        ({"chain": ["nowhere"]}, "不是可选的值"),
        ({"owner": ["99999999999999999999"]}, "不是可选的值"),
        ({"amount_from": ["很多"]}, "总投资"),
        ({"amount_from": ["2亿"], "amount_to": ["1亿"]}, "起点比终点大"),
        ({"received_from": ["2026-02-30"]}, "不是日期"),
        ({"received_from": ["-99999"]}, "不是日期"),
        ({"q": ["甲\u202e乙"]}, "改变文字方向"),
        ({"q": ["字" * 500]}, "太长"),
        ({"sort": ["shoe_size"]}, "不能按"),
        ({"after": ["rubbish"]}, "分页链接已失效"),
        ({"after": ["=2026-01-01T00:00:00~5"]}, "分页链接已失效"),
        ({"before": ["-~99999999999999999999999"]}, "分页链接已失效"),
    ],
)
def test_nonsense_gets_a_sentence_and_the_rest_still_applies(database, cast, asked, sentence):
    with database.writing() as session:
        make_lead(session, cast.officer)
        make_lead(session, cast.colleague)
        me = actor(session, cast.officer)
        query = LEADS.read(session, me, {"owner": ["mine"]} | asked)
        assert len(query.problems) == 1
        assert sentence in query.problems[0].say()
        rows = LEADS.select_page(session, me, query).rows
        assert len(rows) == (2 if "owner" in asked else 1)


def test_filters_mean_what_they_say(database, cast):
    with database.writing() as session:
        me = actor(session, cast.officer)
        plain = make_lead(session, cast.officer)
        soon = make_lead(session, cast.officer, next_step=next_step(0, at=now() + timedelta(minutes=1)))
        rich = make_lead(session, cast.officer, investment_fen=5_000_000_000, next_step=next_step(5))
        folded = make_lead(session, cast.officer)
        folded.merged_into_id = plain.id
        public = make_lead(session, None)
        session.flush()

        def found(**asked: str) -> set[int]:
            query = LEADS.read(session, me, {name: [word] for name, word in asked.items()})
            assert query.problems == ()
            rows = {row.id for row in LEADS.select_page(session, me, query).rows}
            assert LEADS.counts(session, me, [query]) == [len(rows)]
            return rows

        assert found() == {plain.id, soon.id, rich.id}
        assert found(owner="all") == {plain.id, soon.id, rich.id, public.id}
        assert found(owner="unowned") == {public.id}
        assert found(due="overdue") == {soon.id}
        assert found(due="coming") == {rich.id}
        assert found(due="unplanned") == {plain.id}
        assert found(amount_from="3000万", amount_to="1亿") == {rich.id}
        assert found(amount_to="1亿") == {rich.id}
        assert found(q=rich.number) == {rich.id}
        assert found(stage="none") == {plain.id, soon.id, rich.id}
        assert found(stage="signed") == set()
        assert found(tenure="rent,unknown") == {plain.id, soon.id, rich.id}
        assert found(tenure="buy") == set()
        assert found(verdict="none") == {plain.id, soon.id, rich.id}
        assert found(received_from="today") == {plain.id, soon.id, rich.id}
        assert found(received_to="-1") == set()


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("officer", {"own"}),
        ("colleague", {"own"}),
        ("chief", {"own"}),
        ("outsider", {"foreign"}),
        ("leader", {"own", "foreign"}),
        ("manager", None),
        ("chain_team", None),
        ("admin", None),
        ("security", None),
        ("auditor", None),
    ],
)
def test_every_way_through_a_list_keeps_to_the_scope(database, cast, who, seen):
    with database.writing() as session:
        ids = {make_lead(session, cast.officer).id: "own", make_lead(session, cast.outsider).id: "foreign"}
        me = actor(session, getattr(cast, who))
        query = LEADS.read(session, me, EVERYTHING)
        if seen is None:
            for way in (LEADS.select_page, LEADS.iterate):
                with pytest.raises(NotAllowed):
                    list(way(session, me, query).rows if way == LEADS.select_page else way(session, me, query))
            with pytest.raises(NotAllowed):
                LEADS.counts(session, me, [query])
            return
        assert {ids[row.id] for row in LEADS.select_page(session, me, query).rows} == seen
        assert {ids[row.id] for row in LEADS.iterate(session, me, query)} == seen
        assert {ids[each] for each in LEADS.ids(session, me, query, limit=9)} == seen
        assert LEADS.counts(session, me, [query]) == [len(seen)]


def test_a_file_carries_contacts_masked(database, cast):
    with database.writing() as session:
        make_lead(session, cast.officer, phone="13812345678")
        me = actor(session, cast.leader)
        columns = LEADS.export_columns(me)
        (row,) = LEADS.iterate(session, me, LEADS.read(session, me, {}))
        cells = {column.key: column.value(row) for column in columns}
        assert cells["contact"] == "张**"
        assert cells["phone"] == "138****5678"
        assert "13912345678" not in str(cells["content"])
        assert cells["name"].endswith("（示例）")


def test_counting_stops_at_the_cap(database, cast, crowd):
    with database.reading() as session:
        me = actor(session, person(session, cast.officer).id)
        query = LEADS.read(session, me, EVERYTHING)
        assert LEADS.counts(session, me, [query, query], caps=[10, 20]) == [10, 20]


def test_a_list_that_does_not_exist(database):
    with pytest.raises(NotFound):
        listing.get("secrets")
