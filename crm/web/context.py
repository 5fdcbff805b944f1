"""What every template can use, the reader's language, and the person behind the cookie."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_login import UserMixin

from crm.domain.access import Permission
from crm.domain.labels import label
from crm.services import accounts, notices
from crm.services.access import Actor
from crm.services.district import district_names
from crm.web import formats, kit

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
LANGUAGE_COOKIE = "lang"


class Identity(UserMixin):
    """What Flask-Login carries: the token of the server-side session, and the actor it stands for."""

    def __init__(self, token: str, actor: Actor, *, touch_due: bool = False) -> None:
        self.token = token
        self.actor = actor
        #: The session's last use is to be written down once the answer is made.
        self.touch_due = touch_due

    def get_id(self) -> str:
        return self.token


def load_identity(token: str) -> Identity | None:
    """Called by Flask-Login with the cookie's token; None for a session that ended, was revoked or never was."""
    found = accounts.live_session(kit.session(), token)
    return Identity(token, found.actor, touch_due=found.touch_due) if found else None


def language() -> str:
    """ "zh" or "en": the switch of this browser first, then the account's, then the installation's."""
    if not has_request_context():
        return "zh"
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LOCALES:
        return chosen
    actor = kit.actor_or_none()
    if actor and actor.locale in LOCALES:
        return actor.locale
    return "en" if kit.settings().locale == "en" else "zh"


