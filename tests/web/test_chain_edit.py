"""The editor of chain maps in the browser's words: forms, refusals, merge page, revisions, files."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from crm.models import Chain, ChainMember, ChainRevision, Enterprise, Placement, Segment
from crm.services import chain_maps
from tests.factories import make_enterprise
from tests.mapping import DOCUMENT, KEY, make_chain

EDIT = f"/crm/chains/{KEY}/edit"


@pytest.fixture
def team(database, cast, sign_in):
    """The chain team's browser, before the chain of the editor."""
    with database.writing() as session:
        make_chain(session, cast.chain_team)
    return sign_in(cast.chain_team)


def number(database) -> int:
    with database.reading() as session:
        return session.scalar(select(Chain.revision).where(Chain.key == KEY))


def document(database) -> str:
    with database.reading() as session:
        return chain_maps.export_yaml(session, KEY)


def text(answer) -> str:
    return answer.get_data(as_text=True)


def facts(**changes: object) -> dict[str, object]:
    """The form of 绿茶种植 as it opens, with changes."""
    return {
        "base": "2",
        "reason": "现场核对",
        "name_zh": "绿茶种植",
        "name_en": "Green tea growing",
        "place": "upstream/garden",
        "products": "茶青",
        "aliases": "",
        "gbt": "0164",
        "space": "",
        "reference": "",
        "sources": ["industry"],
    } | changes


def test_the_outline_shows_every_segment_and_what_it_lacks(team):
    page = text(team.get(EDIT))
    for name in ("茶园", "绿茶种植", "黑茶种植", "炒青", "包装", "茶叶零售"):
        assert name in page
    assert "第 2 版 · 5 个环节 · 4 条供应关系" in page
    assert 'href="/crm/chains/tea/edit/green"' in page


def test_only_keepers_edit_and_everybody_of_the_house_reads(database, cast, sign_in, team):
    assert sign_in(cast.officer).get(EDIT).status_code == 404
    assert sign_in(cast.officer).get(f"/crm/chains/{KEY}/revisions").status_code == 200
    assert sign_in(cast.officer).post(f"{EDIT}/green", data=facts()).status_code == 404
    assert team.get("/crm/chains/nowhere/edit").status_code == 404
    assert team.get(f"{EDIT}/nothing").status_code == 404
    with database.writing() as session:
        chain = session.scalars(select(Chain).where(Chain.key == KEY)).one()
        session.add(ChainMember(chain_id=chain.id, person_id=cast.leader))
    refused = team.get(EDIT)
    assert (refused.status_code, "由它的专班维护" in text(refused)) == (403, True)
    assert team.post(f"{EDIT}/green", data=facts(name_zh="改名")).status_code == 403
    assert number(database) == 2


def test_facts_are_saved_with_a_reason_and_said_back(database, team):
    answer = team.post(f"{EDIT}/green", data=facts(name_zh="绿茶园", products="茶青、芽叶", reference="12"))
    assert answer.status_code == 302
    page = text(team.get(answer.location))
    assert "已保存为第 3 版：改名 1 处、修改 1 处。" in page
    with database.reading() as session:
        row = session.scalars(select(Segment).where(Segment.key == "green")).one()
        assert (row.name, row.products, row.reference_count) == ("绿茶园", ["茶青", "芽叶"], 12)
        assert session.scalars(select(ChainRevision.reason).order_by(ChainRevision.number.desc())).first() == "现场核对"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name_zh": " "}, "请填写环节名称"),
        ({"name_zh": "黑茶种植"}, "「黑茶种植」已经是另一个环节的名称"),
        ({"gbt": "01640"}, "01640"),
        ({"gbt": "9999"}, "9999"),
        ({"sources": ["draft"]}, "没有写章节"),
        ({"sources": []}, "没有写来源"),
        ({"place": "downstream"}, "不能向上游供应"),
        ({"place": "upstream/+"}, "请填写新分组的名称"),
        ({"place": "nowhere"}, "请从列表里选"),
        ({"reason": " "}, "请写明为什么改"),
        ({"reference": "-3"}, "参照企业数"),
    ],
)
def test_what_cannot_be_saved_is_said_and_nothing_typed_is_lost(database, team, changes, words):
    answer = team.post(f"{EDIT}/green", data=facts(**({"name_en": "Typed words"} | changes)))
    assert answer.status_code == 422
    assert words in text(answer)
    assert "Typed words" in text(answer)
    assert number(database) == 2


