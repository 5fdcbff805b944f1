"""Versions of a chain's plan: writing the next one, handing it to the chief, approving it or sending it back.

The shipped plan is version 1 and nobody's word. A draft that somebody wrote is changed in place until it is handed in;
whatever was handed in or approved stays as it is, and the next version is a new row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from crm.domain.access import Permission, Role
from crm.domain.calendar import months_later
from crm.domain.errors import Invalid, NotFound, Stale
from crm.domain.labels import N_
from crm.domain.plans import REVIEW_MONTHS, PlanDocument, PlanState, Verdict, checked
from crm.domain.text import clean_text
from crm.infra.clock import now, today
from crm.models import Person, PlanVersion
from crm.services import access, audit, chain_facts, chain_members, notices
from crm.services.access import Actor
from crm.services.chain_facts import ChainFacts
from crm.services.plans.parks import park_names

REASON_LENGTH, WORD_LENGTH = 300, 500
_NO_PLAN = N_("这条产业链还没有方案。")
_STALE = N_("这份方案刚被别人存过，您填的都在；请对照最新一版再提交。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What the form was opened on: the newest version's number and its row's version; 0 and 0 where there was none."""

    number: int
    version: int


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def chain(session: Session, actor: Actor, key: str) -> ChainFacts:
    """The chain with what is worked out of its map. NotFound for a key without a map."""
    access.require(actor, Permission.CHAINS_VIEW)
    return chain_facts.facts(session, key)


def versions(session: Session, chain_id: int) -> Sequence[PlanVersion]:
    """All versions, newest first."""
    query = (
        select(PlanVersion)
        .where(PlanVersion.chain_id == chain_id)
        .options(joinedload(PlanVersion.author), joinedload(PlanVersion.approved_by))
        .order_by(PlanVersion.number.desc())
    )
    return session.scalars(query).all()


def newest(session: Session, chain_id: int) -> PlanVersion | None:
    """The newest version, whatever its state."""
    query = select(PlanVersion).where(PlanVersion.chain_id == chain_id).order_by(PlanVersion.number.desc()).limit(1)
    return session.scalars(query).first()


def numbered(session: Session, actor: Actor, key: str, number: int) -> PlanVersion:
    """One version of a chain. NotFound for a number that there is not."""
    found = chain(session, actor, key)
    row = next((each for each in versions(session, found.id) if each.number == number), None)
    if row is None:
        raise NotFound(N_("没有这一版方案。"))
    return row


def key_of(session: Session, actor: Actor, version_id: int) -> str:
    """The chain's key of a version, for addresses that know its id only."""
    access.require(actor, Permission.CHAINS_VIEW)
    row = session.get(PlanVersion, version_id, options=[joinedload(PlanVersion.chain)])
    if row is None:
        raise NotFound(_NO_PLAN)
    return row.chain.key


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def save(session: Session, actor: Actor, key: str, document: PlanDocument, reason: str, base: Base) -> PlanVersion:
    """Save the document as the next draft, or into the draft that is being written. The reason is kept with it.

    Raises Stale where somebody saved since the form was opened, Invalid for what cannot stand in a plan, for a plan
    that waits for the chief, and where nothing was changed; NotAllowed for who does not keep the chain.
    """
    facts = chain(session, actor, key)
    chain_members.require_keeper(session, actor, facts.id)
    row = newest(session, facts.id)
    _check_base(row, base)
    why = clean_text(reason, REASON_LENGTH, "reason")
    if not why:
        raise Invalid("reason", N_("请写明改了什么、为什么。"))
    if row is not None and row.state is PlanState.SUBMITTED:
        raise Invalid("", N_("这一版正等链长审定；要改请先撤回送审。"))
    earlier = PlanDocument.from_json(row.document) if row is not None else PlanDocument()
    written = _written(session, facts, checked(document), earlier)
    if row is not None and written == earlier:
        raise Invalid("", N_("没有改动：内容和第 %(number)d 版一样。"), number=row.number)
    if row is not None and row.state is PlanState.DRAFT and row.author_id is not None:
        row.document, row.reason, row.author_id = written.to_json(), why, actor.id
        session.flush()
    else:
        row = _add(session, facts, actor, row, written, why)
    audit.record(session, actor.id, "plan.saved", ("plan_version", row.id), after={"number": row.number, "reason": why})
    return row


def _written(session: Session, facts: ChainFacts, document: PlanDocument, earlier: PlanDocument) -> PlanDocument:
    """The document with what the form does not know: how the map stands now, and what is carried along."""
    for gap in document.gaps:
        if facts.segment(gap) is None and gap not in earlier.gaps:
            raise Invalid("gaps", N_("图谱里没有「%(key)s」这个环节，请刷新后再选。"), key=gap)
    known = park_names(session)
    for place, park in enumerate(document.parks):
        if park.park not in known and park not in earlier.parks:
            raise Invalid(f"parks-{place}-park", N_("请从列表里选载体。"))
    returned = earlier.verdict if earlier.verdict is not None and not earlier.verdict.approved else None
    return replace(
        document,
        map_revision=facts.revision,
        seen={segment.key: segment.state.status.value for segment in facts.segments},
        verdict=returned,
        shipped_tasks=earlier.shipped_tasks,
    )


