"""Two records side by side before they are merged: field by field, what would move, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.duplicates import Side, proposed, proposed_name
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.ownership import TransferState
from crm.domain.sentences import Sentence
from crm.models import Enterprise, Lead, Project, Section, Transfer
from crm.services.access import Actor
from crm.services.merging.kinds import KINDS, Kind, MergeKind, Move, colleagues_leads, dump, load, sections_at


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of both records as plain values, and whose value is proposed."""

    word: str
    winner: Mapping[str, object]
    loser: Mapping[str, object]
    proposed: Side

    @property
    def differs(self) -> bool:
        return self.winner != self.loser


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why two records cannot be merged by this person; `sections` are those that could be asked."""

    sentence: Sentence
    sections: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that a person needs to decide on. `rows` begin with the fields that differ."""

    kind: Kind
    winner: Any
    loser: Any
    rows: tuple[FieldRow, ...]
    #: How many rows would move, by `Move.word`; zero is left out.
    moving: Mapping[str, int] = field(default_factory=dict)
    blocked: Blocked | None = None


def compare(session: Session, actor: Actor, kind: MergeKind, winner_id: int, loser_id: int) -> Comparison:
    """Both records, if the actor may see and change them. Invalid if they are one."""
    if winner_id == loser_id:
        raise Invalid("", N_("这是同一条记录，没有什么可合并的。"))
    what = KINDS[kind]
    winner, loser = (load(session, actor, kind, each) for each in (winner_id, loser_id))
    return Comparison(
        kind=what,
        winner=winner,
        loser=loser,
        rows=_rows(what, winner, loser),
        moving=_moving(session, what, loser.id),
        blocked=blocked(session, actor, kind, winner, loser),
    )


def _rows(what: Kind, winner: Any, loser: Any) -> tuple[FieldRow, ...]:
    newer = loser.updated_at > winner.updated_at
    rows = []
    for word, columns in what.fields.items():
        mine, theirs = dump(winner, columns), dump(loser, columns)
        if word == "name" and winner.key is not None:
            side = Side.WINNER
        elif word == "name":
            side = proposed_name(winner.name, loser.name)
        else:
            side = proposed(_weighed(word, mine), _weighed(word, theirs), loser_is_newer=newer)
        rows.append(FieldRow(word, mine, theirs, side))
    return tuple(sorted(rows, key=lambda row: not row.differs))


def _weighed(word: str, values: Mapping[str, object]) -> list[object]:
    """The values whose fullness decides; that a lead is merely new is no verdict."""
    return [values["screened_at"]] if word == "verdict" else list(values.values())


def _moving(session: Session, what: Kind, loser_id: int) -> dict[str, int]:
    counts = [
        select(func.count()).select_from(move.model).where(getattr(move.model, move.column) == loser_id)
        for move in what.moves
    ]
    row = session.execute(select(*(count.scalar_subquery() for count in counts))).one()
    return {move.word: number for move, number in zip(what.moves, row, strict=True) if number}


# ── What stands in the way ───────────────────────────────────────────────────────────────────────────────────────────


def blocked(session: Session, actor: Actor, kind: MergeKind, winner: Any, loser: Any) -> Blocked | None:
    """The first thing that forbids this merge, as a sentence; asked by the page and again by the merge itself."""
    if kind is MergeKind.ENTERPRISE:
        return _of_enterprises(session, actor, winner, loser)
    if kind is MergeKind.LEAD:
        return _of_leads(session, winner, loser)
    if winner.enterprise_id != loser.enterprise_id:
        return Blocked(Sentence(N_("两位联系人不在同一家企业：如果企业其实是一家，请先合并企业。")))
    if winner.section_id != loser.section_id and None not in (winner.section_id, loser.section_id):
        return Blocked(Sentence(N_("两位联系人属于不同科室，不能合并。")))
    return None


def _of_enterprises(session: Session, actor: Actor, winner: Enterprise, loser: Enterprise) -> Blocked | None:
    if winner.uscc and loser.uscc and winner.uscc != loser.uscc:
        words = N_("统一社会信用代码不同（%(one)s、%(other)s），是两个法人，不能合并。如果其中一个填错了，请先更正。")
        return Blocked(Sentence(words, {"one": winner.uscc, "other": loser.uscc}))
    if winner.is_institution != loser.is_institution:
        return Blocked(Sentence(N_("一家是企业，一家是机构，不能合并。")))
    if loser.key is not None:
        words = N_("「%(name)s」来自随产品的资料，须作为保留的一方；请左右互换。")
        if winner.key is not None:
            words = N_("「%(name)s」和另一家都来自随产品的资料，不能合并。")
        return Blocked(Sentence(words, {"name": loser.name}))
    if foreign := sections_at(session, actor, [winner.id, loser.id]):
        names = "、".join(session.scalars(select(Section.name).where(Section.id.in_(foreign)).order_by(Section.id)))
        words = N_("其中有企业也由%(sections)s在跟，不能单方合并。可以请对方科室一起处理。")
        return Blocked(Sentence(words, {"sections": names}), tuple(foreign))
    if others := colleagues_leads(session, actor, [winner.id, loser.id]):
        words = N_("线索 %(number)s 由同事负责，请对方或科长来合并。")
        return Blocked(Sentence(words, {"number": others[0].number}))
    return None


def _of_leads(session: Session, winner: Lead, loser: Lead) -> Blocked | None:
    if winner.enterprise_id != loser.enterprise_id:
        return Blocked(Sentence(N_("两条线索不是同一家企业：如果企业其实是一家，请先合并企业。")))
    if winner.section_id != loser.section_id and None not in (winner.section_id, loser.section_id):
        return Blocked(Sentence(N_("两条线索属于不同科室：请先移交到同一科室。")))
    both = (winner.id, loser.id)
    numbers = list(session.scalars(select(Project.number).where(Project.lead_id.in_(both)).order_by(Project.id)))
    if len(numbers) > 1:
        words = N_("两条线索都已转入储备库（%(numbers)s）。一个项目只计一次，请先处理其中一个项目。")
        return Blocked(Sentence(words, {"numbers": "、".join(numbers)}))
    asked = select(Transfer.id).where(Transfer.lead_id.in_(both), Transfer.state == TransferState.ASKED).limit(1)
    if session.scalar(asked) is not None:
        return Blocked(Sentence(N_("有一条线索正等对方科室答复移交：请先等答复，或撤回移交。")))
    return None


def stays(session: Session, move: Move, winner_id: int) -> set[object]:
    """What the winner has already of rows that it may have only once."""
    column = getattr(move.model, move.apart)
    return set(session.scalars(select(column).where(getattr(move.model, move.column) == winner_id)))
