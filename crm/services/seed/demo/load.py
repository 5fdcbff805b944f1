"""Loading the demonstration into a database that holds a district."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.models import (
    Activity,
    Building,
    Enterprise,
    FollowUp,
    Introduction,
    Lead,
    Match,
    Notice,
    Person,
    Project,
    Unit,
)
from crm.services import audit, matching
from crm.services.seed.demo import files
from crm.services.seed.demo.dates import Dates
from crm.services.seed.demo.follow_ups import store_follow_ups
from crm.services.seed.demo.introductions import store_introductions
from crm.services.seed.demo.leads import Told, lead_maker, screen, tell_referrer
from crm.services.seed.demo.ledgers import store_ledgers
from crm.services.seed.demo.map_rows import store_maps
from crm.services.seed.demo.people import People, store_people
from crm.services.seed.demo.plan_rows import store_plan
from crm.services.seed.demo.projects import store_projects
from crm.services.seed.demo.space import store_parks, store_space
from crm.services.seed.upsert import Tally

#: The same words and days every time.
SEED = 20231
#: One match in so many is news of the last days; the others were known when the lead came.
NEWS_EVERY = 9


def has_demo(session: Session) -> bool:
    """Whether the demonstration is loaded."""
    return session.scalar(select(Person.id).where(Person.is_demo).limit(1)) is not None


def load_demo(session: Session) -> Tally:
    """Add the demonstration records; a second run adds nothing. Dates count from today.

    What refers to a park, segment or platform that the loaded district does not have is left out and noted.
    """
    tally = Tally()
    if has_demo(session):
        tally.notes.append("the demonstration is loaded already; --drop-demo removes it")
        return tally
    dates, random = Dates.from_clock(), Random(SEED)
    parks = store_parks(session, tally)
    people = store_people(session, tally, parks)
    offers = store_space(session, tally, parks, dates)
    _name_verifiers(session, people)
    told = _store_leads(session, tally, people, dates, random)
    for each in told:
        view = matching.rematch(session, each.lead) if each.lead.state.is_open else None
        store_introductions(session, tally, people, dates, each, offers, view)
    by_name = {each.story.name: each for each in told}
    store_projects(session, tally, people, dates, by_name, parks)
    store_ledgers(session, tally, people, dates, by_name)
    store_maps(session, tally, people, dates)
    store_plan(session, tally, people, dates)
    session.flush()
    _date_matches(session, dates, told, random)
    _date_changes(session)
    for model in (Activity, Match, Notice):
        count = select(func.count()).select_from(model).where(model.is_demo)
        tally.added[model.__tablename__] = session.scalar(count) or 0
    audit.record(session, None, "demo.loaded", after=dict(sorted(tally.added.items())))
    return tally


def _store_leads(session: Session, tally: Tally, people: People, dates: Dates, random: Random) -> list[Told]:
    maker = lead_maker(session, tally, people, dates)
    before = session.scalar(select(func.count()).select_from(Enterprise)) or 0
    told = [maker.make(story) for story in files.stories()]
    tally.added["enterprise"] = (session.scalar(select(func.count()).select_from(Enterprise)) or 0) - before
    for each in told:
        screen(session, people, dates, each)
        store_follow_ups(session, tally, people, dates, each, random)
        tell_referrer(session, dates, each)
    session.flush()
    return told


def _name_verifiers(session: Session, people: People) -> None:
    """Who looked at a unit: the manager of its park, if the demonstration has one."""
    units = select(Unit, Building.park_id).join(Unit.building).where(Unit.is_demo, Unit.verified_at.is_not(None))
    for unit, park_id in session.execute(units):
        manager = people.manager_of(park_id)
        unit.verified_by_id = manager.id if manager else None
    session.flush()


def _date_matches(session: Session, dates: Dates, told: Sequence[Told], random: Random) -> None:
    """Matches were first seen when their lead came, but for a few that are news of the last days."""
    received = {each.lead.id: each.received for each in told}
    for match in session.scalars(select(Match).where(Match.is_demo).order_by(Match.lead_id, Match.rank)):
        came = received[match.lead_id]
        is_news = random.randrange(NEWS_EVERY) == 0
        match.first_seen_at = dates.past(1 + random.randrange(6), "08:10", after=came) if is_news else came
    session.flush()


def _date_changes(session: Session) -> None:
    """Rows were last changed when their story says, not when they were loaded: desks sort by it."""
    session.flush()
    last_event = select(func.max(Activity.at)).where(Activity.introduction_id == Introduction.id).scalar_subquery()
    changed = {
        Lead: Lead.last_activity_at,
        Project: Project.last_activity_at,
        FollowUp: func.coalesce(FollowUp.done_at, FollowUp.created_at),
        Introduction: func.coalesce(last_event, Introduction.sent_at),
    }
    for model, moment in changed.items():
        session.execute(update(model).where(model.is_demo).values(updated_at=moment))
    session.expire_all()
