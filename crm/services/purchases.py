"""What local firms buy outside the district (链主采购清单, 以商招商): each input is demand on the segment that could supply it.

A purchase is seen by whoever may see the enterprise that buys. The demand on a segment is the district's and counts all
of them: it says how much, never who.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload
from sqlalchemy.orm.exc import StaleDataError

from crm.domain.access import Permission
from crm.domain.errors import Invalid, NotFound, Stale
from crm.domain.labels import N_
from crm.domain.quantities import FEN_PER_WAN
from crm.domain.text import clean_text
from crm.infra.clock import today
from crm.models import Chain, Enterprise, Purchase, Segment
from crm.services import access, audit
from crm.services.access import Actor

PRODUCT_LENGTH = 120
FROM_LENGTH = 120
SOURCE_LENGTH = 200
REASON_LENGTH = 300
#: Half the way round the earth: farther is a slip.
FARTHEST_KM = 20_000
PAGE = 50
_OVERTAKEN = N_("这条采购刚被别人改过，您填的都在；请对照最新内容再提交。")
_ENDED = N_("这条采购已经结束，不能再改；又开始外购就新记一条。")


class Held(StrEnum):
    """Which purchases a list shows."""

    OPEN = "open"
    ENDED = "ended"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is bought outside: by whom, what, how much a year, from where, how near it is wished, and who said so."""

    enterprise_id: int
    segment_id: int
    product: str
    yearly_fen: int | None = None
    bought_from: str = ""
    wished_km: int | None = None
    source: str
    recorded_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the list is narrowed to; the defaults show all that holds today."""

    held: Held = Held.OPEN
    chain: str = ""
    segment_id: int | None = None
    enterprise_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, newest first; `before` leads to the next one, None on the last."""

    rows: Sequence[Purchase]
    before: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The list in numbers, within the actor's scope: open ones, their firms and segments, 万元 a year, without volume."""

    count: int
    firms: int
    segments: int
    yearly_wan: int
    unmeasured: int


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def load(session: Session, actor: Actor, purchase_id: int, *, edit: bool = False) -> Purchase:
    """One purchase of an enterprise that the actor may see; NotFound otherwise, Invalid with `edit` once it has ended."""
    access.require(actor, Permission.PURCHASES_VIEW)
    found = session.scalar(_visible(actor).where(Purchase.id == purchase_id))
    if found is None:
        raise NotFound(N_("没有这条记录，或您无权查看。"))
    if edit and found.ended_on is not None:
        raise Invalid("", _ENDED)
    return found


