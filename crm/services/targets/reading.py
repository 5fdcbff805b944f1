"""Reading target lists. A target is seen by whoever may see its firm, and by those who listed it or work on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

from crm.domain.access import Permission, Role
from crm.domain.errors import NotFound
from crm.domain.labels import N_
from crm.domain.targets import TargetState
from crm.infra.clock import today
from crm.models import Chain, Enterprise, GapTarget, Person, Segment
from crm.services import access, by_due, chain_facts
from crm.services.access import Actor
from crm.services.targets.judging import Judged, judge

OPEN = tuple(state for state in TargetState if state.is_open)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the list of all targets is narrowed to. `state` None is all that are open; "all" is every one."""

    chain: str = ""
    state: TargetState | str | None = None
    #: "mine", "overdue" or "".
    only: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One target with its score of today; the open lead that was matched, if any."""

    target: GapTarget
    judged: Judged


def scope(actor: Actor) -> ColumnElement[bool]:
    """Condition on `GapTarget`."""
    if actor.role is Role.LEADER:
        return true()
    seen = select(Enterprise.id).where(Enterprise.id == GapTarget.enterprise_id, access.enterprise_scope(actor))
    # A query around it may name enterprises too: this one means its own.
    return or_(access.own_target(actor), seen.correlate(GapTarget).exists())


def load(session: Session, actor: Actor, target_id: int) -> GapTarget:
    """One target within the scope, with what its page shows."""
    access.require(actor, Permission.TARGETS_VIEW)
    found = session.scalar(_visible(actor).where(GapTarget.id == target_id))
    if found is None:
        raise NotFound(N_("没有这个目标，或您无权查看。"))
    return found


def of_segment(session: Session, actor: Actor, chain_key: str, segment_key: str) -> list[Shown]:
    """The list of one gap: open ones first, best score first."""
    if not actor.may(Permission.TARGETS_VIEW):
        return []
    chain, segment = find(session, chain_key, segment_key)
    rows = session.scalars(_visible(actor).where(GapTarget.segment_id == segment.id)).all()
    judged = judge(session, actor, chain, segment, [row.enterprise for row in rows])
    shown = [Shown(row, judged[row.enterprise_id]) for row in rows]
    return sorted(shown, key=lambda each: (not each.target.state.is_open, -each.judged.score.total, each.target.id))


def find(session: Session, chain_key: str, segment_key: str) -> tuple[chain_facts.ChainFacts, chain_facts.SegmentFacts]:
    """A chain and one of its segments. NotFound for keys that are none."""
    chain = chain_facts.facts(session, chain_key)
    segment = next((each for each in chain.segments if each.key == segment_key), None)
    if segment is None:
        raise NotFound(N_("这条产业链没有这个环节。"))
    return chain, segment


def of_enterprise(session: Session, actor: Actor, enterprise_id: int) -> Sequence[GapTarget]:
    """The gaps that a firm is wanted for."""
    if not actor.may(Permission.TARGETS_VIEW):
        return []
    return session.scalars(_visible(actor).where(GapTarget.enterprise_id == enterprise_id)).all()


def listed(session: Session, actor: Actor, wanted: Wanted, after: str = "") -> by_due.Page:
    """One page of all targets: the next due first, those without a day last."""
    access.require(actor, Permission.TARGETS_VIEW)
    query = _visible(actor)
    if wanted.chain:
        query = query.where(Chain.key == wanted.chain)
    if isinstance(wanted.state, TargetState):
        query = query.where(GapTarget.state == wanted.state)
    elif wanted.state is None:
        query = query.where(GapTarget.state.in_(OPEN))
    if wanted.only == "mine":
        query = query.where(GapTarget.owner_id == actor.id)
    elif wanted.only == "overdue":
        query = query.where(GapTarget.state.in_(OPEN), GapTarget.due_on < today())
    return by_due.page(session, query, GapTarget.due_on, GapTarget.id, after)


def counts(session: Session, actor: Actor) -> Mapping[int, int]:
    """How many open or promoted targets each segment has, of those that the actor sees; by segment id."""
    if not actor.may(Permission.TARGETS_VIEW):
        return {}
    alive = GapTarget.state != TargetState.DROPPED
    query = select(GapTarget.segment_id, func.count()).where(alive, scope(actor)).group_by(GapTarget.segment_id)
    return dict(session.execute(query).all())


def owners(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Who may be given a target: officers and chiefs of the own section, of all sections for who has none."""
    query = select(Person.id, Person.name).where(Person.is_active, Person.role.in_([Role.OFFICER, Role.CHIEF]))
    if actor.section_id is not None:
        query = query.where(Person.section_id == actor.section_id)
    return [(key, name) for key, name in session.execute(query.order_by(Person.name, Person.id))]


def _visible(actor: Actor) -> Select[tuple[GapTarget]]:
    return (
        select(GapTarget)
        .join(GapTarget.segment)
        .join(Segment.chain)
        .where(scope(actor))
        .options(
            contains_eager(GapTarget.segment).contains_eager(Segment.chain),
            joinedload(GapTarget.enterprise),
            joinedload(GapTarget.owner),
            joinedload(GapTarget.section),
            joinedload(GapTarget.lead),
        )
    )
