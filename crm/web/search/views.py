"""Looking for anything: the palette behind Ctrl K, and the same answers as a page of their own."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext

from crm.domain.access import Permission
from crm.domain.enterprises.pinyin import pinyin_keys
from crm.domain.errors import Invalid
from crm.domain.search import LONGEST, SearchKind
from crm.domain.text import clean_text
from crm.services import listing, search
from crm.services.access import Actor
from crm.services.listing.filters import EVERYTHING
from crm.services.search import Group, Hit
from crm.web import kit

blueprint = Blueprint("search", __name__, template_folder="templates", url_prefix="/crm/search")

_MANY = "240/minute"
#: Answers of each kind on the page; the lists, which the headings lead to, hold them all.
ON_PAGE = 20
ACTIONS_WHILE_TYPING = 3

#: Page of one record: endpoint and argument. The page checks the permission again.
PAGES = {
    SearchKind.LEAD: ("leads.show", "lead_id"),
    SearchKind.PROJECT: ("projects.show", "project_id"),
    SearchKind.ENTERPRISE: ("enterprises.show", "enterprise_id"),
    SearchKind.CONTACT: ("leads.show", "lead_id"),
    SearchKind.PARK: ("parks.show", "park_id"),
    SearchKind.CHAIN: ("chains.show", "key"),
    SearchKind.SEGMENT: ("chains.show", "key"),
    SearchKind.POLICY: ("policies.index", "_anchor"),
}
#: The list of a kind and its endpoint.
LISTS = {
    SearchKind.LEAD: ("leads", "leads.index"),
    SearchKind.PROJECT: ("projects", "projects.table"),
    SearchKind.ENTERPRISE: ("enterprises", "enterprises.index"),
}
NAMES = {
    SearchKind.LEAD: (lazy_gettext("线索"), "target"),
    SearchKind.PROJECT: (lazy_gettext("项目"), "archive"),
    SearchKind.ENTERPRISE: (lazy_gettext("企业"), "building"),
    SearchKind.CONTACT: (lazy_gettext("联系人"), "user"),
    SearchKind.PARK: (lazy_gettext("园区载体"), "building-community"),
    SearchKind.CHAIN: (lazy_gettext("产业链"), "affiliate"),
    SearchKind.SEGMENT: (lazy_gettext("环节"), "sitemap"),
    SearchKind.POLICY: (lazy_gettext("政策"), "file-text"),
}

#: What can be done at once: (label, icon, endpoint, arguments, permission), the most frequent first.
ACTIONS = (
    (lazy_gettext("登记线索"), "plus", "leads.new", {}, Permission.LEADS_CREATE),
    (lazy_gettext("粘贴识别登记"), "clipboard-text", "leads.new", {"paste": "1"}, Permission.LEADS_CREATE),
    (
        lazy_gettext("我的逾期跟进"),
        "clock",
        "leads.index",
        {"owner": "mine", "due": "overdue"},
        Permission.LEADS_EDIT,
    ),
    (lazy_gettext("我的线索"), "target", "leads.index", {"owner": "mine"}, Permission.LEADS_EDIT),
    (lazy_gettext("项目看板"), "layout-kanban", "projects.index", {}, Permission.PROJECTS_VIEW),
    (lazy_gettext("项目列表"), "list", "projects.table", {}, Permission.PROJECTS_VIEW),
    (lazy_gettext("公海"), "inbox", "pool.index", {}, Permission.LEADS_CLAIM),
    (lazy_gettext("问题台账"), "alert-triangle", "issues.index", {}, Permission.ISSUES_VIEW),
    (lazy_gettext("导入 Excel"), "upload", "imports.index", {}, Permission.RECORDS_IMPORT),
    (lazy_gettext("处理推介"), "send", "introductions.index", {}, Permission.INTRODUCTIONS_ANSWER),
    (lazy_gettext("企业"), "building", "enterprises.index", {}, Permission.ENTERPRISES_VIEW),
    (lazy_gettext("联系人"), "user", "contacts.index", {}, Permission.CONTACTS_VIEW),
    (lazy_gettext("园区载体"), "building-community", "parks.index", {}, Permission.PARKS_VIEW),
    (lazy_gettext("产业链图谱"), "affiliate", "chains.index", {}, Permission.CHAINS_VIEW),
    (lazy_gettext("本周周报"), "chart-bar", "reports.index", {}, Permission.REPORTS_VIEW),
    (lazy_gettext("政策"), "file-text", "policies.index", {}, Permission.POLICIES_VIEW),
    (lazy_gettext("用户"), "users", "users.index", {}, Permission.USERS_VIEW),
    (lazy_gettext("审计"), "history", "audit.index", {}, Permission.AUDIT_VIEW),
    (lazy_gettext("管理"), "settings", "admin.index", {}, Permission.SETTINGS_VIEW),
    (lazy_gettext("我的账号"), "user", "accounts.me", {}, Permission.ACCOUNT_SELF),
)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done at once."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """Answers of one kind with their addresses; `all_url` is the list of the kind, narrowed to the same words."""

    kind: SearchKind
    label: str
    icon: str
    hits: tuple[tuple[Hit, str], ...]
    more: bool
    all_url: str | None


@blueprint.get("/")
@kit.requires(Permission.SEARCH_USE)
def index() -> str:
    typed, refusal = _typed()
    groups = _shown(search.find(kit.session(), kit.actor(), typed, limit=ON_PAGE), typed) if typed else []
    return render_template(
        "search/index.html", typed=typed, refusal=refusal, groups=groups, actions=_actions(kit.actor(), "")
    )


def _who() -> str:
    actor = kit.actor_or_none()
    return f"person-{actor.id}" if actor else "nobody"


@blueprint.get("/palette")
@kit.requires(Permission.SEARCH_USE)
@kit.limiter.limit(_MANY, key_func=_who)
def palette() -> str:
    """Options of the palette's list: what can be done at once, and while one types, the records too."""
    typed, _refusal = _typed()
    actor = kit.actor()
    groups = _shown(search.find(kit.session(), actor, typed), typed) if typed else []
    actions = _actions(actor, typed)
    return render_template(
        "search/_options.html",
        typed=typed,
        groups=groups,
        actions=actions[:ACTIONS_WHILE_TYPING] if typed else actions,
    )


