"""The bell: own notices only, sentences in the reader's language, read by POST."""

from __future__ import annotations

from crm.services import notices
from tests.samples import make_samples


def test_a_notice_leads_to_its_record_and_can_be_read(database, cast, sign_in):
    ids = make_samples(database, cast)
    with database.writing() as session:
        subject = ("introduction", ids["introduction_id"])
        notices.tell(session, [cast.officer], "introduction.accepted", "one", subject, park="甲园（示例）")
        notices.tell(session, [cast.officer], "introduction.accepted", "one", subject, park="甲园（示例）")
    browser = sign_in(cast.officer)
    text = browser.get("/crm/notices/").get_data(as_text=True)
    assert text.count("甲园（示例）答复：愿接待") == 1
    assert f"/crm/introductions/{ids['introduction_id']}" in text
    assert "未读" in text
    assert browser.post("/crm/notices/read").status_code == 302
    assert "0 条未读" in browser.get("/crm/notices/").get_data(as_text=True)


def test_nobody_reads_or_marks_another_s_notices(database, cast, sign_in):
    with database.writing() as session:
        notices.tell(session, [cast.officer], "lead.assigned", "two", number="XS-2026-0001")
    other = sign_in(cast.colleague)
    assert "XS-2026-0001" not in other.get("/crm/notices/").get_data(as_text=True)
    other.post("/crm/notices/read")
    assert "1 条未读" in sign_in(cast.officer).get("/crm/notices/").get_data(as_text=True)
