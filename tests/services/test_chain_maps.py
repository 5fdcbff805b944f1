"""Maps as revisions: saved whole or not at all, merged with what others saved, carried to heirs, kept from the seed."""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy import func, select

from chains.engine import check as checking
from chains.engine import edit, links, loader, reading
from chains.engine.diff import ChangeKind, diff
from chains.engine.merge import Side
from chains.engine.model import Placement as Claim
from chains.engine.model import Segment as MapSegment
from chains.engine.model import SourceRef, Survey
from chains.engine.refusals import Refusal
from crm.domain.errors import Invalid, NotAllowed, NotFound
from crm.infra.db import Database
from crm.models import (
    AuditEntry,
    Chain,
    ChainMember,
    ChainRevision,
    GapTarget,
    ParkPositioning,
    Placement,
    PlanTask,
    Purchase,
    Segment,
    SegmentChange,
    SegmentEdge,
)
from crm.services import chain_maps
from crm.services.chain_maps import MapConflict, words
from crm.services.seed.load import load_district
from tests.cast import Cast
from tests.factories import actor, make_enterprise, make_lead
from tests.mapping import DOCUMENT, KEY, make_chain, newest_document, tea

NEW = MapSegment("tasting", "品鉴", "Tasting", "downstream", gbt=("5226",), sources=(SourceRef("industry"),))


def rows(session) -> dict[str, Segment]:
    query = select(Segment).join(Chain, Chain.id == Segment.chain_id).where(Chain.key == KEY)
    return {row.key: row for row in session.scalars(query)}


def number(session) -> int:
    return session.scalar(select(Chain.revision).where(Chain.key == KEY))


@pytest.fixture
def editing(database: Database, cast: Cast):
    """A session with the chain and an editor: (session, actor, change(edit, base=…))."""
    with database.writing() as session:
        make_chain(session, cast.chain_team)
        person = actor(session, cast.chain_team)

        def change(what, base: int | None = None, **more):
            return chain_maps.change(session, person, KEY, base or number(session), what, "照现场改", **more)

        yield session, person, change


def test_a_saved_map_is_a_revision_and_rows(editing, cast: Cast):
    session, _person, _change = editing
    found = rows(session)
    assert [found["green"].position, found["green"].parent_id] == ["upstream", found["garden"].id]
    assert (found["sale"].template["area_max_m2"], found["sale"].sources[1]["section"]) == (300, "四（四）3（3）")
    edges = session.scalars(select(SegmentEdge).order_by(SegmentEdge.id)).all()
    assert [float(edges[0].share), edges[1].share] == [0.75, None]
    saved = chain_maps.revisions(session, KEY)
    assert [(each.number, each.author_id, each.reason) for each in saved] == [
        (2, cast.chain_team, "第一版"),
        (1, None, "编辑之前的图谱"),
    ]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "chain.edited")).one()
    assert (entry.actor_id, entry.after["revision"], entry.after["reason"]) == (cast.chain_team, 2, "第一版")
    assert session.scalar(select(func.count()).select_from(SegmentChange)) > 0


def test_what_is_exported_is_imported_without_a_change(editing):
    session, _person, change = editing
    text = chain_maps.export_yaml(session, KEY)
    assert text == DOCUMENT
    state, found = chain_maps.import_yaml(session, KEY, text)
    assert diff(state.map, found) == ()
    assert change(lambda _old: found).changes == ()
    assert number(session) == 2


def test_rows_keep_their_ids_and_what_hangs_on_them(editing, cast: Cast):
    session, _person, change = editing
    before = {key: row.id for key, row in rows(session).items()}
    lead = make_lead(session, cast.officer)
    lead.segment_id = before["firing"]
    session.flush()
    change(lambda old: edit.move_segment(edit.rename(old, "firing", "杀青", ""), "firing", position="midstream"))
    after = rows(session)
    assert {key: row.id for key, row in after.items()} == before
    assert (after["firing"].name, after["firing"].name_en, after["firing"].parent_id) == ("杀青", None, None)
    assert lead.segment_id == before["firing"]


def test_an_edit_is_refused_by_name_and_nothing_is_saved(editing):
    session, _person, change = editing
    with pytest.raises(Invalid) as caught:
        change(lambda old: links.add_edge(links.add_edge(old, "green", "dark"), "dark", "green"))
    assert str(caught.value) == (
        "这样供应关系会绕成一个圈：黑茶种植 → 绿茶种植 → 黑茶种植。请先去掉其中一条。"
    ) or "绿茶种植 → 黑茶种植 → 绿茶种植" in str(caught.value)
    with pytest.raises(Invalid, match="写明为什么改"):
        chain_maps.change(session, _person, KEY, 2, lambda old: edit.remove_segment(old, "sale"), "  ")
    with pytest.raises(Invalid, match="GB/T 4754"):
        change(lambda old: edit.change_segment(old, "sale", gbt=("9999",)))
    with pytest.raises(Invalid, match="太长"):
        change(lambda old: edit.rename(old, "sale", "长" * 81, ""))
    assert number(session) == 2
    assert newest_document(session, session.scalars(select(Chain).where(Chain.key == KEY)).one()) == DOCUMENT


