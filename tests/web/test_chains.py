"""Panorama, segment and flow as pages: filters in the address, who sees what, pictures that are pictures."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from crm.domain.policies import Tier
from crm.infra.clock import today
from crm.models import ChainMember, Placement, Project, Purchase, Segment
from tests.charting import make_map, place
from tests.factories import make_enterprise, make_lead, make_offer
from tests.samples import make_samples
from tests.statements import counted

CHAIN = "/crm/chains/diagnostics"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def chart(database, cast):
    with database.writing() as session:
        return make_map(session)


def page(browser, address, status=200, **headers):
    answer = browser.get(address, headers=headers)
    assert answer.status_code == status, address
    return answer.get_data(as_text=True)


def cards(html):
    """key → whether its card is shown."""
    found = re.findall(r'<li( hidden)?><a class="pano-card [^>]*data-key="([^"]+)"', html)
    return {key: not hidden for hidden, key in found}


def shown(html):
    return sorted(key for key, is_shown in cards(html).items() if is_shown)


ALL = ["cold_chain", "hospitals", "ivd", "reagents"]


# ── Panorama ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_segment_has_a_card_with_its_status_in_words(cast, chart, sign_in):
    html = page(sign_in(cast.officer), CHAIN)
    assert shown(html) == ALL
    assert "4 个环节 · 1 家本地企业" in html
    card = html[html.index('data-key="reagents"') :]
    assert "缺" in card[: card.index("</a>")]
    assert "本地暂无" in card[: card.index("</a>")]
    assert "补链第一：试剂原料" in html
    assert "1 个环节超过 12 个月未调研" in html


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("status=missing", ["hospitals", "reagents"]),
        ("status=unknown", ["cold_chain"]),
        ("action=fill", ["reagents"]),
        ("tier=growth", ["ivd"]),
        ("tier=mature", []),
        ("old=1", ["cold_chain"]),
        ("branch=materials", ["reagents"]),
        ("q=抗原", ["reagents"]),
        ("q=荔康", ["ivd"]),
        ("q=REAGENT", ["ivd", "reagents"]),
        ("q=没有这样的东西", []),
        ("room=none", ["ivd", "reagents"]),
        ("status=missing&action=fill&q=原料", ["reagents"]),
        ("status=purple&action=dance&old=7&room=x&aimed=9", ALL),
    ],
)
def test_filters_live_in_the_address(cast, chart, sign_in, query, left):
    html = page(sign_in(cast.officer), f"{CHAIN}?{query}")
    assert shown(html) == left
    assert sorted(cards(html)) == ALL
    nothing = re.search(r"data-nothing( hidden)?>", html)
    assert bool(nothing.group(1)) is bool(left)


def test_what_is_typed_is_found_without_a_page(cast, chart, sign_in):
    browser = sign_in(cast.officer)
    assert json.loads(page(browser, f"{CHAIN}/found?q=荔康")) == {"keys": ["ivd"]}
    assert json.loads(page(browser, f"{CHAIN}/found?q=")) == {"keys": ALL}


def test_the_marks_of_a_card_are_what_filters_ask_for(cast, chart, sign_in):
    html = page(sign_in(cast.officer), CHAIN)
    marks = set(re.search(r'data-key="reagents"[^>]*data-marks="([^"]*)"', html).group(1).split("|"))
    assert {"status=missing", "action=fill", "branch=materials", "room=none"} <= marks
    assert not {mark for mark in marks if mark.startswith(("old=", "aimed=", "tier="))}


def test_density_is_the_reader_s_choice(cast, chart, sign_in):
    browser = sign_in(cast.officer)
    assert "is-compact" not in page(browser, CHAIN)
    assert "is-compact" in page(browser, f"{CHAIN}?view=compact")


def test_many_segments_are_rows_unless_asked_otherwise(database, cast, chart, sign_in):
    with database.writing() as session:
        session.add_all(
            Segment(chain_id=chart.chain, key=f"s{n}", name=f"环节 {n}", position="midstream") for n in range(60)
        )
    browser = sign_in(cast.officer)
    assert "is-compact" in page(browser, CHAIN)
    assert "is-compact" not in page(browser, f"{CHAIN}?view=cards")


def test_projects_on_the_way_are_those_that_the_reader_may_see(database, cast, chart, sign_in):
    with database.writing() as session:
        lead = make_lead(session, cast.officer, name="瞄准原料有限公司（示例）", segment_id=chart.reagents)
        session.add(project(lead, chart.reagents, "P-1"))
    counts = {}
    for name in ("officer", "colleague", "outsider", "leader", "chain_team", "manager"):
        html = page(sign_in(getattr(cast, name)), f"{CHAIN}?aimed=1")
        counts[name] = shown(html)
        detail = page(sign_in(getattr(cast, name)), f"{CHAIN}/segments/reagents")
        assert ("瞄准原料有限公司" in detail) is (counts[name] == ["reagents"])
    seen = {"officer", "colleague", "leader", "chain_team"}
    assert counts == {name: ["reagents"] if name in seen else [] for name in counts}
    manager = page(sign_in(cast.manager), CHAIN)
    assert "在途项目" not in manager
    assert "还没有线索瞄准" not in manager


def project(lead, segment_id, number):
    from crm.infra.clock import now

    return Project(
        number=number,
        lead_id=lead.id,
        enterprise_id=lead.enterprise_id,
        name="示例项目",
        segment_id=segment_id,
        stage_since=now(),
        last_activity_at=now(),
        section_id=lead.section_id,
        owner_id=lead.owner_id,
    )


def test_nobody_else_s_chain_and_no_chain(database, cast, chart, sign_in):
    browser = sign_in(cast.officer)
    for address in ("/crm/chains/nothing", f"{CHAIN}/segments/nothing", "/crm/chains/nothing/flow"):
        page(browser, address, 404)
    for address in ("/crm/chains/nothing/sheet.svg", "/crm/chains/nothing/print", "/crm/chains/nothing/found?q=x"):
        page(browser, address, 404)


def test_the_panorama_asks_few_questions_however_many_firms(database, cast, chart, sign_in):
    browser = sign_in(cast.officer)
    page(browser, CHAIN)
    with counted() as few:
        page(browser, CHAIN)
    with database.writing() as session:
        for number in range(30):
            firm = make_enterprise(session, f"岭海第{number}诊断有限公司（示例）", tier=Tier.INCUBATION)
            place(session, firm, chart.ivd)
    html = page(browser, CHAIN)
    with counted() as many:
        page(browser, CHAIN)
    assert len(many) == len(few) <= 14
    assert "岭海第3诊断" not in html


def test_english_readers_read_english(cast, chart, client, sign_in):
    browser = sign_in(cast.officer)
    browser.set_cookie("lang", "en")
    html = page(browser, CHAIN)
    assert "Diagnostics (sample)" in html
    assert "IVD reagents" in html
    assert "体外诊断试剂" not in html[html.index('id="pano"') :]


# ── The list of all chains ───────────────────────────────────────────────────────────────────────────────────────────


def test_chains_stand_in_the_document_s_groups(cast, chart, sign_in):
    html = page(sign_in(cast.officer), "/crm/chains/")
    assert "优势链条" in html
    assert "体外诊断（示例链）" in html
    assert "1 条链有图谱" in html


def test_chains_stand_in_a_city_s_frame(database, cast, chart, sign_in):
    with database.writing() as session:
        make_map(session, key="biomedicine", name="生物医药（示例图谱）")
    html = page(sign_in(cast.officer), "/crm/chains/?frame=guangzhou_2021")
    assert html.index("生物医药（示例图谱）") < html.index("不在这份名单里的图谱") < html.index("体外诊断（示例链）")
    assert "名单上本区没有图谱的" in html
    assert "优势链条" in page(sign_in(cast.officer), "/crm/chains/?frame=nonsense")


# ── One segment ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_gap_says_what_waits_for_it_and_how_its_priority_comes_about(cast, chart, sign_in):
    html = page(sign_in(cast.officer), f"{CHAIN}/segments/reagents")
    assert "下游 1 个本地环节要用它，本地没有人供" in html
    assert "补链优先级，本链同类 1 个环节中排第 1" in html
    assert "500 × √依赖度 100%" in html
    assert "200 × 本地已有环节中位于本环节下游的份额 100%" in html
    assert "本地暂无企业。" in html
    assert "建目标清单" in html


def test_a_weak_segment_says_what_its_strength_lacks(cast, chart, sign_in):
    html = page(sign_in(cast.officer), f"{CHAIN}/segments/ivd")
    assert "参照数未录入" in html
    assert "本环节 100% 的投入来自 1 个缺环，最大的是试剂原料。" in html
    assert "没有链主，也没有成熟型企业，不得分。" in html
    assert "荔康诊断股份有限公司（示例）" in html
    # 50 of 100 for cover alone, and one mature firm gives half of the leader's 50.
    assert "再落地一家成熟型（＋10）后强度 75" in html


def test_the_drawer_is_the_page_s_body(cast, chart, sign_in):
    browser = sign_in(cast.officer)
    drawer = page(browser, f"{CHAIN}/segments/ivd", **{"HX-Request": "true"})
    assert "<html" not in drawer
    assert f'href="{CHAIN}/segments/ivd"' in drawer
    assert "荔康诊断股份有限公司（示例）" in drawer


def test_an_unsurveyed_segment_is_unknown_and_not_missing(cast, chart, sign_in):
    html = page(sign_in(cast.officer), f"{CHAIN}/segments/cold_chain")
    assert "未摸清，不等于缺" in html
    assert "从未调研" in html
    assert "调研之前不排优先级" in html


def test_claims_older_than_the_survey_months_fade(database, cast, chart, sign_in):
    with database.writing() as session:
        session.query(Placement).one().surveyed_on = today() - timedelta(days=500)
    assert "超过 12 个月，待复核" in page(sign_in(cast.officer), f"{CHAIN}/segments/ivd")


def test_places_say_what_fits_and_what_does_not(database, cast, chart, sign_in):
    with database.writing() as session:
        make_offer(session, cast.park)
    html = page(sign_in(cast.officer), f"{CHAIN}/segments/reagents")
    room = html[html.index('id="room"') :]
    assert "甲园（示例）" in room
    assert f"/crm/parks/{cast.park}" in room


def test_who_sees_purchases(database, cast, chart, sign_in):
    with database.writing() as session:
        session.add(
            Purchase(
                enterprise_id=chart.firm,
                segment_id=chart.reagents,
                product="重组抗原",
                yearly_fen=1_860_000_000,
                bought_from="外省",
                source="访谈",
                recorded_on=today(),
            )
        )
    html = page(sign_in(cast.officer), f"{CHAIN}/segments/reagents")
    assert "重组抗原" in html
    assert "1,860" in html
    assert "4 × √年外购 1,860 万元，至多 200。" in html
    assert "重组抗原" not in page(sign_in(cast.manager), f"{CHAIN}/segments/reagents")


def test_who_is_offered_what(cast, chart, sign_in):
    offered = {
        name: page(sign_in(getattr(cast, name)), f"{CHAIN}/segments/reagents")
        for name in ("officer", "manager", "leader", "chain_team")
    }
    assert "source=targeted" in offered["officer"]
    assert all("source=targeted" not in offered[name] for name in ("manager", "leader", "chain_team"))
    assert f'href="{CHAIN}/edit/reagents"' in offered["chain_team"]
    assert all(f"{CHAIN}/edit" not in offered[name] for name in ("officer", "manager", "leader"))
    assert "正在瞄准本环节" not in offered["manager"]
    assert "目标清单" not in offered["manager"].split('id="main"')[1]


def test_a_map_is_edited_by_those_who_keep_it(database, cast, chart, sign_in):
    edit = f'href="{CHAIN}/edit"'
    assert edit in page(sign_in(cast.chain_team), CHAIN)
    with database.writing() as session:
        session.add(ChainMember(chain_id=chart.chain, person_id=cast.admin))
    assert edit not in page(sign_in(cast.chain_team), CHAIN)
    assert "登记调研" not in page(sign_in(cast.chain_team), f"{CHAIN}/segments/ivd")


def test_a_segment_s_page_has_a_ceiling_of_statements(database, cast, chart, sign_in):
    browser = sign_in(cast.officer)
    address = f"{CHAIN}/segments/reagents"
    with database.writing() as session:
        for number in range(3):
            make_lead(session, cast.officer, name=f"瞄准第{number}原料有限公司（示例）", segment_id=chart.reagents)
    page(browser, address)
    with counted() as few:
        page(browser, address)
    with database.writing() as session:
        for number in range(3, 12):
            make_lead(session, cast.officer, name=f"瞄准第{number}原料有限公司（示例）", segment_id=chart.reagents)
    html = page(browser, address)
    with counted() as many:
        page(browser, address)
    assert "12 条线索" in html
    assert len(many) <= len(few) + 1 <= 20


# ── Flow, pictures, print ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_flow_is_a_picture_and_a_table(cast, chart, sign_in):
    html = page(sign_in(cast.officer), f"{CHAIN}/flow")
    assert html.count('class="flow-stream"') == 3
    assert html.count('class="flow-node"') == 4
    table = html[html.index("供应关系表") :]
    assert "试剂原料" in table
    assert "100%" in table
    assert "measure=equal" in html
    assert "每个环节按 1 计" in page(sign_in(cast.officer), f"{CHAIN}/flow?measure=equal")


@pytest.mark.parametrize("address", ["sheet.svg", "flow.svg", "flow.svg?measure=equal"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_pictures_need_nothing_beside_themselves(cast, chart, sign_in, address, language):
    browser = sign_in(cast.officer)
    browser.set_cookie("lang", language)
    answer = browser.get(f"{CHAIN}/{address}")
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    # What a server writes into a header is Latin: a Chinese file name has to be spelled out.
    assert answer.headers["Content-Disposition"].isascii()
    picture = ElementTree.fromstring(answer.data)
    assert picture.tag == f"{SVG}svg"
    text = " ".join(picture.itertext())
    assert ("IVD reagents" if language == "en" else "体外诊断试剂") in text
    assert today().isoformat() in text
    assert "v0" in text
    assert ("sample" in text.lower()) if language == "en" else "缺" in text
    assert not [
        node for node in picture.iter() if node.tag in (f"{SVG}style", f"{SVG}script", f"{SVG}image", f"{SVG}use")
    ]


def test_the_picture_opens_in_place_for_the_canvas(cast, chart, sign_in):
    answer = sign_in(cast.officer).get(f"{CHAIN}/sheet.svg?inline=1")
    assert answer.headers["Content-Disposition"].startswith("inline")


def test_invented_records_are_marked_on_what_leaves_the_screen(database, cast, chart, sign_in):
    browser = sign_in(cast.officer)
    assert "含演示数据" not in page(browser, f"{CHAIN}/sheet.svg")
    with database.writing() as session:
        session.query(Placement).one().is_demo = True
    assert "含演示数据" in page(browser, f"{CHAIN}/sheet.svg")


@pytest.mark.parametrize("size", ["a3", "a4"])
def test_the_printed_sheet_has_the_picture_and_the_gaps(cast, chart, sign_in, size):
    html = page(sign_in(cast.officer), f"{CHAIN}/print?size={size}")
    assert f"chain-sheet--{size}" in html
    assert "依赖 500 邻接 300 下游 200" in html
    assert "图谱 v0" in html


def test_a_chain_without_edges_or_firms_has_all_its_pages(database, cast, sign_in):
    make_samples(database, cast)
    browser = sign_in(cast.officer)
    for address in ("", "/segments/ivd", "/flow", "/sheet.svg", "/flow.svg", "/print"):
        page(browser, f"/crm/chains/biomedicine{address}")
