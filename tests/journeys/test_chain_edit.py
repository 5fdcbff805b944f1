"""Journeys in the editor of chain maps: edit → compare → bring back; take out → bring in without a change; two editors."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from crm.services import chain_maps
from tests.journeys.conftest import Site, assert_accessible

KEY = "biomedicine"
EDIT = f"/crm/chains/{KEY}/edit"


def number(site: Site) -> int:
    with site.database.reading() as session:
        return chain_maps.current(session, KEY).number


def document(site: Site) -> str:
    with site.database.reading() as session:
        return chain_maps.export_yaml(session, KEY)


def save_facts(page: Page) -> None:
    page.get_by_role("button", name="保存资料").click()


def test_a_segment_is_edited_compared_and_brought_back(open_browser, site):
    page, before, began = open_browser("chain_team"), document(site), number(site)
    page.goto(EDIT)
    expect(page.get_by_role("heading", level=1)).to_contain_text("编辑图谱：生物医药及高端医疗器械")
    assert_accessible(page)

    # The outline leads to a segment; its facts and a new supplier are two saves with their reasons.
    page.get_by_role("link", name="细胞与基因治疗产品", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("细胞与基因治疗产品")
    assert_accessible(page)
    page.locator("#name_zh").fill("细胞与基因治疗药物")
    page.locator("#reason").fill("走访后改名")
    save_facts(page)
    expect(page.locator("#flashes")).to_contain_text(f"已保存为第 {began + 1} 版：改名 1 处。")
    page.locator("#other").fill("药用包装材料")
    page.get_by_role("button", name="加为供应方").click()
    expect(page.locator("#flashes")).to_contain_text("新增 1 处")

    # A cycle is refused by name, and what was typed stands.
    supplier = "生物药合同研发生产"
    expect(page.locator(".edge-side").first).to_contain_text(supplier)
    page.locator("#other").fill(supplier)
    page.get_by_role("button", name="加为采购方").click()
    # All the way round, wherever it is begun.
    expect(page.locator("#form-errors")).to_contain_text("绕成一个圈：")
    expect(page.locator("#form-errors")).to_contain_text(f"细胞与基因治疗药物 → {supplier}")
    expect(page.locator("#other")).to_have_value(supplier)
    assert number(site) == began + 2

    # Revisions: what changed since the beginning, in words; back to it.
    page.goto(f"/crm/chains/{KEY}/revisions")
    assert_accessible(page)
    expect(page.locator(".rev-row").first).to_contain_text(f"第 {began + 2} 版")
    page.goto(f"/crm/chains/{KEY}/compare?before={began}&after={began + 2}")
    expect(page.locator(".chg-line--renamed")).to_contain_text("细胞与基因治疗药物")
    expect(page.locator(".chg-line--added")).to_have_count(1)
    assert_accessible(page)
    page.get_by_role("button", name="恢复", exact=True).click()
    page.wait_for_url("**/revisions")
    expect(page.locator(".rev-row").first).to_contain_text(f"恢复自第 {began} 版")
    assert document(site) == before


def test_a_map_goes_out_and_comes_back_unchanged(open_browser, site, tmp_path: Path):
    page, began = open_browser("chain_team"), number(site)
    page.goto(EDIT)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="导出").click()
    file = tmp_path / "map.yaml"
    waiting.value.save_as(file)
    page.get_by_role("link", name="导入").click()
    assert_accessible(page)
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="看看有什么差别").click()
    expect(page.locator("main")).to_contain_text("完全一样，不用导入")
    assert number(site) == began

    # A mistake is named with its line, and the text stands there to be mended.
    broken = file.read_text(encoding="utf-8").replace("position: midstream", "position: middle", 1)
    line = broken[: broken.index("position: middle")].count("\n") + 1
    page.goto(f"/crm/chains/{KEY}/import")
    page.locator("#document").fill(broken)
    page.get_by_role("button", name="看看有什么差别").click()
    expect(page.locator("#form-errors")).to_contain_text(f"第 {line} 行")
    expect(page.locator("#document")).to_have_value(broken)
    assert_accessible(page)
    assert number(site) == began


def test_two_editors_of_one_segment_lose_nothing(open_browser, site, width):
    slow, fast = open_browser("chain_team"), open_browser("chain_team")
    for page in (slow, fast):
        page.goto(f"{EDIT}/vaccines")
    name = slow.locator("#name_zh").input_value()
    fast.locator("#name_zh").fill(f"疫苗及佐剂（{width}）")
    save_facts(fast)
    expect(fast.locator("#flashes")).to_contain_text("改名 1 处")
    slow.locator("#name_zh").fill(f"人用疫苗（{width}）")
    slow.locator("#aliases").fill("疫苗")
    save_facts(slow)
    expect(slow.get_by_role("heading", name="有人先保存了")).to_be_visible()
    row = slow.locator(".conflict-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(name)
    assert_accessible(slow)
    row.get_by_role("radio").first.check()
    slow.get_by_role("button", name="合并并保存").click()
    expect(slow.locator("#flashes")).to_contain_text("已保存为第")
    expect(slow.locator("#name_zh")).to_have_value(f"人用疫苗（{width}）")
    expect(slow.locator("#aliases")).to_have_value("疫苗")


def test_the_outline_is_worked_by_keyboard(open_browser, site):
    page, began = open_browser("chain_team"), number(site)
    page.goto(EDIT)
    down = page.get_by_role("button", name="下移").first
    label = down.get_attribute("aria-label")
    down.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#flashes")).to_contain_text("移动 1 处")
    assert number(site) == began + 1
    up = page.get_by_role("button", name=label.replace("下移", "上移"), exact=True)
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#flashes")).to_contain_text(f"第 {began + 2} 版")
