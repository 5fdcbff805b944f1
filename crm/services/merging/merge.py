"""Folding one record into another: chosen values, everything that hangs on it, and a snapshot to go back with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from crm.domain.duplicates import Side, fullness
from crm.domain.enterprises.names import normalised
from crm.domain.enterprises.pinyin import pinyin_keys
from crm.domain.errors import Duplicate, Invalid, Stale
from crm.domain.labels import N_
from crm.domain.leads import LeadState
from crm.domain.search import SearchKind
from crm.infra.clock import now
from crm.models import Contact, Enterprise, EnterpriseAlias, FollowUp, Lead, Merge, Project, RecordTag
from crm.services import audit, enterprises, matching, notices, search, timeline
from crm.services.access import Actor
from crm.services.merging.compare import FieldRow, compare, stays
from crm.services.merging.kinds import KINDS, Kind, MergeKind, dump, restored

OVERTAKEN = N_("您对照期间，其中一条被别人改过或合并了。请对照最新内容再合并。")
#: Columns of the loser that the merge itself writes.
_FOLDED = {
    MergeKind.ENTERPRISE: ("uscc", "merged_into_id"),
    MergeKind.LEAD: ("state", "next_due_at", "pooled_at", "merged_into_id"),
    MergeKind.CONTACT: ("merged_into_id",),
}
#: Rows that are found by what they hang on.
_SEARCHED = {Lead: SearchKind.LEAD, Project: SearchKind.PROJECT, Contact: SearchKind.CONTACT}


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRecords:
    """Fold `loser_id` into `winner_id`; for a field that `choices` does not name the proposal holds."""

    kind: MergeKind
    winner_id: int
    loser_id: int
    winner_version: int
    loser_version: int
    choices: Mapping[str, Side] = field(default_factory=dict)
    request_id: str | None = None


def merge(session: Session, actor: Actor, command: MergeRecords) -> Merge:
    """Merge two records. The same `request_id` again returns the first merge.

    NotFound, NotAllowed, Invalid with the sentence that forbids it, or Stale if either was changed since it was shown.
    """
    if earlier := _by_request(session, actor, command.request_id):
        return earlier
    _lock(session, KINDS[command.kind].model, command.winner_id, command.loser_id)
    found = compare(session, actor, command.kind, command.winner_id, command.loser_id)
    if (found.winner.version, found.loser.version) != (command.winner_version, command.loser_version):
        raise Stale(OVERTAKEN)
    if found.blocked is not None:
        raise Invalid("", found.blocked.sentence.msgid, **found.blocked.sentence.params)
    sides = {row.word: command.choices.get(row.word, row.proposed) for row in found.rows}
    row = Merge(
        request_id=command.request_id,
        kind=command.kind.value,
        winner_id=found.winner.id,
        loser_id=found.loser.id,
        choices={word: side.value for word, side in sides.items()},
        person_id=actor.id,
        at=now(),
        is_demo=found.winner.is_demo,
    )
    row.snapshot = _fold(session, found.kind, found.winner, found.loser, found.rows, sides)
    row.winner_version = found.winner.version
    session.add(row)
    session.flush()
    _write_down(session, actor, found.kind, row, found.winner, found.loser, found.rows, sides)
    if command.kind is MergeKind.LEAD:
        matching.rematch(session, found.winner)
        _tell_owners(session, actor, row, found.winner, found.loser)
    return row


def _by_request(session: Session, actor: Actor, request_id: str | None) -> Merge | None:
    if not request_id:
        return None
    found = session.scalar(select(Merge).where(Merge.request_id == request_id))
    if found is not None and found.person_id != actor.id:
        raise Duplicate(N_("这张表单已经由别人提交过，请重新打开页面。"))
    return found


def _lock(session: Session, model: type[Any], *ids: int) -> None:
    """Both rows, always in the same order: two merges of one pair wait for each other instead of for ever."""
    session.scalars(
        select(model).where(model.id.in_(ids)).order_by(model.id).with_for_update(of=model),
        execution_options={"populate_existing": True},
    ).all()


# ── Folding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _fold(
    session: Session, what: Kind, winner: Any, loser: Any, rows: tuple[FieldRow, ...], sides: Mapping[str, Side]
) -> dict[str, object]:
    """Do it; returns the snapshot that an undo reads."""
    folded = _FOLDED[what.name]
    snapshot: dict[str, object] = {
        "winner": dump(winner, what.columns),
        "loser": dump(loser, tuple(dict.fromkeys((*what.columns, *folded)))),
    }
    if what.name is MergeKind.ENTERPRISE:
        # One code, one row: the loser lets go of it before the winner may take it.
        loser.uscc = None
    loser.merged_into_id = winner.id
    session.flush()
    snapshot["moved"] = {move.word: _move(session, move, winner.id, loser.id) for move in what.moves}
    snapshot["tags"] = _move_tags(session, what.name, winner.id, loser.id)
    for row in rows:
        if sides[row.word] is Side.LOSER and row.word != "name":
            for column, value in row.loser.items():
                setattr(winner, column, restored(what.model, column, value))
    if what.name is MergeKind.ENTERPRISE:
        snapshot["aliases"] = _rename(session, winner, rows, sides)
    if what.name is MergeKind.LEAD:
        snapshot["project"] = _settle_lead(session, winner, loser)
    winner.updated_at = now()
    try:
        session.flush()
    except StaleDataError as error:
        raise Stale(OVERTAKEN) from error
    snapshot["after"] = dump(winner, what.columns)
    return snapshot


def _move(session: Session, move: Any, winner_id: int, loser_id: int) -> list[int]:
    """Point the rows at the winner; returns their ids. A move is no edit of a row: versions stay."""
    column = getattr(move.model, move.column)
    query = select(move.model.id).where(column == loser_id)
    if move.apart and (taken := stays(session, move, winner_id)):
        query = query.where(getattr(move.model, move.apart).not_in(taken))
    ids = list(session.scalars(query.order_by(move.model.id)))
    point(session, move, ids, winner_id)
    return ids


def point(session: Session, move: Any, ids: list[int], target_id: int) -> None:
    """Let the named rows hang on `target_id`."""
    for start in range(0, len(ids), 500):
        session.execute(
            update(move.model)
            .where(move.model.id.in_(ids[start : start + 500]))
            .values({move.column: target_id})
            .execution_options(synchronize_session="fetch")
        )
    kind = _SEARCHED.get(move.model)
    if ids and kind is not None:
        # A bulk statement passes by the index, which keeps these under the name of their enterprise or contact.
        search.index(session, kind, ids)


def _move_tags(session: Session, kind: MergeKind, winner_id: int, loser_id: int) -> list[int]:
    mine = select(RecordTag.tag).where(RecordTag.subject_kind == kind.value, RecordTag.subject_id == winner_id)
    moved = list(
        session.scalars(
            select(RecordTag).where(
                RecordTag.subject_kind == kind.value, RecordTag.subject_id == loser_id, RecordTag.tag.not_in(mine)
            )
        )
    )
    for tag in moved:
        tag.subject_id = winner_id
    return [tag.id for tag in moved]


def _rename(session: Session, winner: Enterprise, rows: tuple[FieldRow, ...], sides: Mapping[str, Side]) -> list[int]:
    """The chosen name with all its readings, size and tier assessed anew; the other name becomes an alias."""
    row = next(each for each in rows if each.word == "name")
    names = {Side.WINNER: str(row.winner["name"]), Side.LOSER: str(row.loser["name"])}
    chosen = names.pop(sides["name"])
    enterprises.replace(session, winner, replace(enterprises.facts_of(winner), name=chosen))
    (other,) = names.values()
    wanted = normalised(other)
    known = select(EnterpriseAlias.id).where(
        EnterpriseAlias.enterprise_id == winner.id, EnterpriseAlias.normalised_name == wanted
    )
    if wanted == winner.normalised_name or session.scalar(known) is not None:
        return []
    alias = EnterpriseAlias(
        enterprise_id=winner.id, name=other, normalised_name=wanted, pinyin=pinyin_keys(other).search_text[:600]
    )
    session.add(alias)
    session.flush()
    session.expire(winner, ["aliases"])
    return [alias.id]


def _settle_lead(session: Session, winner: Lead, loser: Lead) -> dict[str, object] | None:
    """First word counts, latest activity counts; the loser closes. Returns what a moved project was before."""
    winner.received_at = min(winner.received_at, loser.received_at)
    winner.last_activity_at = max(winner.last_activity_at, loser.last_activity_at)
    keep_next_due(session, winner)
    loser.state, loser.next_due_at, loser.pooled_at = LeadState.DUPLICATE, None, None
    project = session.scalar(select(Project).where(Project.lead_id == winner.id))
    if project is None:
        return None
    before = {"id": project.id, "owner_id": project.owner_id, "section_id": project.section_id}
    project.owner_id, project.section_id = winner.owner_id, winner.section_id
    return before


def keep_next_due(session: Session, lead: Lead) -> None:
    """Rows that were moved in bulk do not tell `Lead.next_due_at` by themselves."""
    earliest = select(func.min(FollowUp.due_at)).where(FollowUp.lead_id == lead.id, FollowUp.done_at.is_(None))
    lead.next_due_at = session.scalar(earliest)


# ── Telling ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _write_down(
    session: Session,
    actor: Actor,
    what: Kind,
    row: Merge,
    winner: Any,
    loser: Any,
    rows: tuple[FieldRow, ...],
    sides: Mapping[str, Side],
) -> None:
    """One line in the timeline that names what was dropped, and one audit entry; the values stand in the snapshot."""
    differing = [each.word for each in rows if each.differs]
    taken = [word for word in differing if sides[word] is Side.LOSER]
    dropped = [each.word for each in rows if each.differs and fullness(_dropped(each, sides).values())]
    told = {"subject": title(what.name, loser), "fields": dropped, "merge_id": row.id}
    for lead in leads_told(session, row):
        timeline.note(session, actor, f"{what.name.value}.merged", lead, **told)
    moved: Mapping[str, list[int]] = row.snapshot["moved"]  # type: ignore[assignment]
    audit.record(
        session,
        actor.id,
        f"{what.name.value}.merged",
        (what.name.value, winner.id),
        before={"loser": loser.id, "fields": differing},
        after={"merge": row.id, "taken": taken, "moved": {word: len(ids) for word, ids in moved.items() if ids}},
    )


def title(kind: MergeKind, record: Any) -> str:
    """What a record is called where everybody who sees the winner may read it: never a contact's name."""
    if kind is MergeKind.LEAD:
        return record.number
    return record.name if kind is MergeKind.ENTERPRISE else ""


def _tell_owners(session: Session, actor: Actor, row: Merge, winner: Lead, loser: Lead) -> None:
    """Whose lead was merged by somebody else hears of it, and where it is now."""
    told = {winner.owner_id, loser.owner_id} - {actor.id, None}
    notices.tell(
        session,
        told,  # type: ignore[arg-type]
        "lead.merged",
        f"lead.merged:{row.id}",
        ("lead", winner.id),
        number=winner.number,
        other=loser.number,
        by=actor.name,
    )


def leads_told(session: Session, row: Merge) -> list[Lead]:
    """The leads on whose timelines a merge is read: the winner itself, or those that came with the loser."""
    moved: Mapping[str, list[int]] = row.snapshot["moved"]  # type: ignore[assignment]
    ids = [row.winner_id] if row.kind == MergeKind.LEAD.value else moved["leads"][:200]
    return list(session.scalars(select(Lead).where(Lead.id.in_(ids))))


def _dropped(row: FieldRow, sides: Mapping[str, Side]) -> Mapping[str, object]:
    """The values of a field that the winner does not have after the merge."""
    return row.winner if sides[row.word] is Side.LOSER else row.loser
