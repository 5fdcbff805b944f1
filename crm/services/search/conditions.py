"""A query as SQL, on either database always through an index."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, cast, exists, false, func, literal_column, or_, select, true
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from crm.domain.search import Query, SearchKind, Term, asked
from crm.models import SearchEntry
from crm.models.search import search_text
from crm.services.search.keep import keep

#: SQLite: up to so many finds a list starts from them; beyond, it walks its own order and asks each row.
FEW = 3000


def matching(
    session: Session, kind: SearchKind | str, id_column: ColumnElement[int], text: str, *, people: bool = True
) -> ColumnElement[bool]:
    """Condition on a list of `kind` whose id is `id_column`: the rows that what was typed finds.

    Blank text narrows nothing; text in which there is nothing to look for finds nothing. Who may see the rows is
    the list's own condition. `people` is for readers who may look at contacts: names and numbers find too.
    """
    if not text.strip():
        return true()
    keep(session)
    query = asked(SearchKind(kind), text, people=people)
    if not query:
        return false()
    if session.get_bind().dialect.name == "sqlite" and _are_many(session, query):
        # A word such as 广州 that half of the rows have: the first fifty in the list's order are soon together.
        return exists().where(
            SearchEntry.subject_kind == SearchKind(kind), SearchEntry.subject_id == id_column, _says(query)
        )
    return id_column.in_(found(session, query, SearchEntry.subject_id))


def found(session: Session, query: Query, *columns: ColumnElement) -> Select:
    """The entries that a query finds; the kind is in its tokens."""
    if session.get_bind().dialect.name == "sqlite":
        return (
            select(*columns)
            .select_from(search_text)
            .join(SearchEntry, SearchEntry.id == search_text.c.rowid)
            .where(_matches(query))
        )
    return select(*columns).where(SearchEntry.tokens.bool_op("@@")(_tsquery(query)))


def newest_first(session: Session) -> ColumnElement:
    """The order of `found` that needs no sorting: newest entries first."""
    return (search_text.c.rowid if session.get_bind().dialect.name == "sqlite" else SearchEntry.id).desc()


def _are_many(session: Session, query: Query) -> bool:
    """Whether the index alone would find too many; a page that asks for its rows and for its count asks once."""
    known = session.info.setdefault("search_many", {})
    if query not in known:
        some = select(search_text.c.rowid).where(_matches(query)).limit(FEW + 1).subquery()
        known[query] = (session.scalar(select(func.count()).select_from(some)) or 0) > FEW
    return known[query]


def _says(query: Query) -> ColumnElement[bool]:
    """The same question asked of one row's own text (SQLite)."""
    return or_(*(and_(*(_within(term) for term in row)) for row in query))


def _within(term: Term) -> ColumnElement[bool]:
    end = "" if term.is_prefix else " "
    return or_(*(func.instr(SearchEntry.tokens, f" {token}{end}") > 0 for token in term.tokens))


def _matches(query: Query) -> ColumnElement[bool]:
    """FTS5: the table's own name stands for the row. Tokens hold no quotes, so none need be doubled."""
    return literal_column(search_text.name).bool_op("MATCH")(_fts(query))


def _fts(query: Query) -> str:
    return _written(query, '"', " *", " AND ", " OR ")


def _tsquery(query: Query) -> ColumnElement:
    """Written into the statement, not bound: PostgreSQL plans by how common just these words are.

    Tokens are letters and digits, so there is nothing in them that could end the literal.
    """
    text = _written(query, "'", ":*", " & ", " | ")
    return cast(literal_column("'" + text.replace("'", "''") + "'"), TSQUERY)


def written(session: Session, query: Query) -> str:
    """The query as a text in the words of the session's database, for a statement that binds it."""
    return _fts(query) if session.get_bind().dialect.name == "sqlite" else _written(query, "'", ":*", " & ", " | ")


def _written(query: Query, quote: str, unfinished: str, both: str, either: str) -> str:
    """The query in the words of a database, every part in brackets."""

    def word(term: Term) -> str:
        end = unfinished if term.is_prefix else ""
        return "(" + either.join(f"{quote}{token}{quote}{end}" for token in term.tokens) + ")"

    return either.join(f"({both.join(word(term) for term in row)})" for row in query)
