"""What counts where: repeats nowhere, added capital as money only, a signing that was taken back not at all."""

from __future__ import annotations

from datetime import date, timedelta

from crm.domain.pipeline import Batch, Stage
from crm.models import CapitalIncrease, StageChange
from crm.services import projects
from crm.services.reports.pipeline import leader_part
from tests.factories import actor
from tests.reporting import END, SENT, START, make_project

EARLY = START - timedelta(days=60)
SIGNED_AT = START - timedelta(days=20)


def year_of(session):
    return leader_part(session, START, END, SENT, []).year


def test_repeats_are_shown_and_counted_nowhere(database, cast):
    with database.writing() as session:
        steps = [(EARLY, Stage.RESERVE), (SIGNED_AT, Stage.SIGNED)]
        values = {"signed_fen": 500, "signed_on": date(2026, 10, 27)}
        first = make_project(session, cast, "首签公司（示例）", steps, **values)
        make_project(session, cast, "重复公司（示例）", steps, repeats_id=first.id, **values)
        year = year_of(session)
        assert (year.signed, year.signed_fen) == (1, 500)
        lane = projects.lanes(session, actor(session, cast.officer))[Batch.SIGNED]
        assert [each.id for each in lane.projects] == [first.id]


def test_added_capital_is_money_and_no_project(database, cast):
    with database.writing() as session:
        steps = [(EARLY, Stage.RESERVE), (SIGNED_AT, Stage.SIGNED)]
        project = make_project(session, cast, "增资公司（示例）", steps, signed_fen=500, signed_on=date(2026, 10, 27))
        for day, amount in ((date(2026, 11, 20), 70), (date(2026, 11, 23), 9000), (date(2025, 12, 31), 8000)):
            session.add(CapitalIncrease(project_id=project.id, amount_fen=amount, agreed_on=day))
        session.flush()
        year = year_of(session)
        assert (year.signed, year.signed_fen) == (1, 570), "agreed in the year and not after the week"


def test_a_signing_taken_back_counts_no_more_and_again_by_its_first_day(database, cast):
    with database.writing() as session:
        steps = [(EARLY, Stage.RESERVE), (SIGNED_AT, Stage.SIGNED), (START, Stage.REVIEW)]
        back = make_project(session, cast, "退回公司（示例）", steps)
        assert year_of(session).signed == 0
        back.signed_on, back.signed_fen = date(2026, 10, 27), 500
        session.add(StageChange(project_id=back.id, to_stage=Stage.SIGNED, at=START + timedelta(days=1)))
        session.flush()
        week = leader_part(session, START, END, SENT, [])
        assert (week.year.signed, week.year.signed_fen) == (1, 500)
        assert all(not flow.projects for flow in week.flows if flow.movement.value == "signed"), "a project counts once"
