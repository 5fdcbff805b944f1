"""Records that share some pieces with a name: where a comparison of likeness starts, at any number of records."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import CompoundSelect, bindparam, cast, literal_column, select, union
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from crm.domain.search import SearchKind, asked
from crm.models import SearchEntry
from crm.models.search import search_text
from crm.services.search.conditions import written
from crm.services.search.keep import keep


def candidates(session: Session, kind: SearchKind, pieces: Iterable[str], *, each: int) -> set[int]:
    """Ids of records that have any of the pieces, at most `each` for one piece, in one statement.

    A rare piece is found whole. A common one (生物) says little by itself, so it does no harm that it is cut short:
    pieces of three characters, which its few relevant bearers share, are asked for beside it.
    """
    keep(session)
    queries = [query for query in (asked(kind, piece) for piece in dict.fromkeys(pieces)) if query]
    if not queries:
        return set()
    texts = {f"piece_{number}": written(session, query) for number, query in enumerate(queries)}
    return set(session.scalars(_asking(session.get_bind().dialect.name, len(texts), each), texts))


@lru_cache(maxsize=128)
def _asking(dialect: str, pieces: int, each: int) -> CompoundSelect:
    """The statement for so many pieces: officers type, and a statement that is known need not be compiled again."""
    found = []
    for number in range(pieces):
        piece = bindparam(f"piece_{number}")
        if dialect == "sqlite":
            one = (
                select(SearchEntry.subject_id)
                .select_from(search_text)
                .join(SearchEntry, SearchEntry.id == search_text.c.rowid)
                .where(literal_column(search_text.name).bool_op("MATCH")(piece))
            )
        else:
            one = select(SearchEntry.subject_id).where(SearchEntry.tokens.bool_op("@@")(cast(piece, TSQUERY)))
        found.append(select(one.limit(each).subquery().c.subject_id))
    return union(*found)
