"""示例 enterprises, contacts and leads: who asked for what, when, and what the screening said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from crm.domain.leads import Grade, LeadSource, LeadState
from crm.domain.ownership import OwnershipRules
from crm.domain.space import EnvClass, Tenure
from crm.infra.clock import civil_date
from crm.models import Chain, Contact, Lead, Platform, Segment
from crm.services import contacts, enterprises, timeline
from crm.services.access import Actor
from crm.services.contacts import ContactFacts
from crm.services.enterprises import EnterpriseFacts, Title
from crm.services.seed.demo import files
from crm.services.seed.demo.dates import Dates
from crm.services.seed.demo.files import MARK, Story
from crm.services.seed.demo.people import People
from crm.services.seed.demo.typed import typed_words
from crm.services.seed.upsert import Tally

WAN_FEN = 1_000_000
#: Every so many firms one carries a credit code; the others leave it to be asked.
USCC_EVERY = 9
_MOBILES = ("1380000", "1390000")


@dataclass(frozen=True, slots=True)
class Told:
    """A stored lead beside the story it was made from."""

    story: Story
    lead: Lead
    owner: Actor | None
    received: datetime


@dataclass(slots=True)
class LeadMaker:
    """Makes leads one after the other, so that numbers, names and phones never repeat."""

    session: Session
    tally: Tally
    people: People
    dates: Dates
    segments: Mapping[str, int]
    platforms: frozenset[str]
    names: Iterator[str]
    made: int = 0
    phones: int = 0

    def make(self, story: Story) -> Told:
        self.made += 1
        owner = self.people.actors[story.owner] if story.owner else None
        author = self.people.actors[story.by] if story.by else owner
        enquired = story.source == LeadSource.WEBSITE
        section_id = owner.section_id if owner else self.people.sections.get(story.section or "")
        received = self.dates.past(story.received, _minute(self.made))
        facts = enterprises.clean(self._facts(story))
        enterprise = enterprises.find_or_create(self.session, None, facts, is_demo=True)
        lead = Lead(
            number=f"XS-{civil_date(received).year}-D{self.made:03d}",
            enterprise=enterprise,
            state=LeadState.NEW,
            source=LeadSource(story.source),
            referrer=story.referrer or None,
            owner_id=owner.id if owner else None,
            section_id=section_id,
            registered_by_id=None if enquired or author is None else author.id,
            received_at=received,
            last_activity_at=received,
            created_at=received,
            grade=Grade(story.grade) if story.grade else None,
            content=story.text,
            segment_id=self.segments.get(story.seg or ""),
            gbt_code=story.code,
            investment_fen=None if story.invest is None else story.invest * WAN_FEN,
            protected_until=self._protected(story, owner, received),
            typed=typed_words(story),
            is_demo=True,
        )
        self._needs(lead, story.need)
        lead.contact = self._contacts(lead, story)
        self.session.add(lead)
        self.session.flush()
        self.tally.added["lead"] += 1
        self._beginning(lead, author, owner, received, enquired)
        return Told(story, lead, owner, received)

    def _facts(self, story: Story) -> EnterpriseFacts:
        firm = story.firm
        return EnterpriseFacts(
            name=story.name + MARK,
            uscc=invented_uscc(self.made) if self.made % USCC_EVERY == 1 else None,
            gbt_code=story.code,
            segment_id=self.segments.get(story.seg or ""),
            employees=firm.get("staff"),
            revenue_fen=_fen(firm.get("revenue")),
            assets_fen=_fen(firm.get("assets")),
            founded_on=date.fromisoformat(f"{firm['founded']}-15") if "founded" in firm else None,
            above_scale_registered=firm.get("registered"),
            titles=frozenset(Title(word) for word in firm.get("titles", ())),
        )

    def _needs(self, lead: Lead, need: Mapping[str, Any]) -> None:
        tenure = next((each for each in Tenure if each.value in need), None)
        lead.tenure = tenure
        if tenure is not None:
            factor = 100 if tenure is Tenure.LAND else 1
            sizes = [None if size is None else size * factor for size in need[tenure.value]]
            lead.area_min, lead.area_target, lead.area_max = sizes
        if "budget" in need:
            lead.budget = need["budget"] * 100 if tenure is Tenure.RENT else need["budget"]
        lead.floor_load_kg_m2 = need.get("load")
        lead.clear_height_cm = round(need["height"] * 100) if "height" in need else None
        lead.power_kva = need.get("power")
        lead.env_class = EnvClass(need["env"]) if "env" in need else None
        lead.platforms = [key for key in need.get("at", ()) if key in self.platforms]
        lead.needed_on = self.dates.day(need["within"]) if "within" in need else None
        lead.grace_days = need.get("grace", 0)

    def _contacts(self, lead: Lead, story: Story) -> Contact | None:
        """The people of the story, the first of them the lead's own contact."""
        found = []
        for title, decides in story.people:
            self.phones += 1
            email = f"contact{self.phones:03d}@example.org" if self.phones % 2 else ""
            facts = ContactFacts(
                name=next(self.names),
                title=title,
                phone=f"{_MOBILES[self.phones % 2]}{self.phones:04d}",
                email=email,
                is_decision_maker=decides,
            )
            found.append(contacts.add(self.session, lead.enterprise.id, lead.section_id, facts, is_demo=True))
            self.tally.added["contact"] += 1
        return found[0] if found else None

    def _protected(self, story: Story, owner: Actor | None, received: datetime) -> date | None:
        if owner is None:
            return None
        if story.protected is not None:
            return self.dates.day(story.protected)
        return civil_date(received) + timedelta(days=OwnershipRules().protection_days)

    def _beginning(
        self, lead: Lead, author: Actor | None, owner: Actor | None, received: datetime, enquired: bool
    ) -> None:
        """The first events: how the lead came, and how its owner came to it."""
        kind = "lead.enquired" if enquired else "lead.created"
        timeline.note(self.session, None if enquired else author, kind, lead, at=received, source=lead.source.value)
        if owner is None or (author is owner and not enquired):
            return
        at = min(received + timedelta(minutes=50), self.dates.now)
        timeline.note(self.session, owner, "lead.taken", lead, at=at, person=owner.name)
        lead.state = LeadState.SCREENING