def listed(session: Session, actor: Actor, wanted: Wanted, before: int | None = None) -> Page:
    """One page of the list: one statement."""
    access.require(actor, Permission.PURCHASES_VIEW)
    query = _visible(actor).where(*_conditions(wanted))
    if before is not None:
        query = query.where(Purchase.id < before)
    rows = session.scalars(query.order_by(Purchase.id.desc()).limit(PAGE + 1)).all()
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def figures(session: Session, actor: Actor) -> Figures:
    """The head of the list, within the actor's scope: one statement."""
    row = session.execute(
        select(
            func.count(Purchase.id),
            func.count(func.distinct(Purchase.enterprise_id)),
            func.count(func.distinct(Purchase.segment_id)),
            func.coalesce(func.sum(Purchase.yearly_fen), 0),
            func.count(Purchase.id) - func.count(Purchase.yearly_fen),
        )
        .join(Enterprise, Enterprise.id == Purchase.enterprise_id)
        .where(access.enterprise_scope(actor), Purchase.ended_on.is_(None))
    ).one()
    return Figures(row[0], row[1], row[2], int(row[3]) // FEN_PER_WAN, row[4])


def of_segment(session: Session, actor: Actor, segment_id: int) -> list[Purchase]:
    """Open purchases that a segment could supply, the largest first; none for a role that sees no purchases."""
    return _open(session, actor, Purchase.segment_id == segment_id)


def of_enterprise(session: Session, actor: Actor, enterprise_id: int) -> list[Purchase]:
    """Open purchases of an enterprise, the largest first; none for a role that sees no purchases."""
    return _open(session, actor, Purchase.enterprise_id == enterprise_id)


def demand(session: Session) -> dict[int, int]:
    """万元 a year that local firms buy outside, by segment id: all that holds today and has a volume, rounded down."""
    query = (
        select(Purchase.segment_id, func.sum(Purchase.yearly_fen))
        .where(Purchase.ended_on.is_(None), Purchase.yearly_fen.is_not(None))
        .group_by(Purchase.segment_id)
    )
    return {segment_id: int(fen) // FEN_PER_WAN for segment_id, fen in session.execute(query)}


def chains(session: Session, actor: Actor) -> list[Chain]:
    """Chains that purchases stand on, for the list's filter."""
    on = (
        select(Segment.chain_id)
        .join(Purchase, Purchase.segment_id == Segment.id)
        .join(Enterprise, Enterprise.id == Purchase.enterprise_id)
        .where(access.enterprise_scope(actor))
    )
    return list(session.scalars(select(Chain).where(Chain.id.in_(on)).order_by(Chain.sort, Chain.id)))


def _open(session: Session, actor: Actor, condition: ColumnElement[bool]) -> list[Purchase]:
    if not actor.may(Permission.PURCHASES_VIEW):
        return []
    query = _visible(actor).where(condition, Purchase.ended_on.is_(None))
    return list(session.scalars(query.order_by(Purchase.yearly_fen.is_(None), Purchase.yearly_fen.desc(), Purchase.id)))


def _visible(actor: Actor) -> Select[tuple[Purchase]]:
    return (
        select(Purchase)
        .join(Purchase.enterprise)
        .where(access.enterprise_scope(actor))
        .options(
            contains_eager(Purchase.enterprise),
            joinedload(Purchase.segment).joinedload(Segment.chain),
            joinedload(Purchase.recorded_by),
        )
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.held is not Held.ALL:
        found.append(Purchase.ended_on.is_(None) if wanted.held is Held.OPEN else Purchase.ended_on.is_not(None))
    if wanted.segment_id is not None:
        found.append(Purchase.segment_id == wanted.segment_id)
    if wanted.enterprise_id is not None:
        found.append(Purchase.enterprise_id == wanted.enterprise_id)
    if wanted.chain:
        at = aliased(Segment)
        of_chain = select(at.id).join(Chain, Chain.id == at.chain_id).where(Chain.key == wanted.chain)
        found.append(Purchase.segment_id.in_(of_chain))
    if wanted.text:
        words = (Purchase.product, Purchase.bought_from, Enterprise.name)
        found.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in words)))
    return found


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def record(session: Session, actor: Actor, order: Order) -> Purchase:
    """Write down a purchase. The same form sent twice by one person gives the first row.

    Invalid names the field, also where the firm's purchase of that product is on the list already.
    """
    access.require(actor, Permission.PURCHASES_EDIT)
    purchase = Purchase(recorded_by_id=actor.id)
    _write(session, actor, purchase, order)
    if (earlier := _same(session, purchase)) is not None:
        if earlier.recorded_by_id == actor.id and _values(earlier) == _values(purchase):
            return earlier
        raise Invalid("product", N_("这家企业的这项外购已经记过，请改那一条。"))
    purchase.is_demo = session.get_one(Enterprise, purchase.enterprise_id).is_demo
    session.add(purchase)
    session.flush()
    _record(session, actor, "purchase.recorded", purchase, {}, _values(purchase))
    return purchase


def change(session: Session, actor: Actor, purchase_id: int, order: Order, version: int) -> Purchase:
    """Replace what is said of a purchase that still holds. Stale if somebody saved it since the form was opened."""
    purchase = _to_change(session, actor, purchase_id, version)
    before = _values(purchase)
    with session.no_autoflush:
        _write(session, actor, purchase, order)
        other = _same(session, purchase)
    if other is not None:
        raise Invalid("product", N_("这家企业的这项外购已经记过，请改那一条。"))
    _flush(session)
    after = _values(purchase)
    if after != before:
        _record(session, actor, "purchase.changed", purchase, before, after)
    return purchase


