"""The officers' part: what is overdue, what comes, what is silent or lacks facts, which matches are new (DOMAIN §7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Role
from crm.domain.calendar import china_instant
from crm.domain.labels import N_, label
from crm.domain.leads import LeadState
from crm.domain.pipeline import Light, SideState, Stage
from crm.domain.reminders import Rule
from crm.domain.reports import Coming, Done, GapMove, Lacking, Matter, NewMatch, OfficerPart, Step
from crm.domain.sentences import Sentence
from crm.infra.clock import civil_date
from crm.models import Activity, FollowUp, Lead, Match, Offer, Project, Unit
from crm.services import access, gates
from crm.services.access import Actor
from crm.services.leads.show import missing_facts
from crm.services.reminders import Duty, OpenReminder, open_for
from crm.services.reports import gaps
from crm.services.reports.history import Walk

DAYS_AHEAD = 7
KEPT = 30
_SILENT = (Rule.LEAD_SILENT, Rule.PROJECT_SILENT)
_OPEN = [state for state in LeadState if state.is_open]
_DONE = {"follow_up.done": "follow_ups", "introduction.sent": "introduced"}


def officer_part(
    session: Session,
    actor: Actor,
    walks: Sequence[Walk],
    bounds: tuple[datetime, datetime],
    taken_at: datetime,
    moved: Sequence[GapMove] = (),
) -> OfficerPart:
    """One officer's own, or a chief's whole section; lists as they stand at `taken_at`, `moved` the week's gaps."""
    from_at, until_at = bounds
    day = civil_date(taken_at)
    items = open_for(session, actor, taken_at)
    loud = [item for item in items if item.rule not in _SILENT]
    return OfficerPart(
        section_name=actor.section_name,
        of_section=actor.role is Role.CHIEF,
        done=_done(session, actor, walks, from_at, until_at),
        overdue=tuple(_matter(item) for item in loud if item.light is Light.RED)[:KEPT],
        coming=tuple(_coming(session, actor, loud, day))[:KEPT],
        silent=tuple(_matter(item) for item in items if item.rule in _SILENT)[:KEPT],
        lacking=tuple(_lacking(session, actor)),
        fresh=tuple(_fresh(session, actor, from_at, until_at)),
        steps=tuple(_steps(session, actor, walks, from_at, until_at)),
        gaps=tuple(gaps.of_person(session, actor, _own_leads(actor), _own_projects(actor), moved)),
    )


def _own_leads(actor: Actor) -> ColumnElement[bool]:
    """What a person's own list is made of, always within what they may see."""
    mine = Lead.owner_id == actor.id
    if actor.role is Role.CHIEF and actor.section_id is not None:
        mine = or_(mine, Lead.section_id == actor.section_id)
    return mine & access.lead_scope(actor)


def _own_projects(actor: Actor) -> ColumnElement[bool]:
    """`_own_project` as a condition."""
    if actor.role is Role.CHIEF and actor.section_id is not None:
        return or_(Project.owner_id == actor.id, Project.section_id == actor.section_id)
    return Project.owner_id == actor.id


def _own_project(actor: Actor, project: Project) -> bool:
    if actor.role is Role.CHIEF and actor.section_id is not None and project.section_id == actor.section_id:
        return True
    return project.owner_id == actor.id


def _matter(item: OpenReminder) -> Matter:
    is_project = item.subject_kind == "project"
    return Matter(
        lead_id=None if is_project else item.lead_id,
        project_id=item.subject_id if is_project else None,
        name=item.enterprise,
        what=item.what,
        detail=item.detail,
        light=item.light,
        red_days=item.red_days,
        person=item.owner_name if item.duty is Duty.ESCALATED else None,
        is_demo=item.is_demo,
    )


def _coming(session: Session, actor: Actor, items: Sequence[OpenReminder], day: date) -> list[Coming]:
    """Follow-ups from today on, and lights that turn red, within seven days; by day and time."""
    end = day + timedelta(days=DAYS_AHEAD)
    query = (
        select(FollowUp)
        .join(Lead, Lead.id == FollowUp.lead_id)
        .where(
            FollowUp.owner_id == actor.id,
            FollowUp.done_at.is_(None),
            FollowUp.due_at >= china_instant(day),
            FollowUp.due_at < china_instant(end),
            access.lead_scope(actor),
        )
        .options(joinedload(FollowUp.lead).joinedload(Lead.enterprise))
        .order_by(FollowUp.due_at, FollowUp.id)
    )
    found = []
    for row in session.scalars(query):
        words = {"kind": Sentence(label(row.kind)), "subject": row.subject}
        what = Sentence(N_("%(kind)s：%(subject)s"), words)
        found.append(
            Coming(civil_date(row.due_at), row.due_at, row.lead_id, row.lead.enterprise.name, what, row.lead.is_demo)
        )
    for item in items:
        turns = item.light is Light.YELLOW and item.rule is not Rule.FOLLOW_UP_DUE
        if turns and item.duty is not Duty.ESCALATED and item.red_on < end:
            found.append(Coming(item.red_on, None, item.lead_id, item.enterprise, item.what, item.is_demo))
    return sorted(found, key=lambda row: (row.day, row.at.timestamp() if row.at else float("inf")))


def _lacking(session: Session, actor: Actor) -> list[Lacking]:
    """Leads and projects that lack something for the next gate, fewest first: they are the next to move."""
    found = [*_lacking_leads(session, actor), *_lacking_projects(session, actor)]
    return sorted(found, key=lambda row: len(row.facts))[:KEPT]


