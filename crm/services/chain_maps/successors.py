"""Segments that left a map: what stands on them goes to a successor, or keeps them from leaving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.sentences import Sentence
from crm.models import (
    Enterprise,
    GapTarget,
    Lead,
    ParkPositioning,
    Placement,
    PlanTask,
    Project,
    Purchase,
    Segment,
    SegmentChange,
)

#: What people have put on segments, in the order of telling; the words take a number.
_STANDING: tuple[tuple[InstrumentedAttribute, str], ...] = (
    (Lead.segment_id, N_("%(count)s 条线索")),
    (Project.segment_id, N_("%(count)s 个项目")),
    (Enterprise.segment_id, N_("%(count)s 家企业的所属环节")),
    (GapTarget.segment_id, N_("%(count)s 个招商目标")),
    (Purchase.segment_id, N_("%(count)s 项外购需求")),
    (PlanTask.segment_id, N_("%(count)s 项一链一策任务")),
    (ParkPositioning.segment_id, N_("%(count)s 个园区的产业定位")),
)
#: Of these one row a segment and partner may exist: what the successor has already is not carried a second time.
_APART: Mapping[type, tuple[InstrumentedAttribute, ...]] = {
    GapTarget: (GapTarget.enterprise_id,),
    ParkPositioning: (ParkPositioning.park_id, ParkPositioning.chain_id),
    Placement: (Placement.enterprise_id,),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands on one segment, as words with numbers; empty if nothing does."""

    name: str
    parts: tuple[Sentence, ...]


def standing(session: Session, segment: Segment) -> Standing:
    """What people have put on a segment, whoever may see it: numbers only."""
    parts = []
    for column, words in _STANDING:
        count = session.scalar(select(func.count()).where(column == segment.id))
        if count:
            parts.append(Sentence(words, {"count": count}))
    return Standing(segment.name, tuple(parts))


def refuse(blocked: Sequence[Standing]) -> None:
    """Raise Invalid naming the first segment that cannot go, with what stands on it."""
    for each in blocked:
        parts: Sentence | None = None
        for part in each.parts:
            parts = part if parts is None else Sentence(N_("%(one)s、%(other)s"), {"one": parts, "other": part})
        raise Invalid(
            "",
            N_("「%(name)s」上还有 %(parts)s，不能直接删除。请把它合并到别的环节（这些记录会一起带过去），或先改挂。"),
            name=each.name,
            parts=parts,
        )


def carry(session: Session, gone: Segment, to: Segment) -> list[int]:
    """Hang everything that stands on a vanishing segment on its successor; returns the leads that were carried.

    Where the successor has the same already (a target firm, a park's weight) that one stays and the other goes.
    """
    leads = list(session.scalars(select(Lead.id).where(Lead.segment_id == gone.id)))
    columns = (*(column for column, _words in _STANDING), SegmentChange.segment_id, Placement.segment_id)
    for column in columns:
        model = column.class_
        partners = _APART.get(model)
        if partners is not None:
            _drop_twins(session, model, partners, gone.id, to.id)
        values = {column.key: to.id}
        if hasattr(model, "version"):
            values["version"] = model.version + 1
        statement = update(model).where(column == gone.id).values(values)
        session.execute(statement, execution_options={"synchronize_session": False})
    session.expire_all()
    return leads


def _drop_twins(
    session: Session, model: type, partners: tuple[InstrumentedAttribute, ...], gone_id: int, to_id: int
) -> None:
    twin = aliased(model)
    same = [getattr(twin, partner.key) == partner for partner in partners]
    there = select(twin.id).where(twin.segment_id == to_id, *same).exists()
    statement = delete(model).where(model.segment_id == gone_id, there)  # type: ignore[attr-defined]
    session.execute(statement, execution_options={"synchronize_session": False})