def test_a_segment_may_be_added_before_its_edges(editing):
    session, _person, change = editing
    saved = change(lambda old: edit.add_segment(old, NEW))
    assert [each.kind for each in saved.changes] == [ChangeKind.ADDED]
    advice = [each for each in chain_maps.problems(saved.after) if each.is_advice]
    assert [words.problem(each, saved.after).say() for each in advice] == ["「品鉴」还没有供应关系。"]
    assert rows(session)["tasting"].position == "downstream"


def test_who_may_edit(database: Database, cast: Cast):
    with database.writing() as session:
        chain = make_chain(session, cast.chain_team)
        for stranger in (cast.officer, cast.leader, cast.manager):
            with pytest.raises(NotAllowed):
                chain_maps.save(session, actor(session, stranger), KEY, 2, tea(), "试试")
        session.add(ChainMember(chain_id=chain.id, person_id=cast.leader))
        session.flush()
        with pytest.raises(NotAllowed, match="由它的专班维护"):
            chain_maps.save(session, actor(session, cast.chain_team), KEY, 2, tea(), "试试")
        with pytest.raises(NotFound):
            chain_maps.current(session, "nowhere")
        with pytest.raises(NotFound):
            chain_maps.revision(session, KEY, 99)


# ── Two editors ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_late_edit_elsewhere_is_merged(editing):
    _session, _person, change = editing
    change(lambda old: edit.rename(old, "sale", "茶馆", ""))
    saved = change(lambda old: links.add_edge(old, "green", "packing"), base=2)
    assert saved.number == 4
    assert saved.after.segment("sale").name_zh == "茶馆"
    assert [each.kind for each in saved.from_others] == [ChangeKind.RENAMED]
    assert [each.kind for each in saved.changes] == [ChangeKind.ADDED]


def test_a_late_edit_of_the_same_waits_for_a_person(editing):
    session, _person, change = editing
    change(lambda old: edit.rename(old, "sale", "茶馆", ""))

    def mine(old):
        return edit.rename(old, "sale", "茶叶店", "")

    with pytest.raises(MapConflict) as caught:
        change(mine, base=2)
    conflict = caught.value
    (each,) = conflict.merged.undecided
    assert (each.base, each.mine, each.theirs) == ("茶叶零售", "茶叶店", "茶馆")
    assert (conflict.number, conflict.by) == (3, "吴专班")
    assert number(session) == 3
    choices = {each.key: Side.MINE}
    with pytest.raises(MapConflict):  # chosen against a revision that is not the newest any more
        change(mine, base=2, chosen=choices, seen=2)
    assert change(mine, base=2, chosen=choices, seen=3).after.segment("sale").name_zh == "茶叶店"


def test_two_halves_of_a_cycle_do_not_come_together(editing):
    session, _person, change = editing
    change(lambda old: links.add_edge(old, "green", "dark"))
    with pytest.raises(Invalid, match="绕成了一个圈"):
        change(lambda old: links.add_edge(old, "dark", "green"), base=2)
    assert number(session) == 3


# ── Segments that vanish ─────────────────────────────────────────────────────────────────────────────────────────────


def _stand_on(session, cast: Cast, segment: Segment) -> dict[str, object]:
    firm = make_enterprise(session, "顺德茶机有限公司（示例）")
    lead = make_lead(session, cast.officer)
    lead.segment_id = firm.segment_id = segment.id
    standing = {
        "target": GapTarget(segment_id=segment.id, enterprise_id=firm.id, score=50),
        "purchase": Purchase(
            segment_id=segment.id,
            enterprise_id=firm.id,
            product="茶盒",
            source="走访",
            recorded_on=date(2026, 11, 1),
        ),
        "task": PlanTask(chain_id=segment.chain_id, text="走访", segment_id=segment.id),
        "weight": ParkPositioning(park_id=cast.park, chain_id=segment.chain_id, segment_id=segment.id, weight=900),
    }
    session.add_all(standing.values())
    session.flush()
    return standing | {"lead": lead, "firm": firm}


