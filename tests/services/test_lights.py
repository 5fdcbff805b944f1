"""Lights of lists and boards: the worst reminder of a lead or its project, in one statement, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.pipeline import Light, Stage
from crm.infra.clock import now, today
from crm.infra.db import Database
from crm.models import Lead, Project, Reminder
from crm.services import lights
from tests.cast import Cast
from tests.reminding import lead
from tests.statements import counted


def _reminder(session: Session, found: Lead, *, yellow: int, red: int, ended: bool = False, kind: str = "lead") -> None:
    """One that turned yellow and red as many days ago."""
    session.add(
        Reminder(
            rule="lead_silent" if kind == "lead" else "project_silent",
            subject_kind=kind,
            subject_id=found.id,
            lead_id=found.id,
            started_on=today() - timedelta(days=100 + yellow),
            yellow_on=today() - timedelta(days=yellow),
            red_on=today() - timedelta(days=red),
            ended_at=now() if ended else None,
        )
    )


@pytest.fixture
def shown(database: Database, cast: Cast) -> dict[str, int]:
    """Leads by what they should show: the worst open reminder counts, an ended or coming one does not."""
    with database.writing() as session:
        made = {name: lead(session, cast, number) for number, name in enumerate(("calm", "over", "yellow", "red"))}
        _reminder(session, made["calm"], yellow=-1, red=-5)
        _reminder(session, made["over"], yellow=9, red=5, ended=True)
        _reminder(session, made["yellow"], yellow=0, red=-1)
        _reminder(session, made["red"], yellow=2, red=-1)
        _reminder(session, made["red"], yellow=5, red=0, kind="project")
        for number, name in enumerate(made):
            session.add(
                Project(
                    number=f"CB-2026-{number:04d}",
                    lead_id=made[name].id,
                    enterprise_id=made[name].enterprise_id,
                    name=name,
                    stage=Stage.NEGOTIATING,
                    stage_since=now(),
                    owner_id=cast.officer,
                    section_id=cast.section,
                    last_activity_at=now(),
                )
            )
        return {name: found.id for name, found in made.items()}


_EXPECTED = {"calm": Light.GREEN, "over": Light.GREEN, "yellow": Light.YELLOW, "red": Light.RED}


def test_leads_show_their_worst_open_reminder_in_one_statement(database: Database, shown: dict[str, int]) -> None:
    with database.reading() as session, counted() as statements:
        found = lights.of_leads(session, shown.values())
    assert {name: found[key] for name, key in shown.items()} == _EXPECTED
    assert len(statements) == 1


def test_projects_show_the_light_of_their_lead_and_of_themselves(database: Database, shown: dict[str, int]) -> None:
    with database.reading() as session:
        ids = dict(session.execute(select(Project.name, Project.id)).all())
        with counted() as statements:
            found = lights.of_projects(session, ids.values())
    assert {name: found[ids[name]] for name in shown} == _EXPECTED
    assert len(statements) == 1


def test_no_records_cost_no_statement(database: Database) -> None:
    with database.reading() as session, counted() as statements:
        assert lights.of_leads(session, []) == {}
        assert lights.of_projects(session, ()) == {}
    assert not statements


@pytest.mark.parametrize("light", list(Light))
def test_filters_find_exactly_what_lists_show(database: Database, shown: dict[str, int], light: Light) -> None:
    names = {name for name, expected in _EXPECTED.items() if expected is light}
    with database.reading() as session:
        leads = set(session.scalars(select(Lead.id).where(lights.lead_condition(light))))
        projects = set(session.scalars(select(Project.name).where(lights.project_condition(light))))
    assert leads == {shown[name] for name in names}
    assert projects == names
