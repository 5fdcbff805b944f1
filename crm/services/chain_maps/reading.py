"""The present state of a chain map, and the states that it had.

The document of the newest revision is the map. What other use cases write themselves (a firm that was placed or
merged with another, a survey, a reference count) is read from the rows and stands above the document, so that nothing
of it is lost when somebody saves. A chain whose rows nobody ever saved as a document is read from its rows alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from chains.engine import loader
from chains.engine import model as engine
from chains.engine.refusals import grouped, ordered
from crm.domain.errors import NotFound
from crm.domain.labels import N_
from crm.models import Chain, ChainRevision, Enterprise, Placement, Segment, SegmentEdge
from crm.services.chain_maps import rows as map_rows

_GONE = N_("没有这条产业链。")
#: What a claim that a row carries without any source is written down as.
_NO_SOURCE = N_("未注明来源")
_NO_REVISION = N_("没有这一版图谱。")


@dataclass(frozen=True, slots=True)
class State:
    """A chain, one state of its map, and the number of the revision that it is (0: nobody saved one yet)."""

    row: Chain
    map: engine.Chain
    number: int


def chain_row(session: Session, key: str, *, lock: bool = False) -> Chain:
    """The chain of that key; NotFound for one that is none. With `lock` its editors come one after the other."""
    query = select(Chain).where(Chain.key == key)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound(_GONE)
    return found


def current(session: Session, key: str) -> State:
    """The map as it is now. NotFound for a key that is none."""
    return state_of(session, chain_row(session, key))


def state_of(session: Session, chain: Chain) -> State:
    """The map of a loaded chain as it is now."""
    newest = newest_revision(session, chain.id)
    if newest is None:
        return State(chain, _from_rows(session, chain), 0)
    return State(chain, _under_rows(session, chain, parsed(newest)), newest.number)


def newest_revision(session: Session, chain_id: int) -> ChainRevision | None:
    """The last saved revision, None before the first."""
    query = select(ChainRevision).where(ChainRevision.chain_id == chain_id)
    return session.scalar(query.order_by(ChainRevision.number.desc()).limit(1))


def revision(session: Session, key: str, number: int) -> ChainRevision:
    """One revision with its author. NotFound."""
    query = select(ChainRevision).join(Chain, Chain.id == ChainRevision.chain_id)
    query = query.where(Chain.key == key, ChainRevision.number == number).options(joinedload(ChainRevision.author))
    found = session.scalar(query)
    if found is None:
        raise NotFound(_NO_REVISION)
    return found


def revisions(session: Session, key: str, *, before: int | None = None, limit: int = 50) -> Sequence[ChainRevision]:
    """The revisions of a chain, newest first, without their documents; `before` goes on below a number."""
    chain = chain_row(session, key)
    query = select(ChainRevision).where(ChainRevision.chain_id == chain.id)
    if before is not None:
        query = query.where(ChainRevision.number < before)
    query = query.order_by(ChainRevision.number.desc()).limit(limit)
    return session.scalars(query.options(joinedload(ChainRevision.author))).all()


def people_edited(session: Session, chain_id: int) -> bool:
    """Whether any revision was saved by a person."""
    query = select(func.count()).where(ChainRevision.chain_id == chain_id, ChainRevision.author_id.is_not(None))
    return bool(session.scalar(query))


def parsed(found: ChainRevision) -> engine.Chain:
    """The map of a revision as it was saved."""
    return loader.parse(found.document, f"revision {found.number}")


def bare(found: engine.Chain, like: engine.Chain) -> engine.Chain:
    """A map that was read from a file, in the order of the screen and under the name that the district gives it."""
    return replace(found, name_zh=like.name_zh, segments=ordered(found.segments), edges=grouped(found.edges), path="")


# ── From rows ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _under_rows(session: Session, chain: Chain, saved: engine.Chain) -> engine.Chain:
    """The saved map with the claims that rows carry, and with segments that only rows know."""
    rows = map_rows.segment_rows(session, chain.id)
    by_id = {row.id: row for row in rows.values()}
    known = {segment.key for segment in saved.segments}
    segments = [_claimed(segment, rows.get(segment.key)) for segment in saved.segments]
    strays = [row for key, row in rows.items() if key not in known]
    segments += [replace(_segment(row, by_id), space=None, sources=()) for row in strays]
    reference = saved.reference
    if (chain.reference_total, chain.reference_source) != (
        reference.total if reference else None,
        map_rows.reference_words(reference),
    ):
        reference = _reference(chain)
    return replace(
        saved,
        name_zh=chain.name,
        segments=ordered(segments),
        edges=grouped(replace(edge, line=0) for edge in saved.edges),
        placements=_placements(session, by_id, saved.placements),
        reference=reference,
        path="",
    )


def _from_rows(session: Session, chain: Chain) -> engine.Chain:
    rows = map_rows.segment_rows(session, chain.id)
    by_id = {row.id: row for row in rows.values()}
    plan = chain.plan or {}
    sources = {source.key: source for row in rows.values() for source in _sources(row)}
    spaces = {space.key: space for row in rows.values() if (space := _space(row)) is not None}
    edges = session.scalars(select(SegmentEdge).where(SegmentEdge.supplier_id.in_(by_id)).order_by(SegmentEdge.id))
    return engine.Chain(
        key=chain.key,
        name_zh=chain.name,
        name_en=chain.name_en or "",
        summary=str(plan.get("summary") or chain.name),
        sections=tuple(str(each) for each in plan.get("sections") or ()),  # type: ignore[attr-defined]
        sources=tuple(sources.values()),
        spaces=tuple(spaces.values()),
        segments=ordered(_segment(row, by_id) for row in rows.values()),
        edges=grouped(
            engine.Edge(by_id[edge.supplier_id].key, by_id[edge.customer_id].key, _share(edge))
            for edge in edges
            if edge.customer_id in by_id
        ),
        placements=_placements(session, by_id, ()),
        reference=_reference(chain),
    )


def _segment(row: Segment, by_id: Mapping[int, Segment]) -> engine.Segment:
    space = _space(row)
    return _claimed(
        engine.Segment(
            key=row.key,
            name_zh=row.name,
            name_en=row.name_en or "",
            position=row.position,
            parent=by_id[row.parent_id].key if row.parent_id in by_id else None,
            products=tuple(row.products or ()),
            gbt=tuple(row.gbt_codes or ()),
            aliases=tuple(row.words or ()),
            space=space.key if space else None,
            sources=tuple(
                engine.SourceRef(str(each["key"]), each.get("section"))
                for each in row.sources or ()
                if isinstance(each, dict) and each.get("key")
            ),
        ),
        row,
    )


def _claimed(segment: engine.Segment, row: Segment | None) -> engine.Segment:
    """With the survey and the reference count that its row carries, and without the line that it was read from."""
    if row is None:
        return replace(segment, line=0)
    survey = None
    if row.surveyed_on is not None:
        survey = engine.Survey(row.surveyed_on.isoformat(), row.survey_by, row.survey_note)
    return replace(segment, survey=survey, reference=row.reference_count, line=0)


def _sources(row: Segment) -> list[engine.Source]:
    return [
        engine.Source(str(each["key"]), str(each.get("title") or each["key"]), each.get("date"), each.get("status"))
        for each in row.sources or ()
        if isinstance(each, dict) and each.get("key")
    ]


def _space(row: Segment) -> engine.SpaceTemplate | None:
    try:
        return engine.SpaceTemplate(**row.template) if row.template else None  # type: ignore[arg-type]
    except TypeError:
        return None


def _share(edge: SegmentEdge) -> Fraction | None:
    return None if edge.share is None else Fraction(edge.share).limit_denominator(1000)


def _reference(chain: Chain) -> engine.Reference | None:
    if chain.reference_total is None:
        return None
    words = chain.reference_source or chain.name
    dated = re.fullmatch(r"(.+)（(\d{4}-\d\d-\d\d)）", words)
    return engine.Reference(chain.reference_total, *(dated.groups() if dated else (words, None)))


def _placements(
    session: Session, by_id: Mapping[int, Segment], saved: Sequence[engine.Placement]
) -> tuple[engine.Placement, ...]:
    """The claims of the rows; in the order and with the finer facts of the saved map where it has the same claim."""
    query = (
        select(Placement, Enterprise.name, Enterprise.uscc)
        .join(Enterprise, Enterprise.id == Placement.enterprise_id)
        .where(Placement.segment_id.in_(by_id), Enterprise.merged_into_id.is_(None))
        .order_by(Placement.id)
    )
    found: dict[tuple[str, str], engine.Placement] = {}
    for row, name, uscc in session.execute(query):
        placement = engine.Placement(
            enterprise=name,
            segment=by_id[row.segment_id].key,
            section=row.section,
            leader=True if row.is_leader else None,
            source=row.source or (None if row.section else _NO_SOURCE),
            on=row.surveyed_on.isoformat() if row.surveyed_on else None,
            confidence=row.confidence,
            uscc=uscc,
        )
        found[placement.enterprise, placement.segment] = placement
    merged = []
    for old in saved:
        now = found.pop((old.enterprise, old.segment), None)
        if now is not None:
            same = map_rows.placement_values(now) == map_rows.placement_values(old)
            merged.append(replace(old, line=0, uscc=now.uscc or old.uscc) if same else _refreshed(old, now))
    return (*merged, *found.values())


def _refreshed(old: engine.Placement, now: engine.Placement) -> engine.Placement:
    """The claim as the row has it; a note that stood in for the source in the table is a note again."""
    source = None if old.section and now.section and now.source == old.note else now.source
    return replace(now, source=source, note=old.note)
