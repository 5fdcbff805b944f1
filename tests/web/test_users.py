"""Pages of accounts: the one-time link is shown once, typed things survive a refusal, nobody raises themselves."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from crm.domain.access import Role
from crm.models import AuditEntry, Person
from tests.statements import counted

PASSWORD = "seven green boats"


def text(answer) -> str:
    return answer.get_data(as_text=True)


@pytest.fixture
def security(sign_in, cast):
    return sign_in(cast.security)


def new(browser, cast, **changes):
    data = {"login": "newcomer", "name": "新同事", "role": "officer", "section_id": cast.section, "email": ""}
    return browser.post("/crm/users/new", data=data | changes)


def test_a_new_account_is_handed_over_by_a_link_that_works_once(app, security, cast, settings):
    answer = new(security, cast)
    assert answer.status_code == 200
    link = re.search(r'value="([^"]+/crm/link/[^"]+)"', text(answer))[1]
    assert link.startswith(settings.public_url)
    path = link.removeprefix(settings.public_url)
    newcomer = app.test_client()
    assert newcomer.post(path, data={"new": PASSWORD, "again": PASSWORD}).status_code == 302
    assert newcomer.post("/crm/sign-in", data={"login": "newcomer", "password": PASSWORD}).status_code == 302
    assert newcomer.get(path).status_code == 404


def test_the_link_starts_with_the_configured_address_whatever_the_host_header_says(security, cast, settings):
    answer = security.post(
        f"/crm/users/{cast.officer}/link", headers={"Host": "localhost:9999", "X-Forwarded-Host": "evil.example"}
    )
    assert f"{settings.public_url}/crm/link/" in text(answer)
    assert "evil.example" not in text(answer)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"login": "officer"}, "已经有人用了"),
        ({"login": "OFFICER "}, "已经有人用了"),
        ({"login": "新"}, "登录名用小写字母"),
        ({"login": "a\x00b"}, "登录名用小写字母"),
        ({"name": ""}, "请填姓名"),
        ({"name": "\u202ename"}, "改变文字方向"),
        ({"section_id": "0"}, "要选所在科室"),
        ({"email": "nowhere"}, "邮箱的样子不对"),
    ],
)
def test_a_refusal_says_why_and_loses_nothing(security, cast, database, changes, said):
    answer = new(security, cast, **({"name": "保留这个名字"} | changes))
    assert answer.status_code == 422
    assert said in text(answer)
    if "name" not in changes:
        assert "保留这个名字" in text(answer)
    with database.reading() as session:
        assert session.scalar(select(Person).where(Person.login == "newcomer")) is None


@pytest.mark.parametrize(
    "changes",
    [{"role": "emperor"}, {"role": ""}, {"section_id": "999999"}, {"section_id": "x"}, {"park_ids": "999999"}],
)
def test_choices_that_are_none_of_the_form_s_are_refused(security, cast, changes):
    assert new(security, cast, **changes).status_code == 422


def test_a_change_is_saved_and_a_stale_one_is_not(security, cast, database):
    with database.reading() as session:
        version = session.get(Person, cast.colleague).version
    data = {"version": version, "name": "林科长", "role": "chief", "section_id": cast.section, "email": ""}
    assert security.post(f"/crm/users/{cast.colleague}", data=data).status_code == 302
    answer = security.post(f"/crm/users/{cast.colleague}", data=data | {"name": "迟到的"})
    assert answer.status_code == 422
    assert "刚被别人改过" in text(answer)
    with database.reading() as session:
        person = session.get(Person, cast.colleague)
        assert (person.name, person.role) == ("林科长", Role.CHIEF)


def test_nobody_raises_themselves(security, cast, database):
    with database.reading() as session:
        version = session.get(Person, cast.security).version
    data = {"version": version, "name": "安全员", "role": "chief", "section_id": cast.section}
    assert security.post(f"/crm/users/{cast.security}", data=data).status_code == 422
    assert security.post(f"/crm/users/{cast.security}/active", data={"active": "0"}).status_code == 403
    assert security.post(f"/crm/users/{cast.security}/link").status_code == 403
    with database.reading() as session:
        assert session.get(Person, cast.security).role is Role.SECURITY


def test_the_auditor_reads_accounts_and_changes_none(sign_in, cast, database):
    auditor = sign_in(cast.auditor)
    page = text(auditor.get(f"/crm/users/{cast.officer}"))
    assert "只能查看" in page
    assert "发一次性链接" not in page
    with database.reading() as session:
        version = session.get(Person, cast.officer).version
    data = {"version": version, "name": "改名", "role": "chief", "section_id": cast.section}
    assert auditor.post(f"/crm/users/{cast.officer}", data=data).status_code == 422
    with database.reading() as session:
        assert session.get(Person, cast.officer).name == "陈思敏"


def test_a_closed_account_is_out_at_once(security, sign_in, cast, database):
    officer = sign_in(cast.officer)
    assert officer.get("/crm/me").status_code == 200
    assert security.post(f"/crm/users/{cast.officer}/active", data={"active": "0"}).status_code == 302
    assert officer.get("/crm/me").status_code == 302
    with database.reading() as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["person.disabled"]


def test_an_account_that_does_not_exist_is_404(security):
    for number in ("999999", "2147483647", "2147483648", "99999999999999999999999", "0"):
        assert security.get(f"/crm/users/{number}").status_code == 404
    assert security.post("/crm/users/999999/link").status_code == 404


def test_the_list_is_narrowed_by_the_address(security):
    assert "陈思敏" in text(security.get("/crm/users/?q=OFFIC"))
    assert "陈思敏" not in text(security.get("/crm/users/?role=chief"))
    assert "陈思敏" in text(security.get("/crm/users/?role=emperor"))
    assert "没有这样的账号" in text(security.get("/crm/users/?q=%25nobody"))


def test_the_list_has_a_ceiling_of_statements(security):
    security.get("/crm/users/")
    with counted() as statements:
        assert security.get("/crm/users/").status_code == 200
    assert len(statements) <= 8
