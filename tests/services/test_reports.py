"""The weekly report on real databases: what counts into a week, freezing, planning, and who reads what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import delete, func, select

from crm.domain.calendar import IsoWeek, china_instant
from crm.domain.errors import NotFound
from crm.domain.frozen import freeze
from crm.domain.pipeline import Batch, Stage
from crm.domain.reports import Movement, Voice
from crm.models import Activity, CalendarDay, Lead, OutboxMail, Project, StageChange, WeeklySnapshot
from crm.services import reports, timeline
from crm.services import settings as runtime
from crm.services.reports import TARGETS_SETTING
from tests.factories import actor
from tests.reporting import CONTACT, END, LAST_MOMENT, PHONE, SENT, START, WEEK, make_project, make_week, rename


@pytest.fixture(autouse=True)
def _on_monday():
    with time_machine.travel(SENT, tick=False):
        yield


def names(rows) -> list[str]:
    return [row.name for row in rows]


def collect(session, *readers, at=SENT):
    return reports.collect(session, WEEK, at, readers)


# ── What counts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sunday_2359_belongs_to_the_week_and_monday_0000_to_the_next(database, cast):
    with database.writing() as session:
        make_week(session, cast)
        this, following = collect(session), reports.collect(session, IsoWeek(2026, 48), SENT + timedelta(days=7))
    assert names(this.leader.flow(Movement.SIGNED).projects) == ["签约公司（示例）"]
    assert names(following.leader.flow(Movement.SIGNED).projects) == ["下周签约公司（示例）"]
    assert following.leader.flow(Movement.SIGNED).previous == 1
    assert (this.from_at, this.until_at) == (
        datetime(2026, 11, 15, 16, tzinfo=UTC),
        datetime(2026, 11, 22, 16, tzinfo=UTC),
    )


@pytest.mark.parametrize(("at", "logged"), [(START, 1), (LAST_MOMENT, 1), (END, 0), (START - timedelta(seconds=1), 0)])
def test_leads_are_counted_between_the_two_instants(database, cast, at, logged):
    with database.writing() as session:
        timeline.note(session, actor(session, cast.officer), "lead.created", at=at, source="phone")
        session.flush()
        assert collect(session).leader.counts.logged == logged


def test_amounts_stock_and_loss_are_told_as_they_are(database, cast):
    with database.writing() as session:
        make_week(session, cast)
        part = collect(session).leader
    assert part.flow(Movement.SIGNED).amount_fen == 28_000_000_000
    lost = part.flow(Movement.LOST).projects
    assert names(lost) == ["流失公司（示例）"]
    assert lost[0].why.say() == "空间不符：楼面荷载 15 kN/㎡"
    stock = {each.batch: each for each in part.stock}
    # The one that signs on Monday still stands in the reserve on Sunday night; the lost one does not.
    assert stock[Batch.RESERVE].count == 2
    assert stock[Batch.SIGNED].count == 1
    assert part.counts.introduced == 1


def test_a_project_counts_once_and_a_step_written_twice_is_one_step(database, cast):
    with database.writing() as session:
        early = START - timedelta(days=20)
        steps = [(early, Stage.RESERVE), (early, Stage.SIGNED), (START + timedelta(days=1), Stage.REVIEW)]
        steps.append((START + timedelta(days=2), Stage.SIGNED))
        back = make_project(session, cast, "回退公司（示例）", steps, signed_fen=5)
        timeline.note(
            session, None, "project.stage", at=START + timedelta(days=2), project_id=back.id, stage=Stage.SIGNED.value
        )
        session.flush()
        assert collect(session).leader.flow(Movement.SIGNED).count == 0


def test_a_step_that_only_the_log_tells_counts(database, cast):
    with database.writing() as session:
        project = make_project(session, cast, "日志公司（示例）", [(START - timedelta(days=9), Stage.RESERVE)])
        timeline.note(
            session,
            None,
            "project.stage",
            at=START + timedelta(days=1),
            project_id=project.id,
            stage=Stage.STARTED.value,
        )
        session.flush()
        assert names(collect(session).leader.flow(Movement.STARTED).projects) == ["日志公司（示例）"]


def test_the_year_is_measured_against_the_target_that_people_entered_or_none(database, cast):
    with database.writing() as session:
        make_week(session, cast)
        assert collect(session).leader.year.target_fen is None
        admin = actor(session, cast.admin)
        runtime.set_value(session, admin, TARGETS_SETTING, {"2026": 400_000_000_000}, "区里定的")
        year = collect(session).leader.year
    assert (year.signed, year.signed_fen, year.target_fen) == (1, 28_000_000_000, 400_000_000_000)
    assert year.done_per_mille == 70


def test_leaders_are_asked_the_decision_that_somebody_has_written(database, cast):
    with database.writing() as session:
        make_week(session, cast)
        reds = collect(session).leader.reds
    assert [(red.name, red.decision.say()) for red in reds] == [
        ("请示公司（示例）", "12 月 4 日前出具用地意见，是否同意？")
    ]


def test_a_lead_red_for_ten_working_days_reaches_the_leaders_with_one_decision(database, cast):
    from crm.services import reminders

    at = SENT + timedelta(days=60)
    with database.writing() as session:
        ids = make_week(session, cast)
        reminders.plan(session, "example.org", at)
        reds = [red for red in collect(session, at=at).leader.reds if red.lead_id == ids["mine"]]
    assert len(reds) == 1
    assert reds[0].decision.msgid
    assert reds[0].red_days > 10


# ── Freezing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_frozen_week_reads_the_same_after_records_change_and_vanish(database, cast, settings):
    with database.writing() as session:
        ids = make_week(session, cast)
        reports.plan_weekly(session, settings, SENT)
        leader, officer = actor(session, cast.leader), actor(session, cast.officer)
        before = freeze(reports.weekly(session, leader, WEEK, Voice.LEADER).data)
        rename(session, ids["mine"], "改名公司")
        session.get(Project, ids["signed"]).signed_fen = 1
        session.execute(delete(StageChange).where(StageChange.project_id == ids["lost"]))
        session.execute(delete(Activity))
        session.execute(delete(Project).where(Project.id == ids["lost"]))
        session.execute(delete(Lead).where(Lead.id == ids["masked"]))
        session.flush()
        session.expire_all()
        report = reports.weekly(session, leader, WEEK, Voice.LEADER)
        own = reports.weekly(session, officer, WEEK, Voice.OFFICER).officer
    assert freeze(report.data) == before
    lost = report.leader.flow(Movement.LOST).projects
    assert [(row.name, row.project_id) for row in lost] == [("流失公司（示例）", None)]
    assert "我方线索公司（示例）" in {row.name for row in own.coming}
    gone = [row for row in own.lacking if row.name == "未推介公司（示例）"]
    assert [row.lead_id for row in gone] == [None]


def test_a_frozen_week_holds_no_contact(database, cast, settings):
    with database.writing() as session:
        make_week(session, cast)
        reports.plan_weekly(session, settings, SENT)
        stored = str(session.scalar(select(WeeklySnapshot.data)))
    assert "我方线索公司" in stored
    assert CONTACT not in stored
    assert PHONE not in stored


def test_freezing_twice_keeps_the_first(database, cast):
    with database.writing() as session:
        make_week(session, cast)
        assert reports.freeze_week(session, WEEK, SENT) is True
        assert reports.freeze_week(session, WEEK, SENT + timedelta(hours=1)) is False
        assert session.scalar(select(WeeklySnapshot.frozen_at)) == SENT


# ── Planning ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def planned(session) -> list[tuple[str, int, str]]:
    rows = session.execute(select(OutboxMail.kind, OutboxMail.recipient_id, OutboxMail.period)).all()
    return sorted(tuple(row) for row in rows)


def test_each_receiver_gets_one_mail_in_their_voice_however_often_it_is_planned(database, cast, settings):
    with database.writing() as session:
        make_week(session, cast)
        assert reports.plan_weekly(session, settings, SENT) == 8
        assert reports.plan_weekly(session, settings, SENT + timedelta(minutes=1)) == 0
        rows = planned(session)
    voices = {
        "weekly_leader": [cast.leader],
        "weekly_officer": [cast.officer, cast.colleague, cast.outsider, cast.chief, cast.other_chief],
        "weekly_park": [cast.manager, cast.other_manager],
    }
    assert rows == sorted((kind, who, "2026-W47") for kind, people in voices.items() for who in people)


@pytest.mark.parametrize(
    ("moment", "periods"),
    [
        ("2026-11-23T08:29:00+08:00", ["2026-W46"]),
        ("2026-11-23T08:30:00+08:00", ["2026-W47"]),
        ("2026-11-26T22:00:00+08:00", ["2026-W47"]),  # nothing ran from Monday to Thursday
        ("2026-11-29T23:59:00+08:00", ["2026-W47"]),
        ("2026-11-30T08:30:00+08:00", ["2026-W48"]),
        # National Day: Monday 2026-10-05 is off, offices open on Thursday the 8th.
        ("2026-10-05T08:31:00+08:00", []),
        ("2026-10-07T12:00:00+08:00", []),
        ("2026-10-08T08:29:00+08:00", []),
        ("2026-10-08T08:30:00+08:00", ["2026-W40"]),
    ],
)
def test_mondays_at_half_past_eight_or_the_next_working_day_and_missed_ones_heal(
    database, cast, settings, moment, periods
):
    at = datetime.fromisoformat(moment)
    with database.writing() as session:
        reports.plan_weekly(session, settings, at)
        found = sorted({period for _kind, _who, period in planned(session)})
        frozen = sorted(session.scalars(select(WeeklySnapshot.week)))
    assert found == periods
    assert frozen == periods


def test_a_holiday_that_the_district_entered_moves_the_day(database, cast, settings):
    with database.writing() as session:
        session.add(CalendarDay(day=date(2026, 11, 23), is_working=False, reason="区里放假"))
        session.flush()
        reports.plan_weekly(session, settings, SENT)
        assert "2026-W47" not in {period for *_, period in planned(session)}
        reports.plan_weekly(session, settings, china_instant(date(2026, 11, 24)) + timedelta(hours=8, minutes=30))
        assert "2026-W47" in {period for *_, period in planned(session)}


def test_people_without_an_address_or_an_account_get_none(database, cast, settings):
    from crm.models import Person

    with database.writing() as session:
        session.get(Person, cast.leader).email = None
        session.get(Person, cast.officer).is_active = False
        session.flush()
        reports.plan_weekly(session, settings, SENT)
        people = set(session.scalars(select(OutboxMail.recipient_id)))
    assert not people & {cast.leader, cast.officer}


# ── Who reads what ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_officer_reads_only_their_own_and_a_chief_the_section(database, cast, settings):
    with database.writing() as session:
        make_week(session, cast)
        reports.plan_weekly(session, settings, SENT)
        own = reports.weekly(session, actor(session, cast.officer), WEEK, Voice.OFFICER).officer
        outside = reports.weekly(session, actor(session, cast.outsider), WEEK, Voice.OFFICER).officer
        chief = reports.weekly(session, actor(session, cast.chief), WEEK, Voice.OFFICER).officer
        colleague = reports.weekly(session, actor(session, cast.colleague), WEEK, Voice.OFFICER).officer
    assert "别家" not in str(own)
    assert "我方线索公司（示例）" in names(own.coming)
    assert names(own.fresh) == ["未推介公司（示例）"]
    assert "我方线索" not in str(outside)
    assert "别家线索公司（示例）" in names(outside.lacking)
    assert {"我方线索公司（示例）", "未推介公司（示例）"} <= set(names(chief.lacking))
    assert "别家" not in str(chief)
    assert colleague.lacking == ()


def test_what_passed_to_another_section_falls_out_of_a_frozen_page(database, cast, settings):
    with database.writing() as session:
        ids = make_week(session, cast)
        reports.plan_weekly(session, settings, SENT)
        lead = session.get(Lead, ids["mine"])
        lead.owner_id, lead.section_id, lead.registered_by_id = cast.outsider, cast.other_section, cast.outsider
        session.flush()
        own = reports.weekly(session, actor(session, cast.officer), WEEK, Voice.OFFICER).officer
    assert "我方线索" not in str(own)


def test_a_park_reads_names_of_introduced_enterprises_only_and_never_a_contact(database, cast, settings):
    with database.writing() as session:
        make_week(session, cast)
        reports.plan_weekly(session, settings, SENT)
        part = reports.weekly(session, actor(session, cast.manager), WEEK, Voice.PARK).park
        other = reports.weekly(session, actor(session, cast.other_manager), WEEK, Voice.PARK).park
    assert names(part.owed) == ["我方线索公司（示例）"]
    assert part.owed[0].waited_days == 4
    assert [row.segment for row in part.fresh] == ["体外诊断试剂"]
    for secret in ("未推介", "别家", CONTACT, PHONE, PHONE[-4:]):
        assert secret not in str(freeze(part))
    assert "我方" not in str(other)


def test_a_manager_who_left_the_park_reads_nothing_of_it(database, cast, settings):
    from crm.models import ParkManager

    with database.writing() as session:
        make_week(session, cast)
        reports.plan_weekly(session, settings, SENT)
        session.execute(delete(ParkManager).where(ParkManager.person_id == cast.manager))
        part = reports.weekly(session, actor(session, cast.manager), WEEK, Voice.PARK).park
    assert part.is_empty
    assert part.parks == {}
    assert part.areas == ()


def test_a_chain_team_previews_the_leaders_page_without_leads_it_may_not_open(database, cast):
    from crm.services import reminders

    at = SENT + timedelta(days=60)
    with database.writing() as session:
        make_week(session, cast)
        reminders.plan(session, "example.org", at)
        reports.freeze_week(session, WEEK, at)
        team = reports.weekly(session, actor(session, cast.chain_team), WEEK, Voice.LEADER).leader
        leader = reports.weekly(session, actor(session, cast.leader), WEEK, Voice.LEADER).leader
    assert {red.lead_id for red in leader.reds} != {None}
    assert {red.lead_id for red in team.reds} == {None}


def test_nobody_reads_in_a_voice_that_is_not_theirs(database, cast):
    with database.writing() as session:
        make_week(session, cast)
        for who, voice in ((cast.officer, Voice.LEADER), (cast.manager, Voice.OFFICER), (cast.leader, Voice.PARK)):
            with pytest.raises(NotFound):
                reports.weekly(session, actor(session, who), WEEK, voice)


def test_leaders_and_administrators_choose_any_voice_and_others_their_own(database, cast):
    with database.reading() as session:
        chosen = {
            who: {
                voice: [r.id for r in readers]
                for voice, readers in reports.voices_of(session, actor(session, who)).items()
            }
            for who in (cast.leader, cast.admin, cast.officer, cast.manager)
        }
    assert chosen[cast.officer] == {Voice.OFFICER: [cast.officer]}
    assert chosen[cast.manager] == {Voice.PARK: [cast.manager]}
    assert set(chosen[cast.leader]) == set(chosen[cast.admin]) == set(Voice)
    assert chosen[cast.admin][Voice.LEADER] == [cast.leader]
    assert cast.manager in chosen[cast.leader][Voice.PARK]


def test_a_running_week_is_previewed_live_and_not_stored(database, cast):
    with database.writing() as session:
        make_week(session, cast)
        report = reports.weekly(session, actor(session, cast.officer), WEEK, Voice.OFFICER)
        assert report.frozen_at is None
        assert report.officer is not None
        assert session.scalar(select(func.count(WeeklySnapshot.id))) == 0
