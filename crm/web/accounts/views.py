"""Sign-in, demo sign-in, one-time links, and one's own account."""

from __future__ import annotations

import structlog
from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from crm.domain.access import Permission, Role
from crm.domain.errors import DomainError, Throttled
from crm.infra.config import LOOPBACK
from crm.services import access, accounts
from crm.services import sign_in as signing
from crm.web import kit
from crm.web.accounts.forms import NewPasswordForm, PasswordForm, PreferencesForm, SignInForm
from crm.web.context import Identity

log = structlog.get_logger(__name__)
blueprint = Blueprint("accounts", __name__, template_folder="templates", url_prefix="/crm")


#: Marks in a browser's line about itself, the more special first: nearly all of them say Safari.
_PROGRAMS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
#: What proxies add: behind one on this machine, everybody would come from loopback.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


@blueprint.app_template_filter("browser")
def browser_words(agent: str | None) -> str:
    """「Chrome · Windows」 instead of the whole line that a browser says about itself."""
    text = agent or ""
    program = next((word for mark, word in _PROGRAMS if mark in text), "")
    system = next((word for mark, word in _SYSTEMS if mark in text), "")
    return " · ".join(part for part in (program, system) if part) or _("浏览器未知")


def _demo_allowed() -> bool:
    """One-click sign-in: in demo mode, from this machine, and never through a proxy."""
    direct = not any(header in request.headers for header in _FORWARDED)
    return kit.settings().demo and kit.settings().on_loopback and direct and request.remote_addr in LOOPBACK


@blueprint.after_app_request
def note_use(response: Response) -> Response:
    """Write down that the session is in use, in a short unit of work of its own after the page's."""
    who = g.get("_login_user")
    if isinstance(who, Identity) and who.touch_due:
        try:
            with kit.database().writing() as session:
                accounts.touch(session, who.token, hours=kit.settings().session_hours)
        except SQLAlchemyError as error:
            # The page is made: a busy database must not spoil it. The next request tries again.
            log.warning("session use not noted", error=type(error).__name__)
    return response


def _enter(token: str, person_id: int) -> None:
    """Give the browser a fresh cookie for the new session: nothing of the old one survives."""
    cookie.clear()
    login_user(Identity(token, access.actor_for(kit.session(), person_id)))


def _about_browser() -> dict[str, object]:
    return {
        "hours": kit.settings().session_hours,
        "address": request.remote_addr,
        "browser": request.user_agent.string,
    }


@blueprint.route("/sign-in", methods=["GET", "POST"])
@kit.public
def sign_in() -> Response | tuple[str, int, dict[str, str]]:
    if current_user.is_authenticated and request.method == "GET":
        return redirect(url_for("desk.home"))
    form = SignInForm()
    status, headers = 200, {}
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                token, person = signing.sign_in(kit.session(), form.login.data, form.password.data, **_about_browser())
            except DomainError as error:
                # Wrong tries are counted although the answer is an error.
                kit.keep()
                kit.refuse(form, error)
                if isinstance(error, Throttled):
                    status, headers = 429, {"Retry-After": str(error.retry_after)}
            else:
                _enter(token, person.id)
                return redirect(kit.safe_next(url_for("desk.home")))
    demo = signing.demo_people(kit.session()) if _demo_allowed() else {}
    by_name = request.args.get("by") == "name" or request.method == "POST" or not demo
    page = render_template(
        "accounts/sign_in.html", form=form, demo=demo, by_name=by_name, next=request.values.get("next", "")
    )
    return page, status, headers


@blueprint.post("/sign-in/demo/<role>")
@kit.public
def demo(role: str) -> Response:
    if not _demo_allowed() or role not in {each.value for each in Role}:
        abort(404)
    token, person = signing.demo_sign_in(kit.session(), Role(role), **_about_browser())
    _enter(token, person.id)
    return redirect(kit.safe_next(url_for("desk.home")))


@blueprint.post("/sign-out")
@kit.requires(Permission.ACCOUNT_SELF)
def sign_out() -> Response:
    accounts.sign_out(kit.session(), kit.actor(), current_user.get_id())
    logout_user()
    cookie.clear()
    flash(_("已退出登录。"), "ok")
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/link/<token>", methods=["GET", "POST"])
@kit.public
def link(token: str) -> str | Response | tuple[str, int]:
    person = accounts.link_person(kit.session(), token)
    form = NewPasswordForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                accounts.use_link(kit.session(), token, form.new.data)
            except DomainError as error:
                kit.refuse(form, error)
            else:
                flash(_("密码已设好，请登录。"), "ok")
                return redirect(url_for("accounts.sign_in", by="name"))
    return render_template("accounts/link.html", form=form, person=person), status


@blueprint.get("/me")
@kit.requires(Permission.ACCOUNT_SELF)
def me() -> str:
    return _me(PasswordForm(formdata=None), None)


def _me(password: PasswordForm, preferences: PreferencesForm | None) -> str:
    session, actor = kit.session(), kit.actor()
    person = accounts.person_of(session, actor)
    if preferences is None:
        preferences = PreferencesForm(formdata=None, locale=person.locale, email=person.email or "")
    return render_template(
        "accounts/me.html",
        person=person,
        sessions=accounts.own_sessions(session, actor),
        mine=accounts.token_hash(current_user.get_id()),
        password=password,
        preferences=preferences,
    )


@blueprint.post("/me/password")
@kit.requires(Permission.ACCOUNT_SELF)
def password() -> Response | tuple[str, int]:
    form = PasswordForm()
    if form.validate():
        try:
            signing.change_password(
                kit.session(), kit.actor(), form.old.data, form.new.data, token=current_user.get_id()
            )
        except DomainError as error:
            # A wrong old password is counted like a wrong one at the door.
            kit.keep()
            kit.refuse(form, error)
        else:
            flash(_("密码已改，其他地方的登录都已退出。"), "ok")
            return redirect(url_for("accounts.me"))
    return _me(form, None), 422


@blueprint.post("/me/preferences")
@kit.requires(Permission.ACCOUNT_SELF)
def preferences() -> Response | tuple[str, int]:
    form = PreferencesForm()
    if form.validate():
        try:
            accounts.set_preferences(kit.session(), kit.actor(), form.locale.data, form.email.data)
        except DomainError as error:
            kit.refuse(form, error)
        else:
            flash(_("已保存。"), "ok")
            answer = redirect(url_for("accounts.me"))
            answer.set_cookie("lang", form.locale.data, samesite="Lax", httponly=True, max_age=31_536_000)
            return answer
    return _me(PasswordForm(formdata=None), form), 422


@blueprint.post("/me/sessions/<int:session_id>/revoke")
@kit.requires(Permission.ACCOUNT_SELF)
def revoke(session_id: int) -> Response:
    accounts.revoke_own(kit.session(), kit.actor(), session_id)
    flash(_("那一处登录已退出。"), "ok")
    return redirect(url_for("accounts.me"))
