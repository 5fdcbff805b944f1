"""What a lead's page tells and takes: comments, files, a follow-up with its papers, the history behind it."""

from __future__ import annotations

import io
import re

import pytest

from crm.models import Attachment, Comment, FollowUp, Lead, Notice
from crm.services import settings as rules
from crm.services import timeline
from crm.services.attachments import handing_in
from tests.factories import actor, make_lead, next_step
from tests.statements import counted

PDF = b"%PDF-1.7\n1 0 obj\n"


@pytest.fixture
def lead_id(database, cast) -> int:
    with database.writing() as session:
        return make_lead(session, cast.officer, next_step=next_step(2)).id


def pdf(name: str = "意向书.pdf", content: bytes = PDF) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


# ── Comments ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_comment_with_an_at_is_shown_and_told(database, sign_in, cast, lead_id):
    officer = sign_in(cast.officer)
    data = {"body": "@何志强 请看 <b>净高</b>", "request_id": "c-1"}
    for _time in range(2):
        answer = officer.post(f"/crm/comments/leads/{lead_id}", data=data)
        assert answer.status_code == 302
    page = officer.get(answer.headers["Location"]).text
    assert '<b class="timeline-name">@何志强</b>' in page
    assert "&lt;b&gt;净高" in page
    with database.reading() as session:
        assert session.query(Comment).count() == 1
        assert session.query(Notice).one().person_id == cast.chief
    told = sign_in(cast.chief).get("/crm/notices/").text
    assert "评论里 @ 了您" in told


def test_a_refused_comment_comes_back_with_every_word(database, sign_in, cast, lead_id):
    officer = sign_in(cast.officer)
    refused = officer.post(f"/crm/comments/leads/{lead_id}", data={"body": "@李文博 转给你", "request_id": "c-2"})
    assert refused.status_code == 422
    assert "李文博看不到这条线索" in refused.text
    assert "@李文博 转给你</textarea>" in refused.text
    assert 'value="c-2"' in refused.text
    assert officer.post(f"/crm/comments/leads/{lead_id}", data={"body": " "}).status_code == 422
    assert officer.post(f"/crm/comments/leads/{lead_id}", data={"body": "长" * 2001}).status_code == 422
    with database.reading() as session:
        assert session.query(Comment).count() == 0


def test_the_list_behind_the_at_holds_only_who_sees_the_lead(sign_in, cast, lead_id):
    found = sign_in(cast.officer).get(f"/crm/comments/leads/{lead_id}/people").json
    assert {each["name"] for each in found} == {"林同事", "何志强", "区领导"}
    assert "hezhiqiang" in next(each["keys"] for each in found if each["name"] == "何志强")
    assert sign_in(cast.outsider).get(f"/crm/comments/leads/{lead_id}/people").status_code == 404
    assert sign_in(cast.outsider).post(f"/crm/comments/leads/{lead_id}", data={"body": "x"}).status_code == 404


def test_an_own_comment_is_taken_back_and_others_cannot(database, sign_in, cast, lead_id):
    leader = sign_in(cast.leader)
    assert leader.post(f"/crm/comments/leads/{lead_id}", data={"body": "请本周约见"}).status_code == 302
    with database.reading() as session:
        comment_id = session.query(Comment).one().id
    assert sign_in(cast.officer).post(f"/crm/comments/{comment_id}/remove").status_code == 403
    assert sign_in(cast.outsider).post(f"/crm/comments/{comment_id}/remove").status_code == 404
    assert leader.post(f"/crm/comments/{comment_id}/remove").status_code == 302
    page = leader.get(f"/crm/leads/{lead_id}?show=comments").text
    assert "请本周约见" not in page
    assert "已由本人删去" in page


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_served_only_as_an_attachment_in_a_sandbox(database, sign_in, cast, lead_id):
    officer = sign_in(cast.officer)
    sent = officer.post(f"/crm/files/leads/{lead_id}", data={"files": [pdf()]}, headers={"HX-Request": "true"})
    assert sent.status_code == 200
    assert "意向书.pdf" in sent.text
    with database.reading() as session:
        file_id = session.query(Attachment).one().id
    got = sign_in(cast.leader).get(f"/crm/files/{file_id}")
    assert got.data == PDF
    assert got.headers["Content-Disposition"] == (
        "attachment; filename=\"___.pdf\"; filename*=UTF-8''%E6%84%8F%E5%90%91%E4%B9%A6.pdf"
    )
    assert got.headers["Content-Length"] == str(len(PDF))
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"].startswith("sandbox")
    assert "no-store" in got.headers["Cache-Control"]
    for who in (cast.outsider, cast.manager, cast.chain_team, cast.admin):
        assert sign_in(who).get(f"/crm/files/{file_id}").status_code == 404
    page = officer.get(f"/crm/leads/{lead_id}?show=files").text
    assert f"/crm/files/{file_id}" in page


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("假的.pdf", b"<html><script>alert(1)</script>", "内容不是 PDF"),
        ("病毒.exe", b"MZ", "不收 .exe"),
        ("资料.zip", b"PK\x03\x04", "压缩包"),
        ("空.pdf", b"", "空文件"),
    ],
)
def test_a_refused_file_says_why_on_both_ways(database, sign_in, cast, lead_id, name, content, words):
    officer = sign_in(cast.officer)
    url = f"/crm/files/leads/{lead_id}"
    live = officer.post(url, data={"files": [pdf(name, content)]}, headers={"HX-Request": "true"})
    assert live.status_code == 422
    assert words in live.text
    plain = officer.post(url, data={"files": [pdf(name, content)]}, follow_redirects=True)
    assert words in plain.text
    with database.reading() as session:
        assert session.query(Attachment).count() == 0


