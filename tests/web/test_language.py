"""The reader's language is asked once a request and never outlives it."""

from __future__ import annotations

from crm.web.language import gettext


def test_one_thread_serves_readers_of_both_languages(client):
    for _round in range(2):
        client.set_cookie("lang", "zh")
        assert "登录名" in client.get("/crm/sign-in").text
        client.set_cookie("lang", "en")
        english = client.get("/crm/sign-in").text
        assert "Sign in" in english
        assert "登录名" not in english


def test_outside_a_request_a_text_stays_chinese(app):
    assert gettext("未知") == "未知"
    with app.app_context():
        assert gettext("%(count)s 条", count=3) == "3 条"
