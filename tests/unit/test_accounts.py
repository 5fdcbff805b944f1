"""Rules of accounts: passwords, logins, addresses, waiting, and the separation of duties."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from crm.domain.access import ROLE_PERMISSIONS, Permission, Role, allowed
from crm.domain.accounts import FREE_TRIES_ACCOUNT, check_password, clean_email, clean_login, wait_after
from crm.domain.errors import Invalid

GOOD = "seven green boats"


@pytest.mark.parametrize("password", [GOOD, "木棉花开在珠江边上好看", "T4-lychee/Bay", "x9$kQm!2vLp"])
def test_a_long_and_varied_password_is_taken(password):
    check_password(password, "chensimin", "陈思敏")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "至少"),
        ("123456789", "至少"),
        ("a" * 12, "太少"),
        ("abababababab", "太少"),
        ("password12", "太常见"),
        ("Qwerty12345", "太常见"),
        ("1234567890", "太常见"),
        ("abcdefghij", "太常见"),
        ("qwertyuiop", "太常见"),
        ("chensimin-77", "登录名或姓名"),
        ("xxCHENSIMINxx1", "登录名或姓名"),
        ("我是陈思敏不要猜密码", "登录名或姓名"),
        ("x9$kQm!2vLp" * 20, "最多"),
    ],
)
def test_a_password_that_can_be_guessed_is_refused_with_the_reason(password, why):
    with pytest.raises(Invalid, match=why):
        check_password(password, "chensimin", "陈思敏")


def test_the_objection_stands_at_the_field_that_was_asked_for():
    with pytest.raises(Invalid) as caught:
        check_password("short", "a", "b", "new")
    assert caught.value.field == "new"


def test_the_first_wrong_tries_cost_nothing_then_the_wait_doubles_to_a_ceiling():
    waits = [wait_after(wrong, FREE_TRIES_ACCOUNT) for wrong in range(20)]
    assert waits[:FREE_TRIES_ACCOUNT] == [timedelta()] * FREE_TRIES_ACCOUNT
    growing = waits[FREE_TRIES_ACCOUNT:]
    assert growing[0] > timedelta()
    assert all(later == min(earlier * 2, timedelta(minutes=15)) for earlier, later in pairwise(growing))
    assert growing[-1] == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("typed", "kept"), [("  ChenSimin ", "chensimin"), ("ｌｉｎ．ｙ", "lin.y"), ("a", "a"), ("x_1-2.b", "x_1-2.b")]
)
def test_a_login_is_kept_in_lower_case_and_half_width(typed, kept):
    assert clean_login(typed) == kept


@pytest.mark.parametrize("typed", ["", " ", "陈", "a b", "-a", "a-", "a\x00b", "a" * 65, "<script>", "a@b"])
def test_a_login_of_other_characters_is_refused(typed):
    with pytest.raises(Invalid) as caught:
        clean_login(typed)
    assert caught.value.field == "login"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", None), ("  ", None), (" a@b.cn ", "a@b.cn"), ("x.y+z@mail.example.org", "x.y+z@mail.example.org")],
)
def test_an_address_is_kept_or_none(typed, kept):
    assert clean_email(typed) == kept


@pytest.mark.parametrize(
    "typed", ["a", "a@", "@b.cn", "a@b", "a b@c.cn", "a@b.cn\nBcc: x@y.cn", "a@b.cn,c@d.cn", "a\x00@b.cn"]
)
def test_an_address_that_no_server_takes_is_refused(typed):
    with pytest.raises(Invalid):
        clean_email(typed)


# ── Separation of duties (DOMAIN §2) ─────────────────────────────────────────────────────────────────────────────────

CHANGES_RECORDS = {
    Permission.LEADS_CREATE,
    Permission.LEADS_EDIT,
    Permission.LEADS_ASSIGN,
    Permission.LEADS_SCREEN,
    Permission.INTRODUCTIONS_SEND,
    Permission.INTRODUCTIONS_ANSWER,
    Permission.PROJECTS_EDIT,
    Permission.CHAINS_EDIT,
    Permission.PARKS_EDIT,
    Permission.CONTACTS_REVEAL,
}


@pytest.mark.parametrize("role", list(Role))
def test_no_role_both_grants_and_changes_records(role):
    grants = allowed(role, Permission.USERS_MANAGE)
    assert not (grants and ROLE_PERMISSIONS[role] & CHANGES_RECORDS)


@pytest.mark.parametrize("role", list(Role))
def test_granting_settings_and_audit_lie_in_three_hands(role):
    held = {Permission.USERS_MANAGE, Permission.SETTINGS_EDIT, Permission.AUDIT_VIEW} & ROLE_PERMISSIONS[role]
    assert len(held) <= 1


def test_the_auditor_and_the_leader_change_nothing():
    for role in (Role.AUDITOR, Role.LEADER):
        assert not ROLE_PERMISSIONS[role] & (CHANGES_RECORDS | {Permission.USERS_MANAGE, Permission.SETTINGS_EDIT})
