"""One change of many records: only those that the person may change, in one unit of work, and back again.

Marked are ids of rows, or all rows of a question. Rows outside the scope do not exist here; rows that one may read
but not change are left out and counted. What each row was before is kept, so that the change can be taken back; a row
that somebody has changed since is kept as it is and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from crm.domain.access import Permission
from crm.domain.errors import Duplicate, Invalid, NotFound, Stale
from crm.domain.labels import N_
from crm.infra.clock import now
from crm.models import BulkChange, BulkChangeRow, Enterprise, Lead, Project
from crm.services import access, audit, listing, notices
from crm.services.access import Actor
from crm.services.bulk.actions import ACTIONS, Action, Values
from crm.services.listing import ListSpec

#: More rows than that are an import, not a hand's work.
MOST_ROWS = 500
#: How long a change can be taken back.
UNDO_DAYS = 7
NAMES_SHOWN = 5
_OVERTAKEN = N_("其中有记录刚被别人改过，这次没有改动任何一条；请刷新列表再试。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Which rows: ids, or (`everything`) all rows of the list's question."""

    ids: tuple[int, ...] = ()
    query: str = ""
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The marked rows that exist for the person: those that they may change, and names of those that they may not."""

    records: list[Any]
    left_out: list[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a change: rows changed, rows that were like that already, names of rows left out."""

    change: BulkChange
    done: int
    already: int
    left_out: list[str]


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of taking a change back: rows restored, and names of rows kept because they were changed since."""

    change: BulkChange
    restored: int
    kept: list[str]


def action_of(name: str, list_name: str) -> Action:
    """The action of that name for that list; NotFound for any other pair of words."""
    action = ACTIONS.get(name)
    if action is None or list_name not in action.lists:
        raise NotFound(N_("没有这个操作。"))
    return action


def choose(session: Session, actor: Actor, list_name: str, marked: Marked) -> Chosen:
    """The marked rows, locked against nobody yet. Invalid for none or too many."""
    spec = listing.get(list_name)
    access.require(actor, spec.permission)
    if marked.everything:
        question = spec.read_text(session, actor, marked.query)
        if question.problems:
            raise Invalid("", N_("筛选条件有误，没有改动任何记录；请回到列表重新筛选。"))
        ids: Sequence[int] = spec.ids(session, actor, question, limit=MOST_ROWS + 1)
    else:
        ids = list(dict.fromkeys(marked.ids))
    if len(ids) > MOST_ROWS:
        raise Invalid("", N_("一次最多改 %(most)d 条，请再筛选。"), most=MOST_ROWS)
    table = spec.key.class_
    query = select(table).where(spec.key.in_(ids), spec.scope(actor))
    found = {record.id: record for record in session.scalars(query)}
    records = [found[each] for each in ids if each in found]
    if not records:
        raise Invalid("", N_("没有选中记录。"))
    allowed = [record for record in records if may_change(actor, record)]
    barred = [record for record in records if record not in allowed]
    return Chosen(allowed, [name_of(session, record) for record in barred])


def carry_out(
    session: Session,
    actor: Actor,
    list_name: str,
    action_name: str,
    marked: Marked,
    params: Mapping[str, object],
    request_id: str | None = None,
) -> Outcome:
    """Do it to every marked row that the actor may change. The same `request_id` again changes nothing more.

    Invalid(field) for what was asked, Stale if somebody overtook it: then no row is changed at all.
    """
    action = action_of(action_name, list_name)
    access.require(actor, Permission.LEADS_EDIT)
    if earlier := _by_request(session, actor, request_id):
        done = len(_rows(session, earlier.id))
        return Outcome(earlier, done, 0, [])
    spec = listing.get(list_name)
    values = action.read(session, actor, params)
    chosen = choose(session, actor, list_name, marked)
    change = BulkChange(
        request_id=request_id,
        action=action.name,
        subject_kind=spec.subject,
        params=values,
        person_id=actor.id,
        at=now(),
    )
    session.add(change)
    session.flush()
    done = _apply_all(session, actor, action, spec, chosen.records, change)
    _tell(session, actor, action, change, done)
    audit.record(
        session,
        actor.id,
        f"bulk.{action.name}",
        ("bulk", change.id),
        after={"list": list_name, "params": values, "ids": done, "left_out": len(chosen.left_out)},
    )
    return Outcome(change, len(done), len(chosen.records) - len(done), chosen.left_out)


def _apply_all(
    session: Session, actor: Actor, action: Action, spec: ListSpec, records: Sequence[Any], change: BulkChange
) -> list[int]:
    done = []
    try:
        for record in records:
            told = action.apply(session, actor, spec.subject, record, change.params)
            if told is not None:
                before, after = told
                session.add(BulkChangeRow(change_id=change.id, subject_id=record.id, before=before, after=after))
                done.append(record.id)
        session.flush()
    except StaleDataError as error:
        raise Stale(_OVERTAKEN) from error
    return done


def _tell(session: Session, actor: Actor, action: Action, change: BulkChange, done: Sequence[int]) -> None:
    """One notice for all leads that somebody was given, not one for each."""
    receiver = change.params.get("person_id")
    if action.name == "assign" and done and receiver != actor.id:
        notices.tell(
            session,
            {receiver},
            "leads.assigned",
            f"bulk:{change.id}",
            ("lead", done[0]),
            count=len(done),
            by=actor.name,
        )


def _by_request(session: Session, actor: Actor, request_id: str | None) -> BulkChange | None:
    if not request_id:
        return None
    found = session.scalar(select(BulkChange).where(BulkChange.request_id == request_id))
    if found is not None and found.person_id != actor.id:
        raise Duplicate(N_("这张表单已经由别人提交过，请重新打开页面。"))
    return found


# ── Taking back ──────────────────────────────────────────────────────────────────────────────────────────────────────


def mine(session: Session, actor: Actor, limit: int = 50) -> list[tuple[BulkChange, int]]:
    """The own changes of the last days that can be taken back or were, newest first, each with its number of rows."""
    since = now() - timedelta(days=UNDO_DAYS)
    query = select(BulkChange).where(BulkChange.person_id == actor.id, BulkChange.at >= since)
    found = list(session.scalars(query.order_by(BulkChange.id.desc()).limit(limit)))
    counted: dict[int, int] = {}
    for change_id in session.scalars(
        select(BulkChangeRow.change_id).where(BulkChangeRow.change_id.in_([each.id for each in found]))
    ):
        counted[change_id] = counted.get(change_id, 0) + 1
    return [(change, counted.get(change.id, 0)) for change in found]


def undo(session: Session, actor: Actor, change_id: int) -> Undone:
    """Take an own change back, row by row; rows changed since are kept and named. NotFound for somebody else's."""
    query = select(BulkChange).where(BulkChange.id == change_id, BulkChange.person_id == actor.id).with_for_update()
    change = session.scalar(query)
    if change is None:
        raise NotFound(N_("没有这次批量修改。"))
    if change.undone_at is not None:
        raise Invalid("", N_("这次批量修改已经撤销过了。"))
    if change.at < now() - timedelta(days=UNDO_DAYS):
        raise Invalid("", N_("超过 %(days)d 天的批量修改不能再撤销。"), days=UNDO_DAYS)
    spec = next(spec for spec in listing.SPECS.values() if spec.subject == change.subject_kind)
    action = action_of(change.action, spec.name)
    rows = _rows(session, change.id)
    table = spec.key.class_
    seen = select(table).where(spec.key.in_([row.subject_id for row in rows]), spec.scope(actor))
    found = {record.id: record for record in session.scalars(seen)}
    restored, kept = 0, []
    try:
        for row in rows:
            record = found.get(row.subject_id)
            if record is None:
                kept.append(spec.label)
            elif not _reverted(session, actor, action, change, record, row):
                kept.append(name_of(session, record))
            else:
                restored += 1
        change.undone_at = now()
        session.flush()
    except StaleDataError as error:
        raise Stale(_OVERTAKEN) from error
    audit.record(session, actor.id, "bulk.undone", ("bulk", change.id), after={"restored": restored, "kept": len(kept)})
    return Undone(change, restored, kept)


