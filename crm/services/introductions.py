"""Introductions (推介): an officer sends a match to a park, the park answers, the officer is told.

The park sees the need and the reasons, never the contact, until the officer releases it; every step stands in the
timeline and in the audit trail (DOMAIN §2, §4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission, Role
from crm.domain.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from crm.domain.introductions import IntroductionState, can_move
from crm.domain.labels import N_
from crm.domain.pipeline import LossReason, UnmetRequirement
from crm.domain.text import clean_text
from crm.infra.clock import now
from crm.models import Introduction, Lead, Offer, Park, ParkManager
from crm.services import access, audit, matching, notices, timeline
from crm.services.access import Actor

MESSAGE_LENGTH = 1000
NOTE_LENGTH = 1000
VALUE_LENGTH = 120

#: Reasons for which a park must say which requirement was not met: the lost-demand ledger counts them (DOMAIN §8.1).
NEEDS_REQUIREMENT = frozenset({LossReason.SPACE, LossReason.LAND, LossReason.COST})


@dataclass(frozen=True, slots=True)
class Introduce:
    """An officer's wish to send a lead to the park of `offer_id`."""

    lead_id: int
    offer_id: int
    message: str = ""
    release_contact: bool = False
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decline:
    """A park's no: coded reason, and the one requirement that was not met with its value."""

    reason: LossReason
    note: str = ""
    unmet_requirement: UnmetRequirement | None = None
    unmet_value: str = ""


def introduce(session: Session, actor: Actor, command: Introduce) -> Introduction:
    """Send a lead to a park.

    NotFound for a lead or offer that the actor may not see, NotAllowed for somebody else's lead, Duplicate while an
    earlier introduction to the same park is still open. The same `request_id` again returns the first row.
    """
    access.require(actor, Permission.INTRODUCTIONS_SEND)
    lead = access.lead(session, actor, command.lead_id, edit=True)
    if command.request_id and (earlier := _by_request(session, command.request_id)):
        return earlier
    offer = session.get(Offer, command.offer_id, options=[joinedload(Offer.park)])
    if offer is None or not offer.is_active:
        raise NotFound(N_("没有这个房源，或它已撤下。"))
    if not lead.state.is_open:
        raise Invalid("", N_("这条线索已经筛为无效或重复，不能再推介。"))
    _refuse_second(session, lead.id, offer.park_id)
    introduction = Introduction(
        request_id=command.request_id,
        lead_id=lead.id,
        park_id=offer.park_id,
        offer_id=offer.id,
        state=IntroductionState.INTRODUCED,
        sent_by_id=actor.id,
        sent_at=now(),
        message=clean_text(command.message, MESSAGE_LENGTH, "message", multiline=True) or None,
        match=_frozen_match(session, lead, offer.id),
        is_demo=lead.is_demo,
    )
    try:
        with session.begin_nested():
            session.add(introduction)
    except IntegrityError as error:
        raise Duplicate(N_("这次推介已经发出。")) from error
    if command.release_contact:
        release_contact(session, actor, introduction)
    _note(session, actor, introduction, lead, "introduction.sent", offer.park)
    _tell_park(session, introduction, "introduction.sent", offer.park)
    return introduction


def _by_request(session: Session, request_id: str) -> Introduction | None:
    return session.scalar(select(Introduction).where(Introduction.request_id == request_id))


def _refuse_second(session: Session, lead_id: int, park_id: int) -> None:
    open_one = session.scalar(
        select(Introduction.id).where(
            Introduction.lead_id == lead_id,
            Introduction.park_id == park_id,
            Introduction.state.in_(
                [IntroductionState.INTRODUCED, IntroductionState.VIEWING, IntroductionState.ACCEPTED]
            ),
        )
    )
    if open_one is not None:
        raise Duplicate(N_("这条线索已经推介给该园区，还在进行中。"), existing_id=open_one)