def locale() -> str:
    return LOCALES.get(language(), "zh_Hans_CN")


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the left navigation."""

    label: str
    icon: str
    url: str
    active: bool
    count: int | None = None
    #: What lies below it, while it is open: (label, url, whether it is the present page's).
    below: tuple[tuple[str, str, bool], ...] = ()


#: (label, icon, endpoint, permission): shown where the role may call it.
NAVIGATION = (
    (lazy_gettext("工作台"), "layout-dashboard", "desk.home", Permission.DESK_VIEW),
    (lazy_gettext("线索"), "target", "leads.index", Permission.LEADS_VIEW),
    (lazy_gettext("企业"), "building-factory-2", "enterprises.index", Permission.ENTERPRISES_VIEW),
    (lazy_gettext("推介"), "send", "introductions.index", Permission.INTRODUCTIONS_ANSWER),
    (lazy_gettext("储备库"), "archive", "projects.index", Permission.PROJECTS_VIEW),
    (lazy_gettext("台账"), "clipboard-text", "issues.index", Permission.ISSUES_VIEW),
    (lazy_gettext("产业链"), "affiliate", "chains.index", Permission.CHAINS_VIEW),
    (lazy_gettext("园区载体"), "building-community", "parks.index", Permission.PARKS_VIEW),
    (lazy_gettext("政策"), "file-text", "policies.index", Permission.POLICIES_VIEW),
    (lazy_gettext("报表"), "chart-bar", "reports.index", Permission.REPORTS_VIEW),
    (lazy_gettext("管理"), "settings", "admin.index", Permission.SETTINGS_VIEW),
    (lazy_gettext("用户"), "users", "users.index", Permission.USERS_VIEW),
    (lazy_gettext("审计"), "history", "audit.index", Permission.AUDIT_VIEW),
)


#: Features that stand under the entry of another: (feature, entry, permission that gives them that entry).
UNDER = (
    ("enterprises", "leads", Permission.LEADS_VIEW),
    ("contacts", "leads", Permission.LEADS_VIEW),
    ("commitments", "issues", Permission.ISSUES_VIEW),
    ("gaps", "chains", Permission.CHAINS_VIEW),
    ("plans", "chains", Permission.CHAINS_VIEW),
    ("purchases", "chains", Permission.CHAINS_VIEW),
    ("chain_edit", "chains", Permission.CHAINS_VIEW),
)

#: Pages below an entry: (entry, label, endpoint, permission).
BELOW = (
    ("chains", lazy_gettext("全景图谱"), "chains.index", Permission.CHAINS_VIEW),
    ("chains", lazy_gettext("缺环看板"), "gaps.index", Permission.CHAINS_VIEW),
    ("chains", lazy_gettext("目标清单"), "gaps.listed", Permission.TARGETS_VIEW),
    ("chains", lazy_gettext("链主采购"), "purchases.index", Permission.PURCHASES_VIEW),
    ("chains", lazy_gettext("一链一策"), "plans.index", Permission.CHAINS_VIEW),
)


def navigation(actor: Actor | None) -> list[NavItem]:
    """The entries that this person can open; the feature of the present page, or the one it stands under, is active."""
    if actor is None:
        return []
    under = {feature: entry for feature, entry, permission in UNDER if actor.may(permission)}
    here = under.get(request.blueprint or "", request.blueprint)
    return [
        NavItem(
            str(text), icon, url_for(endpoint), here == feature, below=_below(actor, feature) if here == feature else ()
        )
        for text, icon, endpoint, permission in NAVIGATION
        for feature in (endpoint.partition(".")[0],)
        if endpoint in current_app.view_functions and actor.may(permission) and feature not in under
    ]


def _below(actor: Actor, entry: str) -> tuple[tuple[str, str, bool], ...]:
    """The pages below an entry that this person can open; the one that the present address lies under is marked."""
    open_to = [
        (str(text), endpoint)
        for over, text, endpoint, permission in BELOW
        if over == entry and endpoint in current_app.view_functions and actor.may(permission)
    ]
    feature = "chains" if request.blueprint == "chain_edit" else request.blueprint
    own = [endpoint for _text, endpoint in open_to if endpoint.partition(".")[0] == feature]
    nearest = [endpoint for endpoint in own if request.path.startswith(url_for(endpoint))] or own[:1]
    here = max(nearest, key=lambda endpoint: len(url_for(endpoint)), default=None)
    return tuple((text, url_for(endpoint), endpoint == here) for text, endpoint in open_to)


@dataclass(frozen=True, slots=True)
class ShownActor:
    """The signed-in person as page heads show them."""

    id: int
    name: str
    role: str
    role_label: str
    section_name: str | None
    initials: str


def shown_actor(actor: Actor | None) -> ShownActor | None:
    if actor is None:
        return None
    word = gettext(label(actor.role))
    return ShownActor(actor.id, actor.name, actor.role.value, word, actor.section_name, actor.name[:1])


def install(app: Flask) -> None:
    """Register the context processor and the filters."""

    @app.context_processor
    def shared() -> dict[str, object]:
        actor = kit.actor_or_none()
        links = _links(actor) if actor else {}
        return {
            "actor": shown_actor(actor),
            "nav": navigation(actor),
            "may": actor.may if actor else lambda _permission: False,
            "unread_count": unread_count(),
            "demo_mode": kit.settings().demo,
            "district": district_names(kit.settings().district),
            "locale": language(),
            "asset": asset,
            "Permission": Permission,
            "new_request_id": kit.new_request_id,
            "sign_in_url": url_for("accounts.sign_in") if "accounts.sign_in" in current_app.view_functions else None,
            **links,
        }

    app.add_template_filter(shown_label, "label")
    app.jinja_env.globals["asset"] = asset  # component macros are imported without context
    formats.register(app.jinja_env)


def _links(actor: Actor) -> dict[str, object]:
    """Addresses of the page head: only what this person may open."""
    return {
        "notices_url": url_for("notices.index"),
        "search_url": url_for("search.index") if actor.may(Permission.SEARCH_USE) else None,
        "sign_out_url": url_for("accounts.sign_out"),
        "lead_new_url": url_for("leads.new") if actor.may(Permission.LEADS_CREATE) else None,
        "account_links": [(gettext("我的账号"), url_for("accounts.me"), "user")],
    }


def shown_label(member: StrEnum) -> str:
    """The word of an enumeration member in the reader's language."""
    return gettext(label(member))


def unread_count() -> int:
    """The bell's number, asked at most once a request."""
    actor = kit.actor_or_none()
    if actor is None:
        return 0
    if "unread" not in g:
        g.unread = notices.unread_count(kit.session(), actor)
    return g.unread


def asset(path: str) -> str:
    """Address of a static file with its content's hash, so that it can be cached for a year."""
    return _asset(path, request.script_root if has_request_context() else "")


@lru_cache(maxsize=1024)
def _asset(path: str, script_root: str) -> str:
    """A page asks some ninety times. `script_root` is where the product is mounted: part of what is remembered."""
    content = (Path(current_app.static_folder or "") / path).read_bytes()
    return f"{script_root}{current_app.static_url_path}/{path}?v={hashlib.sha256(content).hexdigest()[:10]}"
