"""Records for tests, made by the use cases where there is one, so that they are as complete as real ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session

from crm.domain.leads import FollowUpKind, LeadSource
from crm.domain.policies import Instrument, Tier
from crm.domain.space import EnvClass, Tenure, UnitStatus
from crm.infra.clock import now
from crm.models import Building, Chain, Enterprise, Lead, Offer, ParkPositioning, Person, Segment, Unit
from crm.services.access import Actor, actor_for
from crm.services.follow_ups import NextStep
from crm.services.leads import ContactFacts, EnterpriseFacts, LogLead, Needs, log_lead

_numbers = count(1)
#: A code with a right check digit, for firms that do not exist.
USCC = "91440101MA59GY3X0F"


def actor(session: Session, person_id: int) -> Actor:
    """The actor of a member of the cast."""
    return actor_for(session, person_id)


def make_segment(
    session: Session, *, chain: str = "biomedicine", key: str = "ivd", name: str = "体外诊断试剂"
) -> Segment:
    """A segment in a chain; the chain is made when it is not there."""
    found = session.query(Chain).filter_by(key=chain).one_or_none()
    if found is None:
        found = Chain(key=chain, name="生物医药（示例链）", has_map=True)
        session.add(found)
        session.flush()
    segment = Segment(chain_id=found.id, key=key, name=name, position="midstream", words=["试剂盒"])
    session.add(segment)
    session.flush()
    return segment


def command(**changes: object) -> LogLead:
    """A complete `LogLead`; `name`, `phone`, `uscc` are short cuts."""
    number = next(_numbers)
    name = changes.pop("name", f"穗岭第{number}诊断技术有限公司（示例）")
    phone = changes.pop("phone", f"1380000{number:04d}")
    uscc = changes.pop("uscc", None)
    values: dict[str, object] = {
        "enterprise": EnterpriseFacts(name=name, uscc=uscc, gbt_code="2770", employees=86, revenue_fen=6_800_000_000),
        "contact": ContactFacts(name="张三丰", title="副总经理", phone=phone, is_decision_maker=True),
        "needs": Needs(
            tenure=Tenure.RENT,
            area_min=1000,
            area_target=1200,
            area_max=1500,
            budget=4500,
            floor_load_kg_m2=765,
            env_class=EnvClass.REPORT_TABLE,
        ),
        "source": LeadSource.PHONE,
        "content": "想租一层做试剂，电话 13912345678 找刘工",
    }
    return LogLead(**(values | changes))


def make_lead(session: Session, person_id: int | None, **changes: object) -> Lead:
    """A lead logged by a member of the cast, or (None) an enquiry of the public site."""
    return log_lead(session, actor(session, person_id) if person_id else None, command(**changes))


def next_step(days: int = 1, subject: str = "核实需求", at: datetime | None = None) -> NextStep:
    """A promise in some days."""
    return NextStep(kind=FollowUpKind.CALL, subject=subject, due_at=at or now() + timedelta(days=days))


def make_enterprise(session: Session, name: str = "粤岭生物检测技术有限公司（示例）", **values: object) -> Enterprise:
    """An enterprise as the seed makes it: with a key, so that everybody may see it."""
    from crm.domain.enterprises.names import core, normalised
    from crm.domain.enterprises.pinyin import pinyin_keys

    keys = pinyin_keys(name)
    firm = Enterprise(
        **{
            "key": f"firm-{next(_numbers)}",
            "name": name,
            "normalised_name": normalised(name),
            "core_name": core(name),
            "pinyin": " ".join(keys.full),
            "initials": " ".join(keys.initials),
            "titles": [],
            "sections": [],
        }
        | values
    )
    session.add(firm)
    session.flush()
    return firm


def make_offer(session: Session, park_id: int, *, segment: Segment | None = None, **unit: object) -> Offer:
    """A floor to let in a park of the cast that fits the lead of `command()`."""
    building = Building(park_id=park_id, name=f"{next(_numbers)} 号楼")
    session.add(building)
    session.flush()
    values: dict[str, object] = {
        "building_id": building.id,
        "name": "4 层",
        "free_m2": 1300,
        "min_lettable_m2": 500,
        "floor_load_kg_m2": 815,
        "status": UnitStatus.AVAILABLE,
        "env_max": EnvClass.REPORT_BOOK,
    }
    room = Unit(**(values | unit))
    session.add(room)
    session.flush()
    offer = Offer(
        park_id=park_id,
        unit_id=room.id,
        tenure=Tenure.RENT,
        price=4200,
        is_active=True,
        tiers=[tier.value for tier in Tier],
        instruments=[Instrument.INCUBATOR.value],
    )
    session.add(offer)
    if segment is not None:
        session.add(ParkPositioning(park_id=park_id, chain_id=segment.chain_id, segment_id=segment.id, weight=1000))
    session.flush()
    return offer


def person(session: Session, person_id: int) -> Person:
    return session.get(Person, person_id)