def _frozen_match(session: Session, lead: Lead, offer_id: int) -> dict[str, object] | None:
    """The match as it is now: a later change of the need must not rewrite why it was sent."""
    view = matching.match_parks(session, lead)
    for row in view.rows:
        if row.place.offer_id == offer_id:
            return {
                "status": row.match.status.value,
                "low": row.match.low,
                "high": row.match.high,
                "rank": row.rank,
                "parts": {p.criterion.value: [p.points_low, p.points_high] for p in row.match.parts},
                "unknown": [constraint.value for constraint in row.match.unknown],
                "weights_version": view.ranking.version,
            }
    return None


def release_contact(session: Session, actor: Actor, introduction: Introduction) -> None:
    """Let the park see the contact; only the lead's own people may, and it is written down."""
    access.require(actor, Permission.INTRODUCTIONS_SEND)
    lead = access.lead(session, actor, introduction.lead_id, edit=True)
    if introduction.contact_released_at is not None:
        return
    introduction.contact_released_at = now()
    introduction.contact_released_by_id = actor.id
    park = session.get(Park, introduction.park_id)
    audit.record(session, actor.id, "contact.released", ("introduction", introduction.id), after={"park": park.name})
    _note(session, actor, introduction, lead, "introduction.contact_released", park)
    _tell_park(session, introduction, "introduction.contact_released", park)


def withdraw(session: Session, actor: Actor, introduction: Introduction, version: int, reason: str) -> None:
    """The officer takes it back, with a reason that the park reads."""
    access.require(actor, Permission.INTRODUCTIONS_SEND)
    lead = access.lead(session, actor, introduction.lead_id, edit=True)
    text = clean_text(reason, NOTE_LENGTH, "reason", multiline=True)
    if not text:
        raise Invalid("reason", N_("请写明为什么撤回，园区会看到。"))
    _move(introduction, IntroductionState.WITHDRAWN, version)
    introduction.answer_note = text
    park = session.get(Park, introduction.park_id)
    _note(session, actor, introduction, lead, "introduction.withdrawn", park, note=text)
    _tell_park(session, introduction, "introduction.withdrawn", park)


def arrange_viewing(
    session: Session, actor: Actor, introduction: Introduction, version: int, at: datetime, note: str = ""
) -> None:
    """Park or officer fixes a viewing in the future."""
    _require_answer(actor)
    if at <= now():
        raise Invalid("viewing_at", N_("看场地的时间已经过去，请填将来的时间。"))
    _move(introduction, IntroductionState.VIEWING, version)
    introduction.viewing_at = at
    _answered(
        session,
        actor,
        introduction,
        "introduction.viewing",
        note=clean_text(note, NOTE_LENGTH, "note", multiline=True),
        at=at,
    )


def accept(session: Session, actor: Actor, introduction: Introduction, version: int, note: str = "") -> None:
    """The park takes the enterprise on."""
    _require_answer(actor)
    _move(introduction, IntroductionState.ACCEPTED, version)
    text = clean_text(note, NOTE_LENGTH, "note", multiline=True)
    _settle(actor, introduction, text)
    _answered(session, actor, introduction, "introduction.accepted", note=text)


def decline(session: Session, actor: Actor, introduction: Introduction, version: int, command: Decline) -> None:
    """The park says no. A reason of space, land or cost must name the unmet requirement and its value."""
    _require_answer(actor)
    value = clean_text(command.unmet_value, VALUE_LENGTH, "unmet_value")
    if command.reason in NEEDS_REQUIREMENT and command.unmet_requirement is None:
        raise Invalid("unmet_requirement", N_("请选是哪一项要求不符：区里按它统计缺什么空间。"))
    if command.unmet_requirement is not None and not value:
        raise Invalid("unmet_value", N_("请写这一项的实际数值，例如「净高 4.2 m」。"))
    text = clean_text(command.note, NOTE_LENGTH, "note", multiline=True)
    _move(introduction, IntroductionState.DECLINED, version)
    introduction.decline_reason = command.reason
    introduction.unmet_requirement = command.unmet_requirement
    introduction.unmet_value = value or None
    _settle(actor, introduction, text)
    _answered(
        session,
        actor,
        introduction,
        "introduction.declined",
        note=text,
        reason=command.reason.value,
        requirement=command.unmet_requirement.value if command.unmet_requirement else None,
        value=value or None,
    )


