"""Pages of outside purchases: list, form with suggested segments, effect on the priority, end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from crm.infra.clock import today
from crm.models import Purchase
from crm.services import chain_facts, purchases
from crm.services.purchases import Order
from tests.factories import actor, make_enterprise, make_segment

WAN = 1_000_000


@pytest.fixture
def made(database, cast):
    """A surveyed segment that nobody stands on, and a firm that everybody may see: (segment id, enterprise id)."""
    with database.writing() as session:
        segment = make_segment(session)
        segment.surveyed_on = today() - timedelta(days=30)
        segment.products = ["核酸检测试剂"]
        return segment.id, make_enterprise(session, "荔康诊断试剂有限公司（示例）").id


def typed(made, **changes):
    segment_id, enterprise_id = made
    values = {
        "enterprise_id": str(enterprise_id),
        "name": "荔康诊断试剂有限公司（示例）",
        "product": "核酸检测试剂",
        "segment_id": str(segment_id),
        "yearly": "2,500万",
        "bought_from": "长三角",
        "wished_km": "50公里",
        "source": "链主座谈（示例）",
        "recorded_on": today().isoformat(),
    }
    return values | changes


def recorded(database, cast, made, **changes) -> tuple[int, int]:
    with database.writing() as session:
        values = {"product": "微球", "yearly_fen": 2500 * WAN, "source": "走访（示例）"}
        order = Order(segment_id=made[0], enterprise_id=made[1], **(values | changes))
        row = purchases.record(session, actor(session, cast.officer), order)
        return row.id, row.version


def test_recording_a_purchase_raises_the_priority_and_says_so(database, cast, sign_in, made) -> None:
    officer = sign_in(cast.officer)
    answer = officer.post("/crm/purchases/new", data=typed(made), follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    # 200 at most; isqrt(16·2500) = 200. Nobody depends on the segment, so its only points are the demand's.
    assert "补链优先级 0 → 200" in page
    assert "2,500 万元" in page
    with database.reading() as session:
        (segment,) = chain_facts.facts(session, "biomedicine").segments
        assert segment.state.parts["demand"] == 200
        assert segment.state.demand == purchases.demand(session)[segment.id] == 2500
    listed = officer.get("/crm/purchases/").get_data(as_text=True)
    assert "+200" in listed
    assert "因外购才列入补链" in listed
    assert "50 公里内" in listed


def test_the_form_keeps_what_was_typed_and_names_each_mistake(cast, sign_in, made) -> None:
    answer = sign_in(cast.officer).post(
        "/crm/purchases/new", data=typed(made, yearly="很多", wished_km="一小时车程", source="", product="填料 A")
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for kept in ("很多", "一小时车程", "填料 A", "请写谁说的"):
        assert kept in page
    assert page.count('class="lt-error"') == 3


def test_a_firm_must_be_chosen_from_the_list(cast, sign_in, made) -> None:
    answer = sign_in(cast.officer).post("/crm/purchases/new", data=typed(made, enterprise_id="", name="没有这家"))
    assert answer.status_code == 422
    assert "请从列出的企业里选一家。" in answer.get_data(as_text=True)


def test_segments_are_suggested_from_the_product_with_the_words_that_say_so(cast, sign_in, made) -> None:
    officer = sign_in(cast.officer)
    chips = officer.get("/crm/purchases/segment-ideas?product=核酸检测试剂&segment_id=").get_data(as_text=True)
    assert f'data-value="{made[0]}"' in chips
    assert "<q>核酸检测试剂</q>" in chips
    assert "data-idea" not in officer.get("/crm/purchases/segment-ideas?product=你好").get_data(as_text=True)


def test_enterprises_are_searched_within_scope(database, cast, sign_in, made) -> None:
    found = sign_in(cast.chain_team).get("/crm/purchases/enterprise-options?name=荔康").get_data(as_text=True)
    assert "荔康诊断试剂有限公司（示例）" in found
    with database.writing() as session:
        session.get(type(make_enterprise(session, "x")), made[1]).key = None
    found = sign_in(cast.outsider).get("/crm/purchases/enterprise-options?name=荔康").get_data(as_text=True)
    assert "没有找到这家企业" in found


def test_the_address_opens_the_form_for_a_segment_and_a_firm(cast, sign_in, made) -> None:
    page = (
        sign_in(cast.officer).get(f"/crm/purchases/new?segment={made[0]}&enterprise={made[1]}").get_data(as_text=True)
    )
    assert "荔康诊断试剂有限公司（示例）" in page
    assert re.search(rf'<option value="{made[0]}"[^>]* selected', page)


def test_a_change_that_somebody_overtook_is_shown_and_nothing_lost(database, cast, sign_in, made) -> None:
    purchase_id, version = recorded(database, cast, made)
    colleague, officer = sign_in(cast.colleague), sign_in(cast.officer)
    first = typed(made, product="微球", version=str(version), yearly="3000")
    assert colleague.post(f"/crm/purchases/{purchase_id}/edit", data=first).status_code == 302
    second = officer.post(
        f"/crm/purchases/{purchase_id}/edit", data=typed(made, product="我的叫法", version=str(version))
    )
    page = second.get_data(as_text=True)
    assert second.status_code == 422
    assert "别人刚存的是：微球，一年 3,000 万元" in page
    assert 'value="我的叫法"' in page
    newer = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    again = officer.post(f"/crm/purchases/{purchase_id}/edit", data=typed(made, product="我的叫法", version=newer))
    assert again.status_code == 302


def test_ending_needs_a_reason_and_takes_the_demand_away(database, cast, sign_in, made) -> None:
    purchase_id, version = recorded(database, cast, made)
    officer = sign_in(cast.officer)
    address = f"/crm/purchases/{purchase_id}/end"
    refused = officer.post(address, data={"version": version, "reason": ""})
    assert refused.status_code == 422
    assert "请写明为什么结束" in refused.get_data(as_text=True)
    assert officer.post(address, data={"version": version, "reason": "已由区内企业供应"}).status_code == 302
    page = officer.get(f"/crm/purchases/{purchase_id}").get_data(as_text=True)
    assert "起不再外购" in page
    assert "已由区内企业供应" in page
    with database.reading() as session:
        assert session.get(Purchase, purchase_id).ended_on == today()
        assert chain_facts.facts(session, "biomedicine").segments[0].state.demand == 0
    # A second click on an old page is told, not lost in an error page.
    assert "已经结束" in officer.post(address, data={"version": version, "reason": "再来一次"}).get_data(as_text=True)


def test_who_sees_purchases(database, cast, sign_in, made) -> None:
    purchase_id, _version = recorded(database, cast, made)
    for person, status in (
        (cast.officer, 200),
        (cast.outsider, 200),
        (cast.chief, 200),
        (cast.chain_team, 200),
        (cast.leader, 200),
        (cast.manager, 404),
        (cast.admin, 404),
        (cast.auditor, 404),
    ):
        browser = sign_in(person)
        assert browser.get("/crm/purchases/").status_code == status
        assert browser.get(f"/crm/purchases/{purchase_id}").status_code == status
    leader = sign_in(cast.leader)
    assert leader.get("/crm/purchases/new").status_code == 404
    assert "记一条外购" not in leader.get("/crm/purchases/").get_data(as_text=True)


def test_nonsense_in_the_address_narrows_nothing(database, cast, sign_in, made) -> None:
    recorded(database, cast, made)
    officer = sign_in(cast.officer)
    for query in ("held=none&before=x", "segment=999999999999999999999", "enterprise=0&q=%25", "chain=__"):
        assert officer.get(f"/crm/purchases/?{query}").status_code == 200
    assert officer.get("/crm/purchases/999999").status_code == 404
