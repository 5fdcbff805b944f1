"""Keeping a target list: putting firms on it, giving each an owner and a day, dropping one with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.access import Permission
from crm.domain.errors import Duplicate, Invalid, NotAllowed, Stale
from crm.domain.labels import N_
from crm.domain.targets import TargetState
from crm.domain.text import clean_text
from crm.infra.clock import today
from crm.models import Enterprise, GapTarget
from crm.services import access, audit, enterprises, notices
from crm.services.access import Actor
from crm.services.enterprises import EnterpriseFacts
from crm.services.targets.judging import judge
from crm.services.targets.reading import find, load, owners

NOTE_LENGTH, REASON_LENGTH = 500, 300
#: More firms at once is a list that nobody means.
MOST = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Firms to put on a list: chosen ones by id, and one by name that nobody knows yet; owner and day for all."""

    enterprise_ids: Sequence[int] = ()
    name: str = ""
    owner_id: int | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a target goes on. `contacted` says that somebody has talked to the firm."""

    owner_id: int | None = None
    due_on: date | None = None
    note: str = ""
    contacted: bool = False


def add(session: Session, actor: Actor, chain_key: str, segment_key: str, listing: Listing) -> list[GapTarget]:
    """Put the firms on the gap's list; those that stand there already are left as they are. Owners are told.

    Raises Invalid for nobody, too many, or a day in the past; Duplicate if all of them are listed already.
    """
    access.require(actor, Permission.TARGETS_EDIT)
    chain, segment = find(session, chain_key, segment_key)
    owner_id = _owner(session, actor, listing.owner_id, actor.id if actor.section_id is not None else None)
    due_on = _day(listing.due_on)
    firms = _firms(session, actor, listing)
    known = set(
        session.scalars(
            select(GapTarget.enterprise_id).where(
                GapTarget.segment_id == segment.id, GapTarget.enterprise_id.in_([firm.id for firm in firms])
            )
        )
    )
    fresh = [firm for firm in firms if firm.id not in known]
    if not fresh:
        raise Duplicate(N_("所选企业都已在这个环节的目标清单里。"))
    judged = judge(session, actor, chain, segment, fresh)
    rows = [
        GapTarget(
            segment_id=segment.id,
            enterprise_id=firm.id,
            score=judged[firm.id].score.total,
            parts=judged[firm.id].score.as_parts(),
            state=TargetState.LISTED,
            owner_id=owner_id,
            section_id=actor.section_id,
            due_on=due_on,
            added_by_id=actor.id,
            is_demo=firm.is_demo,
        )
        for firm in fresh
    ]
    try:
        with session.begin_nested():
            session.add_all(rows)
    except IntegrityError as error:
        raise Duplicate(N_("刚有人把其中的企业列入清单，请刷新后再选。")) from error
    for row in rows:
        audit.record(session, actor.id, "target.listed", ("gap_target", row.id), after=_values(row))
    if owner_id not in (None, actor.id):
        words = {"by": actor.name, "count": len(rows), "segment": segment.name}
        subject = ("gap_target", rows[0].id)
        notices.tell(session, {owner_id}, "targets.assigned", f"targets.assigned:{rows[0].id}", subject, **words)
    return rows


def change(session: Session, actor: Actor, target_id: int, version: int, asked: Change) -> GapTarget:
    """Another owner, another day, a remark, or that contact was made. A new owner is told."""
    target = to_change(session, actor, target_id, version)
    if not target.state.is_open:
        raise Invalid("", N_("这个目标已经转为线索或放弃，不再修改。"))
    before = _values(target)
    target.owner_id = _owner(session, actor, asked.owner_id, target.owner_id)
    if asked.due_on != target.due_on:
        target.due_on = _day(asked.due_on)
    target.note = clean_text(asked.note, NOTE_LENGTH, "note", multiline=True) or None
    target.state = TargetState.CONTACTED if asked.contacted else TargetState.LISTED
    after = _values(target)
    if after == before:
        return target
    session.flush()
    changed = [name for name in after if after[name] != before[name]]
    subject = ("gap_target", target.id)
    audit.record(
        session, actor.id, "target.changed", subject, {n: before[n] for n in changed}, {n: after[n] for n in changed}
    )
    if "owner_id" in changed and target.owner_id not in (None, actor.id):
        words = {"by": actor.name, "count": 1, "segment": target.segment.name}
        key = f"targets.assigned:{target.id}:{target.version}"
        notices.tell(session, {target.owner_id}, "targets.assigned", key, subject, **words)
    return target


def drop(session: Session, actor: Actor, target_id: int, version: int, reason: str) -> GapTarget:
    """Give a target up, with the reason; the row stays, so that nobody lists the firm again unknowing."""
    target = to_change(session, actor, target_id, version)
    if not target.state.is_open:
        raise Invalid("", N_("这个目标已经转为线索或放弃，不再修改。"))
    words = clean_text(reason, REASON_LENGTH, "reason")
    if not words:
        raise Invalid("reason", N_("请写明为什么放弃这个目标。"))
    before, target.state, target.drop_reason = target.state, TargetState.DROPPED, words
    session.flush()
    subject, after = ("gap_target", target.id), {"target_state": target.state.value, "note": words}
    audit.record(session, actor.id, "target.dropped", subject, {"target_state": before.value}, after)
    return target


def reopen(session: Session, actor: Actor, target_id: int, version: int) -> GapTarget:
    """Take a dropped target up again."""
    target = to_change(session, actor, target_id, version)
    if target.state is not TargetState.DROPPED:
        raise Invalid("", N_("只有放弃了的目标可以重新列入。"))
    target.state, target.drop_reason = TargetState.LISTED, None
    if target.due_on is not None and target.due_on < today():
        target.due_on = None
    session.flush()
    subject = ("gap_target", target.id)
    audit.record(
        session, actor.id, "target.reopened", subject, {"target_state": TargetState.DROPPED.value}, _values(target)
    )
    return target


def to_change(session: Session, actor: Actor, target_id: int, version: int) -> GapTarget:
    """Load a target for a change: the own section's, or one that the actor owns or listed."""
    access.require(actor, Permission.TARGETS_EDIT)
    target = load(session, actor, target_id)
    if not may_change(actor, target):
        raise NotAllowed(N_("这个目标由别的科室跟进，您可以查看，不能修改。"))
    if target.version != version:
        raise Stale(N_("这个目标刚被别人改过，您填的都在；请对照最新内容再提交。"))
    return target


