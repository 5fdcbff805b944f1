"""The index keeps itself, finds through an index on both databases, and shows nobody what they may not see."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select, text

from crm.domain.leads import LeadState
from crm.domain.search import SearchKind, asked
from crm.models import Contact, Enterprise, EnterpriseAlias, Lead, Park, Policy, Project, SearchEntry
from crm.services import projects, search
from crm.services.search.conditions import found
from tests.factories import actor, make_enterprise, make_lead, make_segment

FIRM = "大参林医药集团有限公司（示例）"


def numbers(session, typed: str) -> set[int]:
    return set(session.scalars(select(Lead.id).where(search.matching(session, "lead", Lead.id, typed))))


def titles(session, person: int, typed: str, kind: SearchKind) -> list[str]:
    groups = search.find(session, actor(session, person), typed, [kind])
    return [hit.title for group in groups for hit in group.hits]


def test_a_lead_is_found_by_everything_that_officers_type(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, name=FIRM, phone="13812345678", uscc="91440101MA59GY3X0F")
        make_lead(session, cast.officer, name="穗岭检测技术有限公司（示例）", phone="13900000000")
        wanted = (
            "参林",
            "dsl",
            "dcl",
            "da shen",
            lead.number,
            lead.number[-4:],
            "Y3X0F",
            "5678",
            "138 1234 5678",
            "大",
        )
        assert {typed for typed in wanted if numbers(session, typed) != {lead.id}} == {"Y3X0F"}, "the last 6, not 5"
        assert numbers(session, "GY3X0F") == {lead.id}
    with database.reading() as session:
        assert numbers(session, "参林 医药") == {lead.id}
        assert numbers(session, "13812") == set()
        assert len(numbers(session, "  ")) == 2
        assert numbers(session, "'\"*:&|!()\\") == set()


def test_every_change_of_a_name_reaches_what_hangs_on_it(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, name="旧名诊断有限公司（示例）")
        lead_id, firm_id, contact_id = lead.id, lead.enterprise_id, lead.contact_id
        lead.state = LeadState.VALID
        projects.promote(session, actor(session, cast.officer), lead_id)
    with database.writing() as session:
        firm = session.get(Enterprise, firm_id)
        firm.name, firm.pinyin, firm.initials = "新名检测有限公司（示例）", "xinmingjiance", "xmjc"
        session.add(EnterpriseAlias(enterprise_id=firm_id, name="别称所", normalised_name="别称所", pinyin="biecheng"))
        session.get(Contact, contact_id).name = "欧阳春"
    with database.reading() as session:
        assert numbers(session, "旧名") == set()
        for typed in ("新名", "xmjc", "biecheng", "别称", "欧阳"):
            assert numbers(session, typed) == {lead_id}, typed
        assert titles(session, cast.officer, "新名", SearchKind.PROJECT) == ["旧名诊断有限公司（示例）"]


def test_what_is_rolled_back_is_not_found_and_what_is_deleted_no_more(database, cast):
    given_up = database.open(writer=True)
    make_lead(given_up, cast.officer, name=FIRM)
    assert len(numbers(given_up, "参林")) == 1
    database.finish(given_up, commit=False)
    with database.writing() as session:
        assert numbers(session, "参林") == set()
        firm = make_enterprise(session, "粤岭生物检测有限公司（示例）")
    with database.writing() as session:
        session.delete(session.get(Enterprise, firm.id))
    with database.reading() as session:
        kept = select(func.count()).where(SearchEntry.subject_kind == "enterprise", SearchEntry.subject_id == firm.id)
        assert session.scalar(kept) == 0


def test_a_merged_lead_leaves_the_index(database, cast):
    with database.writing() as session:
        first, second = (make_lead(session, cast.officer, name=f"合并{n}诊断有限公司（示例）") for n in "甲乙")
        second.merged_into_id = first.id
    with database.reading() as session:
        assert numbers(session, "合并") == {first.id}


def test_other_kinds_are_found_too(database, cast):
    with database.writing() as session:
        segment = make_segment(session)
        session.add(Policy(key="p", title="工业上楼支持", summary="", category="载体", section="四（三）2"))
        assert titles(session, cast.officer, "试剂盒", SearchKind.SEGMENT) == [segment.name]
        assert titles(session, cast.officer, "上楼", SearchKind.POLICY) == ["工业上楼支持"]
        assert titles(session, cast.officer, "jiayuan", SearchKind.PARK) == ["甲园（示例）"]
        session.get(Park, cast.park).name = "丙园（示例）"
        assert titles(session, cast.officer, "丙园", SearchKind.PARK) == ["丙园（示例）"]


def test_nobody_is_shown_what_they_may_not_open(database, cast):
    with database.writing() as session:
        make_lead(session, cast.officer, name=FIRM, phone="13812345678")
        for kind in (SearchKind.LEAD, SearchKind.ENTERPRISE, SearchKind.CONTACT):
            typed = "5678" if kind is SearchKind.CONTACT else "参林"
            assert titles(session, cast.colleague, typed, kind), kind
            # Leaders see contacts masked and may not look at them: nor may they guess by searching.
            assert bool(titles(session, cast.leader, typed, kind)) is (kind is not SearchKind.CONTACT), kind
            for stranger in (cast.outsider, cast.other_chief, cast.manager, cast.chain_team, cast.admin):
                assert titles(session, stranger, typed, kind) == [], (kind, stranger)
        assert titles(session, cast.manager, "园", SearchKind.PARK) == ["甲园（示例）"]


def test_contacts_are_masked_and_never_lead_to_an_enterprise(database, cast):
    with database.writing() as session:
        firm = make_enterprise(session, "公开企业有限公司（示例）")
        lead = make_lead(session, cast.outsider, name=firm.name, phone="13812345678")
        assert lead.enterprise_id == firm.id
        for typed in ("张三丰", "5678", "13812345678"):
            assert titles(session, cast.officer, typed, SearchKind.ENTERPRISE) == [], typed
            assert titles(session, cast.officer, typed, SearchKind.CONTACT) == [], typed
        group = search.find(session, actor(session, cast.outsider), "5678", [SearchKind.CONTACT])[0]
        hit = group.hits[0]
        assert (hit.title, hit.number, hit.page_id) == ("张** 副总经理", "138****5678", lead.id)


def test_who_may_not_look_at_contacts_cannot_guess_them(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, name=FIRM, phone="13812345678")
        for typed in ("张三丰", "zsf", "5678", "13812345678"):
            assert titles(session, cast.officer, typed, SearchKind.LEAD) == [FIRM], typed
            assert titles(session, cast.leader, typed, SearchKind.LEAD) == [], typed
            narrowed = search.matching(session, "lead", Lead.id, typed, people=False)
            assert session.scalars(select(Lead.id).where(narrowed)).all() == []
        assert numbers(session, "参林 张三") == {lead.id}


def test_exact_names_come_first_then_beginnings_then_the_newest(database, cast):
    with database.writing() as session:
        for name in ("立白", "立白日化有限公司", "新立白有限公司", "大立白有限公司"):
            make_lead(session, cast.officer, name=name, duplicate_reason="试验")
        assert titles(session, cast.officer, "立白", SearchKind.LEAD) == [
            "立白", "立白日化有限公司", "大立白有限公司", "新立白有限公司",
        ]  # fmt: skip
        groups = search.find(session, actor(session, cast.officer), "立白", [SearchKind.LEAD], limit=3)
        assert len(groups[0].hits) == 3
        assert groups[0].more


def test_a_rebuilt_index_is_the_one_that_kept_itself(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, name=FIRM)
        lead.state = LeadState.VALID
        projects.promote(session, actor(session, cast.officer), lead.id)
        make_segment(session)
    rows = select(SearchEntry.subject_kind, SearchEntry.subject_id, SearchEntry.tokens)
    with database.writing() as session:
        kept = sorted(map(repr, session.execute(rows)))
        counts = search.rebuild(session)
        assert counts[SearchKind.LEAD] == counts[SearchKind.PROJECT] == 1
        assert sorted(map(repr, session.execute(rows))) == kept


def test_records_that_were_there_before_the_index_are_filled_in_once(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, name=FIRM)
    with database.writing() as session:
        session.execute(delete(SearchEntry))
        assert numbers(session, "参林") == set()
        search.fill(session)
        assert numbers(session, "参林") == {lead.id}
        session.execute(delete(SearchEntry).where(SearchEntry.subject_kind == "lead"))
        search.fill(session)
        assert numbers(session, "参林") == set(), "an index that is there is left alone"


def test_bulk_writers_say_what_they_wrote(database, cast):
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
    with database.writing() as session:
        session.execute(Enterprise.__table__.update().values(name="大宗改名有限公司", pinyin="dazonggaiming"))
        assert numbers(session, "大宗") == set()
        search.index(session, "lead", [lead.id])
        assert numbers(session, "大宗") == {lead.id}


@pytest.mark.parametrize("typed", ["参林", "大", "dsl", "0417", "13812345678"])
def test_an_index_answers_on_both_databases(database, cast, typed):
    """The plan itself: no row of the index is read that does not have what was typed."""
    with database.writing() as session:
        make_lead(session, cast.officer, name=FIRM)
        query = found(session, asked(SearchKind.LEAD, typed), SearchEntry.subject_id)
        dialect = session.get_bind().dialect
        statement = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        if database.is_sqlite:
            plan = session.execute(text(f"EXPLAIN QUERY PLAN {statement}".replace(":", "\\:"))).all()
            words = " | ".join(row[-1] for row in plan)
            assert "VIRTUAL TABLE INDEX" in words
            assert "SCAN search_entry" not in words
        else:
            # A planner reads a table of one page whole: the question is whether it could do otherwise.
            session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = session.execute(text(f"EXPLAIN {statement}".replace(":", "\\:"))).scalars()
            assert "ix_search_entry_tokens" in " ".join(plan)


def test_a_common_word_is_asked_of_each_row_where_that_is_quicker(database, cast, monkeypatch):
    monkeypatch.setattr("crm.services.search.conditions.FEW", 2)
    with database.writing() as session:
        leads = [
            make_lead(session, cast.officer, name=f"广州{word}有限公司（示例）")
            for word in ("粤岭", "粤海", "岭海", "海岭")
        ]
        assert numbers(session, "广州") == {lead.id for lead in leads}
        assert numbers(session, "广州 粤") == {lead.id for lead in leads[:2]}
        assert numbers(session, "海岭") == {leads[3].id}
        assert session.scalar(select(func.count()).select_from(Project)) == 0
