"""Pages of imports and exports: whose they are, what they say, and that a bad file or value never breaks one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.domain.imports import ImportKind, ImportState
from crm.infra.sheets import child
from crm.models import ImportRow, ImportRun, Job, Lead
from crm.services import long_work
from crm.web import kit
from tests.factories import make_lead
from tests.importing import table
from tests.statements import counted

HEAD = ("企业名称", "联系人", "电话", "来源", "面积")
GOOD = ("示例甲公司", "张三", "13800000001", "走访", "")
BAD = ("示例乙公司", "李四", "1.38E+10", "走访", "")


@pytest.fixture
def work(app, database):
    """What a worker does."""

    def run() -> None:
        with app.app_context():
            long_work.run_waiting(database, kit.files())

    return run


def send(browser, content: bytes, name: str = "台账.csv", kind: str = "leads"):
    data = {"kind": kind, "file": (io.BytesIO(content), name), "request_id": "r1"}
    return browser.post("/crm/imports/", data=data, content_type="multipart/form-data")


def previewed(browser, work, *rows: tuple[str, ...]) -> str:
    """Up to the grid; the address of the run."""
    target = send(browser, table(HEAD, *rows)).headers["Location"]
    work()
    mapping = {f"c{at}": key for at, key in enumerate(("name", "contact_name", "phone", "source", "area_target"))}
    browser.post(f"{target}/mapping", data=mapping)
    work()
    return target


def test_the_way_from_a_file_to_leads_and_back(database, cast, sign_in, work):
    browser = sign_in(cast.officer)
    answer = send(browser, table(HEAD, GOOD, BAD))
    target = answer.headers["Location"]
    waiting = browser.get(target).get_data(as_text=True)
    assert "data-job" in waiting
    assert "排队中" in waiting
    work()
    page = browser.get(target).get_data(as_text=True)
    assert "每一列是什么" in page
    assert '<option value="phone" selected>' in page
    browser.post(f"{target}/mapping", data={"c0": "name", "c1": "contact_name", "c2": "phone", "c3": "source"})
    work()
    page = browser.get(target).get_data(as_text=True)
    assert "科学计数法" in page
    assert "还有 1 行有错" in page
    with database.reading() as session:
        wrong = session.scalars(select(ImportRow.id).where(ImportRow.error_count > 0)).one()
    fragment = browser.post(
        f"{target}/rows/{wrong}", data={"c2": "13800000002", "show": "errors"}, headers={"HX-Request": "true"}
    ).get_data(as_text=True)
    assert f'id="row-{wrong}"' in fragment
    assert "科学计数法" not in fragment
    assert "导入 2 行" in fragment
    browser.post(f"{target}/commit")
    work()
    report = browser.get(target).get_data(as_text=True)
    assert "撤销这次导入" in report
    assert "XS-" in report
    browser.post(f"{target}/undo")
    work()
    assert "未能撤销" in browser.get(target).get_data(as_text=True)
    with database.reading() as session:
        assert session.scalars(select(Lead)).all() == []


def test_a_double_click_on_upload_makes_one_run(database, cast, sign_in):
    browser = sign_in(cast.officer)
    first, second = send(browser, table(HEAD, GOOD)), send(browser, table(HEAD, GOOD))
    assert first.headers["Location"] == second.headers["Location"]
    with database.reading() as session:
        assert len(session.scalars(select(ImportRun)).all()) == 1


@pytest.mark.parametrize(("name", "words"), [("a.xls", "另存为 .xlsx"), ("a.exe", "扩展名是 .exe"), ("", "请选文件")])
def test_a_file_of_another_kind_gets_a_sentence_on_the_page(cast, sign_in, name, words):
    browser = sign_in(cast.officer)
    answer = send(browser, b"x" if name else b"", name)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_a_hostile_file_is_refused_by_the_job_and_the_page_says_why(cast, sign_in, work):
    browser = sign_in(cast.officer)
    target = send(browser, b"PK\x03\x04" + b"\x00" * 2000, "bomb.xlsx").headers["Location"]
    work()
    page = browser.get(target)
    assert page.status_code == 200
    assert "文件已损坏" in page.get_data(as_text=True)


def test_bad_values_in_the_grid_get_sentences_and_nothing_is_lost(database, cast, sign_in, work):
    browser = sign_in(cast.officer)
    target = previewed(browser, work, GOOD)
    with database.reading() as session:
        row = session.scalars(select(ImportRow.id)).one()
    htmx = {"HX-Request": "true"}
    for data in ({"c0": "x\x00"}, {"c99": "x"}, {"c0": "字" * 40_000}):
        answer = browser.post(f"{target}/rows/{row}", data=data, headers=htmx)
        assert answer.status_code == 422
        assert len(answer.get_data(as_text=True)) < 60
    with database.reading() as session:
        assert session.get_one(ImportRow, row).cells[0] == GOOD[0]
    assert browser.post(f"{target}/rows/999999", data={"c0": "x"}, headers=htmx).status_code == 404
    form = browser.get(f"{target}/rows/{row}/form").get_data(as_text=True)
    assert 'name="c2" value="13800000001"' in form
    assert browser.post(f"{target}/rows/{row}", data={"c0": "示例丙公司"}).status_code == 302


def test_changing_a_run_that_has_gone_on_leads_to_where_it_is(cast, sign_in, work, database):
    browser = sign_in(cast.officer)
    target = previewed(browser, work, GOOD)
    browser.post(f"{target}/commit")
    work()
    with database.reading() as session:
        row = session.scalars(select(ImportRow.id)).one()
    answer = browser.post(f"{target}/rows/{row}", data={"c0": "x"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == target
    assert "在别处已经往前走了" in browser.get(target).get_data(as_text=True)
    assert browser.post(f"{target}/mapping", data={"c0": "name"}).status_code == 302


def test_others_get_404_for_run_rows_job_and_file(database, cast, sign_in, work):
    browser = sign_in(cast.officer)
    target = previewed(browser, work, GOOD)
    with database.writing() as session:
        job_id = session.scalars(select(Job.id).order_by(Job.id)).first()
        row = session.scalars(select(ImportRow.id)).one()
    for stranger in (cast.colleague, cast.chief):
        other = sign_in(stranger)
        for path in (target, f"{target}/rows/{row}/form", f"{target}/failed.xlsx", f"/crm/jobs/{job_id}/progress"):
            assert other.get(path).status_code == 404, path
        for path in (
            f"{target}/rows/{row}",
            f"{target}/rows/{row}/skip",
            f"{target}/commit",
            f"{target}/mapping",
            f"{target}/undo",
            f"{target}/skip-errors",
        ):
            assert other.post(path, data={"c0": "x"}).status_code == 404, path
    assert sign_in(cast.leader).get("/crm/imports/").status_code == 404


def test_progress_is_a_bar_until_the_job_is_over(database, cast, sign_in, work):
    browser = sign_in(cast.officer)
    send(browser, table(HEAD, GOOD))
    with database.reading() as session:
        job_id = session.scalars(select(Job.id)).one()
    assert "progress" in browser.get(f"/crm/jobs/{job_id}/progress").get_data(as_text=True)
    work()
    over = browser.get(f"/crm/jobs/{job_id}/progress")
    assert (over.status_code, over.headers["HX-Refresh"]) == (204, "true")


@pytest.mark.parametrize("kind", list(ImportKind))
def test_a_template_can_be_uploaded_as_it_is_and_its_example_is_left_out(database, cast, sign_in, work, kind):
    browser = sign_in(cast.officer)
    template = browser.get(f"/crm/imports/template/{kind.value}.xlsx")
    assert template.status_code == 200
    assert template.headers["Content-Disposition"].startswith("attachment")
    target = send(browser, template.data, "模板.xlsx", kind.value).headers["Location"]
    work()
    with database.reading() as session:
        run = session.scalars(select(ImportRun)).one()
        assert run.state is ImportState.MAPPING
        mapping = {f"c{at}": key for at, key in run.mapping.items()}
        assert len(mapping) == len(run.headers)
    browser.post(f"{target}/mapping", data=mapping)
    work()
    with database.reading() as session:
        assert session.scalars(select(ImportRun.counts)).one()["skipped"] == 1


def test_failed_rows_come_back_as_a_file_with_their_reasons(cast, sign_in, work, tmp_path: Path):
    browser = sign_in(cast.officer)
    target = previewed(browser, work, GOOD, BAD)
    path = tmp_path / "failed.xlsx"
    path.write_bytes(browser.get(f"{target}/failed.xlsx").data)
    head, row = [item[1] for item in child.read(path) if isinstance(item, list)]
    assert head == [*HEAD, "行号", "原因"]
    assert (row[:3], row[-2]) == (["示例乙公司", "李四", "1.38E+10"], "3")
    assert row[-1].startswith("电话：号码成了科学计数法")


def test_the_grid_takes_few_statements_however_many_rows(database, cast, sign_in, work):
    browser = sign_in(cast.officer)
    rows = [(f"示例第{n}公司", "", f"138{n:08d}", "走访", "") for n in range(60)]
    target = previewed(browser, work, *rows)
    browser.get(target)
    with counted() as statements:
        page = browser.get(target).get_data(as_text=True)
    assert page.count('id="row-') == 50
    assert len(statements) <= 15
    assert 'id="row-' in browser.get(f"{target}?after=51").get_data(as_text=True)
    assert browser.get(f"{target}?after=x&show=nonsense").status_code == 200


# ── Exports ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_short_list_is_sent_at_once_with_the_lists_filters(database, cast, sign_in, tmp_path: Path):
    with database.writing() as session:
        number = make_lead(session, cast.officer).number
        make_lead(session, cast.colleague)
    browser = sign_in(cast.officer)
    page = browser.get("/crm/exports/new?list=leads&owner=mine").get_data(as_text=True)
    assert "1 条" in page
    answer = browser.post("/crm/exports/new?list=leads", data={"query": "owner=mine", "format": "csv"})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    path = tmp_path / "out.csv"
    path.write_bytes(answer.data)
    rows = [item[1] for item in child.read(path) if isinstance(item, list)]
    assert [row[0] for row in rows[1:]] == [number]


def test_marked_rows_are_asked_for_their_format_first(database, cast, sign_in):
    with database.writing() as session:
        ids = [make_lead(session, cast.officer).id for _ in range(3)]
    browser = sign_in(cast.officer)
    page = browser.post("/crm/exports/new?list=leads", data={"ids": ids[:2], "query": "", "all": ""}).get_data(
        as_text=True
    )
    assert "选中的 2 条" in page
    assert page.count('name="ids"') == 2


def test_a_long_list_becomes_a_job_with_a_page_and_a_file(database, cast, sign_in, work, monkeypatch):
    monkeypatch.setattr("crm.services.exports.making.AT_ONCE", 1)
    with database.writing() as session:
        for _ in range(3):
            make_lead(session, cast.officer)
    browser = sign_in(cast.officer)
    answer = browser.post("/crm/exports/new?list=leads", data={"query": "owner=mine", "format": "xlsx"})
    target = answer.headers["Location"]
    assert "正在导出" in browser.get(target).get_data(as_text=True)
    work()
    assert "3 条，已经做好" in browser.get(target).get_data(as_text=True)
    with browser.get(f"{target}/file") as answer:
        assert answer.data[:2] == b"PK"
    assert sign_in(cast.chief).get(f"{target}/file").status_code == 404
    assert "已完成" in browser.get("/crm/exports/").get_data(as_text=True)


def test_nonsense_in_an_export_address_is_no_error(cast, sign_in):
    browser = sign_in(cast.officer)
    assert browser.get("/crm/exports/new?list=secrets").status_code == 404
    assert browser.get("/crm/exports/new?list=leads&owner=nobody&amount_from=x&sort=zzz").status_code == 200
    assert browser.post("/crm/exports/new?list=leads", data={"format": "exe"}).status_code == 302
    assert browser.get("/crm/exports/new").status_code == 302
