"""Removing the demonstration: every marked record and all that hangs on it, and nothing else.

The foreign keys of the tables say what hangs on what, so a new table needs no line here. A row goes with its parent
where the key says CASCADE or may not be empty; elsewhere the reference is emptied and the row stays. The trail of
audit keeps its entries: it has no foreign keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import Column, ForeignKey, Table, delete, select, update
from sqlalchemy.orm import Session

from crm.models import Base, Chain, ChainRevision, Lead, Match, Notice, Person, Reminder, SearchEntry, WeeklySnapshot
from crm.services import audit, matching, search
from crm.services.seed.demo.map_rows import forget_maps
from crm.services.seed.upsert import Tally

Doomed = dict[Table, set[int]]

#: References that may be empty, yet the row was made for what they name: what a demonstration account logged goes with
#: it, a project with its lead, and a contact with the section that alone may see it.
_BELONGS = frozenset({("lead", "registered_by_id"), ("project", "lead_id"), ("contact", "section_id")})
_CHUNK = 400


def drop_demo(session: Session) -> Tally:
    """Remove the demonstration; a second run finds nothing. What real people hung on it goes too and is noted."""
    session.flush()
    tally = Tally()
    doomed = _marked(session)
    if not any(doomed.values()):
        return tally
    _spread(session, doomed)
    _add_pointers(session, doomed)
    _add_snapshots(session, doomed)
    _note_unmarked(session, tally, doomed)
    unmatched = _leads_that_lose_matches(session, doomed)
    charted = _demo_maps(session, doomed)
    _empty_references(session, tally, doomed)
    for table in reversed(Base.metadata.sorted_tables):
        for ids in _chunks(doomed.get(table, set())):
            session.execute(delete(table).where(table.c.id.in_(ids)))
        if doomed.get(table):
            tally.removed[table.name] += len(doomed[table])
    session.expire_all()
    forget_maps(session, charted)
    for lead in session.scalars(select(Lead).where(Lead.id.in_(unmatched))):
        matching.rematch(session, lead)
    audit.record(session, None, "demo.dropped", after=dict(sorted(tally.removed.items())))
    return tally


def _marked(session: Session) -> Doomed:
    """The ids of all rows that carry the mark."""
    doomed: Doomed = defaultdict(set)
    for table in Base.metadata.sorted_tables:
        if "is_demo" in table.c:
            doomed[table].update(session.scalars(select(table.c.id).where(table.c.is_demo)))
    return doomed


def _references() -> Iterator[tuple[Table, Column, ForeignKey]]:
    for table in Base.metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            yield table, key.parent, key


def _goes_along(column: Column, key: ForeignKey) -> bool:
    required = not column.nullable
    return required or key.ondelete == "CASCADE" or (column.table.name, column.name) in _BELONGS


def _spread(session: Session, doomed: Doomed) -> None:
    """Add what hangs on doomed rows, and what hangs on that, until nothing more is found."""
    grew = True
    while grew:
        grew = False
        for table, column, key in _references():
            if not _goes_along(column, key):
                continue
            for ids in _chunks(doomed[key.column.table]):
                found = set(session.scalars(select(table.c.id).where(column.in_(ids)))) - doomed[table]
                doomed[table] |= found
                grew = grew or bool(found)


def _add_pointers(session: Session, doomed: Doomed) -> None:
    """Notices, reminders and entries of the search index name their record by kind and id, without a foreign key."""
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    for model in (Notice, Reminder, SearchEntry):
        pointers = model.__table__
        for kind in session.scalars(select(pointers.c.subject_kind).distinct()):
            if kind not in tables:
                continue
            for ids in _chunks(doomed[tables[kind]]):
                where = (pointers.c.subject_kind == kind, pointers.c.subject_id.in_(ids))
                doomed[pointers].update(session.scalars(select(pointers.c.id).where(*where)))
    # Snoozes hang on reminders.
    _spread(session, doomed)


def _add_snapshots(session: Session, doomed: Doomed) -> None:
    """A frozen week that names demonstration records is no report of the district."""
    for snapshot in session.scalars(select(WeeklySnapshot)):
        if _names_demo(snapshot.data):
            doomed[WeeklySnapshot.__table__].add(snapshot.id)


def _names_demo(data: object) -> bool:
    if isinstance(data, dict):
        return data.get("is_demo") is True or any(_names_demo(value) for value in data.values())
    return isinstance(data, list) and any(_names_demo(value) for value in data)


def _note_unmarked(session: Session, tally: Tally, doomed: Doomed) -> None:
    """Say what goes although nobody marked it: real people's work on demonstration records."""
    for table, ids in doomed.items():
        if "is_demo" not in table.c or table is Match.__table__:
            continue
        unmarked = sum(
            len(session.scalars(select(table.c.id).where(table.c.id.in_(chunk), table.c.is_demo.is_(False))).all())
            for chunk in _chunks(ids)
        )
        if unmarked:
            tally.notes.append(
                f"{table.name}: {unmarked} unmarked rows hung on demonstration records and went with them"
            )
    weeks = len(doomed[WeeklySnapshot.__table__])
    if weeks:
        tally.notes.append(f"weekly_snapshot: {weeks} frozen weeks counted demonstration records and went with them")


def _leads_that_lose_matches(session: Session, doomed: Doomed) -> list[int]:
    """Real leads whose kept lists named demonstration offers: they are matched anew."""
    found: set[int] = set()
    for ids in _chunks(doomed[Match.__table__]):
        found.update(session.scalars(select(Match.lead_id).where(Match.id.in_(ids))))
    return sorted(found - doomed[Lead.__table__])


def _demo_maps(session: Session, doomed: Doomed) -> list[str]:
    """Keys of the chains whose maps the demonstration has changed."""
    ids = doomed[ChainRevision.__table__]
    query = select(Chain.key).join(ChainRevision, ChainRevision.chain_id == Chain.id).distinct()
    return sorted({key for chunk in _chunks(ids) for key in session.scalars(query.where(ChainRevision.id.in_(chunk)))})


def _empty_references(session: Session, tally: Tally, doomed: Doomed) -> None:
    """Rows that stay forget the demonstration: a lead its demo owner, a unit its demo verifier."""
    for table, column, key in _references():
        if _goes_along(column, key):
            continue
        emptied: list[int] = []
        for ids in _chunks(doomed[key.column.table]):
            emptied += session.scalars(select(table.c.id).where(column.in_(ids))).all()
        staying = set(emptied) - doomed[table]
        for ids in _chunks(staying):
            values = {column.name: None}
            if "version" in table.c:
                values["version"] = table.c.version + 1
            session.execute(update(table).where(table.c.id.in_(ids)).values(values))
        if table is Lead.__table__ and column.name == "contact_id":
            search.index(session, "lead", staying)
        if staying:
            tally.changed[table.name] += len(staying)
            what = "account" if key.column.table is Person.__table__ else key.column.table.name
            tally.notes.append(
                f"{table.name}: {len(staying)} rows no longer name a demonstration {what} ({column.name})"
            )


def _chunks(ids: set[int]) -> Iterator[Sequence[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
