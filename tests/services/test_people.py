"""Keeping accounts: who may, what is refused, what ends, what the trail says; on both databases."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from crm.domain.access import Permission, Role, allowed
from crm.domain.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from crm.models import AuditEntry, Person
from crm.services import accounts, people
from crm.services.access import actor_for
from crm.services.people import PersonFacts
from tests.statements import counted


@pytest.fixture
def session(database, cast):
    with database.writing() as session:
        yield session


def security(session, cast):
    return actor_for(session, cast.security)


def facts(cast, **changes):
    return PersonFacts(**({"name": "新同事", "role": Role.OFFICER, "section_id": cast.section} | changes))


def test_a_new_account_gets_a_link_and_no_password(session, cast):
    person, token = people.create(session, security(session, cast), " XinTongshi ", facts(cast, email="x@example.org"))
    session.flush()
    assert (person.login, person.password_hash, person.is_active) == ("xintongshi", None, True)
    assert accounts.link_person(session, token).id == person.id
    made, link = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    assert (made.action, made.actor_id, made.after["role"]) == ("person.created", cast.security, "officer")
    assert made.after["email"] == "x***@example.org"
    assert link.action == "link.made"


@pytest.mark.parametrize("role", [role for role in Role if not allowed(role, Permission.USERS_MANAGE)])
def test_no_other_role_can_make_or_change_an_account(session, cast, role):
    actor = actor_for(session, cast.by_role()[role])
    version = session.get(Person, cast.outsider).version
    for act in (
        lambda: people.create(session, actor, "x", facts(cast)),
        lambda: people.change(session, actor, cast.outsider, version, facts(cast)),
        lambda: people.set_active(session, actor, cast.outsider, active=False),
        lambda: people.new_link(session, actor, cast.outsider),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_nobody_changes_their_own_account(session, cast):
    actor = security(session, cast)
    version = session.get(Person, cast.security).version
    for act in (
        lambda: people.change(session, actor, cast.security, version, facts(cast, role=Role.CHIEF)),
        lambda: people.set_active(session, actor, cast.security, active=False),
        lambda: people.new_link(session, actor, cast.security),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert session.get(Person, cast.security).role is Role.SECURITY


def test_a_login_that_is_taken_is_refused_and_the_session_lives_on(session, cast):
    with pytest.raises(Duplicate):
        people.create(session, security(session, cast), "officer", facts(cast))
    people.create(session, security(session, cast), "officer2", facts(cast))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "\u202ename"}, "name"),
        ({"name": "长" * 81}, "name"),
        ({"section_id": None}, "section_id"),
        ({"section_id": 999_999}, "section_id"),
        ({"role": Role.CHIEF, "section_id": None}, "section_id"),
        ({"role": Role.PARK_MANAGER, "park_ids": frozenset({999_999})}, "park_ids"),
        ({"email": "no address"}, "email"),
    ],
)
def test_facts_that_make_no_sense_are_refused_at_their_field(session, cast, changes, field):
    with pytest.raises(Invalid) as caught:
        people.create(session, security(session, cast), "newcomer", facts(cast, **changes))
    assert caught.value.field == field


def test_parks_go_with_park_managers_and_sections_with_officers_only(session, cast):
    actor = security(session, cast)
    person, _token = people.create(
        session, actor, "both", facts(cast, role=Role.PARK_MANAGER, park_ids=frozenset({cast.park, cast.other_park}))
    )
    session.flush()
    assert person.section_id is None
    assert actor_for(session, person.id).park_ids == {cast.park, cast.other_park}
    people.change(session, actor, person.id, person.version, facts(cast, park_ids=frozenset({cast.park})))
    session.flush()
    session.expire_all()
    assert actor_for(session, person.id).park_ids == frozenset()
    assert people.shown(session, actor, person.id).park_ids == frozenset()
    assert person.section_id == cast.section


def test_a_new_role_ends_the_sessions_and_stands_in_the_trail_with_before_and_after(session, cast):
    token = accounts.open_session(session, session.get(Person, cast.outsider), hours=1)
    session.flush()
    person = session.get(Person, cast.outsider)
    people.change(
        session, security(session, cast), person.id, person.version, facts(cast, role=Role.LEADER, name="李文博")
    )
    session.flush()
    session.expire_all()
    assert accounts.actor_of_token(session, token) is None
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.before["role"], entry.after["role"]) == ("officer", "leader")


def test_a_corrected_name_leaves_the_sessions_open(session, cast):
    token = accounts.open_session(session, session.get(Person, cast.outsider), hours=1)
    session.flush()
    person = session.get(Person, cast.outsider)
    new = facts(cast, name="李文波", section_id=cast.other_section)
    people.change(session, security(session, cast), person.id, person.version, new)
    session.flush()
    session.expire_all()
    assert accounts.actor_of_token(session, token).name == "李文波"


def test_two_editors_of_one_version_cannot_both_win(session, cast):
    actor = security(session, cast)
    version = session.get(Person, cast.outsider).version
    people.change(session, actor, cast.outsider, version, facts(cast, name="甲"))
    session.flush()
    with pytest.raises(Stale):
        people.change(session, actor, cast.outsider, version, facts(cast, name="乙"))


def test_closing_ends_sessions_and_links_and_opening_lets_in_again(session, cast):
    actor = security(session, cast)
    token = accounts.open_session(session, session.get(Person, cast.outsider), hours=1)
    link = people.new_link(session, actor, cast.outsider)[1]
    people.set_active(session, actor, cast.outsider, active=False)
    session.expire_all()
    assert accounts.actor_of_token(session, token) is None
    with pytest.raises(NotFound):
        accounts.link_person(session, link)
    with pytest.raises(NotAllowed):
        people.new_link(session, actor, cast.outsider)
    people.set_active(session, actor, cast.outsider, active=True)
    session.flush()
    assert accounts.link_person(session, people.new_link(session, actor, cast.outsider)[1]).id == cast.outsider
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)).all()
    assert actions.count("person.disabled") == actions.count("person.enabled") == 1


def test_the_list_takes_few_statements_whatever_its_length(session, cast):
    actor = security(session, cast)
    for number in range(20):
        people.create(session, actor, f"many{number}", facts(cast))
    session.flush()
    session.expire_all()
    with counted() as statements:
        rows = people.listed(session, actor)
    assert len(rows) == 32
    assert len(statements) <= 5
    assert {row.login for row in rows if row.link_until} == {f"many{number}" for number in range(20)}
    manager = next(row for row in rows if row.id == cast.manager)
    assert manager.park_names == ("甲园（示例）",)


def test_the_list_is_narrowed_by_words_role_and_state(session, cast):
    actor = security(session, cast)
    assert {row.login for row in people.listed(session, actor, words="陈思")} == {"officer"}
    assert {row.login for row in people.listed(session, actor, words="MANAGER")} == {"manager", "other_manager"}
    assert people.listed(session, actor, words="%") == people.listed(session, actor)
    assert {row.role for row in people.listed(session, actor, role=Role.CHIEF)} == {Role.CHIEF}
    assert people.listed(session, actor, active=False) == []


# ── The command ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def command(own_database, monkeypatch, settings):
    """`command("create", …)` runs `python -m crm user …` on a database of its own."""
    from crm.cli import main
    from crm.cli import session as shared

    monkeypatch.setattr(shared, "database", lambda: own_database)
    monkeypatch.setattr(shared, "settings", lambda: settings)

    def run(*arguments: str):
        return CliRunner().invoke(main, ["user", *arguments])

    return run


def test_the_first_account_of_an_empty_installation_comes_in_by_its_link(command, own_database, settings):
    made = command("create", "li.wei", "--name", "李伟", "--role", "security")
    assert made.exit_code == 0
    token = made.output.strip().rpartition("/crm/link/")[2]
    assert f"{settings.public_url}/crm/link/{token}" in made.output
    with own_database.writing() as session:
        assert accounts.use_link(session, token, "seven green boats").login == "li.wei"
    again = command("create", "li.wei", "--name", "李伟", "--role", "security")
    assert again.exit_code == 1
    assert "已经有人用了" in again.output


def test_the_command_makes_sections_resets_lists_closes_and_opens(command, own_database):
    assert command("create", "officer", "--name", "甲", "--role", "officer", "--section", "one").exit_code == 0
    assert command("create", "other", "--name", "乙", "--role", "officer").exit_code == 1
    assert command("create", "x", "--name", "丙", "--role", "emperor").exit_code == 2
    assert command("link", "officer").output.count("/crm/link/") == 1
    assert command("link", "nobody").exit_code == 1
    assert command("disable", "officer").exit_code == 0
    assert "(closed)" in command("list").output
    assert command("link", "officer").exit_code == 1
    assert command("enable", "officer").exit_code == 0
    assert "(closed)" not in command("list").output
    with own_database.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
        assert {"person.created", "link.made", "person.disabled", "person.enabled"} <= {e.action for e in entries}
        assert all(entry.actor_id is None for entry in entries)