def may_change(actor: Actor, target: GapTarget) -> bool:
    """The section that listed it, anybody where none did, and whoever owns or listed it."""
    own_section = target.section_id is None or target.section_id == actor.section_id
    return actor.may(Permission.TARGETS_EDIT) and (own_section or actor.id in (target.owner_id, target.added_by_id))


def _firms(session: Session, actor: Actor, listing: Listing) -> list[Enterprise]:
    wanted = list(dict.fromkeys(listing.enterprise_ids))
    if len(wanted) > MOST:
        raise Invalid("enterprise_ids", N_("一次最多列入 %(count)d 家。"), count=MOST)
    firms = [access.enterprise(session, actor, each) for each in wanted]
    if listing.name.strip():
        firms.append(_by_name(session, actor, listing.name))
    if not firms:
        raise Invalid("enterprise_ids", N_("请至少选一家企业，或写一个企业名称。"))
    return list({firm.id: firm for firm in firms}.values())


def _by_name(session: Session, actor: Actor, name: str) -> Enterprise:
    """The firm of that name, or a new one that belongs to the section. Of a firm that only others may see, nothing is
    said but that it is there."""
    facts = enterprises.clean(EnterpriseFacts(name=name))
    found = enterprises.find(session, actor, facts)
    if found is None:
        made = enterprises.find_or_create(session, actor, facts, is_demo=actor.is_demo)
        made.section_id = actor.section_id
        session.flush()
        return made
    if not enterprises.is_visible(session, actor, found.id):
        raise Duplicate(N_("这家企业已由别的科室登记。请登记线索时查重，按提示联系对方。"))
    return found


def _owner(session: Session, actor: Actor, asked: int | None, present: int | None) -> int | None:
    if asked is None or asked == present:
        return present if asked is None else asked
    if asked not in {key for key, _name in owners(session, actor)}:
        raise Invalid("owner_id", N_("请选本科室的人。"))
    return asked


def _day(day: date | None) -> date | None:
    if day is not None and day < today():
        raise Invalid("due_on", N_("这个日期已经过去，请选今天或以后。"))
    return day


def _values(target: GapTarget) -> dict[str, object]:
    return {
        "segment_id": target.segment_id,
        "enterprise_id": target.enterprise_id,
        "owner_id": target.owner_id,
        "due_on": target.due_on.isoformat() if target.due_on else None,
        "target_state": target.state.value,
        "note": target.note or "",
        "score": target.score,
    }