def test_a_segment_moves_into_a_new_group(database, team):
    # The old group keeps 黑茶种植.
    answer = team.post(f"{EDIT}/green", data=facts(place="upstream/+", new_group="绿茶"))
    assert answer.status_code == 302
    with database.reading() as session:
        found = chain_maps.current(session, KEY).map
    group = found.segment(found.segment("green").parent)
    assert (group.name_zh, group.position, group.key) == ("绿茶", "upstream", "lvcha")


def test_a_new_segment_gets_a_key_and_its_place(database, team):
    assert "补充环节" in text(team.get(f"{EDIT}/new?place=midstream/works"))
    form = facts(name_zh="揉捻", name_en="", place="midstream/works", sources=["industry"])
    answer = team.post(f"{EDIT}/new", data=form)
    assert answer.location.startswith(f"{EDIT}/rounian")
    with database.reading() as session:
        found = chain_maps.current(session, KEY).map.segment("rounian")
    assert (found.parent, found.position) == ("works", "midstream")
    assert "还没有供应关系" in text(team.get(EDIT))


def test_steps_change_the_order(database, team):
    answer = team.post(f"{EDIT}/dark/step", data={"base": "2", "by": "-1"})
    assert answer.status_code == 302
    assert document(database).index("key: dark") < document(database).index("key: green")


# ── Edges ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edge_is_added_by_name_with_a_share(database, team):
    form = {"base": "2", "reason": "调研", "side": "suppliers", "other": "黑茶", "share": "25%"}
    assert team.post(f"{EDIT}/packing/edges", data=form).status_code == 302
    assert "dark: [firing, {to: packing, share: '1/4'}]" in document(database)


def test_a_cycle_is_refused_and_named(database, team):
    team.post(f"{EDIT}/green/edges", data={"base": "2", "reason": "x", "side": "customers", "other": "黑茶种植"})
    form = {"base": "3", "reason": "x", "side": "customers", "other": "绿茶种植"}
    answer = team.post(f"{EDIT}/dark/edges", data=form)
    assert answer.status_code == 422
    assert re.search("绕成一个圈：(绿茶种植 → 黑茶种植 → 绿茶种植|黑茶种植 → 绿茶种植 → 黑茶种植)", text(answer))
    assert number(database) == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"other": ""}, "请选一个环节"),
        ({"other": "不存在的环节"}, "没有叫「不存在的环节」的环节"),
        ({"other": "种植"}, "请从列表里选"),
        ({"share": "一半"}, "份额请写成"),
        ({"share": "3/0"}, "份额请写成"),
        ({"share": "150%"}, "应大于 0、不超过 1（100%）"),
    ],
)
def test_an_edge_that_cannot_be_is_said(team, changes, words):
    form = {"base": "2", "reason": "x", "side": "suppliers", "other": "绿茶种植"} | changes
    answer = team.post(f"{EDIT}/packing/edges", data=form)
    assert (answer.status_code, words in text(answer)) == (422, True)


def test_shares_change_and_edges_go(database, team):
    ends = {"base": "2", "frm": "dark", "to": "firing"}
    assert team.post(f"{EDIT}/firing/edges/change", data=ends | {"share": "1/4"}).status_code == 302
    assert "dark: [{to: firing, share: '1/4'}]" in document(database)
    gone = team.post(f"{EDIT}/firing/edges/change", data=ends | {"base": "3", "remove": "1"})
    assert gone.status_code == 302
    assert "dark: [" not in document(database)


def test_a_share_that_cannot_be_stays_in_its_own_row(team):
    form = {"base": "2", "frm": "dark", "to": "firing", "share": "一半"}
    page = text(team.post(f"{EDIT}/firing/edges/change", data=form))
    row = re.search(r'<input[^>]*id="share-dark-firing"[^>]*>', page)[0]
    assert ('value="一半"' in row, 'aria-invalid="true"' in row) == (True, True)
    assert 'href="#share-dark-firing"' in page
    assert page.count('value="一半"') == 1