def _reverted(
    session: Session, actor: Actor, action: Action, change: BulkChange, record: Any, row: BulkChangeRow
) -> bool:
    """An officer who handed leads over may take them back, although they are not theirs any more."""
    own = action.name == "assign" and row.before.get("owner_id") == actor.id
    if not own and not may_change(actor, record):
        return False
    before: Values = dict(row.before)
    return action.revert(session, actor, change.subject_kind, record, before, dict(row.after))


def _rows(session: Session, change_id: int) -> list[BulkChangeRow]:
    query = select(BulkChangeRow).where(BulkChangeRow.change_id == change_id).order_by(BulkChangeRow.id)
    return list(session.scalars(query))


# ── Records ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def may_change(actor: Actor, record: Any) -> bool:
    """Whether the person may change a record that they can see."""
    if isinstance(record, Lead):
        return access.may_edit_lead(actor, record)
    if isinstance(record, Project):
        return access.may_edit_project(actor, record)
    if isinstance(record, Enterprise):
        return actor.may(Permission.ENTERPRISES_EDIT)
    return actor.may(Permission.LEADS_EDIT) and record.section_id in (None, actor.section_id)


def name_of(session: Session, record: Any) -> str:
    """What people call a record in a sentence; a contact by its enterprise, because its name is masked."""
    if isinstance(record, Project):
        return f"{record.number} {record.name}"
    if isinstance(record, Lead):
        return f"{record.number} {_enterprise_name(session, record.enterprise_id)}"
    return record.name if isinstance(record, Enterprise) else _enterprise_name(session, record.enterprise_id)


def _enterprise_name(session: Session, enterprise_id: int) -> str:
    found = session.get(Enterprise, enterprise_id)
    return found.name if found else ""