def test_the_size_is_a_setting(database, sign_in, cast, lead_id, monkeypatch):
    # A real megabyte would make the test's own client leave a temporary file open.
    monkeypatch.setattr(handing_in, "MEGABYTE", 10_000)
    with database.writing() as session:
        rules.set_value(session, actor(session, cast.admin), "files.most_mb", 1, "试")
    officer = sign_in(cast.officer)
    big = officer.post(
        f"/crm/files/leads/{lead_id}",
        data={"files": [pdf(content=PDF + b"x" * 10_000)]},
        headers={"HX-Request": "true"},
    )
    assert big.status_code == 422
    assert "超过 1 MB" in big.text
    assert 'data-most="1"' in officer.get(f"/crm/leads/{lead_id}").text


def test_removing_a_file_leaves_a_trace(database, sign_in, cast, lead_id):
    officer = sign_in(cast.officer)
    officer.post(f"/crm/files/leads/{lead_id}", data={"files": [pdf()]})
    with database.reading() as session:
        file_id = session.query(Attachment).one().id
    assert sign_in(cast.colleague).post(f"/crm/files/{file_id}/remove").status_code == 403
    assert officer.post(f"/crm/files/{file_id}/remove").status_code == 302
    assert officer.get(f"/crm/files/{file_id}").status_code == 404
    assert "移除 意向书.pdf" in officer.get(f"/crm/leads/{lead_id}?show=files").text


def test_what_happened_is_logged_with_its_papers(database, sign_in, cast, lead_id):
    officer = sign_in(cast.officer)
    data = {
        "request_id": "h-1",
        "kind": "visit",
        "subject": "看现厂",
        "outcome": "层高 4.5 m 够用",
        "files": [pdf("拜访纪要.pdf"), pdf("现场.jpg", b"\xff\xd8\xff\xe0photo")],
    }
    assert officer.post(f"/crm/leads/{lead_id}/follow-ups", data=data).status_code == 302
    page = officer.get(f"/crm/leads/{lead_id}").text
    event = re.search(r"<b>上门拜访 · 看现厂</b>.*?</li>", page, re.S)[0]
    assert "拜访纪要.pdf" in event
    assert "现场.jpg" in event
    assert "上传 拜访纪要.pdf" not in page, "a file of a follow-up is told with it, once"


def test_a_refused_paper_takes_the_follow_up_back_and_keeps_the_words(database, sign_in, cast, lead_id):
    officer = sign_in(cast.officer)
    data = {
        "request_id": "h-2",
        "kind": "visit",
        "subject": "看现厂",
        "outcome": "层高 4.5 m 够用",
        "files": [pdf("纪要.pdf", b"<html>")],
    }
    refused = officer.post(f"/crm/leads/{lead_id}/follow-ups", data=data)
    assert refused.status_code == 422
    for words in ("层高 4.5 m 够用", "看现厂", "内容不是 PDF", "请重新选文件"):
        assert words in refused.text, words
    with database.reading() as session:
        assert session.query(FollowUp).filter_by(subject="看现厂").count() == 0
    again = data | {"files": [pdf("纪要.pdf")]}
    assert officer.post(f"/crm/leads/{lead_id}/follow-ups", data=again).status_code == 302


# ── What stands behind ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_history_page_says_what_changed_and_who_looked(database, sign_in, cast, lead_id):
    officer = sign_in(cast.officer)
    officer.post(f"/crm/leads/{lead_id}/grade", data={"grade": "A"})
    page = officer.get(f"/crm/history/lead/{lead_id}").text
    assert "定线索类别" in page
    assert "<ins>A 类</ins>" in page
    with database.reading() as session:
        contact_id = session.get(Lead, lead_id).contact_id
    officer.post(f"/crm/leads/{lead_id}/contacts/{contact_id}/reveal")
    looks = officer.get(f"/crm/history/lead/{lead_id}?show=reveals").text
    assert "张**" in looks
    assert "陈思敏" in looks
    assert sign_in(cast.outsider).get(f"/crm/history/lead/{lead_id}").status_code == 404
    assert officer.get(f"/crm/history/person/{cast.officer}").status_code == 404


def test_a_long_timeline_has_pages_and_nonsense_in_the_address_is_no_error(sign_in, cast, lead_id, monkeypatch):
    monkeypatch.setattr(timeline, "PAGE", 2)
    officer = sign_in(cast.officer)
    for number in range(4):
        officer.post(f"/crm/comments/leads/{lead_id}", data={"body": f"第 {number} 句"})
    url, said = f"/crm/leads/{lead_id}?show=comments", []
    while url:
        page = officer.get(url).text
        said += re.findall(r"第 (\d) 句", page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        url = older[1].replace("&amp;", "&") if older else ""
    assert said == ["3", "2", "1", "0"]
    for nonsense in ("show=x", "before=x", "before=-1", "before=99999999999999999999"):
        assert officer.get(f"/crm/leads/{lead_id}?{nonsense}").status_code == 200, nonsense


def test_comments_and_files_cost_no_statement_each(database, sign_in, cast, lead_id):
    officer = sign_in(cast.officer)
    officer.get(f"/crm/leads/{lead_id}?show=all")
    with counted() as few:
        officer.get(f"/crm/leads/{lead_id}?show=all")
    for number in range(6):
        officer.post(f"/crm/comments/leads/{lead_id}", data={"body": f"@何志强 {number}"})
        officer.post(f"/crm/files/leads/{lead_id}", data={"files": [pdf(content=PDF + bytes([48 + number]))]})
    with counted() as many:
        assert officer.get(f"/crm/leads/{lead_id}?show=all").status_code == 200
    # The words of comments and the names in them: two statements, however many there are.
    assert len(many) <= len(few) + 2, many
