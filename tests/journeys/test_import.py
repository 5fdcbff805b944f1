"""Journey: a ledger with errors is uploaded, corrected in the grid, written, and taken back; and a list is exported."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from crm.infra.sheets import child
from crm.infra.storage import FileStore
from crm.services import long_work
from tests.importing import table
from tests.journeys.conftest import Site, assert_accessible

HEAD = ("企业名称", "统一社会信用代码", "联系人", "联系电话", "线索来源", "需求描述", "总投资（亿元）", "方式", "面积")


@pytest.fixture(autouse=True)
def worker(site: Site) -> Iterator[None]:
    """What a Celery worker does when its bell rings."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.2):
            long_work.run_waiting(site.database, FileStore(site.settings.files_dir))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(timeout=30)


def ledger(folder: Path, width: str) -> Path:
    """Three rows: one good, one with two slips, one that repeats the first. Each width has firms of its own."""
    mark = "甲" if width == "desktop" else "乙"
    digit = "1" if width == "desktop" else "2"
    rows = (
        (
            f"示例穗岭{mark}诊断有限公司",
            "",
            "张三丰",
            f"1380000{digit}111",
            "走访",
            "想租一层做试剂",
            "0.3",
            "租",
            "约1200㎡",
        ),
        (f"示例岭南{mark}机器人有限公司", "", "李四", "1.38E+10", "来电", "厂房", "1.2", "租", "20亩"),
        (f"示例穗岭{mark}诊断有限责任公司", "", "王五", f"1380000{digit}333", "走访", "", "", "", ""),
    )
    path = folder / f"台账{mark}（示例）.csv"
    path.write_bytes(table(HEAD, *rows).decode("utf-8").encode("gb18030"))
    return path


def cell(page: Page, line: int, column: int):
    return page.locator("tr[id^=row-]").nth(line).locator(f'[data-column="{column}"]')


def correct(page: Page, line: int, column: int, text: str) -> None:
    """Edit a cell where it stands, with the keyboard."""
    cell(page, line, column).click()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(cell(page, line, column).locator(".import-text")).to_have_text(text)


def test_a_ledger_is_corrected_in_the_grid_written_and_taken_back(open_browser, width, tmp_path):
    page = open_browser("officer")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/crm/imports/")
    assert_accessible(page)
    page.locator("#file").set_input_files(ledger(tmp_path, width))
    page.get_by_role("button", name="上传并读取").click()
    expect(page.locator(".import-map")).to_be_visible()
    expect(page.locator("#c3")).to_have_value("phone")
    assert_accessible(page)
    page.get_by_role("button", name="检查 3 行").click()

    # Two rows are wrong: one for its cells, one for repeating the first.
    expect(page.locator("#import-summary")).to_contain_text("还有 2 行有错")
    assert_accessible(page)
    digit = "1" if width == "desktop" else "2"
    correct(page, 1, 3, f"1380000{digit}222")
    correct(page, 1, 8, "2000平")
    expect(page.locator("#import-summary")).to_contain_text("还有 1 行有错")
    expect(cell(page, 2, 0)).to_contain_text("与第 2 行重复")
    # Esc gives up, and a reload shows what is stored.
    cell(page, 2, 0).click()
    page.keyboard.type("不要")
    page.keyboard.press("Escape")
    page.reload()
    expect(cell(page, 1, 8)).to_contain_text("2,000 ㎡")
    expect(cell(page, 2, 0)).not_to_contain_text("不要")
    page.locator("tr[id^=row-]").nth(2).get_by_role("button", name="跳过").click()
    page.get_by_role("button", name="导入 2 行").click()

    undo = page.get_by_role("button", name="撤销这次导入")
    expect(undo).to_be_visible(timeout=20_000)
    expect(page.locator("table")).to_contain_text(re.compile(r"XS-\d{4}-"))
    assert_accessible(page)
    page.get_by_role("link", name=re.compile(r"^XS-")).first.click()
    page.wait_for_url(re.compile(r"/crm/leads/\d+"))
    expect(page.locator("h1")).to_contain_text("示例穗岭")
    page.go_back()
    undo.click()
    expect(page.locator(".import-counts")).to_contain_text("未能撤销", timeout=20_000)
    expect(page.locator(".import-counts .is-ok dd")).to_have_text("2")
    assert_accessible(page)


def test_a_list_is_exported_with_its_filters(open_browser, tmp_path):
    page = open_browser("officer")
    page.goto("/crm/exports/new?list=leads&owner=section")
    assert_accessible(page)
    with page.expect_download() as found:
        page.get_by_role("button", name="导出", exact=True).click()
    path = tmp_path / "out.xlsx"
    found.value.save_as(path)
    rows = [item[1] for item in child.read(path) if isinstance(item, list)]
    assert rows[0][:2] == ["编号", "企业名称"]
    assert len(rows) > 2
    assert not re.search(r"1[3-9]\d{9}", "".join(row[5] for row in rows[1:]))
