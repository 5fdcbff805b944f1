"""The demonstration: marked everywhere, plausible on any day, rich enough to show the product."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from chains.engine.model import GapAction, SegmentStatus
from crm.domain.access import Role
from crm.domain.calendar import days_overdue, is_working_day, iso_week, previous_week, working_days_between
from crm.domain.enterprises.uscc import is_valid
from crm.domain.introductions import IntroductionState
from crm.domain.leads import LeadSource, LeadState
from crm.domain.pipeline import Batch, SideState, Stage
from crm.domain.reports import Movement
from crm.infra import clock
from crm.infra.clock import now, today
from crm.infra.db import Database
from crm.infra.schema import migrate
from crm.models import (
    Activity,
    Base,
    Building,
    Chain,
    Contact,
    Enterprise,
    FollowUp,
    Introduction,
    LandParcel,
    Lead,
    Match,
    Offer,
    Park,
    Person,
    Project,
    Segment,
    Unit,
)
from crm.services import chain_facts, enterprises, matching, notices, park_desk, reports, segment_changes
from crm.services.access import actor_of
from crm.services.seed.demo import files, load_demo
from crm.services.seed.demo.maps import SURVEYOR
from crm.services.seed.load import load_district
from crm.web.leads import readings
from tests.demo import fingerprints

MARK = "示例"
#: Days on which a demonstration may start: a Monday morning, after a long holiday, just after midnight.
DAYS = (
    datetime(2026, 11, 23, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 8, 2, 0, tzinfo=UTC),
    datetime(2027, 1, 3, 16, 5, tzinfo=UTC),
)


# ── Marked ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_row_that_can_carry_the_mark_carries_it(loaded):
    districts_own = {"park", "enterprise", "placement", "chain_revision", "plan_version", "plan_task"}
    with loaded.database.reading() as session:
        counted = {}
        for table in Base.metadata.sorted_tables:
            if "is_demo" in table.c and table.name not in districts_own:
                counted[table.name] = session.scalar(select(func.count()).select_from(table).where(table.c.is_demo))
                unmarked = select(func.count()).select_from(table).where(~table.c.is_demo)
                assert session.scalar(unmarked) == 0, table.name
        for model in (Park, Enterprise):
            known = select(func.count()).select_from(model).where(~model.is_demo, model.key.is_(None))
            assert session.scalar(known) == 0
    assert counted["lead"] == 61
    assert 60 <= counted["unit"] <= 80
    assert {"building", "contact", "follow_up", "introduction", "project", "notice", "match"} <= {
        name for name, count in counted.items() if count
    }


def test_what_people_read_names_the_mark(loaded):
    with loaded.database.reading() as session:
        for model in (Enterprise, Building, Unit, LandParcel, Project):
            names = session.scalars(select(model.name).where(model.is_demo)).all()
            assert names, model
            assert all(MARK in name for name in names), model
        assert all(MARK in name for name in session.scalars(select(Park.name).where(Park.is_demo)))
        assert all(MARK in lead.enterprise.name and lead.enterprise.is_demo for lead in session.scalars(select(Lead)))
        referrers = session.scalars(select(Lead.referrer).where(Lead.referrer.is_not(None))).all()
        assert referrers
        assert all(MARK in name for name in referrers)


def test_nobody_can_be_reached_or_sign_in_with_a_password(loaded):
    with loaded.database.reading() as session:
        contacts = session.scalars(select(Contact)).all()
        assert all(contact.phone.startswith(("1380000", "1390000")) for contact in contacts)
        assert len({contact.phone for contact in contacts}) == len(contacts)
        assert len({contact.name for contact in contacts}) == len(contacts)
        assert all(contact.email is None or contact.email.endswith("@example.org") for contact in contacts)
        people = session.scalars(select(Person)).all()
        assert all(person.password_hash is None and person.email.endswith("@example.org") for person in people)
        assert {person.role for person in people} == set(Role)
        assert all(person.login.startswith("demo-") for person in people)
        codes = session.scalars(select(Enterprise.uscc).where(Enterprise.uscc.is_not(None))).all()
        assert 3 <= len(codes) <= 12
        assert all(is_valid(code) and code.startswith("91440103MADEM") for code in codes)


def test_the_districts_own_records_are_left_as_they_were(loaded):
    untouched = {"platform", "segment_edge", "policy", "target", "tier_measure", "industry_code"}
    after = fingerprints(loaded.database)
    assert {name: after[name] for name in untouched} == {name: loaded.before[name] for name in untouched}
    with loaded.database.reading() as session:
        real = session.scalars(select(Park).where(~Park.is_demo)).all()
        assert real
        assert not any(park.tiers or park.banned_codes or park.env_max or park.instruments for park in real)
        assert {park.key for park in real if park.land_cmu} == {"hailongwei_58mu"}
        banned = session.scalars(select(Park).where(Park.is_demo)).all()
        assert banned
        assert all(park.banned_codes for park in banned)


def test_what_the_maps_claim_is_marked_and_every_status_is_to_be_seen(loaded):
    with loaded.database.reading() as session:
        surveyed = session.execute(select(Segment.survey_by, Segment.surveyed_on)).all()
        surveyors = {by for by, on in surveyed if on is not None}
        assert surveyors == {SURVEYOR}
        assert SURVEYOR.endswith("（示例）")
        assert all(on <= today() for _by, on in surveyed if on is not None)
        registers = set(session.scalars(select(Chain.reference_source)))
        assert all("示例" in words for words in registers)
        chains = chain_facts.all_facts(session)
        assert len(chains) == 21
        for key in ("biomedicine", "artificial_intelligence"):
            chain = next(each for each in chains if each.key == key)
            assert {segment.state.status for segment in chain.segments} >= set(SegmentStatus) - {SegmentStatus.FILLING}
        actions = {segment.state.action for chain in chains for segment in chain.segments}
        assert actions == set(GapAction)
        assert any(segment.state.parts.get("demand") for chain in chains for segment in chain.segments)
        news = segment_changes.recent(session, None, now() - timedelta(days=30))
        assert any(row.is_closed for row in news)
        assert any(row.is_opened for row in news)


# ── Rich ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_matching_has_something_to_show(loaded):
    fits, misses, asks, to_verify = 0, 0, 0, 0
    with loaded.database.reading() as session:
        stored = Counter(session.scalars(select(Match.lead_id)))
        for lead in session.scalars(select(Lead)):
            if not lead.state.is_open:
                assert lead.id not in stored
                continue
            view = matching.match_parks(session, lead)
            statuses = [row.match.status.value for row in view.rows]
            assert stored[lead.id] == len(statuses)
            fits += statuses.count("fit") >= 3
            to_verify += "to_verify" in statuses
            misses += bool(view.misses)
            asks += view.question is not None
    assert fits >= 30
    assert to_verify >= 10
    assert misses >= 30
    assert asks >= 30


def test_space_varies_and_some_of_it_is_unknown_stale_or_let(loaded):
    with loaded.database.reading() as session:
        units = session.scalars(select(Unit)).all()
        for name in ("floor_load_kg_m2", "clear_height_cm", "power_kva", "available_from", "verified_at"):
            values = [getattr(unit, name) for unit in units]
            assert None in values, name
            assert len(set(values)) >= 8, name
        rents = session.scalars(select(Offer.price).where(Offer.tenure == "rent", Offer.price.is_not(None))).all()
        assert 2500 <= min(rents) < max(rents) <= 9000
        assert all(300 < unit.floor_load_kg_m2 <= 1500 for unit in units if unit.floor_load_kg_m2)
        assert {"rent", "buy", "land"} == {offer.tenure.value for offer in session.scalars(select(Offer))}
        ends = {(unit.lease_end - clock.today()).days for unit in units if unit.lease_end}
        assert {87, 168} <= ends
        parks = {offer.park_id for offer in session.scalars(select(Offer))}
        platforms = set(session.scalars(select(Park.platform_id).where(Park.id.in_(parks))))
        assert len(parks) >= 10
        assert len(platforms - {None}) == 3
        measures = {measure for offer in session.scalars(select(Offer)) for measure in offer.instruments}
        assert measures == {"land_quota", "split_transfer", "guaranteed_housing", "incubator"}


def test_leads_stand_in_every_state_and_come_from_every_source(loaded):
    with loaded.database.reading() as session:
        leads = session.scalars(select(Lead)).all()
        assert {lead.state for lead in leads} == set(LeadState)
        assert {lead.source for lead in leads} == set(LeadSource)
        sections = Counter(lead.section.name for lead in leads if lead.section)
        assert set(sections) == {"招商一科", "招商二科"}
        assert sum(lead.owner_id is None for lead in leads) >= 5
        assert any(lead.section_id is None for lead in leads)
        referred = [lead for lead in leads if lead.source is LeadSource.REFERRAL]
        assert {lead.referrer_told_at is None for lead in referred} == {True, False}
        assert all(lead.screened_at and lead.screening_note for lead in leads if lead.state.is_screened)
        assert not any(lead.screened_at for lead in leads if not lead.state.is_screened)
        chains = Counter(lead.segment.chain.key for lead in leads if lead.segment)
        assert set(chains) == {"biomedicine", "health", "fashion", "additive_manufacturing"}
        assert min(chains.values()) >= 5


def test_tiers_are_what_the_rules_say(loaded):
    with loaded.database.reading() as session:
        firms = session.scalars(select(Enterprise).where(Enterprise.is_demo)).all()
        assert all(firm.tier_override is None for firm in firms)
        assert all(firm.tier == enterprises.assessment_of(firm).tier.tier for firm in firms)
        tiers = Counter(firm.tier for firm in firms)
    assert len(tiers) == 4
    assert tiers[None] >= 2, "some must be asked"


def test_typed_words_are_read_as_the_figures_that_are_stored(loaded):
    columns = {
        "area_min": "area_min", "area_target": "area_target", "area_max": "area_max", "budget": "budget",
        "floor_load": "floor_load_kg_m2", "clear_height": "clear_height_cm", "power": "power_kva",
        "grace_days": "grace_days", "investment": "investment_fen",
    }  # fmt: skip
    firms = {"employees": "employees", "revenue": "revenue_fen", "assets": "assets_fen"}
    read = 0
    with loaded.database.reading() as session:
        for lead in session.scalars(select(Lead)):
            tenure = lead.tenure.value if lead.tenure else ""
            duplicate = lead.state is LeadState.DUPLICATE
            for name, text in lead.typed.items():
                known = getattr(lead.enterprise, firms[name]) if name in firms else getattr(lead, columns[name])
                found = readings.READERS[name](text, name, tenure).number
                assert found == known or (duplicate and name in firms), (lead.number, name, text)
                read += 1
    assert read > 300


def test_introductions_stand_in_every_state_and_some_wait_too_long(loaded):
    with loaded.database.reading() as session:
        rows = session.scalars(select(Introduction)).all()
        assert {row.state for row in rows} == set(IntroductionState)
        waiting = {
            working_days_between(clock.civil_date(row.sent_at), clock.today())
            for row in rows
            if row.state is IntroductionState.INTRODUCED
        }
        assert {3, 5} <= waiting
        assert sum(row.match is not None for row in rows) >= len(rows) - 3
        space = [row for row in rows if row.decline_reason and row.decline_reason.value == "space"]
        assert space
        assert all(row.unmet_requirement and row.unmet_value for row in space)
        manager = session.scalar(select(Person).where(Person.login == "demo-park"))
        desk = park_desk.park_desk(session, actor_of(session, manager))
        assert desk.owed
        assert desk.fresh
        assert desk.misses
        assert desk.stale
        assert desk.leases
        unread = notices.unread_count(session, actor_of(session, manager))
        assert unread >= 1


def test_projects_stand_in_all_batches_and_two_ask_for_a_decision(loaded):
    with loaded.database.reading() as session:
        projects = session.scalars(select(Project)).all()
        assert {project.stage.batch for project in projects} == set(Batch)
        assert {Stage.SIGNED, Stage.STARTED, Stage.OPERATING} <= {project.stage for project in projects}
        assert any(project.side_state is SideState.LOST and project.unmet_value for project in projects)
        assert sum(project.decision_asked is not None for project in projects) == 2
        assert all(project.lead.state is LeadState.VALID for project in projects)
        signed = [project for project in projects if project.stage.order >= Stage.SIGNED.order]
        assert all(project.signed_fen and project.signed_on for project in signed)


def test_last_weeks_report_has_something_of_everything(loaded):
    week = previous_week(iso_week(clock.today()))
    with loaded.database.reading() as session:
        data = reports.read_week(session, week).data
    moved = {flow.movement: len(flow.projects) for flow in data.leader.flows}
    assert all(moved[movement] >= 1 for movement in Movement), moved
    assert data.leader.counts.logged >= 1
    assert len(data.leader.reds) >= 2


# ── On any day ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("moment", DAYS, ids=lambda moment: f"{moment:%Y-%m-%d-%H%M}")
def test_events_follow_one_another_on_any_day_and_none_lies_ahead(moment, tmp_path):
    database = Database.from_url(f"sqlite:///{tmp_path}/day.db")
    migrate(database.bind)
    with time_machine.travel(moment, tick=False), database.writing() as session:
        load_district(session)
        load_demo(session)
        _check_order(session)
        _check_follow_ups(session)
    database.dispose()


def _check_order(session) -> None:
    now = clock.now()
    events = session.execute(select(Activity, Lead.received_at).outerjoin(Lead, Lead.id == Activity.lead_id)).all()
    assert len(events) > 300
    for event, received in events:
        assert event.at <= now, event.kind
        assert received is None or event.at >= received, (event.kind, event.params)
    for lead in session.scalars(select(Lead)):
        assert lead.received_at <= lead.last_activity_at <= now
        assert lead.screened_at is None or lead.received_at < lead.screened_at <= now
    for row in session.scalars(select(Introduction)):
        answered = row.answered_at or row.sent_at
        assert row.lead.received_at <= row.sent_at <= answered <= row.updated_at <= now
    stages: dict[int, list[tuple[datetime, int]]] = {}
    query = select(Activity).where(Activity.kind == "project.stage").order_by(Activity.id)
    for event in session.scalars(query):
        stages.setdefault(event.project_id, []).append((event.at, Stage(event.params["stage"]).order))
    assert all(steps == sorted(steps) for steps in stages.values())
    for match in session.scalars(select(Match)):
        assert match.first_seen_at <= now


def _check_follow_ups(session) -> None:
    """Done, overdue by one to seven working days, due today, and due in the days to come."""
    today = clock.today()
    open_ones = session.scalars(select(FollowUp).where(FollowUp.done_at.is_(None))).all()
    days = [clock.civil_date(each.due_at) for each in open_ones]
    # On a day off the seventh working day has not come yet.
    longest = 7 if is_working_day(today) else 6
    assert {days_overdue(day, today) for day in days if day < today} >= set(range(1, longest + 1))
    assert sum(day == today for day in days) >= 3
    assert sum(today < day <= today + timedelta(days=14) for day in days) >= 10
    assert all(each.created_at <= each.due_at for each in open_ones)
    done = session.scalars(select(FollowUp).where(FollowUp.done_at.is_not(None))).all()
    assert len(done) > 100
    assert all(each.outcome and each.done_at <= clock.now() for each in done)


# ── Files and command ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_story_with_a_word_that_nobody_knows_is_refused():
    with pytest.raises(TypeError, match="heigth"):
        files.Story(name="错字公司", received=1, source="phone", text="", need={"heigth": 4})


def test_a_district_without_these_parks_gets_what_it_can_have(database):
    with database.writing() as session:
        tally = load_demo(session)
        assert session.scalar(select(func.count()).select_from(Lead)) == 61
        assert session.scalar(select(func.count()).select_from(Lead).where(Lead.segment_id.is_not(None))) == 0
    assert any("lingnan_v" in note for note in tally.notes)