def _require_answer(actor: Actor) -> None:
    if not actor.may(Permission.INTRODUCTIONS_ANSWER):
        raise NotAllowed(N_("只有园区管理员可以答复推介。"))


def _move(introduction: Introduction, to: IntroductionState, version: int) -> None:
    if introduction.version != version:
        raise Stale(N_("这次推介刚被别人答复过，请刷新后再看。"))
    if not can_move(introduction.state, to):
        raise Invalid("", N_("这次推介已经有结果，不能再改。"))
    introduction.state = to


def _settle(actor: Actor, introduction: Introduction, note: str) -> None:
    introduction.answered_at = now()
    introduction.answered_by_id = actor.id
    introduction.answer_note = note or None


def _answered(session: Session, actor: Actor, introduction: Introduction, kind: str, **params: object) -> None:
    """Write the park's step down and tell the officer and the lead's owner."""
    lead = session.get(Lead, introduction.lead_id)
    park = session.get(Park, introduction.park_id)
    at = params.pop("at", None)
    if isinstance(at, datetime):
        params["viewing_at"] = at.isoformat()
    session.flush()
    _note(session, actor, introduction, lead, kind, park, **params)
    _tell_officers(session, introduction, lead, kind, park)


def _note(
    session: Session,
    actor: Actor,
    introduction: Introduction,
    lead: Lead,
    kind: str,
    park: Park,
    **params: object,
) -> None:
    timeline.note(
        session, actor, kind, lead, park_id=park.id, introduction_id=introduction.id, park=park.name, **params
    )
    audit.record(
        session,
        actor.id,
        kind,
        ("introduction", introduction.id),
        after={"state": introduction.state.value} | params,
    )


def _tell_park(session: Session, introduction: Introduction, kind: str, park: Park) -> None:
    managers = session.scalars(select(ParkManager.person_id).where(ParkManager.park_id == park.id))
    _tell(session, managers, introduction, kind, park)


def _tell_officers(session: Session, introduction: Introduction, lead: Lead, kind: str, park: Park) -> None:
    people = {introduction.sent_by_id, lead.owner_id} - {None}
    _tell(session, people, introduction, kind, park)


def _tell(session: Session, people: Iterable[int], introduction: Introduction, kind: str, park: Park) -> None:
    key = f"{kind}:{introduction.id}:{introduction.version}"
    notices.tell(session, people, kind, key, ("introduction", introduction.id), park=park.name)


@dataclass(frozen=True, slots=True)
class IntroductionFilter:
    """What a list of introductions is narrowed to; empty fields narrow nothing."""

    states: tuple[IntroductionState, ...] = ()
    park_id: int | None = None
    lead_id: int | None = None


def listed(
    session: Session,
    actor: Actor,
    wanted: IntroductionFilter,
    *,
    limit: int = 100,
    before_id: int | None = None,
) -> list[Introduction]:
    """The introductions that the person may see, newest first."""
    query = select(Introduction).where(access.introduction_scope(actor))
    if wanted.states:
        query = query.where(Introduction.state.in_(wanted.states))
    if wanted.park_id is not None:
        query = query.where(Introduction.park_id == wanted.park_id)
    if wanted.lead_id is not None:
        query = query.where(Introduction.lead_id == wanted.lead_id)
    if before_id is not None:
        query = query.where(Introduction.id < before_id)
    query = query.options(
        joinedload(Introduction.lead).joinedload(Lead.enterprise),
        joinedload(Introduction.park),
        joinedload(Introduction.sent_by),
    )
    return list(session.scalars(query.order_by(Introduction.id.desc()).limit(limit)))


def by_park(session: Session, lead_id: int) -> dict[int, Introduction]:
    """The latest introduction of a lead for each park; the caller has loaded the lead with permission."""
    rows = session.scalars(select(Introduction).where(Introduction.lead_id == lead_id).order_by(Introduction.id))
    return {row.park_id: row for row in rows}


def sees_contact(actor: Actor, introduction: Introduction) -> bool:
    """Whether the park side may see the contact; officers have their own way of revealing it."""
    return actor.role is Role.PARK_MANAGER and introduction.contact_released_at is not None
