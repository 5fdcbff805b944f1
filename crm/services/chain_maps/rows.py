"""A chain map as rows: segments, edges and placements written from a map, keeping the rows of what stays.

One writer for the seed and for the editor. It never decides what may go: `crm.services.chain_maps.successors` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chains.engine import model as engine
from crm.models import Base, Chain, Enterprise, Placement, Segment, SegmentEdge

#: How finely a share is kept; a map's fraction survives in its document.
_SHARE = Decimal("0.000001")


@dataclass(slots=True)
class Written:
    """How many rows of each table were added, changed and removed."""

    added: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)

    def assign(self, row: Base, values: Mapping[str, object]) -> None:
        """Set what differs. Equal values are not touched, so that the version stays."""
        unlike = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in unlike.items():
            setattr(row, name, value)
        self.changed[row.__tablename__] += bool(unlike)


def segment_rows(session: Session, chain_id: int) -> dict[str, Segment]:
    """The segments of a chain by key, in the order of the map."""
    rows = session.scalars(select(Segment).where(Segment.chain_id == chain_id).order_by(Segment.sort, Segment.id))
    return {row.key: row for row in rows}


def write_chain(written: Written, chain: Chain, chain_map: engine.Chain) -> None:
    """What the map says of the whole. The Chinese name and the grouping are the district's."""
    reference = chain_map.reference
    plan = dict(chain.plan or {}) | {"summary": chain_map.summary, "sections": list(chain_map.sections)}
    written.assign(
        chain,
        {
            "name_en": chain_map.name_en or None,
            "has_map": True,
            "plan": {name: value for name, value in plan.items() if value not in ("", [])} or None,
            "reference_total": reference.total if reference else None,
            "reference_source": reference_words(reference),
        },
    )


def reference_words(reference: engine.Reference | None) -> str | None:
    """Which register, and of which day, in one text."""
    if reference is None:
        return None
    return f"{reference.source}（{reference.date}）" if reference.date else reference.source


def write_segments(
    session: Session, written: Written, chain: Chain, chain_map: engine.Chain, *, claims: bool = True
) -> dict[str, Segment]:
    """The segments by key, rows of keys that stay being kept; rows of other keys are left as they are.

    `claims` False leaves surveys and reference counts that the map does not carry as people recorded them.
    """
    rows = segment_rows(session, chain.id)
    for sort, segment in enumerate(chain_map.segments):
        parent = rows[segment.parent] if segment.parent else None
        values = segment_values(chain_map, segment) | {"parent_id": parent.id if parent else None, "sort": sort}
        if not claims:
            values = {name: value for name, value in values.items() if name not in _CLAIMS or value is not None}
        row = rows.get(segment.key)
        if row is None:
            row = rows[segment.key] = Segment(chain_id=chain.id, key=segment.key, **values)
            session.add(row)
            written.added["segment"] += 1
        else:
            written.assign(row, values)
        if segment.parent is None:
            session.flush()  # its members need its id
    session.flush()
    return rows


_CLAIMS = ("reference_count", "surveyed_on", "survey_by", "survey_note")


def segment_values(chain_map: engine.Chain, segment: engine.Segment) -> dict[str, object]:
    """The columns of a segment, without its place among the others."""
    survey = segment.survey
    return {
        "name": segment.name_zh,
        "name_en": segment.name_en or None,
        "position": str(segment.position),
        "products": list(segment.products),
        "gbt_codes": list(segment.gbt),
        "words": list(segment.aliases),
        "template": _template(chain_map.space_of(segment)),
        "sources": _sources(chain_map, segment),
        "reference_count": segment.reference,
        "surveyed_on": date.fromisoformat(survey.on) if survey else None,
        "survey_by": survey.by if survey else None,
        "survey_note": survey.note if survey else None,
    }


def _present(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if value is not None}


def _template(space: engine.SpaceTemplate | None) -> dict[str, object] | None:
    return None if space is None else _present(asdict(space))


def _sources(chain_map: engine.Chain, segment: engine.Segment) -> list[object]:
    """Each reference with the title, date and status of its source."""
    known = {source.key: source for source in chain_map.sources}
    return [_present({**asdict(known[reference.key]), "section": reference.section}) for reference in segment.sources]


def write_edges(session: Session, written: Written, segments: Mapping[str, Segment], chain_map: engine.Chain) -> None:
    """The edges of the map and no others; `segments` are the chain's rows by key."""
    ids = [row.id for row in segments.values()]
    touching = or_(SegmentEdge.supplier_id.in_(ids), SegmentEdge.customer_id.in_(ids))
    rows = {(row.supplier_id, row.customer_id): row for row in session.scalars(select(SegmentEdge).where(touching))}
    for edge in chain_map.edges:
        ends = (segments[edge.frm].id, segments[edge.to].id)
        share = None if edge.share is None else Decimal(edge.share.numerator) / edge.share.denominator
        value = None if share is None else share.quantize(_SHARE)
        row = rows.pop(ends, None)
        if row is None:
            session.add(SegmentEdge(supplier_id=ends[0], customer_id=ends[1], share=value))
            written.added["segment_edge"] += 1
        else:
            written.assign(row, {"share": value})
    remove(session, written, rows.values())
    session.flush()


def write_placements(
    session: Session,
    written: Written,
    segments: Mapping[str, Segment],
    placed: Iterable[tuple[engine.Placement, Enterprise]],
    *,
    is_demo: bool,
) -> Collection[Placement]:
    """The placements of the map; returns those rows that the map does not name, for the caller to judge."""
    ids = [row.id for row in segments.values()]
    found = session.scalars(select(Placement).where(Placement.segment_id.in_(ids)).order_by(Placement.id))
    rows = {(row.enterprise_id, row.segment_id): row for row in found}
    for placement, enterprise in placed:
        ends = (enterprise.id, segments[placement.segment].id)
        values = placement_values(placement)
        row = rows.pop(ends, None)
        if row is None:
            demo = is_demo or enterprise.is_demo
            session.add(Placement(enterprise_id=ends[0], segment_id=ends[1], is_demo=demo, **values))
            written.added["placement"] += 1
        else:
            written.assign(row, values)
    session.flush()
    return rows.values()


def placement_values(placement: engine.Placement) -> dict[str, object]:
    """The columns of a claim. The table has one text for source and note: the source goes first."""
    return {
        "is_leader": placement.leader is True,
        "section": placement.section,
        "source": placement.source or placement.note,
        "surveyed_on": date.fromisoformat(placement.on) if placement.on else None,
        "confidence": engine.Confidence(placement.confidence) if placement.confidence else None,
    }


def remove(session: Session, written: Written, rows: Iterable[Base]) -> None:
    """Delete rows, counted."""
    for row in rows:
        session.delete(row)
        written.removed[row.__tablename__] += 1
