"""What every feature of the web shares: the request's session, the actor, who may call what, and page manners.

A view states its permission with `@requires(Permission.X)` or `@public`; one that states nothing answers nobody.
One request is one unit of work: `settle` commits after the view when the answer is good, and rolls back when it is an
error, unless the view called `keep()` (a failed sign-in must be counted).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_babel import gettext
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms.fields.choices import SelectChoice

from crm.domain.access import Permission
from crm.domain.errors import DomainError, Invalid
from crm.domain.sentences import Sentence
from crm.infra.config import Settings
from crm.infra.db import Database
from crm.infra.storage import FileStore
from crm.services.access import Actor
from crm.services.attachments import Upload

View = TypeVar("View", bound=Callable[..., object])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC = "public"
#: Largest id that both databases can be asked for.
LARGEST_ID = 2**31 - 1

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, default_limits=[], headers_enabled=True)


# ── Who may call ─────────────────────────────────────────────────────────────────────────────────────────────────────


def requires(permission: Permission) -> Callable[[View], View]:
    """The view answers only actors whose role has `permission`; others get 404, strangers the sign-in page."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """The view answers everybody."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def access_of(app: Flask, endpoint: str) -> Permission | str | None:
    """What the endpoint asks for: a permission, "public", or None when its author forgot (then nobody gets in)."""
    if endpoint == "static":
        return PUBLIC
    return getattr(app.view_functions[endpoint], "access", None)


def guard() -> BaseResponse | None:
    """Before every request: default deny."""
    if request.endpoint is None:
        return None
    needed = access_of(current_app, request.endpoint)
    if needed == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _to_sign_in()
    if needed is None or not actor().may(Permission(needed)):
        abort(404)
    return None


def _to_sign_in() -> BaseResponse:
    """The sign-in page, which leads back here. A fragment sends the whole page there: within a page a form is lost."""
    if is_htmx():
        around = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = f"{around.path}?{around.query}" if around.query else around.path
        return Response(status=401, headers={"HX-Redirect": url_for("accounts.sign_in", next=back or None)})
    here = request.full_path if request.method in SAFE_METHODS else None
    return redirect(url_for("accounts.sign_in", next=here))


# ── The request's unit of work ───────────────────────────────────────────────────────────────────────────────────────


def settings() -> Settings:
    return current_app.extensions["settings"]


def database() -> Database:
    return current_app.extensions["database"]


def files() -> FileStore:
    """Where uploads and made files lie."""
    return FileStore(settings().files_dir)


def session() -> Session:
    """The one session of this request: a writer for unsafe methods, a reader otherwise."""
    if g.get("session") is None:
        writer = request.method not in SAFE_METHODS and not g.get("abandoned", False)
        g.session = database().open(writer=writer)
    return g.session


def actor() -> Actor:
    """The signed-in person; 404 on a page that has none, because only guarded views ask."""
    if not current_user.is_authenticated:
        abort(404)
    return current_user.actor


def actor_or_none() -> Actor | None:
    return current_user.actor if current_user.is_authenticated else None


def keep() -> None:
    """Commit although the answer is an error."""
    g.keep = True


def settle(response: Response) -> None:
    """After the view: the only commit of the request."""
    opened = g.pop("session", None)
    if opened is not None:
        good = response.status_code < 400 or g.get("keep", False)
        database().finish(opened, commit=good and request.method not in SAFE_METHODS)
    # Whatever still asks for the database (an error page's header) must not write any more.
    g.abandoned = True


def abandon(_error: BaseException | None = None) -> None:
    """Roll back what is open: after an exception, and at the end of every request."""
    opened = g.pop("session", None)
    g.abandoned = True
    if opened is not None:
        database().finish(opened, commit=False)


# ── Forms and pages ──────────────────────────────────────────────────────────────────────────────────────────────────


def sentence(error: DomainError) -> str:
    """The error's sentence in the reader's language."""
    if not error.params:
        return gettext(error.sentence)
    return Sentence(error.sentence, error.params).say(gettext)


def refuse(form: object, error: DomainError) -> None:
    """Put a service's objection beside its field, or at the head of the form; nothing typed is lost."""
    field = getattr(form, error.field, None) if isinstance(error, Invalid) and error.field else None
    if field is not None and hasattr(field, "errors"):
        field.errors = [*field.errors, sentence(error)]
        return
    form.form_errors.append(sentence(error))  # type: ignore[attr-defined]


def choices(pairs: Iterable[tuple[object, object]]) -> list[SelectChoice]:
    """Options of a select field from (value, label) pairs; labels may be lazy texts."""
    return [SelectChoice(str(value), text) for value, text in pairs]  # type: ignore[arg-type]


def new_request_id() -> str:
    """An id for one opened form, sent back with it: a double click makes one row."""
    return secrets.token_urlsafe(18)


def uploads(name: str = "files") -> list[Upload]:
    """The files of a multipart form that were really chosen; an empty file input sends one without a name."""
    return [Upload(file.filename, file.stream) for file in request.files.getlist(name) if file.filename]


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def id_argument(name: str) -> int | None:
    """An id or sequence in the query string; None when it is missing or no number that a database could hold."""
    value = request.args.get(name, type=int)
    return value if value is not None and 0 <= value <= LARGEST_ID else None


def safe_next(fallback: str) -> str:
    """The `next` of the request if it is a path of our own, else `fallback`."""
    target = request.values.get("next", "")
    own = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    return target if own and target.isprintable() else fallback