def _lacking_projects(session: Session, actor: Actor) -> list[Lacking]:
    """Walking projects of the person, with the words of the gate definitions in force; three statements."""
    query = (
        select(Project)
        .where(access.project_scope(actor), _own_projects(actor), Project.side_state == SideState.ACTIVE)
        .order_by(Project.last_activity_at.desc(), Project.id)
    )
    found = []
    for project, short in gates.open_gates(session, session.scalars(query)):
        words = [fact.words for fact in short.missing_facts] + [group[0].words for group in short.missing_evidence]
        if words:
            zh, en = tuple(word.zh for word in words), tuple(word.en for word in words)
            found.append(Lacking(project.lead_id, project.name, zh, project.is_demo, project.id, en))
    return found


def _lacking_leads(session: Session, actor: Actor) -> list[Lacking]:
    query = (
        select(Lead)
        .outerjoin(Project, Project.lead_id == Lead.id)
        .where(_own_leads(actor), Lead.state.in_(_OPEN), Project.id.is_(None))
        .options(joinedload(Lead.enterprise))
        .order_by(Lead.last_activity_at.desc(), Lead.id)
    )
    found = []
    for lead in session.scalars(query):
        facts = tuple(fact.word for fact in missing_facts(lead))
        if facts:
            found.append(Lacking(lead.id, lead.enterprise.name, facts, lead.is_demo))
    return found


def _fresh(session: Session, actor: Actor, from_at: datetime, until_at: datetime) -> list[NewMatch]:
    """Parks that appeared in the lists of the person's leads this week; one row a lead, the best of them."""
    query = (
        select(Match, Lead)
        .join(Lead, Lead.id == Match.lead_id)
        .where(_own_leads(actor), Lead.state.in_(_OPEN), Match.first_seen_at >= from_at, Match.first_seen_at < until_at)
        .options(
            joinedload(Match.park),
            joinedload(Match.offer).joinedload(Offer.unit).joinedload(Unit.building),
            joinedload(Match.offer).joinedload(Offer.parcel),
            joinedload(Lead.enterprise),
        )
        .order_by(Match.rank, Match.id)
    )
    best: dict[int, tuple[Match, Lead]] = {}
    counts: Counter[int] = Counter()
    for match, lead in session.execute(query):
        best.setdefault(lead.id, (match, lead))
        counts[lead.id] += 1
    rows = [
        NewMatch(
            lead_id=lead.id,
            name=lead.enterprise.name,
            park=match.park.name,
            unit=_unit_name(match.offer),
            status=match.status,
            low=match.low,
            high=match.high,
            others=counts[lead.id] - 1,
            is_demo=lead.is_demo,
        )
        for match, lead in best.values()
    ]
    return sorted(rows, key=lambda row: (-row.low, -row.high))[:KEPT]


def _unit_name(offer: Offer) -> str:
    if offer.unit is not None:
        return f"{offer.unit.building.name} {offer.unit.name}"
    return offer.parcel.name if offer.parcel is not None else ""


def _steps(session: Session, actor: Actor, walks: Sequence[Walk], from_at: datetime, until_at: datetime) -> list[Step]:
    """How many of theirs are where: leads before the reserve library, then projects by stage, against last week."""
    states = (
        select(Lead.state, func.count(Lead.id))
        .outerjoin(Project, Project.lead_id == Lead.id)
        .where(_own_leads(actor), Lead.state.in_(_OPEN), Project.id.is_(None))
        .group_by(Lead.state)
    )
    found = dict(session.execute(states).all())
    waiting = sum(number for state, number in found.items() if not state.is_screened)
    own = [walk for walk in walks if _own_project(actor, walk.project)]
    now = Counter(walk.stage_at(until_at) for walk in own if walk.walks_on(until_at))
    before = Counter(walk.stage_at(from_at) for walk in own if walk.walks_on(from_at))
    steps = [Step(N_("待筛查"), waiting), Step(N_("有效线索"), found.get(LeadState.VALID, 0))]
    steps += [Step(label(stage), now[stage], before[stage]) for stage in Stage]
    return [step for step in steps if step.count or step.previous]


def _done(session: Session, actor: Actor, walks: Sequence[Walk], from_at: datetime, until_at: datetime) -> Done:
    """Counted from the log by who did it; a viewing and a signing by whose lead or project it is."""
    who = Activity.actor_id == actor.id
    if actor.role is Role.CHIEF and actor.section_id is not None:
        who = or_(who, Activity.section_id == actor.section_id)
    query = (
        select(Activity.kind, func.count(Activity.id))
        .where(who, Activity.at >= from_at, Activity.at < until_at, Activity.kind.in_(_DONE))
        .group_by(Activity.kind)
    )
    counted = {_DONE[kind]: number for kind, number in session.execute(query)}
    viewings = session.scalar(
        select(func.count(Activity.id))
        .join(Lead, Lead.id == Activity.lead_id)
        .where(
            _own_leads(actor), Activity.kind == "introduction.viewing", Activity.at >= from_at, Activity.at < until_at
        )
    )
    signed = 0
    for walk in walks:
        at = next((at for at, stage in walk.steps if stage.order >= Stage.SIGNED.order), None)
        signed += _own_project(actor, walk.project) and at is not None and from_at <= at < until_at
    return Done(viewings=viewings or 0, signed=signed, **counted)
