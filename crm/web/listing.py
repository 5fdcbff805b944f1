"""What every page of a list shares: its address, chips, heads, views, remembered columns and the sheet of filters.

A feature declares its `Screen` and calls `page`; `components/listing.html` draws what comes back. The state of a list
is its address. Columns alone are remembered besides: by a cookie of this browser, when somebody chose them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlencode

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from crm.domain.access import Permission
from crm.services import listing, views
from crm.services.listing import Column, ListPage, ListSpec, Query, Row
from crm.services.listing.filters import EVERYTHING, Choice, Filter, Range
from crm.services.listing.spec import COUNT_CAP, VIEW_CAP
from crm.web import kit
from crm.web.cells import Line, Pen

COOKIE_DAYS = 400
#: Lists that can also be filled from a file.
IMPORTED = ("leads", "projects", "enterprises")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """How one list is drawn: its endpoints, where a row leads to, and what may be done with marked rows."""

    list: str
    #: Endpoint of the page and of its sheet of filters.
    index: str
    filters: str
    record: Callable[[Row], str]
    edit: Callable[[Row], str] | None = None
    #: Actions of `services.bulk` on marked rows, in the order of the bar.
    bulk: tuple[str, ...] = ()
    #: Words of the address that are no filters and outlive a change of them.
    manners: tuple[str, ...] = ()

    @property
    def spec(self) -> ListSpec:
        return listing.get(self.list)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter of the bar: what it says, where it is changed, and (in force) the address without it."""

    key: str
    label: str
    value: str
    edit: str
    remove: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A view: `count` is None where counting is not worth a walk, else a number or "999+"."""

    label: str
    url: str
    active: bool
    count: str | None = None
    due: bool = False
    shared_by: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column with the address that sorts by it."""

    column: Column
    label: str
    unit: str
    url: str = ""
    direction: str = ""