def _typed() -> tuple[str, str]:
    """What was asked for, and why it cannot be looked for; too long a text is cut, as nobody types one by hand."""
    try:
        return clean_text(request.args.get("q", "")[: LONGEST * 2], LONGEST * 2, "q"), ""
    except Invalid as problem:
        return "", kit.sentence(problem)


def _shown(groups: list[Group], typed: str) -> list[ShownGroup]:
    found = []
    for group in groups:
        endpoint, argument = PAGES[group.kind]
        label, icon = NAMES[group.kind]
        hits = tuple((hit, _page(hit.page_id, endpoint, argument)) for hit in group.hits)
        found.append(ShownGroup(group.kind, str(label), icon, hits, group.more, _list_url(group.kind, typed)))
    return found


def _page(page_id: object, endpoint: str, argument: str) -> str:
    """The page of a hit; a segment's is named by its chain and its own key."""
    chain, slash, segment = str(page_id).partition("/")
    if slash:
        return url_for("chains.segment", key=chain, segment=segment)
    return url_for(endpoint, **{argument: page_id})


def _list_url(kind: SearchKind, typed: str) -> str | None:
    """The list of a kind with the same words, and without what it narrows by itself."""
    if kind not in LISTS:
        return None
    name, endpoint = LISTS[kind]
    lifted = {each.key: EVERYTHING for each in listing.get(name).filters if each.default(kit.actor())}
    return url_for(endpoint, q=typed, **lifted)


def _actions(actor: Actor, typed: str) -> list[Action]:
    """What this person may do at once; while one types, what is called so, by word or pinyin."""
    return [
        Action(str(label), icon, url_for(endpoint, **arguments))
        for label, icon, endpoint, arguments, permission in ACTIONS
        if actor.may(permission) and _is_called(str(label), typed)
    ]


def _is_called(label: str, typed: str) -> bool:
    return not typed or typed.casefold() in label.casefold() or pinyin_keys(label).matches(typed)
