"""The leaders' part: what moved in the week, what stands where, what is red, what chains are known (DOMAIN §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Role
from crm.domain.labels import N_, label
from crm.domain.pipeline import Batch, SideState
from crm.domain.reminders import Level
from crm.domain.reports import (
    DECISIONS,
    ChainState,
    DistrictTarget,
    Flow,
    GapMove,
    LeadCounts,
    LeaderPart,
    Moved,
    Movement,
    RedItem,
    Stock,
    YearToDate,
    known_sum,
    passed_per_mille,
)
from crm.domain.sentences import Sentence
from crm.infra.clock import civil_date
from crm.models import Activity, CapitalIncrease, Chain, Lead, Placement, Project, Segment, Target
from crm.services import chain_facts, settings
from crm.services.access import Actor
from crm.services.reminders import OpenReminder, open_for
from crm.services.reports.history import Walk, walks

#: Setting: the year's signing target in fen, by year: {"2026": 400000000000}. Absent means 未录入.
TARGETS_SETTING = "reports.signing_targets"
WEEK = timedelta(days=7)
#: Red items kept in the data set, the most urgent first; the mail shows fewer.
REDS_KEPT = 40
_ALL_SEEING = Actor(id=0, name="", role=Role.LEADER)
_ENTERED = {
    Movement.RESERVE: Batch.RESERVE,
    Movement.SIGNED: Batch.SIGNED,
    Movement.STARTED: Batch.STARTED,
    Movement.OPERATING: Batch.OPERATING,
}
_COUNTED = {
    "introduction.sent": "introduced",
    "introduction.viewing": "viewing",
    "introduction.accepted": "accepted",
    "introduction.declined": "declined",
}


def leader_part(
    session: Session, from_at: datetime, until_at: datetime, taken_at: datetime, moved: Sequence[GapMove]
) -> LeaderPart:
    """The week from `from_at` up to `until_at` (exclusive), `moved` its gaps; red items as they stand at `taken_at`."""
    found = walks(session, until_at)
    return LeaderPart(
        flows=tuple(_flow(movement, found, from_at, until_at) for movement in Movement),
        stock=tuple(_stock(batch, found, until_at) for batch in Batch),
        year=_year(session, found, until_at),
        reds=tuple(_reds(session, taken_at)),
        chains=tuple(_chains(session, found, from_at, until_at, moved)),
        counts=_counts(session, from_at, until_at),
        targets=tuple(_targets(session)),
    )


# ── Projects ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _flow(movement: Movement, found: Sequence[Walk], from_at: datetime, until_at: datetime) -> Flow:
    moved = [walk for walk in found if _moves(walk, movement, from_at, until_at)]
    before = sum(_moves(walk, movement, from_at - WEEK, from_at) for walk in found)
    return Flow(movement, tuple(_moved(walk, movement) for walk in moved), before)


def _moves(walk: Walk, movement: Movement, from_at: datetime, until_at: datetime) -> bool:
    if movement is Movement.LOST:
        return walk.lost_between(civil_date(from_at), civil_date(until_at))
    entered = walk.entered(_ENTERED[movement])
    return entered is not None and from_at <= entered < until_at


def _moved(walk: Walk, movement: Movement) -> Moved:
    project = walk.project
    amount = project.investment_fen if movement is Movement.RESERVE else walk.amount_fen
    why = _loss(project) if movement is Movement.LOST else None
    return Moved(project.id, project.name, amount, project.is_demo, why)


def _loss(project: Project) -> Sentence | None:
    if project.loss_reason is None:
        return None
    reason = Sentence(label(project.loss_reason))
    if project.unmet_requirement is None:
        return reason
    unmet = Sentence(label(project.unmet_requirement))
    values = {"reason": reason, "requirement": unmet, "value": project.unmet_value or ""}
    return Sentence(N_("%(reason)s：%(requirement)s %(value)s"), values)


def _stock(batch: Batch, found: Sequence[Walk], until_at: datetime) -> Stock:
    amounts = []
    for walk in found:
        stage = walk.stage_at(until_at)
        if stage is not None and stage.batch is batch and walk.walks_on(until_at):
            amounts.append(walk.amount_fen)
    return Stock(batch, len(amounts), known_sum(amounts), sum(amount is None for amount in amounts))


def _year(session: Session, found: Sequence[Walk], until_at: datetime) -> YearToDate:
    last_day = civil_date(until_at) - timedelta(days=1)
    amounts = []
    for walk in found:
        entered, stands = walk.entered(Batch.SIGNED), walk.stage_at(until_at)
        # One that went back before the contract is signed no more; its first day counts again when it is.
        if entered is None or stands is None or stands.batch is Batch.RESERVE:
            continue
        signed_on = walk.project.signed_on or civil_date(entered)
        if signed_on.year == last_day.year and signed_on <= last_day:
            amounts.append(walk.project.signed_fen)
    added = _capital_added(session, last_day)
    targets = settings.get(session, TARGETS_SETTING, {})
    target = targets.get(str(last_day.year)) if isinstance(targets, dict) else None
    return YearToDate(
        year=last_day.year,
        signed=len(amounts),
        signed_fen=known_sum([*amounts, added]) if added else known_sum(amounts),
        without_amount=sum(amount is None for amount in amounts),
        target_fen=int(target) if target else None,
        passed_per_mille=passed_per_mille(civil_date(until_at)),
    )


def _capital_added(session: Session, last_day: date) -> int:
    """Money added to signed projects in the year up to a day: it adds an amount, never a project (DOMAIN §4)."""
    query = select(func.sum(CapitalIncrease.amount_fen)).where(
        CapitalIncrease.agreed_on >= last_day.replace(month=1, day=1), CapitalIncrease.agreed_on <= last_day
    )
    return int(session.scalar(query) or 0)


# ── Leads, from the activity log ─────────────────────────────────────────────────────────────────────────────────────


def _counts(session: Session, from_at: datetime, until_at: datetime) -> LeadCounts:
    events = select(Activity.kind, Activity.at, Activity.params).where(
        Activity.at >= from_at - WEEK, Activity.at < until_at
    )
    found = dict.fromkeys(LeadCounts.__dataclass_fields__, 0)
    for kind, at, params in session.execute(events):
        if kind in ("lead.created", "lead.enquired"):
            found["logged" if at >= from_at else "logged_before"] += 1
        elif at < from_at:
            continue
        elif kind == "lead.screened":
            found["valid" if params.get("verdict") == "valid" else "rejected"] += 1
        elif kind in _COUNTED:
            found[_COUNTED[kind]] += 1
    return LeadCounts(**found)


# ── Red items ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _reds(session: Session, taken_at: datetime) -> list[RedItem]:
    """What has been red for ten working days (DOMAIN §6), and every decision that somebody has asked for in words."""
    items = [item for item in open_for(session, _ALL_SEEING, taken_at) if item.level is Level.RED_BOX]
    projects = _projects(session, items)
    leads = {
        lead.id: lead
        for lead in session.scalars(select(Lead).where(Lead.id.in_([item.lead_id for item in items if item.lead_id])))
    }
    reds: dict[tuple[str, int], RedItem] = {}
    for item in items:
        project = projects.get(item.subject_id) if item.subject_kind == "project" else None
        lead = leads.get(item.lead_id) if item.lead_id else None
        red = _red(item, project, lead)
        # One enterprise asks one decision: the first is the most urgent.
        own = ("lead", item.lead_id) if item.lead_id else (item.subject_kind, item.subject_id)
        key = ("project", project.id) if project else own
        reds.setdefault(key, red)
    for project in projects.values():
        if project.decision_asked:
            earlier = reds.get(("project", project.id))
            reds[("project", project.id)] = _asked(project, earlier)
    ordered = sorted(reds.values(), key=lambda red: (red.project_id is None, -(red.amount_fen or 0), -red.red_days))
    return ordered[:REDS_KEPT]


def _projects(session: Session, items: Sequence[OpenReminder]) -> dict[int, Project]:
    wanted = [item.subject_id for item in items if item.subject_kind == "project"]
    asked = Project.decision_asked.is_not(None) & (Project.side_state == SideState.ACTIVE)
    query = select(Project).where(Project.id.in_(wanted) | asked).options(joinedload(Project.owner))
    query = query.order_by(Project.id)
    return {project.id: project for project in session.scalars(query)}


def _red(item: OpenReminder, project: Project | None, lead: Lead | None) -> RedItem:
    amount = project.investment_fen if project else lead.investment_fen if lead else None
    what = Sentence(N_("%(what)s，已红 %(days)d 个工作日"), {"what": item.what, "days": item.red_days})
    return RedItem(
        rule=item.rule.value,
        lead_id=None if project else item.lead_id,
        project_id=project.id if project else None,
        name=item.enterprise,
        amount_fen=amount,
        why=what,
        decision=Sentence(DECISIONS[item.rule]),
        owner_name=item.owner_name,
        red_days=item.red_days,
        is_demo=item.is_demo,
    )


def _asked(project: Project, earlier: RedItem | None) -> RedItem:
    asked = Sentence("%(asked)s", {"asked": project.decision_asked or ""})
    why = (
        earlier.why if earlier else Sentence(N_("%(stage)s阶段，请示区领导"), {"stage": Sentence(label(project.stage))})
    )
    return RedItem(
        rule=earlier.rule if earlier else "asked",
        lead_id=None,
        project_id=project.id,
        name=project.name,
        amount_fen=project.signed_fen if project.signed_fen is not None else project.investment_fen,
        why=why,
        decision=asked,
        owner_name=project.owner.name if project.owner else earlier.owner_name if earlier else None,
        red_days=earlier.red_days if earlier else 0,
        is_demo=project.is_demo,
    )


# ── Chains and targets ───────────────────────────────────────────────────────────────────────────────────────────────


def _chains(
    session: Session, found: Sequence[Walk], from_at: datetime, until_at: datetime, moved: Sequence[GapMove]
) -> list[ChainState]:
    chains = session.scalars(select(Chain).where(Chain.has_map).order_by(Chain.sort, Chain.id)).all()
    statuses = {facts.key: facts.statuses for facts in chain_facts.all_facts(session)}
    moves: dict[str, list[GapMove]] = defaultdict(list)
    for move in moved:
        moves[move.chain_key].append(move)
    segments = session.scalars(
        select(Segment).where(Segment.chain_id.in_([chain.id for chain in chains])).order_by(Segment.sort, Segment.id)
    ).all()
    groups = {segment.parent_id for segment in segments}
    first: dict[int, datetime] = {}
    placed = select(Placement.segment_id, Placement.created_at).order_by(Placement.created_at)
    for segment_id, created_at in session.execute(placed):
        first.setdefault(segment_id, created_at)
    aimed = {
        walk.project.segment_id
        for walk in found
        if _moves(walk, Movement.RESERVE, from_at, until_at) or _moves(walk, Movement.SIGNED, from_at, until_at)
    }
    states = []
    for chain in chains:
        leaves = [segment for segment in segments if segment.chain_id == chain.id and segment.id not in groups]
        known = {s.id for s in leaves if s.id in first}
        # A map that came with its firms this week or later has no "before" to differ from: all of them are known.
        older = chain.created_at < from_at
        if older:
            known = {segment_id for segment_id in known if first[segment_id] < until_at}
        newly = [s.name for s in leaves if older and s.id in known and first[s.id] >= from_at]
        filled = [s.name for s in leaves if s.id in aimed and s.id not in known]
        counted = (
            {status.value: count for status, count in statuses[chain.key].items()} if chain.key in statuses else None
        )
        states.append(
            ChainState(
                key=chain.key,
                name=chain.name,
                segments=len(leaves),
                placed=len(known),
                newly=tuple(newly),
                aimed=tuple(filled),
                name_en=chain.name_en,
                statuses=counted,
                moves=tuple(moves[chain.key]),
            )
        )
    return states


def _targets(session: Session) -> list[DistrictTarget]:
    query = select(Target).where(Target.is_qualitative.is_(False)).order_by(Target.year, Target.id)
    return [
        DistrictTarget(
            year=target.year,
            indicator=target.indicator,
            operator=target.operator,
            value=_plain(target.value),
            unit=target.unit,
            section=target.section,
            baseline=_plain(target.baseline),
        )
        for target in session.scalars(query)
    ]


def _plain(value: object | None) -> str | None:
    return None if value is None else f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
