"""A small chain with a plan, for tests of plans and of the chains' reminders."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from sqlalchemy.orm import Session

from crm.infra.clock import today
from crm.models import Chain, Enterprise, Placement, PlanTask, PlanVersion, Segment, SegmentEdge
from crm.services import plans
from crm.services.plans import Base
from tests.factories import make_enterprise

#: Key → (name, position), in the order of the map.
SEGMENTS = {
    "materials": ("诊断原料", "upstream"),
    "reagents": ("诊断试剂", "midstream"),
    "labs": ("检验实验室", "downstream"),
}


def make_chain(session: Session, key: str = "biomedicine", *, surveyed_on: date | None = None) -> Chain:
    """Three segments, one supplying the next, surveyed today unless told otherwise; a leader on the last one."""
    chain = Chain(key=key, name="生物医药（示例链）", name_en="Biomedicine (sample)", has_map=True)
    session.add(chain)
    session.flush()
    rows = {
        name: Segment(
            chain_id=chain.id,
            key=name,
            name=words,
            position=position,
            sort=sort,
            surveyed_on=surveyed_on or today(),
        )
        for sort, (name, (words, position)) in enumerate(SEGMENTS.items())
    }
    session.add_all(rows.values())
    session.flush()
    keys = list(rows)
    session.add_all(SegmentEdge(supplier_id=rows[one].id, customer_id=rows[other].id) for one, other in pairwise(keys))
    place(session, rows["labs"], make_enterprise(session, "岭南检验有限公司（示例）"), is_leader=True)
    return chain


def place(session: Session, segment: Segment, firm: Enterprise, **values: object) -> Placement:
    made = Placement(enterprise_id=firm.id, segment_id=segment.id, **values)
    session.add(made)
    session.flush()
    return made


def segment(session: Session, key: str) -> Segment:
    return session.query(Segment).filter_by(key=key).one()


def shipped(session: Session, chain: Chain, **document: object) -> PlanVersion:
    """Version 1 as the product ships it."""
    made = PlanVersion(
        chain_id=chain.id, number=1, document={"standing": "优势链条之一", **document}, reason="随产品提供"
    )
    session.add(made)
    session.flush()
    return made


def make_task(session: Session, chain: Chain, **values: object) -> PlanTask:
    made = PlanTask(**{"chain_id": chain.id, "text": "走访三家原料企业", **values})
    session.add(made)
    session.flush()
    return made


def base(session: Session, chain_id: int) -> Base:
    """What a form that is opened now would send back."""
    newest = plans.newest(session, chain_id)
    return Base(number=newest.number, version=newest.version) if newest else Base(number=0, version=0)
