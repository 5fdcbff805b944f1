"""The park managers' part: answers owed, who matches newly or nearly, what to look at again (DOMAIN §7).

Made from the park's own desk: names only of enterprises that were introduced to the park, contacts never.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm.domain.introductions import IntroductionState
from crm.domain.labels import N_, label
from crm.domain.matching.wording import Text
from crm.domain.pipeline import Light
from crm.domain.policies import Tier
from crm.domain.reminders import Thresholds
from crm.domain.reports import Area, Introduced, Masked, Miss, ParkPart, UnitDue
from crm.domain.sentences import Sentence
from crm.domain.space import Tenure, UnitStatus
from crm.infra.clock import civil_date
from crm.models import Building, Enterprise, Introduction, Lead, Unit
from crm.services.access import Actor
from crm.services.inventory import read_inventory
from crm.services.park_desk import ShownIntroduction, park_desk, shown_introductions
from crm.services.reminders import thresholds

#: A lease that ends within this many days is red (DOMAIN §6).
LEASE_RED_DAYS = 90
_ORDER = (UnitStatus.LET, UnitStatus.AVAILABLE, UnitStatus.HELD, UnitStatus.UNAVAILABLE)


def park_part(session: Session, actor: Actor, from_at: datetime, until_at: datetime) -> ParkPart:
    """Everything about the parks that the person keeps; masked as on their desk."""
    desk = park_desk(session, actor, fresh=(from_at, until_at))
    rules = thresholds(session)
    owed = tuple(_introduced(shown, rules) for shown in desk.owed)
    known = {row.introduction_id for row in owed}
    sent = _sent(session, actor, from_at, until_at)
    return ParkPart(
        parks={park.id: park.name for park in desk.parks},
        owed=owed,
        introduced=tuple(_introduced(shown, rules) for shown in sent if shown.introduction.id not in known),
        fresh=tuple(
            Masked(row.segment_name, _tier(row.tier), _unit(row.place), row.status, tuple(map(_sentence, row.remarks)))
            for row in desk.fresh
        ),
        misses=tuple(
            Miss(
                segment=row.segment_name,
                tier=_tier(row.tier),
                unit=_unit(row.place),
                constraint=_sentence(row.constraint),
                needed=_sentence(row.needed),
                offered=_sentence(row.offered),
                change=_sentence(row.change),
            )
            for row in desk.misses
        ),
        stale=tuple(
            UnitDue(
                row.park_id,
                row.name,
                row.unit.free_m2 or row.unit.total_m2,
                row.days,
                None,
                Light.YELLOW,
                row.unit.is_demo,
            )
            for row in desk.stale
        ),
        leases=tuple(
            UnitDue(
                row.park_id,
                row.name,
                row.unit.total_m2,
                row.days,
                row.unit.lease_end,
                Light.RED if row.days <= LEASE_RED_DAYS else Light.YELLOW,
                row.unit.is_demo,
            )
            for row in desk.leases
        ),
        areas=tuple(_areas(session, actor)),
    )


def _sent(session: Session, actor: Actor, from_at: datetime, until_at: datetime) -> list[ShownIntroduction]:
    """Introduced within the week, whatever became of it since."""
    query = (
        select(Introduction)
        .where(
            Introduction.park_id.in_(actor.park_ids),
            Introduction.sent_at >= from_at,
            Introduction.sent_at < until_at,
            Introduction.state != IntroductionState.RECOMMENDED,
        )
        .options(
            joinedload(Introduction.lead).joinedload(Lead.enterprise).joinedload(Enterprise.segment),
            joinedload(Introduction.lead).joinedload(Lead.segment),
            joinedload(Introduction.lead).joinedload(Lead.contact),
            joinedload(Introduction.sent_by),
        )
        .order_by(Introduction.sent_at)
    )
    rows = list(session.scalars(query))
    return shown_introductions(read_inventory(session), rows) if rows else []


def _introduced(shown: ShownIntroduction, rules: Thresholds) -> Introduced:
    row, lead = shown.introduction, shown.introduction.lead
    clock = rules.introduction_unanswered
    waited = shown.waited_days
    light = Light.RED if waited >= clock.red else Light.YELLOW if waited >= clock.yellow else Light.GREEN
    return Introduced(
        introduction_id=row.id,
        name=lead.enterprise.name,
        segment=shown.segment_name,
        tier=_tier(shown.tier),
        need=_need(lead),
        unit=_unit(shown.place) if shown.place else None,
        sent_by=row.sent_by.name,
        sent_on=civil_date(row.sent_at),
        state=Sentence(label(row.state)),
        waited_days=waited,
        light=light if row.state is IntroductionState.INTRODUCED else Light.GREEN,
        is_demo=row.is_demo or lead.is_demo,
    )


def _need(lead: Lead) -> Sentence:
    """租 800–1,000 ㎡; what is not known is said."""
    tenure = Sentence(label(lead.tenure)) if lead.tenure else Sentence(N_("租购未问"))
    sizes = [size for size in (lead.area_min, lead.area_max) if size is not None] or [lead.area_target]
    if sizes[0] is None:
        return Sentence(N_("%(tenure)s，面积未问"), {"tenure": tenure})
    land = lead.tenure is Tenure.LAND
    low, high = (_size(size, land) for size in (sizes[0], sizes[-1]))
    span = low if low == high else f"{low}–{high}"
    return Sentence(
        N_("%(tenure)s %(area)s 亩") if land else N_("%(tenure)s %(area)s ㎡"), {"tenure": tenure, "area": span}
    )


def _size(size: int, land: bool) -> str:
    return f"{size / 100:,.2f}".rstrip("0").rstrip(".") if land else f"{size:,}"


def _tier(tier: Tier | None) -> Sentence | None:
    return Sentence(label(tier)) if tier is not None else None


def _unit(place) -> str:
    return place.unit_name


def _sentence(text: Text) -> Sentence:
    """The engine's words in the house's form: a list becomes one sentence with its separators."""
    params: dict[str, object] = {}
    for name, value in text.params.items():
        if isinstance(value, Text):
            params[name] = _sentence(value)
        elif isinstance(value, tuple):
            parts = {f"n{n}": _sentence(each) if isinstance(each, Text) else str(each) for n, each in enumerate(value)}
            params[name] = Sentence("%(sep)s".join(f"%({key})s" for key in parts), {**parts, "sep": Sentence(N_("、"))})
        else:
            params[name] = value
    return Sentence(text.msgid, params)


def _areas(session: Session, actor: Actor) -> list[Area]:
    """Whole area by status. A unit that does not say its area is counted, never taken as 0."""
    rows = session.execute(
        select(Unit.status, Unit.total_m2)
        .join(Building, Building.id == Unit.building_id)
        .where(Building.park_id.in_(actor.park_ids))
    ).all()
    areas = []
    for status in _ORDER:
        sizes = [size for each, size in rows if each is status]
        if sizes:
            known = [size for size in sizes if size is not None]
            areas.append(Area(status, sum(known), len(sizes) - len(known)))
    return areas
