"""Exports: the list's rows, permissions and masks; what is exported can be imported and changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from crm.domain.errors import Invalid, NotAllowed, NotFound
from crm.domain.imports import ImportKind
from crm.domain.jobs import JobKind, JobState
from crm.domain.leads import Grade
from crm.domain.space import Tenure
from crm.infra.clock import now, today
from crm.infra.sheets import child
from crm.infra.storage import FileStore
from crm.models import AuditEntry, Job, Lead
from crm.services import exports, jobs, long_work
from crm.services.exports import Asked, ExportColumn, Typed
from crm.services.exports.files import write_csv, write_xlsx
from crm.services.leads import Needs
from tests.factories import USCC, actor, make_lead, make_segment
from tests.importing import clerk

EVERYBODY = "owner=all&state=all"


def cells_of(path: Path) -> list[list[str]]:
    """What a child would read, without starting one."""
    return [item[1] for item in child.read(path) if isinstance(item, list)]


def exported(database, person_id: int, asked: Asked, folder: Path) -> list[dict[str, str]]:
    path = folder / f"out.{asked.format}"
    with database.writing() as session:
        exports.make_now(session, actor(session, person_id), asked, path)
    head, *rows = cells_of(path)
    return [dict(zip(head, row, strict=False)) for row in rows]


def odd_lead(database, cast) -> str:
    """A lead full of values that tables like to damage."""
    with database.writing() as session:
        segment = make_segment(session)
        lead = make_lead(
            session,
            cast.officer,
            name="=1+1 示例（0012）公司",
            phone="020-81234567",
            uscc=USCC,
            content="=cmd|'/C calc'!A0\n第二行，-5.2，'x 😀 +8613800000000",
            segment_id=segment.id,
            investment_fen=1_234_567_89,
            grade=Grade.A,
            needs=Needs(tenure=Tenure.LAND, area_target=2050, budget=80, needed_on=today() + timedelta(days=3)),
        )
        # A day that has passed since may stay.
        lead.needed_on = date(2020, 1, 1)
        return lead.number


@pytest.mark.parametrize("kind", exports.FORMATS)
def test_what_is_exported_can_be_imported_and_changes_nothing(database, cast, tmp_path, kind):
    number = odd_lead(database, cast)
    with database.writing() as session:
        make_lead(session, cast.colleague)
    path = tmp_path / f"leads.{kind}"
    with database.writing() as session:
        asked = Asked("leads", EVERYBODY, kind)
        assert exports.make_now(session, actor(session, cast.officer), asked, path) == 2
    officer = clerk(database, cast.officer, tmp_path)
    run_id = officer.upload(path.read_bytes(), ImportKind.LEADS, path.name)
    officer.choose(run_id)
    assert officer.errors(run_id) == {}
    assert officer.counts(run_id) == {"same": 2}
    (row,) = [
        row
        for row in exported(database, cast.officer, Asked("leads", EVERYBODY, kind), tmp_path)
        if row["编号"] == number
    ]
    assert row["企业名称"] == "=1+1 示例（0012）公司"
    assert row["对方诉求"] == "=cmd|'/C calc'!A0\n第二行，-5.2，'x 😀 +8613800000000"
    assert row["总投资（万元）"] == "123.456789"
    assert (row["面积 目标（㎡）"], row["价格上限"], row["类别"]) == ("20.5亩", "80", "A 类")
    assert (row["联系人"], row["电话"]) == ("张**", "020-****4567")
    assert row["产业环节"] == "生物医药（示例链）/体外诊断试剂"


_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\n"), max_size=60
) | st.sampled_from(
    [
        "=1+1",
        "+8613800000000",
        "-5.2",
        "'x",
        "''=1",
        "0012",
        "1e5",
        "😀",
        "_x0041_",
        "@a",
        "TRUE",
        "2026-03-01",
        "a\nb",
        '"',
        "a,b;c\td",
        "<r>甲</r>",
        "]]>&amp;",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(_TEXT, min_size=3, max_size=3), min_size=1, max_size=5))
def test_every_text_survives_both_formats(tmp_path, rows):
    columns = [ExportColumn(name, Typed.TEXT) for name in ("企业名称", "诉求", "引荐人")]
    rows = [["甲", *row] for row in rows]
    columns = [ExportColumn("行", Typed.TEXT), *columns]
    wanted = [_trimmed(row) for row in rows]
    for path, write in ((tmp_path / "t.xlsx", _xlsx), (tmp_path / "t.csv", write_csv)):
        write(path, columns, rows)
        assert [_trimmed(cells) for cells in cells_of(path)[1:]] == wanted


def test_a_spreadsheet_gets_numbers_and_days_as_such_and_anything_else_as_text(tmp_path):
    columns = [ExportColumn("甲", Typed.NUMBER), ExportColumn("乙", Typed.DAY), ExportColumn("丙", Typed.TEXT)]
    rows = [
        ["12.5", "2026-03-01", "12.5"],
        ["-3", "1900-12-31", "2026-03-01"],
        ["123456789012345.6", "2026年3月", "0012"],
        ["nan", "", "x" * 40_000],
    ]
    write_xlsx(tmp_path / "t.xlsx", "线索", columns, rows, ["说明"])
    book = CalamineWorkbook.from_path(str(tmp_path / "t.xlsx"))
    assert book.sheet_names == ["线索", "说明"]
    found = book.get_sheet_by_index(0).to_python()
    assert found[1:4] == [
        [12.5, date(2026, 3, 1), "12.5"],
        [-3.0, "1900-12-31", "2026-03-01"],
        ["123456789012345.6", "2026年3月", "0012"],
    ]
    assert found[4][:2] == ["nan", ""]
    assert len(found[4][2]) == 32_767


def _xlsx(path, columns, rows):
    return write_xlsx(path, "线索", columns, rows)


def _trimmed(row):
    row = list(row)
    while row and not row[-1].strip():
        row.pop()
    return row


def test_the_lists_filters_and_scope_hold(database, cast, tmp_path):
    with database.writing() as session:
        mine = make_lead(session, cast.officer).number
        theirs = make_lead(session, cast.colleague).number
        foreign = make_lead(session, cast.outsider)
        foreign_id, foreign_number = foreign.id, foreign.number
    own = [row["编号"] for row in exported(database, cast.officer, Asked("leads", "owner=mine"), tmp_path)]
    section = [row["编号"] for row in exported(database, cast.officer, Asked("leads", EVERYBODY), tmp_path)]
    assert (own, set(section)) == ([mine], {mine, theirs})
    marked = exported(database, cast.officer, Asked("leads", "", "csv", (foreign_id,)), tmp_path)
    assert marked == []
    leaders = [row["编号"] for row in exported(database, cast.leader, Asked("leads", EVERYBODY), tmp_path)]
    assert set(leaders) == {mine, theirs, foreign_number}


def test_leaders_get_contacts_and_numbers_in_texts_masked(database, cast, tmp_path):
    with database.writing() as session:
        make_lead(session, cast.officer, phone="13812345678")
    (row,) = exported(database, cast.leader, Asked("leads", EVERYBODY), tmp_path)
    assert row["电话"] == "138****5678"
    assert "13912345678" not in row["对方诉求"]


@pytest.mark.parametrize("name", ["leads", "projects", "enterprises", "contacts"])
@pytest.mark.parametrize("kind", exports.FORMATS)
def test_every_list_has_a_file(database, cast, tmp_path, name, kind):
    with database.writing() as session:
        make_lead(session, cast.officer, phone="13812345678")
    path = tmp_path / f"list.{kind}"
    with database.writing() as session:
        number = exports.make_now(session, actor(session, cast.officer), Asked(name, "", kind), path)
    assert len(cells_of(path)) == number + 1
    assert "13812345678" not in "".join(text for row in cells_of(path) for text in row)


def test_an_export_stands_in_the_trail(database, cast, tmp_path):
    odd_lead(database, cast)
    exported(database, cast.officer, Asked("leads", "owner=mine"), tmp_path)
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "list.exported")).one()
    assert entry.actor_id == cast.officer
    assert entry.after == {"list": "leads", "query": "owner=mine", "format": "xlsx", "rows": 1, "marked": 0}


def test_a_long_list_is_a_job_whose_file_is_its_persons_and_goes_after_a_week(database, cast, tmp_path):
    odd_lead(database, cast)
    files = FileStore(tmp_path / "files")
    with database.writing() as session:
        job_id = exports.make_later(session, actor(session, cast.officer), Asked("leads", EVERYBODY, "csv")).id
    assert long_work.run_waiting(database, files) == 1
    with database.writing() as session:
        job = exports.finished(session, actor(session, cast.officer), job_id)
        assert (job.state, job.result["rows"], job.result["file_name"]) == (
            JobState.DONE,
            1,
            f"线索-{today():%Y%m%d}.csv",
        )
        name = job.result["stored_name"]
        assert len(cells_of(files.path(name))) == 2
        with pytest.raises(NotFound):
            exports.finished(session, actor(session, cast.chief), job_id)
        assert jobs.expired_exports(session, now() + timedelta(days=6)) == []
        assert jobs.expired_exports(session, now() + timedelta(days=8)) == [name]
        assert session.scalars(select(Job).where(Job.kind == JobKind.EXPORT)).all() == []


def test_the_worker_removes_files_that_are_a_week_old(database, cast, tmp_path):
    odd_lead(database, cast)
    files = FileStore(tmp_path / "files")
    with database.writing() as session:
        job_id = exports.make_later(session, actor(session, cast.officer), Asked("leads", EVERYBODY, "csv")).id
    long_work.run_waiting(database, files)
    assert len(list(files.names())) == 1
    with database.writing() as session:
        session.get_one(Job, job_id).finished_at = now() - timedelta(days=8)
    long_work.run_waiting(database, files)
    assert list(files.names()) == []


def test_unknown_lists_and_formats_and_foreign_roles_are_refused(database, cast):
    with database.reading() as session:
        officer = actor(session, cast.officer)
        with pytest.raises(NotFound):
            exports.count(session, officer, Asked("secrets"))
        with pytest.raises(Invalid):
            exports.count(session, officer, Asked("leads", "", "exe"))
        with pytest.raises(NotAllowed):
            exports.count(session, actor(session, cast.manager), Asked("leads"))
        assert session.scalars(select(Lead)).all() == []
