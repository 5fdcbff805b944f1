"""The demonstration comes once and goes without trace; what real people hung on it is said."""

from __future__ import annotations

from click.testing import CliRunner
from sqlalchemy import func, select

from crm.cli.seed import seed as seed_command
from crm.domain.access import Role
from crm.domain.calendar import iso_week, previous_week
from crm.domain.leads import LeadSource
from crm.domain.space import Tenure
from crm.infra import clock
from crm.infra.db import Database
from crm.infra.schema import migrate
from crm.models import (
    Enterprise,
    FollowUp,
    Lead,
    Match,
    Notice,
    Park,
    ParkManager,
    Person,
    Section,
    UserSession,
    WeeklySnapshot,
)
from crm.services import accounts, audit, inventory, matching, reports
from crm.services.seed.demo import drop_demo, load_demo
from tests.demo import fingerprints


def test_loading_twice_adds_nothing(loaded):
    once = fingerprints(loaded.database)
    with loaded.undone() as database:
        with database.writing() as session:
            tally = load_demo(session)
        assert tally.is_quiet
        assert tally.notes
        assert fingerprints(database) == once


def test_dropping_leaves_every_table_as_it_was_before(loaded):
    with loaded.undone() as database:
        with database.writing() as session:
            tally = drop_demo(session)
        assert tally.removed["lead"] == 61
        assert not tally.changed
        assert not tally.notes
        assert fingerprints(database) == loaded.before
        with database.writing() as session:
            assert drop_demo(session).is_quiet
            assert audit.verify(session).broken_at is None
            kept = session.scalars(select(audit.AuditEntry.action)).all()
        assert {"demo.loaded", "demo.dropped"} <= set(kept)


def test_the_demonstration_can_come_back_after_it_was_dropped(loaded):
    with loaded.undone() as database:
        with database.writing() as session:
            drop_demo(session)
            assert load_demo(session).added["lead"] == 61


def test_dropping_takes_what_real_people_hung_on_it_and_says_so(loaded):
    with loaded.undone() as database:
        with database.writing() as session:
            officer = _real_officer(session)
            lead = session.scalar(select(Lead).where(Lead.owner_id.is_not(None)).limit(1))
            session.add(FollowUp(lead_id=lead.id, kind="call", subject="回电", owner_id=officer.id, due_at=clock.now()))
            session.add(_notice(officer.id, "lead", lead.id))
            other = _notice(officer.id, "lead", 10**9)
            session.add(other)
            session.flush()
            officer_id, other_id = officer.id, other.id
            tally = drop_demo(session)
            assert session.scalar(select(func.count()).select_from(FollowUp)) == 0
            assert session.scalars(select(Notice.id)).all() == [other_id]
            assert session.get(Person, officer_id) is not None
        assert any(note.startswith("follow_up: 1 ") for note in tally.notes)
        assert any(note.startswith("notice: 1 ") for note in tally.notes)


def test_a_real_lead_outlives_the_demonstration_account_that_held_it(loaded):
    with loaded.undone() as database:
        with database.writing() as session:
            officer = _real_officer(session)
            holder = session.scalar(select(Person).where(Person.login == "demo-officer"))
            lead = _real_lead(session, officer, owner_id=holder.id, section_id=holder.section_id)
            matching.rematch(session, lead)
            assert session.scalar(select(func.count()).select_from(Match).where(Match.lead_id == lead.id)) > 0
            version = lead.version
            tally = drop_demo(session)
            session.refresh(lead)
            assert (lead.owner_id, lead.section_id) == (None, None)
            assert lead.version == version + 2
            assert session.scalar(select(func.count()).select_from(Match)) == 0
        assert tally.changed["lead"] == 2


def test_what_a_demonstration_account_logged_goes_with_it(loaded):
    with loaded.undone() as database:
        with database.writing() as session:
            visitor = session.scalar(select(Person).where(Person.login == "demo-officer"))
            lead = _real_lead(session, visitor, section_id=visitor.section_id)
            lead_id, enterprise_id = lead.id, lead.enterprise_id
            accounts.open_session(session, visitor, hours=1)
            drop_demo(session)
            assert session.scalar(select(func.count()).select_from(UserSession)) == 0
            assert session.scalar(select(Lead.id).where(Lead.id == lead_id)) is None
            assert session.get(Enterprise, enterprise_id) is not None


