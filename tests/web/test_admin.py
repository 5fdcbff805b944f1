"""Rules with versions, days off, and the mailbox of an installation without a relay."""

from __future__ import annotations

import html
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from crm.domain.reminders import Thresholds
from crm.models import CalendarDay, SettingVersion
from crm.services import reminders, rules
from tests.statements import counted


def text(answer) -> str:
    return html.unescape(answer.get_data(as_text=True))


@pytest.fixture
def admin(sign_in, cast):
    return sign_in(cast.admin)


def typed(**changes) -> dict[str, str]:
    """The form as the page shows it."""
    values: dict[str, str] = {"reason": "区里要求"}
    for name, value in Thresholds().to_json().items():
        if isinstance(value, dict):
            values |= {f"{name}.{colour}": "" if days is None else str(days) for colour, days in value.items()}
        else:
            values[name] = str(value)
    return values | changes


def test_new_thresholds_count_at_once_and_the_page_shows_their_history(admin, database):
    assert admin.post("/crm/admin/thresholds", data=typed(**{"lead_unscreened.red": "5"})).status_code == 302
    with database.reading() as session:
        assert reminders.thresholds(session).lead_unscreened.red == 5
    page = text(admin.get("/crm/admin/"))
    assert "第 1 版" in page
    assert "区里要求" in page
    assert "系统员" in page


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": ""},
        {"lead_unscreened.red": "1"},
        {"lead_unscreened.red": "abc"},
        {"lead_unscreened.red": ""},
        {"lead_unscreened.red": "9" * 30},
        {"lead_unscreened.yellow": "-3"},
        {"told_at": "99:99"},
        {"chief_after": "1.5"},
        {"reason": "a\x00b"},
        {"reason": "长" * 400},
    ],
)
def test_thresholds_that_make_no_sense_come_back_with_a_sentence_and_what_was_typed(admin, database, changes):
    answer = admin.post("/crm/admin/thresholds", data=typed(**{"silent_a.yellow": "13"} | changes))
    assert answer.status_code == 422
    assert 'id="form-errors"' in text(answer)
    assert 'name="silent_a.yellow" value="13"' in text(answer)
    with database.reading() as session:
        assert session.scalars(select(SettingVersion)).all() == []


@pytest.mark.parametrize("data", [{}, {"version": "2026-12", "reason": "试"}, {"version": "x" * 90, "reason": "试"}])
def test_weights_that_do_not_add_up_are_refused(admin, database, data):
    assert admin.post("/crm/admin/weights", data=data).status_code == 422
    with database.reading() as session:
        assert session.scalars(select(SettingVersion)).all() == []


def test_a_day_is_added_once_and_taken_back(admin, database):
    data = {"day": "2026-12-05", "is_working": "1", "reason": "区办通知"}
    assert admin.post("/crm/admin/days", data=data).status_code == 302
    again = admin.post("/crm/admin/days", data=data)
    assert again.status_code == 422
    assert "这一天已经改过" in text(again)
    with database.reading() as session:
        day_id = session.scalars(select(CalendarDay.id)).one()
    assert admin.post(f"/crm/admin/days/{day_id}/remove").status_code == 302
    assert admin.post(f"/crm/admin/days/{day_id}/remove").status_code == 404


@pytest.mark.parametrize(
    "changes", [{"day": "2026-02-30"}, {"day": ""}, {"day": "x"}, {"is_working": "2"}, {"reason": ""}]
)
def test_impossible_days_are_refused(admin, changes):
    data = {"day": "2026-12-05", "is_working": "1", "reason": "区办通知"} | changes
    assert admin.post("/crm/admin/days", data=data).status_code == 422


def test_the_auditor_reads_the_rules_and_changes_none(sign_in, cast):
    auditor = sign_in(cast.auditor)
    page = text(auditor.get("/crm/admin/"))
    assert "让新期限生效" not in page
    assert auditor.post("/crm/admin/thresholds", data=typed()).status_code == 404


def test_the_gallery_of_components_is_shown_in_demo_only(app, admin, settings):
    from dataclasses import replace

    assert admin.get("/crm/admin/gallery").status_code == 200
    app.extensions["settings"] = replace(settings, demo=False)
    assert admin.get("/crm/admin/gallery").status_code == 404


# ── Mailbox ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def kept(settings) -> str:
    settings.mail_dir.mkdir(parents=True, exist_ok=True)
    message = EmailMessage()
    message["Subject"], message["To"], message["Message-ID"] = "今日跟进 5 件", "officer@example.org", "<a@b>"
    message.set_content("纯文本的话")
    message.add_alternative('<p style="color:red">网页的话</p><script>alert(1)</script>', subtype="html")
    name = "20261124T083000-daily.eml"
    (settings.mail_dir / name).write_bytes(bytes(message))
    return name


