"""Signing in and out in a browser, demo roles, one-time links, the own account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from crm.domain.access import Role
from crm.domain.accounts import FREE_TRIES_ACCOUNT
from crm.infra.clock import now
from crm.models import AuditEntry, Person, SignInAttempt, UserSession
from crm.services import accounts

PASSWORD = "seven green boats"


@pytest.fixture
def officer(database, cast) -> int:
    with database.writing() as session:
        session.get(Person, cast.officer).password_hash = accounts.hasher.hash(PASSWORD)
    return cast.officer


@pytest.fixture
def demo_people(database, cast) -> None:
    with database.writing() as session:
        for person in session.scalars(select(Person)):
            person.is_demo = True


def post(client, login="officer", password=PASSWORD, **more):
    return client.post("/crm/sign-in", data={"login": login, "password": password} | more)


def text(answer) -> str:
    return answer.get_data(as_text=True)


def test_signing_in_leads_to_the_desk_or_to_the_page_that_was_wanted(client, officer, database):
    answer = post(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/crm/")
    assert client.get("/crm/me").status_code == 200
    assert post(client, next="/crm/leads/?q=1").headers["Location"] == "/crm/leads/?q=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "evil",
    ],
)
def test_next_never_leads_outside(client, officer, target):
    assert post(client, next=target).headers["Location"] == "/crm/"


def test_a_wrong_password_is_a_sentence_and_the_name_stays_typed(client, officer, database):
    answer = post(client, password="wrong")
    assert answer.status_code == 422
    assert "登录名或密码不对" in text(answer)
    assert 'value="officer"' in text(answer)
    assert "wrong" not in text(answer)
    with database.reading() as session:
        assert len(session.scalars(select(SignInAttempt)).all()) == 2
        assert session.scalars(select(AuditEntry.action)).all() == ["session.refused"]


def test_unknown_and_wrong_give_the_same_page(client, officer):
    def page(login):
        shown = text(post(client, login=login, password="wrong"))
        # The form's token carries the second in which it was made.
        return re.sub(r'(name="csrf_token"[^>]*? value=")[^"]*', r"\1", shown).replace(login, "…")

    assert page("officer") == page("nobody1")


def test_too_many_tries_answer_429_with_the_wait_in_a_sentence(client, officer):
    for _ in range(FREE_TRIES_ACCOUNT):
        assert post(client, password="wrong").status_code == 422
    answer = post(client)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert re.search(r"请 \d+ 秒后再试", text(answer))


@pytest.mark.parametrize(
    "login", ["x\x00y", "\u202eofficer", "😀" * 50, "a" * 5000, "officer'--", "<script>alert(1)</script>", "\ufffe"]
)
def test_odd_names_are_a_sentence_never_an_error(client, cast, login):
    answer = post(client, login=login, password="x\x00\u202e😀")
    assert answer.status_code == 422
    assert "<script>alert" not in text(answer)


def test_empty_fields_say_what_is_missing(client, cast):
    answer = post(client, login="", password="")
    assert answer.status_code == 422
    assert "请填登录名" in text(answer)
    assert "请填密码" in text(answer)


def test_sign_in_gives_a_new_session_id_and_forgets_the_old_cookie(client, officer):
    client.get("/crm/sign-in")
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    post(client)
    with client.session_transaction() as cookie:
        first = cookie["_user_id"]
        assert "planted" not in cookie
    post(client)
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != first


def test_a_cookie_replayed_after_sign_out_is_worthless(app, client, officer, database):
    post(client)
    stolen = client.get_cookie("liantu").value
    assert client.post("/crm/sign-out").status_code == 302
    thief = app.test_client()
    thief.set_cookie("liantu", stolen)
    assert thief.get("/crm/me").status_code == 302
    with database.reading() as session:
        assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)).all()[-1] == "session.closed"


def test_sign_out_is_no_link(client, officer):
    post(client)
    assert client.get("/crm/sign-out").status_code == 405


def test_signing_in_needs_the_page_s_token(app, client, officer):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = post(client)
    assert answer.status_code == 400
    assert "安全口令已过期" in text(answer)
    token = re.search(r'name="csrf_token" value="([^"]+)"', text(client.get("/crm/sign-in?by=name")))[1]
    assert post(client, csrf_token=token).status_code == 302


def test_use_is_noted_every_ten_minutes_and_keeps_the_session_alive(client, officer, database):
    with time_machine.travel(now(), tick=False) as clock:
        post(client)
        for _ in range(3):
            clock.shift(timedelta(hours=11))
            assert client.get("/crm/me").status_code == 200
        with database.reading() as session:
            row = session.scalar(select(UserSession))
            assert row.last_seen_at == now().replace(microsecond=row.last_seen_at.microsecond)
        clock.shift(timedelta(hours=13))
        assert client.get("/crm/me").status_code == 302


# ── Demo ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", list(Role))
def test_one_click_enters_the_demo_in_each_role(client, demo_people, database, cast, role):
    assert f'data-demo-role="{role.value}"' in text(client.get("/crm/sign-in"))
    assert client.post(f"/crm/sign-in/demo/{role.value}").headers["Location"] == "/crm/"
    assert client.get("/crm/").status_code == 200


@pytest.mark.parametrize(
    "environment",
    [
        {"REMOTE_ADDR": "10.1.2.3"},
        {"HTTP_X_FORWARDED_FOR": "10.1.2.3"},
        {"HTTP_X_REAL_IP": "10.1.2.3"},
        {"HTTP_FORWARDED": "for=10.1.2.3"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
def test_the_demo_doors_are_closed_to_everybody_but_this_machine(client, demo_people, environment):
    assert "data-demo-role" not in text(client.get("/crm/sign-in", environ_overrides=environment))
    assert client.post("/crm/sign-in/demo/officer", environ_overrides=environment).status_code == 404


def test_without_demo_records_the_password_form_is_shown(client, cast):
    shown = text(client.get("/crm/sign-in"))
    assert "data-demo-role" not in shown
    assert 'name="password"' in shown


def test_no_demo_doors_without_demo_mode(database, demo_people, tmp_path):
    from crm.app import create_app
    from crm.infra.config import load_settings

    app = create_app(load_settings({"LIANTU_DATA_DIR": str(tmp_path / "var")}), database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    client = app.test_client()
    assert "data-demo-role" not in text(client.get("/crm/sign-in"))
    assert client.post("/crm/sign-in/demo/officer").status_code == 404


def test_demo_roles_are_entered_by_post_with_the_token_only(app, client, demo_people):
    assert client.get("/crm/sign-in/demo/officer").status_code == 405
    assert client.post("/crm/sign-in/demo/emperor").status_code == 404
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/crm/sign-in/demo/officer").status_code == 400


# ── One-time links ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def link(database, cast) -> str:
    with database.writing() as session:
        return accounts.make_link(session, session.get(Person, cast.colleague), actor_id=None)


def test_a_link_sets_the_first_password_once(client, link):
    page = client.get(f"/crm/link/{link}")
    assert "林同事" in text(page)
    assert client.get(f"/crm/link/{link}").status_code == 200  # looking does not use it up
    answer = client.post(f"/crm/link/{link}", data={"new": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 302
    assert post(client, login="colleague").headers["Location"] == "/crm/"
    for again in (
        client.get(f"/crm/link/{link}"),
        client.post(f"/crm/link/{link}", data={"new": PASSWORD, "again": PASSWORD}),
    ):
        assert again.status_code == 404
        assert "链接" in text(again)


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("short", "short", "至少"),
        (PASSWORD, PASSWORD + "x", "不一样"),
        ("colleague-1", "colleague-1", "登录名"),
        ("", "", "请填"),
    ],
)
def test_a_refused_password_leaves_the_link_good(client, link, new, again, said):
    answer = client.post(f"/crm/link/{link}", data={"new": new, "again": again})
    assert answer.status_code == 422
    assert said in text(answer)
    assert client.get(f"/crm/link/{link}").status_code == 200


def test_an_invented_link_is_a_404_with_a_sentence(client, cast):
    answer = client.get("/crm/link/invented")
    assert answer.status_code == 404
    assert "安全管理员" in text(answer)


# ── Own account ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_password_is_changed_and_the_other_browser_is_out(app, client, officer):
    other = app.test_client()
    post(client)
    post(other)
    data = {"old": PASSWORD, "new": "eight yellow kites", "again": "eight yellow kites"}
    assert client.post("/crm/me/password", data=data).status_code == 302
    assert client.get("/crm/me").status_code == 200
    assert other.get("/crm/me").status_code == 302


def test_a_wrong_old_password_is_counted_although_the_answer_is_an_error(client, officer, database):
    post(client)
    data = {"old": "wrong", "new": "eight yellow kites", "again": "eight yellow kites"}
    answer = client.post("/crm/me/password", data=data)
    assert answer.status_code == 422
    assert "现在的密码不对" in text(answer)
    with database.reading() as session:
        assert session.scalars(select(SignInAttempt.succeeded)).all().count(False) == 1


def test_own_sessions_are_listed_and_ended_one_by_one(app, client, officer, database):
    other = app.test_client()
    post(other)
    post(client)
    with database.reading() as session:
        ids = session.scalars(select(UserSession.id).order_by(UserSession.id)).all()
    assert "退出这一处" in text(client.get("/crm/me"))
    assert client.post(f"/crm/me/sessions/{ids[0]}/revoke").status_code == 302
    assert other.get("/crm/me").status_code == 302
    assert client.get("/crm/me").status_code == 200


def test_somebody_elses_session_answers_404(client, sign_in, officer, cast, database):
    post(client)
    with database.reading() as session:
        theirs = session.scalar(select(UserSession.id))
    assert sign_in(cast.colleague).post(f"/crm/me/sessions/{theirs}/revoke").status_code == 404
    assert client.get("/crm/me").status_code == 200


def test_language_is_kept_in_the_account_and_in_the_browser(sign_in, cast, database):
    browser = sign_in(cast.officer)
    answer = browser.post("/crm/me/preferences", data={"locale": "en", "email": "o@example.org"})
    assert answer.status_code == 302
    assert '<html lang="en"' in text(browser.get("/crm/me"))
    with database.reading() as session:
        assert session.get(Person, cast.officer).locale == "en"


@pytest.mark.parametrize(
    "data",
    [
        {"locale": "fr", "email": ""},
        {"locale": "zh", "email": "not an address"},
        {"locale": "zh", "email": "a\x00@b.cn"},
        {},
    ],
)
def test_preferences_that_make_no_sense_are_refused(sign_in, cast, data):
    assert sign_in(cast.officer).post("/crm/me/preferences", data=data).status_code == 422


def test_fields_that_the_form_does_not_have_change_nothing(sign_in, cast, database):
    sign_in(cast.officer).post("/crm/me/preferences", data={"locale": "zh", "email": "", "role": "admin", "name": "X"})
    with database.reading() as session:
        person = session.get(Person, cast.officer)
        assert (person.role, person.name) == (Role.OFFICER, "陈思敏")


def test_a_fragment_of_a_page_whose_session_ended_sends_the_whole_page_to_the_door(client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/crm/leads/?tier=growth"}
    answer = client.get("/crm/search/palette?q=岭", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/crm/sign-in?next=/crm/leads/?tier%3Dgrowth"
    assert answer.data == b""
