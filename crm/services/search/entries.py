"""What each kind of record is found by, read from the tables in bulk and written as index entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import Column, ColumnElement, Row, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from crm.domain.enterprises.names import core
from crm.domain.enterprises.pinyin import pinyin_keys
from crm.domain.search import SearchKind, tokens
from crm.models import (
    Chain,
    Contact,
    Enterprise,
    EnterpriseAlias,
    Lead,
    Park,
    ParkAlias,
    Policy,
    Project,
    SearchEntry,
    Segment,
)
from crm.services.contacts import UNNAMED

_CHUNK = 500

#: The table of each kind.
TABLES = {
    SearchKind.LEAD: Lead,
    SearchKind.PROJECT: Project,
    SearchKind.ENTERPRISE: Enterprise,
    SearchKind.CONTACT: Contact,
    SearchKind.PARK: Park,
    SearchKind.CHAIN: Chain,
    SearchKind.SEGMENT: Segment,
    SearchKind.POLICY: Policy,
}


def index(session: Session, kind: SearchKind | str, ids: Iterable[int]) -> None:
    """Write the entries of these records anew; a record that is gone or was merged away loses its own.

    Sessions do this by themselves for what they flush (`watch`). Only who writes by bulk statements calls it.
    """
    kind = SearchKind(kind)
    for chunk in chunks(ids):
        written = list(_READERS[kind](session, chunk))
        gone = set(chunk) - {each["subject_id"] for each in written}
        if gone:
            mine = SearchEntry.subject_id.in_(sorted(gone))
            session.execute(delete(SearchEntry).where(SearchEntry.subject_kind == kind, mine))
        _write(session, written)


def rebuild(session: Session) -> dict[SearchKind, int]:
    """Write the whole index anew, in the order in which records were entered; returns how many by kind."""
    session.flush()
    session.execute(delete(SearchEntry))
    counts = {}
    for kind, model in TABLES.items():
        ids = session.scalars(select(model.id).order_by(model.id)).all()
        counts[kind] = 0
        for chunk in chunks(ids):
            written = list(_READERS[kind](session, chunk))
            if written:
                session.execute(insert(SearchEntry), written)
            counts[kind] += len(written)
    return counts


def fill(session: Session) -> None:
    """Write the index of records that were there before it: after the migration that brings it."""
    if session.scalar(select(SearchEntry.id).limit(1)) is not None:
        return
    if any(session.scalar(select(model.id).limit(1)) is not None for model in TABLES.values()):
        rebuild(session)


def chunks(ids: Iterable[int]) -> Iterator[Sequence[int]]:
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def _write(session: Session, written: Sequence[dict[str, object]]) -> None:
    if not written:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    # The table, not the class: nothing of it waits in the session, and thousands of rows need no unit of work.
    upsert = dialect.insert(SearchEntry.__table__)
    new = upsert.excluded.tokens
    session.execute(
        upsert.on_conflict_do_update(
            index_elements=["subject_kind", "subject_id"], set_={"tokens": new}, where=SearchEntry.tokens != new
        ),
        written,
    )


def _entry(kind: SearchKind, subject_id: int, **found_by: object) -> dict[str, object]:
    return {"subject_kind": kind, "subject_id": subject_id, "tokens": tokens(kind, **found_by)}  # type: ignore[arg-type]


# ── Kind by kind ─────────────────────────────────────────────────────────────────────────────────────────────────────

_FIRM = (
    Enterprise.id.label("firm_id"),
    Enterprise.name.label("firm"),
    Enterprise.core_name,
    Enterprise.pinyin,
    Enterprise.initials,
)


def _leads(session: Session, ids: Collection[int]) -> Iterator[dict[str, object]]:
    query = (
        select(Lead.id, Lead.number, Enterprise.uscc, Contact.name.label("person"), Contact.phone, *_FIRM)
        .join(Enterprise, Enterprise.id == Lead.enterprise_id)
        .outerjoin(Contact, Contact.id == Lead.contact_id)
        .where(Lead.id.in_(ids), Lead.merged_into_id.is_(None))
        .order_by(Lead.id)
    )
    rows = session.execute(query).all()
    aliases = _aliases(session, {row.firm_id for row in rows})
    for row in rows:
        yield _entry(
            SearchKind.LEAD,
            row.id,
            numbers=[row.number],
            uscc=row.uscc,
            people=_people(row.person),
            phones=[row.phone] if row.phone else [],
            **_firm(row, aliases),
        )


def _projects(session: Session, ids: Collection[int]) -> Iterator[dict[str, object]]:
    query = (
        select(Project.id, Project.number, Project.name, Enterprise.uscc, *_FIRM)
        .join(Enterprise, Enterprise.id == Project.enterprise_id)
        .where(Project.id.in_(ids))
        .order_by(Project.id)
    )
    rows = session.execute(query).all()
    aliases = _aliases(session, {row.firm_id for row in rows})
    for row in rows:
        firm = _firm(row, aliases)
        if row.name not in firm["names"]:
            own = pinyin_keys(row.name)
            firm["names"].insert(0, row.name)
            firm["cores"].insert(0, core(row.name))
            firm["readings"] += [*own.full, *own.initials]
        yield _entry(SearchKind.PROJECT, row.id, numbers=[row.number], uscc=row.uscc, **firm)


def _enterprises(session: Session, ids: Collection[int]) -> Iterator[dict[str, object]]:
    """Never with contacts: what another section knows of a firm must not be told by what finds it."""
    query = (
        select(Enterprise.uscc, *_FIRM)
        .where(Enterprise.id.in_(ids), Enterprise.merged_into_id.is_(None))
        .order_by(Enterprise.id)
    )
    rows = session.execute(query).all()
    aliases = _aliases(session, ids)
    for row in rows:
        yield _entry(SearchKind.ENTERPRISE, row.firm_id, uscc=row.uscc, **_firm(row, aliases))


def _contacts(session: Session, ids: Collection[int]) -> Iterator[dict[str, object]]:
    query = (
        select(Contact.id, Contact.name, Contact.phone)
        .where(Contact.id.in_(ids), Contact.merged_into_id.is_(None))
        .order_by(Contact.id)
    )
    for row in session.execute(query):
        phones = [row.phone] if row.phone else []
        yield _entry(SearchKind.CONTACT, row.id, people=_people(row.name), phones=phones)


def _parks(session: Session, ids: Collection[int]) -> Iterator[dict[str, object]]:
    aliases = _grouped(session, ParkAlias.park_id, ParkAlias.name, ids=ids)
    query = select(Park.id, Park.name, Park.name_en).where(Park.id.in_(ids)).order_by(Park.id)
    for row in session.execute(query):
        other = [alias.name for alias in aliases[row.id]]
        yield _entry(SearchKind.PARK, row.id, names=[row.name, *_known(row.name_en), *other])


def _chains(session: Session, ids: Collection[int]) -> Iterator[dict[str, object]]:
    query = select(Chain.id, Chain.name, Chain.name_en).where(Chain.id.in_(ids)).order_by(Chain.id)
    for row in session.execute(query):
        yield _entry(SearchKind.CHAIN, row.id, names=[row.name, *_known(row.name_en)])


def _segments(session: Session, ids: Collection[int]) -> Iterator[dict[str, object]]:
    query = select(Segment.id, Segment.name, Segment.name_en, Segment.words).where(Segment.id.in_(ids))
    for row in session.execute(query.order_by(Segment.id)):
        yield _entry(SearchKind.SEGMENT, row.id, names=[row.name, *_known(row.name_en), *row.words])


def _policies(session: Session, ids: Collection[int]) -> Iterator[dict[str, object]]:
    query = select(Policy.id, Policy.title).where(Policy.id.in_(ids)).order_by(Policy.id)
    for row in session.execute(query):
        yield _entry(SearchKind.POLICY, row.id, names=[row.title])


_READERS = {
    SearchKind.LEAD: _leads,
    SearchKind.PROJECT: _projects,
    SearchKind.ENTERPRISE: _enterprises,
    SearchKind.CONTACT: _contacts,
    SearchKind.PARK: _parks,
    SearchKind.CHAIN: _chains,
    SearchKind.SEGMENT: _segments,
    SearchKind.POLICY: _policies,
}


def _firm(row: Row, aliases: dict[int, list[Row]]) -> dict[str, list[str]]:
    """Names of the enterprise behind a record, with the readings and the core that are kept with it."""
    other = aliases[row.firm_id]
    readings = [row.pinyin, row.initials, *(alias.pinyin for alias in other)]
    return {
        "names": [row.firm, *(alias.name for alias in other)],
        "cores": [row.core_name, *(core(alias.name) for alias in other)],
        "readings": [key for reading in readings for key in reading.split()],
    }


def _aliases(session: Session, enterprise_ids: Collection[int]) -> dict[int, list[Row]]:
    return _grouped(
        session, EnterpriseAlias.enterprise_id, EnterpriseAlias.name, EnterpriseAlias.pinyin, ids=enterprise_ids
    )


def _grouped(
    session: Session, key: Column | ColumnElement, *columns: ColumnElement, ids: Collection[int]
) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in session.execute(select(key.label("key"), *columns).where(key.in_(ids))):
        found[row.key].append(row)
    return found


def _people(name: str | None) -> list[str]:
    return [name] if name and name != UNNAMED else []


def _known(name: str | None) -> list[str]:
    return [name] if name else []