def end(session: Session, actor: Actor, purchase_id: int, reason: str, on: date | None, version: int) -> Purchase:
    """Say that the firm does not buy this outside any more, why, and since when (today if it is not said)."""
    purchase = _to_change(session, actor, purchase_id, version)
    why = clean_text(reason, REASON_LENGTH, "reason")
    if not why:
        raise Invalid("reason", N_("请写明为什么结束：改由区内供应、停产，还是记错了。"))
    day = on or today()
    if day > today():
        raise Invalid("on", N_("这个日期还没到。"))
    if day < purchase.recorded_on:
        raise Invalid("on", N_("结束不会早于记录的日期。"))
    purchase.ended_on = day
    _flush(session)
    _record(session, actor, "purchase.ended", purchase, {}, {"ended_on": day.isoformat(), "reason": why})
    return purchase


def _to_change(session: Session, actor: Actor, purchase_id: int, version: int) -> Purchase:
    access.require(actor, Permission.PURCHASES_EDIT)
    purchase = load(session, actor, purchase_id, edit=True)
    if purchase.version != version:
        raise Stale(_OVERTAKEN)
    return purchase


def _flush(session: Session) -> None:
    try:
        session.flush()
    except StaleDataError as error:
        raise Stale(_OVERTAKEN) from error


def _write(session: Session, actor: Actor, purchase: Purchase, order: Order) -> None:
    product = clean_text(order.product, PRODUCT_LENGTH, "product")
    if not product:
        raise Invalid("product", N_("请写买的是什么。"))
    source = clean_text(order.source, SOURCE_LENGTH, "source")
    if not source:
        raise Invalid("source", N_("请写谁说的，或出自哪份材料。"))
    if order.wished_km is not None and not 0 < order.wished_km <= FARTHEST_KM:
        raise Invalid("wished_km", N_("距离写 1 到 20,000 公里之间的整数。"))
    day = order.recorded_on or today()
    if day > today():
        raise Invalid("recorded_on", N_("这个日期还没到。"))
    purchase.enterprise_id = _firm(session, actor, order.enterprise_id)
    purchase.segment_id = _leaf(session, order.segment_id)
    purchase.product, purchase.source, purchase.recorded_on = product, source, day
    purchase.yearly_fen = order.yearly_fen
    purchase.wished_km = order.wished_km
    purchase.bought_from = clean_text(order.bought_from, FROM_LENGTH, "bought_from") or None


def _firm(session: Session, actor: Actor, enterprise_id: int) -> int:
    try:
        return access.enterprise(session, actor, enterprise_id).id
    except NotFound as error:
        raise Invalid("name", N_("请从列出的企业里选一家。")) from error


def _leaf(session: Session, segment_id: int) -> int:
    has_children = select(Segment.id).where(Segment.parent_id == segment_id).exists()
    found = session.scalar(select(Segment.id).where(Segment.id == segment_id, ~has_children))
    if found is None:
        raise Invalid("segment_id", N_("请选一个环节。"))
    return found


def _same(session: Session, purchase: Purchase) -> Purchase | None:
    """Another open purchase of the same firm, product and segment."""
    query = select(Purchase).where(
        Purchase.enterprise_id == purchase.enterprise_id,
        Purchase.segment_id == purchase.segment_id,
        Purchase.product == purchase.product,
        Purchase.ended_on.is_(None),
    )
    return session.scalar(query if purchase.id is None else query.where(Purchase.id != purchase.id))


def _values(purchase: Purchase) -> dict[str, object]:
    return {
        "enterprise_id": purchase.enterprise_id,
        "segment_id": purchase.segment_id,
        "product": purchase.product,
        "yearly_fen": purchase.yearly_fen,
        "bought_from": purchase.bought_from,
        "wished_km": purchase.wished_km,
        "told_by": purchase.source,
        "recorded_on": purchase.recorded_on.isoformat(),
    }


def _record(
    session: Session,
    actor: Actor,
    action: str,
    purchase: Purchase,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    """Only what changed goes into the trail."""
    changed = sorted(name for name, value in after.items() if before.get(name) != value)
    was = {name: before[name] for name in changed if name in before}
    audit.record(
        session, actor.id, action, ("purchase", purchase.id), was or None, {name: after[name] for name in changed}
    )
