"""Taking a merge back from its snapshot: what was moved goes back, what people changed since is kept and named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from crm.domain.duplicates import Side
from crm.domain.errors import Invalid, NotFound, Stale
from crm.domain.labels import N_
from crm.infra.clock import now
from crm.models import Enterprise, EnterpriseAlias, Lead, Merge, Project, RecordTag
from crm.services import audit, enterprises, matching, timeline
from crm.services.access import Actor
from crm.services.merging.compare import FieldRow
from crm.services.merging.kinds import GONE, KINDS, Kind, MergeKind, Move, dump, load, restored, winner_of
from crm.services.merging.merge import OVERTAKEN, keep_next_due, leads_told, point, title


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did, in three buckets; rows are counted by `Move.word`, fields named by their word."""

    #: Rows that went back to the loser, and fields that have their former value again.
    returned: Mapping[str, int] = field(default_factory=dict)
    restored: Sequence[str] = ()
    #: Fields and rows that somebody changed since the merge: they stay as they are now.
    kept: Sequence[str] = ()
    kept_rows: Mapping[str, int] = field(default_factory=dict)
    #: Values that could not go back because another record has them by now.
    failed: Sequence[str] = ()

    @property
    def is_whole(self) -> bool:
        return not (self.kept or self.kept_rows or self.failed)


def find(session: Session, actor: Actor, merge_id: int) -> Merge:
    """One merge, for those who may change its winner. NotFound outside the scope."""
    row = session.get(Merge, merge_id)
    if row is None:
        raise NotFound(GONE)
    load(session, actor, MergeKind(row.kind), _alive(session, row))
    return row


def _alive(session: Session, row: Merge) -> int:
    """The record in which the merge's two records can be seen now."""
    return winner_of(session, MergeKind(row.kind), row.winner_id) or row.winner_id


def later(session: Session, row: Merge) -> Merge | None:
    """A merge that swallowed the winner since; it must be taken back first."""
    query = select(Merge).where(Merge.kind == row.kind, Merge.loser_id == row.winner_id, Merge.undone_at.is_(None))
    return session.scalar(query.order_by(Merge.id).limit(1))


def undo(session: Session, actor: Actor, merge_id: int) -> Undone:
    """Take a merge back. Invalid with a sentence when it cannot be; a second undo of the same merge is refused so."""
    found = find(session, actor, merge_id)
    row = session.get(Merge, found.id, with_for_update=True, populate_existing=True)
    if row is None or row.undone_at is not None:
        raise Invalid("", N_("这次合并已经撤销。"))
    if later(session, row) is not None:
        raise Invalid("", N_("保留的那条后来又并入了别的记录：请先撤销那一次合并。"))
    kind = MergeKind(row.kind)
    what = KINDS[kind]
    for record_id in sorted((row.winner_id, row.loser_id)):
        session.get(what.model, record_id, with_for_update=True, populate_existing=True)
    winner, loser = session.get(what.model, row.winner_id), session.get(what.model, row.loser_id)
    if winner is None or loser is None or loser.merged_into_id != winner.id:
        raise Stale(OVERTAKEN)
    back, kept, failed = _fields(session, what, row, winner, loser)
    _drop_aliases(session, row, winner)
    loser.merged_into_id = None
    loser.updated_at = winner.updated_at = now()
    told = leads_told(session, row)
    returned, stayed = _rows(session, what, row)
    _return_tags(session, row)
    session.flush()
    if kind is MergeKind.LEAD:
        _settle_leads(session, row, winner, loser)
    row.undone_at, row.undone_by_id = now(), actor.id
    done = Undone(returned, tuple(back), tuple(kept), stayed, tuple(failed))
    _write_down(session, actor, row, loser, told, done)
    return done


# ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _fields(
    session: Session, what: Kind, row: Merge, winner: Any, loser: Any
) -> tuple[list[str], list[str], list[str]]:
    """Give both records their values back; words that are restored, kept because changed since, and failed."""
    before: Mapping[str, object] = row.snapshot["winner"]  # type: ignore[assignment]
    after: Mapping[str, object] = row.snapshot["after"]  # type: ignore[assignment]
    back, kept, failed = [], [], []
    name = None
    for word, columns in {**what.fields, **{column: (column,) for column in what.settled}}.items():
        if all(before[column] == after[column] for column in columns):
            continue
        if dump(winner, columns) != {column: after[column] for column in columns}:
            kept.append(word)
            continue
        if word == "name" and what.name is MergeKind.ENTERPRISE:
            name = str(before["name"])
        else:
            for column in columns:
                setattr(winner, column, restored(what.model, column, before[column]))
        if word not in what.settled:
            back.append(word)
    session.flush()
    theirs: Mapping[str, object] = row.snapshot["loser"]  # type: ignore[assignment]
    for column, value in theirs.items():
        if column == "uscc" and value and _is_taken(session, str(value), loser.id):
            failed.append("uscc")
            continue
        if column not in ("name", "merged_into_id"):
            setattr(loser, column, restored(what.model, column, value))
    if what.name is MergeKind.ENTERPRISE:
        session.flush()
        facts = enterprises.facts_of(winner)
        enterprises.replace(session, winner, replace(facts, name=name) if name else facts)
    return back, [word for word in kept if word not in what.settled], failed