# ── Firms and survey ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_firm_is_placed_changed_confirmed_and_removed(database, team):
    with database.writing() as session:
        firm = make_enterprise(session, "顺德茶机有限公司（示例）")
        firm_id, name = firm.id, firm.name
    assert name in text(team.get("/crm/chains/edit/firms?name=顺德茶机"))
    form = {"base": "2", "reason": "走访", "enterprise_id": firm_id, "name": name, "source": "走访", "on": "2026-11-01"}
    assert team.post(f"{EDIT}/firing/firms", data=form).status_code == 302
    about = {"firm": name, "base": "3"}
    changed = about | {"leader": "y", "source": "名录", "on": "2026-11-02", "reason": "改"}
    assert team.post(f"{EDIT}/firing/firms/change", data=changed).status_code == 302
    confirmed = team.post(f"{EDIT}/firing/firms/change", data=about | {"base": "4", "confirm": "1"})
    assert confirmed.status_code == 302
    with database.reading() as session:
        row = session.scalars(select(Placement)).one()
        assert (row.is_leader, row.source, row.confidence) == (True, "名录", "verified")
    page = text(team.get(f"{EDIT}/firing"))
    assert "实地核实" in page
    assert "链主" in page
    assert team.post(f"{EDIT}/firing/firms/change", data=about | {"base": "5", "remove": "1"}).status_code == 302
    with database.reading() as session:
        assert session.scalars(select(Placement)).all() == []


def test_a_firm_that_nobody_knew_is_entered_where_it_was_found(database, team):
    form = {"base": "2", "reason": "走访", "name": "凤凰单枞初制所（示例）", "source": "走访", "on": "2026-11-01"}
    assert team.post(f"{EDIT}/firing/firms", data=form).status_code == 422
    made = team.post(f"{EDIT}/firing/firms", data=form | {"is_new": "y"})
    assert made.status_code == 302
    with database.reading() as session:
        firm = session.scalars(select(Enterprise).where(Enterprise.name == form["name"])).one()
        assert (firm.tier, firm.employees) == (None, None)
        assert session.scalars(select(Placement.enterprise_id)).all() == [firm.id]
    # The same name again means the same firm.
    again = team.post(f"{EDIT}/sale/firms", data=form | {"is_new": "y", "base": "3"})
    assert again.status_code == 302
    with database.reading() as session:
        assert set(session.scalars(select(Placement.enterprise_id))) == {firm.id}
        assert len(session.scalars(select(Enterprise.id).where(Enterprise.name == form["name"])).all()) == 1
    nameless = team.post(f"{EDIT}/sale/firms", data=form | {"is_new": "y", "base": "4", "name": " "})
    assert (nameless.status_code, "请填写企业名称" in text(nameless)) == (422, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"enterprise_id": ""}, "请从列表里选一家企业"),
        ({"source": "", "section": ""}, "请写明来源"),
        ({"on": "2099-01-01"}, "日期还没有到"),
        ({"on": "昨天"}, "没有这一天"),
        ({"enterprise_id": "999999"}, "没有这条记录"),
    ],
)
def test_a_placement_without_firm_or_source_is_said(database, team, changes, words):
    with database.writing() as session:
        firm_id = make_enterprise(session).id
    form = {"base": "2", "reason": "走访", "enterprise_id": firm_id, "name": "粤岭", "source": "走访"} | changes
    answer = team.post(f"{EDIT}/firing/firms", data=form)
    assert (answer.status_code, words in text(answer)) == (422, True)
    for place in re.findall(r'<li><a href="#([^"]+)">', text(answer)):
        assert f'id="{place}"' in text(answer), place


def test_a_survey_is_written_down(database, team):
    form = {"base": "2", "reason": "调研", "on": "2026-11-20", "by": "吴专班", "note": "两家\n都小"}
    assert team.post(f"{EDIT}/sale/survey", data=form).status_code == 302
    assert "survey: {on: '2026-11-20', by: 吴专班, note: \"两家\\n都小\"}" in document(database)
    assert team.post(f"{EDIT}/sale/survey", data=form | {"on": ""}).status_code == 422