def test_a_segment_in_use_is_not_removed_and_the_sentence_counts(editing, cast: Cast):
    session, _person, change = editing
    _stand_on(session, cast, rows(session)["packing"])
    with pytest.raises(Invalid) as caught:
        change(lambda old: edit.remove_segment(old, "packing"))
    sentence = str(caught.value)
    assert sentence.startswith("「包装」上还有 1 条线索、1 家企业的所属环节、1 个招商目标、1 项外购需求")
    assert "合并到别的环节" in sentence


def test_a_merged_segment_hands_everything_to_its_heir(editing, cast: Cast):
    session, _person, change = editing
    found = rows(session)
    gone, heir = found["packing"].id, found["firing"].id
    standing = _stand_on(session, cast, found["packing"])
    twin = GapTarget(segment_id=heir, enterprise_id=standing["firm"].id, score=70)
    session.add(twin)
    change(lambda old: links.place(old, Claim(standing["firm"].name, "packing", source="走访")))
    change(lambda old: edit.merge_segments(old, "packing", "firing"), heirs={"packing": "firing"})
    assert gone not in set(session.scalars(select(Segment.id)))
    for name in ("purchase", "task", "weight", "lead", "firm"):
        session.refresh(standing[name])
        assert standing[name].segment_id == heir, name
    assert session.scalars(select(GapTarget.score)).all() == [70]
    assert session.scalars(select(Placement.segment_id)).all() == [heir]
    assert set(session.scalars(select(SegmentChange.segment_id))) <= {row.id for row in rows(session).values()}


def test_an_unused_segment_goes_with_its_edges(editing):
    session, _person, change = editing
    change(lambda old: edit.remove_segment(old, "packing"))
    assert "packing" not in rows(session)
    assert session.scalar(select(func.count()).select_from(SegmentEdge)) == 2


# ── Firms and surveys ────────────────────────────────────────────────────────────────────────────────────────────────


def test_firms_are_placed_from_the_directory_only(editing, cast: Cast):
    session, _person, change = editing
    firm = make_enterprise(session, "顺德茶机有限公司（示例）")
    claim = Claim(firm.name, "firing", source="走访", on="2026-11-20", confidence="verified", leader=True)
    change(lambda old: links.place(old, claim))
    row = session.scalars(select(Placement)).one()
    assert (row.enterprise_id, row.is_leader, row.source, row.surveyed_on) == (
        firm.id,
        True,
        "走访",
        date(2026, 11, 20),
    )
    with pytest.raises(Invalid, match="企业名录里没有「无此公司」"):
        change(lambda old: links.place(old, Claim("无此公司", "firing", source="走访")))
    hidden = make_enterprise(session, "别科的公司（示例）", key=None)
    with pytest.raises(Invalid, match="或您无权查看"):
        change(lambda old: links.place(old, Claim(hidden.name, "firing", source="走访")))


def test_what_others_wrote_on_the_rows_is_not_lost_by_a_save(editing):
    session, _person, change = editing
    firm = make_enterprise(session, "顺德茶机有限公司（示例）")
    found = rows(session)
    session.add(Placement(enterprise_id=firm.id, segment_id=found["dark"].id, source="投产后登记"))
    found["dark"].surveyed_on, found["dark"].survey_by = date(2026, 10, 1), "吴专班"
    session.flush()
    saved = change(lambda old: edit.rename(old, "sale", "茶馆", ""))
    assert [each.kind for each in saved.changes] == [ChangeKind.RENAMED]
    assert session.scalars(select(Placement.segment_id)).all() == [found["dark"].id]
    assert "投产后登记" in chain_maps.export_yaml(session, KEY)
    assert saved.after.segment("dark").survey == Survey("2026-10-01", "吴专班")
    firm.name = firm.name.replace("顺德", "番禺")
    session.flush()
    change(lambda old: edit.rename(old, "sale", "茶叶店", ""))
    assert [each.enterprise for each in chain_maps.current(session, KEY).map.placements] == [firm.name]


def test_a_survey_and_a_share_reach_the_rows(editing):
    session, _person, change = editing
    change(lambda old: edit.survey(old, "sale", Survey("2026-11-24", "吴专班", "三家店")))
    change(lambda old: links.weigh_edge(old, "dark", "firing", Fraction(1, 4)))
    sale = rows(session)["sale"]
    assert (sale.surveyed_on, sale.survey_by, sale.survey_note) == (date(2026, 11, 24), "吴专班", "三家店")


# ── Revisions and files ──────────────────────────────────────────────────────────────────────────────────────────────


