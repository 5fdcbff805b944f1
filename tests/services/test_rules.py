"""Rules that administrators change: versions with author and reason, validated, audited; on both databases."""

from __future__ import annotations

from datetime import date, time

import pytest
from sqlalchemy import select

from crm.domain.access import Permission, Role, allowed
from crm.domain.errors import Duplicate, Invalid, NotAllowed, NotFound
from crm.domain.reminders import SETTING, Clock, Thresholds
from crm.models import AuditEntry, CalendarDay, SettingVersion
from crm.services import reminders, rules, settings
from crm.services.access import actor_for


@pytest.fixture
def session(database, cast):
    with database.writing() as session:
        yield session


@pytest.fixture
def admin(session, cast):
    return actor_for(session, cast.admin)


def test_a_setting_nobody_set_has_its_default_and_no_history(session):
    assert settings.get(session, "a.b", 7) == 7
    assert settings.history(session, "a.b") == []


def test_each_change_is_a_version_with_author_and_reason_and_the_newest_counts(session, admin):
    settings.set_value(session, admin, "a.b", {"days": 1}, "先试一天")
    settings.set_value(session, admin, "a.b", {"days": 2}, "一天太短")
    assert settings.get(session, "a.b", None) == {"days": 2}
    newest, first = settings.history(session, "a.b")
    assert (newest.number, newest.reason, newest.author_id) == (2, "一天太短", admin.id)
    assert (first.number, first.value) == (1, {"days": 1})
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
    assert (entry.action, entry.before["value"], entry.after["value"]) == ("setting.changed", {"days": 1}, {"days": 2})


@pytest.mark.parametrize("reason", ["", "   ", "a\x00b", "长" * 301])
def test_a_change_without_a_proper_reason_is_refused(session, admin, reason):
    with pytest.raises(Invalid) as caught:
        settings.set_value(session, admin, "a.b", 1, reason)
    assert caught.value.field == "reason"
    assert session.scalars(select(SettingVersion)).all() == []


@pytest.mark.parametrize("role", [role for role in Role if not allowed(role, Permission.SETTINGS_EDIT)])
def test_only_administrators_change_rules(session, cast, role):
    actor = actor_for(session, cast.by_role()[role])
    with pytest.raises(NotAllowed):
        settings.set_value(session, actor, "a.b", 1, "因为")
    with pytest.raises(NotAllowed):
        rules.add_day(session, actor, date(2026, 10, 10), True, "通知")


def test_new_thresholds_are_what_the_planner_reads(session, admin):
    values = Thresholds().to_json() | {"lead_unscreened": {"yellow": 2, "red": 5}, "told_at": "08:45"}
    rules.set_thresholds(session, admin, values, "区里要求 5 天内筛查")
    assert reminders.thresholds(session).lead_unscreened == Clock(2, 5)
    assert reminders.thresholds(session).told_at == time(8, 45)


@pytest.mark.parametrize(
    "change",
    [
        {"lead_unscreened": {"yellow": 8, "red": 7}},
        {"lead_unscreened": {"yellow": -1, "red": 7}},
        {"lead_unscreened": {"yellow": "三", "red": 7}},
        {"lead_unscreened": 3},
        {"chief_after": 9},
        {"snoozes": 10**9},
        {"told_at": "25:00"},
        {"nonsense": 1},
    ],
)
def test_thresholds_that_make_no_sense_are_refused(session, admin, change):
    with pytest.raises(Invalid):
        rules.set_thresholds(session, admin, Thresholds().to_json() | change, "试试")
    assert settings.history(session, SETTING) == []


def test_weights_need_a_new_name_and_a_hundred_points_a_tier(session, admin):
    present = rules.weights(session)
    table = {tier: dict(row) for tier, row in present.by_tier.items()}
    with pytest.raises(Invalid) as caught:
        rules.set_weights(session, admin, table, present.version, "同名")
    assert caught.value.field == "version"
    tier = next(iter(table))
    first, second = list(table[tier])[:2]
    table[tier][first] += 1
    with pytest.raises(Invalid):
        rules.set_weights(session, admin, table, "2026-12", "合计 101")
    table[tier][second] -= 1
    rules.set_weights(session, admin, table, "2026-12", "更看重产业契合")
    assert rules.weights(session).version == "2026-12"
    assert rules.weights(session).of(tier)[first] == present.of(tier)[first] + 1


def test_a_day_is_overridden_once_and_can_be_given_back(session, admin):
    row = rules.add_day(session, admin, date(2026, 12, 5), True, "区办通知：周六上班")
    assert reminders.overrides(session) == {date(2026, 12, 5): True}
    with pytest.raises(Duplicate):
        rules.add_day(session, admin, date(2026, 12, 5), False, "又改")
    rules.remove_day(session, admin, row.id)
    session.flush()
    assert session.scalars(select(CalendarDay)).all() == []
    with pytest.raises(NotFound):
        rules.remove_day(session, admin, row.id)
    actions = session.scalars(select(AuditEntry.action)).all()
    assert actions == ["calendar.changed", "calendar.changed"]
