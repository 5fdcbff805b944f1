"""Pages of lists: chips, views, columns, the sheet of filters, marked rows, and what they cost."""

from __future__ import annotations

import re
from html import unescape

import pytest

from crm.domain.leads import LeadState
from crm.models import BulkChange, Enterprise, FollowUp, Lead, Project, RecordTag, SavedView
from crm.services import listing
from tests.factories import make_enterprise, make_lead, make_offer, make_segment, next_step
from tests.samples import make_samples
from tests.statements import counted

PAGES = {"leads": "/crm/leads/", "projects": "/crm/projects/list", "enterprises": "/crm/enterprises/",
         "contacts": "/crm/contacts/"}  # fmt: skip
NAME = "穗岭列表诊断有限公司（示例）"


@pytest.fixture
def lead_id(database, cast) -> int:
    with database.writing() as session:
        segment = make_segment(session)
        make_offer(session, cast.park, segment=segment)
        return make_lead(session, cast.officer, name=NAME, segment_id=segment.id, next_step=next_step(3)).id


def rows(page: str) -> int:
    return len(re.findall(r"<tr data-row", page))


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", PAGES)
def test_a_list_is_there_for_its_roles_only(database, sign_in, cast, name):
    permission = listing.get(name).permission
    make_samples(database, cast)
    with database.reading() as session:
        from tests.factories import actor

        people = {role: actor(session, who) for role, who in cast.by_role().items()}
    for role, who in cast.by_role().items():
        for path in (PAGES[name], PAGES[name] + ("/filters" if name == "projects" else "filters")):
            status = sign_in(who).get(path).status_code
            assert status == (200 if people[role].may(permission) else 404), (role, path)


def test_foreign_records_are_in_no_list_count_chip_or_suggestion(database, sign_in, cast, lead_id):
    browser = sign_in(cast.outsider)
    for path in ("/crm/leads/?owner=all&state=all", "/crm/leads/?owner=all&q=穗岭列表", "/crm/enterprises/",
                 "/crm/enterprises/?q=穗岭列表", "/crm/contacts/", "/crm/leads/filters"):  # fmt: skip
        page = browser.get(path).text
        assert NAME not in page, path
        assert rows(page) == 0, path
    assert browser.get(f"/crm/leads/?owner={cast.officer}").text.count("不是可选的值") == 1


# ── The address ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_chips_say_what_is_in_force_and_lead_out_of_it(sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    page = browser.get("/crm/leads/?tenure=buy").text
    assert rows(page) == 0
    assert "没有符合全部条件的线索" in page
    assert "去掉「方式 购」，有 1 条" in page
    away = unescape(re.search(r'href="([^"]+)" aria-label="去掉筛选：方式 购"', page)[1])
    assert rows(browser.get(away).text) == 1


def test_a_nonsense_address_gets_its_sentences_and_the_rest_applies(sign_in, cast, lead_id):
    query = {"tenure": "steal", "amount_from": "一大笔", "received_from": "昨天", "sort": "luck", "owner": "mine"}
    page = sign_in(cast.officer).get("/crm/leads/", query_string=query).text
    for sentence in ("「steal」不是可选的值", "筛选「总投资」没有生效", "「昨天」不是日期", "不能按「luck」排序"):
        assert sentence in page
    assert rows(page) == 1


@pytest.mark.parametrize("name", PAGES)
def test_any_address_is_answered(sign_in, cast, lead_id, name):
    browser = sign_in(cast.officer)
    strange = ["", "'", "%", "😀", "x" * 5000, "-1", "9" * 40, "2026-13-40", "a,b,,c", "~", "=~1", "-~1", "\u202e"]
    spec = listing.get(name)
    names = {part for each in spec.filters for part in each.names} | {"sort", "cols", "after", "before", "changed"}
    for word in strange:
        assert browser.get(PAGES[name], query_string=dict.fromkeys(sorted(names), word)).status_code == 200, word


