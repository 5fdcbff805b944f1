"""Imports end to end on both databases: what a file adds, changes, repeats, is refused, and how it is taken back."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from crm.domain.enterprises.words import Size
from crm.domain.errors import Invalid, NotFound, Stale
from crm.domain.imports import ImportKind, ImportState, RowOutcome, UndoOutcome
from crm.domain.leads import FollowUpKind, LeadSource, LeadState
from crm.domain.pipeline import Stage
from crm.domain.search import SearchKind
from crm.domain.sentences import Sentence
from crm.infra.clock import now, today
from crm.models import (
    Activity,
    AuditEntry,
    Contact,
    Enterprise,
    Lead,
    Match,
    Project,
    SearchEntry,
    StageChange,
)
from crm.services import audit, imports, search
from crm.services.follow_ups import NextStep, add
from tests.factories import USCC, actor, make_lead, make_offer, make_segment
from tests.importing import Clerk, clerk, table

HEAD = (
    "企业名称",
    "统一社会信用代码",
    "联系人",
    "电话",
    "来源",
    "对方诉求",
    "总投资（亿元）",
    "方式",
    "面积",
    "从业人员",
    "年营业收入",
    "行业代码",
)
ONE = (
    "示例穗岭诊断有限公司",
    "",
    "张三丰",
    "13700000001",
    "走访",
    "想租一层",
    "0.3",
    "租",
    "约1200㎡",
    "86",
    "6800",
    "2770",
)
TWO = ("示例岭南机器人有限公司", USCC, "李四", "+86 13700000002", "展会", "要厂房", "1.2", "租", "2000", "", "", "")


@pytest.fixture
def officer(database, cast, tmp_path) -> Clerk:
    return clerk(database, cast.officer, tmp_path)


def leads(database) -> list[Lead]:
    with database.reading() as session:
        found = list(session.scalars(select(Lead).order_by(Lead.id)))
        for lead in found:
            # Loaded while there is a session.
            _ = (lead.enterprise, lead.contact, lead.owner)
        session.expunge_all()
        return found


def count(database, model) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model))


# ── Adding ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_becomes_leads_with_everything_that_a_form_gives_them(database, cast, officer):
    with database.writing() as session:
        make_offer(session, cast.park)
    run_id = officer.bring(table(HEAD, ONE, TWO))
    assert officer.run(run_id).state is ImportState.COMMITTED
    assert officer.counts(run_id) == {"added": 2}
    first, second = leads(database)
    assert (first.number[:3], first.state, first.owner_id, first.section_id) == (
        "XS-",
        LeadState.NEW,
        cast.officer,
        cast.section,
    )
    assert (first.source, first.area_target, first.investment_fen) == (LeadSource.VISIT, 1200, 3_000_000_000)
    assert first.typed == {"area_target": "约1200㎡", "investment": "0.3"}
    assert first.protected_until > today()
    firm = first.enterprise
    assert (firm.normalised_name, firm.size, firm.pinyin != "") == ("示例穗岭诊断", Size.SMALL.value, True)
    assert (second.enterprise.uscc, second.contact.phone, second.contact.section_id) == (
        USCC,
        "13700000002",
        cast.section,
    )
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Activity).where(Activity.kind == "lead.created")) == 2
        assert session.scalar(select(func.count()).select_from(Match).where(Match.lead_id == first.id)) > 0
        created = session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)).all()
        assert created.count("lead.created") == 2
        assert "import.committed" in created
        assert audit.verify(session).broken_at is None
        found = session.scalar(select(Lead.id).where(search.matching(session, "lead", Lead.id, "穗岭")))
        assert found == first.id


def test_the_next_form_goes_on_counting(database, cast, officer):
    officer.bring(table(HEAD, ONE, TWO))
    with database.writing() as session:
        lead = make_lead(session, cast.officer)
        numbers = sorted(int(number[-4:]) for number in session.scalars(select(Lead.number)))
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert lead.number.endswith(f"{numbers[-1]:04d}")


def test_the_same_file_again_adds_nothing(database, officer):
    content = table(HEAD, ONE, TWO)
    first = officer.bring(content)
    second = officer.preview(content)
    assert officer.counts(second) == {"same": 2}
    with pytest.raises(Invalid, match="全部已存在"):
        officer.commit(second)
    assert count(database, Lead) == 2
    with database.reading() as session:
        assert imports.earlier_of_same_file(session, officer.run(second)).id == first


def test_known_firms_and_contacts_are_used_and_learn_what_was_unknown(database, cast, officer):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, name=ONE[0], phone="13700000001")
        lead.state = LeadState.INVALID
        firm_id, contact_id = lead.enterprise_id, lead.contact_id
    officer.bring(table((*HEAD, "邮箱"), (*ONE, "san@example.com")))
    new = leads(database)[-1]
    assert (new.enterprise_id, new.contact_id, new.contact.email) == (firm_id, contact_id, "san@example.com")
    assert count(database, Enterprise) == 1


def test_columns_are_remembered_for_the_section(database, cast, officer, tmp_path):
    content = table(("企业名称", "来源", "摘要"), ("示例甲公司", "走访", "要地"))
    run_id = officer.upload(content)
    officer.choose(run_id, 摘要="content")
    colleague = clerk(database, cast.colleague, tmp_path)
    assert colleague.run(colleague.upload(content)).mapping == {"0": "name", "1": "source", "2": "content"}
    outsider = clerk(database, cast.outsider, tmp_path)
    assert outsider.run(outsider.upload(content)).mapping == {"0": "name", "1": "source"}


def test_a_needed_column_must_be_there_and_no_field_twice(database, cast, officer):
    run_id = officer.upload(table(HEAD, ONE))
    with database.writing() as session:
        mapping = {int(at): key for at, key in officer.run(run_id).mapping.items()}
        with pytest.raises(Invalid, match="来源"):
            imports.choose(session, actor(session, cast.officer), run_id, mapping | {4: ""})
        with pytest.raises(Invalid) as caught:
            imports.choose(session, actor(session, cast.officer), run_id, mapping | {5: "name"})
    assert caught.value.field == "c5"


# ── Errors, and the grid ─────────────────────────────────────────────────────────────────────────────────────────────


def test_errors_stand_beside_their_cells_and_are_corrected_in_the_grid(database, cast, officer):
    wrong = ("示例错误公司", "91440101MA59GY3X00", "王", "1.38E+10", "引荐", "", "", "", "1200", "", "", "")
    run_id = officer.preview(table(HEAD, ONE, wrong))
    assert set(officer.errors(run_id)[3]) == {"uscc", "phone", "referrer"}
    with pytest.raises(Invalid, match="还有 1 行有错"):
        officer.commit(run_id)
    row = officer.rows(run_id)[1]
    with database.writing() as session:
        person = actor(session, cast.officer)
        imports.edit_row(session, person, run_id, row.id, {1: "", 3: "13700000003", 4: "走访"})
    assert set(officer.errors(run_id)[3]) == {"tenure"}
    with database.writing() as session:
        imports.edit_row(session, actor(session, cast.officer), run_id, row.id, {7: "租"})
    assert officer.errors(run_id) == {}
    assert officer.counts(run_id) == {"added": 2}
    officer.commit(run_id)
    assert count(database, Lead) == 2


def test_rows_that_repeat_each_other_are_named_until_one_is_changed_or_skipped(database, cast, officer):
    again = ("示例穗岭诊断有限责任公司", "", "李", "13700000009", "走访", "", "", "", "", "", "", "")
    phone = ("示例别家公司", "", "张三丰", "137 0000 0001", "走访", "", "", "", "", "", "", "")
    run_id = officer.preview(table(HEAD, ONE, again, phone))
    assert officer.errors(run_id) == {3: {"name": "与第 2 行重复。"}, 4: {"phone": "与第 2 行重复。"}}
    with database.writing() as session:
        first = officer.rows(run_id)[0]
        imports.skip_row(session, actor(session, cast.officer), run_id, first.id, skip=True)
    assert officer.errors(run_id) == {}
    assert officer.counts(run_id) == {"added": 2, "skipped": 1}
    with database.writing() as session:
        imports.skip_row(session, actor(session, cast.officer), run_id, first.id, skip=False)
    assert set(officer.errors(run_id)) == {3, 4}
    with database.writing() as session:
        assert imports.skip_errors(session, actor(session, cast.officer), run_id) == 2
    officer.commit(run_id)
    assert officer.counts(run_id) == {"added": 1, "skipped": 2}


def test_existing_leads_are_duplicates_by_name_and_phone_and_foreign_ones_stay_blind(database, cast, officer):
    with database.writing() as session:
        mine = make_lead(session, cast.colleague, name=ONE[0], phone="13811112222").number
        make_lead(session, cast.outsider, name="示例外科室公司", phone="13833334444")
    foreign = ("示例外科室有限公司", "", "", "", "走访", "", "", "", "", "", "", "")
    phone = ("示例新公司", "", "", "13833334444", "走访", "", "", "", "", "", "", "")
    run_id = officer.preview(table(HEAD, ONE, foreign, phone))
    errors = officer.errors(run_id)
    assert mine in errors[2]["name"]
    assert errors[3] == {"name": "已由招商二科登记，联系人：李文博。"}
    assert errors[4] == {"name": "已由招商二科登记，联系人：李文博。"}
    reasoned = table((*HEAD, "另外登记的原因"), (*ONE, "另一个厂区"))
    assert officer.counts(officer.bring(reasoned)) == {"added": 1}


def test_what_changed_between_preview_and_writing_is_noticed_and_nothing_is_written(database, cast, officer):
    run_id = officer.preview(table(HEAD, ONE, TWO))
    with database.writing() as session:
        make_lead(session, cast.outsider, name=ONE[0], phone="13899998888")
    officer.commit(run_id)
    run = officer.run(run_id)
    assert run.state is ImportState.PREVIEW
    assert "没有写入任何数据" in Sentence.load(run.error).say()
    assert set(officer.errors(run_id)) == {2}
    assert count(database, Lead) == 1


def test_an_example_row_is_left_out_and_a_printed_header_is_no_record(database, officer):
    content = table(HEAD, ("【示例】示例公司", *ONE[1:]), ONE, HEAD, TWO)
    assert officer.counts(officer.preview(content)) == {"added": 2, "skipped": 1}


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"a,b\n1,2\n", "找不到表头"), (table(HEAD), "没有数据"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 80, "旧版 .xls")],
)
def test_a_file_that_cannot_be_read_says_why(officer, content, words):
    run = officer.run(officer.upload(content))
    assert run.state is ImportState.REFUSED
    assert words in Sentence.load(run.error).say()


def test_names_and_sizes_are_checked_before_anything_is_kept(database, cast, officer, monkeypatch):
    with pytest.raises(Invalid, match="另存为"):
        officer.upload(b"x", name="a.xls")
    with pytest.raises(Invalid, match="扩展名"):
        officer.upload(b"x", name="a.exe")
    monkeypatch.setattr("crm.services.imports.arrival.MOST_BYTES", 1 << 20)
    with pytest.raises(Invalid, match="超过 1 MB"):
        officer.upload(b"x" * ((1 << 20) + 1))
    assert list(officer.files.names()) == []


# ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_number_changes_what_is_stated_and_an_empty_cell_leaves_alone(database, cast, officer):
    officer.bring(table(HEAD, ONE))
    lead = leads(database)[0]
    run_id = officer.bring(
        table(
            ("编号", "企业名称", "来源", "面积 目标", "电话", "从业人员"),
            (lead.number, "", "", "1500", "13900000000", "90"),
        )
    )
    assert officer.counts(run_id) == {"changed": 1}
    changed = leads(database)[0]
    assert (changed.area_target, changed.source, changed.content) == (1500, LeadSource.VISIT, "想租一层")
    assert (changed.contact.phone, changed.contact.name, changed.enterprise.employees) == ("13900000000", "张三丰", 90)
    assert changed.version > lead.version
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "lead.edited")).one()
        assert (entry.before["area_target"], entry.after["area_target"]) == (1200, 1500)
        assert entry.after["phone"] == "139****0000"
        noted = session.scalars(select(Activity).where(Activity.kind == "lead.edited")).one()
        assert "contact" in noted.params["fields"]


def test_a_code_changes_the_firms_one_open_lead(database, officer):
    officer.bring(table(HEAD, TWO))
    run_id = officer.bring(table(("企业名称", "统一社会信用代码", "来源", "总投资"), (TWO[0], USCC, "展会", "2亿")))
    assert officer.counts(run_id) == {"changed": 1}
    assert leads(database)[0].investment_fen == 20_000_000_000


def test_numbers_of_others_are_refused_like_numbers_that_do_not_exist(database, cast, officer):
    with database.writing() as session:
        foreign = make_lead(session, cast.outsider).number
        colleagues = make_lead(session, cast.colleague).number
    head = ("编号", "来源", "对方诉求")
    run_id = officer.preview(table(head, (foreign, "", "改"), ("XS-1999-0001", "", "改"), (colleagues, "", "改")))
    errors = officer.errors(run_id)
    assert errors[2]["number"] == f"没有编号 {foreign}，或您无权查看。新记录请把编号留空。"
    assert errors[3]["number"].startswith("没有编号 XS-1999-0001")
    assert "由他人负责" in errors[4]["number"]


def test_only_a_chief_names_another_owner(database, cast, officer, tmp_path):
    content = table((*HEAD, "负责人"), (*ONE, "林同事"))
    assert "分派由科长做" in officer.errors(officer.preview(content))[2]["owner"]
    chief = clerk(database, cast.chief, tmp_path)
    chief.bring(content)
    assert leads(database)[0].owner_id == cast.colleague
    away = table((*HEAD, "负责人"), (*TWO, "李文博"))
    assert "本科室" in chief.errors(chief.preview(away))[2]["owner"]


# ── Projects and enterprises ─────────────────────────────────────────────────────────────────────────────────────────

PROJECT_HEAD = ("项目名称", "企业名称", "阶段", "总投资", "签约金额", "签约日期", "产业环节")


def test_a_project_brings_its_lead_and_its_first_step(database, cast, officer):
    with database.writing() as session:
        segment = make_segment(session).id
    rows = (
        ("示例一期", "示例甲公司", "储备", "1.2亿", "", "", "体外诊断试剂"),
        ("示例二期", "示例甲公司", "", "3000", "", "", ""),
    )
    run_id = officer.bring(table(PROJECT_HEAD, *rows), ImportKind.PROJECTS)
    assert officer.counts(run_id) == {"added": 2}
    with database.reading() as session:
        first, second = session.scalars(select(Project).order_by(Project.id)).all()
        assert (first.number[:3], first.stage, first.segment_id) == ("CB-", Stage.RESERVE, segment)
        assert first.enterprise_id == second.enterprise_id
        assert first.lead_id != second.lead_id
        assert (first.lead.owner_id, first.lead.section_id, first.lead.state) == (
            first.owner_id,
            first.section_id,
            LeadState.VALID,
        )
        steps = session.scalars(select(StageChange).where(StageChange.project_id == first.id)).all()
        assert [step.to_stage for step in steps] == [Stage.RESERVE]


def test_a_later_stage_needs_the_chief_and_the_contract(database, cast, officer, tmp_path):
    signed = ("示例项目", "示例甲公司", "签约", "1.2亿", "", "", "")
    content = table(PROJECT_HEAD, signed)
    assert "请科长导入" in officer.errors(officer.preview(content, ImportKind.PROJECTS))[2]["stage"]
    chief = clerk(database, cast.chief, tmp_path)
    assert "签约日期" in chief.errors(chief.preview(content, ImportKind.PROJECTS))[2]["signed_on"]
    whole = table(PROJECT_HEAD, (*signed[:4], "1亿", "2026年3月1日", ""))
    chief.bring(whole, ImportKind.PROJECTS)
    with database.reading() as session:
        project = session.scalars(select(Project)).one()
        assert (project.stage, project.signed_fen, project.signed_on) == (
            Stage.SIGNED,
            10_000_000_000,
            date(2026, 3, 1),
        )
    assert chief.counts(chief.preview(whole, ImportKind.PROJECTS)) == {"same": 1}


def test_a_project_grows_from_the_firms_one_lead_and_its_undo_leaves_that_lead(database, cast, officer):
    with database.writing() as session:
        lead_id = make_lead(session, cast.officer, name="示例甲公司").id
    run_id = officer.bring(table(PROJECT_HEAD, ("示例项目", "示例甲公司", "", "", "", "", "")), ImportKind.PROJECTS)
    with database.reading() as session:
        assert session.scalars(select(Project.lead_id)).one() == lead_id
        assert session.get_one(Lead, lead_id).state is LeadState.VALID
    officer.undo(run_id)
    assert officer.counts(run_id)["reversed"] == 1
    with database.reading() as session:
        assert session.get_one(Lead, lead_id).state is LeadState.NEW
        assert session.scalar(select(func.count()).select_from(Project)) == 0


def test_enterprises_alone_are_seen_by_the_section_that_entered_them(database, cast, officer):
    content = table(("企业名称", "统一社会信用代码", "从业人员"), ("示例甲公司", USCC, "20"))
    run_id = officer.bring(content, ImportKind.ENTERPRISES)
    assert officer.counts(run_id) == {"added": 1}
    from crm.services import enterprises

    with database.reading() as session:
        firm_id = session.scalars(select(Enterprise.id)).one()
        assert enterprises.is_visible(session, actor(session, cast.colleague), firm_id)
        assert not enterprises.is_visible(session, actor(session, cast.outsider), firm_id)
    assert officer.counts(officer.preview(content, ImportKind.ENTERPRISES)) == {"same": 1}
    more = table(("企业名称", "统一社会信用代码", "从业人员"), ("示例甲", USCC, "30"))
    assert officer.counts(officer.bring(more, ImportKind.ENTERPRISES)) == {"changed": 1}
    officer.undo(run_id)
    assert officer.counts(run_id)["kept"] == 1


# ── Taking back ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_undo_removes_what_was_added_and_everything_that_came_with_it(database, officer):
    run_id = officer.bring(table(HEAD, ONE, TWO))
    officer.undo(run_id)
    assert officer.run(run_id).state is ImportState.UNDONE
    assert officer.counts(run_id) == {"added": 2, "reversed": 2}
    assert [count(database, model) for model in (Lead, Enterprise, Contact, Activity)] == [0, 0, 0, 0]
    with database.reading() as session:
        left = (
            select(func.count())
            .select_from(SearchEntry)
            .where(SearchEntry.subject_kind.in_((SearchKind.LEAD, SearchKind.ENTERPRISE, SearchKind.CONTACT)))
        )
        assert session.scalar(left) == 0
        assert audit.verify(session).broken_at is None
    with pytest.raises(Stale):
        officer.undo(run_id)


def test_what_was_edited_or_worked_on_since_is_kept_and_named(database, cast, officer):
    three = ("示例第三公司", "", "", "", "走访", "", "", "", "", "", "", "")
    run_id = officer.bring(table(HEAD, ONE, TWO, three))
    with database.writing() as session:
        edited, worked_on, _untouched = session.scalars(select(Lead).order_by(Lead.id)).all()
        edited.content = "后来改过"
        step = NextStep(kind=FollowUpKind.CALL, subject="回电", due_at=now())
        add(session, actor(session, cast.officer), worked_on, step)
        number = edited.number
    officer.undo(run_id)
    assert officer.counts(run_id) == {"added": 3, "reversed": 1, "kept": 2}
    rows = officer.rows(run_id)
    assert [row.undo for row in rows] == [UndoOutcome.KEPT, UndoOutcome.KEPT, UndoOutcome.REVERSED]
    assert Sentence.load(rows[0].undo_reason).say() == f"{number} 之后又改过"
    assert rows[1].undo_reason is not None
    assert count(database, Lead) == 2


def test_an_undo_gives_changed_records_their_former_values_unless_edited_since(database, cast, officer):
    officer.bring(table(HEAD, ONE, TWO))
    before = leads(database)
    head = ("编号", "来源", "面积 目标", "联系人", "从业人员", "最晚入驻")
    later = f"{today().year + 1}-05-01"
    run_id = officer.bring(
        table(head, (before[0].number, "", "1500", "张四", "90", later), (before[1].number, "", "2500", "", "", ""))
    )
    with database.writing() as session:
        session.get_one(Lead, before[1].id).content = "之后改过"
    officer.undo(run_id)
    assert officer.counts(run_id) == {"changed": 2, "reversed": 1, "kept": 1}
    first, second = leads(database)
    assert (first.area_target, first.needed_on, first.contact.name, first.enterprise.employees) == (
        1200,
        None,
        "张三丰",
        86,
    )
    assert second.area_target == 2500


def test_a_record_that_is_gone_is_a_failure_with_its_reason(database, cast, officer):
    officer.bring(table(HEAD, ONE))
    lead = leads(database)[0]
    run_id = officer.bring(table(("编号", "来源", "对方诉求"), (lead.number, "", "改")))
    with database.writing() as session:
        session.delete(session.get_one(Lead, lead.id))
    officer.undo(run_id)
    assert officer.counts(run_id) == {"changed": 1, "failed": 1}
    assert Sentence.load(officer.rows(run_id)[0].undo_reason).say() == "记录已经不在了。"


# ── Whose it is, and the jobs ────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_is_its_persons_alone(database, cast, officer):
    run_id = officer.preview(table(HEAD, ONE))
    with database.writing() as session:
        for stranger in (cast.colleague, cast.chief, cast.outsider):
            person = actor(session, stranger)
            for attempt in (imports.load, imports.commit, imports.undo):
                with pytest.raises(NotFound):
                    attempt(session, person, run_id)


def test_progress_ends_at_all_rows_and_the_rows_say_what_became_of_them(database, officer):
    run_id = officer.bring(table(HEAD, ONE, TWO))
    rows = officer.rows(run_id)
    assert [row.outcome for row in rows] == [RowOutcome.ADDED, RowOutcome.ADDED]
    assert [row.subject_id for row in rows] == [lead.id for lead in leads(database)]
    assert [row.line for row in rows] == [2, 3]