def test_an_earlier_map_is_brought_back_as_a_new_revision(editing):
    session, person, change = editing
    change(lambda old: edit.remove_segment(old, "packing"))
    saved = chain_maps.restore(session, person, KEY, 3, 2, "误删")
    assert saved.number == 4
    assert diff(saved.after, tea()) == ()
    assert "packing" in rows(session)
    newest = chain_maps.revision(session, KEY, 4)
    assert (newest.restores, newest.reason) == (2, "误删")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("summary: 从茶园", "colour: 红\nsummary: 从茶园", "第 3 行：不认识的字段「colour」"),
        ("packing: [sale]", "packing: [sale", "不符合 YAML 格式"),
        ("packing: [sale]", "packing: [sale, firing]", "供应关系绕成了一个圈"),
        ("packing: [sale]", "packing: [shop_front]", "里的环节「shop_front」不存在"),
        ("'3/4'", "'5/4'", "份额 5/4 不对"),
        ("key: tea", "key: coffee", "另一条产业链"),
        ("zh: 炒青", 'zh: "炒\\0青"', "不可见的控制字符"),
        ("zh: 炒青", 'zh: "炒\\u202e青"', "改变文字方向"),
    ],
)
def test_a_broken_file_names_the_line_and_what_to_do(editing, old, new, words):
    session, _person, _change = editing
    with pytest.raises(Invalid) as caught:
        chain_maps.import_yaml(session, KEY, DOCUMENT.replace(old, new, 1))
    assert words in str(caught.value)
    assert caught.value.field == "document"


def test_a_chain_without_a_map_gets_one(database: Database, cast: Cast):
    with database.writing() as session:
        session.add(Chain(key=KEY, name="茶"))
        session.flush()
        state, found = chain_maps.import_yaml(session, KEY, DOCUMENT)
        assert (state.number, state.map.segments) == (0, ())
        saved = chain_maps.save(session, actor(session, cast.chain_team), KEY, 0, found, "新建图谱")
        assert saved.number == 2
        chain = session.scalars(select(Chain).where(Chain.key == KEY)).one()
        assert (chain.has_map, chain.name, chain.name_en, chain.plan["summary"]) == (True, "茶", "Tea", "从茶园到茶馆")


def test_a_map_that_people_edited_survives_a_load(database: Database, cast: Cast):
    with database.writing() as session:
        load_district(session)
        key = "health"
        assert [each.reason for each in chain_maps.revisions(session, key)] == ["随产品提供的图谱"]
        shipped = chain_maps.current(session, key).map
        assert diff(shipped, chain_maps.shipped(key)) == ()
        leaf = shipped.leaves()[0]
        person = actor(session, cast.chain_team)
        chain_maps.change(session, person, key, 1, lambda old: edit.rename(old, leaf.key, "改过的名称", ""), "现场")
    with database.writing() as session:
        tally = load_district(session)
        assert tally.is_quiet, tally.lines()
        assert tally.notes == ["map health was edited here and differs from the one that comes: kept"]
        assert chain_maps.current(session, key).map.segment(leaf.key).name_zh == "改过的名称"
        assert session.scalar(select(func.count()).select_from(ChainRevision).where(ChainRevision.number > 1)) == 1


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _templates(module, calls: set[str]) -> set[str]:
    """Texts that a module hands to its error makers, directly or by a name that it gave them before."""
    tree = ast.parse(inspect.getsource(module))
    named: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for target in node.targets:
                named.setdefault(getattr(target, "id", ""), set()).add(node.value.value)
    found: set[str] = set()
    for node in ast.walk(tree):
        name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
        if isinstance(node, ast.Call) and name in calls:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found.add(argument.value)
                elif isinstance(argument, ast.Name):
                    found |= named.get(argument.id, set())
    return found


def test_every_sentence_of_the_engine_has_one_of_the_house():
    assert set(words._REFUSALS) == set(Refusal)
    problems = {text for text in _templates(checking, {"_problem"}) if "%(" in text}
    assert problems == set(words._PROBLEMS)
    mistakes = _templates(reading, {"error", "FileError"}) | _templates(loader, {"error", "FileError"})
    # A folder without chains is the maintainers' matter.
    assert {text for text in mistakes if " " in text} - {"holds no chain"} == set(words._MISTAKES)


def test_sentences_of_refusals_can_be_filled():
    for refusal, sentence in words._REFUSALS.items():
        names = dict.fromkeys(("key", "name", "names", "frm", "to", "share", "total", "group", "count"), "x")
        names |= {"enterprise": "x", "source": "x", "space": "x", "position": "x"}
        assert "%(" not in sentence % names, refusal
        assert refusal.value % names


def test_the_same_place_moved_by_both_is_one_conflict(editing):
    _session, _person, change = editing
    change(lambda old: edit.move_segment(old, "packing", position="midstream"))
    with pytest.raises(MapConflict) as caught:
        change(lambda old: edit.move_segment(old, "packing", position="downstream"), base=2)
    assert [each.field for each in caught.value.merged.undecided] == ["place"]
    assert replace(caught.value.mine).segment("packing").position == "downstream"
