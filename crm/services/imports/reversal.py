"""Reversing rows: what an import made is removed, what it changed gets its former values, unless somebody has worked on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.imports import ImportKind, RowOutcome, UndoOutcome
from crm.domain.labels import N_
from crm.domain.search import SearchKind
from crm.domain.sentences import Sentence
from crm.models import (
    Attachment,
    Base,
    Comment,
    Commitment,
    Contact,
    Enterprise,
    FollowUp,
    ImportRow,
    Introduction,
    Issue,
    Lead,
    Project,
    StageChange,
)
from crm.services import enterprises, search
from crm.services.audit import Deed
from crm.services.imports.rows import revived

Found = tuple[UndoOutcome, str | None]
_TABLES: dict[str, type[Base]] = {"lead": Lead, "project": Project, "enterprise": Enterprise, "contact": Contact}
_GONE = Sentence(N_("记录已经不在了。"))
_WORKED_ON = (
    (FollowUp, N_("已有跟进")),
    (Introduction, N_("已推介给园区")),
    (Comment, N_("已有评论")),
    (Attachment, N_("已有附件")),
    (Issue, N_("已有问题台账")),
)


class Reversal:
    """The reversal of one run, in one unit of work."""

    def __init__(self, session: Session, kind: ImportKind) -> None:
        self.session, self.kind = session, kind
        self.deeds: list[Deed] = []
        #: Records that this undo has set itself: their newer version is ours.
        self._ours: set[tuple[str, int]] = set()

    def reverse(self, rows: Sequence[ImportRow]) -> dict[int, Found]:
        """Bucket and reason of each row; the sentence of a reason is dumped."""
        found: dict[int, Found] = {}
        changed = [row for row in rows if row.outcome is RowOutcome.CHANGED]
        for row in changed:
            found[row.id] = self._restore(row)
        added = [row for row in rows if row.outcome is RowOutcome.ADDED]
        kept = self._kept(added)
        for row in added:
            if row.id in kept:
                found[row.id] = (UndoOutcome.KEPT, kept[row.id].dump())
        self._remove([row for row in added if row.id not in kept], found)
        return found

    # ── Changed rows ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _restore(self, row: ImportRow) -> Found:
        """Put every part back, or none."""
        parts = self._parts(row)
        for word, record, part in parts:
            if record is None:
                return UndoOutcome.FAILED, _GONE.dump()
            if record.version != part["version"] and (word, record.id) not in self._ours:
                return UndoOutcome.KEPT, Sentence(N_("%(name)s 之后又改过"), {"name": _called(record)}).dump()
        for word, record, part in parts:
            self._put_back(word, record, part["values"])
        return UndoOutcome.REVERSED, None

    def _parts(self, row: ImportRow) -> list[tuple[str, Base | None, dict]]:
        before = row.before or {}
        return [
            (word, self.session.get(table, before[word]["id"]), before[word])
            for word, table in _TABLES.items()
            if word in before
        ]

    def _put_back(self, word: str, record: Base, values: dict[str, object]) -> None:
        after = dict.fromkeys(values)
        for name, value in values.items():
            after[name] = getattr(record, name)
            setattr(record, name, revived(type(record), name, value))
        if isinstance(record, Enterprise):
            enterprises.reassess(record)
        self.session.flush()
        self._ours.add((word, record.id))  # type: ignore[attr-defined]
        self.deeds.append(Deed("import.reversed", (word, record.id), after={"fields": sorted(values)}))  # type: ignore[attr-defined]

    # ── Added rows ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _kept(self, rows: Sequence[ImportRow]) -> dict[int, Sentence]:
        """Why rows stay: edited since, or worked on."""
        made = {row.id: (row.before or {}).get("made", {}) for row in rows}
        kept: dict[int, Sentence] = {}
        for word in ("lead", "project", "enterprise"):
            ids = [parts[word] for parts in made.values() if word in parts]
            if word == "enterprise" and self.kind is not ImportKind.ENTERPRISES:
                continue
            table = _TABLES[word]
            current = {record.id: record for record in self.session.scalars(select(table).where(table.id.in_(ids)))}  # type: ignore[attr-defined]
            for row in rows:
                record = current.get(made[row.id].get(word, -1))
                if record is not None and record.version != 1:
                    kept.setdefault(row.id, Sentence(N_("%(name)s 之后又改过"), {"name": _called(record)}))
        self._keep_worked_on(rows, made, kept)
        return kept

    def _keep_worked_on(self, rows: Sequence[ImportRow], made: dict[int, dict], kept: dict[int, Sentence]) -> None:
        leads = {parts["lead"] for parts in made.values() if "lead" in parts}
        projects = {parts["project"] for parts in made.values() if "project" in parts}
        reasons: dict[int, str] = {}
        for table, why in _WORKED_ON:
            for lead_id in self.session.scalars(select(table.lead_id).where(table.lead_id.in_(leads))):
                reasons.setdefault(lead_id, why)
        others = select(Project.lead_id).where(Project.lead_id.in_(leads), Project.id.not_in(projects))
        for lead_id in self.session.scalars(others):
            reasons.setdefault(lead_id, N_("已转入储备库"))
        steps = select(StageChange.project_id).where(StageChange.project_id.in_(projects))
        moved = set(self.session.scalars(steps.group_by(StageChange.project_id).having(func.count() > 1)))
        moved |= set(self.session.scalars(select(Commitment.project_id).where(Commitment.project_id.in_(projects))))
        for row in rows:
            parts = made[row.id]
            if parts.get("lead") in reasons:
                kept.setdefault(row.id, Sentence(reasons[parts["lead"]]))
            elif parts.get("project") in moved:
                kept.setdefault(row.id, Sentence(N_("项目已推进或有承诺")))

    def _remove(self, rows: Sequence[ImportRow], found: dict[int, Found]) -> None:
        """Remove what the rows made. If something unforeseen hangs on one, the rows are tried one by one."""
        if not rows:
            return
        try:
            with self.session.begin_nested():
                self._remove_all(rows)
        except IntegrityError:
            if len(rows) == 1:
                why = Sentence(N_("别的记录还在用它，没有移除。"))
                found[rows[0].id] = (UndoOutcome.FAILED, why.dump())
                return
            for row in rows:
                self._remove([row], found)
            return
        for row in rows:
            found[row.id] = (UndoOutcome.REVERSED, self._facts_behind(row))

    def _remove_all(self, rows: Sequence[ImportRow]) -> None:
        made: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            for word, record_id in (row.before or {}).get("made", {}).items():
                made[word].append(record_id)
        self._delete(Project, made["project"])
        self._delete(Lead, made["lead"])
        self._delete(Contact, self._unused(Contact, made["contact"], (Lead.contact_id,)))
        firms = self._unused(
            Enterprise, made["enterprise"], (Lead.enterprise_id, Project.enterprise_id, Contact.enterprise_id)
        )
        self._delete(Enterprise, firms)

    def _unused(self, table: type[Base], ids: Collection[int], columns: Iterable) -> list[int]:
        """Those that nobody has edited and no other record mentions."""
        used = set()
        for column in columns:
            used |= set(self.session.scalars(select(column).where(column.in_(ids))))
        fresh = set(self.session.scalars(select(table.id).where(table.id.in_(ids), table.version == 1)))  # type: ignore[attr-defined]
        return sorted(fresh - used)

    def _delete(self, table: type[Base], ids: Sequence[int]) -> None:
        if not ids:
            return
        self.session.execute(
            delete(table).where(table.id.in_(ids)).execution_options(synchronize_session="fetch")  # type: ignore[attr-defined]
        )
        search.index(self.session, SearchKind(table.__tablename__), ids)
        self.deeds += [Deed("import.removed", (table.__tablename__, each)) for each in ids]

    def _facts_behind(self, row: ImportRow) -> str | None:
        """A known firm, contact or lead behind a removed record gets its former facts, unless edited since."""
        kept = []
        for word, record, part in self._parts(row):
            if record is None:
                continue
            if record.version == part["version"] or (word, record.id) in self._ours:
                self._put_back(word, record, part["values"])
            else:
                kept.append(_called(record))
        return Sentence(N_("%(name)s 之后又改过，没有动它"), {"name": "、".join(kept)}).dump() if kept else None


def _called(record: Base) -> str:
    """What people call a record; a contact by its firm's silence."""
    if isinstance(record, Contact):
        return record.title or "—"
    return str(getattr(record, "number", None) or record.name)  # type: ignore[attr-defined]
