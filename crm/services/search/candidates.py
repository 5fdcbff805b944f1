"""Records that share some pieces with a name: where a comparison of likeness starts, at any number of records."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from crm.domain.search import SearchKind, asked
from crm.models import SearchEntry
from crm.services.search.conditions import found
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
    some = [found(session, query, SearchEntry.subject_id).limit(each).subquery() for query in queries]
    return set(session.scalars(union(*(select(one.c.subject_id) for one in some))))
