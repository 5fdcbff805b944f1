"""A list, declared once: it serves pages, saved views, changes of many rows and files.

    spec = listing.get("leads")
    query = spec.read(session, actor, {"owner": ["mine"], "sort": ["-amount"]})
    page = spec.select_page(session, actor, query)             # two to four statements, whatever the page
    columns = spec.export_columns(actor)
    for row in spec.iterate(session, actor, query):            # all rows, in chunks
        cells = [column.value(row) for column in columns]      # masked where they are personal

Every way through it starts from the list's scope, so nothing that a page refuses is listed, counted or exported.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import parse_qs, urlencode

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.domain.access import Permission
from crm.domain.errors import Invalid
from crm.domain.labels import N_
from crm.domain.sentences import Sentence
from crm.services import access
from crm.services.access import Actor
from crm.services.listing import filters as reading
from crm.services.listing.columns import Column, Row
from crm.services.listing.filters import EVERYTHING, Ask, Choice, Filter, Search, Value
from crm.services.listing.keyset import Position, Seek, Sort, decode, encode, seek

PAGE = 50
CHUNK = 1000
#: Counting stops here and says "999+": a number that nobody reads must not cost a walk over everything.
COUNT_CAP = 1000
#: Numbers beside views say "99+": there are up to ten of them on every page.
VIEW_CAP = 100

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A ready-made view: its msgid with values, the filters that it sets, and whether its number is a debt."""

    key: str
    label: Sentence
    pairs: Pairs
    due: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a list: filters, order, columns and place. `problems` say what was not understood."""

    values: Mapping[str, Value]
    #: Filters that narrow by themselves and were taken off.
    lifted: tuple[str, ...]
    sort: str
    descending: bool
    columns: tuple[str, ...] = ()
    position: Position | None = None
    backwards: bool = False
    problems: tuple[Sentence, ...] = ()

    @property
    def pairs(self) -> Pairs:
        """The filters in force as the words of an address: equal pairs are the same question."""
        found = [(name, word) for value in self.values.values() for name, words in value.raw.items() for word in words]
        found += [(name, EVERYTHING) for name in self.lifted]
        return tuple(sorted(found, key=lambda pair: pair[0]))


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of rows, and the places that lead to the pages beside it (None: there is none)."""

    rows: list[Row]
    previous: str | None
    next: str | None