def lead_maker(session: Session, tally: Tally, people: People, dates: Dates) -> LeadMaker:
    rows = session.execute(select(Chain.key, Segment.key, Segment.id).join(Chain, Segment.chain_id == Chain.id))
    segments = {f"{chain}/{key}": segment_id for chain, key, segment_id in rows}
    platforms = frozenset(session.scalars(select(Platform.key)))
    return LeadMaker(session, tally, people, dates, segments, platforms, _invented_names())


def screen(session: Session, people: People, dates: Dates, told: Told) -> None:
    """The verdict, if the story has one; else how far the lead has come."""
    lead, story = told.lead, told.story
    if story.screened is None:
        return
    at = dates.past(story.screened, "17:20", after=told.received)
    judge = told.owner or people.chief_of(lead.section_id)
    lead.state = LeadState(story.state)
    lead.screened_at, lead.screened_by_id, lead.screening_note = at, judge.id, story.note
    timeline.note(session, judge, "lead.screened", lead, at=at, verdict=story.state, note=story.note)


def tell_referrer(session: Session, dates: Dates, told: Told) -> None:
    if told.story.told is None:
        return
    at = dates.past(told.story.told, "11:40", after=told.received)
    told.lead.referrer_told_at = at
    note = "已告知引荐人：企业在跟，谢谢引荐。"
    timeline.note(session, told.owner, "referrer.told", told.lead, at=at, note=note)


def _fen(wan: int | None) -> int | None:
    return None if wan is None else wan * WAN_FEN


def _minute(number: int) -> str:
    """Some time of the working day, another for each lead."""
    return f"{9 + number % 8:02d}:{number * 7 % 60:02d}"


def invented_uscc(number: int) -> str:
    """A code that nobody can hold (MADEM… counts up), with the check digit that the form demands."""
    body = f"91440103MADEM{number:04d}"
    return body + uscc.calc_check_digit(body)


def _invented_names() -> Iterator[str]:
    family, given = files.texts("family"), files.texts("given")
    # Both wheels turn at each step, so that neighbours in a list do not share a family name.
    count = len(family) * len(given)
    pairs = list(product(given, family))
    return (pairs[number * 29 % count][1] + pairs[number * 29 % count][0] for number in range(count))
