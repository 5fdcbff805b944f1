"""Plans of chains: versions from hand to hand, what is shown to whom, tasks, and what is to be settled before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import docx as word
import pytest
from sqlalchemy import select

from crm.domain.errors import Invalid, NotAllowed, NotFound, Stale
from crm.domain.pipeline import Stage
from crm.domain.plans import Indicator, PlanDocument, PlanGoal, PlanMeasure, PlanPark, PlanState, TaskState
from crm.domain.policies import Tier
from crm.infra.clock import today
from crm.models import AuditEntry, ChainMember, Notice, Person, PlanTask, PlanVersion
from crm.services import plans
from crm.services.plans import Base, TaskFacts
from crm.services.plans.word_file import docx
from tests.factories import actor, make_enterprise, make_lead, make_offer
from tests.planning import base, make_chain, make_task, place, segment, shipped
from tests.reminding import lead, project
from tests.statements import counted

DOCUMENT = PlanDocument(
    standing="优势链条之一",
    period=(2026, 2027),
    chief="周副区长（示例）",
    goals=(
        PlanGoal(text="缺环", year=2027, value=Decimal(0), unit="个", indicator=Indicator.GAPS_MISSING),
        PlanGoal(text="强环节", year=2027, value=Decimal(2), unit="个", indicator=Indicator.SEGMENTS_STRONG),
        PlanGoal(text="签约额", year=2026, value=Decimal(18), unit="亿元", indicator=Indicator.SIGNED_YI),
        PlanGoal(text="载体", year=2027, value=Decimal(6000), unit="平方米", indicator=Indicator.FREE_M2),
    ),
    gaps=("materials",),
    parks=(PlanPark(park="park-one", role="诊断原料"),),
    measures=(PlanMeasure(tier=Tier.GROWTH, text="靶向招商", section="四（三）2"),),
)


@pytest.fixture
def chain(database, cast):
    """The id of a chain with a shipped plan."""
    with database.writing() as session:
        made = make_chain(session)
        shipped(session, made)
        return made.id


def save(session, cast, chain_id, document=DOCUMENT, reason="写目标", person=None):
    who = actor(session, person or cast.chain_team)
    return plans.save(session, who, "biomedicine", document, reason, base(session, chain_id))


def handed_in(session, cast, chain_id):
    save(session, cast, chain_id)
    plans.submit(session, actor(session, cast.chain_team), "biomedicine", base(session, chain_id))


def decide(session, cast, chain_id, *, approve, word=""):
    leader = actor(session, cast.leader)
    return plans.decide(session, leader, "biomedicine", base(session, chain_id), approve=approve, word=word)


def told(session, kind):
    return set(session.scalars(select(Notice.person_id).where(Notice.kind == kind)))


# ── Versions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_save_is_a_version_of_its_own_and_the_next_ones_change_the_draft(database, cast, chain):
    with database.writing() as session:
        first = save(session, cast, chain)
        assert (first.number, first.state, first.author_id) == (2, PlanState.DRAFT, cast.chain_team)
        again = save(session, cast, chain, replace(DOCUMENT, lead_unit="招商一科（示例）"), "补部门")
        assert (again.id, again.reason) == (first.id, "补部门")
        rows = plans.versions(session, chain)
        assert [(row.number, row.author_id) for row in rows] == [(2, cast.chain_team), (1, None)]


def test_a_saved_version_remembers_how_the_map_stood(database, cast, chain):
    with database.writing() as session:
        row = save(session, cast, chain)
        document = PlanDocument.from_json(row.document)
        assert (document.map_revision, document.seen["materials"]) == (0, "missing")
        view = plans.show(session, actor(session, cast.chain_team), "biomedicine")
        assert view.changes == ()
    with database.writing() as session:
        place(session, segment(session, "materials"), make_enterprise(session, "新来原料厂（示例）"))
    with database.reading() as session:
        view = plans.show(session, actor(session, cast.chain_team), "biomedicine")
        assert [(row.segment.key, row.before.value, row.after.value) for row in view.changes] == [
            ("materials", "missing", "weak")
        ]
        assert any("图谱 1 处变化未写入" in str(item.title) for item in view.checklist)


def test_a_form_of_an_older_version_is_refused_and_nothing_is_saved(database, cast, chain):
    with database.writing() as session:
        opened = base(session, chain)
        save(session, cast, chain)
        who = actor(session, cast.chain_team)
        with pytest.raises(Stale):
            plans.save(session, who, "biomedicine", replace(DOCUMENT, chief="别人"), "也改", opened)
        with pytest.raises(Stale):
            plans.submit(session, who, "biomedicine", opened)
        assert PlanDocument.from_json(plans.newest(session, chain).document).chief == "周副区长（示例）"


@pytest.mark.parametrize(
    ("document", "reason", "field"),
    [
        (DOCUMENT, " ", "reason"),
        (replace(DOCUMENT, gaps=("nowhere",)), "x", "gaps"),
        (replace(DOCUMENT, parks=(PlanPark(park="nowhere"),)), "x", "parks-0-park"),
        (replace(DOCUMENT, standing="按纳税额给予奖励"), "x", "standing"),
    ],
)
def test_what_cannot_stand_in_a_plan_is_refused(database, cast, chain, document, reason, field):
    with database.writing() as session, pytest.raises(Invalid) as caught:
        save(session, cast, chain, document, reason)
    assert caught.value.field == field


def test_saving_without_a_change_is_refused(database, cast, chain):
    with database.writing() as session:
        save(session, cast, chain)
        with pytest.raises(Invalid, match="没有改动"):
            save(session, cast, chain)


def test_only_members_write_where_a_chain_has_some(database, cast, chain):
    with database.writing() as session:
        colleague = session.get(Person, cast.colleague)
        colleague.role = session.get(Person, cast.chain_team).role
        session.add(ChainMember(chain_id=chain, person_id=cast.colleague))
    with database.writing() as session:
        with pytest.raises(NotAllowed):
            save(session, cast, chain)
        assert not plans.show(session, actor(session, cast.chain_team), "biomedicine").may_edit
        assert save(session, cast, chain, person=cast.colleague).author_id == cast.colleague


@pytest.mark.parametrize("role", ["officer", "chief", "leader", "manager", "admin"])
def test_others_read_and_do_not_write(database, cast, chain, role):
    with database.writing() as session:
        who = actor(session, getattr(cast, role))
        assert plans.show(session, who, "biomedicine").document.standing == "优势链条之一"
        with pytest.raises(NotAllowed):
            save(session, cast, chain, person=getattr(cast, role))


def test_who_may_not_see_chains_sees_no_plan(database, cast, chain):
    with database.reading() as session, pytest.raises(NotAllowed):
        plans.show(session, actor(session, cast.auditor), "biomedicine")
    with database.reading() as session, pytest.raises(NotFound):
        plans.show(session, actor(session, cast.officer), "nowhere")


# ── From hand to hand ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_is_handed_in_and_approved(database, cast, chain):
    with database.writing() as session:
        handed_in(session, cast, chain)
        assert told(session, "plan.submitted") == {cast.leader}
        with pytest.raises(Invalid, match="先撤回"):
            save(session, cast, chain, replace(DOCUMENT, chief="别人"))
        row = decide(session, cast, chain, approve=True, word="同意")
        assert (row.state, row.approved_by_id) == (PlanState.APPROVED, cast.leader)
        assert row.review_on > today() + timedelta(days=180)
        assert told(session, "plan.approved") == {cast.chain_team}
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)).all()
        assert [each for each in actions if each.startswith("plan.")] == [
            "plan.saved",
            "plan.submitted",
            "plan.approved",
        ]


def test_the_next_approval_replaces_the_one_before(database, cast, chain):
    with database.writing() as session:
        for document in (DOCUMENT, replace(DOCUMENT, review_months=1)):
            save(session, cast, chain, document)
            plans.submit(session, actor(session, cast.chain_team), "biomedicine", base(session, chain))
            decide(session, cast, chain, approve=True)
        states = {row.number: row.state for row in plans.versions(session, chain)}
        assert states == {1: PlanState.DRAFT, 2: PlanState.REPLACED, 3: PlanState.APPROVED}
        assert plans.newest(session, chain).review_on <= today() + timedelta(days=31)


def test_a_plan_is_sent_back_with_a_word_that_stays_until_it_is_handed_in_and_answered(database, cast, chain):
    with database.writing() as session:
        handed_in(session, cast, chain)
        with pytest.raises(Invalid, match="要改什么"):
            decide(session, cast, chain, approve=False)
        row = decide(session, cast, chain, approve=False, word="把缺环写清")
        assert row.state is PlanState.DRAFT
        assert told(session, "plan.sent_back") == {cast.chain_team}
        saved = save(session, cast, chain, replace(DOCUMENT, chief="林副区长（示例）"), "按意见改")
        verdict = PlanDocument.from_json(saved.document).verdict
        assert (saved.number, verdict.word, verdict.approved) == (2, "把缺环写清", False)


def test_a_plan_is_taken_back_before_the_answer_and_not_after(database, cast, chain):
    with database.writing() as session:
        handed_in(session, cast, chain)
        who = actor(session, cast.chain_team)
        assert plans.withdraw(session, who, "biomedicine", base(session, chain)).state is PlanState.DRAFT
        with pytest.raises(Invalid):
            plans.withdraw(session, who, "biomedicine", base(session, chain))
        with pytest.raises(Invalid):
            decide(session, cast, chain, approve=True)


def test_only_leaders_answer(database, cast, chain):
    with database.writing() as session:
        handed_in(session, cast, chain)
        for person in (cast.chain_team, cast.chief, cast.officer):
            who = actor(session, person)
            with pytest.raises(NotAllowed):
                plans.decide(session, who, "biomedicine", base(session, chain), approve=True, word="")


# ── What is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_goals_stand_beside_the_values_of_now(database, cast, chain):
    with database.writing() as session:
        save(session, cast, chain)
        make_offer(session, cast.park, free_m2=1300)
        make_offer(session, cast.park, free_m2=None)
        aimed = {"segment_id": segment(session, "materials").id, "stage": Stage.SIGNED, "signed_on": today()}
        project(session, lead(session, cast, 1), signed_fen=1_250_000_000_00, **aimed)
        project(session, lead(session, cast, 2), **aimed)
        values = {}
        for who in (cast.leader, cast.officer):
            view = plans.show(session, actor(session, who), "biomedicine")
            values[who] = {row.goal.indicator: row.present for row in view.goals}
    leader, officer = values[cast.leader], values[cast.officer]
    assert leader[Indicator.GAPS_MISSING].value == 1  # 诊断试剂; 诊断原料 is being filled by the signed projects
    assert leader[Indicator.SIGNED_YI].value == Decimal("12.5")
    assert str(leader[Indicator.SIGNED_YI].note) == "1 项无金额"
    assert leader[Indicator.FREE_M2].value == 1300
    assert str(leader[Indicator.FREE_M2].note) == "1 个单元面积未知"
    assert officer[Indicator.SIGNED_YI].value is None
    assert str(officer[Indicator.SIGNED_YI].note) == "按权限不显示"


def test_aims_and_firms_of_measures_are_shown_within_the_scope(database, cast, chain):
    with database.writing() as session:
        save(session, cast, chain)
        aimed = segment(session, "materials").id
        made = make_lead(session, cast.officer, name="穗岭原料有限公司（示例）")
        made.segment_id = aimed
        firm = project(session, lead(session, cast, 7), segment_id=aimed).enterprise
        firm.tier = Tier.GROWTH
        session.flush()
        seen = {}
        for who in (cast.officer, cast.outsider, cast.leader, cast.manager):
            view = plans.show(session, actor(session, who), "biomedicine")
            aims = view.gaps[0].aims
            seen[who] = ((aims.leads, aims.projects) if aims else None, view.measures[0].names)
    assert seen[cast.officer] == ((1, 1), ("示例7公司（示例）",))
    assert seen[cast.leader] == seen[cast.officer]
    assert seen[cast.outsider] == (None, ())
    assert seen[cast.manager] == (None, ())


def test_a_plan_that_chose_nothing_shows_what_the_map_and_the_parks_offer(database, cast, chain):
    with database.writing() as session:
        make_offer(session, cast.park, segment=segment(session, "materials"))
    with database.reading() as session:
        view = plans.show(session, actor(session, cast.chain_team), "biomedicine")
    assert (view.gaps_chosen, [row.segment.key for row in view.gaps]) == (False, ["reagents", "materials"])
    assert (view.parks_chosen, [row.name for row in view.parks]) == (False, ["甲园（示例）"])
    assert [(row.name, [each.key for each in row.segments]) for row in view.leaders] == [
        ("岭南检验有限公司（示例）", ["labs"])
    ]
    assert [(row.position, row.segments, row.firms) for row in view.positions] == [
        ("upstream", 1, 0),
        ("midstream", 1, 0),
        ("downstream", 1, 1),
        ("", 3, 1),
    ]


def test_the_checklist_says_what_is_missing_and_shrinks_as_it_is_settled(database, cast, chain):
    def titles(session):
        return [
            str(item.title) for item in plans.show(session, actor(session, cast.chain_team), "biomedicine").checklist
        ]

    with database.writing() as session:
        assert titles(session) == ["没有写链长和牵头部门", "没有带年份和数值的目标", "没有选要补的缺环"]
        document = replace(DOCUMENT, lead_unit="招商一科（示例）", firms=("没落位的龙头（示例）",))
        save(session, cast, chain, document)
        assert titles(session) == ["没落位的龙头（示例）未归环节", "1 个缺环没有任务"]
        row = session.get(PlanVersion, plans.newest(session, chain).id)
        save(session, cast, chain, replace(PlanDocument.from_json(row.document), firms=()), "龙头待定")
        late = make_task(
            session,
            row.chain,
            segment_id=segment(session, "materials").id,
            owner_id=cast.officer,
            due_on=today() - timedelta(days=9),
        )
        assert titles(session) == ["1 项任务逾期"]
        who = actor(session, cast.chain_team)
        plans.tasks.end(session, who, late.id, TaskState.DONE, "走访了三家", late.version)
        assert titles(session) == ["1 个缺环没有任务"]


def test_the_overview_counts_what_is_open_overdue_and_nobodys(database, cast, chain):
    with database.writing() as session:
        handed_in(session, cast, chain)
        decide(session, cast, chain, approve=True)
        save(session, cast, chain, replace(DOCUMENT, chief="林副区长（示例）"))
        row = plans.newest(session, chain)
        make_task(session, row.chain, due_on=today() - timedelta(days=1), owner_id=cast.officer)
        make_task(session, row.chain)
        make_task(session, row.chain, state=TaskState.DONE)
    with database.reading() as session:
        (found,) = plans.overview(session, actor(session, cast.officer))
    assert (found.newest, found.state, found.approved) == (3, PlanState.DRAFT, 2)
    assert (found.open_tasks, found.overdue, found.unowned) == (2, 1, 1)
    assert (found.goals, found.measured, found.gaps, found.missing) == (4, 4, 1, 2)


def test_a_plan_costs_the_same_however_many_tasks_and_versions_it_has(database, cast, chain):
    costs = []
    for count in (2, 12):
        with database.writing() as session:
            for number in range(count):
                make_task(session, plans.newest(session, chain).chain, owner_id=cast.officer, text=f"任务 {number}")
                save(session, cast, chain, replace(DOCUMENT, chief=f"链长 {count} {number}"))
                handed = plans.submit(session, actor(session, cast.chain_team), "biomedicine", base(session, chain))
                decide(session, cast, chain, approve=True, word=str(handed.number))
        with database.reading() as session:
            plans.show(session, actor(session, cast.chain_team), "biomedicine")
        with database.reading() as session, counted() as seen:
            plans.show(session, actor(session, cast.chain_team), "biomedicine")
        costs.append(len(seen))
    assert costs[1] <= costs[0] <= 24


# ── Tasks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_task_is_given_to_somebody_who_is_told_and_done_by_them(database, cast, chain):
    with database.writing() as session:
        team, officer = actor(session, cast.chain_team), actor(session, cast.officer)
        wanted = TaskFacts(text="走访三家原料企业", owner_id=cast.officer, due_on=today() + timedelta(days=20))
        task = plans.tasks.add(session, team, "biomedicine", wanted)
        assert told(session, "plan_task.assigned") == {cast.officer}
        with pytest.raises(Invalid, match="办到了什么"):
            plans.tasks.end(session, officer, task.id, TaskState.DONE, " ", task.version)
        with pytest.raises(NotAllowed):
            plans.tasks.end(session, actor(session, cast.colleague), task.id, TaskState.DONE, "x", task.version)
        with pytest.raises(NotAllowed):
            plans.tasks.end(session, officer, task.id, TaskState.DROPPED, "不做了", task.version)
        plans.tasks.end(session, officer, task.id, TaskState.DONE, "走访了三家，一家有意向", task.version)
        assert (task.state, task.ended_on) == (TaskState.DONE, today())
        assert told(session, "plan_task.done") == {cast.chain_team}
        with pytest.raises(Invalid):
            plans.tasks.change(session, team, task.id, wanted, task.version)
        plans.tasks.end(session, team, task.id, TaskState.OPEN, "", task.version)
        assert (task.state, task.outcome, task.ended_on) == (TaskState.OPEN, None, None)
        plans.tasks.end(session, team, task.id, TaskState.DROPPED, "企业已外迁", task.version)
        assert task.state is TaskState.DROPPED


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "按税收贡献给予奖励"}, "text"),
        ({"owner_id": "leader"}, "owner_id"),
        ({"due_on": today() - timedelta(days=1)}, "due_on"),
        ({"segment_id": 2_000_000}, "segment_id"),
        ({"park_id": 2_000_000}, "park_id"),
    ],
)
def test_a_task_that_makes_no_sense_is_refused(database, cast, chain, change, field):
    if change.get("owner_id"):
        change = {"owner_id": cast.leader}
    with database.writing() as session, pytest.raises(Invalid) as caught:
        plans.tasks.add(
            session, actor(session, cast.chain_team), "biomedicine", TaskFacts(**{"text": "走访", **change})
        )
    assert caught.value.field == field


def test_an_overdue_task_may_be_reworded_and_a_stale_form_may_not(database, cast, chain):
    with database.writing() as session:
        team = actor(session, cast.chain_team)
        late = today() - timedelta(days=5)
        task = make_task(session, plans.newest(session, chain).chain, due_on=late)
        version = task.version
        plans.tasks.change(session, team, task.id, TaskFacts(text="走访四家", due_on=late), version)
        assert task.text == "走访四家"
        with pytest.raises(Stale):
            plans.tasks.change(session, team, task.id, TaskFacts(text="走访五家"), version)


def test_lights_of_tasks(database, cast, chain):
    with database.writing() as session:
        row = plans.newest(session, chain).chain
        for days in (40, 5, 0, -3):
            make_task(session, row, text=str(days), due_on=today() + timedelta(days=days))
        make_task(session, row, text="none")
        lights = {each.task.text: each.light for each in plans.tasks.of_chain(session, chain)}
    assert lights == {"40": "green", "5": "yellow", "0": "red", "-3": "red", "none": "none"}


# ── The Word document ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_word_document_opens_again_and_holds_every_table(database, cast, chain):
    with database.writing() as session:
        save(session, cast, chain)
        make_task(session, plans.newest(session, chain).chain, owner_id=cast.officer, due_on=today())
        view = plans.show(session, actor(session, cast.chain_team), "biomedicine")
        content = docx(view, str, lambda thing: thing.name, district="广州市荔湾区", source="实施意见（征求意见稿）")
    opened = word.Document(BytesIO(content))
    text = "\n".join(paragraph.text for paragraph in opened.paragraphs)
    assert "生物医药（示例链）产业链一链一策（2026—2027 年）" in text
    assert "一、目标" in text
    assert "不含与纳税挂钩的奖励" in text
    heads = [[cell.text for cell in table.rows[0].cells] for table in opened.tables]
    assert [head[0] for head in heads] == ["链长", "位置", "企业或机构", "环节", "载体", "层级", "任务"]
    assert opened.tables[0].rows[1].cells[0].text == "周副区长（示例）"
    assert [cell.text for cell in opened.tables[3].rows[1].cells][:3] == ["诊断原料", "缺", "补链"]
    assert "走访三家原料企业" in opened.tables[6].rows[1].cells[0].text
    fonts = opened.styles["Normal"].element.rPr.rFonts
    assert "Microsoft YaHei" in fonts.values()
    assert (round(opened.sections[0].page_width.mm), round(opened.sections[0].page_height.mm)) == (210, 297)


def test_nothing_is_seen_of_a_version_that_there_is_not(database, cast, chain):
    with database.reading() as session:
        who = actor(session, cast.officer)
        assert plans.show(session, who, "biomedicine", 1).version.number == 1
        with pytest.raises(NotFound):
            plans.show(session, who, "biomedicine", 9)
        assert session.scalar(select(PlanTask.id)) is None
        assert Base(number=1, version=1) == base(session, chain)