@dataclass(frozen=True, kw_only=True)
class ListSpec:
    """One list. `label` is a msgid; `subject` the word under which records of it are tagged, noted and audited."""

    name: str
    subject: str
    label: str
    permission: Permission
    key: InstrumentedAttribute
    scope: Callable[[Actor], ColumnElement[bool]]
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    sorts: Mapping[str, Sort]
    default_sort: str
    #: (session, actor, ids, needs) → rows in the order of the ids.
    load: Callable[[Session, Actor, Sequence[int], Collection[str]], list[Row]]
    views: Callable[[Actor], list[BuiltIn]]
    default_descending: bool = False

    @cached_property
    def by_key(self) -> dict[str, Column]:
        return {column.key: column for column in self.columns}

    # ── Reading an address ───────────────────────────────────────────────────────────────────────────────────────

    def read(self, session: Session, actor: Actor, args: Mapping[str, Sequence[str]]) -> Query:
        """The question of an address. What has no meaning is named in `problems`, and the rest still applies."""
        ask = Ask(session, actor)
        values, problems = reading.read_all(ask, self.filters, args)
        lifted = tuple(each.key for each in self.filters if each.key not in values and each.default(actor))
        word = next(iter(args.get("sort", ())), "")
        key = word.removeprefix("-")
        if word and key not in self.sorts:
            problems.append(Sentence(N_("不能按「%(word)s」排序，已按默认顺序。"), {"word": key[:40]}))
        known = key in self.sorts
        chosen = [name for text in args.get("cols", ()) for name in text.split(",")]
        query = Query(
            values=values,
            lifted=lifted,
            sort=key if known else self.default_sort,
            descending=word.startswith("-") if known else self.default_descending,
            columns=tuple(name for name in dict.fromkeys(chosen) if name in self.by_key),
        )
        query, worn_out = self._placed(query, args)
        return replace(query, problems=(*problems, *worn_out))

    def read_text(self, session: Session, actor: Actor, text: str) -> Query:
        """The question of a query string, as a saved view or a waiting export keeps it."""
        return self.read(session, actor, parse_qs(text, max_num_fields=200))

    def text_of(self, query: Query, *, columns: bool = True) -> str:
        """The query string that `read_text` reads back to the same question; without the place."""
        return urlencode(self.address(query, columns=columns))

    def address(self, query: Query, *, columns: bool = True) -> list[tuple[str, str]]:
        """Names and words of the query's address, without its place."""
        found = list(query.pairs)
        if (query.sort, query.descending) != (self.default_sort, self.default_descending):
            found.append(("sort", ("-" if query.descending else "") + query.sort))
        if columns and query.columns:
            found.append(("cols", ",".join(query.columns)))
        return found

    def _placed(self, query: Query, args: Mapping[str, Sequence[str]]) -> tuple[Query, list[Sentence]]:
        for name, backwards in (("after", False), ("before", True)):
            text = next(iter(args.get(name, ())), "")
            if not text:
                continue
            try:
                place = decode(text, self.sorts[query.sort].column)
            except Invalid as error:
                return query, [Sentence(error.sentence)]
            return replace(query, position=place, backwards=backwards), []
        return query, []

    # ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def conditions(self, session: Session, actor: Actor, query: Query) -> list[ColumnElement[bool]]:
        """Scope and filters; raises NotAllowed for a role that the list is not for."""
        access.require(actor, self.permission)
        ask = Ask(session, actor)
        by_key = {each.key: each for each in self.filters}
        return [self.scope(actor), *(by_key[key].where(ask, value) for key, value in query.values.items())]

    def select_page(
        self,
        session: Session,
        actor: Actor,
        query: Query,
        *,
        limit: int = PAGE,
        columns: Sequence[Column] | None = None,
    ) -> ListPage:
        """One page: the ids through an index, then what the `columns` (default: the shown ones) need for them."""
        wanted = Seek(self.sorts[query.sort], query.descending, query.position, query.backwards)
        found = seek(session, self.key, self.conditions(session, actor, query), wanted, limit + 1)
        more = len(found) > limit
        if more:
            found = found[1:] if query.backwards else found[:limit]
        shown = self.shown_columns(actor, query) if columns is None else columns
        rows = self.load(session, actor, [place.id for place in found], {column.needs for column in shown} - {""})
        has_previous = more if query.backwards else query.position is not None
        has_next = query.backwards or more
        return ListPage(
            rows,
            previous=encode(found[0]) if found and has_previous else None,
            next=encode(found[-1]) if found and has_next else None,
        )

    def iterate(
        self,
        session: Session,
        actor: Actor,
        query: Query,
        *,
        chunk: int = CHUNK,
        columns: Sequence[Column] | None = None,
    ) -> Iterator[Row]:
        """All rows of the question in its order, `chunk` at a time; nothing of a finished chunk is kept."""
        shown = self.export_columns(actor) if columns is None else columns
        at: Query = replace(query, position=None, backwards=False)
        while True:
            page = self.select_page(session, actor, at, limit=chunk, columns=shown)
            yield from page.rows
            if page.next is None:
                return
            at = replace(at, position=decode(page.next, self.sorts[query.sort].column))

    def ids(self, session: Session, actor: Actor, query: Query, *, limit: int) -> list[int]:
        """Ids of the question's rows in its order, at most `limit`."""
        wanted = Seek(self.sorts[query.sort], query.descending)
        return [place.id for place in seek(session, self.key, self.conditions(session, actor, query), wanted, limit)]

    def counts(
        self, session: Session, actor: Actor, queries: Sequence[Query], *, caps: Sequence[int] | None = None
    ) -> list[int]:
        """How many rows each question has, counted up to its cap and no further: one statement for all of them."""
        if not queries:
            return []
        caps = caps or [COUNT_CAP] * len(queries)
        inner = [
            select(literal(1).label("one"))
            .select_from(self.key.class_)
            .where(*self.conditions(session, actor, query))
            .limit(cap)
            .subquery()
            for query, cap in zip(queries, caps, strict=True)
        ]
        row = session.execute(
            select(*(select(func.count()).select_from(part).scalar_subquery() for part in inner))
        ).one()
        return list(row)

    # ── Columns ──────────────────────────────────────────────────────────────────────────────────────────────────

    def offered_columns(self, actor: Actor) -> list[Column]:
        """Columns that the reader may choose from."""
        return [column for column in self.columns if column.on_page and _permits(actor, column)]

    def shown_columns(self, actor: Actor, query: Query) -> list[Column]:
        """The chosen columns in the order chosen, else those of the list that say something new in each row."""
        offered = self.offered_columns(actor)
        if query.columns:
            chosen = [column for name in query.columns for column in offered if column.key == name]
            return [*(column for column in offered if column.fixed and column not in chosen), *chosen]
        return [column for column in offered if column.shown and not _told(column, query)]

    def export_columns(self, actor: Actor) -> list[Column]:
        """Columns of a file, in the list's order: every fact that the reader may see, masked as on the page."""
        return [column for column in self.columns if column.exported and _permits(actor, column)]

    def offered_filters(self, actor: Actor) -> list[Filter]:
        return [each for each in self.filters if each.offered(actor)]

    def options(self, session: Session, actor: Actor, each: Filter) -> list:
        """What a filter offers to choose from; nothing for a range or free text."""
        return each.offered_options(Ask(session, actor)) if isinstance(each, Choice) else []

    @property
    def search(self) -> Search:
        return next(each for each in self.filters if isinstance(each, Search))


def _permits(actor: Actor, column: Column) -> bool:
    return column.permission is None or actor.may(column.permission)


def _told(column: Column, query: Query) -> bool:
    if column.told_by is None:
        return False
    value = query.values.get(column.told_by[0])
    return value is not None and value.parsed == (column.told_by[1],)