@dataclass(frozen=True)
class View:
    """Everything that `components/listing.html` draws."""

    screen: Screen
    spec: ListSpec
    query: Query
    page: ListPage
    heads: list[Head]
    tabs: list[Tab]
    chips: list[Chip]
    columns: list[Column]
    total: int
    problems: list[str] = field(default_factory=list)
    #: A bulk change that has just been made and may be taken back.
    changed: int | None = None

    @property
    def lines(self) -> list[Line]:
        """The rows with their cells as markup."""
        pen, screen = Pen(self.columns), self.screen
        return [pen.line(row, screen.record(row), screen.edit(row) if screen.edit else "") for row in self.page.rows]

    @property
    def text(self) -> str:
        """The question as a query string, for saving, exporting and "all rows"."""
        return self.spec.text_of(self.query)

    @property
    def url(self) -> str:
        return address(self.screen, self.query)

    @property
    def full_url(self) -> str:
        """The address that a colleague can open, filters spelled out."""
        return url_for(self.screen.index, _external=True) + ("?" + self.text if self.text else "")

    @property
    def next_url(self) -> str:
        return address(self.screen, self.query, after=self.page.next) if self.page.next else ""

    @property
    def previous_url(self) -> str:
        return address(self.screen, self.query, before=self.page.previous) if self.page.previous else ""

    @property
    def first_url(self) -> str:
        return self.url if self.query.position is not None else ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Hidden fields of a form that keeps the question but for what it asks itself."""
        return self.spec.address(self.query)

    @property
    def is_capped(self) -> bool:
        return self.total >= COUNT_CAP

    @property
    def reliefs(self) -> list[tuple[Chip, str]]:
        """Where nothing is found: the filters that hide something, each with how much would be found without it."""
        asked = [each for each in self.spec.offered_filters(kit.actor()) if each.key in self.query.values]
        without_it = [without(self.screen, self.query, each) for each in asked]
        numbers = self.spec.counts(kit.session(), kit.actor(), without_it)
        return [
            (_chip(self.screen, self.query, each), counted(number))
            for each, number in zip(asked, numbers, strict=True)
            if number
        ]

    @property
    def is_narrowed(self) -> bool:
        """Whether the reader asked for less than the list opens with."""
        return self.query.pairs != self.spec.read(kit.session(), kit.actor(), {}).pairs


# ── Addresses ────────────────────────────────────────────────────────────────────────────────────────────────────────


def arguments() -> dict[str, list[str]]:
    """The present address as names with their words."""
    return request.args.to_dict(flat=False)


def address(screen: Screen, query: Query, **place: str | None) -> str:
    """The address of a question, its filters spelled out."""
    pairs = screen.spec.address(query) + [(name, word) for name, word in place.items() if word]
    return url_for(screen.index) + ("?" + urlencode(pairs) if pairs else "")


def without(screen: Screen, query: Query, each: Filter) -> Query:
    """The question without one filter; a list that narrows by itself is told not to."""
    values = {key: value for key, value in query.values.items() if key != each.key}
    lifted = (*query.lifted, each.key) if each.default(kit.actor()) else query.lifted
    return replace(query, values=values, lifted=lifted, position=None, backwards=False)


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def page(screen: Screen) -> View | Response:
    """The list that the present address asks for, or the way to the address that it means."""
    spec, session, actor = screen.spec, kit.session(), kit.actor()
    args = arguments()
    if "keep" in args:
        return _remember(screen, args)
    remembered = request.cookies.get(_cookie(screen), "")
    if "cols" not in args and remembered:
        args["cols"] = [remembered]
    query = spec.read(session, actor, args)
    columns = spec.shown_columns(actor, query)
    found = spec.select_page(session, actor, query, columns=columns)
    tabs, total = _tabs(screen, query)
    return View(
        screen=screen,
        spec=spec,
        query=query,
        page=found,
        heads=[_head(screen, query, column) for column in columns],
        tabs=tabs,
        chips=chips(screen, query),
        columns=columns,
        total=total,
        problems=[problem.say(gettext) for problem in query.problems],
        changed=kit.id_argument("changed"),
    )


def render(template: str, screen: Screen, **more: object) -> str | Response:
    """The page of a list, for a feature whose template calls the macros of `components/listing.html`."""
    view = page(screen)
    if not isinstance(view, View):
        return view
    may_export = kit.actor().may(Permission.RECORDS_EXPORT)
    export_url = url_for("exports.create", list=screen.list) if may_export else ""
    may_import = kit.actor().may(Permission.RECORDS_IMPORT) and screen.list in IMPORTED
    import_url = url_for("imports.index", kind=screen.list) if may_import else ""
    return render_template(template, view=view, me=kit.actor(), export_url=export_url, import_url=import_url, **more)


def _cookie(screen: Screen) -> str:
    return f"cols-{screen.list}"


def _remember(screen: Screen, args: Mapping[str, Sequence[str]]) -> Response:
    """Columns were chosen: this browser keeps them, and the address says them."""
    query = screen.spec.read(kit.session(), kit.actor(), args)
    answer = make_response(redirect(address(screen, query)))
    if query.columns:
        answer.set_cookie(
            _cookie(screen),
            ",".join(query.columns),
            max_age=timedelta(days=COOKIE_DAYS),
            httponly=True,
            samesite="Lax",
            secure=kit.settings().secure_cookies,
        )
    else:
        answer.delete_cookie(_cookie(screen))
    return answer


def _tabs(screen: Screen, query: Query) -> tuple[list[Tab], int]:
    """The views with their numbers, and the number of the present question: one statement of capped counts.

    Saved views carry no number: theirs could cost a walk over everything.
    """
    spec, session, actor = screen.spec, kit.session(), kit.actor()
    ready = [(view, spec.read(session, actor, _as_args(view.pairs))) for view in spec.views(actor)]
    caps = [COUNT_CAP, *[VIEW_CAP] * len(ready)]
    total, *numbers = spec.counts(session, actor, [query, *(asked for _view, asked in ready)], caps=caps)
    chosen = query.columns
    tabs = []
    for (view, asked), number in zip(ready, numbers, strict=True):
        active = asked.pairs == query.pairs
        url = address(screen, replace(asked, columns=chosen))
        # The open view has been counted further than the others.
        shown = counted(total) if active else counted(number, VIEW_CAP)
        tabs.append(Tab(view.label.say(gettext), url, active, shown, view.due and number > 0))
    is_ready = any(tab.active for tab in tabs)
    for saved in views.of_list(session, actor, spec.name):
        asked = spec.read_text(session, actor, saved.query)
        active = (asked.pairs, asked.sort, asked.descending) == (query.pairs, query.sort, query.descending)
        tabs.append(
            Tab(
                saved.name,
                address(screen, asked),
                active and not is_ready,
                counted(total) if active else None,
                shared_by=saved.person.name if saved.person_id != actor.id else "",
            )
        )
    return tabs, total


def counted(number: int, cap: int = COUNT_CAP) -> str:
    """A capped count in words: 38, or 999+."""
    return f"{cap - 1}+" if number >= cap else str(number)


def _as_args(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, word in pairs:
        found.setdefault(name, []).append(word)
    return found


def chips(screen: Screen, query: Query) -> list[Chip]:
    """The filters in force and the usual ones that are not, in the order of the list; free text has its own box."""
    return [
        _chip(screen, query, each)
        for each in screen.spec.offered_filters(kit.actor())
        if each is not screen.spec.search and (each.quick or each.key in query.values)
    ]


def _chip(screen: Screen, query: Query, each: Filter) -> Chip:
    value = query.values.get(each.key)
    edit = url_for(screen.filters, **_as_args(screen.spec.address(query)), open=each.key)
    said = value.said.say(gettext) if value else gettext("全部")
    remove = address(screen, without(screen, query, each)) if value else ""
    return Chip(each.key, gettext(each.label), said, edit, remove)


def _head(screen: Screen, query: Query, column: Column) -> Head:
    label, unit = gettext(column.label), gettext(column.unit) if column.unit else ""
    if not column.sort:
        return Head(column, label, unit)
    in_force = query.sort == column.sort
    falling = not query.descending if in_force else screen.spec.sorts[column.sort].descending
    asked = replace(query, sort=column.sort, descending=falling, position=None, backwards=False)
    direction = ("desc" if query.descending else "asc") if in_force else ""
    return Head(column, label, unit, address(screen, asked), direction)


# ── The sheet of filters ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Asked:
    """One filter on the sheet: its options and what is chosen, or the two ends of a range."""

    filter: Filter
    label: str
    options: list[tuple[str, str, bool]]
    ends: list[tuple[str, str]]
    kind: str


def sheet(screen: Screen) -> str | Response | tuple[str, int]:
    """The sheet with every filter of the list; `apply` leads to the address that was put together."""
    spec, session, actor = screen.spec, kit.session(), kit.actor()
    args = arguments()
    query = spec.read(session, actor, args)
    if "apply" in args and not query.problems:
        return redirect(address(screen, query, **{name: args[name][0] for name in screen.manners if args.get(name)}))
    fields = [_asked(spec, each, query, args) for each in spec.offered_filters(actor) if each is not spec.search]
    names = {name for each in spec.filters for name in each.names if each is not spec.search} | {"apply", "open"}
    kept = [(name, word) for name, words in args.items() for word in words if name not in names]
    template = "components/_filters.html" if kit.is_htmx() else "components/filters.html"
    answer = render_template(
        template,
        screen=screen,
        spec=spec,
        fields=fields,
        kept=kept,
        opened=request.args.get("open", ""),
        problems=[problem.say(gettext) for problem in query.problems],
        back=address(screen, query),
    )
    return (answer, 422) if "apply" in args else answer


def _asked(spec: ListSpec, each: Filter, query: Query, args: Mapping[str, Sequence[str]]) -> Asked:
    value = query.values.get(each.key)
    if isinstance(each, Range):
        # What was typed stays, also where it was not understood.
        ends = [(name, next(iter(args.get(name, ())), "")) for name in each.names]
        return Asked(each, gettext(each.label), [], ends, each.kind)
    chosen = value.raw[each.key] if value else ()
    options = [
        (option.value, option.label if option.is_name else gettext(option.label), option.value in chosen)
        for option in spec.options(kit.session(), kit.actor(), each)
    ]
    many = isinstance(each, Choice) and each.many
    if not many:
        options.insert(0, (EVERYTHING if each.default(kit.actor()) else "", gettext("全部"), not chosen))
    return Asked(each, gettext(each.label), options, [], "many" if many else "one")


# ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def addresses(endpoint: str, argument: str) -> Callable[[Row], str]:
    """Addresses of records of one kind, which differ in the id alone: put together once a request, not once a row."""

    def address_of(row: Row) -> str:
        known = g.setdefault("addresses", {})
        if endpoint not in known:
            known[endpoint] = url_for(endpoint, **{argument: kit.LARGEST_ID}).split(str(kit.LARGEST_ID))
        head, tail = known[endpoint]
        return f"{head}{row.id}{tail}"

    return address_of


def siblings(*names: str) -> list[tuple[str, str, bool]]:
    """Lists beside this one that the reader may open: (label, address, active)."""
    found = []
    for name in names:
        spec = listing.get(name)
        if kit.actor().may(spec.permission):
            endpoint = f"{name}.index"
            found.append((gettext(spec.label), url_for(endpoint), request.endpoint == endpoint))
    return found