def _add(
    session: Session, facts: ChainFacts, actor: Actor, last: PlanVersion | None, document: PlanDocument, why: str
) -> PlanVersion:
    row = PlanVersion(
        chain_id=facts.id,
        number=last.number + 1 if last else 1,
        state=PlanState.DRAFT,
        document=document.to_json(),
        author_id=actor.id,
        reason=why,
        is_demo=actor.is_demo,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Stale(_STALE) from error
    return row


def _check_base(row: PlanVersion | None, base: Base) -> None:
    if (row.number if row else 0, row.version if row else 0) != (base.number, base.version):
        raise Stale(_STALE)


# ── From hand to hand ────────────────────────────────────────────────────────────────────────────────────────────────


def submit(session: Session, actor: Actor, key: str, base: Base) -> PlanVersion:
    """Hand the draft to the leaders, who are told."""
    facts, row = _to_move(session, actor, key, base, PlanState.DRAFT)
    row.state, row.submitted_at = PlanState.SUBMITTED, now()
    session.flush()
    audit.record(session, actor.id, "plan.submitted", ("plan_version", row.id), after={"number": row.number})
    leaders = session.scalars(select(Person.id).where(Person.role == Role.LEADER, Person.is_active)).all()
    _tell(session, actor, leaders, "plan.submitted", facts, row)
    return row


def withdraw(session: Session, actor: Actor, key: str, base: Base) -> PlanVersion:
    """Take a version back that the chief has not answered yet."""
    _facts, row = _to_move(session, actor, key, base, PlanState.SUBMITTED)
    row.state, row.submitted_at = PlanState.DRAFT, None
    row.author_id = row.author_id or actor.id
    session.flush()
    audit.record(session, actor.id, "plan.withdrawn", ("plan_version", row.id), after={"number": row.number})
    return row


def decide(session: Session, actor: Actor, key: str, base: Base, *, approve: bool, word: str) -> PlanVersion:
    """The chief's answer: approve (the version before is replaced, the review is due after the plan's own months), or
    send back with a word on what is to be changed. Keepers and author are told."""
    access.require(actor, Permission.PLANS_APPROVE)
    facts = chain(session, actor, key)
    row = newest(session, facts.id)
    _check_base(row, base)
    if row is None or row.state is not PlanState.SUBMITTED:
        raise Invalid("", N_("这一版没有在等审定。"))
    said = clean_text(word, WORD_LENGTH, "word", multiline=True)
    if not approve and not said:
        raise Invalid("word", N_("退回请写明要改什么。"))
    document = PlanDocument.from_json(row.document)
    verdict = Verdict(approved=approve, by=actor.name, on=today(), word=said)
    row.document = replace(document, verdict=verdict).to_json()
    if approve:
        _replace_earlier(session, row)
        row.state, row.approved_by_id, row.approved_at = PlanState.APPROVED, actor.id, now()
        row.review_on = months_later(today(), document.review_months or REVIEW_MONTHS)
    else:
        row.state, row.submitted_at = PlanState.DRAFT, None
    session.flush()
    kind = "plan.approved" if approve else "plan.sent_back"
    audit.record(session, actor.id, kind, ("plan_version", row.id), after={"number": row.number, "note": said})
    _tell(session, actor, _concerned(session, facts.id, row), kind, facts, row, note=said)
    return row


def _replace_earlier(session: Session, row: PlanVersion) -> None:
    query = select(PlanVersion).where(PlanVersion.chain_id == row.chain_id, PlanVersion.state == PlanState.APPROVED)
    for earlier in session.scalars(query):
        earlier.state = PlanState.REPLACED


def _to_move(session: Session, actor: Actor, key: str, base: Base, state: PlanState) -> tuple[ChainFacts, PlanVersion]:
    facts = chain(session, actor, key)
    chain_members.require_keeper(session, actor, facts.id)
    row = newest(session, facts.id)
    _check_base(row, base)
    if row is None:
        raise NotFound(_NO_PLAN)
    if row.state is not state:
        raise Invalid("", N_("第 %(number)d 版的状态已经变了，请刷新页面。"), number=row.number)
    return facts, row


def _concerned(session: Session, chain_id: int, row: PlanVersion) -> set[int]:
    named, teams = chain_members.keepers(session)
    return {*named.get(chain_id, teams), *([row.author_id] if row.author_id else [])}


def _tell(
    session: Session,
    actor: Actor,
    people: Iterable[int],
    kind: str,
    facts: ChainFacts,
    row: PlanVersion,
    note: str = "",
) -> None:
    words = {"by": actor.name, "chain": facts.name, "number": row.number, "note": note}
    key = f"{kind}:{row.id}:{row.version}"
    notices.tell(session, set(people) - {actor.id}, kind, key, ("plan_version", row.id), **words)