def test_dropping_closes_the_way_through_parks_kept_by_real_managers(loaded):
    with loaded.undone() as database:
        with database.writing() as session:
            manager = Person(login="real-manager", name="真管理员", role=Role.PARK_MANAGER)
            session.add(manager)
            session.flush()
            park = session.scalar(select(Park).where(Park.key == "lingnan_v"))
            demo_park = session.scalar(select(Park).where(Park.is_demo).limit(1))
            session.add_all([ParkManager(park_id=each.id, person_id=manager.id) for each in (park, demo_park)])
            session.flush()
            drop_demo(session)
            keeps = session.scalars(select(ParkManager.park_id).where(ParkManager.person_id == manager.id)).all()
            assert keeps == [park.id]
            assert inventory.read_inventory(session).offers == ()


def test_a_frozen_week_that_counted_the_demonstration_goes_and_another_stays(loaded):
    with loaded.undone() as database:
        with database.writing() as session:
            last = previous_week(iso_week(clock.today()))
            assert reports.freeze_week(session, last)
            earlier = WeeklySnapshot(week="2020-W10", from_at=clock.now(), until_at=clock.now(), frozen_at=clock.now())
            earlier.data = {"leader": {"flows": [{"is_demo": False}]}}
            session.add(earlier)
            session.flush()
            tally = drop_demo(session)
            assert session.scalars(select(WeeklySnapshot.week)).all() == ["2020-W10"]
        assert any(note.startswith("weekly_snapshot: 1 ") for note in tally.notes)


def _real_officer(session) -> Person:
    section = Section(key="real", name="招商三科")
    officer = Person(login="real", name="真专员", role=Role.OFFICER, section=section)
    session.add_all([section, officer])
    session.flush()
    return officer


def _real_lead(session, author: Person, **values: object) -> Lead:
    firm = Enterprise(name="真企业", normalised_name="真企业", core_name="真企业", titles=[], sections=[])
    session.add(firm)
    session.flush()
    lead = Lead(
        number="XS-2026-0001",
        enterprise_id=firm.id,
        source=LeadSource.PHONE,
        registered_by_id=author.id,
        received_at=clock.now(),
        last_activity_at=clock.now(),
        tenure=Tenure.RENT,
        area_min=300,
        area_target=400,
        area_max=500,
        typed={},
        platforms=[],
        **values,
    )
    session.add(lead)
    session.flush()
    return lead


def _notice(person_id: int, kind: str, subject_id: int) -> Notice:
    return Notice(
        person_id=person_id,
        kind="lead.assigned",
        key=f"{kind}:{subject_id}",
        params={},
        subject_kind=kind,
        subject_id=subject_id,
        created_at=clock.now(),
    )


def test_the_command_loads_adds_and_removes(tmp_path, monkeypatch):
    monkeypatch.setenv("LIANTU_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LIANTU_DATABASE_URL", f"sqlite:///{tmp_path}/own.db")
    runner = CliRunner()
    unready = runner.invoke(seed_command, [])
    assert unready.exit_code == 1
    assert "migrate" in unready.output
    database = Database.from_url(f"sqlite:///{tmp_path}/own.db")
    migrate(database.bind)
    assert "park: 5" in runner.invoke(seed_command, []).output
    again = runner.invoke(seed_command, [])
    assert again.exit_code == 0
    assert "loaded already" in again.output
    assert "lead: 61 added" in runner.invoke(seed_command, ["--demo"]).output
    assert "nothing to change" in runner.invoke(seed_command, ["--demo"]).output
    assert "lead: 0 added, 0 changed, 61 removed" in runner.invoke(seed_command, ["--drop-demo"]).output
    assert runner.invoke(seed_command, ["--drop-demo"]).output == "nothing to change\n"
    assert runner.invoke(seed_command, ["--demo", "--drop-demo"]).exit_code == 2
    assert runner.invoke(seed_command, ["--demo", "district"]).exit_code == 2
    database.dispose()
