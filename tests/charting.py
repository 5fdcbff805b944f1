"""A small chain with a map: 试剂原料 → 体外诊断试剂 → 医院, 体外诊断试剂 → 冷链物流; surveyed but for the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from crm.domain.policies import Tier
from crm.infra.clock import today
from crm.models import Chain, Enterprise, Placement, Segment, SegmentEdge
from tests.factories import make_enterprise

TEMPLATE = {
    "key": "wet_lab",
    "name_zh": "生物医药实验室",
    "area_min_m2": 500,
    "area_max_m2": 5000,
    "env_class": "report_table",
    "load_kg_m2": 500,
    "clear_height_cm": 300,
    "power_kva": 100,
    "estimate": True,
}


@dataclass(frozen=True, slots=True)
class Map:
    """Row ids of the chain and its segments; `firm` is the local firm on `ivd`."""

    chain: int
    group: int
    reagents: int
    ivd: int
    hospitals: int
    cold_chain: int
    firm: int


def make_map(session: Session, *, key: str = "diagnostics", name: str = "体外诊断（示例链）") -> Map:
    """The chain with one growth firm on its middle; the raw material is missing, the cold chain unknown."""
    chain = Chain(key=key, name=name, name_en="Diagnostics (sample)", group="优势链条", has_map=True, revision=0)
    session.add(chain)
    session.flush()

    def segment(part: str, title: str, english: str, position: str, **values: object) -> Segment:
        row = Segment(
            **{
                "chain_id": chain.id,
                "key": part,
                "name": title,
                "name_en": english,
                "position": position,
                "surveyed_on": today() - timedelta(days=40),
                "survey_by": "吴专班",
                "sources": [{"key": "industry", "title": "industry knowledge", "date": "2026-11-24"}],
            }
            | values
        )
        session.add(row)
        session.flush()
        return row

    group = segment("materials", "原料", "Materials", "upstream", surveyed_on=None, survey_by=None)
    reagents = segment(
        "reagents",
        "试剂原料",
        "Reagent materials",
        "upstream",
        parent_id=group.id,
        products=["抗原抗体原料"],
        gbt_codes=["2661"],
        words=["诊断原料"],
        template=TEMPLATE,
    )
    ivd = segment("ivd", "体外诊断试剂", "IVD reagents", "midstream", gbt_codes=["2770"], template=TEMPLATE)
    hospitals = segment("hospitals", "医院检验科", "Hospital laboratories", "downstream", gbt_codes=["8411"])
    cold = segment("cold_chain", "冷链物流", "Cold chain", "downstream", surveyed_on=None, survey_by=None)
    session.add_all(
        SegmentEdge(supplier_id=supplier.id, customer_id=customer.id)
        for supplier, customer in ((reagents, ivd), (ivd, hospitals), (ivd, cold))
    )
    firm = make_enterprise(session, "荔康诊断股份有限公司（示例）", tier=Tier.GROWTH)
    place(session, firm, ivd.id)
    session.flush()
    return Map(chain.id, group.id, reagents.id, ivd.id, hospitals.id, cold.id, firm.id)


def place(
    session: Session, firm: Enterprise, segment_id: int, *, leader: bool = False, on: date | None = None
) -> Placement:
    """Put a firm on a segment, seen on a day (40 days ago if none is given)."""
    row = Placement(
        enterprise_id=firm.id,
        segment_id=segment_id,
        is_leader=leader,
        source="走访",
        surveyed_on=on or today() - timedelta(days=40),
    )
    session.add(row)
    session.flush()
    return row