# ── Split, merge, remove ─────────────────────────────────────────────────────────────────────────────────────────────


def test_split_merge_and_remove(database, team):
    assert "拆分「炒青」" in text(team.get(f"{EDIT}/firing/split"))
    form = {"base": "2", "reason": "分开管理", "name_zh": "烘青", "suppliers": ["dark"], "customers": ["packing"]}
    assert team.post(f"{EDIT}/firing/split", data=form).status_code == 302
    assert "hongqing: [packing]" in document(database)
    merged = {"base": "3", "reason": "还是合起来", "into": "firing"}
    nowhere = team.post(f"{EDIT}/hongqing/merge", data=merged | {"into": ""})
    assert (nowhere.status_code, "请选择合并到哪个环节" in text(nowhere)) == (422, True)
    answer = team.post(f"{EDIT}/hongqing/merge", data=merged)
    assert answer.location == f"{EDIT}/firing"
    assert "hongqing" not in document(database)
    assert "「烘青」已经并入" in text(team.get(answer.location))
    assert team.post(f"{EDIT}/hongqing/remove", data={"base": "4", "reason": "删"}).status_code == 404
    assert team.post(f"{EDIT}/packing/remove", data={"base": "4", "reason": "删"}).status_code == 302
    assert "packing" not in document(database)


def test_a_group_with_one_segment_is_not_emptied(team):
    team.post(f"{EDIT}/dark/remove", data={"base": "2", "reason": "删"})
    answer = team.post(f"{EDIT}/green/remove", data={"base": "3", "reason": "删"})
    assert answer.status_code == 422
    assert "最后一个环节" in text(answer)


# ── Together ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_late_form_is_merged_or_decided(database, team):
    team.post(f"{EDIT}/green", data=facts(products="茶青、芽叶"))
    late = team.post(f"{EDIT}/green", data=facts(name_zh="绿茶园"), follow_redirects=True)
    assert "别人刚改的也保留了：修改 1 处" in text(late)
    assert "products: [茶青, 芽叶]" in document(database)
    met = team.post(f"{EDIT}/green", data=facts(name_zh="绿茶基地"))
    page = text(met)
    assert met.status_code == 409
    assert "吴专班已存成第 4 版" in page
    for words in ("环节 绿茶种植 · 名称", "绿茶园", "绿茶基地", "全用我的"):
        assert words in page
    assert number(database) == 4
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    assert (hidden["seen"], hidden["base"], hidden["name_zh"]) == ("4", "2", "绿茶基地")
    again = team.post(f"{EDIT}/green", data=hidden)
    assert (again.status_code, "还有没选的" in text(again)) == (409, True)
    done = team.post(f"{EDIT}/green", data=hidden | {"choose.segment/green/name_zh": "mine"})
    assert done.status_code == 302
    assert "绿茶基地" in document(database)
    assert "products: [茶青, 芽叶]" in document(database)


# ── The whole, revisions, files ──────────────────────────────────────────────────────────────────────────────────────


def test_the_whole_is_described(database, team):
    form = {
        "base": "2",
        "reason": "补全",
        "summary": "从茶园到茶杯",
        "name_en": "Tea",
        "total": "1200",
        "register": "名录",
    }
    assert team.post(f"{EDIT}/whole", data=form | {"counted_on": "2026-10-01"}).status_code == 302
    assert "reference: {total: 1200, source: 名录, date: '2026-10-01'}" in document(database)
    assert team.post(f"{EDIT}/whole", data=form | {"register": ""}).status_code == 422
    source = {"base": "3", "reason": "补", "title": "茶业协会座谈", "date": "2026-11-02"}
    assert team.post(f"{EDIT}/sources", data=source).status_code == 302
    assert team.post(f"{EDIT}/sources", data=source | {"date": ""}).status_code == 422
    space = {
        "base": "4",
        "reason": "补",
        "name": "茶厂",
        "area_min": "500",
        "area_max": "3000",
        "env_class": "registration",
    }
    assert team.post(f"{EDIT}/spaces", data=space).status_code == 302
    assert team.post(f"{EDIT}/spaces", data=space | {"area_max": "1"}).status_code == 422
    assert "space_1: {zh: 茶厂, area_m2: [500, 3000], env_class: registration, estimate: false}" in document(database)
    assert "修改「茶厂」" in text(team.get(f"{EDIT}/whole?space=space_1"))
    used = team.post(f"{EDIT}/spaces", data={"base": "5", "space_key": "shop", "remove": "1"})
    assert (used.status_code, "还有 1 个环节在用" in text(used)) == (422, True)
    assert team.post(f"{EDIT}/spaces", data={"base": "5", "space_key": "space_1", "remove": "1"}).status_code == 302