def test_kept_mails_are_listed_and_read_in_both_parts(admin, kept):
    assert "今日跟进 5 件" in text(admin.get("/crm/admin/mailbox"))
    assert "今日跟进" not in text(admin.get("/crm/admin/mailbox?q=nothing"))
    page = text(admin.get(f"/crm/admin/mailbox/{kept}"))
    assert "纯文本的话" in page
    assert "<a@b>" in page
    assert "sandbox" in page
    assert "网页的话" not in page  # only inside the frame


def test_the_html_part_can_run_and_load_nothing(admin, kept):
    answer = admin.get(f"/crm/admin/mailbox/{kept}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "网页的话" in text(answer)


@pytest.mark.parametrize(
    "name",
    [
        "..%2fsecret.key",
        "%2e%2e%2fsecret.key",
        "..",
        "secret.key",
        "x.eml",
        "..%5csecret.eml",
        "%00.eml",
        ".hidden.eml",
        "a" * 400 + ".eml",
    ],
)
def test_no_name_leads_out_of_the_folder(admin, kept, settings, name):
    (settings.data_dir / "secret.eml").write_text("Subject: secret\n\n机密内容", encoding="utf-8")
    for address in (f"/crm/admin/mailbox/{name}", f"/crm/admin/mailbox/{name}/html"):
        answer = admin.get(address)
        assert answer.status_code in (400, 404)
        assert "机密内容" not in text(answer)


def test_a_link_in_the_folder_is_not_followed(admin, kept, settings):
    (settings.data_dir / "secret.txt").write_text("Subject: secret\n\n机密内容", encoding="utf-8")
    (settings.mail_dir / "link.eml").symlink_to(settings.data_dir / "secret.txt")
    assert admin.get("/crm/admin/mailbox/link.eml").status_code == 404
    assert "secret" not in text(admin.get("/crm/admin/mailbox"))


def test_a_damaged_mail_is_shown_as_far_as_it_goes(admin, settings):
    settings.mail_dir.mkdir(parents=True, exist_ok=True)
    (settings.mail_dir / "broken.eml").write_bytes(b"\xff\xfe\x00 no mail at all")
    (settings.mail_dir / "coded.eml").write_bytes(
        b"Subject: x\nContent-Type: text/html; charset=nonsense\n\n<p>\xff</p>"
    )
    (settings.mail_dir / "empty.eml").write_bytes(b"")
    assert admin.get("/crm/admin/mailbox").status_code == 200
    for name in ("broken", "coded", "empty"):
        assert admin.get(f"/crm/admin/mailbox/{name}.eml").status_code == 200


def test_an_empty_mailbox_teaches_how_mails_come(admin):
    page = text(admin.get("/crm/admin/mailbox"))
    assert "还没有邮件" in page
    assert "mail run-once" in page


def test_the_pages_have_a_ceiling_of_statements(admin, kept):
    for address in ("/crm/admin/", "/crm/admin/mailbox", f"/crm/admin/mailbox/{kept}"):
        with counted() as statements:
            assert admin.get(address).status_code == 200
        assert len(statements) <= 10, address


def test_protection_pool_and_reveals_are_settings(database, sign_in, cast):
    browser = sign_in(cast.admin)
    page = browser.get("/crm/admin/").text
    assert "首谈保护、公海、联系方式与调研" in page
    values = {
        "protection_days": "60",
        "protection_extension_days": "90",
        "claims_per_day": "5",
        "reclaim_days": "30",
        "pool_silent_days": "60",
        "reveals_per_hour": "10",
        "survey_months": "9",
    }
    refused = browser.post("/crm/admin/office", data=values | {"claims_per_day": "三条", "reason": "试行"})
    assert refused.status_code == 422
    assert "应为 1 到 50 之间的整数。" in refused.text
    assert 'value="三条"' in refused.text
    assert browser.post("/crm/admin/office", data=values).status_code == 422
    assert browser.post("/crm/admin/office", data=values | {"reason": "试行"}).status_code == 302
    with database.reading() as session:
        found = rules.office(session)
        assert (found.ownership.protection_days, found.ownership.claims_per_day, found.reveals_per_hour) == (60, 5, 10)
        assert found.survey_months == 9
        assert {version.key for version in rules.office_history(session)} == {
            "leads.protection_days",
            "leads.claims_per_day",
            "contacts.reveals_per_hour",
            "chains.survey_months",
        }
    assert "没有改动" in browser.post("/crm/admin/office", data=values | {"reason": "再来"}).text