def test_the_sheet_puts_an_address_together(sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    sheet = browser.get("/crm/leads/filters?owner=mine&open=tier", headers={"HX-Request": "true"})
    assert "<html" not in sheet.text
    assert "data-opened" in sheet.text
    assert 'name="tier" value="growth"' in sheet.text
    asked = {"apply": "1", "owner": ["", "mine"], "state": "", "tier": ["", "growth", "mature"], "amount_from": "1亿"}
    answer = browser.get("/crm/leads/filters", query_string=asked | {"cols": "name,owner"})
    assert answer.status_code == 302
    assert answer.location == (
        "/crm/leads/?amount_from=1%E4%BA%BF&owner=mine&state=all&tier=mature&tier=growth&cols=name%2Cowner"
    )
    wrong = browser.get("/crm/leads/filters", query_string=asked | {"amount_from": "一大笔"})
    assert wrong.status_code == 422
    assert "筛选「总投资」没有生效" in wrong.text
    assert 'value="一大笔"' in wrong.text


def test_columns_are_chosen_and_remembered(sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    assert "c-investment" not in browser.get("/crm/leads/").text
    answer = browser.get("/crm/leads/?keep=1&cols=name,investment,strange")
    assert answer.status_code == 302
    assert answer.location.endswith("cols=name%2Cinvestment")
    page = browser.get("/crm/leads/").text
    assert 'class="c-investment num"' in page
    assert 'class="c-next"' not in page
    # A colleague's link shows what it says and is not remembered.
    assert 'class="c-next"' in browser.get("/crm/leads/?cols=next,name").text
    assert 'class="c-next"' not in browser.get("/crm/leads/").text
    browser.get("/crm/leads/?keep=1")
    assert 'class="c-next"' in browser.get("/crm/leads/").text


# ── Views ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_view_is_saved_shared_renamed_and_deleted(database, sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    kept = browser.post("/crm/views/leads", data={"title": "要紧的", "query": "owner=mine&tier=growth", "shared": "1"})
    assert kept.location == "/crm/leads/?owner=mine&state=open&tier=growth"
    page = browser.get(kept.location).text
    assert re.search(r'class="is-active"[^>]*>要紧的', page)
    assert "陈思敏 共享" in sign_in(cast.colleague).get("/crm/leads/").text
    assert "要紧的" not in sign_in(cast.outsider).get("/crm/leads/").text
    with database.reading() as session:
        view_id, version = session.query(SavedView.id, SavedView.version).one()
    renamed = {"title": "", "version": version}
    refused = browser.post(f"/crm/views/leads/{view_id}", data=renamed)
    assert refused.status_code == 422
    assert "请给视图起个名字" in refused.text
    assert browser.post(f"/crm/views/leads/{view_id}", data=renamed | {"title": "急"}).status_code == 302
    assert browser.post(f"/crm/views/leads/{view_id}", data=renamed | {"title": "慢"}).status_code == 409
    assert sign_in(cast.colleague).post(f"/crm/views/leads/{view_id}/remove").status_code == 404
    assert browser.post(f"/crm/views/leads/{view_id}/remove").status_code == 302
    with database.reading() as session:
        assert session.query(SavedView).count() == 0
        assert session.query(Lead).count() == 1


# ── Marked rows ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_marked_rows_are_changed_and_the_change_is_undone(database, sign_in, cast, lead_id):
    with database.writing() as session:
        other = make_lead(session, cast.colleague).id
    browser = sign_in(cast.officer)
    marked = {"ids": [lead_id, other], "next": "/crm/leads/?owner=section"}
    form = browser.post("/crm/bulk/leads/schedule/form", data=marked, headers={"HX-Request": "true"}).text
    assert "将改 1 条线索" in form
    assert "1 条由他人负责，不会改" in form
    due = re.search(r'name="due_at"[^>]*value="([^"]+)"', form)[1]
    asked = marked | {"kind": "call", "due_at": due, "subject": "", "request_id": "once-1"}
    refused = browser.post("/crm/bulk/leads/schedule", data=asked)
    assert refused.status_code == 422
    assert "请写下一步要做什么" in refused.text
    assert f'value="{lead_id}"' in refused.text
    done = browser.post("/crm/bulk/leads/schedule", data=asked | {"subject": "问入驻时间"})
    assert done.status_code == 302
    assert done.location.startswith("/crm/leads/?owner=section&changed=")
    page = browser.get(done.location).text
    assert "已改 1 条。1 条由他人负责，没有改" in page
    with database.reading() as session:
        change_id = session.query(BulkChange.id).scalar()
        assert session.query(FollowUp).filter_by(subject="问入驻时间").one().lead_id == lead_id
    assert f"/crm/bulk/{change_id}/undo" in page
    assert "问入驻时间" in browser.get("/crm/bulk/").text
    assert sign_in(cast.chief).post(f"/crm/bulk/{change_id}/undo").status_code == 404
    undone = browser.post(f"/crm/bulk/{change_id}/undo", follow_redirects=True)
    assert "已撤销，恢复 1 条" in undone.text
    with database.reading() as session:
        assert session.query(FollowUp).filter_by(subject="问入驻时间").count() == 0


def test_a_sheet_is_told_where_to_go(sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    asked = {"ids": lead_id, "tag": "重点", "next": "/crm/leads/"}
    answer = browser.post("/crm/bulk/leads/tag", data=asked, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/crm/leads/?changed=")
    nothing = browser.post("/crm/bulk/leads/tag/form", data={"ids": "x"}, headers={"HX-Request": "true"})
    assert nothing.status_code == 204
    assert "没有选中记录" in browser.get("/crm/bulk/").text


def test_all_rows_of_a_filter_are_marked(database, sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    everything = {"all": "1", "query": "owner=mine&tier=growth&tier=incubation&tier=mature", "tag": "重点"}
    assert browser.post("/crm/bulk/leads/tag", data=everything).status_code == 302
    with database.reading() as session:
        assert [tag.subject_id for tag in session.query(RecordTag)] == [lead_id]
    assert rows(browser.get("/crm/leads/?tag=重点").text) == 1
    assert "重点" not in sign_in(cast.outsider).get("/crm/leads/filters").text


def test_words_that_are_no_list_or_action(sign_in, cast, lead_id):
    browser = sign_in(cast.officer)
    for path in (
        "/crm/bulk/leads/erase",
        "/crm/bulk/secrets/tag",
        "/crm/bulk/contacts/assign/form",
        "/crm/views/secrets",
    ):
        assert browser.post(path, data={"ids": lead_id}).status_code == 404, path


# ── Cost ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", PAGES)
def test_a_list_stays_under_its_ceiling_of_statements(database, sign_in, cast, lead_id, name):
    with database.writing() as session:
        for _ in range(8):
            lead = make_lead(session, cast.officer, next_step=next_step(2))
            lead.state = LeadState.VALID
            session.add(
                Project(
                    number=f"CB-{lead.number}",
                    lead_id=lead.id,
                    enterprise_id=lead.enterprise_id,
                    name="甲",
                    stage_since=lead.received_at,
                    last_activity_at=lead.received_at,
                    owner_id=cast.officer,
                    section_id=cast.section,
                )
            )
    browser = sign_in(cast.officer)
    browser.get(PAGES[name])
    with counted() as seen:
        page = browser.get(PAGES[name])
    assert rows(page.text) >= 8
    assert len(seen) <= 8, f"{len(seen)}\n" + "\n".join(each[:150] for each in seen)


# ── An enterprise ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_of_an_enterprise_shows_each_reader_their_own(database, sign_in, cast, lead_id):
    with database.writing() as session:
        firm = session.get(Lead, lead_id).enterprise_id
        contact = session.get(Lead, lead_id).contact
        public = make_enterprise(session, "珠江公开企业（示例）").id
        make_lead(session, cast.outsider, name="珠江公开企业（示例）")
    for who, status in (("officer", 200), ("chief", 200), ("leader", 200), ("outsider", 404), ("manager", 404)):
        assert sign_in(getattr(cast, who)).get(f"/crm/enterprises/{firm}").status_code == status, who
    page = sign_in(cast.officer).get(f"/crm/enterprises/{firm}").text
    assert contact.phone not in page
    assert contact.name not in page
    assert f"/crm/leads/{lead_id}#contacts" in page
    assert "依据" in page
    seen = sign_in(cast.officer).get(f"/crm/enterprises/{public}").text
    assert "没有您能看的线索" in seen
    assert "没有您能看的联系人" in seen
    assert sign_in(cast.leader).get(f"/crm/enterprises/{firm}/edit").status_code == 404


def test_the_facts_of_an_enterprise_are_changed_and_explained(database, sign_in, cast, lead_id):
    with database.reading() as session:
        firm_id, version = session.query(Enterprise.id, Enterprise.version).filter_by(name=NAME).one()
    browser = sign_in(cast.officer)
    page = browser.get(f"/crm/enterprises/{firm_id}/edit").text
    assert f'value="{NAME}"' in page
    values = {"version": version, "name": NAME, "gbt_code": "2770", "employees": "350人", "revenue": "2.5亿"}
    saved = browser.post(f"/crm/enterprises/{firm_id}/edit", data=values, follow_redirects=True)
    assert "企业资料已保存" in saved.text
    assert "2.5 亿元" in saved.text
    assert "成长型" in saved.text
    stale = browser.post(f"/crm/enterprises/{firm_id}/edit", data=values | {"employees": "400人"})
    assert stale.status_code == 409
    assert "400人" in stale.text
    with database.reading() as session:
        assert session.get(Enterprise, firm_id).employees == 350
    wrong = values | {"version": version + 1, "uscc": "123", "founded_on": "2027-99-99", "revenue": "很多"}
    refused = browser.post(f"/crm/enterprises/{firm_id}/edit", data=wrong)
    assert refused.status_code == 422
    assert 'value="很多"' in refused.text
    assert "没有这一天" in refused.text