def _is_taken(session: Session, uscc: str, loser_id: int) -> bool:
    return bool(session.scalar(select(exists().where(Enterprise.uscc == uscc, Enterprise.id != loser_id))))


def _drop_aliases(session: Session, row: Merge, winner: Any) -> None:
    """The alias that the merge added, unless it is the winner's own former name by now."""
    for alias_id in row.snapshot.get("aliases") or ():  # type: ignore[union-attr]
        alias = session.get(EnterpriseAlias, alias_id)
        if alias is not None and alias.enterprise_id == winner.id:
            session.delete(alias)
    session.flush()
    if isinstance(winner, Enterprise):
        session.expire(winner, ["aliases"])


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rows(session: Session, what: Kind, row: Merge) -> tuple[dict[str, int], dict[str, int]]:
    """Send back what the merge moved; how many rows went, and how many stay because they were moved on since."""
    moved: Mapping[str, list[int]] = row.snapshot["moved"]  # type: ignore[assignment]
    returned, stayed = {}, {}
    for move in what.moves:
        ids = moved.get(move.word) or []
        here = _still_here(session, move, ids, row.winner_id)
        point(session, move, here, row.loser_id)
        if here:
            returned[move.word] = len(here)
        if len(here) < len(ids):
            stayed[move.word] = len(ids) - len(here)
    return returned, stayed


def _still_here(session: Session, move: Move, ids: list[int], winner_id: int) -> list[int]:
    column = getattr(move.model, move.column)
    found: list[int] = []
    for start in range(0, len(ids), 500):
        query = select(move.model.id).where(move.model.id.in_(ids[start : start + 500]), column == winner_id)
        found += session.scalars(query)
    return found


def _return_tags(session: Session, row: Merge) -> None:
    for tag_id in row.snapshot.get("tags") or ():  # type: ignore[union-attr]
        tag = session.get(RecordTag, tag_id)
        if tag is not None and tag.subject_id == row.winner_id:
            tag.subject_id = row.loser_id


def _settle_leads(session: Session, row: Merge, winner: Lead, loser: Lead) -> None:
    """Promises, matches and the project belong to two leads again."""
    was: Mapping[str, int | None] | None = row.snapshot.get("project")  # type: ignore[assignment]
    project = session.get(Project, was["id"]) if was else None
    moved: Mapping[str, list[int]] = row.snapshot["moved"]  # type: ignore[assignment]
    # Owner and section of a lead and its project are always the same.
    if project is not None and project.id in moved["projects"] and project.lead_id == loser.id:
        project.owner_id, project.section_id = loser.owner_id, loser.section_id
    for lead in (winner, loser):
        keep_next_due(session, lead)
    session.flush()
    for lead in (winner, loser):
        matching.rematch(session, lead)


def _write_down(session: Session, actor: Actor, row: Merge, loser: Any, told: Sequence[Lead], done: Undone) -> None:
    subject = title(MergeKind(row.kind), loser)
    leads = [*told, loser] if isinstance(loser, Lead) else told
    for lead in leads:
        session.refresh(lead)
        timeline.note(session, actor, f"{row.kind}.unmerged", lead, subject=subject, merge_id=row.id)
    audit.record(
        session,
        actor.id,
        f"{row.kind}.unmerged",
        (row.kind, row.winner_id),
        before={"merge": row.id, "loser": row.loser_id},
        after={
            "restored": list(done.restored),
            "kept": list(done.kept),
            "failed": list(done.failed),
            "returned": dict(done.returned),
        },
    )


def into(session: Session, kind: MergeKind, record_id: int) -> list[Merge]:
    """Merges into one record that can be taken back, newest first; the caller has loaded it with permission."""
    query = select(Merge).where(Merge.kind == kind.value, Merge.winner_id == record_id, Merge.undone_at.is_(None))
    return list(session.scalars(query.order_by(Merge.id.desc()).limit(20)))


def rows_of(row: Merge) -> tuple[FieldRow, ...]:
    """The fields of both records as they were before the merge, and whose value was taken."""
    before: Mapping[str, object] = row.snapshot["winner"]  # type: ignore[assignment]
    theirs: Mapping[str, object] = row.snapshot["loser"]  # type: ignore[assignment]
    found = [
        FieldRow(
            word,
            {column: before.get(column) for column in columns},
            {column: theirs.get(column) for column in columns},
            Side(row.choices.get(word, Side.WINNER.value)),
        )
        for word, columns in KINDS[MergeKind(row.kind)].fields.items()
    ]
    return tuple(sorted(found, key=lambda each: not each.differs))


def moved_of(row: Merge) -> dict[str, int]:
    """How many rows the merge moved, by `Move.word`; zero is left out."""
    moved: Mapping[str, list[int]] = row.snapshot["moved"]  # type: ignore[assignment]
    return {word: len(ids) for word, ids in moved.items() if ids}