def test_revisions_are_listed_compared_and_brought_back(database, team):
    team.post(f"{EDIT}/green", data=facts(name_zh="绿茶园"))
    listed = text(team.get(f"/crm/chains/{KEY}/revisions"))
    for words in ("第 3 版", "现场核对", "吴专班", "编辑之前的图谱", "随产品"):
        assert words in listed
    page = text(team.get(f"/crm/chains/{KEY}/compare?before=2&after=3"))
    for words in ("改名", "绿茶种植", "绿茶园", "恢复第 2 版"):
        assert words in page
    restore = f"/crm/chains/{KEY}/restore?before=2&after=3"
    assert team.post(restore, data={"base": "3", "number": "2", "reason": ""}).status_code == 422
    assert team.post(restore, data={"base": "3", "number": "2", "reason": "改错了"}).status_code == 302
    assert document(database) == DOCUMENT
    assert "恢复自第 2 版" in text(team.get(f"/crm/chains/{KEY}/revisions"))
    assert "两版完全一样" in text(team.get(f"/crm/chains/{KEY}/compare?before=2&after=4"))


def test_a_file_goes_out_and_comes_back_unchanged(team):
    answer = team.get(f"/crm/chains/{KEY}/map.yaml")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tea.yaml"'
    raw = answer.data
    assert raw.decode() == DOCUMENT
    form = {"base": "2", "reason": "导入", "file": (BytesIO(b"\xef\xbb\xbf" + raw), "tea.yaml")}
    back = team.post(f"/crm/chains/{KEY}/import", data=form)
    assert "完全一样，不用导入" in text(back)


def test_an_imported_change_is_shown_before_it_is_saved(database, team):
    changed = DOCUMENT.replace("zh: 炒青", "zh: 杀青")
    form = {"base": "2", "reason": "导入", "document": changed.replace("\n", "\r\n")}
    page = text(team.post(f"/crm/chains/{KEY}/import", data=form))
    assert "改名" in page
    assert "杀青" in page
    assert number(database) == 2
    assert team.post(f"/crm/chains/{KEY}/import", data=form | {"confirm": "1"}).status_code == 302
    assert document(database) == changed


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (DOCUMENT.replace("position: midstream", "position: middle"), "第 32 行：「middle」不对"),
        (DOCUMENT.replace("packing: [sale]", "packing: [firing]"), "绕成了一个圈"),
        ("", "请选择一个文件"),
        ("not: a map", "不认识的字段「not」"),
    ],
)
def test_a_broken_file_is_refused_whole(database, team, document, words):
    form = {"base": "2", "reason": "导入", "document": document}
    answer = team.post(f"/crm/chains/{KEY}/import", data=form)
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert team.post(f"/crm/chains/{KEY}/import", data=form | {"confirm": "1"}).status_code == 422
    assert number(database) == 2


def test_a_file_in_another_encoding_says_what_to_do(team):
    form = {"base": "2", "reason": "导入", "file": (BytesIO("茶".encode("gbk")), "tea.yaml")}
    assert "编码选 UTF-8" in text(team.post(f"/crm/chains/{KEY}/import", data=form))


def test_a_chain_without_a_map_can_be_begun(database, cast, sign_in):
    with database.writing() as session:
        session.add(Chain(key=KEY, name="茶"))
    team = sign_in(cast.chain_team)
    assert "这条链还没有图谱" in text(team.get(EDIT))
    assert "还没有保存过" in text(team.get(f"/crm/chains/{KEY}/revisions"))
    assert team.get(f"/crm/chains/{KEY}/compare").status_code == 200
